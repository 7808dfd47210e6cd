"""Commands of assess: incidents are listed, shown, opened on what was imported, reviewed and closed."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import click

from charlevoix.assess import material, nexus, opening, telling
from charlevoix.assess.incident import CONFIDENCE, MEANS, REVIEWS, IncidentCase
from charlevoix.desk import Desk, command, desk, shown, told
from charlevoix.docket import case_named, minute, name_of, phase_word, refs_named, said_in, settle
from charlevoix.errors import Malformed, Refused, Unknown
from charlevoix.intake.doorway import LINK, SHOW
from charlevoix.languages.catalogue import text
from charlevoix.stix.identifier import Ref, is_id
from charlevoix.stix.marking import LEVELS

if TYPE_CHECKING:
    from rich.console import Console

CASE = IncidentCase()
PHASES = ("recorded", "suspected", "reviewed", "excluded", "closed")
NEXUSES = ("unstated", "suspected", "reviewed", "excluded")
SORTS = ("title", "phase", "nexus", "due_at", "opened_at", "changed_at")


@command("incidents", example="charlevoix incidents --phase suspected --threat D2.2")
@click.option("--phase", type=click.Choice(PHASES), default=None)
@click.option("--nexus", "foreign", type=click.Choice(NEXUSES), default=None, help="What was found about a foreign actor.")
@click.option("--threat", default="", help="Only those of this threat of the taxonomy, such as D2.2; D2 covers all below it.")
@click.option("--text", "words", default="", help="Only those whose title holds these words.")
@click.option("--sort", default="-changed_at", show_default=True, help=f"{', '.join(SORTS)}; with “-” downwards.")
@click.option("--after", default="", help="The cursor that the page before ended with.")
@click.option("--limit", type=click.IntRange(1, 1_000), default=100, show_default=True)
def incidents(phase: str | None, foreign: str | None, threat: str, words: str, sort: str, after: str, limit: int) -> None:
    """All incidents that you may see."""
    from charlevoix.node import Query

    at = desk()
    where = tuple((name, "=", value) for name, value in (("phase", phase), ("nexus", foreign)) if value)
    found = at.node.find(at.who, Query("incident", where=where, text=f"{words} {threat}".strip(), sort=sort, after=after, limit=limit))
    rows = [r.value for r in found.rows if _of_threat(r.value, threat)]
    total = found.total if not threat else len(rows)

    def tell(to: "Console") -> None:
        if not rows:
            narrowed = bool(where or threat or words or after)
            to.print(text("incidents.none-so" if narrowed else "incidents.none", at.language))
            return
        _tell_rows(rows, at, to)
        if found.next:
            to.print(f"[dim]{text('list.more', at.language, len(rows), total, found.next)}[/dim]")

    at.tell({"incidents": rows, "total": total, "next": found.next or None}, tell)


def _of_threat(row: Mapping[str, Any], wanted: str) -> bool:
    """Of this threat or one below it; a row without words (a person at risk) is in no threat."""
    return not wanted or any(t == wanted or t.startswith(f"{wanted}.") for t in str(row.get("threats") or "").split())


def _tell_rows(rows: list[Any], at: Desk, to: "Console") -> None:
    from rich.table import Table

    grid = Table(box=None, pad_edge=False)
    for key in ("title", "phase", "threats", "tlp", "domains", "due"):
        grid.add_column(text(f"incidents.{key}", at.language), overflow="fold", justify="right" if key == "domains" else "left")
    for r in shown(rows):
        level = text(f"tlp.{r['tlp']}", at.language) if r.get("tlp") else "-"
        due = minute(r.get("due_at"))
        first = f"[bold]{r['title'] or text('incidents.closed-to-you', at.language)}[/bold]\n[dim]{r['ref']}[/dim]"
        grid.add_row(
            first, phase_word("incident", r["phase"], at.language), r.get("threats") or "-", level, str(r.get("domains", "-")), due or "-"
        )
    to.print(grid)


# --- show ----------------------------------------------------------------------------------------------------------


@command("show", example="charlevoix show incident--6f1d --json")
@click.argument("id_", metavar="ID")
@click.option("--stix", is_flag=True, help="Print the objects as a STIX bundle, and nothing else.")
def show(id_: str, stix: bool) -> None:
    """Anything by its id: a case (the beginning will do), an act (64 hexadecimal digits) or an object.

    A case: its state, what is missing, its acts, who has it, and its entries in the ledger.
    """
    at = desk()
    kind = id_.partition("--")[0]
    if len(id_) == 64 and set(id_) <= set("0123456789abcdef"):
        _show_act(at, id_)
    elif kind in at.station.orders.cases or "--" not in id_:
        _show_case(at, kind if "--" in id_ else "incident", id_, stix)
    else:
        _show_object(at, id_, stix)


def _show_case(at: Desk, kind: str, id_: str, stix: bool) -> None:
    case = at.station.orders.cases[kind]
    ref = case_named(at.node, at.who, kind, id_)
    given = at.node.state(at.who, case, ref)
    if isinstance(given, Refused):
        at.refuse(given)
    state = given.value
    if stix:
        _print_stix(_objects(at, ref, state))
        return
    roster = at.node.partners(at.who)
    if kind == "incident":
        document = {
            **telling.document(ref, state, roster, at.language, telling.publishers(at.node, at.who)),
            "source_reports": telling.source_reports(at.node, at.who, state),
        }
    elif kind == "report":
        document, words = SHOW.open()(at, ref, state)
    else:
        document = {"case": ref, **_row(at, kind, ref)}
    document["history"] = [
        {"at": s.admitted_at, "kind": s.kind, "author": name_of(roster, s.author), "act": s.act.hex()}
        for s in said_in(at.node, at.who, ref)
    ]
    document["who_has_it"] = _holders(at, ref)
    document["ledger"] = _entries(at, {h["act"] for h in document["history"]})

    def tell(to: "Console") -> None:
        if kind == "incident":
            telling.tell(document, state, at.language, to)
            for s in document["source_reports"]:
                to.print(f"  {text('incident.rests-on', at.language, shown(s['title']), shown(s['publisher']))}  [dim]{s['report']}[/dim]")
        elif kind == "report":
            words(to)
        else:
            _tell_row(kind, document, at, to)
        _tell_history(document, at, to)

    at.tell(document, tell)


def _row(at: Desk, kind: str, ref: Ref) -> dict[str, Any]:
    from charlevoix.node import Query

    rows = at.node.find(at.who, Query(kind, where=(("ref", "=", ref),), limit=1)).rows
    return {k: v for k, v in rows[0].value.items() if k not in ("ref", "process")} if rows else {}


def _tell_row(kind: str, document: Mapping[str, Any], at: Desk, to: "Console") -> None:
    to.print(
        f"[bold]{shown(document.get('title') or document['case'])}[/bold]  {phase_word(kind, str(document.get('phase')), at.language)}"
    )
    to.print(f"[dim]{document['case']}[/dim]")
    for key, value in document.items():
        if key not in ("case", "title", "phase", "history", "who_has_it", "ledger") and value not in (None, "", 0):
            to.print(f"  {key.replace('_', ' ')}: {shown(str(value))}")


def _holders(at: Desk, ref: Ref) -> list[dict[str, Any]]:
    """Whom each act of ours went to, by name."""
    from charlevoix.node import Query

    roster = at.node.partners(at.who)
    rows = [r.value for r in at.node.find(at.who, Query("act", where=(("case", "=", ref),), limit=1_000)).rows]
    found: dict[str, list[str]] = {}
    for r in rows:
        for to in str(r["audiences"] or "").split():
            if not to.startswith("role--"):
                found.setdefault(name_of(roster, to), []).append(str(r["act"]))
    return [{"partner": name, "acts": acts} for name, acts in sorted(found.items())]


ENTRIES = 10_000
"""Newest entries of the ledger that are looked through for those of one case."""


def _entries(at: Desk, acts: set[str]) -> list[dict[str, Any]]:
    from charlevoix.node import Query

    found: list[dict[str, Any]] = []
    after = ""
    for _ in range(ENTRIES // 1_000):
        page = at.node.find(at.who, Query("entry", after=after, limit=1_000))
        keys = ("index", "door", "answer", "rule", "audience", "at")
        found += [{k: r.value[k] for k in keys} for r in page.rows if r.value["act"] in acts]
        if not (after := page.next):
            break
    return found[:1_000]


def _tell_history(document: Mapping[str, Any], at: Desk, to: "Console") -> None:
    to.print(f"\n{text('show.history', at.language)}")
    for h in document["history"][-30:]:
        to.print(f"  {minute(h['at'])}  {text('kind.' + h['kind'], at.language)}, {shown(h['author'])}  [dim]{h['act'][:16]}[/dim]")
    if len(document["history"]) > 30:
        to.print(f"  {text('show.earlier', at.language, len(document['history']) - 30)}")
    if document["who_has_it"]:
        to.print(f"\n{text('show.who-has-it', at.language)}")
        for h in document["who_has_it"]:
            to.print(f"  {shown(h['partner'])}: {text('show.acts', at.language, len(h['acts']))}")
    else:
        to.print(f"\n{text('show.nobody-has-it', at.language)}")
    if document["ledger"]:
        first, last = document["ledger"][-1]["index"], document["ledger"][0]["index"]
        to.print(text("show.ledger", at.language, len(document["ledger"]), first, last))


def _objects(at: Desk, ref: Ref, state: Any) -> Iterable[Mapping[str, object]]:
    """The objects of a case that are whole; of imported material, as it came."""
    if ref.startswith("report--"):
        yield from material.objects_of(at.node, at.who, ref)
        return
    yield from telling.stix_objects(state)


def _print_stix(objects: Iterable[Mapping[str, object]]) -> None:
    from charlevoix.formats import bundle

    click.echo(bundle.write(objects).decode())


def _show_act(at: Desk, digest: str) -> None:
    from charlevoix.docket import act_named
    from charlevoix.node import Query

    said = act_named(at.node, at.who, digest)
    rows = [r.value for r in at.node.find(at.who, Query("place", where=(("act", "=", digest),), limit=1_000)).rows]
    roster = at.node.partners(at.who)
    document = {
        "act": digest,
        "kind": said.kind,
        "case": said.case,
        "author": name_of(roster, said.author),
        "at": said.admitted_at,
        "objects": [{"place": r["place"], "id": r["ref"], "gone": r.get("gone")} for r in rows],
        "ledger": _entries(at, {digest}),
    }

    def tell(to: "Console") -> None:
        to.print(f"[bold]{text('kind.' + said.kind, at.language)}[/bold]  {shown(document['author'])}  {minute(said.admitted_at)}")
        to.print(f"[dim]{said.case}  {digest}[/dim]")
        for r in rows[:30]:
            to.print(f"  {r['place']}  {shown(str(r['ref'] or '-'))}")
        if len(rows) > 30:
            to.print(f"  {text('incident.more', at.language, len(rows) - 30)}")

    at.tell(document, tell)


def _show_object(at: Desk, id_: str, stix: bool) -> None:
    import msgspec

    from charlevoix.node import Query

    if not is_id(id_):
        raise Malformed("show.id", id_[:100], advice="show.name-so")
    rows = [r.value for r in at.node.find(at.who, Query("wording", where=(("ref", "=", id_),))).rows]
    if not rows:
        raise Unknown("show.no-object", id_[:100], advice="show.name-so")
    bodies: list[dict[str, Any]] = [msgspec.json.decode(str(r["body"])) for r in rows]
    if stix:
        _print_stix(bodies[-1:])
        return
    places = [r.value for r in at.node.find(at.who, Query("place", where=(("ref", "=", id_),), limit=1_000)).rows]
    document = {"id": id_, "wordings": bodies, "places": places}

    def tell(to: "Console") -> None:
        to.print(f"[bold]{shown(id_)}[/bold]  {text('show.wordings', at.language, len(bodies))}")
        for key, value in bodies[-1].items():
            to.print(f"  {shown(key)}: {shown(value if isinstance(value, str) else msgspec.json.encode(value).decode())}")
        to.print(f"\n{text('show.spoken-of', at.language, len(places))}")
        for p in places[:30]:
            to.print(f"  {text('kind.' + str(p['kind']), at.language)}  [dim]{p['case']}[/dim]")
        if len(bodies) > 1:
            to.print(f"charlevoix conflicts {id_}")

    at.tell(document, tell)


# --- open ----------------------------------------------------------------------------------------------------------


class Range(click.ParamType):  # type: ignore[type-arg]  # generic in the stubs, not when it runs
    """A range of whole per cent: `55-80`."""

    name = "low-high"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        if isinstance(value, tuple):
            return value
        low, _, high = value.partition("-")
        if not (low.isdecimal() and (high or low).isdecimal() and len(value) < 10):
            self.fail(f"{value!r} is no range: write 55-80", param, ctx)
        return int(low), int(high or low)


@command(
    "open", example="charlevoix open --title 'Clones of media' --threat D2.2 --means covert --domain 'bild[.]pics' --source report--6f1d"
)
@click.option("--title", required=True, help="What happened, to whom and where.")
@click.option(
    "--threat", "threats", multiple=True, required=True, help="A threat of the taxonomy, such as D2.2; may be given several times."
)
@click.option("--means", multiple=True, required=True, type=click.Choice(MEANS), help="What makes it interference.")
@click.option("--domain", "domains", multiple=True, help="A listed domain that is part of it; say which, one by one.")
@click.option("--object", "objects", multiple=True, metavar="ID", help="Another imported object that is part of it.")
@click.option("--technique", "techniques", multiple=True, metavar="NUMBER", help="A technique that the named reports hold, such as T0099.")
@click.option("--source", "sources", multiple=True, metavar="REPORT", help="A report it rests on; those of its domains are added.")
@click.option("--participant", "participants", multiple=True, metavar="NAME", help="A partner who takes part.")
@click.option("--tlp", type=click.Choice(LEVELS), default="amber+strict", show_default=True)
@click.option("--releasable-to", "releasable", multiple=True, metavar="NAME", help="Only these may have it, and we.")
@click.option("--redact", multiple=True, metavar="PROPERTY", help="What only full members get, such as charlevoix_assessment.")
@click.option("--summary", default="", help="What happened, in a few sentences.")
@click.option("--assessment", default="", help="What you believe, and on what ground.")
@click.option("--probability", type=Range(), default=None, metavar="LOW-HIGH", help="How probable, in whole per cent: 55-80.")
@click.option("--confidence", type=click.Choice(CONFIDENCE), default=None, help="How well founded; apart from how probable.")
@click.option("--actor", default="", help="Who is suspected and why, or that nobody is.")
@click.option("--target", "targets", multiple=True, help="Country or part of it, as in ISO 3166: DE, FR-75.")
@click.option("--content-language", "languages", multiple=True, help="Language of the content: de, fr.")
@click.option("--reach", default="", help="How many were reached, and by whose count.")
@click.option("--effect", default="", help="On confidence and institutions; with its measure and source.")
@click.option("--right", "rights", multiple=True, help="Article of the Covenant that is affected: 19, 25.")
@click.option("--gender-analysis", "gender", default="", help="Who is hit differently, and how, or that nobody is.")
@click.option("--first-seen", default="", help="2022-03-10T00:00:00Z")
@click.option("--last-seen", default="")
@click.option("--no-foreign-actor", "unstated", is_flag=True, help="Nobody foreign is suspected: it is recorded, and shared with nobody.")
@click.option(
    "--person-at-risk", "protected", is_flag=True, help="A person at risk is concerned: only reviewers and the duty officer read it."
)
def open_(**typed: Any) -> None:
    """Open an incident on what was imported. Nothing is part of it but what you name, and it rests on the reports that vouch for that.

    Its foreign involvement is a suspicion until somebody else has reviewed it, within 72 hours.
    """
    at = desk()
    sources = [material.source(at.node, at.who, name) for name in typed["sources"]]
    named = [s.report for s in sources]
    ticked = [material.domain(at.node, at.who, d, named) for d in typed["domains"]]
    ticked += [material.object_named(at.node, at.who, o, named) for o in typed["objects"]]
    ticked += [material.technique(at.node, at.who, n, named or {t.report for t in ticked}) for n in typed["techniques"]]
    ticked = material.with_markings(at.node, at.who, ticked)
    missing = sorted({t.report for t in ticked} - set(named))
    sources += [material.source(at.node, at.who, r) for r in missing]
    outcome = at.node.do(at.who, CASE, None, opening.open_incident, _opening(at, typed, sources, ticked))
    if isinstance(outcome, Refused):
        at.refuse(outcome)
    case = outcome.value.case
    links = [LINK.open()(at.node, at.who, s.report, case, outcome.value.digest) for s in sources]
    _tell_opened(at, case, outcome.value.digest.hex(), sources, ticked, links)


def _opening(at: Desk, typed: Mapping[str, Any], sources: list[material.Source], ticked: list[material.Ticked]) -> opening.Opening:
    releasable = refs_named(at.node, at.who, typed["releasable"])
    return opening.Opening(
        typed["title"],
        typed["threats"],
        typed["means"],
        frozenset(s.act for s in sources),
        tuple(dict.fromkeys(t.place for t in ticked)),
        tuple(sorted(refs_named(at.node, at.who, typed["participants"]))),
        typed["summary"],
        opening.Judgement(typed["assessment"], typed["probability"], typed["confidence"] or ""),
        opening.Sharing(typed["tlp"], tuple(sorted({*releasable, at.node.me})) if releasable else None, typed["redact"]),
        opening.Details(
            typed["actor"],
            typed["targets"],
            typed["languages"],
            typed["reach"],
            typed["effect"],
            None,
            typed["rights"],
            typed["gender"],
            typed["first_seen"],
            typed["last_seen"],
        ),
        typed["protected"],
        not typed["unstated"],
    )


def _tell_opened(at: Desk, case: Ref, act: str, sources: list[material.Source], ticked: list[material.Ticked], links: list[Any]) -> None:
    titles = {s.report: s.title for s in sources}
    given = at.node.state(at.who, CASE, case)
    suspected = isinstance(given, Refused) or given.value.course.phase == "suspected"
    from charlevoix.assess.completeness import completeness

    whole = completeness(given.value) if not isinstance(given, Refused) else None
    gaps = whole.top if whole else ()
    document = {
        "case": case,
        "act": act,
        "kind": "incident.open" if suspected else "incident.record",
        "sources": [{"report": s.report, "title": s.title, "publisher": s.publisher_name, "act": s.act.hex()} for s in sources],
        "objects": [{"id": t.ref, "label": t.label, "report": t.report} for t in ticked],
        "completeness": {"have": whole.have, "of": whole.of, "gaps": [told(g, at.language) for g in gaps]} if whole else None,
        "not_linked": [told(r, at.language) for link in links if isinstance(link, Refused) for r in link.reasons],
    }

    def tell(to: "Console") -> None:
        to.print(text("incident.opened" if suspected else "incident.recorded", at.language))
        to.print(f"[dim]{case}  {act[:16]}[/dim]")
        for t in (t for t in ticked if not t.ref.startswith("marking-definition--")):
            to.print(f"  {text('incident.vouched-by', at.language, shown(t.label), shown(titles[t.report]))}")
        if whole:
            to.print(text("incident.complete", at.language, whole.have, whole.of))
            for gap in gaps:
                to.print(f"  – {at.say(gap)}")
        if suspected:
            to.print(text("incident.next-review", at.language))
            to.print(f"  charlevoix review {case} --kind nexus --evidence REPORT:ORIGIN --pass --reason … --as REVIEWER")

    at.tell(document, tell)


# --- review, note, invite, close -----------------------------------------------------------------------------------


@command(
    "review",
    example="charlevoix review incident--6f1d --kind nexus --evidence report--1a:VIGINUM --evidence report--2b:Qurium --pass --reason '...'",
)
@click.argument("id_", metavar="ID")
@click.option("--kind", type=click.Choice(("nexus", *REVIEWS)), required=True)
@click.option("--evidence", multiple=True, metavar="REPORT[:ORIGIN]", help="For the nexus: a report, and whose observation it is.")
@click.option("--pass/--fail", "passed", default=None, required=True, help="How it came out.")
@click.option("--test", default="", help="The question that was asked (not for the nexus).")
@click.option("--reason", required=True, help="Why it came out so: all participants read it.")
def review(id_: str, kind: str, evidence: tuple[str, ...], passed: bool, test: str, reason: str) -> None:
    """Review an incident that somebody else opened. For its foreign nexus two publishers and two origins are needed."""
    at = desk()
    ref = case_named(at.node, at.who, "incident", id_)
    word = text("incident.passed" if passed else "incident.failed", at.language)
    if kind != "nexus":
        form = nexus.Reviewing(kind, passed, test, reason)
        settle(at, at.node.do(at.who, CASE, ref, nexus.review, form), "incident.reviewed", text(f"review.{kind}", at.language), word)
    elif not passed:
        settle(at, at.node.do(at.who, CASE, ref, nexus.exclude_nexus, reason), "incident.excluded-now")
    else:
        passing = nexus.Passing(reason, tuple(evidence_named(at, e) for e in evidence))
        outcome = at.node.do(at.who, CASE, ref, nexus.review_nexus, passing)
        settle(at, _named(at, outcome) if isinstance(outcome, Refused) else outcome, "incident.reviewed-now")


def evidence_named(at: Desk, written: str) -> nexus.Evidence:
    """`report--6f1d:Qurium`: the report, and whose observation it is."""
    name, _, origin = written.partition(":")
    found = material.source(at.node, at.who, name)
    return nexus.Evidence(found.act, found.publisher, origin)


def _named(at: Desk, refused: Refused) -> Refused:
    """The same refusal, with publishers by their names."""
    from dataclasses import replace

    names = telling.publishers(at.node, at.who)
    reasons = tuple(replace(r, values=tuple(", ".join(names.get(v, v) for v in x.split(", ")) for x in r.values)) for r in refused.reasons)
    return Refused(reasons, refused.entry)


@command("note", example="charlevoix note incident--6f1d 'The registrar answered.'")
@click.argument("id_", metavar="ID")
@click.argument("words", metavar="TEXT")
def note(id_: str, words: str) -> None:
    """Add a word to an incident, beside its author's."""
    at = desk()
    settle(at, at.node.do(at.who, CASE, case_named(at.node, at.who, "incident", id_), opening.note, words), "incident.noted")


@command("suspect", example="charlevoix suspect incident--6f1d --reason 'The sites were paid from abroad.'")
@click.argument("id_", metavar="ID")
@click.option("--reason", required=True, help="What points to a foreign actor.")
def suspect(id_: str, reason: str) -> None:
    """Say that a foreign actor is suspected behind a recorded incident: it may be shared in confidence, and is reviewed within 72 hours."""
    at = desk()
    settle(at, at.node.do(at.who, CASE, case_named(at.node, at.who, "incident", id_), opening.suspect, reason), "incident.suspected-now")


@command("invite", example="charlevoix invite incident--6f1d 'Demo C'")
@click.argument("id_", metavar="ID")
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
def invite(id_: str, names: tuple[str, ...]) -> None:
    """Let further partners take part: they will hold all acts of the incident, and of each object what its marking allows."""
    at = desk()
    ref, form = case_named(at.node, at.who, "incident", id_), tuple(sorted(refs_named(at.node, at.who, names)))
    settle(at, at.node.do(at.who, CASE, ref, opening.invite, form), "incident.invited", ", ".join(names))


@command("close", example="charlevoix close incident--6f1d --reason 'The domains were seized.'")
@click.argument("id_", metavar="ID")
@click.option("--reason", required=True, help="The outcome in words.")
def close(id_: str, reason: str) -> None:
    """Close an incident, with its outcome in words."""
    at = desk()
    settle(at, at.node.do(at.who, CASE, case_named(at.node, at.who, "incident", id_), opening.close, reason), "incident.closed")


# --- links ---------------------------------------------------------------------------------------------------------


@command("links", example="charlevoix links --report report--6f1d")
@click.option("--report", default="", metavar="ID", help="Only names that this report lists.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="Show at most so many.")
def links(report: str, limit: int) -> None:
    """Channels and other objects that bear the name of a listed domain: proposed links with their confidence, never taken as the same."""
    from charlevoix.assess.duplicate import propose

    at = desk()
    if report:
        ref = case_named(at.node, at.who, "report", report)
        domains = [str(o["value"]) for o in material.objects_of(at.node, at.who, ref, "domain-name") if isinstance(o.get("value"), str)]
    else:
        domains = [str(o["value"]) for o in material.of_type(at.node, at.who, "domain-name") if isinstance(o.get("value"), str)]
    held = [o for type_ in NAMED for o in material.of_type(at.node, at.who, type_)]
    found = propose(domains, held)
    document = {
        "links": [
            {
                "domain": p.domain,
                "id": p.ref,
                "type": p.type,
                "confidence": p.confidence,
                "reasons": [told(r, at.language) for r in p.reasons],
            }
            for p in found
        ],
        "total": len(found),
        "domains": len(set(domains)),
    }

    def tell(to: "Console") -> None:
        to.print(text("links.found", at.language, len(found), len({p.domain for p in found}), len(set(domains))))
        for p in found[:limit]:
            to.print(f"  {shown(p.domain)}  ~  {p.type} [dim]{p.ref}[/dim]  {text('links.confidence', at.language, p.confidence)}")
        if len(found) > limit:
            to.print(f"  {text('incident.more', at.language, len(found) - limit)}")

    at.tell(document, tell)


NAMED = ("channel", "infrastructure", "campaign", "intrusion-set", "media-content")
