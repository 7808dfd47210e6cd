"""Publication: what the public gets, decided object by object, bound together with the log in one transaction."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection

from charlevoix.acts.act import Digest, Gone, Missing, Presentation, StixObject
from charlevoix.acts.key import Purpose
from charlevoix.cases.history import History, Note
from charlevoix.doors import admission, projection
from charlevoix.doors.decided import Decided
from charlevoix.doors.orders import Orders, Passing
from charlevoix.doors.release import Exit, hand_out
from charlevoix.errors import Answer, Reason, Refused, Unknown
from charlevoix.ledger.checkpoint import Signer, VerifierKey
from charlevoix.ledger.entry import DESTROYED, Door, Entry, NewEntry, OpenedEntry, disclose
from charlevoix.ledger.log import Log
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


Counted = Mapping[tuple[Door, Answer, str], int]


@dataclass(frozen=True, slots=True)
class Tally:
    """How often each door, answer and rule was used in the first `size` entries, as far as an account opens them."""

    size: int = 0
    counted: Counted = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Account:
    """What an account is made of."""

    name: str  # of the node
    origin: str  # of its log
    tally: Tally
    told: tuple[Released[Told], ...]


class Draft(Protocol):
    """Files that an entry of the log can commit to."""

    @property
    def rule(self) -> str: ...


D = TypeVar("D", bound=Draft)


class Press(Protocol[D]):
    """Makes files of an account. Pure: it is called while the transaction is open."""

    def draft(self, account: Account, opened: Sequence[OpenedEntry], earlier: Mapping[int, bytes], /) -> D: ...
    def assemble(self, drafted: D, entry: OpenedEntry, checkpoint: bytes, tiles: Iterable[tuple[str, bytes]], /) -> dict[str, bytes]: ...


def publish(exit_: Exit, press: Press[D], only: Ref | None) -> Mapping[str, bytes] | Refused:
    """All files of the account, by path. `only`: a publication without which there is to be no account now. Raises Unknown for none such."""
    passing, conn, log = exit_.passing, exit_.conn, exit_.orders.log
    # 1. decide, and put each passage on the record
    found = {ref: _tell(exit_, ref, on_record=True) for ref in cases.every(conn, CASE)}
    if only is not None:
        wanted = found.get(only)
        if isinstance(wanted, Refused):
            return wanted
        if wanted is None:
            raise Unknown("publication.not-published", only, advice="publication.publish-first")
    passing.settle()
    # 2. open what may be opened, and commit to the files; padding comes first, so that it is among what stays closed
    log.pad(conn, passing.now, NODE, room=1)
    size = log.size(conn)
    opened = [disclose(e) for e in to_open(log, conn, 0, size)]
    tally = Tally(size, Counter((e.door, e.answer, e.rule) for e in opened))
    drafted = press.draft(_account(exit_, tally, found.values()), opened, dict(log.checkpoints(conn)))
    [index] = log.append(conn, [NewEntry(Door.PUBLISH, None, None, Answer.YES, drafted.rule, None, passing.role, passing.now)])
    # 3. sign
    note = checkpoint(passing)
    return press.assemble(drafted, disclose(log.entry(conn, index)), note, log.public_files(conn, log.size(conn)))


def show(exit_: Exit, tally: Tally) -> Account:
    """The account as it is now, for a page: what two persons published, decided again. `tally` counts the log as it is now (`count_on`)."""
    return _account(exit_, tally, [_tell(exit_, ref, on_record=False) for ref in cases.every(exit_.conn, CASE)])


def count_on(exit_: Exit, before: Tally) -> Tally:
    """The tally with what the log holds by now. An entry whose key is destroyed later stays counted here, until the node starts again."""
    log, counted = exit_.orders.log, Counter(before.counted)
    size = log.size(exit_.conn)
    if size <= before.size:  # another reader was ahead of this one
        return before
    counted.update((e.door, e.answer, e.rule) for e in to_open(log, exit_.conn, before.size, size))
    return Tally(size, counted)


def _account(exit_: Exit, tally: Tally, found: Iterable[Released[Told] | Refused | None]) -> Account:
    me = exit_.passing.roster[exit_.orders.me].name if exit_.orders.me in exit_.passing.roster else exit_.orders.me
    return Account(me, exit_.orders.log.origin, tally, tuple(f for f in found if isinstance(f, Released)))


def to_open(log: Log, conn: Connection, start: int, stop: int) -> Iterator[Entry]:
    """The entries in [start, stop) that an account opens.

    What stays closed: entries whose key was destroyed; those that tell of a person at risk, with every other passage of the same acts, since
    how few such acts there are is a count of persons; and padding, so that the number of closed entries tells nothing of theirs.
    """
    personal = {e.act for e in log.entries(conn, start, stop) if e.act is not None and _is_personal(e)}
    for e in log.entries(conn, start, stop):
        if e.keys[0] != DESTROYED and e.door is not Door.PADDING and not _is_personal(e) and e.act not in personal:
            yield e


def _is_personal(entry: Entry) -> bool:
    return entry.door is Door.READ or entry.rule.startswith(("protected.", "authority.protected"))


def checkpoint(passing: Passing) -> bytes:
    """Fills the last tile and signs the log as it is then: what the daily job does too."""
    log = passing.orders.log
    log.pad(passing.conn, passing.now, NODE)
    return log.checkpoint(passing.conn, signer(passing.orders))


def signer(orders: Orders) -> Signer:
    """The key of the log's checkpoints, under the log's name."""
    key = VerifierKey(orders.log.origin, orders.keyring.public(Purpose.CHECKPOINTS).raw)
    return Signer(key, orders.keyring.signer(Purpose.CHECKPOINTS).sign)


def _tell(exit_: Exit, ref: Ref, *, on_record: bool) -> Released[Told] | Refused | None:
    """What the public gets of one publication; None while it is not published, a refusal where a rule keeps any of it back."""
    state: Published | None = projection.state(exit_.conn, exit_.orders, exit_.warm, ref)
    if state is None or not state.published:
        return None
    public = exit_.passing.roster.audience(PUBLIC)
    mine = [a for a in acts.of_case(exit_.conn, ref) if a.digest in state.published and a.author == exit_.orders.me]
    decided = [exit_.decide(a, public) for a in mine]
    entries = [exit_.record(public, d, i, one) for d in decided for i, one in enumerate(d.decisions)] if on_record else []
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
