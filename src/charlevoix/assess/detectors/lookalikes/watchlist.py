"""A watch-list: the names somebody protects, what else they are called, and what belongs to their owners."""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from charlevoix.assess.detectors.lookalikes.skeleton import skeleton
from charlevoix.assess.detectors.lookalikes.suffixes import Suffixes, suffixes
from charlevoix.errors import Malformed, Reason

CRITICAL: Final = 200
"""Names that may alert. Of a longer list: those its column `alert` marks, or the first."""

MOST: Final = 100_000
_SHOWN: Final = 3
_NAME: Final = re.compile(r"(?!-)[^\s\x00-\x1f\x7f-\x9f./:@\\,;\"'<>()\[\]{}!?#%&*+=|~^`$]{1,63}(?<!-)")
PLAIN: Final = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,100}[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?")
"""A host name that needs nothing done to it (of at most 253 characters)."""

_A_PATH: Final = re.compile(r"\S{0,1000}\.(?:csv|txt|tsv|json)")
_NUMBERS: Final = re.compile(r"[0-9.]+")


@dataclass(frozen=True, slots=True)
class Watched:
    """A name that is protected: its registered label and suffix, and the skeletons by which it is found (label first, then aliases)."""

    domain: str
    label: str
    suffix: str
    keys: tuple[str, ...]
    names: tuple[str, ...]  # what the keys are skeletons of
    critical: bool


@dataclass(frozen=True, slots=True)
class WatchList:
    """The names in the order of the list, the registered names that are never reported, and what to say of the list."""

    watched: tuple[Watched, ...]
    owned: frozenset[str]
    notes: tuple[Reason, ...] = ()


def domain_name(written: str) -> str:
    """A host name as people write it (address, capitals, `*.`, port, dot at the end, brackets around dots) in one form: lower case, IDNA.

    Empty where it is none: an IP address, one label, more than 253 characters.
    """
    if len(written) < 254 and PLAIN.fullmatch(written):
        return written
    text = written.strip().strip("\ufeff\"'").lower().replace("[.]", ".").replace("。", ".")
    if "/" in text or "@" in text or ":" in text:
        text = re.sub(r"^[a-z][a-z0-9+.-]*://", "", text).split("/")[0].rpartition("@")[2].partition(":")[0]
    text = text.removeprefix("*.").removeprefix(".").rstrip(".")
    if not text or len(text) > 253 or "." not in text or _NUMBERS.fullmatch(text):
        return ""
    if not all(_NAME.fullmatch(part) for part in text.split(".")):
        return ""
    return text if text.isascii() else _ascii(text)


def _ascii(text: str) -> str:
    import idna

    try:
        return idna.encode(text, uts46=True).decode()
    except (idna.IDNAError, UnicodeError):
        return ""


def read(text: str, known: Suffixes | None = None) -> WatchList:
    """A watch-list from CSV with the column `domain`, optionally `alias`, `owned` (several, separated by blanks) and `alert`; or plain names.

    Rows that name no domain are left out; the notes give their numbers, and not what stands there. Raises Malformed without the column `domain`, and when no row is left.
    """
    rules = known or suffixes()
    if _A_PATH.fullmatch(text.strip()):
        raise Malformed("lookalikes.list-a-path", text.strip()[:200], advice="lookalikes.list-paste")
    rows = list(_rows(text))
    if len(rows) > MOST:
        raise Malformed("lookalikes.list-too-long", len(rows), MOST)
    good: list[tuple[str, Mapping[str, str]]] = []
    bad: list[tuple[int, str]] = []
    for number, row in rows:
        name = domain_name(row.get("domain") or "")
        if name and rules.split(name).label:
            good.append((name, row))
        elif any((value or "").strip() for value in row.values()):
            bad.append((number, row.get("domain") or ""))
    if not good:
        shown = "; ".join(f"{number}: “{written[:60]}”" for number, written in bad[:_SHOWN])
        raise Malformed("lookalikes.list-empty", shown, advice="lookalikes.list-so")
    notes = [Reason("lookalikes.list-left-out", (str(len(bad)), ", ".join(str(n) for n, _ in bad[:_SHOWN])))] if bad else []
    critical = _critical(good)
    if len(critical) < len({name for name, _ in good}):
        notes.append(Reason("lookalikes.queued-names", (str(len({n for n, _ in good})), str(len(critical)))))
    watched = [_watched(name, row, name in critical, rules) for name, row in dict(good).items()]
    owned = {".".join(rules.split(n)[1:]) for name, row in good for n in (name, *_several(row.get("owned"))) if n}
    return WatchList(tuple(watched), frozenset(owned), tuple(notes))


def _rows(text: str) -> Iterable[tuple[int, Mapping[str, str]]]:
    """(row of the file, its values by column)."""
    text = text.lstrip("\ufeff")
    first = text.split("\n", 1)[0].lower()
    if "domain" not in re.split(r"[,;\t\s\"]+", first):
        if "," in first or ";" in first:
            raise Malformed("lookalikes.list-column", first[:100], advice="lookalikes.list-so")
        return ((n, {"domain": name}) for n, line in enumerate(text.splitlines(), 1) for name in line.split() if not line.startswith("#"))
    mark = next((m for m in ",;\t" if m in first), ",")
    try:
        read = list(csv.DictReader(io.StringIO(text), delimiter=mark, skipinitialspace=True, restkey="", strict=False))
    except csv.Error as error:
        raise Malformed("lookalikes.list-broken", str(error), advice="lookalikes.list-so") from None
    return ((n, {str(k).strip().lower(): v for k, v in row.items() if isinstance(v, str)}) for n, row in enumerate(read, 2))


def _critical(good: Sequence[tuple[str, Mapping[str, str]]]) -> frozenset[str]:
    names = list(dict.fromkeys(name for name, _ in good))
    if len(names) <= CRITICAL:
        return frozenset(names)
    marked = [name for name, row in good if (row.get("alert") or "").strip().lower() in ("1", "yes", "true", "x", "oui")]
    return frozenset(list(dict.fromkeys(marked or names))[:CRITICAL])


def _watched(name: str, row: Mapping[str, str], critical: bool, rules: Suffixes) -> Watched:
    parts = rules.split(name)
    also = [a.strip().lower() for a in (row.get("alias") or "").split()]
    names = [parts.label, *(rules.split(a).label if "." in a else a for a in also)]
    keys = {skeleton(n): n for n in reversed(names) if len(skeleton(n)) >= 2}
    ordered = tuple(dict.fromkeys(k for n in names if (k := skeleton(n)) in keys))
    return Watched(name, parts.label, parts.suffix, ordered, tuple(keys[k] for k in ordered), critical)


def _several(written: str | None) -> list[str]:
    return [domain_name(n) for n in (written or "").split()]
