"""A picture: what a detector wants shown, as plain figures; `drawing` makes SVG of it and the table behind it."""

from collections.abc import Sequence
from dataclasses import dataclass

from charlevoix.errors import Reason


@dataclass(frozen=True, slots=True)
class Node:
    """A point of a network: a pseudonym, the group it is in (from 1; 0: none), how much it did, and with how many others, drawn or not (None: not counted)."""

    name: str
    group: int
    size: float
    partners: int | None = None


@dataclass(frozen=True, slots=True)
class Edge:
    """A line of a network between two of its nodes, by their positions."""

    a: int
    b: int
    weight: float


@dataclass(frozen=True, slots=True)
class Network:
    """Who acted with whom. At most 300 nodes and 1,500 edges: the strongest; `left_out` says how many more there are."""

    title: Reason
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    left_out: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class Series:
    """One line of an activity picture: a count for each step."""

    name: Reason
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Activity:
    """Counts over time: the first step begins at `start` (seconds since 1970, UTC), each lasts `step` seconds. At most 500 steps, 8 series."""

    title: Reason
    start: float
    step: float
    series: tuple[Series, ...]


@dataclass(frozen=True, slots=True)
class Text:
    """A text beside another: where it stands and what is said of it (its first 2,000 characters, without the names of accounts)."""

    row: int
    label: str  # id, language, time: no account
    words: str


@dataclass(frozen=True, slots=True)
class SideBySide:
    """Two texts beside each other; what they do not share is marked."""

    title: Reason
    left: Text
    right: Text
    why: Reason


@dataclass(frozen=True, slots=True)
class Bars:
    """Counts by name, longest first. At most 30."""

    title: Reason
    bars: Sequence[tuple[str, float]]


Picture = Network | Activity | SideBySide | Bars
