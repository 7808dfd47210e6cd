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
        self._parts = frozenset(part for words in self._index.values() for word in words for part in _parts(word)) if within == 2 else None
        self._sizes = frozenset(
            n + d for words in self._index.values() for w in words for n in (len(w),) for d in range(-within, within + 1)
        )

    def near(self, word: str) -> list[tuple[str, int]]:
        """The words within reach and how many slips away, the nearest first."""
        size = len(word)
        if size not in self._sizes:
            return []
        if self.within == 1:
            left = [word[:i] + word[i + 1 :] for i in range(size)]
            if self._rests.isdisjoint(left) and word not in self._rests:
                return []
            left.append(word)
        else:
            if self._parts is not None and not self._shares_part(word):
                return []
            left = list(shortened(word, self.within))
            if self._rests.isdisjoint(left):
                return []
        found = {w for rest in left for w in self._index.get(rest, ())}
        told = ((w, distance(word, w, self.within)) for w in found)
        return sorted(((w, d) for w, d in told if d <= self.within), key=lambda t: (t[1], t[0]))

    def _shares_part(self, word: str) -> bool:
        parts = self._parts or frozenset()
        return any((at, word[i : i + n]) in parts for n in self._part_sizes(word) for at, i in _places(len(word), n))

    @staticmethod
    def _part_sizes(word: str) -> range:
        return range((len(word) - 2) // 3, (len(word) + 2) // 3 + 2)


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
