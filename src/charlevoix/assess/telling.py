"""Telling an incident: as one document for programs, and as plain lines for people."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from charlevoix.acts.act import StixObject
from charlevoix.assess.completeness import completeness
from charlevoix.assess.incident import EVIDENCE, OPENINGS, Incident
from charlevoix.assess.material import source
from charlevoix.cases.history import Note
from charlevoix.desk import shown
from charlevoix.docket import Said, act_named, minute, name_of, names_of, phase_word
from charlevoix.errors import Unknown
from charlevoix.languages.catalogue import Language, say, text
from charlevoix.languages.probability import words
from charlevoix.partners.roster import Roster
from charlevoix.safeguards.grounds import Actor
from charlevoix.stix.identifier import Property, Ref
from charlevoix.threats.taxonomy import threat
from charlevoix.threats.technique_use import used

if TYPE_CHECKING:
    from rich.console import Console

    from charlevoix.node import Node

Document = Mapping[str, Any]

DETAILS = ("suspected_actor", "targets", "languages", "reach", "effect", "election", "rights", "gender")
"""Properties `charlevoix_...` of an incident that are shown as they were written."""


def latest(state: Incident) -> Note | None:
    """The newest version of the incident by its author, as far as it is here."""
    said = [n for n in state.course.of(*OPENINGS, "incident.revise") if n.author == state.author and n.main]
    return said[-1] if said else None


def details(state: Incident) -> dict[str, Any]:
    main = latest(state)
    known = main.main.known if main and main.main else {}
    return {name: _list(known.get(Property(f"charlevoix_{name}"))) for name in DETAILS}


def _list(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


def document(ref: Ref, state: Incident, roster: Roster, language: Language, published: Mapping[str, str]) -> dict[str, Any]:
    """Everything that this node knows of an incident and this reader may see. `published`: the names of publishers, see `publishers`."""
    whole = completeness(state)
    return {
        "case": ref,
        "title": state.title,
        "phase": state.course.phase,
        "nexus": state.nexus.value,
        "author": name_of(roster, state.author),
        "summary": state.summary,
        "assessment": state.assessment,
        "probability": list(state.probability) if state.probability else None,
        "probability_in_words": probability_words(state, language) or None,
        "confidence": state.confidence or None,
        "threats": [{"id": t, "name": threat_words(t, language)} for t in state.threats],
        "means": list(state.means),
        "marking": state.marking.tlp if state.marking else None,
        "releasable_to": _releasable(state, roster),
        "may_be_redacted": sorted(state.marking.redact) if state.marking else [],
        "participants": names_of(roster, state.participants),
        "protected": state.protected,
        "first_seen": state.first_seen or None,
        "last_seen": state.last_seen or None,
        **details(state),
        "review_due": state.review_due.isoformat() if state.review_due else None,
        "domains": list(state.domains),
        "observables": [{"id": o.ref, "type": o.type, "value": label(o)} for o in state.observables],
        "techniques": [
            {"number": u.number, "status": u.status.value, "names": list(u.names), "evidence": len(u.refs)}
            for u in used(map(_plain, state.techniques))
        ],
        "sources": sorted(d.hex() for d in state.sources),
        "reviews": reviews(state, roster, published),
        "completeness": {"have": whole.have, "of": whole.of, "gaps": [say(g, language) for g in whole.gaps]},
        "equivocations": len(state.equivocations),
        "absent": len(state.absent),
        "redacted": [{"id": o.ref, "type": o.type, "withheld": o.withheld} for o in state.redacted],
        "notes": [
            {"author": name_of(roster, n.author), "kind": n.kind, "content": n.text("content")}
            for n in state.course.of("incident.note", "incident.suspect", "incident.close", "incident.reopen", "incident.add")
        ],
    }


def reviews(state: Incident, roster: Roster, published: Mapping[str, str]) -> list[dict[str, Any]]:
    """Every review that stands, that of the nexus first."""
    found = [
        {
            "kind": "nexus",
            "passed": n.kind == "incident.nexus-passed",
            "author": name_of(roster, n.author),
            "test": "",
            "reason": n.text("content"),
            "evidence": _evidence(n, published),
        }
        for n in state.course.of("incident.nexus-passed", "incident.nexus-excluded")
    ]
    reasons = {n.digest: n.text("content") for n in state.course.of("incident.review")}
    return found + [
        {
            "kind": r.kind,
            "passed": r.passed,
            "author": name_of(roster, r.author),
            "test": r.test,
            "reason": reasons.get(r.act, ""),
            "evidence": [],
        }
        for r in state.reviews
    ]


def _evidence(note: Note, published: Mapping[str, str]) -> list[dict[str, str]]:
    told = note.value(EVIDENCE)
    rows = [e for e in told if isinstance(e, Mapping)] if isinstance(told, list | tuple) else []
    names = [published.get(str(e.get("publisher")), str(e.get("publisher"))) for e in rows]
    return [{"publisher": name, "origin": str(e.get("origin")), "act": str(e.get("act"))} for name, e in zip(names, rows, strict=True)]


def _releasable(state: Incident, roster: Roster) -> list[str] | None:
    return names_of(roster, state.marking.releasable) if state.marking and state.marking.releasable is not None else None


def _plain(one: StixObject) -> Mapping[str, Any]:
    return {"type": one.type, "id": one.ref, **{str(k): v for k, v in one.known.items()}}


plain = _plain


def label(one: StixObject) -> str:
    """What an object is called, as far as it is shown."""
    for name in ("value", "name", "user_id"):
        if isinstance(found := one.known.get(Property(name)), str):
            return found
    return one.ref or "?"


def threat_words(id_: str, language: Language) -> str:
    """The title of a threat; a local addition shows as its id."""
    try:
        return threat(id_).title[language]
    except Unknown:
        return id_


def probability_words(state: Incident, language: Language) -> str:
    """“likely”, or “likely to very likely”; empty where nothing is said."""
    if state.probability is None:
        return ""
    low, high = words(state.probability[0] / 100, state.probability[1] / 100)
    return text(low, language) if low == high else text("incident.from-to", language, text(low, language), text(high, language))


def judgement(state: Incident, language: Language) -> str:
    """One sentence that a reader may quote: what is believed, how probable it is, and how well founded."""
    if not state.assessment and state.probability is None:
        return ""
    believed = state.assessment or state.title
    if state.probability is None:
        return believed
    low, high = state.probability
    return text(
        "incident.judgement",
        language,
        believed.rstrip("."),
        probability_words(state, language),
        low,
        high,
        text(f"confidence.{state.confidence}", language) if state.confidence else "-",
    )


def stix_objects(state: Incident) -> Iterator[Mapping[str, object]]:
    """The objects of a case that are shown whole, the newest of each id."""
    seen: set[Ref] = set()
    for note in reversed(state.course.notes):
        for one in note.objects:
            if isinstance(one, StixObject) and one.ref and not one.withheld and one.ref not in seen:
                seen.add(one.ref)
                yield {str(k): v for k, v in one.known.items()}


# --- where it comes from -------------------------------------------------------------------------------------------


def source_reports(node: "Node", who: Actor, state: Incident) -> list[dict[str, str]]:
    """The reports that an incident rests on, as far as they are here: a partner's report stays with the partner."""
    roster, found = node.partners(who), dict[str, dict[str, str]]()
    for digest in sorted(state.sources):
        try:
            one = source(node, who, act_named(node, who, digest.hex()).case)
        except Unknown:
            continue
        publisher = one.publisher_name if one.publisher_name != one.publisher else name_of(roster, one.publisher)
        found[one.report] = {"report": one.report, "title": one.title, "publisher": publisher}
    return list(found.values())


def publishers(node: "Node", who: Actor) -> Mapping[str, str]:
    """Names of the publishers of what came in."""
    from charlevoix.node import Query

    rows = [r.value for r in node.find(who, Query("report", limit=1_000)).rows]
    roster = node.partners(who)
    return {
        str(r.get("publisher")): str(r.get("publisher_name") or name_of(roster, str(r.get("publisher"))))
        for r in rows
        if r.get("publisher")
    }


# --- lines ---------------------------------------------------------------------------------------------------------


def tell(told: Document, state: Incident, language: Language, to: "Console") -> None:
    """An incident in the order actor, behaviour, content, degree, effect, with what is missing near the top."""

    def t(key: str, *values: object) -> str:
        return text(f"incident.{key}", language, *values)

    to.print(f"[bold]{shown(told['title'])}[/bold]  {phase_word('incident', str(told['phase']), language)}")
    to.print(f"[dim]{told['case']}[/dim]")
    if sentence := judgement(state, language):
        to.print(shown(sentence))
    releasable = f", {t('releasable', ', '.join(told['releasable_to']))}" if told["releasable_to"] is not None else ""
    rows = [
        (t("marking-is"), (text(f"tlp.{told['marking']}", language) if told["marking"] else "-") + releasable),
        (t("nexus-is"), text(f"nexus.{told['nexus']}", language) + _due(told, language)),
        (t("threats-are"), "; ".join(f"{x['id']} {x['name']}" for x in told["threats"])),
        (t("means-are"), ", ".join(text(f"means.{m}", language) for m in told["means"])),
        (t("participants-are"), ", ".join(told["participants"])),
        *((t(f"detail-{name}"), _words(told[name])) for name in DETAILS if told[name]),
        (t("seen"), " – ".join(x for x in (told["first_seen"], told["last_seen"]) if x)),
    ]
    for key, value in rows:
        if value:
            to.print(f"  {key}: {shown(value)}")
    whole = told["completeness"]
    to.print(f"\n{t('complete', whole['have'], whole['of'])}")
    for gap in whole["gaps"][:3]:
        to.print(f"  – {gap}")
    _tell_objects(told, language, to)
    for r in told["reviews"]:
        word = t("passed") if r["passed"] else t("failed")
        to.print(f"  {text('review.' + r['kind'], language)}: {word}, {shown(r['author'])}. {shown(r['reason'])}")
    if told["absent"] or told["redacted"]:
        to.print(t("partial", told["absent"], len(told["redacted"])))


def _tell_objects(told: Document, language: Language, to: "Console") -> None:
    if told["techniques"]:
        listed = ", ".join(f"{x['number'] or '-'} ({text('technique.' + x['status'], language)})" for x in told["techniques"])
        to.print(f"\n{text('incident.techniques-are', language)}: {shown(listed)}")
    if told["observables"]:
        to.print(f"\n{text('incident.observables-are', language, len(told['observables']))}")
        for one in told["observables"][:20]:
            to.print(f"  {shown(one['type'])}  {shown(one['value'])}")
        if len(told["observables"]) > 20:
            to.print(f"  {text('incident.more', language, len(told['observables']) - 20)}")


def _due(told: Document, language: Language) -> str:
    return (
        f" ({text('incident.review-by', language, minute(told['review_due']))})"
        if told["phase"] == "suspected" and told["review_due"]
        else ""
    )


def _words(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def history_lines(said: Iterable[Said], roster: Roster, language: Language) -> list[tuple[str, str, str, str]]:
    """Time, what, who, act: each act of a case as a line."""
    return [(minute(s.admitted_at), text(f"kind.{s.kind}", language), name_of(roster, s.author), s.act.hex()) for s in said]


def when(value: str) -> datetime | None:
    """A time as an object states it; None for none."""
    try:
        return datetime.fromisoformat(value) if value else None
    except ValueError:
        return None
