"""A telling: a measure and a joint text, each as one document for programs and as plain lines for people."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from charlevoix.cases.form import rows, string
from charlevoix.docket import name_of, names_of, phase_word
from charlevoix.languages.catalogue import Language, say, text
from charlevoix.partners.roster import Roster
from charlevoix.respond.joint_text import JointText, Paragraph
from charlevoix.respond.measure import Measure
from charlevoix.respond.review import NEEDED, Review
from charlevoix.stix.identifier import Ref

if TYPE_CHECKING:
    from rich.console import Console

Document = Mapping[str, Any]


def measure_document(ref: Ref, state: Measure, roster: Roster, language: Language) -> Document:
    decided = state.decided
    return {
        "case": ref,
        "title": state.title,
        "phase": state.phase,
        "measure": state.dish,
        "description": state.description,
        "legal_basis": state.legal_basis,
        "proportionality": state.proportionality,
        "gender": state.gender,
        "lead": name_of(roster, state.parties.lead if state.parties else None),
        "participants": names_of(roster, state.parties.all if state.parties else ()),
        "nexus": state.nexus.value,
        "rests": [d.hex() for d in sorted(state.rests)],
        "due": state.due.isoformat() if state.due else None,
        "reviews": [
            {"sort": r.sort, "passed": r.passed, "by": name_of(roster, r.author), "act": r.act.hex(), **_said(state, r)}
            for r in sorted(state.reviews, key=lambda r: NEEDED.index(r.sort))
        ],
        "lacking": [{"rule": r.rule, "values": list(r.values), "says": say(r, language)} for r in state.lacking],
        "decision": {"yes": decided.yes, "reasons": decided.reasons, "act": decided.act.hex()} if decided else None,
        "effect": state.effect,
        "absent": len(state.absent),
    }


def _said(state: Measure, one: Review) -> Document:
    """What a reviewer wrote: the conclusion, each answer, and the articles that are touched; nothing where it is not shown."""
    note = state.course.history.notes[one.act]
    answers = next(iter(rows([note.value("charlevoix_answers")])), {})
    return {
        "conclusion": note.text("content"),
        "answers": {name: string(answer) for name, answer in answers.items() if string(answer)},
        "articles": [int(n) for n in note.texts("charlevoix_rights") if n.isdecimal()],
    }


def spoken_measure(to: "Console", told: Document, language: Language) -> None:
    def t(key: str, *values: object) -> str:
        return text(key, language, *values)

    to.print(f"[bold]{told['title']}[/bold]  ({phase_word('measure', told['phase'], language)})")
    to.print(f"{t('menu.' + told['measure'])}. {told['description']}")
    to.print(f"[dim]{told['case']}[/dim]")
    for name in ("legal_basis", "proportionality", "gender"):
        to.print(f"{t('field.' + name)}: {told[name]}")
    for one in told["reviews"]:
        to.print(
            f"  {t('review.' + one['sort'])}: {t('respond.passed' if one['passed'] else 'respond.failed')} ({one['by']}): {one['conclusion']}",
        )
    if told["phase"] == "proposed":
        for one in told["lacking"]:
            to.print(f"  [yellow]{one['says']}[/yellow]")
    if told["decision"]:
        to.print(f"{t('respond.yes' if told['decision']['yes'] else 'respond.no')}: {told['decision']['reasons']}")
    if told["effect"]:
        to.print(f"{t('respond.effect')}: {told['effect']}")


def joint_document(ref: Ref, state: JointText, roster: Roster) -> Document:
    waiting = {(number, party) for number, party in state.waiting}
    return {
        "case": ref,
        "title": state.title,
        "phase": state.phase,
        "lead": name_of(roster, state.parties.lead if state.parties else None),
        "participants": names_of(roster, state.parties.all if state.parties else ()),
        "due": state.due.isoformat() if state.due else None,
        "paragraphs": [_paragraph(p, roster, [r for n, r in waiting if n == p.number]) for p in state.paragraphs],
        "signatories": names_of(roster, state.signatories),
        "absent": len(state.absent),
    }


def _paragraph(one: Paragraph, roster: Roster, waiting: list[Ref]) -> Document:
    return {
        "number": int(one.number) if one.number.isdecimal() else one.number,
        "act": one.act.hex(),
        "text": one.text,
        "proposer": name_of(roster, one.proposer),
        "wording": len(one.earlier) + 1,
        "agreed": names_of(roster, (s.party for s in one.stances if s.agreed)),
        "reservations": [{"party": name_of(roster, s.party), "words": s.words} for s in one.reservations],
        "waiting": names_of(roster, waiting),
    }


def spoken_text(to: "Console", told: Document, language: Language) -> None:
    """The text as it would be read out, its reservations as footnotes below."""

    def t(key: str, *values: object) -> str:
        return text(key, language, *values)

    to.print(f"[bold]{told['title']}[/bold]  ({phase_word('text', told['phase'], language)})")
    to.print(f"[dim]{told['case']}[/dim]\n")
    notes: list[tuple[str, str]] = []
    for one in told["paragraphs"]:
        marks = ""
        for held in one["reservations"]:
            notes.append((held["party"], held["words"]))
            marks += f" [{len(notes)}]"
        to.print(f"{one['number']}. {one['text']}{marks}")
        waits = f"; {t('text.waiting-for')}: {', '.join(one['waiting'])}" if one["waiting"] else ""
        to.print(f"   [dim]{t('text.agreed-by')}: {', '.join(one['agreed']) or '-'}{waits}[/dim]")
    if not told["paragraphs"]:
        to.print(t("text.empty"))
    for n, (party, words) in enumerate(notes, 1):
        to.print(f"[{n}] {t('text.reservation-of', party)}: {words}")
    if told["signatories"]:
        to.print(f"{t('text.signed-by')}: {', '.join(told['signatories'])}")
