"""Pages of response: the board of measures, one measure with its reviews and decision, and a joint text edited by paragraph."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

from charlevoix.docket import act_named, banner, name_of, said_in
from charlevoix.errors import Malformed, Reason, Refused, Unknown
from charlevoix.languages.catalogue import text
from charlevoix.node import Node, Query
from charlevoix.page import Cell, Column, Fields, Link, Page, PageRequest, Redirect, Response, export
from charlevoix.partners.roster import Roster
from charlevoix.respond import joint_text, measure
from charlevoix.respond.joint_text import JointText, TextCase
from charlevoix.respond.measure import Measure, MeasureCase
from charlevoix.respond.review import NEEDED, GenderTest, LegalTest, Test
from charlevoix.respond.telling import joint_document, measure_document
from charlevoix.safeguards.rights import ARTICLES, PARTS, Balance
from charlevoix.shelf import MIXED, errors, link_to, moment, opened, path_of, phase_tag, reader, who_gets
from charlevoix.stix.identifier import Ref

MEASURE, TEXT = MeasureCase(), TextCase()
BOARD = ("proposed", "in-review", "decided", "done", "refused", "withdrawn")
"""The stations of the board: a measure is in review from its first review on."""

SHOWN = 200
"""Measures on the board, the newest change first."""


# --- the board -----------------------------------------------------------------------------------------------------


def board(asked: PageRequest[Node]) -> Response:
    """Every measure at its station, and the joint texts below."""
    found = asked.node.find(reader(asked), Query("measure", text=asked.query.one("q"), limit=SHOWN))
    columns = tuple(Column(k, text(f"measure.{k}", asked.language)) for k in ("title", "kind", "owner", "reviews", "legal", "rests", "due"))
    stations: dict[str, list[tuple[Cell, ...]]] = {name: [] for name in BOARD}
    for row in found.rows:
        station, cells = _card(asked, Ref(str(row.value["ref"])), row.value)
        stations[station].append(cells)
    if asked.query.one("as"):
        rows = [(text(f"measure.station.{name}", asked.language), *cells) for name, some in stations.items() for cells in some]
        return export(asked.query.one("as"), "measures", (Column("station", text("shelf.state", asked.language)), *columns), rows, MIXED)
    shown = [(name, text(f"measure.station.{name}", asked.language), some) for name, some in stations.items() if some]
    empty = [text(f"measure.station.{name}", asked.language) for name, some in stations.items() if not some]
    context = {
        "stations": shown,
        "empty": empty,
        "columns": columns,
        "total": found.total,
        "shown": len(found.rows),
        "texts": _texts(asked),
    }
    return Page("respond/board.html", context, MIXED)


def _card(asked: PageRequest[Node], ref: Ref, row: Mapping[str, Any]) -> tuple[str, tuple[Cell, ...]]:
    """The station of a measure and its line; what the reader may not read shows its state alone."""
    given = asked.node.state(reader(asked), MEASURE, ref)
    if isinstance(given, Refused):
        return row["phase"] if row["phase"] in BOARD else "withdrawn", (text("measure.closed", asked.language), *[None] * 6)
    state: Measure = given.value
    station = "in-review" if state.phase == "proposed" and state.reviews else state.phase if state.phase in BOARD else "withdrawn"
    passed = f"{len(state.passed)} / {len(NEEDED)}"
    owner = name_of(asked.node.partners(reader(asked)), state.parties.lead if state.parties else None)
    kind = text(f"menu.{state.dish}", asked.language)
    return station, (link_to(ref, state.title), kind, owner, passed, _short(state.legal_basis), _rests(asked, state)[0], state.due)


def _short(words: str) -> str:
    return words if len(words) <= 90 else words[:89].rstrip() + "…"


def _rests(asked: PageRequest[Node], state: Measure) -> tuple[Cell, ...]:
    """The cases that a measure depends on, as links that say by which act."""
    found: list[Cell] = []
    for digest in sorted(state.rests):
        try:
            said = act_named(asked.node, reader(asked), digest.hex())
        except Unknown:
            found.append(text("measure.rests-elsewhere", asked.language))
            continue
        found.append(link_to(said.case, text(f"kind.{said.kind}", asked.language)))
    return tuple(found) or (None,)


def _texts(asked: PageRequest[Node]) -> dict[str, Any]:
    found = asked.node.find(reader(asked), Query("text", limit=SHOWN))
    keys = ("title", "phase", "paragraphs", "reservations", "signatories", "due")
    columns = tuple(Column(k, text(f"column.{k}", asked.language), number=k in keys[2:5]) for k in keys)
    rows = [
        (
            link_to(str(r.value["ref"]), str(r.value["title"])),
            phase_tag("text", str(r.value["phase"]), asked.language),
            *(r.value.get(k) for k in keys[2:5]),
            moment(r.value.get("due")),
        )
        for r in found.rows
    ]
    return {"columns": columns, "rows": rows}


# --- one measure ---------------------------------------------------------------------------------------------------


def one_measure(asked: PageRequest[Node]) -> Response:
    ref, state = opened(asked, MEASURE)
    return _measure(asked, ref, state, Fields(), {})


def _measure(asked: PageRequest[Node], ref: Ref, state: Measure, typed: Fields, bad: Mapping[str, str]) -> Page:
    t, who, roster = asked.language, reader(asked), asked.node.partners(reader(asked))
    mine = [s for s in NEEDED if f"reviewer-{s}" in who.roles and state.phase == "proposed"]
    sort = typed.one("sort") if typed.one("sort") in mine else mine[0] if mine else ""
    told = measure_document(ref, state, roster, t)
    context = {
        "told": told,
        "phase": phase_tag("measure", state.phase, t),
        "kind": text(f"menu.{state.dish}", t),
        "rests": _rests(asked, state),
        "due": state.due,
        "missing": [s for s in NEEDED if s not in {r.sort for r in state.reviews}],
        "asked": _asked,
        "sort": sort,
        "questions": _questions(sort, t),
        "articles": [(str(n), f"{n}. {text(f'rights.article-{n}', t)}") for n in ARTICLES],
        "may_decide": "policy" in who.roles and state.phase == "proposed",
        "may_finish": "policy" in who.roles and state.phase == "decided",
        "acts": _acts(asked, ref, roster),
        "typed": typed,
        "errors": bad,
    }
    crumbs = (Link(text("nav.measures", t), "/measures"),)
    return Page("respond/measure.html", context, banner(state.course, roster), crumbs, who_gets(ref), 422 if bad else 200)


def _asked(sort: str, name: str) -> str:
    """The message key of a question of a test."""
    return f"question.{sort}.{name}"


def _questions(sort: str, language: Any) -> list[tuple[str, str]]:
    """(name, question) of the test that belongs to a sort of review."""
    if sort == "rights":
        return [(name, text(_asked(sort, name), language)) for name in ("untouched", *PARTS)]
    of: type[Any] | None = {"legal": LegalTest, "gender": GenderTest}.get(sort)
    return [(f.name, text(_asked(sort, f.name), language)) for f in fields(of)] if of else []


def _acts(asked: PageRequest[Node], ref: Ref, roster: Roster) -> list[tuple[Any, str, str]]:
    said = said_in(asked.node, reader(asked), ref)
    return [(moment(s.admitted_at), text(f"kind.{s.kind}", asked.language), name_of(roster, s.author)) for s in said]


def review(asked: PageRequest[Node]) -> Response:
    """A review, or the form again with what was typed and every question that has no answer."""
    ref, state = opened(asked, MEASURE)
    form = asked.form
    if form.one("result") not in ("passed", "failed"):
        return _measure(asked, ref, state, form, {"result": text("measure.choose-result", asked.language)})
    test = _test(form)
    outcome = asked.node.do(
        reader(asked), MEASURE, ref, measure.review, measure.ReviewForm(test, form.one("result") == "passed", form.one("conclusion"))
    )
    if isinstance(outcome, Refused):
        sort = form.one("sort")
        at = {f"{sort}.{f.name}": f"answer-{f.name}" for f in fields(test)} | {"conclusion": "conclusion"}
        bad = errors(_by_question(outcome), at | {f"rights.{p}": f"answer-{p}" for p in PARTS}, "conclusion", asked.language)
        return _measure(asked, ref, state, form, bad)
    return Redirect(path_of(ref))


def _by_question(refused: Refused) -> Refused:
    """The parts of a balance test name themselves by their rule: `rights.aim` stands at the question of that name."""
    told = (
        Reason(r.rule, (r.rule,), r.advice) if r.rule in {f"rights.{p}" for p in PARTS} and not r.values else r for r in refused.reasons
    )
    return Refused(tuple(told), refused.entry)


def _test(form: Fields) -> Test:
    """The test of a sort of review as typed. Raises Malformed for a sort that is none."""
    sort = form.one("sort")
    of: type[Any] | None = {"legal": LegalTest, "rights": Balance, "gender": GenderTest}.get(sort)
    if of is None:
        raise Malformed("review.sort", sort[:40], ", ".join(NEEDED))
    answers = {f.name: form.one(f"answer-{f.name}") for f in fields(of) if f.name != "articles"}
    if sort == "rights":
        return Balance(articles=frozenset(int(n) for n in form.all("articles") if n.isdecimal() and len(n) < 4), **answers)
    made: Test = of(**answers)
    return made


def decide(asked: PageRequest[Node]) -> Response:
    """Yes or no with reasons; everything that is lacking is said at once."""
    ref, state = opened(asked, MEASURE)
    if asked.form.one("answer") not in ("yes", "no"):
        return _measure(asked, ref, state, asked.form, {"answer": text("measure.choose-answer", asked.language)})
    form = measure.DecisionForm(asked.form.one("answer") == "yes", asked.form.one("reasons"))
    return _say(asked, ref, state, measure.decide, form, "reasons")


def finish(asked: PageRequest[Node]) -> Response:
    """It was carried out, with this effect."""
    ref, state = opened(asked, MEASURE)
    return _say(asked, ref, state, measure.carry_out, measure.Words(asked.form.one("effect")), "effect")


def _say(asked: PageRequest[Node], ref: Ref, state: Measure, verb: Any, form: Any, field: str) -> Response:
    outcome = asked.node.do(reader(asked), MEASURE, ref, verb, form)
    if isinstance(outcome, Refused):
        return _measure(asked, ref, state, asked.form, errors(outcome, {}, field, asked.language))
    return Redirect(path_of(ref))


# --- a joint text --------------------------------------------------------------------------------------------------


def one_text(asked: PageRequest[Node]) -> Response:
    ref, state = opened(asked, TEXT)
    return _text(asked, ref, state, Fields(), {})


def _text(asked: PageRequest[Node], ref: Ref, state: JointText, typed: Fields, bad: Mapping[str, str]) -> Page:
    t, who, roster = asked.language, reader(asked), asked.node.partners(reader(asked))
    us = asked.node.me
    drafts = "policy" in who.roles and state.phase == "drafting"
    context = {
        "told": joint_document(ref, state, roster),
        "phase": phase_tag("text", state.phase, t),
        "due": state.due,
        "us": name_of(roster, us),
        "next": max((int(p.number) for p in state.paragraphs if p.number.isdecimal()), default=0) + 1,
        "may_word": drafts,
        "may_adopt": drafts and state.parties is not None and state.parties.lead == us,
        "may_sign": "policy" in who.roles and state.phase == "adopted" and us not in state.signatories,
        "acts": _acts(asked, ref, roster),
        "typed": typed,
        "errors": bad,
    }
    crumbs = (Link(text("nav.measures", t), "/measures"),)
    return Page("respond/text.html", context, banner(state.course, roster), crumbs, who_gets(ref), 422 if bad else 200)


def word(asked: PageRequest[Node]) -> Response:
    """A paragraph, or another wording of one."""
    number = asked.form.one("number")
    form = joint_text.ParagraphForm(int(number) if number.isdecimal() and len(number) < 4 else 0, asked.form.one(f"wording-{number}"))
    return _speak(asked, joint_text.word, lambda _: form, f"wording-{number}")


def answer(asked: PageRequest[Node]) -> Response:
    """Agreement with a wording, or a reservation in our own words."""
    number, reserves = asked.form.one("number"), asked.form.one("answer") == "reserve"
    words = asked.form.one(f"reservation-{number}")
    if reserves and not words:
        ref, state = opened(asked, TEXT)
        return _text(asked, ref, state, asked.form, {f"reservation-{number}": text("text.write-reservation", asked.language)})

    def form(state: JointText) -> joint_text.StanceForm:
        """Only the wording that was read is answered: one that came meanwhile is refused as not the newest."""
        named = next((p.act for p in state.paragraphs if p.act.hex() == asked.form.one("wording")), None)
        if named is None:
            raise Malformed("text.wording", asked.form.one("wording")[:16], advice="text.read-newest")
        return joint_text.StanceForm(named, words if reserves else "")

    return _speak(asked, joint_text.answer, form, f"reservation-{number}")


def adopt(asked: PageRequest[Node]) -> Response:
    return _speak(asked, joint_text.adopt, lambda _: None, "adopt")


def sign(asked: PageRequest[Node]) -> Response:
    return _speak(asked, joint_text.sign, lambda _: None, "sign")


def _speak(asked: PageRequest[Node], verb: Any, form: Callable[[JointText], Any], field: str) -> Response:
    ref, state = opened(asked, TEXT)
    outcome = asked.node.do(reader(asked), TEXT, ref, verb, form(state))
    if isinstance(outcome, Refused):
        named = Refused(tuple(_with_names(asked, r) for r in outcome.reasons), outcome.entry)
        return _text(asked, ref, state, asked.form, errors(named, {}, field, asked.language))
    return Redirect(path_of(ref))


def _with_names(asked: PageRequest[Node], reason: Reason) -> Reason:
    """The same reason, with organisations by their names."""
    roster = asked.node.partners(reader(asked))
    return Reason(reason.rule, tuple(name_of(roster, v) for v in reason.values), reason.advice)
