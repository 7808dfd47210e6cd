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


def group(
    number: int,
    members: "Array",
    network: Tested,
    at: "Array",
    layers: Sequence[Layer],
    parts: "Sequence[Mapping[str, Array]]",
    p: float | None,
    busy: float,
) -> Group:
    """`at`: positions of the group's pairs in the network; `parts`: its coincidences in each layer, as columns (`outside`: the object was shared outside)."""
    # 1. pairs, heaviest first
    order = at[np.lexsort((network.b[at], network.a[at], -network.weight[at]))]
    edges = tuple(zip(network.a[order].tolist(), network.b[order].tolist(), network.weight[order].tolist(), strict=True))
    strength = dict.fromkeys(members.tolist(), 0)
    for a, b, weight in edges:
        strength[a] += weight
        strength[b] += weight
    # 2. coincidences of all layers in one row of columns
    whole = {c: np.concatenate([part[c] for part in parts]) for c in ("a", "b", "row_a", "row_b", "lag", "t")}
    layer = np.concatenate([np.full(len(part["o"]), i) for i, part in enumerate(parts)])
    thing = np.concatenate([np.asarray(part["o"], np.int64) for part in parts]) * len(parts) + layer
    # 3. the rows to look at
    heaviest = np.flatnonzero((whole["a"] == edges[0][0]) & (whole["b"] == edges[0][1]))
    things, where, often = np.unique(thing, return_index=True, return_counts=True)
    busiest = np.flatnonzero(thing == things[np.argmax(often)])
    weights = {(a, b): w for a, b, w in edges}
    strongest = np.lexsort(
        (whole["row_a"], whole["lag"], [-weights[pair] for pair in zip(whole["a"].tolist(), whole["b"].tolist(), strict=True)])
    )
    rows = tuple(dict.fromkeys(np.stack([whole["row_a"][strongest], whole["row_b"][strongest]], 1).ravel().tolist()))[:ROWS]
    return Group(
        number,
        tuple(sorted(strength, key=lambda x: (-strength[x], x))),
        edges,
        int(network.weight[at].sum()),
        float(network.expected[at].sum()),
        float(network.p[at].max()),
        p,
        {one.name: int((layer == i).sum()) for i, one in enumerate(layers) if (layer == i).any()},
        len(things),
        1.0 - float(np.mean(np.concatenate([part["outside"] for part in parts])[where])),
        busy,
        rows,
        whole["lag"],
        whole["t"],
        _moment(whole, heaviest[np.argmin(whole["lag"][heaviest])]),
        _moment(whole, busiest[np.argmin(whole["lag"][busiest])]),
        _moment(whole, np.argmin(whole["t"])),
    )


def _moment(whole: "Mapping[str, Array]", at: "Any") -> Moment:
    return Moment(int(whole["row_a"][at]), int(whole["row_b"][at]), float(whole["lag"][at]))
