"""A normal form: what two texts have in common when they differ only in dress: width of letters, case, blanks, addresses, mentions."""

import re
import unicodedata
from typing import Final

SHINGLE: Final = 5
"""Characters of a shingle."""

_ADDRESS: Final = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_MENTION: Final = re.compile(r"(?<!\w)@\w[\w.]*")
_GAPS: Final = re.compile(r"[^\w]+", re.UNICODE)


def normal(text: str) -> str:
    """NFKC (Unicode Standard Annex 15), case folded, without addresses and mentions; anything but letters, digits and signs of words is one blank.

    A text of emoji or signs alone keeps them. Idempotent.
    """
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    bare = _MENTION.sub(" ", _ADDRESS.sub(" ", plain))
    words = _GAPS.sub(" ", bare).strip()
    return words or " ".join(plain.split())


def shingles(form: str) -> frozenset[str]:
    """Every run of SHINGLE characters; a shorter text is one shingle."""
    return frozenset(form[i : i + SHINGLE] for i in range(max(1, len(form) - SHINGLE + 1)))


def likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """Jaccard's coefficient: what both have over what either has."""
    both = len(one & other)
    return both / (len(one) + len(other) - both) if both else 0.0
