"""A skeleton: what a label looks like to a reader in a hurry, so that two labels that look alike have one skeleton (after UTS #39)."""

import unicodedata
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Final

_FROM, _TO = "i1|0q93457826", "lllogge" + "astbzb"
_SAME: Final = str.maketrans(_FROM, _TO)
_BYTES: Final = bytes.maketrans(_FROM.encode(), _TO.encode())
"""Letters and digits of ASCII that stand for each other in names made to deceive; wider than UTS #39, which knows 0, 1 and capital I."""

_UNSEEN: Final = frozenset(("Cc", "Cf", "Cn", "Co", "Cs"))
"""Categories of characters that show as nothing, or turn what stands around them: controls, formats, what is not assigned, private use, surrogates."""

_PAIRS: Final = (("rn", "m"), ("vv", "w"), ("cl", "d"))


def skeleton(label: str) -> str:
    """The skeleton of one label (Unicode or `xn--`): without hyphens, in ASCII where its letters look like ASCII.

    Idempotent. UTS #39 section 4 takes a prototype per character; here prototypes are in lower case, marks are taken off (`ü` is `u`), and
    letters that only differ in a hasty look (`i` and `l`) have one prototype.
    """
    if not label.isascii() or label.startswith("xn--"):
        return _of_unicode(label)
    return folded(label)


def folded(label: str) -> str:
    """The skeleton of an ASCII label in lower case. In bytes, since it is asked of every host."""
    label = label.encode("ascii").translate(_BYTES, b"-").decode("ascii")
    if "rn" in label or "vv" in label or "cl" in label:
        return _paired(label)
    return label


def _paired(label: str) -> str:
    for pair, one in _PAIRS:
        label = label.replace(pair, one)
    return label


@lru_cache(maxsize=65536)
def _of_unicode(label: str) -> str:
    seen = unicodedata.normalize("NFKC", readable(label)).casefold()
    prototypes = _prototypes()
    bare = "".join(c for c in unicodedata.normalize("NFKD", "".join(prototypes.get(c, c) for c in seen)) if not unicodedata.combining(c))
    plain = "".join(prototypes.get(c, c) for c in bare).lower()
    return folded(plain) if plain.isascii() else _paired(plain.replace("-", "").translate(_SAME))


def readable(label: str) -> str:
    """What a browser may show for an `xn--` label; the label itself where it may show nothing else, so that it is compared as it stands.

    That is: where it is no punycode (RFC 3492) or not the only one of its text, where its text is ASCII or holds a character that UTS #46
    (section 4) doesn't let stand, and where it holds one that is not seen (a zero-width joiner is valid in some scripts).
    """
    return _shown(label) if label.startswith("xn--") else label


@lru_cache(maxsize=65536)
def _shown(label: str) -> str:
    import idna

    try:
        text = label[4:].encode("ascii").decode("punycode")
        if text.isascii() or not _UNSEEN.isdisjoint(map(unicodedata.category, text)):
            return label
        whole = text.encode("punycode").decode("ascii") == label[4:] and idna.uts46_remap(text, std3_rules=False) == text
    except (UnicodeError, ValueError, OverflowError):  # IDNAError is a UnicodeError
        return label
    return text if whole else label


def scripts(text: str) -> frozenset[str]:
    """The scripts of its letters, by the first word of their Unicode names ("LATIN", "CYRILLIC")."""
    return frozenset(unicodedata.name(c, "UNKNOWN").split()[0] for c in text if c.isalpha())


@cache
def _prototypes() -> Mapping[str, str]:
    """Character -> letters of ASCII that it looks like, from the confusables of Unicode (package `confusable-homoglyphs`)."""
    from confusable_homoglyphs import confusables  # type: ignore[import-untyped, unused-ignore]

    found: dict[str, str] = {}
    for char, alike in confusables.confusables_data.items():
        if len(char) != 1 or char.isascii():
            continue
        latin = sorted((a["c"] for a in alike if a["c"].isascii() and a["c"].isalpha()), key=lambda c: (len(c), not c.islower(), c))
        if latin:
            found[char] = latin[0].lower()
    for char in sorted(found):  # UTS #39 knows М for M; м is as good a deceit, and the only one that a name can hold
        small = char.lower()
        if len(small) == 1 and not small.isascii():
            found.setdefault(small, found[char])
    return found
