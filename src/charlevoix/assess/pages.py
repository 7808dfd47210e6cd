"""Pages of assess: the list of incidents, one incident in the order of ABCDE, and the form that opens one on a report."""

from collections.abc import Mapping
from typing import Any

from charlevoix.assess import material, nexus, opening
from charlevoix.assess.completeness import completeness
from charlevoix.assess.incident import CONFIDENCE, MEANS, REVIEWS, Incident, IncidentCase
from charlevoix.assess.telling import (
    details,
    document,
    judgement,
    label,
    plain,
    probability_words,
    publishers,
    source_reports,
    stix_objects,
    threat_words,
    when,
)
from charlevoix.docket import banner, name_of, said_in
from charlevoix.errors import CharlevoixError, Reason, Refused
from charlevoix.formats import bundle
from charlevoix.intake.doorway import LINK
from charlevoix.languages.catalogue import Language, say, text
from charlevoix.node import Node, Query
from charlevoix.page import Cell, Column, Download, Fields, Link, Page, PageRequest, Redirect, Response, Tag, export
from charlevoix.partners.people import held
from charlevoix.partners.roster import Roster
from charlevoix.shelf import MIXED, link_to, moment, opened, path_of, phase_tag, reader, shelf, who_gets
from charlevoix.stix.identifier import Ref
from charlevoix.stix.marking import LEVELS
from charlevoix.threats.taxonomy import taxonomy
from charlevoix.threats.technique_use import used

INCIDENT = IncidentCase()
PHASES = ("recorded", "suspected", "reviewed", "excluded", "closed")
NEXUSES = ("unstated", "suspected", "reviewed", "excluded")
TICKS, REPORTS = 900, 20
"""Domains that a form offers to tick (a form has 1,000 fields at most), and reports that it offers as evidence."""

Asked = PageRequest[Node]


def incidents(asked: Asked) -> Response:
    """All incidents; the filters stand in the address."""
    t = asked.language
    keys = ("title", "phase", "threats", "tlp", "domains", "participants", "due_at", "changed_at")
    columns = [
        Column(k, text(f"incidents.{k}", t), number=k in ("domains", "participants"), sorts=k in ("title", "phase", "due_at", "changed_at"))
        for k in keys
    ]

    def cells(row: Mapping[str, Any]) -> tuple[Cell, ...]:
        title = link_to(str(row["ref"]), str(row["title"] or text("incidents.closed-to-you", t)))
        tlp = text(f"tlp.{row['tlp']}", t) if row.get("tlp") else None
        due = moment(row.get("due_at"))
        late: Cell = Tag(text("incident.overdue", t), "red") if due and due < asked.now else due
        counts = (row.get("domains"), row.get("participants"))
        return title, phase_tag("incident", str(row["phase"]), t), row.get("threats") or None, tlp, *counts, late, moment(row["changed_at"])

    foreign, threat = asked.query.one("nexus"), asked.query.one("threat")
    more = (("nexus", "=", foreign),) if foreign in NEXUSES else ()
    found = shelf(asked, "incident", PHASES, columns, cells, more, threat)
    if isinstance(found, Download):
        return found
    context = {
        "shelf": found,
        "nexuses": [("", text("shelf.any", t)), *((n, text(f"nexus.{n}", t)) for n in NEXUSES)],
        "threats": [("", text("shelf.any", t)), *_threats(t)],
        "may_open": "analyst" in reader(asked).roles,
    }
    return Page("assess/incidents.html", context, MIXED)


def _threats(language: Language) -> list[tuple[str, str]]:
    return [(threat.id, f"{threat.id} {threat.title[language]}") for threat in taxonomy()]


# --- one incident --------------------------------------------------------------------------------------------------


def incident(asked: Asked) -> Response:
    ref, state = opened(asked, INCIDENT)
    return _incident(asked, ref, state, Fields(), {})


def _incident(asked: Asked, ref: Ref, state: Incident, typed: Fields, errors: Mapping[str, str]) -> Response:
    t, who = asked.language, reader(asked)
    roster, whole = asked.node.partners(who), completeness(state)
    told = document(ref, state, roster, t, publishers(asked.node, who))
    mine = held(who.roles)
    standing = state.course.phase
    sources, stated = source_reports(asked.node, who, state), details(state)
    context = {
        "ref": ref,
        "told": told,
        "phase": phase_tag("incident", standing, t),
        "nexus": Tag(text(f"nexus.{state.nexus.value}", t), _NEXUS.get(state.nexus.value, "grey")),
        "overdue": bool(standing == "suspected" and state.review_due and state.review_due < asked.now),
        "review_due": state.review_due if standing == "suspected" else None,
        "judgement": judgement(state, t),
        "range": state.probability,
        "words": probability_words(state, t),
        "whole": whole,
        "gaps": [(say(Reason(g.rule), t), text(g.advice, t)) for g in whole.gaps],
        "details": stated,
        "unsaid": [text(f"incident.detail-{k}", t) for k in DEGREE if not stated[k]],
        "degree": [(text(f"incident.detail-{k}", t), _as_cells(stated[k])) for k in DEGREE if stated[k]],
        "threats": tuple(f"{x} {threat_words(x, t)}" for x in state.threats) or (None,),
        "means": tuple(text(f"means.{m}", t) for m in state.means) or (None,),
        "first_seen": when(state.first_seen),
        "last_seen": when(state.last_seen),
        "technique_columns": _columns(("number", "status", "name", "evidence"), "technique", t, 1),
        "techniques": [
            (u.number or "-", Tag(text(f"technique.{u.status.value}", t), _STATUS[u.status.value]), " / ".join(u.names), len(u.refs))
            for u in used(map(plain, state.techniques))
        ],
        "observable_columns": _columns(("value", "type", "id"), "observable", t),
        "observables": _observables(state),
        "sources": [(link_to(s["report"], s["title"]), s["publisher"]) for s in sources],
        "source_columns": _columns(("report", "publisher"), "source", t),
        "attributions": _attributions(asked, ref),
        "attribution_columns": _columns(("title", "phase", "positions", "dissent"), "positions", t, 2),
        "acts": [(moment(s.admitted_at), text(f"kind.{s.kind}", t), name_of(roster, s.author)) for s in said_in(asked.node, who, ref)],
        "holders": _holders(asked, ref, roster),
        "holder_columns": _columns(("partner", "acts"), "holder", t, 1),
        "typed": typed,
        "errors": errors,
        **_actions(asked, state, mine, roster),
    }
    crumbs = (Link(text("nav.incidents", t), "/incidents"),)
    return Page("assess/incident.html", context, banner(state.course, roster), crumbs, who_gets(ref), 422 if errors else 200)


DEGREE = ("targets", "reach", "effect", "election", "rights", "gender")


def _as_cells(value: object) -> Cell | tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else str(value)


_NEXUS: Mapping[str, str] = {"suspected": "yellow", "reviewed": "green"}
_STATUS: Mapping[str, str] = {"current": "green", "retired": "orange", "other framework": "blue", "unknown": "grey"}
_SORTS: Mapping[str, str] = {"reviewer-legal": "legal", "reviewer-rights": "rights", "reviewer-gender": "gender", "duty": "protected"}


def _actions(asked: Asked, state: Incident, mine: frozenset[str], roster: Roster) -> dict[str, Any]:
    """What this reader may do here now. Whoever opened it is offered no review, for none of theirs would count."""
    t, standing = asked.language, state.course.phase
    open_ = standing in ("recorded", "suspected", "reviewed")
    nexus_review = "reviewer" in mine and standing in ("suspected", "excluded")
    sorts = [s for role, s in _SORTS.items() if role in mine]
    sorts += ["protected"] if sorts and "protected" not in sorts else []
    ours = state.author == asked.node.me
    return {
        "may_review_nexus": nexus_review and ours,
        "may_exclude": "reviewer" in mine and standing in ("recorded", "suspected", "reviewed", "closed"),
        "review_sorts": [(s, text(f"review.{s}", t)) for s in REVIEWS if s in sorts],
        "evidence": _evidence(asked, state) if nexus_review and ours else [],
        "may_note": bool(mine & {"analyst", "policy", "reviewer", "contributor", "guest"}) and standing != "none",
        "may_share": "analyst" in mine,
        "may_suspect": "analyst" in mine and standing == "recorded" and ours,
        "may_close": bool(mine & {"analyst", "policy"}) and open_ and ours,
        "may_reopen": "analyst" in mine and standing == "closed" and ours,
        "may_attribute": "policy" in mine and standing == "reviewed",
        "invitable": [(str(o.ref), o.name) for o in roster if o.ref not in state.participants] if mine & {"analyst", "policy"} else [],
    }


def _evidence(asked: Asked, state: Incident) -> list[tuple[Ref, str, str]]:
    """Reports that a review can cite: those the incident rests on first, then the newest others."""
    roster = asked.node.partners(reader(asked))
    first = [Ref(s["report"]) for s in source_reports(asked.node, reader(asked), state)]
    rows = {Ref(str(r.value["ref"])): r.value for r in asked.node.find(reader(asked), Query("report", limit=200)).rows}
    wanted = list(dict.fromkeys([*first, *rows]))[: REPORTS + len(first)]
    names = publishers(asked.node, reader(asked))
    return [
        (r, str(rows[r]["title"]), names.get(str(rows[r]["publisher"]), name_of(roster, str(rows[r]["publisher"]))))
        for r in wanted
        if r in rows
    ]


def _observables(state: Incident) -> list[tuple[Cell, ...]]:
    return [(label(o), o.type, o.ref) for o in state.observables]


def _attributions(asked: Asked, ref: Ref) -> list[tuple[Cell, ...]]:
    """The attributions of this incident, with how many parties hold a position."""
    rows = [r.value for r in asked.node.find(reader(asked), Query("attribution", text=ref, limit=50)).rows]
    return [
        (
            link_to(str(r["ref"]), str(r["title"])),
            phase_tag("attribution", str(r["phase"]), asked.language),
            r.get("positions"),
            r.get("dissent"),
        )
        for r in rows
        if r.get("incident") == ref
    ]


def _holders(asked: Asked, ref: Ref, roster: Roster) -> list[tuple[Cell, ...]]:
    found: dict[str, int] = {}
    rows = asked.node.find(reader(asked), Query("act", where=(("case", "=", ref),), limit=1_000)).rows
    for to in (to for r in rows for to in str(r.value["audiences"] or "").split() if not to.startswith("role--")):
        found[to] = found.get(to, 0) + 1
    return [(name_of(roster, to), n) for to, n in sorted(found.items(), key=lambda f: name_of(roster, f[0]))]


def as_stix(asked: Asked) -> Response:
    """Everything of the incident that is whole and that this reader may see, as a STIX bundle."""
    ref, state = opened(asked, INCIDENT)
    return Download(bundle.write(stix_objects(state)), f"{ref}.json", "application/stix+json;version=2.1")


def observables_file(asked: Asked) -> Response:
    """What others can look for, as a table."""
    ref, state = opened(asked, INCIDENT)
    columns = _columns(("value", "type", "id"), "observable", asked.language)
    marked = banner(state.course, asked.node.partners(reader(asked)))
    return export(asked.query.one("as", "csv"), f"{ref}-observables", columns, _observables(state), marked)


# --- what is done on it --------------------------------------------------------------------------------------------


def review_nexus(asked: Asked) -> Response:
    """The foreign involvement, passed on evidence or excluded."""
    ref, state = opened(asked, INCIDENT)
    form = asked.form
    if form.one("result") not in ("passed", "excluded"):
        return _incident(asked, ref, state, form, {"result": text("incident.choose-result", asked.language)})
    if form.one("result") == "excluded":
        return _do(asked, ref, state, nexus.exclude_nexus, form.one("nexus-reason"), "nexus-reason")
    cited = []
    for name in form.all("evidence")[:100]:
        found = material.source(asked.node, reader(asked), name)
        cited.append(nexus.Evidence(found.act, found.publisher, form.one(f"origin-{name}")))
    passing = nexus.Passing(form.one("nexus-reason"), tuple(cited))
    return _do(
        asked, ref, state, nexus.review_nexus, passing, "nexus-reason", {"nexus.publishers": "evidence", "nexus.origins": "evidence"}
    )


def review(asked: Asked) -> Response:
    """Another review, in the reader's role."""
    ref, state = opened(asked, INCIDENT)
    form = asked.form
    if form.one("review-result") not in ("passed", "failed"):
        return _incident(asked, ref, state, form, {"review-result": text("incident.choose-result", asked.language)})
    said = nexus.Reviewing(form.one("sort"), form.one("review-result") == "passed", form.one("test"), form.one("review-reason"))
    return _do(asked, ref, state, nexus.review, said, "test", {"incident.review-kind": "sort"})


def note(asked: Asked) -> Response:
    ref, state = opened(asked, INCIDENT)
    return _do(asked, ref, state, opening.note, asked.form.one("note"), "note")


def invite(asked: Asked) -> Response:
    ref, state = opened(asked, INCIDENT)
    return _do(asked, ref, state, opening.invite, tuple(Ref(r) for r in asked.form.all("partner") if _is_partner(asked, r)), "partner")


def _is_partner(asked: Asked, ref: str) -> bool:
    return Ref(ref) in asked.node.partners(reader(asked))


def suspect(asked: Asked) -> Response:
    ref, state = opened(asked, INCIDENT)
    return _do(asked, ref, state, opening.suspect, asked.form.one("suspicion"), "suspicion")


def close(asked: Asked) -> Response:
    ref, state = opened(asked, INCIDENT)
    return _do(asked, ref, state, opening.close, asked.form.one("outcome"), "outcome")


def reopen(asked: Asked) -> Response:
    ref, state = opened(asked, INCIDENT)
    return _do(asked, ref, state, opening.reopen, asked.form.one("again"), "again")


def _do(asked: Asked, ref: Ref, state: Incident, verb: Any, form: Any, field: str, fields: Mapping[str, str] | None = None) -> Response:
    """Done and back to the incident; or the page again, each obstacle at its field and with publishers by their names."""
    outcome = asked.node.do(reader(asked), INCIDENT, ref, verb, form)
    if not isinstance(outcome, Refused):
        return Redirect(path_of(ref))
    names = publishers(asked.node, reader(asked))
    found: dict[str, str] = {}
    for reason in outcome.reasons:
        at = (fields or {}).get(reason.rule, field)
        values = tuple(", ".join(names.get(v, v) for v in value.split(", ")) for value in reason.values)
        found[at] = f"{found.get(at, '')} {say(Reason(reason.rule, values, reason.advice), asked.language)}".strip()
    return _incident(asked, ref, state, asked.form, found)


# --- opening -------------------------------------------------------------------------------------------------------


def new(asked: Asked) -> Response:
    """The form that opens an incident: nothing is ticked beforehand."""
    return _new(asked, asked.query.one("report"), Fields(), {})


def _new(asked: Asked, name: str, typed: Fields, errors: Mapping[str, str]) -> Response:
    t, who = asked.language, reader(asked)
    if not name:
        return _choose(asked)
    source = material.source(asked.node, who, name)
    listed = [(str(o["id"]), str(o["value"])) for o in material.objects_of(asked.node, who, source.report, "domain-name") if o.get("value")]
    listed.sort(key=lambda d: d[1])
    patterns = used(material.objects_of(asked.node, who, source.report, "attack-pattern"))
    others = [r.value for r in asked.node.find(who, Query("report", limit=REPORTS)).rows if r.value["ref"] != source.report]
    names = publishers(asked.node, who)
    context = {
        "source": source,
        "domains": listed[:TICKS],
        "not_offered": max(0, len(listed) - TICKS),
        "techniques": [(u.number, f"{u.number} {u.names[0]}", text(f"technique.{u.status.value}", t)) for u in patterns if u.number],
        "other_reports": [
            (str(r["ref"]), f"{r['title']} – {text('incident.published-by', t, names.get(str(r['publisher']), '-'))}") for r in others
        ],
        "threats": _threats(t),
        "means": [(m, text(f"means.{m}", t), text(f"means.{m}-hint", t)) for m in MEANS],
        "levels": [(level, text(f"incident.level-{level}", t)) for level in reversed(LEVELS)],
        "partners": [(str(o.ref), o.name) for o in asked.node.partners(who) if o.ref != asked.node.me],
        "confidences": [("", "–"), *((x, text(f"confidence.{x}", t)) for x in CONFIDENCE)],
        "redactable": [(p, text(f"incident.property-{p}", t)) for p in REDACTABLE],
        "typed": typed,
        "errors": errors,
    }
    crumbs = (Link(text("nav.triage", t), "/triage"), Link(source.title, path_of(source.report)))
    return Page("assess/new.html", context, MIXED, crumbs, status=422 if errors else 200)


REDACTABLE = ("charlevoix_assessment", "charlevoix_suspected_actor", "charlevoix_probability", "description")
"""What an opener may keep for full members."""


def _choose(asked: Asked) -> Response:
    """Without a report there is nothing to tick: the newest are offered."""
    rows = [r.value for r in asked.node.find(reader(asked), Query("report", limit=REPORTS)).rows]
    names = publishers(asked.node, reader(asked))
    listed = [
        (Link(str(r["title"]), f"/incidents/new?report={r['ref']}"), names.get(str(r["publisher"]), ""), moment(r["opened_at"]))
        for r in rows
        if r["phase"] in ("received", "claimed", "linked")
    ]
    columns = _columns(("report", "publisher", "came"), "source", asked.language)
    return Page(
        "assess/choose.html", {"rows": listed, "columns": columns}, MIXED, (Link(text("nav.incidents", asked.language), "/incidents"),)
    )


def create(asked: Asked) -> Response:
    """Opens the incident and tells its reports; or the form again, with everything that was typed and ticked."""
    form, who = asked.form, reader(asked)
    name = form.one("report")
    first = material.source(asked.node, who, name)
    errors: dict[str, str] = {}
    sources = [first, *(material.source(asked.node, who, r) for r in form.all("source")[:REPORTS])]
    among = [s.report for s in sources]
    ticked: list[material.Ticked] = []
    for field, find, values in _wanted(asked, among):
        for value in values:
            try:
                ticked.append(find(value))
            except CharlevoixError as error:
                errors[field] = f"{errors.get(field, '')} {say(error.reason, asked.language)}".strip()
    probability = _range(form, errors, asked.language)
    if errors:
        return _new(asked, name, form, errors)
    ticked = material.with_markings(asked.node, who, ticked)
    known = set(among)
    sources += [material.source(asked.node, who, r) for r in sorted({t.report for t in ticked} - known)]
    outcome = asked.node.do(who, INCIDENT, None, opening.open_incident, _form(asked, sources, ticked, probability))
    if isinstance(outcome, Refused):
        return _new(asked, name, form, _at_fields(outcome, asked.language))
    case = outcome.value.case
    for one in sources:
        LINK.open()(asked.node, who, one.report, case, outcome.value.digest)
    return Redirect(path_of(case))


def _wanted(asked: Asked, among: list[Ref]) -> list[tuple[str, Any, tuple[str, ...]]]:
    """Field, how a value of it is found, and the values: ticked objects, pasted domains, ticked techniques."""
    node, who, form = asked.node, reader(asked), asked.form
    pasted = tuple(dict.fromkeys(w for w in form.one("pasted").replace(",", " ").split() if w))[:TICKS]
    return [
        ("domain", lambda v: material.object_named(node, who, v, among), form.all("domain")),
        ("pasted", lambda v: material.domain(node, who, v), pasted),
        ("technique", lambda v: material.technique(node, who, v, among), form.all("technique")),
    ]


def _range(form: Fields, errors: dict[str, str], language: Language) -> tuple[int, int] | None:
    low, high = form.one("low"), form.one("high")
    if not low and not high:
        return None
    if low.isdecimal() and high.isdecimal() and len(low) < 4 and len(high) < 4:
        return int(low), int(high)
    errors["low"] = say(Reason("incident.probability", (low or "-", high or "-"), "incident.give-range"), language)
    return None


def _form(
    asked: Asked, sources: list[material.Source], ticked: list[material.Ticked], probability: tuple[int, int] | None
) -> opening.Opening:
    form, partners = asked.form, [r for r in asked.form.all("partner") if _is_partner(asked, r)]
    releasable = [r for r in form.all("releasable") if _is_partner(asked, r)]
    words = {name: tuple(w for w in form.one(name).replace(",", " ").split() if w) for name in ("targets", "languages", "rights")}
    return opening.Opening(
        form.one("title"),
        form.all("threat"),
        form.all("means"),
        frozenset(s.act for s in sources),
        tuple(dict.fromkeys(t.place for t in ticked)),
        tuple(Ref(p) for p in partners),
        form.one("summary"),
        opening.Judgement(form.one("assessment"), probability, form.one("confidence")),
        opening.Sharing(
            form.one("tlp") or "amber+strict",
            tuple(sorted({*map(Ref, releasable), asked.node.me})) if releasable else None,
            form.all("redact"),
        ),
        opening.Details(
            form.one("actor"),
            words["targets"],
            words["languages"],
            form.one("reach"),
            form.one("effect"),
            None,
            words["rights"],
            form.one("gender"),
        ),
        form.one("protected") == "yes",
        form.one("foreign") != "unstated",
    )


_FIELDS: Mapping[str, str] = {
    "incident.title": "title", "incident.threats": "threat", "incident.means": "means", "incident.sources": "domain",
    "incident.probability": "low", "incident.confidence": "confidence", "incident.marking": "tlp", "redaction.common": "redact",
    "incident.too-long": "summary",
}  # fmt: skip


def _at_fields(refused: Refused, language: Language) -> dict[str, str]:
    found: dict[str, str] = {}
    for reason in refused.reasons:
        field = _FIELDS.get(reason.rule, "title")
        found[field] = f"{found.get(field, '')} {say(reason, language)}".strip()
    return found


def _columns(keys: tuple[str, ...], topic: str, language: Language, numbers: int = 0) -> tuple[Column, ...]:
    """Columns by their message keys; the last `numbers` of them hold numbers."""
    return tuple(Column(k, text(f"{topic}.{k}", language), number=i >= len(keys) - numbers) for i, k in enumerate(keys))
