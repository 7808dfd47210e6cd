"""A telling: an attribution as one document for programs, and as plain lines for people."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from math import ceil, floor
from typing import TYPE_CHECKING, Any

from charlevoix.attribute.attribution import Attribution
from charlevoix.attribute.evidence_grid import Item
from charlevoix.attribute.inference import Range
from charlevoix.attribute.overview import Overview, Standing, of_party, tells_apart
from charlevoix.attribute.position import Position, Room, Transcribed
from charlevoix.docket import name_of, names_of, phase_word
from charlevoix.languages.catalogue import Language, say, text
from charlevoix.languages.probability import words
from charlevoix.partners.roster import Roster
from charlevoix.stix.identifier import Ref

if TYPE_CHECKING:
    from rich.console import Console

Document = Mapping[str, Any]


def document(ref: Ref, state: Attribution, view: Overview, room: Room, roster: Roster, language: Language) -> Document:
    """Everything that this node knows and this reader may see; probabilities in whole per cent."""
    number = {s.hypothesis.ref: s.number for s in view.standings}
    then = replace(state, said=room.positions)  # who dissented that day is read from what was held that day
    here = state.parties.all if state.parties else frozenset[Ref]()
    return {
        "case": ref,
        "title": state.title,
        "question": state.question,
        "phase": state.phase,
        "incident": state.incident,
        "nexus": state.nexus.value,
        "lead": name_of(roster, state.parties.lead if state.parties else None),
        "participants": names_of(roster, state.parties.all if state.parties else ()),
        "positions_due": _time(state.positions_due),
        "silence_due": _time(state.silence_due),
        "hypotheses": [_standing(s, language) for s in view.standings],
        "robustness": view.lead.robustness if view.lead else None,
        "undisputed": view.lead.undisputed if view.lead else None,
        "confidence": view.confident.level.value if view.confident else None,
        "confidence_reasons": [say(r, language) for r in view.confident.reasons] if view.confident else [],
        "evidence": [_item(n, i, state, number, roster) for n, i in enumerate(state.grid.items, 1)],
        "evidence_not_shown": state.grid.hidden,
        "on": room.day.isoformat(),
        "positions": [_position(p, then, number, roster, language) for p in room.positions],
        "transcribed": [_transcribed(t, number, roster) for t in room.transcribed],
        "dissent": names_of(roster, {p.party for p in then.dissent}),
        "silent": names_of(roster, here - {p.party for p in room.positions}),
        "draft": {"title": state.draft.title, "text": state.draft.text, "range": span(state.draft.range)} if state.draft else None,
        "objections": [{"party": name_of(roster, n.author), "words": n.text("content")} for n in state.objections],
        "silence_kept_by": names_of(roster, state.silence.silent) if state.silence else None,
        "outcome": {"kind": state.outcome.kind, "reasons": state.outcome.reasons} if state.outcome else None,
        "absent": len(state.absent),
    }


def span(of: Range | None) -> list[int] | None:
    """Both ends in whole per cent, the lower rounded down and the upper up: a range never looks narrower than it is."""
    return None if of is None else [floor(of.low * 100 + 1e-9), ceil(of.high * 100 - 1e-9)]


def in_words(of: Range | None, language: Language) -> str:
    """`likely to very likely (55 to 90 %)`."""
    ends = span(of)
    if of is None or ends is None:
        return ""
    low, high = (text(key, language) for key in words(of.low, of.high))
    said = low if low == high else text("attribution.from-to", language, low, high)
    return f"{said} ({text('web.range', language, *ends) if ends[0] != ends[1] else text('web.percent', language, ends[0])})"


def _standing(one: Standing, language: Language) -> Document:
    return {
        "number": one.number,
        "id": one.hypothesis.ref,
        "name": hypothesis_name(one, language),
        "sort": one.hypothesis.sort,
        "range": span(one.range),
        "words": in_words(one.range, language),
        "leads": one.leads,
    }


def hypothesis_name(one: Standing, language: Language) -> str:
    """Its name; somebody else is said in the reader's language."""
    return text("hypothesis.somebody-else", language) if one.hypothesis.sort == "somebody-else" else one.hypothesis.name


def _item(number: int, one: Item, state: Attribution, hypotheses: Mapping[Ref, int], roster: Roster) -> Document:
    graded = sorted(((hypotheses[h], c) for h, c in one.grades.items() if h in hypotheses), key=lambda g: g[0])
    return {
        "number": number,
        "id": one.ref,
        "name": one.name,
        "kind": one.kind,
        "admiralty": f"{one.reliability}{one.credibility}".upper(),
        "planted": round(one.planted * 100),
        "group": one.group,
        "by": name_of(roster, one.author),
        "rests": [d.hex() for d in sorted(one.rests)],
        "grades": {str(n): {"grade": c.grade.value, "reason": c.reason} for n, c in graded},
        "tells_apart": tells_apart(one, state.grid),
    }


def _position(one: Position, state: Attribution, hypotheses: Mapping[Ref, int], roster: Roster, language: Language) -> Document:
    return {
        "act": one.act.hex(),
        "party": name_of(roster, one.party),
        "signed": True,
        "hypothesis": hypotheses.get(one.hypothesis),
        "stance": one.stance,
        "range": span(one.range),
        "words": in_words(one.range, language),
        "wording": one.words,
        "technical": one.technical,
        "political": one.political,
        "rung": one.responsibility,
        "legal": one.legal,
        "caveats": list(one.caveats),
        "evidence_not_shown": one.own_not_shown,
        "public": one.public,
        "endorsed": one.act in state.endorsed,
        "valid_from": _time(one.valid_from),
        "side": of_party(state, one),
    }


def _transcribed(one: Transcribed, hypotheses: Mapping[Ref, int], roster: Roster) -> Document:
    return {
        "act": one.act.hex(),
        "state": one.state,
        "signed": False,
        "hypothesis": hypotheses.get(one.hypothesis) if one.hypothesis else None,
        "published": one.published.isoformat() if one.published else None,
        "quote": one.quote,
        "url": one.url,
        "sha256": one.sha256,
        "intact": one.intact,
        "by": name_of(roster, one.by),
    }


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


# --- for people --------------------------------------------------------------------------------------


def spoken(to: "Console", told: Document, language: Language) -> None:
    """The room in plain lines, what matters most first."""

    def t(key: str, *values: object) -> str:
        return text(key, language, *values)

    to.print(f"[bold]{told['title']}[/bold]  ({phase_word('attribution', told['phase'], language)})")
    to.print(f"{told['question']}")
    to.print(f"[dim]{told['case']}[/dim]")
    to.print(f"{t('column.lead')}: {told['lead']}; {t('attribution.participants')}: {', '.join(told['participants'])}")
    to.print(f"\n[bold]{t('attribution.hypotheses')}[/bold]")
    for one in told["hypotheses"]:
        to.print(f" {one['number']}  {one['words'] or t('attribution.no-evidence'):44} {one['name']}{'  <' if one['leads'] else ''}")
    if told["confidence"]:
        to.print(f"    {t('attribution.confidence-is', t('confidence.' + told['confidence']))} {robust(told, language)}")
        for reason in told["confidence_reasons"]:
            to.print(f"    [dim]{reason}[/dim]")
    to.print(f"\n[bold]{t('attribution.evidence')}[/bold]")
    for one in told["evidence"]:
        to.print(
            f" {one['number']}  {one['admiralty']}  {t('evidence.' + one['kind'])}, {t('diagnosticity.' + one['tells_apart'])}: {one['name']}"
        )
        for number, cell in sorted(one["grades"].items()):
            to.print(f"      {number}: {t('grade.' + cell['grade'])} [dim]- {cell['reason']}[/dim]")
    if told["evidence_not_shown"]:
        to.print(f"    {t('attribution.hidden', told['evidence_not_shown'])}")
    to.print(f"\n[bold]{t('attribution.positions-on', told['on'])}[/bold]")
    for one in told["positions"]:
        _speak_position(to, one, language)
    for one in told["transcribed"]:
        to.print(f" {one['published']}  {one['state']}: “{one['quote']}”")
        to.print(f"      [dim]{t('position.transcribed')}; {one['url']}[/dim]")
    if not told["positions"] and not told["transcribed"]:
        to.print(f" {t('attribution.nobody-yet')}")
    if told["silent"]:
        to.print(f"{t('attribution.silent')}: {', '.join(told['silent'])}")


def _speak_position(to: "Console", one: Document, language: Language) -> None:
    marks = [text(f"attribution.side-{one['side']}", language)] if one["side"] else []
    if one["public"]:
        marks.append(text("attribution.public" if one["endorsed"] else "attribution.needs-second", language))
    to.print(
        f" {str(one['valid_from'])[:10]}  {one['party']} {text('stance.' + one['stance'], language)} "
        f"{text('attribution.with-hypothesis', language, one['hypothesis'])}: {one['words']}{'  (' + ', '.join(marks) + ')' if marks else ''}",
    )
    to.print(f"      “{one['wording']}”")
    for caveat in one["caveats"]:
        to.print(f"      {text('attribution.caveat', language)}: {caveat}")


def robust(told: Document, language: Language) -> str:
    """How many independent groups of evidence would have to fall."""
    count = told["robustness"]
    if count is None:
        return text("attribution.robust-always", language)
    return text("attribution.robust", language, count) if count else text("attribution.ties", language)
