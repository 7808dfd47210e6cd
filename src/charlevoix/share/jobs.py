"""Jobs of share: pull what partners added, let it in, answer with a signed receipt, and answer their recalls."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Final

import msgspec

from charlevoix.acts.act import Digest, Place
from charlevoix.acts.signature import read_act
from charlevoix.doors.admission import ACT, Admission, case_of_two
from charlevoix.errors import CharlevoixError, Malformed, Reason, Refused, Unknown, Unreachable
from charlevoix.languages.catalogue import say
from charlevoix.outside import Limits, Outside, origin_of
from charlevoix.partners.roster import Organisation, Roster
from charlevoix.safeguards.passage import Unverified
from charlevoix.share import collection, exchange, taxii
from charlevoix.share.collection import Answered
from charlevoix.share.counter import Progress, Station
from charlevoix.share.exchange import ExchangeCase, Outcome
from charlevoix.stix.identifier import Ref

EVERY: Final = 60.0
"""Seconds between pulls."""

RECEIPT: Final = 250
"""Outcomes that one receipt tells; it is written, and the cursor moved, after so many."""

RECALLS: Final = 200
"""The most recalls that one pull answers."""

SILENT: Final = frozenset({"exchange.received", "exchange.confirmed"})
"""What is never receipted when it got in: receipts of receipts would never end."""

EXCHANGE: Final = ExchangeCase()

Told = Callable[[int], None]
"""Called with the number of objects after each page."""


@dataclass(frozen=True, slots=True)
class Notable:
    """One thing that did not simply get in, and why."""

    place: Place
    outcome: str
    reason: Reason | None


@dataclass(slots=True)
class Pulled:
    """What one pull came to."""

    peer: Ref
    name: str
    outcomes: Counter[str] = field(default_factory=Counter)
    notable: list[Notable] = field(default_factory=list)
    recalls: int = 0
    receipts: int = 0
    failure: Reason | None = None


def pull(station: Station) -> float:
    """The job: pulls from every partner that has an address. What goes wrong with one is kept, and stops no other."""
    for peer in addressed(station.node.partners(station.worker())):
        sync(station, peer.ref)
    return EVERY


def addressed(roster: Roster) -> tuple[Organisation, ...]:
    """Partners whose node has an address, ourselves left out."""
    return tuple(o for o in roster if o.ref != roster.own and o.url)


def sync(station: Station, peer: Ref, *, outside: Outside | None = None, told: Told = lambda n: None) -> Pulled:
    """1. Read page by page. 2. Let in. 3. Receipt and cursor. 4. Answer recalls. Raises Unknown for who is not in the roster.

    Whatever stops it in between, what got in is receipted, or comes again with the next pull and is known then.
    """
    roster = station.node.partners(station.worker())
    partner, pulled = roster[peer], Pulled(peer, roster[peer].name)
    try:
        if not partner.url or peer == roster.own:
            raise Unreachable("sync.no-address", partner.name)
        if outside is not None:
            _read_all(station, partner, outside, pulled, told)
        else:
            with Outside(_pinned(roster), Limits(body_bytes=station.settings.file_bytes)) as ours:
                _read_all(station, partner, ours, pulled, told)
        pulled.recalls = answer_recalls(station, peer)
    except CharlevoixError as error:
        pulled.failure = error.reason
    _note(station, pulled)
    return pulled


def _pinned(roster: Roster) -> frozenset[str]:
    return frozenset(origin_of(o.url) for o in roster if o.url)


def _read_all(station: Station, partner: Organisation, outside: Outside, pulled: Pulled, told: Told) -> None:
    url = objects_url(partner, station.node.me)
    progress = station.counter.progress(partner.ref)
    waiting, last = list[Outcome](), progress.added_after
    settings = station.settings
    pages = collection.read(
        _getter(station, outside), url, progress.added_after, page=settings.page_objects, most=settings.peer_objects_per_hour
    )
    try:
        for page in pages:
            some = _let_in(station, partner.ref, page.objects, pulled)
            told(len(page.objects))
            waiting += some if page.last != progress.added_after else ()  # a server that repeats its last object gets one receipt for it
            last = page.last or last
            if len(waiting) >= RECEIPT:
                _settle(station, partner.ref, waiting, last, pulled)
                waiting = []
    finally:
        if waiting or last != progress.added_after:
            _settle(station, partner.ref, waiting, last, pulled)


def objects_url(partner: Organisation, me: Ref) -> str:
    """Where a partner keeps the acts that it has for us."""
    id_ = taxii.collection_id(partner.ref, me, taxii.ACTS)
    return f"{partner.url.rstrip('/')}{taxii.ROOT}collections/{id_}/objects/"


def _getter(station: Station, outside: Outside) -> collection.Get:
    def get(url: str) -> Answered:
        reply = outside.get(url, accept=taxii.MEDIA, authorise=station.counter.sign)
        return Answered(reply.status, reply.headers, reply.body)

    return get


def _let_in(station: Station, peer: Ref, objects: Iterable[bytes], pulled: Pulled) -> list[Outcome]:
    """Admits a page; returns what the receipt is to say of it."""
    objects = list(objects)
    told = []
    for raw, admission in zip(objects, station.node.admit(station.worker(), [Unverified(raw, peer) for raw in objects]), strict=True):
        digest, kind = named(raw)
        place = Place(admission.act or digest, 0)
        reason = admission.reasons[0] if admission.reasons else None
        pulled.outcomes[admission.outcome] += 1
        if admission.outcome not in ("accepted", "known"):
            pulled.notable.append(Notable(place, admission.outcome, reason))
        elif kind in SILENT:
            continue
        told.append(Outcome(place, _word(admission), reason.rule if reason else ""))
    return told


def _word(admission: Admission) -> str:
    return "repaired" if admission.outcome == "repaired" else admission.outcome


class _Envelope(msgspec.Struct, rename={"act": ACT}):
    act: str = ""


def named(raw: bytes) -> tuple[Digest, str]:
    """The act that a presentation says it shows, and its kind; where it can't be read, the digest of the bytes stands for it.

    Only a name for the receipt: nothing is believed of it here.
    """
    try:
        act = read_act(msgspec.json.decode(raw, type=_Envelope).act.encode("ascii"))
    except (Malformed, msgspec.MsgspecError, UnicodeError, RecursionError):
        return Digest(sha256(raw).digest()), ""
    return act.digest, act.kind


def _settle(station: Station, peer: Ref, outcomes: list[Outcome], last: str, pulled: Pulled) -> None:
    """Receipt first, then the cursor: a crash between the two brings the same again, and a receipt that says it is known."""
    for start in range(0, len(outcomes), RECEIPT):
        form = exchange.Received(peer, last, tuple(outcomes[start : start + RECEIPT]))
        said = station.node.do(station.worker(), EXCHANGE, _case(station, peer), exchange.receive, form)
        if isinstance(said, Refused):
            raise Unreachable("sync.no-receipt", pulled.name, say(said.reasons[0], "en"))
        pulled.receipts += 1
    station.counter.keep(peer, replace(station.counter.progress(peer), added_after=last))


def answer_recalls(station: Station, peer: Ref) -> int:
    """Confirms what this partner recalled from us; content that is to go goes in the same transaction."""
    me, worker = station.node.me, station.worker()
    try:
        state = station.node.state(worker, EXCHANGE, _case(station, peer))
    except Unknown:
        return 0  # nothing was ever exchanged
    if isinstance(state, Refused):
        return 0
    open_ = state.value.unanswered(me)[:RECALLS]
    answers = [station.node.do(worker, EXCHANGE, _case(station, peer), exchange.confirm, exchange.Confirmation(r.act)) for r in open_]
    return sum(not isinstance(a, Refused) for a in answers)


def _case(station: Station, peer: Ref) -> Ref:
    return case_of_two("exchange", station.node.me, peer)


def _note(station: Station, pulled: Pulled) -> None:
    """When the partner was last heard, or why it was not."""
    before = station.counter.progress(pulled.peer)
    if pulled.failure is not None:
        after = replace(before, failure=say(pulled.failure, "en"))
    else:
        after = Progress(before.added_after, station.clock.now().isoformat(timespec="seconds"))
    station.counter.keep(pulled.peer, after)


def document(pulled: Pulled) -> Mapping[str, object]:
    """One pull as a JSON document tells it."""
    return {
        "partner": pulled.name,
        "ref": pulled.peer,
        "outcomes": dict(sorted(pulled.outcomes.items())),
        "receipts": pulled.receipts,
        "recalls": pulled.recalls,
        "notable": [
            {"place": exchange.write_place(n.place), "outcome": n.outcome, "rule": n.reason.rule if n.reason else "", "says": say(n.reason, "en") if n.reason else ""}
            for n in pulled.notable
        ],
        "failure": None if pulled.failure is None else {"rule": pulled.failure.rule, "says": say(pulled.failure, "en")},
    }  # fmt: skip
