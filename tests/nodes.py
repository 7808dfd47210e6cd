"""Nodes: real ones in temporary homes, partners of one another, and letters between them, honest and forged."""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event

from charlevoix import house
from charlevoix.acts import signature
from charlevoix.acts.act import Digest, Place, Presentation, Shown, Whole
from charlevoix.acts.key import Purpose
from charlevoix.assess import nexus, opening
from charlevoix.cases.case import SALT
from charlevoix.clock import Clock
from charlevoix.doors.admission import Admission, case_of_one, case_of_opener, case_of_two
from charlevoix.doors.release import presentation_object
from charlevoix.errors import Refused
from charlevoix.house import Station
from charlevoix.intake import report
from charlevoix.ledger.entry import Entry
from charlevoix.node import Query
from charlevoix.safeguards.grounds import Actor
from charlevoix.safeguards.passage import Unverified
from charlevoix.share import exchange, peer
from charlevoix.stix.identifier import Ref, observable_id
from charlevoix.stix.marking import OFFICIAL

PUBLISHER, OTHER_PUBLISHER = (Ref(f"identity--00000000-0000-4000-8000-00000000000{n}") for n in "ef")
STAMP = "2026-03-01T09:30:00.000Z"


@contextmanager
def a_node(folder: Path, name: str = "Demo A", clock: Clock | None = None) -> Iterator[Station]:
    """One node in a home of its own, with a legal reviewer beside its operator."""
    home = folder / name.replace(" ", "-")
    house.create(home, name, clock=clock)
    with house.opened(home, clock=clock) as station:
        station.hire("Ana", {"reviewer-legal"})
        yield station


@contextmanager
def nodes(folder: Path, *names: str, standings: Mapping[str, str] = {}) -> Iterator[tuple[Station, ...]]:
    """Several, each in the others' rosters as members, unless `standings` says otherwise of a name."""
    with ExitStack() as stack:
        found = tuple(stack.enter_context(a_node(folder, name)) for name in names or ("Demo A", "Demo B"))
        for one in found:
            for other in found:
                if other is not one:
                    introduce(one, other, standings.get(other.settings.name, "member"))
        yield found


def introduce(to: Station, other: Station, standing: str = "member") -> None:
    do(to, "roster", roster_of(to), peer.add, house.introduction(other, standing))


def roster_of(station: Station) -> Ref:
    return case_of_one("roster", station.node.me)


def between(one: Station, other: Station) -> Ref:
    return case_of_two("exchange", one.node.me, other.node.me)


# --- saying ----------------------------------------------------------------------------------------------------------


def do(at: Station, kind: str, ref: Ref | None, verb: Any, form: Any, who: str = "") -> Any:
    """What was said; a refusal fails the test with its reasons."""
    done = at.node.do(at.actor(who), house.cases()[kind], ref, verb, form)
    assert not isinstance(done, Refused), [(r.rule, r.values) for r in done.reasons]
    return done


def refusal(at: Station, kind: str, ref: Ref | None, verb: Any, form: Any, who: str = "") -> Refused:
    done = at.node.do(at.actor(who), house.cases()[kind], ref, verb, form)
    assert isinstance(done, Refused), done
    return done


def state(at: Station, kind: str, ref: Ref, who: str = "") -> Any:
    found = at.node.state(at.actor(who), house.cases()[kind], ref)
    assert not isinstance(found, Refused), found
    return found.value


def a_domain(name: str, **more: object) -> dict[str, object]:
    return {"type": "domain-name", "spec_version": "2.1", "id": observable_id("domain-name", {"value": name}), "value": name, **more}


def a_report(at: Station, title: str = "List", publisher: Ref = PUBLISHER) -> tuple[Ref, Digest]:
    """An open report: its case, and the act that opened it."""
    ref = Ref(f"report--{at.clock.random_id()}")
    form = report.Opening(title, publisher, f"{ref}.json", "0" * 64, 10, "application/json", marking="clear")
    return ref, do(at, "report", ref, report.open_report, form).value.digest


def bring(at: Station, case: Ref, *objects: Mapping[str, object] | bytes, marking: str | None = "clear", who: str = "") -> list[Admission]:
    """Foreign objects, taken in under a report."""
    raws = [o if isinstance(o, bytes) else json.dumps(o).encode() for o in objects]
    items = [Unverified(raw, PUBLISHER, case, Ref(OFFICIAL[marking]) if marking else None) for raw in raws]
    return list(at.node.admit(at.actor(who), items))


@dataclass(frozen=True, slots=True)
class Told:
    """An incident as it was opened: its case, the opening act, and what it rests on."""

    case: Ref
    act: Digest
    source: Digest
    domains: tuple[str, ...]

    def place(self, index: int) -> Place:
        """0: the incident; 1: its marking; then the domains, in order."""
        return Place(self.act, index)


def an_incident(at: Station, with_: Iterable[Station] = (), domains: tuple[str, ...] = (), title: str = "Clones", **how: Any) -> Told:
    """An incident on domains of a list (two new ones, if none are given); keywords are of `opening.Sharing` (an AMBER list of the participants, if none is given) and `suspected`."""
    others = tuple(s.node.me for s in with_)
    domains = domains or tuple(f"{at.clock.random_bytes(6).hex()}.example" for _ in "12")
    ref, source = a_report(at)
    told = bring(at, ref, *map(a_domain, domains))
    places = tuple(Place(t.act, t.place) for t in told if t.act is not None and t.place is not None)
    suspected, protected = how.pop("suspected", True), how.pop("protected", False)
    sharing = opening.Sharing(**{"tlp": "amber", "releasable_to": (at.node.me, *others), **how})
    form = opening.Opening(
        title, ("D2.2",), ("covert",), frozenset({source}), places, others,
        summary="Two sites look like a newspaper's", judgement=opening.Judgement("Probably one operator", (55, 80), "moderate"),
        sharing=sharing, suspected=suspected, protected=protected,
    )  # fmt: skip
    said = do(at, "incident", None, opening.open_incident, form)
    return Told(said.value.case, said.value.digest, source, domains)


def pass_review(at: Station, told: Told) -> None:
    """The nexus of the incident is reviewed by somebody else, on two publishers of different origin."""
    _, second = a_report(at, "Another list", OTHER_PUBLISHER)
    evidence = (nexus.Evidence(told.source, PUBLISHER, "one"), nexus.Evidence(second, OTHER_PUBLISHER, "two"))
    do(at, "incident", told.case, nexus.review_nexus, nexus.Passing("Two independent sources", evidence), who="Ana")


def recall(at: Station, from_: Station, *places: Place, intent: str = "withdraw") -> Any:
    return do(at, "exchange", between(at, from_), exchange.recall, exchange.RecallForm(from_.node.me, places, intent, "Not part of it"))


def confirm(at: Station, to: Station) -> None:
    """Answers every recall of the other that waits."""
    for asked in state(at, "exchange", between(at, to)).unanswered(at.node.me):
        do(at, "exchange", between(at, to), exchange.confirm, exchange.Confirmation(asked.act))


# --- giving ----------------------------------------------------------------------------------------------------------


def as_peer(of: Station) -> Actor:
    return Actor(of.node.me, of.node.me, frozenset({"peer"}))


def given(source: Station, to: Station, collection: str = "acts", versions: str = "all") -> list[Mapping[str, Any]]:
    """What a partner is served now, row by row."""
    query = Query("release", (("collection", "=", collection), ("versions", "=", versions)), limit=1_000)
    return [row.value for row in source.node.find(as_peer(to), query).rows]


def pull(source: Station, sink: Station) -> list[Admission]:
    return list(sink.node.admit(sink.worker(), [Unverified(r["body"].encode(), source.node.me) for r in given(source, sink)]))


def entries(at: Station, start: int = 0) -> list[Entry]:
    with at.database.read() as conn:
        return list(at.orders.log.entries(conn, start, at.orders.log.size(conn)))


def process(at: Station, ref: Ref) -> Mapping[str, Any]:
    with at.database.read() as conn:
        (row,) = conn.exec_driver_sql(f"SELECT process FROM cases WHERE ref = '{ref}'").scalars()
    return dict(json.loads(row))


# --- letters ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Letter:
    """An act as it travels to one node."""

    item: Unverified
    digest: Digest
    presentation: Presentation
    case: Ref


def a_letter(
    by: Station,
    to: Station,
    kind: str,
    case: Ref | None,
    *objects: Mapping[str, object],
    after: Iterable[Digest] = (),
    rests: Iterable[Digest] = (),
    author: Ref | None = None,
    signer: Station | None = None,
    audience: Ref | None = None,
    entire: bool = False,
) -> Letter:
    """Whatever somebody with a node's key could say, whether it ought to be said or not. No case: a new one of the author's."""
    author, signer = author or by.node.me, signer or by
    first, *others = objects
    if case is None:
        salt = by.clock.random_bytes(16).hex()
        case, first = case_of_opener(kind.partition(".")[0], author, salt), {**first, SALT: salt}
    wholes = tuple(Whole(json.dumps(o).encode(), by.clock.random_bytes(32), entire) for o in (first, *others))
    draft = signature.compose(author, signer.orders.kid, kind, case, wholes, by.clock.now(), after=frozenset(after), rests=frozenset(rests))
    jwt = signature.sign(draft, signer.keyring.signer(Purpose.ACTS))
    return enveloped(by, audience or to.node.me, Presentation(jwt, wholes))


def enveloped(by: Station, audience: Ref, presentation: Presentation) -> Letter:
    ref = Ref(f"charlevoix-presentation--{by.clock.random_id()}")
    act = signature.read_act(presentation.act)
    return Letter(Unverified(presentation_object(ref, audience, presentation, STAMP), by.node.me), act.digest, presentation, act.case)


def shown_as(letter: Letter, by: Station, to: Station, *shown: Shown) -> Letter:
    """The same act, of which other forms are shown."""
    return enveloped(by, to.node.me, Presentation(letter.presentation.act, shown))


def an_incident_object(by: Station, with_: Iterable[Station] = (), **more: object) -> dict[str, object]:
    """What an opening act says, as a partner's node would write it."""
    return {
        "type": "incident", "spec_version": "2.1", "id": f"incident--{by.clock.random_id()}", "created": STAMP, "modified": STAMP,
        "created_by_ref": by.node.me, "name": "Seen elsewhere", "charlevoix_threats": ["D2.2"], "charlevoix_means": ["covert"],
        "charlevoix_review_due": STAMP, "charlevoix_participants": sorted({by.node.me, *(s.node.me for s in with_)}), "object_marking_refs": [OFFICIAL["green"]],
        "charlevoix_by": "person--00000000-0000-4000-8000-000000000001", **more,
    }  # fmt: skip


def a_note(by: Station, about: Ref, **more: object) -> dict[str, object]:
    return {
        "type": "note", "spec_version": "2.1", "id": f"note--{by.clock.random_id()}", "created": STAMP, "modified": STAMP,
        "created_by_ref": by.node.me, "content": "A word", "object_refs": [about], "object_marking_refs": [OFFICIAL["green"]], **more,
    }  # fmt: skip


@contextmanager
def counted(station: Station) -> Iterator[list[str]]:
    """The SQL statements of a stretch of work."""
    told: list[str] = []

    def see(_: Connection, __: Any, statement: str, *more: Any) -> None:
        told.append(statement)

    event.listen(station.database.engine, "before_cursor_execute", see)
    yield told
    event.remove(station.database.engine, "before_cursor_execute", see)
