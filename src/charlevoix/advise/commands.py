"""Commands of advice: a brief is asked for by a deadline, drafted, cleared, delivered, and printed for one reader."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from charlevoix.advise import drafting
from charlevoix.advise.brief import Brief
from charlevoix.advise.dossier import LARGEST, read_dossier
from charlevoix.advise.printing import printed
from charlevoix.advise.reading import CASE, Reading, read_brief
from charlevoix.advise.timetable import timetable
from charlevoix.desk import Command, Desk, Listing, desk, shown
from charlevoix.docket import (
    MOMENT,
    Declared,
    act_named,
    case_named,
    minute,
    name_of,
    names_of,
    phase_word,
    reach,
    refs_named,
    settle,
    tell_list,
)
from charlevoix.errors import Malformed, Refused
from charlevoix.languages.catalogue import Language, text
from charlevoix.partners.people import HOUSE
from charlevoix.stix.identifier import Ref

if TYPE_CHECKING:
    from rich.console import Console


@click.group("advise", cls=Listing, epilog="Example:  charlevoix advise list --json")
def advise() -> None:
    """Advice for a leader: two pages by a deadline, every fact resting on an act, cleared by each party or dissented from."""


def _command(name: str, example: str) -> Declared:
    return advise.command(name, cls=Command, example=f"charlevoix advise {example}")


def _brief(at: Desk, name: str) -> tuple[Ref, Brief]:
    ref = case_named(at.node, at.who, "brief", name)
    given = at.node.state(at.who, CASE, ref)
    if isinstance(given, Refused):
        at.refuse(given)
    return ref, given.value


@_command("list", "list --phase drafting")
@click.option("--phase", default="", help="asked, drafting, delivered, withdrawn")
def list_(phase: str) -> None:
    """All briefs, the newest change first."""
    tell_list(desk(), "brief", phase, ("title", "phase", "version", "cleared", "not_cleared", "due"), "brief.empty")


@_command("ask", "ask 'Look-alike news sites' --for 'Office of the Minister' --deadline 2026-12-01T12:00Z --participant 'Demo B'")
@click.argument("title")
@click.option("--for", "for_whom", required=True, help="The office that asks, never a person's name.")
@click.option("--deadline", type=MOMENT, required=True)
@click.option("--participant", "participants", multiple=True, help="A partner who is to clear it.")
def ask(title: str, for_whom: str, deadline: datetime, participants: tuple[str, ...]) -> None:
    """Ask for a brief by a deadline; the steps are planned back from it."""
    at = desk()
    form = drafting.AskForm(title, for_whom, deadline, refs_named(at.node, at.who, participants))
    settle(at, at.node.do(at.who, CASE, None, drafting.ask, form), "advise.asked", title)


@_command("draft", "draft brief--77d0 --file BRIEF.toml")
@click.argument("id_", metavar="ID")
@click.option("--file", "path", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=True)
def draft(id_: str, path: Path) -> None:
    """Draft a version from a file: title, gender, and [[sentence]] with section, sort, en, fr, rests, range, confidence.

    `rests` names acts: a digest, a case (its first act), or CASE#KIND (its last act of that kind).
    """
    at = desk()
    ref, state = _brief(at, id_)
    with path.open("rb") as file:
        raw = file.read(LARGEST + 1)
    form = read_dossier(raw, path.name, lambda name: act_named(at.node, at.who, name).act)
    form = replace(form, only=_closed_to_some(at, state, form))
    outcome = at.node.do(at.who, CASE, ref, drafting.draft, form)
    roster = at.node.partners(at.who)
    narrow = {str(n): names_of(roster, some) for n, some in form.only.items()}
    key = "advise.drafted-narrow" if narrow else "advise.drafted"
    settle(at, outcome, key, len(form.sentences), ", ".join(narrow), not_for_all=narrow)


def _closed_to_some(at: Desk, state: Brief, form: drafting.DraftForm) -> dict[int, frozenset[Ref]]:
    """Sentences that rest on what not every party may have -> the parties that may have it."""
    others = (state.parties.all if state.parties else frozenset[Ref]()) - {at.node.me}
    found = {}
    for n, sentence in enumerate(form.sentences, 1):
        acts = [act_named(at.node, at.who, d.hex()) for d in sentence.rests]
        if acts and (may := reach(at.node, at.who, acts, others)) != others:
            found[n] = may
    return found


@_command("clear", "clear brief--77d0 --footnote 'We see the second option differently.'")
@click.argument("id_", metavar="ID")
@click.option("--footnote", default="", help="A dissent in our own words.")
def clear(id_: str, footnote: str) -> None:
    """Clear the newest version for our organisation, with or without a footnote of dissent, as somebody who did not draft it."""
    at = desk()
    ref, state = _brief(at, id_)
    if state.version is None:
        raise Malformed("brief.no-version", advice="brief.draft-first")
    outcome = at.node.do(at.who, CASE, ref, drafting.clear, drafting.ClearForm(state.version.act, footnote))
    settle(at, outcome, "advise.cleared-with" if footnote else "advise.cleared", state.version.number)


@_command("deliver", "deliver brief--77d0 --without 'Demo B' --reasons 'The deadline is in an hour.'")
@click.argument("id_", metavar="ID")
@click.option("--without", "without", multiple=True, help="A party that has not cleared and is not waited for.")
@click.option("--reasons", default="", help="Why they are not waited for.")
def deliver(id_: str, without: tuple[str, ...], reasons: str) -> None:
    """Deliver the newest version, honest about who has not cleared it."""
    at = desk()
    ref, _ = _brief(at, id_)
    form = drafting.DeliverForm(refs_named(at.node, at.who, without), reasons)
    settle(at, at.node.do(at.who, CASE, ref, drafting.deliver, form), "advise.delivered")


@_command("withdraw", "withdraw brief--77d0 --reasons '...'")
@click.argument("id_", metavar="ID")
@click.option("--reasons", required=True)
def withdraw(id_: str, reasons: str) -> None:
    """Take the advice back, with reasons."""
    at = desk()
    ref, _ = _brief(at, id_)
    settle(at, at.node.do(at.who, CASE, ref, drafting.withdraw, drafting.Words(reasons)), "advise.withdrawn")


def _reading(at: Desk, name: str, language: Language, role: str) -> tuple[Ref, Reading]:
    ref = case_named(at.node, at.who, "brief", name)
    given = read_brief(at.node, at.who, ref, language, role)
    if isinstance(given, Refused):
        at.refuse(given)
    return ref, given


@_command("show", "show brief--77d0")
@click.argument("id_", metavar="ID")
def show(id_: str) -> None:
    """A brief as you may see it: text, deadline, timetable, who has cleared it and who has not."""
    at = desk()
    ref, given = _reading(at, id_, at.language, "")
    told = _document(at, ref, given)
    at.tell(told, lambda to: _spoken(to, shown(told), at.language))


@_command("export", "export brief--77d0 --language fr --html brief-fr.html --role policy")
@click.argument("id_", metavar="ID")
@click.option("--html", "path", type=click.Path(dir_okay=False, writable=True, path_type=Path), required=True, help="Where the file goes.")
@click.option("--role", type=click.Choice(sorted(HOUSE)), default=None, help="Only what this role may see, too.")
def export(id_: str, path: Path, role: str | None) -> None:
    """Print two A4 pages as one HTML file that needs nothing else; sentences that its reader may not see are left out, and counted."""
    at = desk()
    ref, given = _reading(at, id_, at.language, role or "")
    if given.page is None:
        raise Malformed("brief.no-version", advice="brief.draft-first")
    raw = printed(given.page, at.language, given.around).encode()
    path.write_bytes(raw)
    document = {
        "case": ref, "file": str(path), "language": at.language, "bytes": len(raw), "left_out": given.page.left_out,
        "marking": str(given.around.banner), "not_cleared": list(given.around.not_cleared), "acts": [a.digest for a in given.around.acts],
    }  # fmt: skip

    def words(to: "Console") -> None:
        to.print(text("advise.printed", at.language, shown(str(path)), len(raw)))
        if document["left_out"]:
            to.print(text("brief.left-out", at.language, document["left_out"]))

    at.tell(document, words)


def _document(at: Desk, ref: Ref, given: Reading) -> dict[str, Any]:
    brief, page, roster = given.brief, given.page, at.node.partners(at.who)
    steps = timetable(brief.due, datetime.now(UTC)) if brief.due else ()
    return {
        "case": ref,
        "title": brief.title,
        "phase": brief.phase,
        "for": brief.for_whom,
        "marking": str(given.around.banner),
        "lead": name_of(roster, brief.parties.lead if brief.parties else None),
        "due": brief.due.isoformat() if brief.due else None,
        "version": brief.version.number if brief.version else None,
        "cleared": names_of(roster, (c.party for c in brief.cleared)),
        "not_cleared": names_of(roster, brief.not_cleared),
        "footnotes": [{"party": name_of(roster, f.party), "words": f.text} for f in page.footnotes] if page else [],
        "left_out": page.left_out if page else 0,
        "gender": page.gender if page else "",
        "sections": [
            {
                "section": s.heading.rpartition(".")[2],
                "sentences": [
                    {"text": x.text, "sort": x.sort, "range": list(x.range) if x.range else None, "confidence": x.confidence, "rests": list(x.rests)}
                    for x in s.lines
                ],
            }
            for s in (page.sections if page else ())
        ],
        "acts": [{"act": a.digest, "kind": a.kind, "case": a.case, "author": a.author} for a in given.around.acts],
        "timetable": [{"step": s.name, "begins": s.begins.isoformat(), "ends": s.ends.isoformat(), "late": s.late} for s in steps],
    }  # fmt: skip


def _spoken(to: "Console", told: dict[str, Any], language: Language) -> None:
    def t(key: str, *values: object) -> str:
        return text(key, language, *values)

    to.print(f"[bold]{told['title']}[/bold]  ({phase_word('brief', told['phase'], language)})")
    to.print(f"{t('brief.for')}: {told['for']}; {t('brief.due')}: {minute(told['due'])}; {told['marking']}")
    to.print(f"[dim]{told['case']}[/dim]")
    numbers = {a["act"]: n for n, a in enumerate(told["acts"], 1)}
    for section in told["sections"]:
        to.print(f"\n[bold]{t('brief-section.' + section['section'])}[/bold]")
        for one in section["sentences"]:
            marks = "".join(f" [{numbers[r]}]" for r in one["rests"] if r in numbers)
            span = f" ({t('web.range', *one['range'])})" if one["range"] else ""
            to.print(f"  {one['text']}{marks}{span}")
    if told["left_out"]:
        to.print(f"\n{t('brief.left-out', told['left_out'])}")
    for one in told["footnotes"]:
        to.print(f"{one['party']}: {one['words']}")
    to.print("")
    for act, n in numbers.items():
        row = next(a for a in told["acts"] if a["act"] == act)
        to.print(f"[{n}] {t('kind.' + row['kind'])}, {row['author']}, {row['case']}")
    to.print(f"{t('brief.cleared')}: {', '.join(told['cleared']) or t('brief.nobody')}")
    to.print(f"{t('brief.not-cleared-yet')}: {', '.join(told['not_cleared']) or t('brief.nobody')}")
    for step in told["timetable"] if told["phase"] in ("asked", "drafting") else ():
        late = f"  {t('brief.late')}" if step["late"] else ""
        to.print(
            f"  {t('step.' + step['step']):14} {step['begins'][:16].replace('T', ' ')} - {step['ends'][:16].replace('T', ' ')} UTC{late}"
        )
