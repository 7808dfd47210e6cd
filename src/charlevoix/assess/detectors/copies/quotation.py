"""A quotation: two texts as they may be shown beside each other to others, without the names of accounts that they mention."""

import re
import unicodedata
from functools import cache
from typing import Any, Final

from charlevoix.assess.detectors.copies.language import UNSURE

LONG: Final = 2_000
"""Characters of a text that are shown."""

_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z]{4})?(?:[-_](?:[A-Za-z]{2}|[0-9]{3}))?|[^\W\d_]{2,20}(?: [^\W\d_]{2,20})?")

_AHEAD: Final = 1_000
"""Characters more that are looked at, so that an address at the cut is known for one."""


def nameless(*texts: str) -> tuple[str, ...]:
    """The beginnings of texts, with `[@1]`, `[@2]` ... for what has an `@` in it: mentions (`@name`, `@name@host`) and addresses of e-mail.

    One name has one number in all of them, whatever its case, so that where the texts differ is still seen.
    """
    numbers: dict[str, int] = {}

    def mark(found: Any) -> str:
        seen = "".join(c for c in found[0].replace("＠", "@") if unicodedata.category(c) != "Cf")
        name = seen.casefold().lstrip(".+%-")
        return f"[@{numbers.setdefault(name, len(numbers) + 1)}]"

    return tuple(_beginning(_names().sub(mark, text[: LONG + _AHEAD]), len(text) > LONG + _AHEAD) for text in texts)


def _beginning(text: str, more: bool) -> str:
    """At most LONG characters; what is cut ends with a word, where one ends near the cut, and with an ellipsis."""
    if len(text) <= LONG and not more:
        return text
    words = text[: LONG - 2]
    whole, blank, rest = words.rpartition(" ")
    return f"{whole if blank and len(rest) < 100 and len(text) > len(words) else words} …"


def language(told: str) -> str:
    """What a table calls a language, where that may be one: a tag (BCP 47) or a name of one or two words of letters. Else "und" (ISO 639-2)."""
    return told if _LANGUAGE.fullmatch(told) else UNSURE


@cache
def _names() -> Any:
    """What stands before an `@` belongs to it, but not in scripts that are written without blanks; what follows does in every script."""
    import regex  # type: ignore[import-untyped, unused-ignore]  # its \w holds the vowel signs of Indic scripts, that of `re` does not

    before = r"[[\w.+%\-]--[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]]"
    return regex.compile(rf"(?<!{before}){before}*[@＠]\p{{Cf}}*\w(?:[\w.@＠\p{{Cf}}\-]*\w)?", regex.VERSION1)
