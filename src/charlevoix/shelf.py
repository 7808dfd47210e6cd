"""A shelf: the cases of one kind as a page lists them, with filters in the address, sorting, paging and the list as a file."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from charlevoix.cases.case import Case
from charlevoix.docket import case_named, phase_word
from charlevoix.errors import Malformed, Reason, Refused, Unknown
from charlevoix.languages.catalogue import Language, say, text
from charlevoix.node import Node, Query
from charlevoix.page import Banner, Cell, Column, Download, Link, PageRequest, Tag, export
from charlevoix.safeguards.grounds import Actor
from charlevoix.stix.identifier import Ref

MIXED = Banner("amber+strict", (), (Reason("shelf.mixed"),))
"""The marking of a list: it shows titles of cases that are marked differently, so it stays in the house."""

_PATHS: Mapping[str, str] = {
    "report": "/triage",
    "incident": "/incidents",
    "attribution": "/attributions",
    "measure": "/measures",
    "text": "/texts",
    "brief": "/briefs",
}

SHOWN = 50
"""Cases on one page of a list."""


def path_of(case: Ref | str) -> str:
    """The page of a case; empty where its kind has none."""
    root = _PATHS.get(case.partition("--")[0], "")
    return f"{root}/{case}" if root else ""


def link_to(case: Ref | str, words: str) -> Cell:
    """A link to a case, or its words alone where it has no page."""
    path = path_of(case)
    return Link(words or case, path) if path else words or case


def who_gets(case: Ref | str) -> str:
    """The page that says who gets what of a case, and why."""
    return f"/share/{case}"


def reader(asked: PageRequest[Node]) -> Actor:
    """Who reads. Raises Malformed for the public: the gate lets nobody else so far."""
    if asked.who is None:
        raise Malformed("shelf.nobody")
    return asked.who


def opened(asked: PageRequest[Node], case: Case[Any]) -> tuple[Ref, Any]:
    """The case that the address names, as this reader may see it. Raises Unknown where there is none, or the reader may not read it."""
    ref = case_named(asked.node, reader(asked), case.kind, asked.parts["ref"])
    given = asked.node.state(reader(asked), case, ref)
    if isinstance(given, Refused):
        raise Unknown(given.reasons[0].rule, *given.reasons[0].values, advice=given.reasons[0].advice)
    return ref, given.value


@dataclass(frozen=True, slots=True)
class Shelf:
    """One page of a list, as `c.filters`, `c.table` and `c.pagination` take it."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: int
    next: str
    sort: str
    phases: tuple[tuple[str, str], ...]  # (value, word) for the filter


def shelf(
    asked: PageRequest[Node],
    kind: str,
    phases: Sequence[str],
    columns: Sequence[Column],
    cells: Callable[[Mapping[str, Any]], tuple[Cell, ...]],
    more: Sequence[tuple[str, str, str | int]] = (),
    words: str = "",
) -> Shelf | Download:
    """The list of a kind of case, or the file of it that `?as=csv` asks for. Raises Malformed for a sort or a cursor that is none.

    `more`: what a row must be beside the state that the address names; `words`: what its text must hold beside what was typed.
    """
    wanted, phase, sort = asked.query.one("as"), asked.query.one("phase"), asked.query.one("sort", "-changed_at")
    where = (*((("phase", "=", phase),) if phase else ()), *more)
    limit, after = (1_000, "") if wanted else (SHOWN, asked.query.one("after"))
    query = Query(kind, where=where, text=f"{words} {asked.query.one('q')}".strip(), sort=sort, after=after, limit=limit)
    found = asked.node.find(reader(asked), query)
    rows = tuple(cells(row.value) for row in found.rows)
    if wanted:
        return export(wanted, f"{kind}s", columns, rows, MIXED)
    choices = (("", text("shelf.any", asked.language)), *((p, phase_word(kind, p, asked.language)) for p in phases))
    return Shelf(tuple(columns), rows, found.total, found.next, sort, choices)


def moment(value: object) -> datetime | None:
    """The time of a row, or None where it has none."""
    return datetime.fromisoformat(value) if isinstance(value, str) and value else None


def phase_tag(kind: str, phase: str, language: Language) -> Tag:
    return Tag(phase_word(kind, phase, language), _COLOURS.get(phase, "grey"))


_COLOURS: Mapping[str, str] = {
    "open": "blue", "drafting": "blue", "asked": "blue", "proposed": "blue", "silence": "yellow", "heard": "yellow",
    "suspected": "yellow", "reviewed": "green", "excluded": "grey", "closed": "grey", "arriving": "blue", "received": "yellow",
    "claimed": "blue", "linked": "green", "rejected": "grey", "found": "green", "decided": "green", "adopted": "green", "delivered": "green", "done": "green", "refused": "orange",
}  # fmt: skip


# --- forms that come back ------------------------------------------------------------------------------------------


def errors(refused: Refused, fields: Mapping[str, str], otherwise: str, language: Language) -> dict[str, str]:
    """The sentences of a refusal by the field they stand at. `fields`: the value that a reason names -> field; all others at `otherwise`."""
    found: dict[str, list[str]] = {}
    for reason in refused.reasons:
        name = fields.get(reason.values[0], otherwise) if reason.values else otherwise
        found.setdefault(name, []).append(say(reason, language))
    return {name: " ".join(sentences) for name, sentences in found.items()}
