"""Neighbours: texts that are nearer to each other than their surroundings explain, found in blocks, so that memory stays bounded.

A text about a common subject has many near ones that say something else; one about a rare subject has none. So the cosine of two texts is held against how crowded it is around
both: `density` is the mean of a text's TEN largest cosines *below* `FAR` with texts of a fixed sample. What lies above FAR may belong to the text's own group and does not count,
so a group of 2 is judged as one of 500 (the usual scaling by the nearest ten, CSLS of Conneau et al. 2018, holds for groups up to about ten).

Score = cosine - WEIGHT * (density of one + density of the other) / 2. Thresholds are from cross-validation over groups, see `benchmarks/copies.py`; two texts a
little below (SUPPORT) count where at least two others are linked to both.
"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    Array = np.ndarray[Any, Any]

TEN: Final = 10
FAR: Final = 0.5
WEIGHT: Final = 0.6
SAME: Final = 0.42
"""Score above which two texts of one language are one text reworded."""

OTHER: Final = 0.34
"""Score above which two texts of different languages are one text translated."""

SUPPORT: Final = 0.1

SAMPLE: Final = 15_000
"""Texts that density is measured against: fixed, so that thresholds hold for tables of any size."""

BLOCK: Final = 2_000
FEW: Final = 250
STACK: Final = 16
"""Columns of a block that are searched as one."""

WHOLE: Final = 30_000
"""Texts up to which every pair is looked at; of more, pairs within the nearest cells (`_cells`)."""


def densities(vectors: "Array", sample: "Array") -> "Array":
    """How crowded it is around each vector."""
    out = np.zeros(len(vectors), np.float32)
    ten, wide = min(TEN, len(sample)), -(-len(sample) // STACK)
    if not ten:
        return out
    padded = np.zeros((wide * STACK, sample.shape[1]), np.float32)
    padded[: len(sample)] = sample
    turned = np.ascontiguousarray(padded.T)
    del padded
    for i in range(0, len(vectors), FEW):
        near = vectors[i : i + FEW] @ turned
        near[:, len(sample) :] = -2.0  # what only fills up is never near
        out[i : i + FEW] = _largest(near.reshape(-1, STACK, wide), ten).mean(1)
    return out * (ten / TEN)


def _largest(stacks: "Array", count: int) -> "Array":
    """The `count` largest up to FAR of each row (above it, zero): they stand in the `count` columns whose largest are largest, so only those are looked through."""
    tops = stacks.max(1)
    row, column = np.nonzero(tops > FAR)
    far = stacks[row, :, column]
    far[far > FAR] = 0.0
    stacks[row, :, column], tops[row, column] = far, far.max(1)
    rest = tops.shape[1] - min(count, tops.shape[1])
    columns = np.argpartition(tops, rest, axis=1)[:, rest:]
    some = np.take_along_axis(stacks, columns[:, None, :], axis=2).reshape(len(stacks), -1)
    return np.partition(some, some.shape[1] - count, axis=1)[:, some.shape[1] - count :]


def links(
    vectors: "Array", density: "Array", language: "Array", told: Callable[[float], None] = lambda share: None
) -> "tuple[Array, Array, Array]":
    """(i, j, cosine) of the pairs i < j that are one text, in order."""
    found = list(_near(vectors, density, language, told))
    i, j, cosine, over = (np.concatenate([part[n] for part in found]) if found else np.zeros(0, np.int64) for n in range(4))
    del found
    first = np.unique(i * len(vectors) + j, return_index=True)[1]  # a pair may be met from both sides
    i, j, cosine, over = i[first], j[first], cosine[first], over[first]
    strong = over > 0
    keep = strong | _supported(i, j, strong, len(vectors))
    return i[keep], j[keep], cosine[keep]


def _near(
    vectors: "Array", density: "Array", language: "Array", told: Callable[[float], None]
) -> "Iterator[tuple[Array, Array, Array, Array]]":
    """Pairs that are at most SUPPORT below their threshold: (i, j, cosine, score above the threshold)."""
    half = (WEIGHT / 2 * density).astype(np.float32)
    blocks = _all_pairs(len(vectors)) if len(vectors) <= WHOLE else _cells(vectors)
    lowest = min(SAME, OTHER) - SUPPORT
    for done, (left, right) in blocks:
        cosine = vectors[left] @ vectors[right].T
        score = cosine - half[left][:, None] - half[right][None, :]
        x, y = np.nonzero(score > lowest)
        i, j = left[x], right[y]
        over = score[x, y] - np.where(language[i] == language[j], SAME, OTHER)
        some = (over > -SUPPORT) & (i != j)
        yield np.minimum(i, j)[some], np.maximum(i, j)[some], cosine[x, y][some], over[some]
        told(done)


def _all_pairs(count: int) -> "Iterator[tuple[float, tuple[Array, Array]]]":
    for i in range(0, count, BLOCK):
        left = np.arange(i, min(i + BLOCK, count))
        for j in range(i, count, BLOCK * 4):
            yield (i + BLOCK) / count, (left, np.arange(j, min(j + BLOCK * 4, count)))


def _cells(vectors: "Array", probes: int = 12) -> "Iterator[tuple[float, tuple[Array, Array]]]":
    """Blocks of pairs of texts whose places lie close: each text is in the cell of its nearest centre, and is held against those whose nearest `probes` centres include it."""
    rng = np.random.default_rng(0)
    count = max(16, len(vectors) // 400)
    centres = vectors[rng.choice(len(vectors), count, replace=False)].copy()
    some = vectors[rng.choice(len(vectors), min(len(vectors), 60 * count), replace=False)]
    for _ in range(6):
        own = np.concatenate([(some[i : i + BLOCK * 4] @ centres.T).argmax(1) for i in range(0, len(some), BLOCK * 4)])
        centres = np.stack([some[own == c].mean(0) if (own == c).any() else centres[c] for c in range(count)])
        centres /= np.maximum(np.linalg.norm(centres, axis=1, keepdims=True), 1e-9)
    del some
    probes = min(probes, count)
    nearest = np.concatenate(
        [
            np.argpartition(-(vectors[i : i + BLOCK * 4] @ centres.T), probes - 1, axis=1)[:, :probes].copy()
            for i in range(0, len(vectors), BLOCK * 4)
        ]
    )
    own = np.concatenate([(vectors[i : i + BLOCK * 4] @ centres.T).argmax(1) for i in range(0, len(vectors), BLOCK * 4)])
    by_own = np.argsort(own, kind="stable")
    bounds = np.searchsorted(own[by_own], np.arange(count + 1))
    flat = nearest.ravel()
    by_probe = np.argsort(flat, kind="stable")
    starts = np.searchsorted(flat[by_probe], np.arange(count + 1))
    for c in range(count):
        members = by_own[bounds[c] : bounds[c + 1]]
        visitors = np.sort(by_probe[starts[c] : starts[c + 1]] // probes)
        for i in range(0, len(members), BLOCK // 2):
            for j in range(0, len(visitors), BLOCK):
                yield (c + 1) / count, (visitors[j : j + BLOCK], members[i : i + BLOCK // 2])


def _supported(i: "Array", j: "Array", strong: "Array", count: int) -> "Array":
    """Pairs that at least two others are linked to on both sides."""
    from scipy.sparse import csr_array

    out = np.zeros(len(i), bool)
    weak = np.flatnonzero(~strong)
    if not len(weak) or not strong.any():
        return out
    linked = csr_array((np.ones(int(strong.sum()), np.int32), (i[strong], j[strong])), shape=(count, count))
    linked = (linked + linked.T).tocsr()
    for k in range(0, len(weak), 50_000):
        some = weak[k : k + 50_000]
        out[some] = np.asarray(linked[i[some]].multiply(linked[j[some]]).sum(1)).ravel() >= 2
    return out
