"""A page: what a room is asked by a browser, and what it answers, without a word of HTTP."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Generic, Literal, TypeVar

from charlevoix.errors import Malformed, Reason
from charlevoix.languages.catalogue import Language
from charlevoix.safeguards.decision import Decision
from charlevoix.safeguards.grounds import Actor

N = TypeVar("N")


@dataclass(frozen=True, slots=True)
class Fields:
    """What a query or a form holds: each name with all its values, in order, as typed."""

    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def one(self, name: str, default: str = "") -> str:
        """The first value, without blanks around it."""
        return next(iter(self.values.get(name, ())), default).strip()

    def all(self, name: str) -> tuple[str, ...]:
        return self.values.get(name, ())

    def day(self, name: str) -> date | None:
        """The day typed into the three boxes of `date_field`; None when all are empty. Raises Malformed."""
        parts = [self.one(f"{name}-{part}") for part in ("year", "month", "day")]
        if not any(parts):
            return None
        try:
            return date(*(int(part) for part in parts))
        except (ValueError, TypeError):
            raise Malformed("web.date", "-".join(parts), advice="web.date-fix") from None


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with a form: its name is a claim, its bytes are from outside."""

    name: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class PageRequest(Generic[N]):
    """A browser's question, already let in: signed in where the act needs it, allowed, from our own form, within limits."""

    node: N
    who: Actor | None  # None: the public
    language: Language
    now: datetime
    method: Literal["GET", "POST"]
    path: str
    parts: Mapping[str, str]  # the `{names}` in the door's path
    query: Fields
    form: Fields = Fields()
    uploads: Mapping[str, Upload] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Banner:
    """The strictest marking of what a page or an export shows, in the reader's terms."""

    level: Literal["clear", "green", "amber", "amber+strict", "red"] | None = None  # TLP 2.0; None: nothing here is marked
    releasable: tuple[str, ...] = ()  # names of organisations; empty: no list
    reasons: tuple[Reason, ...] = ()

    def __str__(self) -> str:
        """As a line for a file: `TLP:AMBER+STRICT, releasable to Demo A, Demo B`."""
        level = f"TLP:{self.level.upper()}" if self.level else "not marked"
        return ", ".join([level, *([f"releasable to {', '.join(self.releasable)}"] if self.releasable else [])])


UNMARKED = Banner()


@dataclass(frozen=True, slots=True)
class Link:
    """A way to another page, as a cell, a crumb or a way out of an empty list."""

    text: str
    href: str


@dataclass(frozen=True, slots=True)
class Page:
    """A template of the room ("intake/triage.html"), what it needs, and what every page says about itself."""

    template: str
    context: Mapping[str, object]
    banner: Banner
    crumbs: tuple[Link, ...] = ()  # from the house inwards, without this page itself
    explain: str = ""  # path that explains who gets what of this case, and why
    status: int = 200  # 422 when a form comes back with errors


@dataclass(frozen=True, slots=True)
class Redirect:
    """Done: look there now (303). Only paths of this house."""

    path: str


@dataclass(frozen=True, slots=True)
class Download:
    """Bytes to keep, never shown in place: the browser saves them under `name`."""

    body: bytes | Iterator[bytes]
    name: str
    media_type: str = "application/octet-stream"


Response = Page | Redirect | Download


# --- cells of a table -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Tag:
    """A word on a coloured ground; the word alone must do. Colours: grey, green, teal, blue, purple, magenta, red, orange, yellow."""

    text: str
    colour: str = "grey"


Cell = str | int | None | datetime | Link | Tag | Decision


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: `key` is its name in `?sort=` and in exports."""

    key: str
    text: str
    number: bool = False
    sorts: bool = False


def export(kind: str, name: str, columns: Sequence[Column], rows: Iterable[Sequence[Cell]], banner: Banner) -> Download:
    """The table as a file, `kind` "csv" (RFC 4180, UTF-8, its first row is the marking) or "json" (an object with `marking` and `rows`).

    A CSV cell that a spreadsheet would run as a formula starts with an apostrophe (OWASP, CSV injection). Raises Malformed for another kind.
    """
    keys = [column.key for column in columns]
    plain = [[_plain(cell) for cell in row] for row in rows]
    if kind == "csv":
        text = io.StringIO(newline="")
        writer = csv.writer(text)
        writer.writerow([str(banner)])
        writer.writerow(keys)
        writer.writerows([harmless(cell) for cell in row] for row in plain)
        return Download(text.getvalue().encode(), f"{name}.csv", "text/csv; charset=utf-8")
    if kind == "json":
        document = {"marking": str(banner), "rows": [dict(zip(keys, row, strict=True)) for row in plain]}
        return Download(json.dumps(document, ensure_ascii=False, indent=1).encode(), f"{name}.json", "application/json")
    raise Malformed("web.export", kind, advice="web.export-fix")


def iso(when: datetime) -> str:
    """Date, time to the minute and zone: `2026-11-24 10:41 UTC`."""
    return f"{when.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _plain(cell: Cell) -> str | int | None:
    match cell:
        case Link(text=text) | Tag(text=text):
            return text
        case datetime():
            return cell.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        case Decision():
            return cell.answer.value
        case _:
            return cell


def harmless(cell: str | float | None) -> str | float | None:
    """A cell of a CSV file: one that a spreadsheet would run as a formula begins with an apostrophe (OWASP, CSV injection)."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


Handler = Callable[[PageRequest[N]], Response]
"""A room's page: a plain function (it runs in a thread) or an async one."""
