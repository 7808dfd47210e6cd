"""A normal form: what two texts have in common when they differ only in dress: width of letters, case, blanks, addresses, mentions."""

import re
import unicodedata
from typing import Final

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
