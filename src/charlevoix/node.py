"""A node: what rooms may ask, in six verbs. A writing call is one lock and one transaction."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from itertools import chain, islice
from typing import Any, TypeVar

from charlevoix.acts.act import Digest, Gone, Missing, Place, Presentation
from charlevoix.cases import causality, machine
from charlevoix.cases.case import AnyCase, Case, Course, Proposal, Row, Verb
from charlevoix.cases.history import History
from charlevoix.doors import consequence, enquiry, foreign, projection, publication
from charlevoix.doors.admission import OF_TWO, Admission, admit_own, admit_presentation, case_of_opener, refuse
from charlevoix.doors.composition import compose
from charlevoix.doors.decided import Decided
from charlevoix.doors.enquiry import Listing, Query
from charlevoix.doors.orders import Orders, Passing
from charlevoix.doors.projection import Warm
from charlevoix.doors.release import Exit, hand_out
from charlevoix.errors import Answer, Reason, Refused, Unknown
from charlevoix.ledger.entry import Door
from charlevoix.partners.audience import PUBLIC, Audience
from charlevoix.partners.people import HOUSE, NODE, held, pseudonym
from charlevoix.partners.roster import Roster
from charlevoix.safeguards.authority import READ, may
from charlevoix.safeguards.decision import Decision
from charlevoix.safeguards.grounds import Actor, Grounds, Nexus, merge
from charlevoix.safeguards.passage import Released, Seen, Unverified, Verified
from charlevoix.stix.identifier import Ref
from charlevoix.store import acts, cases, office, releases
from charlevoix.store.acts import StoredAct, StoredPlace
from charlevoix.store.database import Database

S = TypeVar("S")
F = TypeVar("F")

KEEPERS = frozenset({"analyst", "administrator"})
"""Who may try an item of the quarantine again, or put it aside."""

PUBLISHERS = frozenset({"policy", "auditor"})
"""Who may have the account made: it holds figures, and what two persons published."""


class Node:
    """All that a room may ask.

    Safe to share between threads: writers wait for one another, readers for nobody. What a writing call returned is on the disk. A call that
    raises, or a machine that dies in it, leaves nothing behind. Refusals are answers, not errors, and are on the record too.
    """

    def __init__(self, database: Database, orders: Orders, secret: bytes) -> None:
        self._database, self._orders, self._secret = database, orders, secret
        self._warm = Warm()
        self._tally = publication.Tally()

    @property
    def me(self) -> Ref:
        return self._orders.me

    def audience(self, who: Actor, name: str, /) -> Audience:
        """An audience by the name or id of a partner, "public", or "role--...". Raises Unknown."""
        with self._reading(who) as passing:
            named = next((o.ref for o in passing.roster if o.name.casefold() == name.strip().casefold()), Ref(name.strip()))
            return passing.roster.audience(named)

    def partners(self, who: Actor, /) -> Roster:
        """The roster as it is now."""
        with self._reading(who) as passing:
            return passing.roster

    # --- admit -------------------------------------------------------------------------------------------------------

    def admit(self, who: Actor, items: Iterable[Unverified], /) -> Iterator[Admission]:
        """Lets in what may come in: one outcome for each item, whatever the others are. Each chunk is one transaction.

        Items with a `case` are foreign objects of that report (which must be open); items without are partners' acts. The iterator has to be
        read to its end. Raises Unknown where the report does not exist, and PermissionError never: what an actor may not do is an outcome.
        """
        first = next(iterator := iter(items), None)
        if first is None:
            return
        everything = chain([first], iterator)
        if first.case is None:
            yield from self._admit_acts(who, everything)
        else:
            yield from self._admit_foreign(who, first.case, everything)

    def _admit_acts(self, who: Actor, items: Iterable[Unverified]) -> Iterator[Admission]:
        for chunk in _chunks(items, 100):
            with self._passing(who) as passing:
                told, new = [], dict[Ref, list[Seen]]()
                for item in chunk:
                    admission, seen = admit_presentation(passing, item)
                    told.append(admission)
                    if seen is not None:
                        new.setdefault(seen.act.value.case, []).append(seen)
                consequence.follow(passing, self._warm, new)
            yield from told

    def _admit_foreign(self, who: Actor, report: Ref, items: Iterable[Unverified]) -> Iterator[Admission]:
        with self._reading(who) as passing:
            barred = self._barred(passing, who, report)
        entrance, chunks = foreign.Entrance(), _chunks(items, foreign.CHUNK)
        chunk = next(chunks, None)
        while chunk is not None:
            following = next(chunks, None)
            with self._passing(who) as passing:
                if barred:
                    told, seen = [refuse(passing, item, barred) for item in chunk], list[Seen]()
                else:
                    told, seen = foreign.admit_foreign(passing, entrance, chunk, last=following is None)
                consequence.follow(passing, self._warm, {report: seen} if seen else {})
            yield from told
            chunk = following

    def _barred(self, passing: Passing, who: Actor, report: Ref) -> tuple[Reason, ...]:
        """Why this actor may not vouch for anything in this report. Raises Unknown where there is none."""
        found = projection.state(passing.conn, self._orders, self._warm, report)
        if found is None:
            raise Unknown("case.unknown", report)
        allowed = may(
            who, foreign.VOUCHER, Grounds(Nexus.NOT_NEEDED), passing.now, roles=self._orders.case(report).kinds[foreign.VOUCHER].roles
        )
        return allowed.reasons if allowed.answer is Answer.NO else ()

    def settle(self, who: Actor, held: int, again: bool, /) -> Admission | Refused:
        """Takes an item of the quarantine through the door again, or (not `again`) puts it aside; both are on the record.

        Its bytes stay as evidence. Raises Unknown where nothing of this number waits.
        """
        with self._passing(who) as passing:
            item = next((h for h in office.held(passing.conn, after=held - 1, limit=1) if h.id == held), None)
            if item is None:
                raise Unknown("quarantine.unknown", held, advice="quarantine.list")
            allowed = may(who, "quarantine", Grounds(Nexus.NOT_NEEDED), passing.now, roles=KEEPERS)
            if allowed.answer is Answer.NO:
                return Refused(allowed.reasons, passing.record(Door.REFUSE, Answer.NO, allowed.reasons[0].rule))
            if not again:
                office.settle(passing.conn, held, "dismissed")
                entry = passing.record(Door.ADMIT, Answer.NO, "quarantine.dismissed")
                return Admission(Digest(item.raw), "dismissed", item.reasons, entry=entry)
        raw = self._orders.blobs.get(item.raw)
        (came,) = self.admit(who, [Unverified(raw, item.source, item.case, item.marking)])
        if came.outcome != "quarantined":
            with self._database.write() as conn:
                office.settle(conn, held, "admitted")
        return came

    # --- do ----------------------------------------------------------------------------------------------------------

    def do(self, who: Actor, case: Case[Any], ref: Ref | None, verb: Verb[Any, F], form: F, /) -> Verified[Any] | Refused:
        """Says something: asks the verb, checks that it may be said, signs it, lets it in. None opens a case.

        Returns the act, or all that stands in the way with the index of the refusal in the ledger.
        """
        with self._passing(who) as passing:
            salt = self._orders.clock.random_bytes(16).hex() if ref is None else ""
            ref = ref or case_of_opener(case.kind, self.me, salt)
            actor = replace(who, person=pseudonym(self._secret, who.person, ref))
            state = projection.state(passing.conn, self._orders, self._warm, ref)
            state = case.of(History()) if state is None else state
            proposal = verb(state, actor, passing.now, form)
            if isinstance(proposal, Refused):
                return self._refuse(passing, case, ref, proposal.reasons)
            if bad := self._obstacles(passing, case, ref, state.course, actor, proposal):
                return self._refuse(passing, case, ref, bad)
            objects = compose(passing, case, ref, state.course, actor, proposal, salt)
            if isinstance(objects, tuple):
                return self._refuse(passing, case, ref, objects)
            for evidence in proposal.evidence:
                self._orders.blobs.put(evidence)
            after = causality.heads(state.course.history)
            seen = admit_own(passing, proposal.kind, ref, objects, after, proposal.rests)
            touched = self._withdraw(passing, proposal.withdraw, state.course) if proposal.withdraw else set()
            consequence.follow(passing, self._warm, {ref: [seen]}, touched)
        if proposal.withdraw:
            self._database.forget()
        return seen.act

    def _obstacles(self, passing: Passing, case: AnyCase, ref: Ref, course: Course, actor: Actor, proposal: Proposal) -> tuple[Reason, ...]:
        """What stands in the way of an act, whatever the verb found: the role, the phase, the nexus, and what it must rest on."""
        declared = case.kinds[proposal.kind]
        rests = acts.find(passing.conn, proposal.rests)
        grounds = self._grounds_for(passing, case, ref, course, rests)
        decision = may(actor, proposal.kind, grounds, passing.now, roles=declared.roles)
        bad = list(decision.reasons) if decision.answer is Answer.NO else []
        if not machine.allows(declared, course.phase):
            bad.append(Reason("case.phase", (proposal.kind, course.phase), "case.see-moves"))
        if missing := proposal.rests - rests.keys():
            bad.append(Reason("act.rests-missing", (", ".join(sorted(d.hex()[:16] for d in missing)),), "act.wait"))
        if declared.rests and not any(a.kind in declared.rests for a in rests.values()):
            bad.append(Reason("act.rests-on", (proposal.kind, ", ".join(sorted(declared.rests))), "act.name-source"))
        return tuple(bad)

    def _grounds_for(self, passing: Passing, case: AnyCase, ref: Ref, course: Course, rests: Mapping[Digest, StoredAct]) -> Grounds:
        """The grounds of the case; of a new one those of what it is about to rest on."""
        exit_ = Exit(passing, self._warm)
        if course.notes:
            return merge(exit_.case_grounds(ref))
        below = {a.case for a in rests.values() if not self._orders.case(a.kind).material}
        found = [g for c in sorted(below) for g in exit_.case_grounds(c)]
        return merge(tuple(found)) if found else case.grounds(case.of(History()))

    def _refuse(self, passing: Passing, case: AnyCase, ref: Ref, reasons: tuple[Reason, ...]) -> Refused:
        """A no is on the record: one entry with the first rule; the reasons go to who asked."""
        return Refused(reasons, passing.record(Door.REFUSE, Answer.NO, reasons[0].rule))

    def _withdraw(self, passing: Passing, places: tuple[Place, ...], course: Course) -> set[Ref]:
        """Content of these parties' acts that goes: bytes, keys and rows; the act, and that it spoke of something, stay."""
        touched, parties = set[Ref](), course.participants() | {self.me}
        found = acts.find(passing.conn, [p.act for p in places])
        for place in places:
            before = acts.place(passing.conn, place)
            if before is None or place.act not in found or found[place.act].author not in parties:
                continue  # nobody recalls what another said
            acts.replace_place(passing.conn, StoredPlace(place, None, None, Gone.RECALLED))
            passing.record(Door.RECALL, Answer.YES, "place.withdrawn", place=place)
            touched.add(found[place.act].case)
        return touched

    # --- state, find, explain ----------------------------------------------------------------------------------------

    def state(self, who: Actor, case: Case[Any], ref: Ref, /) -> Released[Any] | Refused:
        """A case as this actor may see it: the fold over what release gives them."""
        with self._reading(who) as passing:
            state = projection.state(passing.conn, self._orders, self._warm, ref)
            if state is None:
                raise Unknown("case.unknown", ref)
            exit_ = Exit(passing, self._warm)
            readers = HOUSE | {NODE} if case.kind in OF_TWO else HOUSE  # a job answers what a partner recalled
            readable = may(who, READ, merge(exit_.case_grounds(ref)), passing.now, roles=readers)
            if readable.answer is Answer.NO:
                return Refused(readable.reasons)
            seen, decision = self._as_seen(exit_, who, state.course, ref)
            return hand_out(state if seen is state.course.history else case.of(seen), decision)

    def _as_seen(self, exit_: Exit, who: Actor, course: Course, ref: Ref) -> tuple[History, Decision]:
        """The history without what no role of this actor may read, and the decision on the first object."""
        audiences = [exit_.passing.roster.audience(Ref(f"role--{r}")) for r in sorted(held(who.roles) & HOUSE)]
        history, first = course.history, Decision(Answer.YES, ())
        for stored in acts.of_case(exit_.conn, ref):
            note = course.history.notes.get(stored.digest)
            if note is None or not note.objects:
                continue
            best = _kindest([exit_.decide(stored, to, len(note.objects)) for to in audiences])
            if stored.digest == (course.notes[0].digest if course.notes else None) and best:
                first = best[0]
            if any(d.answer is Answer.NO for d in best[: len(note.objects)]):
                kept = tuple(
                    Missing(o.at, Gone.NOT_RELEASED) if d.answer is Answer.NO else o for o, d in zip(note.objects, best, strict=False)
                )
                history = History({**history.notes, note.digest: replace(note, objects=kept)})
        return history, first

    def find(self, who: Actor, query: Query, /) -> Listing[Released[Row]]:
        """Rows of cases, or of what `charlevoix.doors.enquiry` knows, that this actor may see. Raises Malformed for a query that can't be."""
        with self._reading(who) as passing:
            rows, total, more = enquiry.find(Exit(passing, self._warm), who, query)
        allowed = Decision(Answer.YES, (Reason("authority.role-allows", (", ".join(sorted(who.roles)), READ)),))
        return Listing(tuple(hand_out(row, allowed) for row in rows), total, more)

    def explain(self, who: Actor, case: Ref, to: Iterable[Audience], /) -> Mapping[tuple[Place, Ref], Decision]:
        """For every object of a case that we said, and each audience: what it would get and why. Changes nothing, is on no record.

        A role of our own house is asked about what partners said too, since it reads that here.
        """
        with self._reading(who) as passing:
            exit_ = Exit(passing, self._warm)
            self._demand_read(who, exit_, case)
            return {
                (Place(stored.digest, index), audience.name): decision
                for audience in to
                for stored in acts.of_case(passing.conn, case)
                if stored.author == self.me or audience.standing == "role"
                for index, decision in enumerate(exit_.decide(stored, audience).decisions)
            }

    # --- release -----------------------------------------------------------------------------------------------------

    def release(self, who: Actor, case: Ref, to: Audience, /) -> Iterator[Released[Presentation] | Refused]:
        """What an audience gets of a case now, act by act, put on the record; a refusal for each act of which it gets nothing."""
        told: list[Released[Presentation] | Refused] = []
        with self._passing(who) as passing:
            exit_ = Exit(passing, self._warm)
            self._demand_read(who, exit_, case)
            mine = [a for a in acts.of_case(passing.conn, case) if a.author == self.me]
            told += [self._hand(exit_, exit_.decide(stored, to), to) for stored in mine]
        yield from told

    def _hand(self, exit_: Exit, d: Decided, to: Audience) -> Released[Presentation] | Refused:
        entries = [exit_.record(to, d, i, decision) for i, decision in enumerate(d.decisions)]
        if d.visible:
            return hand_out(d.presentation, d.decisions[0])
        reasons = tuple(dict.fromkeys(r for x in d.decisions for r in x.reasons))
        return Refused(reasons, entries[0] if entries else None)

    def _demand_read(self, who: Actor, exit_: Exit, case: Ref) -> None:
        readable = may(who, READ, merge(exit_.case_grounds(case)), exit_.passing.now, roles=HOUSE)
        if readable.answer is Answer.NO:
            raise Unknown("case.unknown", case)

    # --- publish -----------------------------------------------------------------------------------------------------

    def publish(self, who: Actor, press: publication.Press[Any], only: Ref | None = None, /) -> Mapping[str, bytes] | Refused:
        """The account of this node as files, for a directory that anybody can check: see `charlevoix.doors.publication`.

        Everything that was published is decided for the public again; `only` names a publication without which there is to be no account.
        """
        with self._passing(who) as passing:
            allowed = may(who, "account.publish", Grounds(Nexus.NOT_NEEDED), passing.now, roles=PUBLISHERS)
            if allowed.answer is Answer.NO:
                return Refused(allowed.reasons, passing.record(Door.REFUSE, Answer.NO, allowed.reasons[0].rule))
            return publication.publish(Exit(passing, self._warm), press, only)

    def account(self, /) -> publication.Account:
        """The account as it is now, as anybody may read it on a page; views are on no record, publishing is."""
        with self._reading(Actor(PUBLIC, PUBLIC, frozenset())) as passing:
            exit_ = Exit(passing, self._warm)
            self._tally = publication.count_on(exit_, self._tally)
            return publication.show(exit_, self._tally)

    def checkpoint(self, who: Actor, /) -> bytes:
        """Signs the log as it is now, its last tile filled (the daily job); the signed checkpoint."""
        with self._passing(who) as passing:
            return publication.checkpoint(passing)

    # --- given -------------------------------------------------------------------------------------------------------

    def redecide(self, who: Actor) -> int:
        """Takes decisions whose time has come again (the job behind `until`); returns how many acts were given anew."""
        with self._passing(who) as passing:
            exit_ = Exit(passing, self._warm)
            due = list(releases.expiring(passing.conn, releases.stamp(passing.now)))
            found = acts.find(passing.conn, [digest for _, digest in due])
            for case in sorted({a.case for a in found.values()}):
                exit_.refresh(case)
            return len(due)

    def refold(self) -> int:
        """Folds every case from its acts again and stores it; returns how many cases there are (`doctor --refold`)."""
        count = 0
        with self._database.read() as conn:
            every = list(cases.every(conn))
        for ref in every:
            with self._passing(Actor(self.me, self.me, frozenset({"node"}))) as passing:
                projection.refold(passing, self._warm, ref)
            count += 1
        return count

    @contextmanager
    def _passing(self, who: Actor) -> Iterator[Passing]:
        with self._database.write() as conn:
            passing = Passing(self._orders, conn, self._orders.clock.now(), _role(who), consequence.roster(conn, self._orders, self._warm))
            try:
                yield passing
            except BaseException:
                self._warm = Warm()  # a state folded in what is now undone must not be given out
                raise
            passing.settle()

    @contextmanager
    def _reading(self, who: Actor) -> Iterator[Passing]:
        with self._database.read() as conn:
            yield Passing(self._orders, conn, self._orders.clock.now(), _role(who), consequence.roster(conn, self._orders, self._warm))


def _chunks(items: Iterable[Unverified], size: int) -> Iterator[list[Unverified]]:
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk


def _role(who: Actor) -> str:
    return ",".join(sorted(who.roles)) or "nobody"


def _kindest(some: list[Decided]) -> tuple[Decision, ...]:
    """For each object the decision of the role that may read most."""
    order = {Answer.YES: 0, Answer.REDACT: 1, Answer.NO: 2}
    if not some:
        return ()
    return tuple(min(of, key=lambda d: order[d.answer]) for of in zip(*(d.decisions for d in some), strict=True))


__all__ = ["Admission", "Listing", "Node", "Query"]
