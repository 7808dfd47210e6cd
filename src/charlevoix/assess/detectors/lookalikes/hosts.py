"""Host names as others hand them over: lines, new-domain lists, and what readers of certificate logs write."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from charlevoix.assess.detectors.lookalikes.recent import HOSTS
from charlevoix.assess.detectors.lookalikes.watchlist import PLAIN, domain_name
from charlevoix.errors import Reason

_NAMED: Final = 3
"""Lines that a note names."""

LINE: Final = 1_000_000
"""Characters of one line that are read; a longer one is counted as unusable."""

DOCUMENT: Final = 16_000_000
"""The same of a line of JSON: crt.sh writes all certificates of a search into one."""

_NOTHING: Final = frozenset(("", "[", "]"))
"""Lines that are no row: blank ones, and the brackets of an array of JSON that has a line for each object."""

_WORDS: Final = re.compile(r"[^\W\d][\w -]*")
"""The name of a column."""


@dataclass(slots=True)
class Counts:
    """What came in: rows, names, rows without any, those at which this program failed, and the first of both.

    A row is a line other than blank ones and the header of a CSV, so that it has the number that a table gives it.
    """

    lines: int = 0
    names: int = 0
    again: int = 0  # names that came before
    unusable: int = 0
    header: bool = False
    first: list[tuple[int, str]] = field(default_factory=list)  # number of a row (from 1), and how it begins
    failed: int = 0
    first_failed: list[str] = field(default_factory=list)

    def bad(self, line: str) -> None:
        self.unusable += 1
        if len(self.first) < _NAMED:
            self.first.append((self.lines, _plain(line)))

    def fault(self, row: int, error: Exception, host: str = "") -> None:
        """A failure of ours at one line, or one of its names, costs that name and not the rest of a stream; `row` counts from 0."""
        self.failed += 1
        if len(self.first_failed) < _NAMED:
            self.first_failed.append(f"{row + 1}: {f'“{host}” ' if host else ''}({type(error).__name__})")

    @property
    def hosts(self) -> int:
        """Different names, as far as is remembered (`recent`)."""
        return self.names - self.again

    @property
    def empty(self) -> bool:
        """Nothing came that could have held a name."""
        return not (self.names or self.unusable or self.failed)

    @property
    def garbled(self) -> bool:
        """Is one of the first rows without a name no text in the encoding in which it was read?"""
        return any("\ufffd" in line for _, line in self.first)

    @property
    def shown(self) -> str:
        """The first lines without a name as they begin, for whoever has them."""
        return "; ".join(f"{number}: “{line}”" for number, line in self.first)

    @property
    def notes(self) -> tuple[Reason, ...]:
        """What is said of the rows without a name, by their numbers, since there may stand whatever somebody wrote; of names passed over; and of those
        that came again."""
        numbers = ", ".join(str(number) for number, _ in self.first)
        bad = (Reason("lookalikes.unusable", (str(self.unusable), str(self.lines), numbers)),) if self.unusable else ()
        failed = (Reason("lookalikes.failed", (str(self.failed), "; ".join(self.first_failed))),) if self.failed else ()
        again = (Reason("lookalikes.repeats", (str(self.again), str(HOSTS))),) if self.again else ()
        return (*bad, *failed, *again)


def _plain(line: str) -> str:
    """The beginning of somebody's line, fit to be quoted: what doesn't print, or turns what stands beside it, shows as U+FFFD."""
    return "".join(c if c.isprintable() else "\ufffd" for c in line.strip()[:60])


def hosts(lines: Iterable[str], counts: Counts) -> Iterator[tuple[int, str]]:
    """(row from 0, host name) of a stream; nothing of it is kept.

    A line is a name, a row of CSV (`domain`, `rank,domain`; a header may say which column), or JSON: certspotter (`dns_names`, also in an
    `issuance`), certstream-server-go (`data.leaf_cert.all_domains`, or its domains-only `data` list), crt.sh (`common_name`, and several in
    `name_value`), or an object with `domain`, `host` or `name`.
    """
    columns: list[int] = []
    for line in lines:
        text = line.strip("\ufeff \t\r\n")
        if text in _NOTHING:
            continue
        counts.lines += 1
        if not columns and len(text) < 254 and PLAIN.fullmatch(text):  # most lines are a name and nothing else
            counts.names += 1
            yield counts.lines - 1, text
            continue
        try:
            names = _of_line(text, counts, columns)
        except Exception as error:  # noqa: BLE001  # whatever one line is, the next ones are read
            counts.fault(counts.lines - 1, error)
            continue
        for name in names:
            counts.names += 1
            yield counts.lines - 1, name


def _of_line(text: str, counts: Counts, columns: list[int]) -> list[str]:
    """The names of one line, each once. The header of a CSV file has none and is no row: its column of names is put into `columns`."""
    if text[0] == "#":
        return []
    json_like = text[0] in "{["
    if len(text) > (DOCUMENT if json_like else LINE):
        counts.bad(text)
        return []
    if json_like:
        if '"heartbeat"' in text[:200]:  # certstream says that it is still there
            return []
        found = _of_json(text)
    else:
        cells = text.replace(";", ",").replace("\t", ",").split(",") if not text.isalnum() else [text]
        if counts.lines == 1 and not counts.header and (named := _header(cells)) is not None:
            counts.lines, counts.header = 0, True
            columns.extend(named)
            return []
        found = _of_cells(cells, columns[0] if columns else None)
    good = list(dict.fromkeys(name for written in found if (name := domain_name(written))))
    if not good:
        counts.bad(text)
    return good


def _header(cells: list[str]) -> list[int] | None:
    """Where the header of a CSV says that its names stand; nowhere, where all cells are the names of other columns; None for what is no header."""
    said = [c.strip(' "').lower() for c in cells]
    known = ("domain", "domain name", "domain_name", "host", "hostname", "name", "fqdn")
    named = [i for i, c in enumerate(said) if c in known][:1]
    return named if named or (len(said) > 1 and all(map(_WORDS.fullmatch, said))) else None


def _of_cells(cells: list[str], column: int | None) -> list[str]:
    if column is not None:
        return cells[column : column + 1]
    return cells[:1] if "." in cells[0] else cells[1:2]


def _of_json(text: str) -> list[str]:
    """Of an object, or an array; also of a line of an array that has a line for each object."""
    for written in (text, text.strip("[],")):
        try:
            return _names(json.loads(written), 4)
        except (ValueError, RecursionError):
            continue
    return []


def _names(read: object, depth: int) -> list[str]:
    """The names in the places where the known formats keep them."""
    if isinstance(read, str):
        return read.split("\n")
    if depth and isinstance(read, list):
        return [name for one in read for name in _names(one, depth - 1)]
    if not depth or not isinstance(read, dict):
        return []
    places = ("dns_names", "all_domains", "leaf_cert", "data", "issuance", "common_name", "name_value", "domain", "host", "name")
    return [name for place in places if place in read for name in _names(read[place], depth - 1)]
