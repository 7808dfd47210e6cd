"""A table: a list of domains as partners send it, plain or CSV, with or without teeth (`example[.]org`)."""

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import idna

from charlevoix.errors import Malformed

LINE = 4096  # characters
LINES = 200_000

_DOMAIN = ("domain", "domain name", "domain_name", "domainname", "value", "nom de domaine", "domaine")
_CREATED = ("created on", "create date", "creation date", "created", "date de création")
_SEEN = ("first seen", "first_seen", "date de première observation")
_DOT = re.compile(r"[\[({]\s*(?:\.|dot|point)\s*[\])}]|\\\.", re.IGNORECASE)
_AT = re.compile(r"[\[({]\s*(?:@|at)\s*[\])}]", re.IGNORECASE)
_SCHEME = re.compile(r"\bh(?:xx|tt)p(s?)(?:://|\[:\]//|\[://\]|:\[//\])", re.IGNORECASE)
_HOST = re.compile(r"(?:https?://)?([^/?#:@\s]+)(?::\d{1,5})?(?:[/?#]\S*)?", re.IGNORECASE)
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?", re.ASCII)
_FRENCH_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})", re.ASCII)
_ISO_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:[T ].*)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class DomainRow:
    """One line that names a domain."""

    line: int  # counted from 1, the header included
    domain: str  # lower case, ASCII, no trailing dot: what ids are made from
    text: str  # as it stood there
    created: date | None = None  # registration, by the table's word
    first_seen: date | None = None
    again_of: int | None = None  # the line that named it first

    @property
    def shown(self) -> str:
        """The domain in its own script."""
        try:
            return idna.decode(self.domain)
        except idna.IDNAError:
            return self.domain


@dataclass(frozen=True, slots=True)
class _Columns:
    domain: int
    created: int | None
    first_seen: int | None
    delimiter: str


def read_domains(raw: bytes, *, lines: int = LINES) -> Iterator[DomainRow | Malformed]:
    """One outcome for each line that says something: a row, or a Malformed whose first value is the line number.

    Columns are found by name in the first line (comma, semicolon or tab); without such a header each line is a domain.
    Empty lines and lines that begin with `#` say nothing. Dates are DD/MM/YYYY or ISO 8601; another date spoils its line,
    since a wrong one is worse than none. Lines of more than 4,096 characters and what follows line 200,000 are refused.
    """
    columns: _Columns | None = None
    seen: dict[str, int] = {}
    begun = False
    for number, line in enumerate(raw.removeprefix(b"\xef\xbb\xbf").splitlines(), 1):
        if not line.strip() or line.lstrip().startswith(b"#"):
            continue
        if number > lines:
            yield Malformed("table.too-long", number, lines, advice="table.divide")
            return
        try:
            text = _text(number, line)
            if not begun:
                begun, columns = True, _header(text)
                if columns is not None:
                    continue
            row = _row(number, text, columns, seen)
        except Malformed as error:
            yield error
            continue
        seen.setdefault(row.domain, number)
        yield row


def normal(domain: str) -> str:
    """A domain name in one spelling: lower case, ASCII, no trailing dot (RFC 1035, RFC 5891, UTS 46).

    Raises Malformed for what is none: an address, one label only, a label or a name too long, characters of no name.
    """
    if len(domain) > 1000:  # no name is, and IDNA takes its time
        raise Malformed("domain.form", domain[:300], advice="domain.check")
    name = domain.strip().rstrip(".。").lower()
    if not name.isascii():
        name = _ascii(name)
    labels = name.split(".")
    if len(name) > 253 or len(labels) < 2 or not all(map(_LABEL.fullmatch, labels)) or labels[-1].isdigit():
        raise Malformed("domain.form", domain[:300], advice="domain.check")
    return name


def _ascii(name: str) -> str:
    """IDNA 2008, else IDNA 2003: what was registered under the older rules (emoji) exists all the same."""
    try:
        return idna.encode(name, uts46=True).decode()
    except (idna.IDNAError, UnicodeError):
        pass
    try:
        return name.encode("idna").decode()
    except UnicodeError as error:
        raise Malformed("domain.idna", name[:300], error, advice="domain.check") from None


def defang(value: str) -> str:
    """A domain, URL or address that nobody can click: `hxxps://example[.]org`."""
    return re.sub(r"(?i)\bhttp(?=s?://)", "hxxp", value).replace(".", "[.]").replace("@", "[@]")


def refang(text: str) -> str:
    """The value again: `[.]`, `(.)`, `[dot]`, `[@]`, `[:]` and `hxxp` taken back."""
    return _SCHEME.sub(lambda found: f"http{found[1].lower()}://", _AT.sub("@", _DOT.sub(".", text)))


def _text(number: int, line: bytes) -> str:
    if len(line) > 4 * LINE:
        raise Malformed("table.long-line", number, LINE, advice="table.check")
    try:
        text = line.decode()
    except UnicodeDecodeError as error:
        raise Malformed("table.utf8", number, error.start, advice="table.encode-utf8") from None
    if len(text) > LINE or "\0" in text:
        raise Malformed("table.long-line", number, LINE, advice="table.check")
    return text


def _header(text: str) -> _Columns | None:
    """The columns, if the line names them; None if it is a line like the others."""
    delimiter = max(",;\t", key=text.count)
    names = [name.strip().strip('"').lower() for name in text.split(delimiter)]
    found: Mapping[str, int] = {name: index for index, name in reversed(list(enumerate(names)))}
    domain = _first(found, _DOMAIN)
    return None if domain is None else _Columns(domain, _first(found, _CREATED), _first(found, _SEEN), delimiter)


def _first(found: Mapping[str, int], names: tuple[str, ...]) -> int | None:
    return next((found[name] for name in names if name in found), None)


def _row(number: int, text: str, columns: _Columns | None, seen: Mapping[str, int]) -> DomainRow:
    if columns is None:
        return _made(number, text.strip(), None, None, seen)
    try:
        cells = next(csv.reader([text], delimiter=columns.delimiter, strict=True))
    except csv.Error as error:
        raise Malformed("table.csv", number, error, advice="table.check") from None
    if columns.domain >= len(cells):
        raise Malformed("table.no-domain", number, advice="table.check")
    created = _date(number, cells, columns.created)
    return _made(number, cells[columns.domain].strip(), created, _date(number, cells, columns.first_seen), seen)


def _made(number: int, text: str, created: date | None, first_seen: date | None, seen: Mapping[str, int]) -> DomainRow:
    found = _HOST.fullmatch(refang(text))
    if found is None:
        raise Malformed("table.not-a-domain", number, text[:300], advice="table.check")
    try:
        domain = normal(found[1])
    except Malformed:
        raise Malformed("table.not-a-domain", number, text[:300], advice="table.check") from None
    return DomainRow(number, domain, text, created, first_seen, seen.get(domain))


def _date(number: int, cells: list[str], column: int | None) -> date | None:
    text = cells[column].strip() if column is not None and column < len(cells) else ""
    if not text:
        return None
    french, iso = _FRENCH_DATE.fullmatch(text), _ISO_DATE.fullmatch(text)
    try:
        if french is not None:
            return date(int(french[3]), int(french[2]), int(french[1]))
        if iso is not None:
            return date(int(iso[1]), int(iso[2]), int(iso[3]))
    except ValueError:
        pass
    raise Malformed("table.date", number, text[:60], advice="table.write-date")
