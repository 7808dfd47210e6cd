"""Quality: what a collection of objects is worth to who must work with it, in figures that anyone can recount."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

IDS = 1_000_000
"""References looked up in one collection; beyond that, dangling ones are no longer found (`Figures.cut`)."""


@dataclass(frozen=True, slots=True)
class Dangling:
    """A reference to what is not in the collection."""

    ref: str  # what is missing
    property: str
    at: str  # id of the object that refers to it


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts over one collection. A share is a pair of counts, so that nothing is lost in rounding."""

    objects: int = 0
    types: Mapping[str, int] = field(default_factory=dict)
    unmarked: int = 0  # without a marking; marking definitions need none and are not counted
    relationships: int = 0
    related_to: int = 0  # of the relationships: those that say nothing about how
    stopped_at_start: int = 0  # `stop_time` = `start_time`, where STIX 2.1 section 5.1 wants it later
    dated: int = 0  # relationships with a `start_time`
    constant_start: str = ""  # the most frequent `start_time`, when more than half of the dated ones have it
    constant_starts: int = 0
    dangling: tuple[Dangling, ...] = ()
    twice: int = 0  # objects whose id came before in the same collection
    day: str = ""  # the day on which all dated objects were created, when there is only one
    cut: bool = False  # more ids than `IDS`: references beyond were not checked

    @property
    def incidents(self) -> int:
        return self.types.get("incident", 0)

    def told(self) -> Mapping[str, int | str]:
        """The figures as plain values, for an act and for a table."""
        return {
            "objects": self.objects,
            "unmarked": self.unmarked,
            "relationships": self.relationships,
            "related-to": self.related_to,
            "stopped-at-start": self.stopped_at_start,
            "dated": self.dated,
            "constant-start": self.constant_start,
            "constant-starts": self.constant_starts,
            "dangling": len(self.dangling),
            "twice": self.twice,
            "incidents": self.incidents,
            "import-day": self.day,
        }


class Quality:
    """Takes objects one by one and keeps, of each, no more than its id and counts."""

    def __init__(self) -> None:
        self._types: Counter[str] = Counter()
        self._starts: Counter[str] = Counter()
        self._days: set[str] = set()
        self._ids: set[str] = set()
        self._wanted: dict[str, Dangling] = {}
        self._unmarked = self._related = self._stopped = self._twice = 0
        self._cut = False

    def add(self, one: Mapping[str, object]) -> None:
        """Counts one object as it came, before any repair. Takes any JSON values."""
        type_, ref = str(one.get("type", "")), str(one.get("id", ""))
        self._types[type_] += 1
        self._unmarked += type_ != "marking-definition" and not one.get("object_marking_refs")
        self._twice += ref in self._ids
        self._keep(ref)
        if isinstance(created := one.get("created"), str) and type_ != "marking-definition":
            self._day(created[:10])
        if type_ == "relationship":
            self._relationship(one)
        self._references(ref, one)

    def figures(self) -> Figures:
        value, times = max(self._starts.items(), key=lambda s: (s[1], s[0]), default=("", 0))
        dated = self._starts.total()
        constant = times > 1 and times * 2 > dated
        return Figures(
            objects=self._types.total(),
            types=dict(sorted(self._types.items())),
            unmarked=self._unmarked,
            relationships=self._types["relationship"],
            related_to=self._related,
            stopped_at_start=self._stopped,
            dated=dated,
            constant_start=value if constant else "",
            constant_starts=times if constant else 0,
            dangling=tuple(d for r, d in sorted(self._wanted.items()) if r not in self._ids),
            twice=self._twice,
            day=next(iter(self._days)) if len(self._days) == 1 else "",
            cut=self._cut,
        )

    def _keep(self, ref: str) -> None:
        if len(self._ids) < IDS:
            self._ids.add(ref)
            self._wanted.pop(ref, None)
        else:
            self._cut = True

    def _day(self, day: str) -> None:
        if len(self._days) < 2:
            self._days.add(day)

    def _relationship(self, one: Mapping[str, object]) -> None:
        start, stop = one.get("start_time"), one.get("stop_time")
        self._related += one.get("relationship_type") == "related-to"
        self._stopped += start is not None and start == stop
        if isinstance(start, str) and (start in self._starts or len(self._starts) < IDS):
            self._starts[start] += 1

    def _references(self, at: str, one: Mapping[str, object]) -> None:
        for name, value in one.items():
            if not name.endswith(("_ref", "_refs")):
                continue
            for ref in value if isinstance(value, list | tuple) else (value,):
                if isinstance(ref, str) and ref not in self._ids and not self._cut and len(self._wanted) < IDS:
                    self._wanted.setdefault(ref, Dangling(ref, name, at))
