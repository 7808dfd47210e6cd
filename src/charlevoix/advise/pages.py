"""Pages of advice: the list, and one brief as its reader may see it, to read, to print, to clear and to take along."""

from collections.abc import Mapping
from typing import Any

from charlevoix.acts.act import Digest
from charlevoix.advise import drafting
from charlevoix.advise.printing import printed
from charlevoix.advise.reading import CASE, Reading, read_brief
from charlevoix.advise.timetable import timetable
from charlevoix.docket import case_named, name_of, said_in
from charlevoix.errors import Malformed, Refused, Unknown
from charlevoix.languages.catalogue import text
from charlevoix.node import Node
from charlevoix.page import Cell, Column, Download, Fields, Link, Page, PageRequest, Redirect, Response, Tag
from charlevoix.shelf import MIXED, errors, link_to, moment, path_of, phase_tag, reader, shelf, who_gets
from charlevoix.stix.identifier import Ref

PHASES = ("asked", "drafting", "delivered", "withdrawn")


def briefs(asked: PageRequest[Node]) -> Response:
    """All briefs, with filters in the address."""
    t = asked.language
    columns = (
        Column("title", text("column.title", t), sorts=True),
        Column("phase", text("column.phase", t), sorts=True),
        Column("version", text("column.version", t), number=True),
        Column("cleared", text("brief.cleared-count", t), number=True),
        Column("not_cleared", text("brief.not-cleared-count", t), number=True),
        Column("due_at", text("brief.due", t), sorts=True),
        Column("changed_at", text("column.changed", t), sorts=True),
    )

    def cells(row: Mapping[str, Any]) -> tuple[Cell, ...]:
        counts = tuple(row.get(k) for k in ("version", "cleared", "not_cleared"))
        tag = phase_tag("brief", row["phase"], t)
        return (link_to(row["ref"], row["title"]), tag, *counts, moment(row.get("due")), moment(row["changed_at"]))

    found = shelf(asked, "brief", PHASES, columns, cells)
    return found if isinstance(found, Download) else Page("advise/briefs.html", {"shelf": found}, MIXED)


def brief(asked: PageRequest[Node]) -> Response:
    ref, given = _reading(asked)
    return _brief(asked, ref, given, Fields(), {})


def _reading(asked: PageRequest[Node]) -> tuple[Ref, Reading]:
    """The brief that the address names, for this reader. Raises Unknown where there is none, or they may not read it."""
    ref = case_named(asked.node, reader(asked), "brief", asked.parts["ref"])
    given = read_brief(asked.node, reader(asked), ref, asked.language)
    if isinstance(given, Refused):
        raise Unknown(given.reasons[0].rule, *given.reasons[0].values, advice=given.reasons[0].advice)
    return ref, given


def _brief(asked: PageRequest[Node], ref: Ref, given: Reading, typed: Fields, bad: Mapping[str, str]) -> Page:
    t, who, roster, brief_ = asked.language, reader(asked), asked.node.partners(reader(asked)), given.brief
    numbers = {s.act.hex(): n for n, s in enumerate(given.acts, 1)}
    waits = brief_.phase in ("asked", "drafting")
    newest = brief_.version
    context = {
        "ref": ref,
        "title": brief_.title,
        "brief": brief_,
        "page": given.page,
        "around": given.around,
        "lead": name_of(roster, brief_.parties.lead if brief_.parties else None),
        "phase": phase_tag("brief", brief_.phase, t),
        "numbers": numbers,
        "acts": [(numbers[s.act.hex()], link_to(s.case, text(f"kind.{s.kind}", t)), name_of(roster, s.author), s.admitted_at[:10], s.act.hex()[:16]) for s in given.acts],
        "steps": [_step(s.name, s.begins, s.ends, s.late, t) for s in timetable(brief_.due, asked.now)] if waits and brief_.due else [],
        "may_clear": "policy" in who.roles and newest is not None and asked.node.me in brief_.not_cleared and brief_.phase in ("drafting", "delivered"),
        "version": newest.act.hex() if newest else "",
        "history": [(moment(s.admitted_at), text(f"kind.{s.kind}", t), name_of(roster, s.author)) for s in said_in(asked.node, who, ref)],
        "typed": typed,
        "errors": bad,
    }  # fmt: skip
    crumbs = (Link(text("nav.briefs", t), "/briefs"),)
    return Page("advise/brief.html", context, given.around.banner, crumbs, who_gets(ref), 422 if bad else 200)


def _step(name: str, begins: Any, ends: Any, late: bool, language: Any) -> tuple[Cell, ...]:
    return text(f"step.{name}", language), begins, ends, Tag(text("brief.late", language), "orange") if late else None


def clear(asked: PageRequest[Node]) -> Response:
    """Clears the version that was read, with or without a footnote; a newer one that came meanwhile is not cleared by mistake."""
    ref, given = _reading(asked)
    typed = asked.form.one("version")
    if len(typed) != 64 or not set(typed) <= set("0123456789abcdef"):
        raise Malformed("brief.old-version", advice="brief.read-newest")
    form = drafting.ClearForm(Digest(bytes.fromhex(typed)), asked.form.one("footnote"))
    outcome = asked.node.do(reader(asked), CASE, ref, drafting.clear, form)
    if isinstance(outcome, Refused):
        return _brief(asked, ref, given, asked.form, errors(outcome, {}, "footnote", asked.language))
    return Redirect(path_of(ref))


def file(asked: PageRequest[Node]) -> Response:
    """The two pages as one file that needs nothing else, in the language of the page, with only what this reader may see."""
    ref, given = _reading(asked)
    if given.page is None:
        raise Malformed("brief.no-version", advice="brief.draft-first")
    raw = printed(given.page, asked.language, given.around).encode()
    return Download(raw, f"{ref[:14]}-{asked.language}.html", "text/html; charset=utf-8")
