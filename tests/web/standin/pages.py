"""Pages of the stand-in room: a gallery of every component, notes, and what can go wrong."""

import time
from datetime import UTC, datetime

from charlevoix.errors import Answer, Reason, Unknown
from charlevoix.page import (
    UNMARKED,
    Banner,
    Cell,
    Column,
    Download,
    Fields,
    Link,
    Page,
    PageRequest,
    Redirect,
    Response,
    Tag,
    export,
)
from charlevoix.safeguards.decision import Decision
from charlevoix.stix.identifier import Property
from web.standin.house import Desk

AMBER = Banner("amber", ("Demo A", "Demo B"), (Reason("gallery.marked-by", ("Demo A",)),))
COLUMNS = (
    Column("name", "Name", sorts=True),
    Column("state", "State"),
    Column("seen", "First seen", sorts=True),
    Column("evidence", "Evidence", number=True, sorts=True),
    Column("to-b", "To Demo B"),
)
YES = Decision(Answer.YES, (Reason("gallery.listed", ("Demo B",)),))
REDACT = Decision(Answer.REDACT, (Reason("gallery.redacted", ()),), frozenset({Property("x_source")}))
NO = Decision(Answer.NO, (Reason("gallery.not-listed", ("Demo C",)),), until=datetime(2026, 12, 1, tzinfo=UTC))
ROWS: tuple[tuple[Cell, ...], ...] = (
    (Link("news-site.example", "/notes"), Tag("listed", "blue"), datetime(2026, 11, 20, 9, 30, tzinfo=UTC), 1204, YES),
    (Link("a-very-long-look-alike-of-a-news-site.example", "/notes"), Tag("new", "orange"), None, 7, REDACT),
    ("=cmd()", Tag("excluded"), datetime(2026, 11, 22, 18, 5, tzinfo=UTC), 0, NO),
)


async def gallery(asked: PageRequest[Desk]) -> Response:
    kind = asked.query.one("as")
    if kind:
        return export(kind, "gallery", COLUMNS, ROWS, AMBER)
    context = {
        "columns": COLUMNS,
        "rows": ROWS,
        "sort": asked.query.one("sort", "-seen"),
        "fields": asked.query,
        "decisions": (YES, REDACT, NO),
        "moments": (
            (datetime(2026, 11, 20, 9, 30, tzinfo=UTC), "Reported by Demo A", "3 objects"),
            (datetime(2026, 11, 21, 7, 2, tzinfo=UTC), Link("Shared with Demo B", "/notes")),
        ),
    }
    return Page("standin/gallery.html", context, AMBER, crumbs=(Link("Notes", "/notes"),), explain="/notes")


def notes(asked: PageRequest[Desk]) -> Response:
    return Page("standin/notes.html", {"notes": tuple(asked.node.notes)}, Banner("green"))


def blank(asked: PageRequest[Desk]) -> Response:
    return Page("standin/new.html", {"typed": Fields(), "errors": {}}, UNMARKED)


def write(asked: PageRequest[Desk]) -> Response:
    if not asked.form.one("text"):
        return Page("standin/new.html", {"typed": asked.form, "errors": {"text": "Write a sentence."}}, UNMARKED, status=422)
    asked.node.notes.append(asked.form.one("text"))
    return Redirect("/notes")


def file(asked: PageRequest[Desk]) -> Response:
    return Download(asked.uploads["file"].raw, asked.uploads["file"].name, "text/html")


def slow(asked: PageRequest[Desk]) -> Response:
    time.sleep(4)
    return Redirect("/")


def broken(asked: PageRequest[Desk]) -> Response:
    raise RuntimeError("the secret of the trace")


def unknown(asked: PageRequest[Desk]) -> Response:
    raise Unknown("case.none", "incident--0")


def away(asked: PageRequest[Desk]) -> Response:
    return Redirect("//elsewhere.example/")
