"""Finding copies: texts to normal forms, forms to vectors, vectors to links, links to pairs and clusters of rows."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from charlevoix.assess.detectors.copies import neighbours, vectors
from charlevoix.assess.detectors.copies.language import guess
from charlevoix.assess.detectors.copies.neighbours import SHIPPED, Thresholds
from charlevoix.assess.detectors.copies.neutral import SENTENCES
from charlevoix.assess.detectors.copies.normal import normal
from charlevoix.assess.detectors.copies.steadily import steady
from charlevoix.assess.detectors.copies.wording import likenesses

if TYPE_CHECKING:
    Array = np.ndarray[Any, Any]

NEAR: Final = 0.6
"""Likeness (Jaccard, shingles of five characters) above which a rewording is a near copy."""

SHORT: Final = 12
"""Letters below which a text is compared word for word only: it means too little to be a rewording of anything."""

ALL_PAIRS: Final = 10_000
"""Pairs of rows between two forms, or within one, that are listed; of more, those with its first row."""

Encode = Callable[[Sequence[str], Callable[[float], None]], "Array"]
"""Texts to vectors of length 1; hears how far it is."""

KINDS: Final = ("exact", "near", "reworded", "translated")


@dataclass(frozen=True, slots=True)
class Link:
    """Two forms that are one text: positions in `Found.forms`, how, and how alike (0 to 1)."""

    one: int
    other: int
    kind: str
    score: float


@dataclass(frozen=True, slots=True)
class Found:
    """Forms (different normal forms, in order of their first row), the rows of each, their languages, and the links between them."""

    forms: tuple[str, ...]
    rows: tuple[tuple[int, ...], ...]  # positions in the texts given, ascending
    languages: tuple[str, ...]
    links: tuple[Link, ...]

    def clusters(self) -> list[list[int]]:
        """Forms that hang together and have at least two rows; the largest (in rows) first."""
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        n = len(self.forms)
        ends = ([x.one for x in self.links], [x.other for x in self.links])
        of = connected_components(coo_array((np.ones(len(self.links)), ends), shape=(n, n)), directed=False)[1] if n else []
        groups: dict[int, list[int]] = {}
        for form, cluster in enumerate(of):
            groups.setdefault(int(cluster), []).append(form)
        some = [g for g in groups.values() if sum(len(self.rows[f]) for f in g) > 1]
        return sorted(some, key=lambda g: (-sum(len(self.rows[f]) for f in g), g[0]))

    def pairs(self) -> Iterator[tuple[int, int, str, float]]:
        """(row, row, kind, score) of all pairs, the earlier row first; of very many, see ALL_PAIRS."""
        for rows in self.rows:
            many = len(rows) * (len(rows) - 1) // 2 > ALL_PAIRS
            for a, row in enumerate(rows[:1] if many else rows):
                yield from ((row, other, "exact", 1.0) for other in rows[a + 1 :])
        for link in self.links:
            one, other = self.rows[link.one], self.rows[link.other]
            if len(one) * len(other) > ALL_PAIRS:
                one, other = one[:1], other[:1]
            yield from ((min(a, b), max(a, b), link.kind, link.score) for a in one for b in other)


def find(
    texts: Sequence[str],
    languages: Sequence[str] | None,
    told: Callable[[str, float], None] = lambda step, share: None,
    thresholds: Thresholds = SHIPPED,
    encode: Encode = vectors.encode,
) -> Found:
    """`languages`: what the table says of each text, or None. `told` hears of the steps "encoding" and "comparing"."""
    # 1. normal forms
    where: dict[str, list[int]] = {}
    for row, text in enumerate(texts):
        where.setdefault(normal(text), []).append(row)
    forms = list(where)
    spoken = [(languages[where[f][0]] if languages and languages[where[f][0]] else guess(texts[where[f][0]])) for f in forms]
    # 2. what means the same
    long = [i for i, form in enumerate(forms) if _says_something(form)]
    with steady():
        i, j, cosine = _linked([texts[where[forms[n]][0]] for n in long], [spoken[n] for n in long], told, thresholds, encode)
    # 3. how
    at = np.array(long, np.int64)
    i, j = at[i], at[j]
    links = tuple(_kinds(i, j, cosine, likenesses(forms, i, j), spoken))
    return Found(tuple(forms), tuple(tuple(rows) for rows in where.values()), tuple(spoken), links)


def _says_something(form: str) -> bool:
    """Twelve letters; Chinese and Japanese say in four characters what others say in twelve letters."""
    start = form[: 3 * SHORT]  # is nearly always enough
    return any(sum(map(str.isalpha, some)) >= SHORT for some in (start, form)) or sum("\u3040" <= c <= "\u9fff" for c in form) >= SHORT // 3


def _kinds(i: "Array", j: "Array", cosine: "Array", alike: "Array", spoken: Sequence[str]) -> Iterator[Link]:
    for one, other, mean, word in zip(i.tolist(), j.tolist(), np.clip(cosine, 0.0, 1.0).tolist(), alike.tolist(), strict=True):
        if word >= NEAR:
            yield Link(one, other, "near", round(word, 4))
        else:
            yield Link(one, other, "translated" if spoken[one] != spoken[other] else "reworded", round(mean, 4))


def _linked(
    texts: Sequence[str], spoken: Sequence[str], told: Callable[[str, float], None], thresholds: Thresholds, encode: Encode
) -> "tuple[Array, Array, Array]":
    if len(texts) < 2:
        return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.float32)
    even = vectors.evened(encode(texts, lambda share: told("encoding", share)), spoken, *reference(len(texts)))
    names = np.unique(np.array(spoken), return_inverse=True)[1]
    found = neighbours.links(even.vectors, even.also, names, thresholds, lambda share: told("comparing", share))
    return found.i, found.j, even.cosines(found.i, found.j)


FEW: Final = 2_000
"""Texts below which a table is too small to say what is usual; neutral sentences stand beside it then."""


def reference(count: int) -> "tuple[Array, list[str]]":
    """Vectors of sentences that have nothing to do with any table, and their languages; none for a large table."""
    if count >= FEW:
        return np.zeros((0, 512), np.float32), []
    some = [(words, name) for name, sentences in SENTENCES.items() for words in sentences]
    return vectors.encode([words for words, _ in some]), [name for _, name in some]
