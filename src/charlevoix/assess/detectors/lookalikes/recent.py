"""What came lately, within bounds: a stream has no end, and what is remembered of it has."""

from typing import Final

HOSTS: Final = 100_000
"""Hosts of a stream that are remembered at least, so that one that comes again is neither compared nor counted again."""

FOUND: Final = 100_000
"""Hosts that were found, and registered names that alerted, that are remembered at least."""


class Recent:
    """The last `most` different words at least, and twice as many at most; a word that comes again counts as the last one.

    Two sets: when the younger one is full, it takes the place of the older one, and what was in that alone is forgotten.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._young: set[str] = set()
        self._old: set[str] = set()

    def __contains__(self, word: str) -> bool:
        return word in self._young or word in self._old

    def knew(self, word: str) -> bool:
        """Was it there? From now on it is."""
        young = self._young
        if word in young:
            return True
        known = word in self._old
        if len(young) >= self._most:
            self._old, self._young = young, {word}
        else:
            young.add(word)
        return known
