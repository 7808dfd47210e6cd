"""An evidence grid: what was found, and how well each find fits each rival hypothesis, with a reason for every grade."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum

from charlevoix.acts.act import Digest
from charlevoix.stix.identifier import Ref


class Grade(Enum):
    """How far one would expect this find if the hypothesis were true."""

    VERY_CONSISTENT = "very-consistent"
    CONSISTENT = "consistent"
    NEUTRAL = "neutral"
    INCONSISTENT = "inconsistent"
    VERY_INCONSISTENT = "very-inconsistent"


KINDS = ("technical", "behavioural", "contextual")
"""Kinds of evidence, as Pamment and Smith (2022) sort them."""

RELIABILITY: Mapping[str, float] = {"a": 1.0, "b": 0.75, "c": 0.5, "d": 0.25, "e": 0.0, "f": 0.5, "g": 0.0}
"""Admiralty source reliability in [0, 1]: the numerical values of the MISP taxonomy `admiralty-scale`, over 100. "f" is "cannot be judged"."""

CREDIBILITY: Mapping[str, float] = {"1": 1.0, "2": 0.75, "3": 0.5, "4": 0.25, "5": 0.0, "6": 0.5}
"""Admiralty information credibility, likewise. "6" is "cannot be judged"."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A grade and why."""

    grade: Grade
    reason: str


@dataclass(frozen=True, slots=True)
class Item:
    """One find. A hypothesis without a cell was not graded yet: anything is possible there."""

    ref: Ref
    name: str
    kind: str  # one of KINDS
    grades: Mapping[Ref, Cell]  # by hypothesis
    reliability: str = "f"
    credibility: str = "6"
    planted: float = 0.0  # probability, in [0, 1], that somebody planted it
    if_planted: Mapping[Ref, Cell] = field(default_factory=dict)  # how it fits if it was planted; not said: neutral
    group: str = ""  # items of one source or one trace share a group; "": on its own
    author: Ref | None = None
    rests: frozenset[Digest] = frozenset()

    @property
    def trust(self) -> float:
        """Reliability times credibility; a code that is none counts as "cannot be judged"."""
        return RELIABILITY.get(self.reliability, 0.5) * CREDIBILITY.get(self.credibility, 0.5)


@dataclass(frozen=True, slots=True)
class Grid:
    """Hypotheses (exclusive, with somebody else among them) against items; `hidden` items are there and not shown to this reader."""

    hypotheses: tuple[Ref, ...]
    items: tuple[Item, ...] = ()
    hidden: int = 0

    def groups(self) -> tuple[tuple[Item, ...], ...]:
        """The items by group, in the order of each group's first item; an item without a group is its own."""
        found: dict[tuple[str, str], list[Item]] = {}
        for item in self.items:
            found.setdefault(("group", item.group) if item.group else ("item", item.ref), []).append(item)
        return tuple(tuple(g) for g in found.values())

    def ungraded(self) -> tuple[tuple[Ref, Ref], ...]:
        """(item, hypothesis) pairs that nobody has graded."""
        return tuple((i.ref, h) for i in self.items for h in self.hypotheses if h not in i.grades)

    def without(self, refs: Iterable[Ref]) -> "Grid":
        gone = frozenset(refs)
        return replace(self, items=tuple(i for i in self.items if i.ref not in gone))


def seen_by(grid: Grid, may_see: Callable[[Item], bool]) -> Grid:
    """The grid as one audience may see it: "also rests on n items that cannot be shown"."""
    shown = tuple(i for i in grid.items if may_see(i))
    return Grid(grid.hypotheses, shown, grid.hidden + len(grid.items) - len(shown))


NO_GRID = Grid(())
