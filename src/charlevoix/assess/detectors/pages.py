"""Pages of detection: upload a table, say which column is what, see it run, read the result, lay it before the analysts."""

import json
from collections.abc import Mapping

from charlevoix import plugins
from charlevoix.assess.detectors import page_of_report, proposing, report, stix
from charlevoix.assess.detectors.commands import named
from charlevoix.assess.detectors.detector import Need
from charlevoix.assess.detectors.drawing import draw
from charlevoix.assess.detectors.relation import UNITS, Reading
from charlevoix.assess.detectors.workroom import WORKROOM, Task
from charlevoix.errors import CharlevoixError, Malformed, Refused
from charlevoix.languages.catalogue import Language, say, text
from charlevoix.node import Node
from charlevoix.page import Banner, Cell, Column, Download, Fields, Link, Page, PageRequest, Redirect, Response, Tag
from charlevoix.shelf import path_of, reader

Asked = PageRequest[Node]

BANNER = Banner("amber+strict")
"""What nobody has judged stays in the house."""

_COLOURS = {"waiting": "grey", "running": "blue", "done": "green", "failed": "red"}
_HITS, _ROWS = 100, 60

_GUESSES: Mapping[str, tuple[str, ...]] = {
    "account": ("account", "user", "author", "screen_name", "username"),
    "object": ("object", "url", "link", "hashtag", "domain"),
    "content": ("content", "post_id", "tweet_id", "id"),
    "time": ("time", "timestamp", "created", "date", "published"),
    "text": ("text", "message", "body", "content"),
    "id": ("id",),
    "language": ("lang",),
    "host": ("host", "domain", "name"),
}


def overview(asked: Asked) -> Response:
    """The detectors that are installed, and what is under way."""
    t = asked.language
    cards, missing = [], []
    for name in plugins.names(plugins.DETECTORS):
        try:
            cards.append((name, page_of_report.title(name, t), text(named(name).about, t)))
        except CharlevoixError:  # an extra is not installed: the others can be used
            missing.append(name)
    columns = tuple(Column(k, text(f"detect.run-{k}", t)) for k in ("table", "detector", "state"))
    rows = [_row(task, t) for task in WORKROOM.of(reader(asked).person)]
    return Page("assess/detect.html", {"cards": cards, "missing": missing, "columns": columns, "rows": rows}, BANNER)


def _row(task: Task, language: Language) -> tuple[Cell, ...]:
    state = Tag(text(f"detect.phase-{task.phase}", language), _COLOURS[task.phase])
    return Link(task.file, f"/detect/runs/{task.id}"), page_of_report.title(task.detector.name, language), state


def new(asked: Asked) -> Response:
    return _new(asked, {})


def _new(asked: Asked, errors: Mapping[str, str]) -> Response:
    t, one = asked.language, named(asked.parts["name"])
    context = {
        "name": one.name,
        "title": page_of_report.title(one.name, t),
        "about": text(one.about, t),
        "needs": [(need.role, text(need.about, t), need.required) for need in one.needs],
        "errors": errors,
    }
    return Page("assess/detect_new.html", context, BANNER, crumbs=_crumbs(t), status=422 if errors else 200)


def bring(asked: Asked) -> Response:
    """A table is uploaded; which column is what is asked next."""
    upload = asked.uploads.get("file")
    if upload is None or not upload.raw:
        return _new(asked, {"file": text("detect.choose-file", asked.language)})
    name = upload.name.replace("\\", "/").rpartition("/")[2]
    try:
        task = WORKROOM.bring(reader(asked).person, named(asked.parts["name"]), name, upload.raw)
    except Malformed as error:
        return _new(asked, {"file": say(error.reason, asked.language)})
    return Redirect(f"/detect/runs/{task.id}")


def one_run(asked: Asked) -> Response:
    """The question for the columns, how far it is, or the result."""
    task = WORKROOM.one(reader(asked).person, asked.parts["id"])
    if task.phase in ("waiting", "failed"):
        errors = {"columns": say(task.failure, asked.language)} if task.failure else {}
        return _columns(asked, task, Fields(), errors)
    if task.phase == "running":
        context = {"task": task, "percent": round(task.share * 100), "doing": say(task.doing, asked.language)}
        return Page("assess/detect_running.html", context, BANNER, crumbs=_crumbs(asked.language))
    return _result(asked, task)


def _columns(asked: Asked, task: Task, typed: Fields, errors: Mapping[str, str]) -> Response:
    t = asked.language
    try:
        columns = _header(task)
    except CharlevoixError as error:
        columns, errors = (), {"columns": say(error.reason, t)}
    picked = {n.role: typed.all(n.role) or _guessed(n, columns) for n in task.detector.needs}
    context = {
        "task": task,
        "title": page_of_report.title(task.detector.name, t),
        "columns": columns,
        "pairs": [(c, c) for c in columns],
        "choices": {s.name: [(c, c) for c in s.choices] for s in task.detector.settings},
        "needs": [(n, text(n.about, t), picked[n.role]) for n in task.detector.needs],
        "settings": [(s, text(s.about, t), typed.one(f"set-{s.name}") or s.default) for s in task.detector.settings],
        "units": tuple((u, u) for u in UNITS),
        "typed": typed,
        "errors": errors,
    }
    return Page("assess/detect_columns.html", context, BANNER, crumbs=_crumbs(t), status=422 if errors else 200)


def _header(task: Task) -> tuple[str, ...]:
    from charlevoix.assess.detectors import relation
    from charlevoix.assess.detectors.engine import DuckDB

    with DuckDB(task.folder.name) as db:
        return tuple(relation.header(task.path, db))


def _guessed(need: Need, columns: tuple[str, ...]) -> tuple[str, ...]:
    """The column whose name says it plays this role; only one that is sure where it is not needed."""
    words = _GUESSES.get(need.role, (need.role,))
    for fits in (lambda c, w: c.lower() == w, lambda c, w: w in c.lower()):
        found = next((c for w in words for c in columns if fits(c, w)), "")
        if found or not need.required:
            return (found,) if found else ()
    return ()


def start(asked: Asked) -> Response:
    """Runs. What was typed comes back where it can't."""
    task, form = WORKROOM.one(reader(asked).person, asked.parts["id"]), asked.form
    columns = {n.role: tuple(c for c in form.all(n.role) if c) for n in task.detector.needs}
    lacking = [n for n in task.detector.needs if n.required and not columns[n.role]]
    if lacking:
        return _columns(asked, task, form, {n.role: text("detect.choose-column", asked.language, n.role) for n in lacking})
    unit = next((u for u in UNITS if u == form.one("unit")), "s")
    reading = Reading(columns, unit, form.one("zone"), form.one("skip") == "yes")  # type: ignore[arg-type]  # a key of UNITS is a Unit
    settings = {s.name: form.one(f"set-{s.name}") or s.default for s in task.detector.settings}
    try:
        WORKROOM.start(task, reading, settings)
    except Malformed as error:
        return _columns(asked, task, form, {"columns": say(error.reason, asked.language)})
    return Redirect(f"/detect/runs/{task.id}")


def _result(asked: Asked, task: Task) -> Response:
    t, run = asked.language, task.run
    assert run is not None  # a task that is done has its run
    result = run.result
    facts = list(result.hits[0].facts) if result.hits else []
    columns = [Column("name", text("detect.hit", t)), Column("score", text("detect.score", t), number=True)]
    columns += [Column(k, report.fact_name(k, t), number=isinstance(result.hits[0].facts[k], int | float)) for k in facts]
    context = {
        "task": task,
        "title": page_of_report.title(result.detector, t),
        "result": result,
        "headline": say(result.headline, t),
        "innocent": [say(r, t) for r in result.innocent],
        "look_first": [(look.row + 1, say(look.why, t)) for look in result.look_first],
        "pictures": [draw(p, t, n) for n, p in enumerate(result.pictures, 1)],
        "columns": columns,
        "rows": [(report.called(h.name, t), f"{h.score:.2f}", *(report.fact(h.facts.get(k)) for k in facts)) for h in result.hits[:_HITS]],
        "more": max(0, len(result.hits) - _HITS),
        "why": [
            (report.called(h.name, t), [say(r, t) for r in h.reasons], [row + 1 for row in h.rows[:_ROWS]], len(h.rows))
            for h in result.hits[:_HITS]
        ],
        "rate": say(result.error_rate.measured, t) if result.error_rate else text("detect.no-rate", t),
        "notes": [say(r, t) for r in result.notes],
    }
    return Page("assess/detect_result.html", context, BANNER, crumbs=_crumbs(t))


def as_file(asked: Asked) -> Response:
    """The result to keep: `?as=json`, `stix` or `html`."""
    task = WORKROOM.one(reader(asked).person, asked.parts["id"])
    run, name = task.run, task.detector.name
    if task.phase != "done" or run is None:
        return Redirect(f"/detect/runs/{task.id}")
    match asked.query.one("as"):
        case "json":
            document = report.document(run, asked.language)
            return Download(json.dumps(document, ensure_ascii=False, indent=1).encode(), f"{name}.json", "application/json")
        case "stix":
            raw = stix.bundle(task.detector, run.result, asked.now, asked.language)
            return Download(raw.encode(), f"{name}-stix.json", "application/json")
        case "html":
            return Download(page_of_report.html(run, asked.language).encode(), f"{name}.html", "text/html; charset=utf-8")
        case other:
            raise Malformed("web.export", other, advice="web.export-fix")


def propose(asked: Asked) -> Response:
    """Lays the result before the analysts, and shows the report that it became."""
    task = WORKROOM.one(reader(asked).person, asked.parts["id"])
    if task.run is None:
        return Redirect(f"/detect/runs/{task.id}")
    came = proposing.lay(asked.node, reader(asked), task.detector, task.run, asked.now, asked.language)
    if isinstance(came, Refused):
        raise Malformed(came.reasons[0].rule, *came.reasons[0].values, advice=came.reasons[0].advice)
    return Redirect(path_of(came.report))


def drop(asked: Asked) -> Response:
    """Stops it; the table and the result are gone."""
    WORKROOM.drop(WORKROOM.one(reader(asked).person, asked.parts["id"]))
    return Redirect("/detect")


def _crumbs(language: Language) -> tuple[Link, ...]:
    return (Link(text("nav.detect", language), "/detect"),)
