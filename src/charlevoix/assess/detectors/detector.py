"""A detector: a relation in, hits with their reasons out; it knows no node and no store."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

from charlevoix.acts.act import Digest
from charlevoix.errors import Reason

if TYPE_CHECKING:
    from charlevoix.assess.detectors.picture import Picture
    from charlevoix.assess.detectors.relation import Relation

Value = str | int | float | bool | None


def silent(share: float, doing: Reason) -> None:
    """Tells nobody how far a run has come."""


@dataclass(frozen=True, slots=True)
class Need:
    """A column that a detector asks for: `charlevoix detect` makes an option of it, the console a choice.

    `kind`: how its values are read (`Relation`). `several`: more than one column may be named; each is a layer.
    """

    role: str
    kind: Literal["text", "time"]
    about: str  # message key of one line
    required: bool = True
    several: bool = False


@dataclass(frozen=True, slots=True)
class Setting:
    """A number or word that may be set, what it is without that, and what it means (message key of one line)."""

    name: str
    default: str
    about: str
    choices: tuple[str, ...] = ()
    when: tuple[str, str] | None = None  # it matters only where another setting, by its name, has this value


@dataclass(frozen=True, slots=True)
class Hit:
    """What was found: rows of the relation that belong together, how strongly, and every reason for it.

    `name` is what a reader calls it and holds no account: "Group 1", a domain name. It is the same in every language; where it is "Group", "Text" or
    "account" and a number, a page says it in the reader's (`report.called`). `facts` are figures and words for a table, all hits with the
    same keys; each key has a message `fact.<key>` or stands as it is.
    """

    score: float  # 0 to 1
    rows: tuple[int, ...]  # from 0, in the order of the relation; at most ROWS of them, the strongest first
    reasons: tuple[Reason, ...]
    name: str = ""
    members: tuple[str, ...] = ()  # pseudonyms, the strongest first; at most ROWS
    facts: Mapping[str, Value] = field(default_factory=dict)


ROWS = 1_000
"""Rows of one hit that are named."""

HITS = 100_000
"""Hits of one result; what is more is counted, and in the sheets."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A long table that a run left in its workspace, edges or pairs: as a file of Parquet (`path`), or, where that is empty, as queries of the relation's engine,
    whose rows are those of the table one query after the other.
    """

    path: str
    columns: tuple[str, ...]
    rows: int
    queries: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ErrorRate:
    """The share of false hits, as measured: `value` (0 to 1), and how and on what data it was measured, or from which bound it follows."""

    value: float
    measured: Reason


@dataclass(frozen=True, slots=True)
class Look:
    """A row to look at first, and why that one."""

    row: int
    why: Reason


@dataclass(frozen=True, slots=True)
class Result:
    """One run, so that anybody who has the data can do it again: the same relation, parameters and seed give an equal Result.

    `headline` is one sentence that may be quoted; `innocent` are the explanations without ill will that the data could not exclude, the strongest
    first, at least two wherever there is a hit; `notes` say what else a reader must know (rows left out, limits reached). No name of an
    account is in any of it: `accounts` maps the pseudonyms used in hits and pictures to what the relation calls them, and never leaves by itself.
    """

    detector: str
    version: str
    data: Digest  # SHA-256 of the bytes of the file
    hits: tuple[Hit, ...]
    parameters: Mapping[str, str] = field(default_factory=dict)
    error_rate: ErrorRate | None = None  # None: not measured
    headline: Reason = Reason("detect.nothing")  # noqa: RUF009 (a Reason is frozen)
    innocent: tuple[Reason, ...] = ()
    look_first: tuple[Look, ...] = ()  # three, or as many as there are
    notes: tuple[Reason, ...] = ()
    seed: int = 0
    rows: int = 0  # of the relation
    pictures: "tuple[Picture, ...]" = ()
    sheets: Mapping[str, Sheet] = field(default_factory=dict)
    accounts: Mapping[str, str] = field(default_factory=dict)
    scale: int = 1  # what people are shown for a score of 1: 100 where the detector's own files count to 100


@dataclass(frozen=True, slots=True)
class Listing:
    """What belongs together, with accounts and rows (from 1) as the relation has them: what the list is called, its entries, and which part of an entry is a line each
    where the list is written as a table.
    """

    name: str
    each: str
    entries: Sequence[Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class Bench:
    """What a run may work with: a folder that is thrown away afterwards, and somebody to tell how far it has come (0 to 1, and at what)."""

    folder: str
    tell: Callable[[float, Reason], None] = silent


@runtime_checkable
class Detector(Protocol):
    """What an entry point of the group `charlevoix.plugins.DETECTORS` gives when it is called without arguments.

    Deterministic: the same relation, parameters and seed give an equal result. Raises Malformed for parameters or a relation that it can't work
    with. Bounded: a run holds what the engine was given (`Order.memory`) and spills what is more into `Bench.folder`.
    """

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> str: ...

    @property
    def about(self) -> str:
        """Message key of one line, or the line itself."""
        ...

    @property
    def needs(self) -> Sequence[Need]: ...

    @property
    def settings(self) -> Sequence[Setting]: ...

    def run(self, relation: "Relation", parameters: Mapping[str, str], seed: int, bench: Bench, /) -> Result:
        """`parameters` hold every setting by its name, as text."""
        ...


@runtime_checkable
class InStix(Protocol):
    """A detector that says itself what its result is in STIX; of any other, `stix.bundle` makes one note and one observed-data per hit."""

    def objects(self, result: Result, now: datetime, /) -> Sequence[Mapping[str, object]]:
        """Legal STIX 2.1 objects, ids derived from the result. Never an incident, never a name of an account."""
        ...


@runtime_checkable
class Lists(Protocol):
    """A detector that says itself what belongs together, for the analyst who ran it; of any other, the list is its hits."""

    def listed(self, result: Result, relation: "Relation", /) -> Listing:
        """Called while the run is open, so that the relation can be asked."""
        ...
