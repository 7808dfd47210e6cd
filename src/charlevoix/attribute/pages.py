"""Pages of attribution: the list, and the room of one attribution on any day."""

from collections.abc import Mapping
from datetime import UTC, date
from typing import Any

from charlevoix.attribute import contribution, finding
from charlevoix.attribute.attribution import Attribution, AttributionCase, room_on
from charlevoix.attribute.overview import Overview, overview
from charlevoix.attribute.position import RESPONSIBILITY, STANCES, PositionForm
from charlevoix.attribute.telling import document, hypothesis_name, robust
from charlevoix.cases.form import digests
from charlevoix.docket import banner, name_of, said_in
from charlevoix.errors import Malformed, Refused
from charlevoix.languages.catalogue import Language, say, text
from charlevoix.node import Node
from charlevoix.page import Banner, Cell, Column, Download, Fields, Link, Page, PageRequest, Redirect, Response
from charlevoix.shelf import MIXED, errors, link_to, moment, opened, path_of, phase_tag, reader, shelf, who_gets
from charlevoix.stix.identifier import Ref

CASE = AttributionCase()
PHASES = ("open", "drafting", "silence", "heard", "found", "not-found", "withdrawn")
DAYS = 6
"""Days on which the room changed that are offered as links."""


def attributions(asked: PageRequest[Node]) -> Response:
    """All attributions, with filters in the address."""
    t, roster = asked.language, asked.node.partners(reader(asked))
    columns = (
        Column("title", text("column.title", t), sorts=True),
        Column("phase", text("column.phase", t), sorts=True),
        Column("lead", text("column.lead", t)),
        Column("hypotheses", text("column.hypotheses", t), number=True),
        Column("evidence", text("column.evidence", t), number=True),
        Column("positions", text("column.positions", t), number=True),
        Column("dissent", text("column.dissent", t), number=True),
        Column("due", text("column.due", t)),
        Column("changed_at", text("column.changed", t), sorts=True),
    )

    def cells(row: Mapping[str, Any]) -> tuple[Cell, ...]:
        counts = tuple(row.get(k) for k in ("hypotheses", "evidence", "positions", "dissent"))
        tag, lead = phase_tag("attribution", row["phase"], t), name_of(roster, row.get("lead"))
        return (link_to(row["ref"], row["title"]), tag, lead, *counts, moment(row.get("due")), moment(row["changed_at"]))

    found = shelf(asked, "attribution", PHASES, columns, cells)
    return found if isinstance(found, Download) else Page("attribute/attributions.html", {"shelf": found}, MIXED)


def attribution(asked: PageRequest[Node]) -> Response:
    """One attribution; `?on=2024-09-05` shows the room as it stood at the end of that day (UTC)."""
    ref, state = _state(asked)
    return _room(asked, ref, state, Fields(), {})


def _state(asked: PageRequest[Node]) -> tuple[Ref, Attribution]:
    return opened(asked, CASE)


def _room(asked: PageRequest[Node], ref: Ref, state: Attribution, typed: Fields, bad: Mapping[str, str]) -> Page:
    who, roster = reader(asked), asked.node.partners(reader(asked))
    day, view = _day(asked), overview(state)
    told = document(ref, state, view, room_on(state, day), roster, asked.language)
    mine = [p for p in state.said if p.party == asked.node.me and p.public and p.act not in state.endorsed]
    context = {
        "told": told,
        "phase": phase_tag("attribution", state.phase, asked.language),
        "robust": robust(told, asked.language) if view.lead else "",
        "reasons": [say(r, asked.language) for r in view.confident.reasons] if view.confident else [],
        "incident": link_to(state.incident, text("attribution.the-incident", asked.language)) if state.incident else None,
        "due": {"positions": state.positions_due, "silence": state.silence_due},
        "day": day.isoformat(),
        "days": _days(state),
        "today": asked.now.date().isoformat(),
        "acts": [(moment(s.admitted_at), text(f"kind.{s.kind}", asked.language), name_of(roster, s.author)) for s in said_in(asked.node, who, ref)],
        "endorse": mine[-1] if mine and "policy" in who.roles else None,
        "may_hold": "policy" in who.roles and state.phase not in ("withdrawn", "none"),
        "may_object": "policy" in who.roles and state.phase == "silence",
        "typed": typed,
        "errors": bad,
    }  # fmt: skip
    crumbs = (Link(text("nav.attributions", asked.language), "/attributions"),)
    return Page("attribute/attribution.html", context, banner(state.course, roster), crumbs, who_gets(ref), 422 if bad else 200)


def _day(asked: PageRequest[Node]) -> date:
    wanted = asked.query.one("on")
    try:
        return date.fromisoformat(wanted) if wanted else asked.now.astimezone(UTC).date()
    except ValueError:
        raise Malformed("attribution.day", wanted[:40], advice="attribution.write-day") from None


def _days(state: Attribution) -> list[str]:
    """The days on which somebody said something, the last ones, oldest first: the room differs between any two of them."""
    held = {p.valid_from.astimezone(UTC).date() for p in state.said if p.valid_from}
    said = {t.published for t in state.transcribed if t.published}
    every = sorted(held | said)
    return [d.isoformat() for d in ([every[0], *every[1:][-(DAYS - 1) :]] if every else [])]


# --- forms ---------------------------------------------------------------------------------------------------------


def position(asked: PageRequest[Node]) -> Response:
    """The form on which we take a position."""
    ref, state = _state(asked)
    return _position_form(asked, ref, state, Fields(), {})


def take_position(asked: PageRequest[Node]) -> Response:
    """Takes it, or shows the form again with what was typed."""
    ref, state = _state(asked)
    form = _typed_position(asked.form)
    outcome = asked.node.do(reader(asked), CASE, ref, contribution.take_position, contribution.Holding(form))
    if isinstance(outcome, Refused):
        at = {name: name for name in ("words", "technical", "political")} | {form.responsibility: "rung", form.stance: "stance"}
        bad = errors(outcome, at | {str(form.lowest): "lowest", str(form.hypothesis): "hypothesis"}, "considered", asked.language)
        return _position_form(asked, ref, state, asked.form, bad)
    return Redirect(path_of(ref))


def _typed_position(form: Fields) -> PositionForm:
    return PositionForm(
        Ref(form.one("hypothesis")),
        form.one("stance"),
        _whole(form.one("lowest")),
        _whole(form.one("highest")),
        form.one("words"),
        form.one("technical"),
        form.one("political"),
        form.one("rung"),
        form.one("legal"),
        tuple(line.strip() for line in form.one("caveats").splitlines() if line.strip()),
        tuple(Ref(r) for r in form.all("considered") if r != "own"),
        "own" in form.all("considered"),
        form.one("public") == "yes",
    )


def _whole(typed: str) -> int:
    """A whole number, or -1, which no range holds."""
    return int(typed) if typed.isdecimal() and len(typed) < 4 else -1


def _position_form(asked: PageRequest[Node], ref: Ref, state: Attribution, typed: Fields, bad: Mapping[str, str]) -> Page:
    t: Language = asked.language
    view: Overview = overview(state)
    context = {
        "ref": ref,
        "title": state.title,
        "hypotheses": [(s.hypothesis.ref, hypothesis_name(s, t)) for s in view.standings],
        "stances": [(s, text(f"stance.{s}", t)) for s in STANCES],
        "rungs": [("", text("attribution.no-rung", t)), *((r, text(f"rung.{r}", t)) for r in RESPONSIBILITY)],
        "items": [*((i.ref, i.name) for i in state.grid.items), ("own", text("attribution.own-evidence", t))],
        "typed": typed,
        "errors": bad,
    }
    crumbs = (Link(text("nav.attributions", t), "/attributions"), Link(state.title, path_of(ref)))
    marking: Banner = banner(state.course, asked.node.partners(reader(asked)))
    return Page("attribute/position.html", context, marking, crumbs, status=422 if bad else 200)


def endorse(asked: PageRequest[Node]) -> Response:
    """The second person of a public position of ours."""
    ref, state = _state(asked)
    named = digests([asked.form.one("position")])
    if not named:
        raise Malformed("attribution.nothing-public", advice="attribution.take-public")
    outcome = asked.node.do(reader(asked), CASE, ref, contribution.endorse, contribution.Endorsing(named[0]))
    if isinstance(outcome, Refused):
        return _room(asked, ref, state, asked.form, errors(outcome, {}, "endorse", asked.language))
    return Redirect(path_of(ref))


def objection(asked: PageRequest[Node]) -> Response:
    """An objection within the silence."""
    ref, state = _state(asked)
    outcome = asked.node.do(reader(asked), CASE, ref, finding.object_to, finding.Words(asked.form.one("objection")))
    if isinstance(outcome, Refused):
        return _room(asked, ref, state, asked.form, errors(outcome, {}, "objection", asked.language))
    return Redirect(path_of(ref))
