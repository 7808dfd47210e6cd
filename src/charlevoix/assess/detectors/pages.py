"""Pages of detection: upload a table, say which column is what, see it run, read the result, keep its working files, lay it before the analysts."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from charlevoix import plugins
from charlevoix.assess.detectors import page_of_report, proposing, report, stix, working_file
from charlevoix.assess.detectors.commands import named
from charlevoix.assess.detectors.detector import Need, Result
from charlevoix.assess.detectors.drawing import draw
from charlevoix.assess.detectors.relation import Reading
from charlevoix.assess.detectors.table import kind_of
from charlevoix.assess.detectors.times import UNITS, Unit
from charlevoix.assess.detectors.working_file import WorkingFile
from charlevoix.assess.detectors.workroom import RUNS, WORKROOM, Table, Task
from charlevoix.errors import CharlevoixError, Malformed, Reason, Refused
from charlevoix.languages.catalogue import Language, catalogue, figure, say, text
from charlevoix.node import Node
from charlevoix.page import Banner, Column, Download, Fields, Link, Page, PageRequest, Redirect, Response, Tag
from charlevoix.shelf import path_of, reader

Asked = PageRequest[Node]

BANNER = Banner("amber+strict")
"""What nobody has judged stays in the house."""

_COLOURS = {"waiting": "grey", "running": "blue", "done": "green", "failed": "red"}
_HITS, _ROWS = 100, 60

_ENCODINGS = ("utf-8", "utf-16", "latin-1", "cp1252", "cp1250", "cp1251", "koi8-r", "cp1256", "gb18030", "big5", "shift_jis", "euc-kr")
"""Of CSV; the command line takes any that Python knows."""

_GUESSES: Mapping[str, tuple[str, ...]] = {
    "account": ("account", "user", "author", "screen_name", "username"),
    "object": ("object", "url", "link", "hashtag", "domain"),
    "content": ("content", "post_id", "tweet_id", "id"),
    "time": ("time", "timestamp", "created", "date", "published"),
    "text": ("text", "message", "body", "content"),
    "id": ("id",),
    "language": ("language", "lang", "langue", "sprache"),
    "host": ("host", "domain", "name"),
}


def overview(asked: Asked) -> Response:
    """The detectors that are installed, the tables that are here, and what was run."""
    t, person = asked.language, reader(asked).person
    cards, missing = _installed(t)
    tables = [(table, _size(table, t)) for table in WORKROOM.tables(person)]
    runs = [_listed(task, t) for task in WORKROOM.of(person)]
    context = {"cards": cards, "missing": missing, "tables": tables, "runs": runs, "most": RUNS}
    return Page("assess/detect.html", context, BANNER)


def _installed(language: Language) -> tuple[list[tuple[str, str, str]], list[str]]:
    """Name, title and purpose of each detector that can be used; the names of those that can't."""
    cards, missing = [], []
    for name in plugins.names(plugins.DETECTORS):
        try:
            cards.append((name, page_of_report.title(name, language), text(named(name).about, language)))
        except CharlevoixError:  # an extra is not installed: the others can be used
            missing.append(name)
    return cards, missing


def _size(table: Table, language: Language) -> str:
    size, unit = (table.size / 1_000, "kb") if table.size < 999_500 else (table.size / 1_000_000, "mb")
    return text(f"detect.size-{unit}", language, figure(f"{size:.1f}" if unit == "mb" and size < 10 else f"{max(1, size):.0f}", language))


@dataclass(frozen=True, slots=True)
class Listed:
    """A run as the list shows it."""

    id: str
    title: str
    made: datetime
    settings: tuple[str, ...]
    state: Tag
    result: str


def _listed(task: Task, language: Language) -> Listed:
    title = text("detect.title-of", language, page_of_report.title(task.detector.name, language), task.file)
    state = Tag(text(f"detect.phase-{task.phase}", language), _COLOURS[task.phase])
    told = say(task.headline, language) if task.headline else say(task.failure, language) if task.failure else ""
    return Listed(task.id, title, task.made, _settings(task), state, told)


def _settings(task: Task) -> tuple[str, ...]:
    """Which column was what, and what was set otherwise than it is by itself; in the words of the command line."""
    if task.reading is None:
        return ()
    defaults = {s.name: s.default for s in task.detector.settings}
    columns = [f"{role} = {', '.join(names)}" for role, names in task.reading.columns.items() if names]
    changed = [f"{name} = {_short(value)}" for name, value in task.parameters.items() if value != defaults.get(name)]
    return (*columns, *changed)


def _short(value: str, most: int = 40) -> str:
    line = " ".join(value.split())
    return line if len(line) <= most else line[: most - 1] + "…"


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
        task = WORKROOM.bring(reader(asked).person, named(asked.parts["name"]), name, upload.raw, asked.now)
    except Malformed as error:
        return _new(asked, {"file": say(error.reason, asked.language)})
    return Redirect(f"/detect/runs/{task.id}")


def one_run(asked: Asked) -> Response:
    """The question for the columns, how far it is, or the result."""
    task = WORKROOM.one(reader(asked).person, asked.parts["id"])
    if task.phase == "failed" and task.table.gone:
        return _result(asked, task)
    if task.phase in ("waiting", "failed"):
        errors = {"columns": say(task.failure, asked.language)} if task.failure else {}
        return _columns(asked, task, Fields(), errors)
    if task.phase == "running":
        context = {"task": task, "percent": round(task.share * 100), "doing": say(task.doing, asked.language)}
        return Page("assess/detect_running.html", context, BANNER, crumbs=_crumbs(asked.language))
    return _result(asked, task)


def _columns(asked: Asked, task: Task, typed: Fields, errors: Mapping[str, str]) -> Response:
    t, before = asked.language, task.table.reading or Reading({})
    encoding = _encoding(typed.one("encoding") or asked.query.one("encoding") or before.encoding)
    try:
        columns = WORKROOM.columns(task.table, encoding)
    except CharlevoixError as error:
        columns, errors = (), {"columns": say(error.reason, t)}
    picked = {n.role: typed.all(n.role) or _before(n, before, columns) or _guessed(n, columns) for n in task.detector.needs}
    context = {
        "task": task,
        "title": page_of_report.title(task.detector.name, t),
        "columns": columns,
        "pairs": [(c, c) for c in columns],
        "choices": {s.name: [(c, c) for c in s.choices] for s in task.detector.settings},
        "needs": [(n, text(n.about, t), picked[n.role]) for n in task.detector.needs],
        "settings": [
            (s, text(s.about, t), typed.one(f"set-{s.name}") or task.parameters.get(s.name) or s.default) for s in task.detector.settings
        ],
        "units": tuple((u, u) for u in UNITS),
        "unit": typed.one("unit") or before.unit,
        "encodings": tuple((e, e) for e in _ENCODINGS) if kind_of(task.file) == "csv" else (),
        "encoding": encoding,
        "zone": typed.one("zone") or before.zone,
        "format": typed.one("format") or before.format,
        "skip": typed.all("skip") or (("yes",) if before.skip_bad else ()),
        "errors": errors,
    }
    return Page("assess/detect_columns.html", context, BANNER, crumbs=_crumbs(t), status=422 if errors else 200)


def _encoding(asked: str) -> str:
    return asked if asked in _ENCODINGS else "utf-8"


def _before(need: Need, reading: Reading, columns: tuple[str, ...]) -> tuple[str, ...]:
    """The columns that played this role the last time."""
    return tuple(c for c in reading.columns.get(need.role, ()) if c in columns)


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
    unit: Unit = next((u for u in UNITS if u == form.one("unit")), "s")
    skip, encoding = form.one("skip") == "yes", _encoding(form.one("encoding"))
    reading = Reading(columns, unit, form.one("zone"), skip, encoding, form.one("format"))
    settings = {s.name: form.one(f"set-{s.name}") or s.default for s in task.detector.settings}
    try:
        WORKROOM.start(task, reading, settings)
    except Malformed as error:
        return _columns(asked, task, form, {"columns": say(error.reason, asked.language)})
    return Redirect(f"/detect/runs/{task.id}")


def _result(asked: Asked, task: Task) -> Response:
    t = asked.language
    about = {
        "task": task,
        "title": page_of_report.title(task.detector.name, t),
        "settings": _settings(task),
        "detectors": [] if task.table.gone else [(name, title) for name, title, _ in _installed(t)[0]],
    }
    run = task.run
    if run is None:
        context = {**about, "failure": say(task.failure or Reason("detect.broken"), t)}
        return Page("assess/detect_failed.html", context, BANNER, crumbs=_crumbs(t))
    result = run.result
    caution, notes = report.cautions(result, t)
    facts = list(result.hits[0].facts) if result.hits else []
    columns = [Column("name", text("detect.hit", t)), Column("score", report.score_head(result, t), number=True)]
    columns += [Column(k, report.fact_name(k, t), number=isinstance(result.hits[0].facts[k], int | float)) for k in facts]
    context = {
        **about,
        "again": _to_run_it_again(result, t),
        "working": [(f, _called(f, t), text("detect.entries", t, f.rows)) for f in task.files if f.rows],
        "headline": say(result.headline, t),
        "innocent": [say(r, t) for r in result.innocent],
        "caution": caution,
        "look_first": report.looked_at(result, t),
        "pictures": [draw(p, t, n) for n, p in enumerate(result.pictures, 1)],
        "columns": columns,
        "rows": [
            (_unbroken(report.called(h.name, t)), report.score(h, result, t), *(report.fact(h.facts.get(k), k, t) for k in facts))
            for h in result.hits[:_HITS]
        ],
        "more": max(0, len(result.hits) - _HITS),
        "why": [
            (report.called(h.name, t), [say(r, t) for r in h.reasons], [row + 1 for row in h.rows[:_ROWS]], len(h.rows))
            for h in result.hits[:_HITS]
        ],
        "rate": say(result.error_rate.measured, t) if result.error_rate else text("detect.no-rate", t),
        "notes": notes,
    }
    return Page("assess/detect_result.html", context, BANNER, crumbs=_crumbs(t))


def as_file(asked: Asked) -> Response:
    """The result to keep: `?as=json`, `stix` or `html`."""
    task = WORKROOM.one(reader(asked).person, asked.parts["id"])
    run, name = task.run, task.detector.name
    if run is None:
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


def _unbroken(name: str) -> str:
    """On a narrow screen a name and its number stay on one line."""
    return name.replace(" ", "\u00a0")


def _to_run_it_again(result: Result, language: Language) -> list[tuple[str, str]]:
    """The table, the detector with all its settings, and the seed: with them anybody has the same result."""
    return [
        (text("detect.detector", language), f"{result.detector} {result.version}"),
        (text("detect.rows", language), figure(str(result.rows), language)),
        (text("detect.fingerprint", language), result.data.hex()),
        (text("detect.seed", language), str(result.seed)),
        *((name, _short(value, 80)) for name, value in sorted(result.parameters.items())),
    ]


def _called(file: WorkingFile, language: Language) -> str:
    key = f"detect.working.{file.name}"
    return text(key, language) if key in catalogue("en") else file.name


def as_working_file(asked: Asked) -> Response:
    """Pairs, groups or clusters with accounts as the table names them, for whoever ran it: `?as=csv` or `json`."""
    task, kind = WORKROOM.one(reader(asked).person, asked.parts["id"]), asked.query.one("as")
    file = next((f for f in task.files if f.name == asked.parts["name"]), None)
    if file is None:
        return Redirect(f"/detect/runs/{task.id}")
    name = f"{task.detector.name}-{file.name}"
    if kind == "csv":
        return Download(working_file.as_csv(file, str(BANNER)), f"{name}.csv", "text/csv; charset=utf-8")
    if kind == "json":
        return Download(working_file.as_json(file, str(BANNER)), f"{name}.json", "application/json")
    raise Malformed("web.export", kind, advice="web.export-fix")


def use_again(asked: Asked) -> Response:
    """A table that is here is used again: which column is what is asked next."""
    table = WORKROOM.table(reader(asked).person, asked.parts["id"])
    task = WORKROOM.use(table, named(asked.form.one("detector")), asked.now)
    return Redirect(f"/detect/runs/{task.id}")


def propose(asked: Asked) -> Response:
    """Lays the result before the analysts, and shows the report that it became."""
    task = WORKROOM.one(reader(asked).person, asked.parts["id"])
    run = task.run
    if run is None:
        return Redirect(f"/detect/runs/{task.id}")
    came = proposing.lay(asked.node, reader(asked), task.detector, run, asked.now, asked.language)
    if isinstance(came, Refused):
        raise Malformed(came.reasons[0].rule, *came.reasons[0].values, advice=came.reasons[0].advice)
    return Redirect(path_of(came.report))


def drop(asked: Asked) -> Response:
    """Stops it; the result and its working files are gone."""
    WORKROOM.drop(WORKROOM.one(reader(asked).person, asked.parts["id"]))
    return Redirect("/detect")


def drop_table(asked: Asked) -> Response:
    """The table is gone; what was found in it stays."""
    WORKROOM.drop_table(WORKROOM.table(reader(asked).person, asked.parts["id"]))
    return Redirect("/detect")


def _crumbs(language: Language) -> tuple[Link, ...]:
    return (Link(text("nav.detect", language), "/detect"),)
