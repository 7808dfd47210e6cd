"""Release: the only way out. Every object that leaves was decided on, and carries the decision with its reasons."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, TypeVar

import msgspec
from sqlalchemy import Connection

from charlevoix.acts import wire
from charlevoix.acts.act import Act, Digest, Place, Presentation, Whole
from charlevoix.acts.leak import leaks
from charlevoix.acts.signature import read_act
from charlevoix.doors import admission, projection
from charlevoix.doors.admission import ACT, AUDIENCE, OBJECTS, PRESENTATION, case_of_two
from charlevoix.doors.closure import KNOWN_TO_ALL, tells
from charlevoix.doors.decided import Decided, Members, Spot, ends, form, forms, plain, until
from charlevoix.doors.orders import Orders, Passing
from charlevoix.doors.projection import Warm
from charlevoix.errors import Answer, Reason
from charlevoix.ledger.entry import Door
from charlevoix.safeguards.decision import Decision, decide
from charlevoix.safeguards.grounds import Audience, Grounds, Nexus, Subject
from charlevoix.safeguards.marking import Marking, read_marking
from charlevoix.safeguards.passage import Released, Verified, claim
from charlevoix.stix import timestamp
from charlevoix.stix.extension import EXTENSIONS
from charlevoix.stix.identifier import Property, Ref, derived_id
from charlevoix.stix.marking import TLP
from charlevoix.store import acts, releases
from charlevoix.store.acts import StoredAct, StoredPlace
from charlevoix.store.releases import NewRelease

_SEAL = claim("release")

T = TypeVar("T")

Spoken = tuple[Digest, int, Ref, str]
"""An act that speaks of an object: its digest, the place, its case, its kind."""


class Between(Protocol):
    """What the case of two parties says of what one gave the other: `charlevoix.share.exchange` folds it."""

    def offered_by(self, author: Ref, /) -> frozenset[Digest]: ...
    def recalled_by(self, author: Ref, /) -> frozenset[Place]: ...


@dataclass(slots=True)
class Exit:
    """The way out within one transaction: what was looked up once is not looked up again."""

    passing: Passing
    warm: Warm
    _markings: dict[tuple[Ref, Ref], tuple[Marking, ...]] = field(default_factory=dict)
    _grounds: dict[Ref, tuple[Grounds, ...]] = field(default_factory=dict)
    _decided: dict[object, Decision] = field(default_factory=dict)
    _between: dict[Ref, Between] = field(default_factory=dict)

    @property
    def conn(self) -> Connection:
        return self.passing.conn

    @property
    def orders(self) -> Orders:
        return self.passing.orders

    def decide(self, stored: StoredAct, to: Audience, most: int | None = None) -> Decided:
        """What this audience gets of an act, object by object (of the first `most`): decided, widened by what would tell, and made ready."""
        act = read_act(stored.jwt)
        places = acts.places_of(self.conn, [stored.digest], most)[stored.digest]
        recalled = self.between(to).recalled_by(self.orders.me) if to.standing != "role" else frozenset[Place]()
        speaking = self._speaking(places) if to.standing != "role" else {}
        decisions = []
        for place in places:
            spoken = speaking.get(place.ref, frozenset())
            markings = (*self._bound_by(stored, places[0], place), *self._bound_later(stored, place, spoken))
            subject = self._subject(stored, act, place, tuple(dict.fromkeys(markings)), to, place.at in recalled)
            grounds = self._grounds_of(stored, spoken, to)
            decisions.append(self._decide(subject, to, grounds))
        return self._make_ready(stored, act, places, decisions)

    def between(self, to: Audience) -> Between:
        """What lies between us and a peer: offers and recalls."""
        nothing: Between = _Nothing()
        if to.standing in ("role", "public") or "exchange" not in self.orders.cases:
            return nothing
        if to.name in self._between:
            return self._between[to.name]
        found = projection.state(self.conn, self.orders, self.warm, case_of_two("exchange", self.orders.me, to.name))
        self._between[to.name] = nothing if found is None else found
        return self._between[to.name]

    # --- what binds an object ------------------------------------------------------------------------------------

    def _subject(
        self, stored: StoredAct, act: Act, place: StoredPlace, markings: tuple[Marking, ...], to: Audience, recalled: bool
    ) -> Verified[Subject]:
        case = self.orders.case(stored.kind)
        common = case.kinds[stored.kind].common if place.at.index == 0 and stored.kind in case.kinds else frozenset[Property]()
        from_ = frozenset({to.name}) if recalled else frozenset[Ref]()
        return admission.subject(place, act, markings, common, from_)

    def _bound_by(self, stored: StoredAct, first: StoredPlace, place: StoredPlace) -> tuple[Marking, ...]:
        """The object's own markings and those of its act; of foreign material its own, or what its voucher says where it has none."""
        own, of_act = _marking_refs(place), _marking_refs(first)
        refs = (own or of_act) if self.orders.case(stored.kind).material else (*own, *of_act)
        return tuple(m for ref in dict.fromkeys(refs) for m in self._resolve(stored, ref))

    def _bound_later(self, stored: StoredAct, place: StoredPlace, spoken: frozenset[Spoken]) -> tuple[Marking, ...]:
        """What the author said of the same object later in the same case binds what went before: a marking is made stricter that way."""
        others = [s for s in spoken if s[2] == stored.case and s[0] != stored.digest]
        if not others or place.shown is None:
            return ()
        said = acts.find(self.conn, [s[0] for s in others])
        version = _version(place)
        found = [acts.place(self.conn, Place(d, i)) for d, i, _, _ in sorted(others) if said[d].author == stored.author]
        later = [p for p in found if p is not None and _version(p) > version]
        return tuple(m for p in later for ref in _marking_refs(p) for m in self._resolve(stored, ref))

    def _resolve(self, stored: StoredAct, ref: Ref) -> tuple[Marking, ...]:
        """Every definition of this id that the author, or the case, gives: all of them bind."""
        if ref in TLP:
            return (Marking(ref, TLP[ref]),)
        if (ref, stored.case) not in self._markings:
            found = self._definitions(stored, ref)
            self._markings[ref, stored.case] = found or (Marking(ref, understood=False),)
        return self._markings[ref, stored.case]

    def _definitions(self, stored: StoredAct, ref: Ref) -> tuple[Marking, ...]:
        said = acts.definitions(self.conn, ref)
        trusted = [body for author, case, body in said if case == stored.case or author == stored.author]
        return tuple(dict.fromkeys(read_marking(_decode(b)) for b in trusted))

    def _speaking(self, places: Iterable[StoredPlace]) -> Mapping[Ref | None, frozenset[Spoken]]:
        """For each object the acts that speak of it themselves: a report only vouches. What stands for itself is nobody's."""
        found = acts.speaking(self.conn, [p.ref for p in places if p.ref and not p.ref.startswith(KNOWN_TO_ALL)])
        return {ref: frozenset(s for s in some if not self.orders.case(s[3]).material) for ref, some in found.items()}

    def _grounds_of(self, stored: StoredAct, spoken: frozenset[Spoken], to: Audience) -> tuple[Grounds, ...]:
        """Grounds of the act's case, of those it rests on, and of every other case that speaks of the object: the strictest answers.

        In our own house the act's own case is enough, and material that is in no case yet may be read there.
        """
        case = self.orders.case(stored.kind)
        if to.standing == "role":
            return self.case_grounds(stored.case)
        if case.material:
            return ()
        others = [self.case_grounds(c) for c in sorted({s[2] for s in spoken} - {stored.case})]
        mine = self.case_grounds(stored.case)
        return (*mine, *(g for some in others for g in some if g.nexus is not Nexus.NOT_NEEDED))

    def case_grounds(self, ref: Ref) -> tuple[Grounds, ...]:
        """The grounds of a case and of those it rests on. A case that is about nobody's interference itself is as free as what it rests on."""
        if ref not in self._grounds:
            found = projection.grounds(self.conn, self.orders, {ref, *self._below(ref)})
            own = found.get(ref, Grounds(Nexus.UNSTATED))
            below = [g for r, g in found.items() if r != ref]
            needed = [
                replace(g, participants=own.participants, reviews=g.reviews | own.reviews)  # what is said here was reviewed here
                for g in below
                if g.nexus is not Nexus.NOT_NEEDED
            ]
            alone = own.nexus is not Nexus.NOT_NEEDED or not needed
            self._grounds[ref] = (*((own,) if alone else ()), *needed)
        return self._grounds[ref]

    def _below(self, ref: Ref) -> frozenset[Ref]:
        """The cases that this one rests on, and those that they rest on: a finding falls with the incident under it."""
        found, next_ = frozenset({ref}), frozenset({ref})
        while next_:
            below = frozenset[Ref]().union(*(acts.rested_cases(self.conn, r) for r in next_)) - found
            next_ = frozenset(r for r in below if not self.orders.case(r).material)
            found |= next_
        return found - {ref}

    def _decide(self, subject: Verified[Subject], to: Audience, grounds: tuple[Grounds, ...]) -> Decision:
        """`decide`, asked once for all objects that nothing it looks at tells apart."""
        s = subject.value
        redact = frozenset[Property]().union(*(m.redact for m in s.markings))
        key = (s.markings, frozenset(redact & s.object.known.keys()), s.whole, s.common, s.recalled, s.author, to, grounds)
        if key not in self._decided:
            self._decided[key] = decide(subject, to, grounds, self.orders.profile, self.passing.now)
        return self._decided[key]

    # --- making ready ----------------------------------------------------------------------------------------------

    def _make_ready(self, stored: StoredAct, act: Act, places: tuple[StoredPlace, ...], decisions: list[Decision]) -> Decided:
        hidden = frozenset(p.ref for p, d in zip(places, decisions, strict=True) if p.ref and d.answer is Answer.NO)
        settled = [self._widen(stored, p, d, hidden) for p, d in zip(places, decisions, strict=True)]
        shown = tuple(form(p, d) for p, d in zip(places, settled, strict=True))
        return Decided(stored, act, tuple(settled), shown)

    def _widen(self, stored: StoredAct, place: StoredPlace, decision: Decision, hidden: frozenset[Ref]) -> Decision:
        """Withholds also what would tell what is withheld; where that can't be, nothing is shown."""
        if decision.answer is Answer.NO or place.shown is None:
            return decision
        if not hidden and not decision.withheld:
            return decision
        members = {Property(k): v for k, v in _decode(place.shown.object).items()}
        withheld = decision.withheld | tells(members, hidden - {place.ref or Ref("")})
        withheld |= leaks(members, withheld)
        if withheld == decision.withheld:
            return decision
        names = ", ".join(sorted(withheld))
        common = self.orders.case(stored.kind).kinds[stored.kind].common if place.at.index == 0 else frozenset[Property]()
        if (isinstance(place.shown, Whole) and place.shown.entire) or withheld & common:
            rule = "redaction.common" if withheld & common else "redaction.whole"
            return Decision(Answer.NO, (Reason(rule, (names,), "redaction.restate"),))
        told = Reason("redaction.tells", (names,))
        return Decision(Answer.REDACT, (*decision.reasons, told), withheld, decision.until)

    # --- the release log ---------------------------------------------------------------------------------------------

    def refresh(self, case: Ref, only: frozenset[Digest] | None = None) -> None:
        """Brings what each audience has of a case, or of some of its acts, up to what is decided now."""
        if self.orders.case(case).material or self.orders.case(case).kind in admission.OF_ONE:
            return
        mine = self._mine(case, only)
        if not mine:
            return
        given = releases.given(self.conn, case)
        participants = self._participants(case)
        for to in self.passing.roster.peers():
            changed = self._refresh_for(to, mine, to.name in participants, to.name in given)
            if changed and only is not None:  # what refers to what was given otherwise may dangle now, or no longer
                self._refresh_for(to, self._mine(case, None), to.name in participants, to.name in given)

    def _mine(self, case: Ref, only: frozenset[Digest] | None) -> list[StoredAct]:
        return [a for a in self._acts(case, only) if a.author == self.orders.me]

    def _acts(self, case: Ref, only: frozenset[Digest] | None) -> Iterable[StoredAct]:
        if only is None:
            return acts.of_case(self.conn, case)
        kept = self.passing.kept
        found = [*acts.find(self.conn, only - kept.keys()).values(), *(kept[d] for d in only if d in kept)]
        return sorted((a for a in found if a.case == case and not a.void), key=lambda a: a.seq)

    def _participants(self, case: Ref) -> frozenset[Ref]:
        return frozenset[Ref]().union(*(g.participants for g in projection.grounds(self.conn, self.orders, [case]).values()))

    def _refresh_for(self, to: Audience, mine: list[StoredAct], participant: bool, given: bool) -> bool:
        """Participants get every act; others what was offered, and the fate of what they got before. Was any of it given before, otherwise?"""
        before = releases.last_forms(self.conn, to.name, [a.digest for a in mine]) if given else {}
        offered = self.between(to).offered_by(self.orders.me)
        due = [a for a in mine if participant or a.digest in offered or a.digest in before]
        decided = [self.decide(a, to) for a in due]
        if not given and not any(d.visible for d in decided):
            self._refuse(to, decided)  # nothing of this case ever went there, and nothing may: not even that it exists
            return False
        fresh = [d for d in decided if before.get(d.stored.digest) != (forms(d), until(d))]
        self._append(to, fresh, before)
        self._bring_plain(to, decided, before)
        return any(d.stored.digest in before for d in fresh)

    def _refuse(self, to: Audience, decided: Iterable[Decided]) -> None:
        for d in decided:
            for index, decision in enumerate(d.decisions):
                self.record(to, d, index, decision)

    def _append(self, to: Audience, fresh: list[Decided], before: Collection[Digest]) -> None:
        if not fresh:
            return
        start = releases.last(self.conn, to.name, "acts").seq + 1
        rows = [self._row(to, d, start + i) for i, d in enumerate(fresh)]
        for d in fresh:
            if d.stored.digest in before:
                releases.withdraw(self.conn, to.name, d.stored.digest)
        releases.append(self.conn, to.name, "acts", rows, self.passing.now)
        for d in fresh:
            for index, decision in enumerate(d.decisions):
                self.record(to, d, index, decision)

    def record(self, to: Audience, d: Decided, index: int, decision: Decision) -> int:
        """One leaf for an object and its passage: released, or refused; with the rule that decided."""
        door = Door.REFUSE if decision.answer is Answer.NO else Door.RELEASE
        rule = decision.reasons[0].rule if decision.reasons else ""
        return self.passing.record(door, decision.answer, rule, act=d.stored.digest, place=index, audience=to.name)

    def _row(self, to: Audience, d: Decided, seq: int) -> NewRelease:
        ref = derived_id(PRESENTATION, d.stored.digest, to.name, seq)
        body = presentation_object(ref, to.name, d.presentation, timestamp.write(self.passing.now))
        return NewRelease(d.stored.digest, None, ref, PRESENTATION, None, body, forms(d), until(d))

    def _bring_plain(self, to: Audience, decided: list[Decided], before: Collection[Digest]) -> None:
        """Brings the collection of plain STIX up to what is whole and dangles nowhere, for those who don't read presentations."""
        wanted = self._closed(to, {(row.act, row.idx): (row, members) for d in decided for row, members in plain(d)})
        served = releases.served(self.conn, to.name, "stix", [d.stored.digest for d in decided if d.stored.digest in before])
        for at in [at for at, known in served.items() if at not in wanted or wanted[at].until != known]:
            releases.withdraw(self.conn, to.name, *at)
        new = [row for at, row in wanted.items() if at not in served or row.until != served[at]]
        releases.append(self.conn, to.name, "stix", new, self.passing.now)

    def _closed(self, to: Audience, some: dict[Spot, tuple[NewRelease, Members]]) -> dict[Spot, NewRelease]:
        """Those that refer to nothing but each other, what this audience has from elsewhere, and what stands for itself."""
        refers = {at: ends(members) - {row.ref} for at, (row, members) in some.items()}
        here = {row.ref for row, _ in some.values()}
        elsewhere = releases.shown(self.conn, to.name, "stix", frozenset[Ref]().union(*refers.values()) - here, [act for act, _ in some])
        left = dict(some)
        while loose := [at for at in left if not refers[at] <= elsewhere | {row.ref for row, _ in left.values()}]:
            for at in loose:
                del left[at]
        return {at: row for at, (row, _) in left.items()}


def hand_out(value: T, decision: Decision) -> Released[T]:
    """Gives something to whoever it was decided for. Only the node calls it, with a decision that was made here."""
    return Released(value, decision, _SEAL)


def presentation_object(ref: Ref, audience: Ref, presentation: Presentation, at: str) -> bytes:
    """The `charlevoix-presentation` object that a TAXII envelope or a package holds."""
    body = wire.to_wire(presentation)
    return _encode(
        {
            "type": PRESENTATION,
            "spec_version": "2.1",
            "id": ref,
            "created": at,
            "modified": at,
            "extensions": {EXTENSIONS["presentation"].ref: {"extension_type": "new-sdo"}},
            AUDIENCE: audience,
            ACT: body["act"],
            OBJECTS: body["objects"],
        }
    )


def _version(place: StoredPlace) -> str:
    """Of an object with versions: a text that sorts as they do; empty for any other."""
    version = _decode(place.shown.object).get("modified") if place.shown else None
    return timestamp.order(version) if isinstance(version, str) and timestamp.is_timestamp(version) else ""


def _marking_refs(place: StoredPlace) -> tuple[Ref, ...]:
    if place.shown is None:
        return ()
    refs = _decode(place.shown.object).get("object_marking_refs", ())
    return tuple(Ref(r) for r in refs if isinstance(r, str)) if isinstance(refs, list) else ()


class _Nothing:
    def offered_by(self, _: Ref, /) -> frozenset[Digest]:
        return frozenset()

    def recalled_by(self, _: Ref, /) -> frozenset[Place]:
        return frozenset()


_pack = msgspec.msgpack.Encoder().encode
_encode = msgspec.json.Encoder().encode
_decode: Any = msgspec.json.Decoder(dict[str, object]).decode
