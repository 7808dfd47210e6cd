"""Neighbours of a word: those one or two slips of the keyboard away, found by what is left of both when letters are taken out."""

from collections.abc import Iterable
from typing import Final

KEYS: Final = ("1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm")
"""The rows of a keyboard, each half a key further to the right."""


def distance(a: str, b: str, limit: int = 2) -> int:
    """Letters put in, left out, exchanged, or swapped with the next one (Damerau 1964, optimal string alignment); above `limit`: limit + 1."""
    if abs(len(a) - len(b)) > limit:
        return limit + 1
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        two, before, row = before, row, [i]
        for j, y in enumerate(b, 1):
            best = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                best = min(best, two[j - 2] + 1)
            row.append(best)
        if min(row) > limit and min(before) > limit:
            return limit + 1
    return min(row[-1], limit + 1)


def shortened(word: str, by: int) -> frozenset[str]:
    """The word, and what is left of it without 1 to `by` of its letters."""
    found = last = {word}
    for _ in range(by):
        last = {w[:i] + w[i + 1 :] for w in last for i in range(len(w))}
        found = found | last
    return frozenset(found)


class Neighbourhood:
    """Words by what is left of them: two words within `within` slips have a remainder in common, since each slip is one letter less of each."""

    def __init__(self, words: Iterable[str], within: int = 1) -> None:
        self.within = within
        self._index: dict[str, tuple[str, ...]] = {}
        for word in sorted(set(words)):
            for rest in shortened(word, within):
                self._index[rest] = (*self._index.get(rest, ()), word)
        self._rests = frozenset(self._index)
        known = {word for words in self._index.values() for word in words}
        self._heads = frozenset(w[: 2 * _third(w)] for w in known)
        self._tails = frozenset(w[len(w) - 2 * _third(w) :] for w in known)
        self._edges = frozenset(w[: _third(w)] + w[len(w) - _third(w) :] for w in known)
        self._sizes = frozenset(len(w) + d for w in known for d in range(-within, within + 1))
        self._thirds = {n: tuple(dict.fromkeys(max(a, 0) for a in ((n - 2) // 3, (n - 1) // 3, n // 3))) for n in self._sizes}
        self._parts = frozenset(part for word in known for part in _parts(word)) if within == 2 else None

    def __bool__(self) -> bool:
        return bool(self._rests)

    def may_be_near(self, word: str) -> bool:
        """False where no word is one slip away. Most are passed over here, and few that are not near get through.

        One slip leaves whole two thirds of a word: the first two, the last two, or the outer ones. A third is cut so short that this holds for two
        letters swapped across a cut as well.
        """
        size = len(word)
        for a in self._thirds.get(size, ()):
            if word[: 2 * a] in self._heads or word[size - 2 * a :] in self._tails or word[:a] + word[size - a :] in self._edges:
                return True
        return False

    def near(self, word: str) -> list[tuple[str, int]]:
        """The words within reach and how many slips away, the nearest first."""
        if self.within == 1:
            if not self.may_be_near(word):
                return []
            left = [word[:i] + word[i + 1 :] for i in range(len(word))]
            if self._rests.isdisjoint(left) and word not in self._rests:
                return []
            left.append(word)
        else:
            if len(word) not in self._sizes or (self._parts is not None and not self._shares_part(word)):
                return []
            left = list(shortened(word, self.within))
            if self._rests.isdisjoint(left):
                return []
        found = {w for rest in left for w in self._index.get(rest, ())}
        told = ((w, _one_slip(word, w) if self.within == 1 else distance(word, w, self.within)) for w in found)
        return sorted(((w, d) for w, d in told if d <= self.within), key=lambda t: (t[1], t[0]))

    def _shares_part(self, word: str) -> bool:
        parts = self._parts or frozenset()
        return any((at, word[i : i + n]) in parts for n in self._part_sizes(word) for at, i in _places(len(word), n))

    @staticmethod
    def _part_sizes(word: str) -> range:
        return range((len(word) - 2) // 3, (len(word) + 2) // 3 + 2)


def _third(word: str) -> int:
    return (len(word) - 1) // 3


def _one_slip(a: str, b: str) -> int:
    """`distance` of two words that have a remainder in common, up to 2: 0, 1, or 2 for more."""
    if a == b:
        return 0
    if len(a) != len(b):
        return 1
    first = next(i for i in range(len(a)) if a[i] != b[i])
    rest, other = a[first + 1 :], b[first + 1 :]
    return 1 if rest == other or (a[first] == other[0] and rest[0] == b[first] and rest[1:] == other[1:]) else 2


def _places(size: int, part: int) -> Iterable[tuple[str, int]]:
    yield "first", 0
    yield "last", size - part
    for i in range(max(size // 3 - 2, 0), size // 3 + 3):
        yield "middle", i


def _parts(word: str) -> Iterable[tuple[str, str]]:
    """Thirds of a word, one of which two slips leave whole: of the word itself, and of it with the letters at a cut swapped."""
    a, b = len(word) // 3, 2 * len(word) // 3
    for cut in (0, a, b):
        w = word if not cut else word[: cut - 1] + word[cut] + word[cut - 1] + word[cut + 1 :]
        yield "first", w[:a]
        yield "middle", w[a:b]
        yield "last", w[b:]


def beside(x: str, y: str) -> bool:
    """Do two keys touch?"""
    at = {key: (row, i + row / 2) for row, keys in enumerate(KEYS) for i, key in enumerate(keys)}
    return x in at and y in at and x != y and abs(at[x][0] - at[y][0]) <= 1 and abs(at[x][1] - at[y][1]) <= 1


def slip(word: str, meant: str) -> str:
    """What kind of one slip makes `word` of `meant`: "doubled", "added", "dropped", "swapped", "beside" (a key touching the one meant), "exchanged"."""
    if len(word) == len(meant):
        off = [i for i in range(len(word)) if word[i] != meant[i]]
        if len(off) == 2 and off[1] == off[0] + 1 and word[off[0]] == meant[off[1]] and word[off[1]] == meant[off[0]]:
            return "swapped"
        return "beside" if len(off) == 1 and beside(word[off[0]], meant[off[0]]) else "exchanged"
    if len(word) < len(meant):
        return "dropped"
    at = next((i for i in range(len(meant)) if word[i] != meant[i]), len(meant))
    return "doubled" if at and word[at] == word[at - 1] else "added"
