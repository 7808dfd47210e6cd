"""A normal form: what two texts have in common when they differ only in dress: width of letters, case, blanks, addresses, mentions."""

import re
import unicodedata
from typing import Final

MARKS: Final = 30
"""Marks in a row that are kept: no writing has more, and to put them in order takes the square of their number (Unicode Standard Annex 15, section 13)."""

ALSO_MARKS: Final = "\u0f73\u0f75\u0f81\uff9e\uff9f"
"""Characters that are starters, but whose compatibility decomposition (NFKD) holds none."""

_UNSPOKEN: Final = re.compile(rf"[\W\uff9e\uff9f]{{{MARKS + 1},}}")
"""Where more than MARKS marks in a row can be: the two are the only marks that are signs of words."""

_ADDRESS: Final = re.compile(r"(?:https?://|www\.)\S+")
_MENTION: Final = re.compile(r"@(?<!\w@)\w[\w.]*")
_WORDS: Final = re.compile(r"\w+")
_SIGNS: Final = bytes(c if chr(c).isalnum() or c == ord("_") else ord(" ") for c in range(128)) + b" " * 128


def normal(text: str) -> str:
    """NFKC (Unicode Standard Annex 15), case folded, without addresses and mentions; anything but letters, digits and signs of words is one blank.

    A text of emoji or signs alone keeps them. Idempotent. Of more than MARKS marks in a row the first are kept.
    """
    plain = _composed(_composed(text).casefold())
    bare = _MENTION.sub(" ", _ADDRESS.sub(" ", plain))
    # the same words, of ASCII four times as fast
    words = bare.encode("ascii").translate(_SIGNS).decode("ascii").split() if bare.isascii() else _WORDS.findall(bare)
    return " ".join(words or plain.split())


def _composed(text: str) -> str:
    """NFKC, of runs of marks that are not too long for it."""
    return text if text.isascii() else unicodedata.normalize("NFKC", _UNSPOKEN.sub(_fewer, text))


def _fewer(found: "re.Match[str]") -> str:
    """The first MARKS of each run of marks: the Stream-Safe Text Process (Unicode Standard Annex 15, section 13), but what it would move behind a grapheme joiner is left out."""
    kept, run = [], 0
    for c in found[0]:
        run = run + 1 if unicodedata.combining(c) or c in ALSO_MARKS else 0
        if run <= MARKS:
            kept.append(c)
    return "".join(kept)
