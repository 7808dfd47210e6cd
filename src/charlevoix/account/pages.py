"""Pages of account: what anybody may read at /public, and the ledger for the office."""

from collections.abc import Mapping
from typing import Any

from charlevoix.account.press import acts_of, file_of, view
from charlevoix.docket import name_of
from charlevoix.errors import Answer, Unknown
from charlevoix.languages.catalogue import Language, text
from charlevoix.ledger.entry import Door
from charlevoix.node import Node, Query
from charlevoix.page import Banner, Cell, Column, Download, Page, PageRequest, Response, Tag, export
from charlevoix.partners.roster import Roster
from charlevoix.shelf import moment, reader

CLEAR, INSIDE = Banner("clear"), Banner("amber+strict")
FILTERS = ("door", "answer", "rule", "act")
SHOWN = 50
"""Entries on one page."""

Asked = PageRequest[Node]


def public(asked: Asked) -> Response:
    """The account as it is now, for anybody."""
    return Page("account/public.html", {"view": view(asked.node.account(), asked.language), "live": True, "files": "/public/"}, CLEAR)


def signed(asked: Asked) -> Response:
    """The signed acts of one publication, as the published directory has them. Raises Unknown."""
    path = f"publications/{asked.parts['name']}"
    told = next((one.value for one in asked.node.account().told if file_of(one.value) == path), None)
    if told is None:
        raise Unknown("publication.not-published", asked.parts["name"])
    return Download(acts_of(told), asked.parts["name"], "application/json")


def ledger(asked: Asked) -> Response:
    """Every passage through a door, with filters in the address; outcomes and rules, never content."""
    wanted, who, language = asked.query.one("as"), reader(asked), asked.language
    where = tuple((name, "=", asked.query.one(name)) for name in FILTERS if asked.query.one(name))
    where = where or (("door", "!=", Door.PADDING.value),)  # it is most of a young log, and tells nothing
    limit, after = (1_000, "") if wanted else (SHOWN, asked.query.one("after"))
    found = asked.node.find(who, Query("entry", where=where, after=after, limit=limit))
    roster = asked.node.partners(who)
    rows = [_cells(row.value, roster, language) for row in found.rows]
    if wanted:
        return export(wanted, "ledger", _columns(language), rows, INSIDE)
    context = {
        "columns": _columns(language),
        "rows": rows,
        "total": found.total,
        "next": found.next,
        "doors": _options("any-door", [d.value for d in Door], "door", language),
        "answers": _options("any", [a.value for a in Answer], "answer", language),
    }
    return Page("account/ledger.html", context, INSIDE)


def _columns(language: Language) -> list[Column]:
    names = ("index", "at", "door", "answer", "rule", "audience", "role-column", "act", "place")
    return [Column(n.removesuffix("-column"), text(f"account.{n}", language), number=n in ("index", "place")) for n in names]


_COLOURS: Mapping[str, str] = {"yes": "green", "redact": "yellow", "no": "red"}


def _cells(row: Mapping[str, Any], roster: Roster, language: Language) -> tuple[Cell, ...]:
    answer = Tag(text(f"answer.{row['answer']}", language), _COLOURS[row["answer"]])
    act, audience, rule = (row["act"] or "")[:16], name_of(roster, row["audience"]), _short(row["rule"])
    roles = ", ".join(text(f"role.{r}", language) for r in row["role"].split(",") if r)
    return (row["index"], moment(row["at"]), text(f"door.{row['door']}", language), answer, rule, audience, roles, act, row["place"])


def _short(rule: str) -> str:
    """A rule, or as much of a manifest's SHA-256 as tells it from others."""
    return f"{rule[:25]}…" if rule.startswith("manifest:") else rule


def _options(otherwise: str, values: list[str], words: str, language: Language) -> list[tuple[str, str]]:
    return [("", text(f"account.{otherwise}", language)), *((v, text(f"{words}.{v}", language)) for v in values)]
