"""Publication: what the public gets, decided object by object, bound together with the log in one transaction."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar

from charlevoix.acts.act import Digest, Gone, Missing, Presentation, StixObject
from charlevoix.acts.key import Purpose
from charlevoix.cases.history import History, Note
from charlevoix.doors import admission, projection
from charlevoix.doors.orders import Orders, Passing
from charlevoix.doors.release import Decided, Exit, hand_out
from charlevoix.errors import Answer, Reason, Refused, Unknown
from charlevoix.ledger.checkpoint import Signer, VerifierKey
from charlevoix.ledger.entry import DESTROYED, Door, NewEntry, OpenedEntry, disclose
from charlevoix.partners.audience import PUBLIC
from charlevoix.safeguards.decision import Decision
from charlevoix.safeguards.passage import Released
from charlevoix.stix.identifier import Ref
from charlevoix.store import acts, cases

CASE = "publication"
"""The kind of case whose acts are for the public."""

NODE = "node"


class Published(Protocol):
    """What a case of this kind says of itself: `charlevoix.account.publication` folds it."""

    @property
    def published(self) -> frozenset[Digest]: ...
    @property
    def rests(self) -> frozenset[Digest]: ...


@dataclass(frozen=True, slots=True)
class Source:
    """An act that a publication rests on: of which kind, and whether the public may have all of it, or why not."""

    act: Digest
    kind: str
    answer: Answer
    reason: Reason | None


@dataclass(frozen=True, slots=True)
class Told:
    """One publication as the public gets it: the state folded from what was released, the acts, and what they rest on."""

    case: Ref
    state: Any
    acts: tuple[Presentation, ...]
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Account:
    """What an account is made of. `opened`: door, answer and rule of every entry whose key is there; never times or audiences."""

    me: Ref
    origin: str
    entries: int  # of the log, before the publication's own
    opened: Sequence[OpenedEntry]
    told: tuple[Released[Told], ...]


class Draft(Protocol):
    """Files that an entry of the log can commit to."""

    @property
    def rule(self) -> str: ...


D = TypeVar("D", bound=Draft)


class Press(Protocol[D]):
    """Makes files of an account. Pure: it is called while the transaction is open."""

    def draft(self, account: Account, earlier: Mapping[int, bytes], /) -> D: ...
    def assemble(self, drafted: D, entry: OpenedEntry, checkpoint: bytes, tiles: Iterable[tuple[str, bytes]], /) -> dict[str, bytes]: ...


def publish(exit_: Exit, press: Press[D], only: Ref | None) -> Mapping[str, bytes] | Refused:
    """All files of the account, by path. `only`: a publication without which there is to be no account now. Raises Unknown for none such."""
    passing, conn, log = exit_.passing, exit_.conn, exit_.orders.log
    # 1. decide, and put each passage on the record
    told = []
    for ref in cases.every(conn, CASE):
        one = _tell(exit_, ref)
        if isinstance(one, Refused) and ref == only:
            return one
        if isinstance(one, Released):
            told.append(one)
    if only is not None and only not in {r.value.case for r in told}:
        raise Unknown("publication.not-published", only, advice="publication.publish-first")
    passing.settle()
    # 2. open what may be opened, and commit to the files
    size = log.size(conn)
    opened = [disclose(e) for e in log.entries(conn, 0, size) if e.keys[0] != DESTROYED]
    drafted = press.draft(Account(exit_.orders.me, log.origin, size, opened, tuple(told)), dict(log.checkpoints(conn)))
    [index] = log.append(conn, [NewEntry(Door.PUBLISH, None, None, Answer.YES, drafted.rule, None, passing.role, passing.now)])
    # 3. sign
    note = checkpoint(passing)
    return press.assemble(drafted, disclose(log.entry(conn, index)), note, log.public_files(conn, log.size(conn)))


def checkpoint(passing: Passing) -> bytes:
    """Fills the last tile and signs the log as it is then: what the daily job does too."""
    log = passing.orders.log
    log.pad(passing.conn, passing.now, NODE)
    return log.checkpoint(passing.conn, signer(passing.orders))


def signer(orders: Orders) -> Signer:
    """The key of the log's checkpoints, under the log's name."""
    key = VerifierKey(orders.log.origin, orders.keyring.public(Purpose.CHECKPOINTS).raw)
    return Signer(key, orders.keyring.signer(Purpose.CHECKPOINTS).sign)


def _tell(exit_: Exit, ref: Ref) -> Released[Told] | Refused | None:
    """What the public gets of one publication; None while it is not published, a refusal where a rule keeps any of it back."""
    state: Published | None = projection.state(exit_.conn, exit_.orders, exit_.warm, ref)
    if state is None or not state.published:
        return None
    public = exit_.passing.roster.audience(PUBLIC)
    mine = [a for a in acts.of_case(exit_.conn, ref) if a.digest in state.published and a.author == exit_.orders.me]
    decided = [exit_.decide(a, public) for a in mine]
    entries = [exit_.record(public, d, i, one) for d in decided for i, one in enumerate(d.decisions)]
    obstacles = tuple(dict.fromkeys(r for d in decided for one in d.decisions if one.answer is Answer.NO for r in one.reasons))
    if obstacles or not decided:  # half of what two persons decided to say is not what they decided to say
        return Refused(obstacles, entries[0] if entries else None)
    return hand_out(
        Told(ref, _as_seen(exit_, ref, decided), tuple(d.presentation for d in decided), _sources(exit_, state)), _first(decided)
    )


def _first(decided: list[Decided]) -> Decision:
    return decided[0].decisions[0]


def _as_seen(exit_: Exit, ref: Ref, decided: Iterable[Decided]) -> Any:
    """The fold over what the public has: acts of which it gets nothing are not among them, only that they were done."""
    shown = {d.stored.digest: d for d in decided}
    rows = list(acts.of_case(exit_.conn, ref))
    case, notes = exit_.orders.case(CASE), {}
    for seen in admission.held(exit_.conn, exit_.orders, rows):
        note: Note = case.note(seen)
        some = shown.get(note.digest)
        objects = tuple(_shown(o, some.decisions[i] if some else None) for i, o in enumerate(note.objects))
        notes[note.digest] = replace(note, objects=objects)
    return case.of(History(notes))


def _shown(one: StixObject | Missing, decision: Decision | None) -> StixObject | Missing:
    if isinstance(one, Missing):
        return one
    if decision is None or decision.answer is Answer.NO:
        return Missing(one.at, Gone.NOT_RELEASED)
    known = {k: v for k, v in one.known.items() if k not in decision.withheld}
    return replace(one, known=known, withheld=len(one.known) - len(known))


def _sources(exit_: Exit, state: Published) -> tuple[Source, ...]:
    public = exit_.passing.roster.audience(PUBLIC)
    found = sorted(acts.find(exit_.conn, state.rests).values(), key=lambda a: a.seq)
    return tuple(_source(exit_.decide(stored, public)) for stored in found)


def _source(d: Decided) -> Source:
    closed = next((one for one in d.decisions if one.answer is not Answer.YES), None)
    answer = closed.answer if closed else Answer.YES
    return Source(d.stored.digest, d.stored.kind, answer, closed.reasons[0] if closed and closed.reasons else None)
