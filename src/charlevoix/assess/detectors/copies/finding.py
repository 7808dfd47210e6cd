"""Finding copies: texts to normal forms, forms to vectors, vectors to links, links to pairs and clusters of rows."""

import hashlib
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from charlevoix.assess.detectors.copies import neighbours, vectors
from charlevoix.assess.detectors.copies.held import Chosen, Held
from charlevoix.assess.detectors.copies.language import guess
from charlevoix.assess.detectors.copies.neighbours import SHIPPED, Thresholds
from charlevoix.assess.detectors.copies.neutral import SENTENCES
from charlevoix.assess.detectors.copies.normal import normal
from charlevoix.assess.detectors.copies.sentences import borne_out
from charlevoix.assess.detectors.copies.steadily import steady
from charlevoix.assess.detectors.copies.wording import LONG, likenesses

if TYPE_CHECKING:
    Array = np.ndarray[Any, Any]

NEAR: Final = 0.6
"""Likeness (Jaccard, shingles of five characters) above which a rewording is a near copy."""

AKIN: Final = 0.3
"""Likeness of wording above which sentences need not bear out that two texts are one: texts that have nothing to do with each other share far less."""

SHORT: Final = 12
"""Letters below which a text is compared word for word only: it means too little to be a rewording of anything."""

ALL_PAIRS: Final = 10_000
"""Pairs of rows between two forms, or within one, that are listed; of more, those with one row of it."""

MOST_PAIRS: Final = 10_000_000
"""Pairs that are listed, about; where there are more, fewer between two forms or within one than ALL_PAIRS."""

HEAD: Final = 4_000
"""Characters of a text as it came that are kept: more than are shown, encoded (`vectors.PIECES`) or looked at for its language."""

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

    forms: Sequence[str]  # the first LONG characters of each
    rows: tuple[tuple[int, ...], ...]  # positions in the texts given, ascending
    languages: tuple[str, ...]
    links: tuple[Link, ...]
    middles: tuple[int, ...]  # of each form the row that stands for it where not all pairs are listed
    most: int  # pairs within a form, or between two, that are listed: ALL_PAIRS or fewer
    long: int  # texts of which only a part is encoded

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
        """(row, row, kind, score) of the pairs that are listed, the earlier row first; of very many, see ALL_PAIRS."""
        for rows, middle in zip(self.rows, self.middles, strict=True):
            if len(rows) * (len(rows) - 1) // 2 > self.most:
                yield from ((min(middle, row), max(middle, row), "exact", 1.0) for row in rows if row != middle)
            else:
                yield from ((row, other, "exact", 1.0) for a, row in enumerate(rows) for other in rows[a + 1 :])
        for link in self.links:
            one, other = self.rows[link.one], self.rows[link.other]
            if len(one) * len(other) > self.most:
                one, other = (self.middles[link.one],), (self.middles[link.other],)
            yield from ((min(a, b), max(a, b), link.kind, link.score) for a in one for b in other)

    def counts(self) -> Mapping[str, int]:
        """How many pairs of each kind are listed."""
        within, between = self.sizes()
        kinds = np.array([KINDS.index(link.kind) for link in self.links], np.int64)
        sums = np.bincount(kinds, np.where(between > self.most, 1, between), minlength=len(KINDS))
        sums[0] += _listed(within, self.most)
        return {kind: int(n) for kind, n in zip(KINDS, sums, strict=True)}

    def unlisted(self) -> int:
        """How many pairs are not listed."""
        return int(sum(some.sum() for some in self.sizes())) - sum(self.counts().values())

    def sizes(self) -> "tuple[Array, Array]":
        """How many pairs there are within each form, and between the two of each link."""
        return _sizes([len(rows) for rows in self.rows], [x.one for x in self.links], [x.other for x in self.links])


def _sizes(rows: Sequence[int], one: Sequence[int], other: Sequence[int]) -> "tuple[Array, Array]":
    many = np.array(rows, np.int64)
    return many * (many - 1) // 2, many[np.array(one, np.int64)] * many[np.array(other, np.int64)]


def _listed(within: "Array", most: int) -> int:
    """Pairs within forms that are listed: n - 1 of n (n - 1) / 2 where these are too many."""
    star = (np.sqrt(8 * within + 1).round().astype(np.int64) - 1) // 2
    return int(np.where(within > most, star, within).sum())


def _most(within: "Array", between: "Array") -> int:
    """The largest of some bars that leaves no more than MOST_PAIRS in all; how many of each there are decides, not their order."""
    bars = (ALL_PAIRS, 3_000, 1_000, 300, 100, 30, 10, 3)
    return next((bar for bar in bars if _listed(within, bar) + int(np.where(between > bar, 1, between).sum()) <= MOST_PAIRS), 1)


def find(
    texts: Iterable[str],
    languages: Sequence[str] | None,
    told: Callable[[str, float], None] = lambda step, share: None,
    thresholds: Thresholds = SHIPPED,
    encode: Encode = vectors.encode,
    places: Iterable[int] | None = None,
    names: Sequence[str] | None = None,
    folder: str | None = None,
) -> Found:
    """The texts are read once, each whole; what is kept of them lies in `folder`. `places`: the position of each, from 0; None: as they come.

    By position: `languages`, what the table says of each, or None; `names`, what it calls them. `told` hears of the steps "encoding" and "comparing".
    The order of the texts decides nothing but how forms and rows are numbered.
    """
    # 1. normal forms
    gathered = Gathered(folder)
    for place, text in enumerate(texts) if places is None else zip(places, texts, strict=True):
        gathered.add(place, text, (languages[place] if languages else "") or "")
    order = gathered.order()
    forms, heads = Chosen(gathered.forms, order), Chosen(gathered.heads, [gathered.head[n] for n in order])
    spoken = [gathered.language[n] or guess(head) for n, head in zip(order, heads, strict=True)]
    # 2. what means the same
    long = [i for i, form in enumerate(forms) if _says_something(form)]
    with steady():
        some = Chosen(gathered.heads, [gathered.head[order[i]] for i in long])
        i, j, cosine = _linked(some, [spoken[n] for n in long], told, thresholds, encode)
    # 3. how, and whether the sentences of longer texts bear it out
    at = np.array(long, np.int64)
    i, j = at[i], at[j]
    alike = likenesses(forms, i, j)
    borne = alike >= AKIN
    borne[~borne] = borne_out(heads, i[~borne], j[~borne], encode)
    i, j, cosine, alike = i[borne], j[borne], cosine[borne], alike[borne]
    # 4. numbered as they stand in the table
    rows = [gathered.rows[n] for n in order]
    turn = sorted(range(len(order)), key=lambda n: rows[n][0])
    back = np.empty(len(order), np.int64)
    back[turn] = np.arange(len(order))
    spoken = [spoken[n] for n in turn]
    i, j = np.minimum(back[i], back[j]), np.maximum(back[i], back[j])
    by = np.lexsort((j, i))
    links = tuple(_kinds(i[by], j[by], cosine[by], alike[by], spoken))
    there = tuple(tuple(rows[n]) for n in turn)
    middles = tuple(min(some, key=lambda row: (names[row] if names else "", row)) for some in there)
    most = _most(*_sizes([len(some) for some in there], i.tolist(), j.tolist()))
    return Found(Chosen(gathered.forms, [order[n] for n in turn]), there, tuple(spoken), links, middles, most, gathered.long)


class Gathered:
    """The different forms of texts. Of the texts of one form, the one that comes first by its letters stands for all, so that it is the same whatever their order."""

    def __init__(self, folder: str | None = None) -> None:
        self.forms, self.heads = Held(folder), Held(folder)
        self.rows: list[array[int]] = []
        self.head = array("q")  # of each form: the text that stands for it
        self.language: list[str] = []  # that the table says of that text
        self.long = 0
        self._number: dict[bytes, int] = {}

    def add(self, place: int, text: str, language: str) -> None:
        """The text at the position `place`."""
        form, head = normal(text), text[:HEAD]
        self.long += len(text) > vectors.PIECE * vectors.PIECES
        key = hashlib.blake2b(form.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        number = self._number.setdefault(key, len(self.forms))
        if number == len(self.forms):
            self.forms.append(form[:LONG])
            self.head.append(self.heads.append(head))
            self.language.append(language)
            self.rows.append(array("q", [place]))
            return
        self.rows[number].append(place)
        held = self.heads[self.head[number]]
        if (head, language) < (held, self.language[number]):
            self.language[number] = language
            self.head[number] = self.head[number] if head == held else self.heads.append(head)

    def order(self) -> list[int]:
        """The forms in the order of their digests, which has nothing to do with the order of the table; the rows of each are put in order."""
        for n, rows in enumerate(self.rows):
            self.rows[n] = array("q", sorted(rows))
        return [number for _, number in sorted(self._number.items())]


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
