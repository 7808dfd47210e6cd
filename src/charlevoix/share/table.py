"""The share table: what each partner would get of each object of a case and why, and what became of what it got."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from charlevoix.acts.act import Digest, Place
from charlevoix.cases.case import Row
from charlevoix.docket import banner_of, name_of, said_in
from charlevoix.doors.admission import case_of_two
from charlevoix.errors import Answer, Reason, Refused, Unknown
from charlevoix.languages.catalogue import Language, say
from charlevoix.node import Node, Query
from charlevoix.page import Banner
from charlevoix.partners.audience import Audience
from charlevoix.partners.roster import Roster
from charlevoix.safeguards.decision import Decision
from charlevoix.safeguards.grounds import Actor
from charlevoix.share.exchange import Exchange, ExchangeCase
from charlevoix.stix.identifier import Ref

MOST = 1_000
"""The most objects that one table shows."""


@dataclass(frozen=True, slots=True)
class Line:
    """One object of the case that we said: its place, and what it is in a few words."""

    place: Place
    ref: str
    type: str
    label: str
    answers: Mapping[Ref, Decision]


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of one act at one partner. Times are texts as they were recorded, empty where it has not happened."""

    act: Digest
    to: Ref
    given_at: str = ""
    received_at: str = ""
    outcome: str = ""
    rule: str = ""

    @property
    def seconds(self) -> int | None:
        """From our giving to the partner's receipt reaching us."""
        if not self.given_at or not self.received_at:
            return None
        return max(0, round((datetime.fromisoformat(self.received_at) - datetime.fromisoformat(self.given_at)).total_seconds()))


@dataclass(frozen=True, slots=True)
class Table:
    """Rows objects, columns partners."""

    case: Ref
    title: str
    columns: tuple[tuple[Audience, str], ...]  # audience and name
    lines: tuple[Line, ...]
    banner: Banner
    fates: Mapping[tuple[Digest, Ref], Fate]

    def of_act(self, act: Digest, to: Ref) -> tuple[Decision, ...]:
        return tuple(line.answers[to] for line in self.lines if line.place.act == act)

    @property
    def acts(self) -> tuple[Digest, ...]:
        return tuple(dict.fromkeys(line.place.act for line in self.lines))

    def visible(self, to: Ref) -> frozenset[Digest]:
        """Acts of which this partner may see anything."""
        return frozenset(line.place.act for line in self.lines if line.answers[to].answer is not Answer.NO)

    def given(self, to: Ref) -> frozenset[Digest]:
        return frozenset(act for (act, whom), fate in self.fates.items() if whom == to and fate.given_at)

    def obstacles(self, to: Ref) -> tuple[Reason, ...]:
        """Every reason for a no, each once."""
        return tuple(dict.fromkeys(r for line in self.lines for r in line.answers[to].reasons if line.answers[to].answer is Answer.NO))


@dataclass(frozen=True, slots=True)
class Recalled:
    """One recall as lists show it: who recalled what from whom, and what came of it."""

    act: Digest
    partner: Ref
    ours: bool
    intent: str
    reason: str
    places: tuple[Place, ...]
    at: str
    answered_at: str  # empty: silent since `at`
    outcomes: tuple[tuple[Place, str, str], ...]


def table(node: Node, who: Actor, case: Ref, to: Iterable[Audience]) -> Table:
    """What these partners would get now, and what became of what they got. Raises Unknown for a case that is not here."""
    audiences, roster = tuple(to), node.partners(who)
    decided = node.explain(who, case, audiences)
    rows = node.find(who, Query(case.partition("--")[0], (("ref", "=", case),), limit=1)).rows
    if not rows:
        raise Unknown("case.unknown", case)
    places = sorted({place for place, _ in decided}, key=_order(node, who, case))[:MOST]
    refs = _refs(node, who, case)
    bodies = _bodies(node, who, [refs[p] for p in places if refs.get(p)])
    lines = tuple(
        Line(
            p,
            refs.get(p, ""),
            refs.get(p, "").partition("--")[0],
            label(bodies.get(refs.get(p, ""), {})) or refs.get(p, ""),
            {a.name: decided[p, a.name] for a in audiences},
        )
        for p in places
    )
    columns = tuple((a, name_of(roster, a.name)) for a in audiences)
    acts = tuple(dict.fromkeys(p.act for p in places))
    fates = {key: fate for a in audiences if a.standing not in ("role", "public") for key, fate in _fates(node, who, a.name, acts).items()}
    return Table(case, str(rows[0].value["title"]), columns, lines, banner_of(bodies.values(), roster), fates)


def peers(node: Node, who: Actor) -> tuple[Audience, ...]:
    """All partners in the order of their names, ourselves left out."""
    roster = node.partners(who)
    return tuple(o.audience for o in sorted(roster, key=lambda o: o.name) if o.ref != roster.own)


def _order(node: Node, who: Actor, case: Ref) -> Callable[[Place], tuple[int, int]]:
    rank = {said.act: i for i, said in enumerate(said_in(node, who, case))}
    return lambda place: (rank.get(place.act, len(rank)), place.index)


def _refs(node: Node, who: Actor, case: Ref) -> Mapping[Place, str]:
    found: dict[Place, str] = {}
    after = ""
    while len(found) < 10 * MOST:
        page = node.find(who, Query("place", (("case", "=", case),), after=after, limit=MOST))
        found |= {
            Place(Digest(bytes.fromhex(str(r.value["act"]))), int(r.value["place"] or 0)): str(r.value["ref"] or "") for r in page.rows
        }
        after = page.next
        if not after:
            break
    return found


def _bodies(node: Node, who: Actor, refs: list[str]) -> Mapping[str, Mapping[str, object]]:
    """The objects by id, each in its newest wording."""
    found: dict[str, Mapping[str, object]] = {}
    for start in range(0, len(refs), 200):
        rows = node.find(who, Query("object", (("refs", "=", ",".join(refs[start : start + 200])),), limit=MOST)).rows
        for row in sorted(rows, key=lambda r: str(r.value["version"] or "")):
            found[str(row.value["ref"])] = json.loads(str(row.value["body"]))
    return found


def spoken(reason: Reason, roster: Roster, language: Language) -> str:
    """A reason with the names of organisations in the place of their ids."""
    return say(replace(reason, values=tuple(name_of(roster, v) for v in reason.values)), language)


def named(decision: Decision, roster: Roster) -> Decision:
    """A decision whose reasons name organisations."""
    return replace(decision, reasons=tuple(replace(r, values=tuple(name_of(roster, v) for v in r.values)) for r in decision.reasons))


def label(body: Mapping[str, object]) -> str:
    """What an object is, in a few words of its own."""
    for name in ("name", "value", "content", "opinion", "title"):
        found = body.get(name)
        if isinstance(found, str) and found.strip():
            line = " ".join(found.split())
            return line if len(line) <= 80 else line[:79] + "…"
    if body.get("type") == "relationship":
        return str(body.get("relationship_type", ""))
    return ""


# --- what became of it -----------------------------------------------------------------------------------------------


def between(node: Node, who: Actor, peer: Ref) -> Exchange | None:
    """The exchange with a partner, or None where nothing was exchanged, or who asks may not read it."""
    try:
        found = node.state(who, ExchangeCase(), case_of_two("exchange", node.me, peer))
    except Unknown:
        return None
    return None if isinstance(found, Refused) else found.value


def _fates(node: Node, who: Actor, peer: Ref, acts: tuple[Digest, ...]) -> Mapping[tuple[Digest, Ref], Fate]:
    fates: dict[tuple[Digest, Ref], Fate] = {}
    for row in _released(node, who, peer, acts):
        act = Digest(bytes.fromhex(str(row["act"])))
        fates.setdefault((act, peer), Fate(act, peer, given_at=str(row["date_added"])))
    exchange = between(node, who, peer)
    times = _times(node, who, peer) if exchange else {}
    for receipt in exchange.receipts if exchange else ():
        for o in receipt.outcomes if receipt.author == peer else ():
            before = fates.get((o.place.act, peer))
            if before is not None and not before.received_at:
                fates[o.place.act, peer] = replace(before, received_at=times.get(receipt.act, ""), outcome=o.outcome, rule=o.rule)
    return fates


def _released(node: Node, who: Actor, peer: Ref, acts: tuple[Digest, ...]) -> Iterable[Row]:
    """What this partner was given of these acts, what was taken back since included, the first first."""
    for start in range(0, len(acts), 200):
        some = ",".join(a.hex() for a in acts[start : start + 200])
        asked = (("audience", "=", peer), ("versions", "=", "all"), ("withdrawn", "=", "too"), ("acts", "=", some))
        yield from (r.value for r in node.find(who, Query("release", asked, limit=MOST)).rows)


def _times(node: Node, who: Actor, peer: Ref) -> Mapping[Digest, str]:
    """When each act of the exchange with a partner got in here."""
    return {said.act: said.admitted_at for said in said_in(node, who, case_of_two("exchange", node.me, peer))}


def recalls(node: Node, who: Actor) -> tuple[Recalled, ...]:
    """Every recall, ours and theirs, the newest first."""
    found = []
    for audience in peers(node, who):
        exchange = between(node, who, audience.name)
        if exchange is None or not exchange.recalls:
            continue
        times = _times(node, who, audience.name)
        for r in exchange.recalls:
            answered = times.get(r.confirmed, "") if r.confirmed else ""
            outcomes = tuple((o.place, o.outcome, o.rule) for o in r.outcomes)
            ours = r.author == node.me
            found.append(Recalled(r.act, audience.name, ours, r.intent, r.reason, r.places, times.get(r.act, ""), answered, outcomes))
    return tuple(sorted(found, key=lambda r: r.at, reverse=True))
