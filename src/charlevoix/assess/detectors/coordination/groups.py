"""A group: accounts that coincided more than chance explains, with the rows, the objects and the seconds that say so."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from charlevoix.assess.detectors.coordination.null_model import Layer, Tested
from charlevoix.assess.detectors.detector import ROWS

if TYPE_CHECKING:
    Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Moment:
    """Two rows of the relation that coincided."""

    row_a: int
    row_b: int
    lag: float


@dataclass(frozen=True, slots=True)
class Group:
    """What is known of a group. `expected` is what the null model gives for the pairs' coincidences; `p` the permutation p-value."""

    number: int
    members: tuple[int, ...]  # accounts, by the weight of their edges, most first
    edges: tuple[tuple[int, int, int], ...]  # (a, b, weight) of its pairs, heaviest first
    weight: int  # over all pairs
    expected: float
    largest_p: float  # of its pairs
    p: float | None
    layers: Mapping[str, int]  # coincidences by layer
    objects: int
    exclusive: float  # share of these objects that nobody outside the group shared
    busy: float  # share of members among the hundredth of accounts that post most
    rows: tuple[int, ...]
    lags: "Array"
    times: "Array"  # of the coincidences, seconds
    strongest: Moment  # of the heaviest pair, the closest two rows
    busiest: Moment  # on the object that most of them shared
    first: Moment


@dataclass(frozen=True, slots=True)
class Found:
    """What the mode finds before anything is said of it."""

    layers: tuple[Layer, ...]
    lists: tuple[Tested, ...]  # of each layer, then of all together where there are several
    groups: tuple[Group, ...]
    more: int  # groups beyond those that are told
    pairs: int  # kept
    played: float | None  # pairs kept where chance was played out, on average; None: not played
    window: float
    q: float


def group(
    number: int, members: "Array", pairs: Tested, parts: "Sequence[tuple[str, Mapping[str, Array]]]", p: float | None, busy: float
) -> Group:
    """Of its members, its pairs, and of its coincidences by layer, with its name: columns (`a`, `b`, `o`, `row_a`, `row_b`, `lag`, `t`; `outside` is 1 where the object was shared outside)."""
    edges = _heaviest_first(pairs)
    whole = {c: np.concatenate([part[c] for _, part in parts]) for c in ("a", "b", "o", "row_a", "row_b", "lag", "t", "outside")}
    layer = np.repeat(np.arange(len(parts)), [len(part["o"]) for _, part in parts])
    _, where, things, often = np.unique(
        whole["o"].astype(np.int64) * len(parts) + layer, return_index=True, return_inverse=True, return_counts=True
    )
    heaviest = (whole["a"] == edges[0][0]) & (whole["b"] == edges[0][1])
    return Group(
        number=number,
        members=_strongest_first(members, edges),
        edges=edges,
        weight=int(pairs.weight.sum()),
        expected=float(pairs.expected.sum()),
        largest_p=float(pairs.p.max()),
        p=p,
        layers={name: len(part["o"]) for name, part in parts if len(part["o"])},
        objects=len(where),
        exclusive=1.0 - float(np.mean(whole["outside"][where])),
        busy=busy,
        rows=_rows(whole, edges),
        lags=whole["lag"],
        times=whole["t"],
        strongest=_first(whole, "lag", heaviest),
        busiest=_first(whole, "lag", things == np.argmax(often)),
        first=_first(whole, "t", np.ones(len(things), bool)),
    )


def _heaviest_first(pairs: Tested) -> tuple[tuple[int, int, int], ...]:
    order = np.lexsort((pairs.b, pairs.a, -pairs.weight))
    return tuple(zip(pairs.a[order].tolist(), pairs.b[order].tolist(), pairs.weight[order].tolist(), strict=True))


def _strongest_first(members: "Array", edges: tuple[tuple[int, int, int], ...]) -> tuple[int, ...]:
    strength = dict.fromkeys(members.tolist(), 0)
    for a, b, weight in edges:
        strength[a] += weight
        strength[b] += weight
    return tuple(sorted(strength, key=lambda x: (-strength[x], x)))


def _rows(whole: "Mapping[str, Array]", edges: tuple[tuple[int, int, int], ...]) -> tuple[int, ...]:
    """The rows to look at: of the heaviest pairs, the closest, first."""
    weights = {(a, b): weight for a, b, weight in edges}
    heavy = np.array([-weights[pair] for pair in zip(whole["a"].tolist(), whole["b"].tolist(), strict=True)])
    order = np.lexsort((whole["row_a"], whole["lag"], heavy))
    return tuple(dict.fromkeys(np.stack([whole["row_a"][order], whole["row_b"][order]], 1).ravel().tolist()))[:ROWS]


def _first(whole: "Mapping[str, Array]", by: str, among: "Array") -> Moment:
    """The coincidence that is smallest in a column."""
    places = np.flatnonzero(among)
    at = places[np.argmin(whole[by][places])]
    return Moment(int(whole["row_a"][at]), int(whole["row_b"][at]), float(whole["lag"][at]))
