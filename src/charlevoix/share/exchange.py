"""The exchange of two parties: what one offered, what the other received, what was recalled, and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from charlevoix.acts.act import Digest, Place
from charlevoix.cases import machine
from charlevoix.cases.case import PARTICIPANTS, Case, Course, Proposal, Row
from charlevoix.cases.history import Note
from charlevoix.cases.machine import Kind
from charlevoix.errors import Reason, Refused
from charlevoix.safeguards.grounds import Actor
from charlevoix.stix.identifier import Property, Ref
from charlevoix.stix.marking import OFFICIAL

PLACES = Property("charlevoix_places")
"""Places as texts `act-digest-in-hex:index`."""

INTENT = Property("charlevoix_intent")
OUTCOMES = Property("charlevoix_outcomes")
RECALL = Property("charlevoix_recall")
CURSOR = Property("charlevoix_cursor")

INTENTS = ("correct", "withdraw", "remark")
"""correct: a new or revoked version exists; withdraw: delete and confirm; remark: the marking changed, withdraw where it no longer allows you."""

MOST = 10_000
"""The most places that one recall or receipt names."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one place at the receiver: accepted, repaired, known, conflict, refused, quarantined; withdrawn, noted or kept; and the rule."""

    place: Place
    outcome: str
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Recall:
    """One recall, and the answer to it; `confirmed` is None while the receiver is silent."""

    act: Digest
    author: Ref
    intent: str
    reason: str
    places: tuple[Place, ...]
    confirmed: Digest | None = None
    outcomes: tuple[Outcome, ...] = ()


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a receiver says it got, place by place, up to a cursor."""

    act: Digest
    author: Ref
    cursor: str
    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True, slots=True)
class Exchange:
    """What lies between two parties."""

    course: Course
    offers: Mapping[Ref, frozenset[Digest]]
    recalls: tuple[Recall, ...]
    receipts: tuple[Receipt, ...]

    def offered_by(self, author: Ref, /) -> frozenset[Digest]:
        return self.offers.get(author, frozenset())

    def recalled_by(self, author: Ref, /) -> frozenset[Place]:
        return frozenset(p for r in self.recalls if r.author == author for p in r.places)

    def unanswered(self, by: Ref) -> tuple[Recall, ...]:
        """Recalls that this party has not answered yet."""
        return tuple(r for r in self.recalls if r.author != by and r.confirmed is None)

    def silent(self, author: Ref) -> tuple[Recall, ...]:
        """Recalls of this author to which the other party has been silent since."""
        return tuple(r for r in self.recalls if r.author == author and r.confirmed is None)


class ExchangeCase(Case[Exchange]):
    """Between two parties only: nobody else ever gets an act of it."""

    kind: ClassVar[str] = "exchange"
    kinds: ClassVar[Mapping[str, Kind]] = {
        "exchange.offer": machine.kind("analyst policy", moves=("none open", "open"), common=PARTICIPANTS),
        "exchange.received": machine.kind("node analyst policy", moves=("none open", "open"), common=PARTICIPANTS),
        "exchange.recall": machine.kind("analyst policy", moves=("none open", "open"), common=PARTICIPANTS),
        "exchange.confirmed": machine.kind("node analyst policy", moves=("open", "open"), common=PARTICIPANTS),
    }

    def view(self, course: Course, /) -> Exchange:
        offers: dict[Ref, frozenset[Digest]] = {}
        for n in course.of("exchange.offer"):
            offers[n.author] = offers.get(n.author, frozenset()) | n.rests
        answers = course.of("exchange.confirmed")
        recalls = tuple(_recall(n, answers) for n in course.of("exchange.recall"))
        receipts = tuple(Receipt(n.digest, n.author, n.text(CURSOR), _outcomes(n)) for n in course.of("exchange.received"))
        return Exchange(course, offers, recalls, receipts)

    def row(self, state: Exchange, /) -> Row:
        return {
            "title": ", ".join(sorted(state.course.participants())),
            "offered": sum(len(d) for d in state.offers.values()),
            "receipts": len(state.receipts),
            "recalls": len(state.recalls),
            "unanswered": sum(r.confirmed is None for r in state.recalls),
        }


def _recall(note: Note, answers: tuple[Note, ...]) -> Recall:
    """The other party's first answer counts: who recalls can't answer for it, nor take its answer away by answering after it."""
    name = note.digest.hex()
    heard = next((n for n in answers if n.text(RECALL) == name and n.author != note.author), None)
    return Recall(
        note.digest,
        note.author,
        note.text(INTENT),
        note.text("content"),
        _places(note.texts(PLACES)),
        heard.digest if heard else None,
        _outcomes(heard) if heard else (),
    )


def _places(texts: tuple[str, ...]) -> tuple[Place, ...]:
    return tuple(p for t in texts[:MOST] if (p := read_place(t)) is not None)


def _outcomes(note: Note) -> tuple[Outcome, ...]:
    found = []
    for text in note.texts(OUTCOMES)[:MOST]:
        name, outcome, *rule = text.split(" ", 2)[:3] if text.count(" ") else (text, "")
        if (place := read_place(name)) is not None:
            found.append(Outcome(place, outcome, rule[0] if rule else ""))
    return tuple(found)


def read_place(text: str) -> Place | None:
    """A place from `act-digest-in-hex:index`, or None."""
    digest, colon, index = text.partition(":")
    if len(digest) != 64 or not colon or not index.isascii() or not index.isdigit() or len(index) > 6:
        return None
    try:
        return Place(Digest(bytes.fromhex(digest)), int(index))
    except ValueError:
        return None


def write_place(place: Place) -> str:
    return f"{place.act.hex()}:{place.index}"


# --- verbs -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Offer:
    """Acts that somebody who is no participant of their case is to get."""

    to: Ref
    acts: frozenset[Digest]
    note: str = "Offered"


def offer(state: Exchange, actor: Actor, now: datetime, form: Offer, /) -> Proposal | Refused:
    if not form.acts:
        return Refused((Reason("exchange.nothing", (), "exchange.choose-acts"),))
    return _say(actor, "exchange.offer", form.to, form.note, {}, form.acts)


@dataclass(frozen=True, slots=True)
class Received:
    """What came from a partner, up to a cursor."""

    from_: Ref
    cursor: str
    outcomes: tuple[Outcome, ...]


def receive(state: Exchange, actor: Actor, now: datetime, form: Received, /) -> Proposal | Refused:
    """A receipt, resting on the acts it confirms as far as they got in."""
    got = frozenset(o.place.act for o in form.outcomes if o.outcome in ("accepted", "known"))
    told = [f"{write_place(o.place)} {o.outcome} {o.rule}".rstrip() for o in form.outcomes[:MOST]]
    more: dict[str, object] = {CURSOR: form.cursor or "start", **({OUTCOMES: told} if told else {})}
    return _say(actor, "exchange.received", form.from_, f"{len(form.outcomes)} received", more, got)


@dataclass(frozen=True, slots=True)
class RecallForm:
    """What is recalled from whom. Places, never ids: an id would tell what it is to whoever had not got it."""

    from_: Ref
    places: tuple[Place, ...]
    intent: str
    reason: str


def recall(state: Exchange, actor: Actor, now: datetime, form: RecallForm, /) -> Proposal | Refused:
    bad = []
    if not form.places or len(form.places) > MOST:
        bad.append(Reason("recall.place-count", (str(len(form.places)), str(MOST)), "recall.choose"))
    if form.intent not in INTENTS:
        bad.append(Reason("recall.intent", (form.intent, ", ".join(INTENTS)), "recall.choose-intent"))
    if not form.reason.strip():
        bad.append(Reason("recall.reason", (), "recall.give-reason"))
    if bad:
        return Refused(tuple(bad))
    more: dict[str, object] = {PLACES: sorted(map(write_place, form.places)), INTENT: form.intent}
    return _say(actor, "exchange.recall", form.from_, form.reason.strip(), more, frozenset(p.act for p in form.places))


@dataclass(frozen=True, slots=True)
class Confirmation:
    """The answer to a recall: what goes, and what stays and why."""

    recall: Digest
    kept: Mapping[Place, str] = field(default_factory=dict)  # place -> rule


def confirm(state: Exchange, actor: Actor, now: datetime, form: Confirmation, /) -> Proposal | Refused:
    """Content of the recalled places goes with the admission of this act, but for what is kept with a reason."""
    asked = next((r for r in state.recalls if r.act == form.recall and r.author != actor.organisation), None)
    if asked is None:
        return Refused((Reason("recall.unknown", (form.recall.hex()[:16],), "recall.list"),))
    if asked.confirmed is not None:
        return Refused((Reason("recall.answered", (form.recall.hex()[:16],)),))
    done = "withdrawn" if asked.intent == "withdraw" else "noted"
    told = [f"{write_place(p)} kept {form.kept[p]}" if p in form.kept else f"{write_place(p)} {done}" for p in asked.places]
    more: dict[str, object] = {RECALL: asked.act.hex(), **({OUTCOMES: told} if told else {})}
    said = _say(actor, "exchange.confirmed", asked.author, "Recall answered", more, frozenset())
    gone = tuple(p for p in asked.places if p not in form.kept)
    return Proposal(said.kind, said.objects, said.rests, withdraw=gone if asked.intent == "withdraw" else ())


def _say(actor: Actor, kind: str, other: Ref, text: str, more: Mapping[str, object], rests: frozenset[Digest]) -> Proposal:
    note = {
        "type": "note",
        "content": text,
        "object_refs": [actor.organisation, other],
        PARTICIPANTS: sorted({actor.organisation, other}),
        "object_marking_refs": [OFFICIAL["amber"]],
        **more,
    }
    return Proposal(kind, {"note": note}, rests)
