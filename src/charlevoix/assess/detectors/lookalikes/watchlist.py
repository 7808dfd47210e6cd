"""A watch-list: the names somebody protects, what else they are called, and what belongs to their owners."""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from charlevoix.assess.detectors.lookalikes.skeleton import readable, skeleton
from charlevoix.assess.detectors.lookalikes.suffixes import Suffixes, suffixes
from charlevoix.errors import Malformed, Reason

CRITICAL: Final = 200
"""Names that may alert. Of a longer list: those its column `alert` marks, or the first."""

MOST: Final = 100_000
_SHOWN: Final = 3
_SHORTEST: Final = 2
"""Letters of a name that is looked for."""

_NAME: Final = re.compile(r"(?!-)[^\s\x00-\x1f\x7f-\x9f./:@\\,;\"'<>()\[\]{}!?#%&*+=|~^`$]{1,63}(?<!-)")
PLAIN: Final = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,100}[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?")
"""A host name that needs nothing done to it (of at most 253 characters)."""

_A_PATH: Final = re.compile(r"\S{0,1000}\.(?:csv|txt|tsv|json)")
_NUMBERS: Final = re.compile(r"[0-9.]+")
_BETWEEN: Final = re.compile(r"[\s,;]+")
_YES: Final = frozenset(("1", "y", "yes", "true", "x", "o", "oui", "vrai"))
_NO: Final = frozenset(("0", "n", "no", "false", "non", "faux"))


@dataclass(frozen=True, slots=True)
class Watched:
    """A name that is protected: its registered label and suffix, and the skeletons by which it is found (label first, then aliases)."""

    domain: str  # IDNA
    label: str  # in Unicode, as every name that is compared or shown
    suffix: str  # IDNA
    keys: tuple[str, ...]
    names: tuple[str, ...]  # what the keys are skeletons of, in Unicode
    critical: bool

    @property
    def shown(self) -> str:
        """The whole name in Unicode."""
        return in_unicode(self.domain)

    @property
    def end(self) -> str:
        """The suffix in Unicode."""
        return in_unicode(self.suffix)


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


def in_unicode(host: str) -> str:
    """A host name (IDNA) as a browser may show it, label by label."""
    return ".".join(map(readable, host.split("."))) if "xn--" in host else host


def read(text: str, known: Suffixes | None = None) -> WatchList:
    """A watch-list from CSV with the column `domain`, optionally `alias`, `owned` (several, separated by blanks or commas) and `alert`; or plain
    names.

    Rows that name no domain are left out, and so is each value that can't be used; the notes give their lines and columns, and not what stands
    there. Raises Malformed without the column `domain`, and when no row is left.
    """
    rules = known or suffixes()
    if _A_PATH.fullmatch(text.strip()):
        raise Malformed("lookalikes.list-a-path", text.strip()[:200], advice="lookalikes.list-paste")
    rows = list(_rows(text))
    if len(rows) > MOST:
        raise Malformed("lookalikes.list-too-long", len(rows), MOST)
    good: list[tuple[int, str, Mapping[str, str]]] = []
    bad: list[tuple[int, str]] = []
    for number, row in rows:
        name = domain_name(row.get("domain") or "")
        if name and rules.split(name).label:
            good.append((number, name, row))
        elif any((value or "").strip() for value in row.values()):
            bad.append((number, row.get("domain") or ""))
    if not good:
        raise _empty(bad)
    critical = _critical(good)
    owned = {".".join(rules.split(n)[1:]) for _, name, row in good for n in (name, *_several(row.get("owned"))) if n}
    by_name = {name: row for _, name, row in good}
    watched = [_watched(name, row, name in critical, rules) for name, row in by_name.items()]
    return WatchList(tuple(watched), frozenset(owned), (*_slips(bad, good, rules), *_waiting(len(by_name), len(critical))))


def _empty(bad: Sequence[tuple[int, str]]) -> Malformed:
    shown = "; ".join(f"{number}: “{written[:60]}”" for number, written in bad[:_SHOWN])
    if not shown:
        return Malformed("lookalikes.list-empty", advice="lookalikes.list-so")
    return Malformed("lookalikes.list-empty-but", shown, advice="lookalikes.list-so")


def _slips(bad: Sequence[tuple[int, str]], good: Sequence[tuple[int, str, Mapping[str, str]]], rules: Suffixes) -> Iterator[Reason]:
    """What somebody wrote that has no effect: rows without a name, cells without a column, values that are no names, neither yes nor no."""
    if bad:
        yield Reason("lookalikes.list-left-out", (str(len(bad)), ", ".join(str(n) for n, _ in bad[:_SHOWN])))
    over = [n for n, _, row in good if row.get("")]
    if over:
        yield Reason("lookalikes.list-cells", (str(len(over)), ", ".join(map(str, over[:_SHOWN]))))
    wrong = [(n, "owned") for n, _, row in good for one in _parts(row.get("owned")) if not rules.split(domain_name(one)).label]
    wrong += [(n, "alias") for n, _, row in good for one in _parts(row.get("alias")) if len(skeleton(_label(one, rules))) < _SHORTEST]
    if wrong:
        yield Reason("lookalikes.list-values", (str(len(wrong)), ", ".join(f"{n} ({column})" for n, column in sorted(wrong)[:_SHOWN])))
    unclear = [n for n, _, row in good if _said(row) not in _YES | _NO | {""}]
    if unclear:
        yield Reason("lookalikes.list-alert", (str(len(unclear)), ", ".join(map(str, unclear[:_SHOWN]))))


def _waiting(names: int, critical: int) -> Iterator[Reason]:
    if critical < names:
        yield Reason("lookalikes.queued-names", (str(names), str(critical)))


def _rows(text: str) -> Iterator[tuple[int, Mapping[str, str]]]:
    """(line of the file, the values by column; under "" what stands in cells beyond the last column)."""
    text = text.lstrip("\ufeff")
    first = text.split("\n", 1)[0].lower()
    if "domain" not in re.split(r"[,;\t\s\"]+", first):
        if "," in first or ";" in first:
            raise Malformed("lookalikes.list-column", first[:100], advice="lookalikes.list-so")
        yield from (
            (n, {"domain": name}) for n, line in enumerate(text.splitlines(), 1) for name in line.split() if not line.startswith("#")
        )
        return
    mark = next((m for m in ",;\t" if m in first), ",")
    table = csv.DictReader(io.StringIO(text), delimiter=mark, skipinitialspace=True, restkey="", strict=False)
    try:
        for row in table:
            beyond = "".join(row.pop("", None) or ())
            yield table.line_num, {str(k).strip().lower(): v for k, v in row.items() if isinstance(v, str)} | {"": beyond.strip()}
    except csv.Error as error:
        raise Malformed("lookalikes.list-broken", str(error), advice="lookalikes.list-so") from None


def _critical(good: Sequence[tuple[int, str, Mapping[str, str]]]) -> frozenset[str]:
    names = list(dict.fromkeys(name for _, name, row in good if _said(row) not in _NO))
    if len(names) <= CRITICAL:
        return frozenset(names)
    marked = [name for _, name, row in good if _said(row) in _YES]
    return frozenset(list(dict.fromkeys(marked or names))[:CRITICAL])


def _said(row: Mapping[str, str]) -> str:
    return (row.get("alert") or "").strip().lower()


def _watched(name: str, row: Mapping[str, str], critical: bool, rules: Suffixes) -> Watched:
    parts = rules.split(name)
    label = readable(parts.label)
    names = [label, *(_label(a, rules) for a in _parts(row.get("alias")))]
    keys = {skeleton(n): n for n in reversed(names) if len(skeleton(n)) >= _SHORTEST}
    ordered = tuple(dict.fromkeys(k for n in names if (k := skeleton(n)) in keys))
    return Watched(name, label, parts.suffix, ordered, tuple(keys[k] for k in ordered), critical)


def _label(alias: str, rules: Suffixes) -> str:
    """The label that an alias (a label, or a whole name) stands for, in Unicode; empty where it is none."""
    if "." not in alias:
        alias = f"{alias}.example" if _NAME.fullmatch(alias) else ""
    return readable(rules.split(domain_name(alias)).label)


def _parts(written: str | None) -> list[str]:
    return [part for part in _BETWEEN.split(written or "") if part]


def _several(written: str | None) -> list[str]:
    return [domain_name(n) for n in _parts(written)]
