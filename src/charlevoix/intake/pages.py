"""Pages of intake: what waits today, the triage of what came in, one report with all that became of it, and the quarantine."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec

from charlevoix.cases.case import Row
from charlevoix.docket import banner_of, minute, name_of, said_in
from charlevoix.errors import CharlevoixError, Reason, Refused, Unknown
from charlevoix.intake import delivery, report
from charlevoix.intake.report import Report, ReportCase
from charlevoix.intake.telling import (
    clashes,
    label_of,
    publisher_name,
    publisher_of_row,
    quality_lines,
    reasons_of,
    value_words,
)
from charlevoix.languages.catalogue import Language, say, text
from charlevoix.node import Listing, Node, Query
from charlevoix.page import UNMARKED, Banner, Cell, Column, Fields, Link, Page, PageRequest, Redirect, Response, Tag, export
from charlevoix.partners.people import held
from charlevoix.partners.roster import Roster
from charlevoix.safeguards.passage import Released
from charlevoix.shelf import MIXED, link_to, moment, opened, path_of, phase_tag, reader, shelf
from charlevoix.stix.identifier import Ref
from charlevoix.stix.marking import LEVELS
from charlevoix.threats.technique_use import used

REPORT = ReportCase()
PHASES = ("arriving", "received", "claimed", "linked", "rejected")
ROWS, CLASHES = 50, 5
EXPORTED = 100_000
"""Objects of a report in one file."""

WAITING, NEW = 100, 50
SPANS = (("1", "today.span-day"), ("7", "today.span-week"), ("30", "today.span-month"))

Asked = PageRequest[Node]
_decode: Any = msgspec.json.Decoder().decode


# --- today ---------------------------------------------------------------------------------------------------------


def today(asked: Asked) -> Response:
    """What waits for whom and until when, what is new, and what partners have not confirmed."""
    who, t = reader(asked), asked.language
    roster = asked.node.partners(who)
    waiting = asked.node.find(who, Query("", where=(("due_at", ">", ""),), sort="due_at", limit=WAITING)).rows
    mine: list[tuple[Cell, ...]] = []
    others: list[tuple[Cell, ...]] = []
    for row in (r.value for r in waiting):
        (mine if _is_mine(row, asked) else others).append(_waiting(row, asked, roster))
    days = asked.query.one("days", "1")
    span = int(days) if days in dict(SPANS) else 1
    since = (asked.now - timedelta(days=span)).isoformat()
    new = asked.node.find(who, Query("", where=(("changed_at", ">", since),), limit=NEW))
    shown = [r.value for r in new.rows if r.value["kind"] not in ("roster", "exchange")]
    received = asked.node.find(who, Query("report", where=(("phase", "=", "received"),), sort="opened_at", limit=5))
    context = {
        "columns": _columns(("what", "case", "whom", "due"), "today", t),
        "mine": mine,
        "others": others,
        "new_columns": _columns(("time", "source", "marking", "title", "kind", "state"), "today", t),
        "new": [_new(row, roster, t) for row in shown],
        "more": bool(new.next),
        "days": str(span),
        "spans": [(value, text(key, t)) for value, key in SPANS],
        "received": received.total,
        "oldest": [link_to(str(r.value["ref"]), str(r.value["title"])) for r in received.rows],
        "held": asked.node.find(who, Query("quarantine", limit=1)).total,
        "silent_columns": _columns(("partner", "offered", "receipts", "unanswered"), "today", t, numbers=3),
        "silent": _silent(asked, roster),
    }
    return Page("intake/today.html", context, MIXED)


def _is_mine(row: Mapping[str, Any], asked: Asked) -> bool:
    """Does it wait for a role of mine? What waits for our organisation as a whole waits for everybody here."""
    whom = str(row.get("due_whom") or "")
    return whom == asked.node.me or whom in held(reader(asked).roles)


def _waiting(row: Mapping[str, Any], asked: Asked, roster: Roster) -> tuple[Cell, ...]:
    t, whom = asked.language, str(row.get("due_whom") or "")
    due = moment(row.get("due_at"))
    who = name_of(roster, whom) if whom.startswith("identity--") else text(f"role.{whom}", t)
    case = link_to(str(row["ref"]), str(row.get("title") or text("today.closed-to-you", t)))
    return text(f"{row.get('due_what')}", t), case, who, _remaining(due, asked.now, t)


def _remaining(due: datetime | None, now: datetime, language: Language) -> Cell:
    """How long there is: overdue in red, the last day in orange; always with the time itself."""
    if due is None:
        return None
    hours = (due - now).total_seconds() / 3600
    when = minute(due.isoformat())
    if hours < 0:
        return Tag(text("today.overdue", language, when), "red")
    left = text("today.hours", language, int(hours)) if hours < 48 else text("today.days", language, int(hours // 24))
    return Tag(f"{left}: {when}", "orange") if hours < 24 else f"{left}: {when}"


def _new(row: Mapping[str, Any], roster: Roster, language: Language) -> tuple[Cell, ...]:
    kind = str(row["kind"])
    source = publisher_of_row(row, roster) if kind == "report" else name_of(roster, str(row.get("author") or row.get("lead") or ""))
    marked = text(f"tlp.{row['tlp']}", language) if row.get("tlp") else None
    title = link_to(str(row["ref"]), str(row.get("title") or text("today.closed-to-you", language)))
    state = phase_tag(kind, str(row["phase"]), language)
    return moment(row["changed_at"]), source, marked, title, text(f"today.kind-{kind}", language), state


def _silent(asked: Asked, roster: Roster) -> list[tuple[Cell, ...]]:
    """Partners from whom a receipt or an answer to a recall is still awaited."""
    rows = [r.value for r in asked.node.find(reader(asked), Query("exchange", limit=1_000)).rows]
    late = [r for r in rows if int(r.get("offered") or 0) > int(r.get("receipts") or 0) or int(r.get("unanswered") or 0)]
    found: list[tuple[Cell, ...]] = []
    for r in late:
        names = [name_of(roster, p) for p in str(r["title"]).split(", ") if p != asked.node.me]
        found.append((Link(", ".join(names) or "-", "/partners"), r.get("offered"), r.get("receipts"), r.get("unanswered")))
    return found


# --- triage --------------------------------------------------------------------------------------------------------


def triage(asked: Asked) -> Response:
    """What came in: filters stand in the address; a file is taken in below."""
    return _triage(asked, Fields(), {})


def _triage(asked: Asked, typed: Fields, errors: Mapping[str, str]) -> Response:
    t, who = asked.language, reader(asked)
    roster = asked.node.partners(who)
    keys = ("title", "phase", "publisher", "grade", "objects", "conflict", "quarantined", "opened_at")
    numbers, sorts = ("objects", "conflict", "quarantined"), ("title", "phase", "opened_at")
    columns = [Column(k, text(f"triage.{k}", t), number=k in numbers, sorts=k in sorts) for k in keys]

    def cells(row: Mapping[str, Any]) -> tuple[Cell, ...]:
        counts = [row.get(k) or 0 for k in numbers]
        title = link_to(str(row["ref"]), str(row["title"]))
        return (
            title,
            phase_tag("report", str(row["phase"]), t),
            publisher_of_row(row, roster),
            row.get("grade"),
            *counts,
            moment(row["opened_at"]),
        )

    found = shelf(asked, "report", PHASES, columns, cells)
    if not hasattr(found, "rows"):
        return found
    context = {
        "shelf": found,
        "held": asked.node.find(who, Query("quarantine", limit=1)).total,
        "may_import": bool(held(who.roles) & {"analyst", "contributor"}),
        "levels": [(level, text(f"triage.level-{level}", t)) for level in reversed(LEVELS)],
        "typed": typed,
        "errors": errors,
    }
    return Page("intake/triage.html", context, MIXED, status=422 if errors else 200)


def take_in(asked: Asked) -> Response:
    """A file through the door. What was typed comes back when it can't be read; the file has to be chosen again."""
    form, upload = asked.form, asked.uploads.get("file")
    if upload is None or not upload.raw:
        return _triage(asked, form, {"file": text("triage.choose-file", asked.language)})
    if form.one("marking") not in LEVELS:
        return _triage(asked, form, {"marking": text("report.choose-marking", asked.language)})
    labels = delivery.Labels(
        upload.name.replace("\\", "/").rpartition("/")[2][:200] or "file",
        form.one("title"),
        form.one("publisher"),
        form.one("marking"),
        form.one("grade") or "F6",
    )
    try:
        came = delivery.deliver(asked.node, reader(asked), upload.raw, delivery.look(upload.raw), labels)
    except CharlevoixError as error:
        return _triage(asked, form, {"file": say(error.reason, asked.language)})
    if isinstance(came, Refused):
        return _triage(asked, form, _at_fields(came, asked.language))
    return Redirect(path_of(came.report))


def _at_fields(refused: Refused, language: Language) -> dict[str, str]:
    found: dict[str, str] = {}
    for reason in refused.reasons:
        field = {"report.title": "title", "report.publisher": "publisher", "report.grade": "grade", "report.marking": "marking"}.get(
            reason.rule, "file"
        )
        found[field] = f"{found.get(field, '')} {say(reason, language)}".strip()
    return found


# --- one report ----------------------------------------------------------------------------------------------------


def one_report(asked: Asked) -> Response:
    ref, state = opened(asked, REPORT)
    return _report(asked, ref, state, Fields(), {})


def _report(asked: Asked, ref: Ref, state: Report, typed: Fields, errors: Mapping[str, str]) -> Response:
    t, who = asked.language, reader(asked)
    roster = asked.node.partners(who)
    wanted, whole = asked.query.one("type"), bool(asked.query.one("as"))
    found = _material(asked, ref, wanted, "" if whole else asked.query.one("after"), 1_000 if whole else ROWS)
    page = [r.value for r in found.rows]
    while whole and found.next and len(page) < EXPORTED:
        found = _material(asked, ref, wanted, found.next, 1_000)
        page += [r.value for r in found.rows]
    bodies = {str(r["ref"]): _decode(str(r["body"])) for r in page}
    types = [
        (str(r.value["type"]), r.value["count"]) for r in asked.node.find(who, Query("material-type", where=(("case", "=", ref),))).rows
    ]
    columns = _columns(("object", "type", "state", "id"), "triage", t)
    ends = _bodies(asked, sorted({str(b[k]) for b in bodies.values() for k in ("source_ref", "target_ref") if k in b} - bodies.keys()))
    cells = [_object(r, bodies, ends, frozenset(state.conflicts), t) for r in page]
    patterns = [_decode(str(r.value["body"])) for r in _material(asked, ref, "attack-pattern", "", 1_000).rows]
    marks = [_decode(str(r.value["body"])) for r in _material(asked, ref, "marking-definition", "", 1_000).rows]
    strictest = _banner(state, [*bodies.values(), *marks], roster)
    if asked.query.one("as"):
        return export(asked.query.one("as"), f"report-{ref[8:16]}", columns, cells, strictest)
    columns, cells = columns[:-1], [c[:-1] for c in cells]  # ids are for files, not for eyes
    mine = held(who.roles)
    context = {
        "ref": ref,
        "state": state,
        "phase": phase_tag("report", state.course.phase, t),
        "publisher": publisher_name(state, roster),
        "incidents": tuple(_incident_link(asked, i) for i in sorted(state.incidents)) or (None,),
        "outcomes": [(Tag(text(f"outcome.{name}", t), _OUTCOMES[name]), n) for name, n in state.outcomes.items()],
        "quality": quality_lines(state.figures, t),
        "technique_columns": _columns(("number", "status", "name"), "technique", t),
        "techniques": [
            (u.number or "-", Tag(text(f"technique.{u.status.value}", t), _STATUS[u.status.value]), " / ".join(u.names))
            for u in used(patterns)
        ],
        "clashes": [(c, [_clash(pair, t) for pair in clashes(asked.node, who, c)]) for c in state.conflicts[:CLASHES]],
        "clash_columns": _columns(("property", "one", "other"), "conflict", t),
        "more_clashes": max(0, len(state.conflicts) - CLASHES),
        "columns": columns,
        "rows": cells,
        "total": found.total,
        "next": found.next,
        "types": [("", text("shelf.any", t)), *((name, f"{name} ({n})") for name, n in types)],
        "held": _held_of(asked, ref),
        "may_claim": "analyst" in mine and state.course.phase in ("arriving", "received", "claimed", "rejected"),
        "may_reject": "analyst" in mine and state.course.phase in ("arriving", "received", "claimed"),
        "may_open": "analyst" in mine and state.course.phase in ("received", "claimed", "linked"),
        "acts": [(moment(s.admitted_at), text(f"kind.{s.kind}", t), name_of(roster, s.author)) for s in said_in(asked.node, who, ref)],
        "typed": typed,
        "errors": errors,
    }
    crumbs = (Link(text("nav.triage", t), "/triage"),)
    return Page("intake/report.html", context, strictest, crumbs, status=422 if errors else 200)


_OUTCOMES: Mapping[str, str] = {
    "accepted": "green", "repaired": "yellow", "known": "blue", "conflict": "magenta", "quarantined": "red", "refused": "red",
}  # fmt: skip
_STATUS: Mapping[str, str] = {"current": "green", "retired": "orange", "other framework": "blue", "unknown": "grey"}


def _banner(state: Report, objects: list[Mapping[str, Any]], roster: Roster) -> Banner:
    """The strictest of the report's own marking and of what the objects shown bear."""
    opened_by = state.course.first("report.open")
    main = {str(k): v for k, v in opened_by.main.known.items()} if opened_by and opened_by.main else {}
    found = banner_of([main, *objects], roster)
    return found if found.level else UNMARKED


def _material(asked: Asked, ref: Ref, type_: str, after: str, limit: int) -> Listing[Released[Row]]:
    """What a report holds, of one type or all."""
    where = (("case", "=", ref), *((("type", "=", type_),) if type_ else ()))
    return asked.node.find(reader(asked), Query("material", where=where, after=after, limit=limit))


def _bodies(asked: Asked, refs: list[str]) -> dict[str, Mapping[str, Any]]:
    found: dict[str, Mapping[str, Any]] = {}
    for i in range(0, len(refs), 200):
        where = (("refs", "=", ",".join(refs[i : i + 200])),)
        found |= {
            str(r.value["ref"]): _decode(str(r.value["body"]))
            for r in asked.node.find(reader(asked), Query("object", where=where, limit=1_000)).rows
        }
    return found


def _object(
    row: Mapping[str, Any],
    bodies: Mapping[str, Mapping[str, Any]],
    ends: Mapping[str, Mapping[str, Any]],
    conflicts: frozenset[Ref],
    language: Language,
) -> tuple[Cell, ...]:
    """One object as a line; a relationship by the names of what it joins."""
    ref = str(row["ref"])
    one = bodies.get(ref, {"id": ref})
    state = Tag(text("outcome.conflict", language), "magenta") if ref in conflicts else None
    words = label_of(one)
    if one.get("type") == "relationship":
        source, target = (label_of(bodies.get(r) or ends.get(r) or {"id": r}) for r in (str(one["source_ref"]), str(one["target_ref"])))
        words = f"{source} {one.get('relationship_type')} {target}"
    return value_words(words), str(row["type"]), state, ref


def _clash(pair: Any, language: Language) -> tuple[str, list[tuple[Cell, ...]]]:
    a, b, some = pair
    versions = [("modified", a.get("modified"), b.get("modified"))] if a.get("modified") != b.get("modified") else []
    rows: list[tuple[Cell, ...]] = [
        (n, value_words(x), value_words(y)) for n, x, y in [*versions, *((d.property, d.held, d.new) for d in some)]
    ]
    return label_of(a), rows


def _incident_link(asked: Asked, ref: Ref) -> Cell:
    rows = asked.node.find(reader(asked), Query("incident", where=(("ref", "=", ref),), limit=1)).rows
    return link_to(ref, str(rows[0].value["title"]) if rows and rows[0].value["title"] else ref)


def _held_of(asked: Asked, ref: Ref) -> list[tuple[int, str]]:
    """Items of this report that wait in quarantine, each with its reasons; at most a thousand are looked through."""
    rows = asked.node.find(reader(asked), Query("quarantine", limit=1_000)).rows
    return [(int(str(r.value["id"])), _why(r.value["reasons"], asked.language)) for r in rows if r.value["case"] == ref][:ROWS]


def _why(written: object, language: Language) -> str:
    return " ".join(say(r, language) for r in reasons_of(written)[:3])


def claim(asked: Asked) -> Response:
    ref, state = opened(asked, REPORT)
    return _say(asked, ref, state, report.claim, asked.form.one("word"), "claim")


def reject(asked: Asked) -> Response:
    ref, state = opened(asked, REPORT)
    return _say(asked, ref, state, report.reject, asked.form.one("reason"), "reason")


def _say(asked: Asked, ref: Ref, state: Report, verb: Any, form: Any, field: str) -> Response:
    outcome = asked.node.do(reader(asked), REPORT, ref, verb, form)
    if isinstance(outcome, Refused):
        return _report(asked, ref, state, asked.form, {field: " ".join(say(r, asked.language) for r in outcome.reasons)})
    return Redirect(path_of(ref))


# --- quarantine ----------------------------------------------------------------------------------------------------


def quarantine(asked: Asked) -> Response:
    return _quarantine(asked, ())


def _quarantine(asked: Asked, told: tuple[Reason, ...]) -> Response:
    t = asked.language
    wanted = asked.query.one("as")
    found = asked.node.find(
        reader(asked), Query("quarantine", after="" if wanted else asked.query.one("after"), limit=1_000 if wanted else ROWS)
    )
    rows = [r.value for r in found.rows]
    columns = _columns(("number", "time", "why", "from"), "quarantine", t)
    if wanted:
        plain = [(int(str(r["id"])), moment(r["at"]), _why(r["reasons"], t), str(r["case"] or r["source"])) for r in rows]
        return export(wanted, "quarantine", columns, plain, MIXED)
    titles = {c: _title(asked, c) for c in {str(r["case"]) for r in rows if r["case"]}}
    items = [
        {
            "id": r["id"],
            "at": moment(r["at"]),
            "why": _why(r["reasons"], t),
            "from": link_to(str(r["case"] or r["source"]), titles[str(r["case"])] if r["case"] else str(r["source"])),
        }
        for r in rows
    ]
    context = {
        "items": items,
        "columns": columns,
        "total": found.total,
        "next": found.next,
        "told": told,
        "may": bool(held(reader(asked).roles) & {"analyst"}),
    }
    return Page("intake/quarantine.html", context, MIXED, (Link(text("nav.triage", t), "/triage"),), status=422 if told else 200)


def _title(asked: Asked, case: str) -> str:
    rows = asked.node.find(reader(asked), Query("report", where=(("ref", "=", case),), limit=1)).rows
    return str(rows[0].value["title"]) if rows else case


def settle(asked: Asked) -> Response:
    """An item goes through the door again, or is put aside."""
    name, how = asked.parts["id"], asked.form.one("how")
    if not name.isdecimal() or len(name) > 12 or how not in ("retry", "dismiss"):
        raise Unknown("quarantine.unknown", name[:20], advice="quarantine.list")
    came = asked.node.settle(reader(asked), int(name), how == "retry")
    if isinstance(came, Refused):
        return _quarantine(asked, came.reasons)
    if came.outcome in ("quarantined", "refused"):
        return _quarantine(asked, came.reasons or (Reason("quarantine.again"),))
    return Redirect("/quarantine")


def _columns(keys: tuple[str, ...], topic: str, language: Language, numbers: int = 0) -> tuple[Column, ...]:
    """Columns by their message keys; the last `numbers` of them hold numbers."""
    return tuple(Column(k, text(f"{topic}.{k}", language), number=i >= len(keys) - numbers) for i, k in enumerate(keys))
