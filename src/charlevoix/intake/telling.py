"""Telling a report: what came in, as documents for programs and as figures for people."""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from charlevoix.desk import shown, told
from charlevoix.docket import name_of, phase_word
from charlevoix.doors.comparison import Difference, differences
from charlevoix.errors import Reason
from charlevoix.intake.delivery import Delivered
from charlevoix.intake.report import Report
from charlevoix.languages.catalogue import Language, text
from charlevoix.partners.roster import Roster
from charlevoix.safeguards.grounds import Actor
from charlevoix.stix.identifier import Ref
from charlevoix.threats.technique import Status
from charlevoix.threats.technique_use import TechniqueUse, counts

if TYPE_CHECKING:
    from rich.console import Console

    from charlevoix.desk import Desk
    from charlevoix.node import Node

WORDINGS = 10
"""Wordings of one object that are shown side by side."""

Clash = tuple[Mapping[str, Any], Mapping[str, Any], tuple[Difference, ...]]
"""Two wordings of one id, and where they differ."""


def delivered_document(came: Delivered, language: Language) -> dict[str, Any]:
    """The answer of `charlevoix import FILE --json`."""
    return {
        **came.counts,
        "report": came.report,
        "file": came.labels.name,
        "marking": came.labels.marking,
        "publisher": {"ref": came.publisher, "name": came.publisher_name},
        "quality": dict(came.glance.figures.told()),
        "techniques": techniques_document(came.glance.techniques),
        "objects": [
            {
                "id": a.ref,
                "outcome": a.outcome,
                "reasons": [told(r, language) for r in came.reasons(a)],
                "act": a.act.hex() if a.act else None,
                "place": a.place,
            }
            for a in came.objects
        ],
    }


def techniques_document(uses: Iterable[TechniqueUse]) -> dict[str, Any]:
    uses = tuple(uses)
    return {
        **{status.value.replace(" ", "_"): n for status, n in counts(uses).items()},
        "used": [{"number": u.number, "status": u.status.value, "names": list(u.names)} for u in uses],
    }


def technique_lines(uses: Iterable[TechniqueUse], language: Language) -> list[str]:
    """How many numbers of each status, and which of them are no longer or not at all in the tables."""
    uses = tuple(uses)
    if not uses:
        return [text("import.no-techniques", language)]
    found = counts(uses)
    first = ", ".join(f"{n} {text(f'technique.{s.value}', language)}" for s, n in found.items() if n)
    lines = [text("import.techniques", language, len(uses), first)]
    odd = [u for u in uses if u.status is not Status.CURRENT]
    return lines + [f"  {u.number or '-'}  {text(f'technique.{u.status.value}', language)}  {' / '.join(u.names)}" for u in odd]


def quality_lines(figures: Mapping[str, int | str], language: Language) -> list[str]:
    """What a file is worth in sentences: each figure beside what it is counted in."""

    def n(name: str) -> int:
        return int(figures.get(name) or 0)

    def line(key: str, *values: object) -> str:
        return text(f"import.quality-{key}", language, *values)

    relations, said = n("relationships"), []
    if relations:
        said.append(line("related", n("related-to"), relations, _percent(n("related-to"), relations)))
    if n("constant-starts"):
        said.append(line("constant", n("constant-starts"), n("dated"), figures.get("constant-start")))
    if n("stopped-at-start"):
        said.append(line("stopped", n("stopped-at-start"), relations))
    if n("dangling"):
        said.append(line("dangling", n("dangling"), figures.get("dangling-first", "")))
    if n("twice"):
        said.append(line("twice", n("twice")))
    said.append(line("unmarked", n("unmarked"), n("objects")))
    if figures.get("import-day"):
        said.append(line("day", figures["import-day"]))
    return [*said, line("incidents", n("incidents"))]


def _percent(part: int, whole: int) -> int:
    return round(100 * part / whole) if whole else 0


def report_document(ref: Ref, state: Report, roster: Roster) -> dict[str, Any]:
    return {
        "report": ref,
        "title": state.title,
        "phase": state.course.phase,
        "publisher": {"ref": state.publisher, "name": publisher_name(state, roster)},
        "grade": state.grade,
        "marking": state.marking,
        "file": state.file,
        "sha256": state.sha256,
        "vouched": state.vouched,
        "repaired": state.repaired,
        "outcomes": dict(state.outcomes),
        "quality": dict(state.figures),
        "conflicts": list(state.conflicts),
        "incidents": sorted(state.incidents),
        "rejected": state.rejected or None,
    }


def publisher_name(state: Report, roster: Roster) -> str:
    return state.publisher_name or name_of(roster, state.publisher)


def publisher_of_row(row: Mapping[str, Any], roster: Roster) -> str:
    return str(row.get("publisher_name") or "") or name_of(roster, row.get("publisher"))


def show_report(at: "Desk", ref: Ref, state: Report) -> "tuple[dict[str, Any], Callable[[Console], None]]":
    """A report as `charlevoix show` tells it."""
    t, roster = at.language, at.node.partners(at.who)
    document = report_document(ref, state, roster)

    def words(to: "Console") -> None:
        to.print(f"[bold]{shown(state.title)}[/bold]  {phase_word('report', state.course.phase, t)}")
        to.print(f"[dim]{ref}[/dim]\n{shown(text('import.by', t, document['publisher']['name'], state.grade))}")
        to.print(f"  {shown(state.file)}  SHA-256 {state.sha256[:16]}")
        counts_ = ", ".join(f"{n} {text(f'outcome.{name}', t)}" for name, n in state.outcomes.items())
        to.print(f"  {text('import.objects', t, sum(state.outcomes.values()))}: {counts_}")
        if state.rejected:
            to.print(f"  {text('triage.rejected-because', t, shown(state.rejected))}")
        to.print(f"\n{text('import.quality', t)}")
        for line in quality_lines(state.figures, t):
            to.print(f"  {shown(line)}")
        for incident in sorted(state.incidents):
            to.print(f"  {text('triage.incident', t)}  {incident}")
        if state.conflicts:
            to.print(f"  charlevoix conflicts {ref}")

    return document, words


# --- conflicts -----------------------------------------------------------------------------------------------------


def clashes(node: "Node", who: Actor, ref: Ref) -> tuple[Clash, ...]:
    """The wordings of one object that are here, each beside the oldest, as far as they differ."""
    from charlevoix.node import Query

    found = node.find(who, Query("wording", where=(("ref", "=", ref),))).rows[:WORDINGS]
    bodies = sorted(
        (_decode(str(r.value["body"])) for r in found), key=lambda o: (str(o.get("modified") or ""), str(o.get("created") or ""))
    )
    pairs = [(bodies[0], one, differences(bodies[0], one)) for one in bodies[1:]]
    return tuple(p for p in pairs if p[2])


def clash_document(ref: Ref, found: Iterable[Clash]) -> dict[str, Any]:
    return {
        "id": ref,
        "pairs": [
            {"a": dict(a), "b": dict(b), "differs": [{"property": d.property, "a": d.held, "b": d.new} for d in some]}
            for a, b, some in found
        ],
    }


def value_words(value: object) -> str:
    """A value of an object as a person reads it beside another: at most 300 characters."""
    words = "-" if value is None else value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return words if len(words) <= 300 else words[:299] + "…"


def label_of(one: Mapping[str, Any]) -> str:
    """What an object is called, as far as it says."""
    for name in ("name", "value", "user_id", "number"):
        if isinstance(one.get(name), str) and one[name]:
            return str(one[name])
    if one.get("type") == "relationship":
        return f"{one.get('relationship_type', '')}: {one.get('source_ref', '')} → {one.get('target_ref', '')}"
    return str(one.get("id", ""))


def reasons_of(written: object) -> tuple[Reason, ...]:
    """The reasons of an item in quarantine, as its row holds them."""
    return tuple(Reason(rule, tuple(values), advice) for rule, values, advice in _decode(str(written)))


_decode: Any = msgspec.json.Decoder().decode
