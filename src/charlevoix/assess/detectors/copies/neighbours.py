"""Neighbours: texts that are nearer to each other than their surroundings explain, found in blocks, so that memory stays bounded.

A text about a common subject has many near ones that say something else; one about a rare subject has none. And a text that was told again has nearer company than any
other report of the same event. So the cosine of two texts is held against both:

- `density`: how crowded it is around a text, the mean of its TEN largest cosines *below* FAR with texts of a fixed sample, but SPARSE at least;
- `company`: how near its nearest are, the mean of its TWO largest cosines below NEARLY (a near copy is no company: a text copied a thousand times is judged as one told once), but
  LONELY at least, or a text that nothing is like would be let off lightly and taken for the copy of whatever is a little like it.

Score = cosine - DENSITY * (density of one + of the other) / 2 - COMPANY * (company of one + of the other) / 2. What lies above FAR is not crowd, and two make a company, so a group of
2 is judged as one of 500 (the usual scaling by the nearest ten, CSLS of Conneau et al. 2018, holds for groups up to about ten).
Two texts a little below their threshold count where others are linked to both, and two just above it don't where each is well linked and none of those is shared.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from charlevoix.assess.detectors.copies.steadily import spread

if TYPE_CHECKING:
    Array = np.ndarray[Any, Any]
    Blocks = list[tuple[Array, Array]]

TEN: Final = 10
FAR: Final = 0.5
DENSITY: Final = 0.6
SPARSE: Final = 0.3
"""Density below which none is taken to be: a table of a hundred texts holds too few to show how common a subject is."""

NEARLY: Final = 0.85
COMPANY: Final = 0.4
LONELY: Final = 0.6
"""Company below which none is taken to be: what texts have that were told again loosely. So a pair alone is judged as a pair of a group is."""

SAMPLE: Final = 15_000
"""Texts that surroundings are measured against: fixed, so that thresholds hold for tables of any size."""

WHOLE: Final = 30_000
"""Texts up to which every pair is looked at; of more, pairs within the nearest cells."""

CELL: Final = 200
"""Texts of a cell, about."""

MOST_CELLS: Final = 2_000

AWAY: Final = 0.26
"""Cells whose centre is no further than this beyond a text's own (in cosine) are those that a text is held against."""

ENOUGH: Final = 3_000
"""Texts of the sample, those of the nearest cells, that surroundings are measured against where there are cells."""

HEAD: Final = 288
"""Directions that vary most, which come first: they decide which pairs of a large table are looked at in full."""

HEADY: Final = 0.28
"""Cosine of these parts that such a pair has at least."""

SLACK: Final = 0.02
"""How far the score of these parts may be below what the whole must have."""

DOUBTFUL: Final = 0.1
"""Score above the threshold up to which a link between two that are well linked elsewhere must share some of these."""

WELL: Final = 3
BLOCK: Final = 2_000
FEW: Final = 250
STACK: Final = 16
"""Columns of a block that are searched as one."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Scores above which two texts are one; chosen by `benchmarks/copies.py` by cross-validation over groups."""

    same: float = 0.08
    """Of two texts of one language: reworded."""

    other: float = 0.07
    """Of two texts of different languages: translated."""

    support: float = 0.15
    """Below these, that others must make up for."""


SHIPPED: Final = Thresholds()


@dataclass(frozen=True, slots=True)
class Around:
    """Of each text: how crowded it is, and its two nearest."""

    density: "Array"
    nearest: "Array"  # (texts, 2)
    sampled: "Array"  # positions of the sample

    def toll(self) -> "Array":
        """What is taken off a text's cosines."""
        density, company = np.maximum(self.density, SPARSE), np.maximum(self.nearest.mean(1), LONELY)
        toll: Array = (DENSITY / 2 * density + COMPANY / 2 * company).astype(np.float32)
        return toll


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs i < j of positions, in order; their cosine; how far their score is above the threshold (negative: below)."""

    i: "Array"
    j: "Array"
    cosine: "Array"
    over: "Array"

    def of(self, some: "Array") -> "Pairs":
        """Those at the positions, or where it is true."""
        return Pairs(self.i[some], self.j[some], self.cosine[some], self.over[some])


def links(
    vectors: "Array",
    also: "Array",
    language: "Array",
    thresholds: Thresholds = SHIPPED,
    told: Callable[[float], None] = lambda share: None,
) -> Pairs:
    """The pairs that are one text. `also`: vectors of texts that have nothing to do with them, as further surroundings."""
    cells = Cells.cut(vectors) if len(vectors) > WHOLE else None
    near = candidates(vectors, around(vectors, also, cells), language, thresholds, cells, told)
    return near.of(linked(near, len(vectors), thresholds))


# ---- cells


@dataclass(frozen=True, slots=True)
class Cells:
    """Texts by the nearest of some centres, so that only texts whose places lie close are held against each other."""

    centres: "Array"
    own: "Array"  # of each text
    members: "list[Array]"
    visitors: "list[Array]"  # texts for which the centre is not AWAY

    @classmethod
    def cut(cls, vectors: "Array") -> "Cells":
        """Centres are the means of texts drawn by chance, moved four times (k-means on the sphere)."""
        rng = np.random.default_rng(0)
        count = min(max(16, len(vectors) // CELL), MOST_CELLS)
        centres = vectors[rng.choice(len(vectors), count, replace=False)].copy()
        some = vectors[rng.choice(len(vectors), min(len(vectors), 40 * count), replace=False)]
        for _ in range(4):
            own = np.concatenate([own for own, _ in _visits(some, centres)])
            sums, there = _sums(some, own, count)
            centres = np.where(there[:, None], sums, centres)
            centres /= np.maximum(np.linalg.norm(centres, axis=1, keepdims=True), 1e-9)
        owns, visits = [], []
        for own, key in _visits(vectors, centres, AWAY):
            owns.append(own)
            visits.append(key)
        own = np.concatenate(owns)
        return cls(centres, own, _by_cell(_keys(own, np.arange(len(own))), count), _by_cell(np.concatenate(visits), count))

    def pairs(self) -> "Blocks":
        """(visitors, members) of every cell, cut into blocks."""
        return [
            (visitors[j : j + BLOCK], members[i : i + BLOCK])
            for visitors, members in zip(self.visitors, self.members, strict=True)
            for i in range(0, len(members), BLOCK)
            for j in range(0, len(visitors), BLOCK)
        ]

    def sampled(self, sample: "Array") -> "Blocks":
        """(members of a cell, texts of the sample that are ENOUGH and in the cells nearest to it)."""
        count, own = len(self.centres), self.own[sample]
        held = _by_cell(_keys(own, sample), count)
        out = []
        for centre, members in zip(self.centres, self.members, strict=True):
            order = np.argsort(-(self.centres @ centre), kind="stable")
            far = int(np.searchsorted(np.cumsum([len(held[c]) for c in order]), ENOUGH)) + 1
            against = np.concatenate([held[c] for c in order[:far]])
            out += [(members[i : i + 2 * FEW], against) for i in range(0, len(members), 2 * FEW)]
        return out


def _visits(vectors: "Array", centres: "Array", away: float = 0.0) -> "Iterator[tuple[Array, Array]]":
    """Of blocks of texts: the nearest centre of each; keys of texts and centres that are at most `away` further."""
    turned = np.ascontiguousarray(centres.T)

    def of(start: int) -> "tuple[Array, Array]":
        near = vectors[start : start + FEW] @ turned
        own = near.argmax(1)
        at, to = np.divmod(np.flatnonzero(near >= near.max(1, keepdims=True) - away), near.shape[1]) if away else (own, own)
        return own, _keys(to, at + start)

    return spread(of, range(0, len(vectors), FEW))


def _keys(cell: "Array", text: "Array") -> "Array":
    """Numbers that sort by cell, then by text."""
    keys: Array = (cell.astype(np.int64) << 32) | text
    return keys


def _sums(vectors: "Array", own: "Array", count: int) -> "tuple[Array, Array]":
    """Of each cell: the sum of its vectors, and whether it has any."""
    order, there = np.argsort(own, kind="stable"), np.bincount(own, minlength=count) > 0
    sums = np.zeros((count, vectors.shape[1]), np.float32)
    starts = np.searchsorted(own[order], np.flatnonzero(there))
    sums[there] = np.add.reduceat(vectors[order], starts, axis=0)
    return sums, there


def _by_cell(keys: "Array", count: int) -> "list[Array]":
    """The texts of each cell, ascending."""
    keys.sort()
    ends = np.searchsorted(keys, np.arange(count + 1) << 32)
    return [(keys[a:b] & 0xFFFFFFFF).astype(np.int32) for a, b in pairwise(ends.tolist())]


# ---- surroundings


def around(vectors: "Array", also: "Array", cells: Cells | None = None) -> Around:
    """The surroundings of each text: exact over the sample, or within the cells."""
    count = len(vectors)
    sample = np.arange(count) if count <= SAMPLE else np.sort(np.random.default_rng(0).choice(count, SAMPLE, replace=False))
    out = np.zeros((count, 3), np.float32)
    if cells is None:
        held = np.concatenate([vectors[sample], also])
        filled, size = held[_stacked(np.arange(len(held)))], len(held)
        at: list[Array] = [np.arange(i, min(i + FEW, count)) for i in range(0, count, FEW)]
        told = spread(lambda rows: _crowd(vectors[rows] @ filled.T, size), at)
    else:
        blocks = cells.sampled(sample)
        at = [rows for rows, _ in blocks]
        told = spread(lambda block: _crowd(vectors[block[0]] @ vectors[_stacked(block[1])].T, len(block[1])), blocks)
    for rows, crowd in zip(at, told, strict=True):
        out[rows] = crowd
    return Around(out[:, 0], out[:, 1:], sample)


def _stacked(at: "Array") -> "Array":
    """Filled up to whole stacks."""
    return np.concatenate([at, np.zeros(-len(at) % STACK, at.dtype)])


def _crowd(near: "Array", size: int) -> "Array":
    """(rows, 3): the mean of the TEN largest up to FAR, and the two largest up to NEARLY; what there is too little of counts as 0."""
    out = np.zeros((len(near), 3), np.float32)
    if not size:
        return out
    near[:, size:] = -2.0  # what only fills up is never near
    stacks = near.reshape(len(near), STACK, -1)
    tops = stacks.max(1)
    row, column = np.nonzero(tops > FAR)
    far = stacks[row, :, column]
    out[:, 1:] = _two(len(near), *_flat(row, far))
    far[far > FAR] = 0.0
    stacks[row, :, column], tops[row, column] = far, far.max(1)
    # the largest stand in the columns whose largest are largest, so only those are looked through
    ten = min(TEN, size)
    rest = tops.shape[1] - min(ten, tops.shape[1])
    columns = np.argpartition(tops, rest, axis=1)[:, rest:]
    some = np.take_along_axis(stacks, columns[:, None, :], axis=2).reshape(len(stacks), -1)
    largest = np.partition(some, some.shape[1] - ten, axis=1)[:, some.shape[1] - ten :]
    out[:, 0] = largest.mean(1) * (ten / TEN)
    out[:, 1:] = np.sort(np.concatenate([out[:, 1:], largest], axis=1), axis=1)[:, -2:]
    return out


def _flat(row: "Array", far: "Array") -> "tuple[Array, Array]":
    x, y = np.nonzero((far > FAR) & (far <= NEARLY))
    return row[x], far[x, y]


def _two(count: int, of: "Array", value: "Array") -> "Array":
    """The two largest values of each of `count`; 0 where there are fewer."""
    falling = np.float32(1).view(np.int32) - np.maximum(value, np.float32(0)).view(
        np.int32
    )  # floats from 0 to 1 are in the order of their bits
    key = (of.astype(np.int64) << 32) | falling
    key.sort()
    first = np.ones(len(key), bool)
    first[1:] = (key[1:] >> 32) != (key[:-1] >> 32)
    two = np.zeros((count, 2), np.float32)
    for place, some in enumerate((first, ~first & np.concatenate([[False], first])[:-1])):
        at = key[some]
        two[at >> 32, place] = (np.float32(1).view(np.int32) - (at & 0xFFFFFFFF).astype(np.int32)).view(np.float32)
    return two


# ---- pairs


def candidates(
    vectors: "Array",
    where: Around,
    language: "Array",
    thresholds: Thresholds = SHIPPED,
    cells: Cells | None = None,
    told: Callable[[float], None] = lambda share: None,
) -> Pairs:
    """Pairs that are at most `support` below their threshold."""
    i, j = _near(vectors, where.toll(), language, thresholds, cells, told)
    cosine = _cosines(vectors, i, j)
    toll = _with_company(where, i, j, cosine).toll()
    bar = np.array([thresholds.other, thresholds.same], np.float32)
    over = cosine - toll[i] - toll[j] - bar[(language[i] == language[j]).astype(np.int8)]
    return Pairs(i, j, cosine, over).of(over > -thresholds.support)


def _near(
    vectors: "Array", toll: "Array", language: "Array", thresholds: Thresholds, cells: Cells | None, told: Callable[[float], None]
) -> "tuple[Array, Array]":
    """Pairs in order, as the sample's company judges them: a little more than there are."""
    blocks = cells.pairs() if cells else _all_pairs(len(vectors))
    least = np.array([thresholds.other, thresholds.same], np.float32) - thresholds.support - (SLACK if cells else 0)
    head = HEAD if cells else vectors.shape[1]

    def look(block: "tuple[Array, Array]") -> "Array":
        left, right = block
        score = vectors[left][:, :head] @ vectors[right][:, :head].T
        score -= toll[left][:, None]
        score -= toll[right]
        at = np.flatnonzero(score > least.min())
        x, y = np.divmod(at, len(right))
        i, j, score = left[x], right[y], score.ravel()[at]
        some = score > least[(language[i] == language[j]).astype(np.int8)]
        some &= (i != j) & (score + toll[i] + toll[j] > HEADY) if cells else i < j
        both: Array = np.minimum(i[some], j[some]).astype(np.int64) * len(toll) + np.maximum(i[some], j[some])
        return both

    found = []
    for n, pairs in enumerate(spread(look, blocks)):
        found.append(pairs)
        told((n + 1) / len(blocks))
    both = np.concatenate([np.zeros(0, np.int64), *found])
    del found
    both.sort()
    once = np.ones(len(both), bool)
    once[1:] = both[1:] != both[:-1]  # a pair may be met from both sides
    both = both[once]
    i = (both // len(toll)).astype(np.int32)
    both %= len(toll)
    return i, both.astype(np.int32)


def _all_pairs(count: int) -> "Blocks":
    return [
        (np.arange(i, min(i + BLOCK, count)), np.arange(j, min(j + 2 * BLOCK, count)))
        for i in range(0, count, BLOCK)
        for j in range(i, count, 2 * BLOCK)
    ]


def _cosines(vectors: "Array", i: "Array", j: "Array") -> "Array":
    parts = spread(lambda k: np.einsum("ij,ij->i", vectors[i[k : k + BLOCK]], vectors[j[k : k + BLOCK]]), range(0, len(i), BLOCK))
    return np.concatenate([np.zeros(0, np.float32), *parts])


def _with_company(where: Around, i: "Array", j: "Array", cosine: "Array") -> Around:
    """The surroundings, with those in the company that the sample did not hold."""
    beyond = np.ones(len(where.density), bool)
    beyond[where.sampled] = False
    if not beyond.any():
        return where
    near, second = cosine <= NEARLY, where.nearest[:, 0]
    one, other = near & beyond[j] & (cosine > second[i]), near & beyond[i] & (cosine > second[j])
    two = _two(len(beyond), np.concatenate([i[one], j[other]]), np.concatenate([cosine[one], cosine[other]]))
    return Around(where.density, np.sort(np.concatenate([where.nearest, two], axis=1), axis=1)[:, -2:], where.sampled)


def linked(pairs: Pairs, count: int, thresholds: Thresholds = SHIPPED) -> "Array":
    """Which of the candidates are linked: those above their threshold, less bridges, and those below that share half of the links of the one that has fewer, two at least."""
    from scipy.sparse import csr_array

    strong = pairs.over > 0
    out = strong.copy()
    doubted = np.flatnonzero(pairs.over <= DOUBTFUL)
    if not len(doubted) or not strong.any():
        return out
    ends = (pairs.i[strong], pairs.j[strong])
    to = csr_array((np.ones(int(strong.sum()), np.int32), ends), shape=(count, count))
    to = (to + to.T).tocsr()
    degree = np.diff(to.indptr)
    for k in range(0, len(doubted), 20_000):
        some = doubted[k : k + 20_000]
        one, other = pairs.i[some], pairs.j[some]
        shared = np.asarray(to[one].multiply(to[other]).sum(1)).ravel()
        fewer = np.minimum(degree[one], degree[other])
        bridge = (fewer > WELL) & (4 * shared < fewer - 1)
        out[some] = np.where(strong[some], ~bridge, (shared >= 2) & (2 * shared >= fewer))
    return out
