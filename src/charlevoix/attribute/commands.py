"""Commands of attribution: who did it, by which evidence, who holds what, and what was found."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from charlevoix.attribute import contribution, finding
from charlevoix.attribute.attribution import Attribution, AttributionCase, room_on
from charlevoix.attribute.evidence_grid import KINDS, Cell, Grade, Item
from charlevoix.attribute.inference import Confidence
from charlevoix.attribute.overview import hypothesis_called, item_called, overview
from charlevoix.attribute.position import RESPONSIBILITY, STANCES, PositionForm, TranscriptForm, fingerprint
from charlevoix.attribute.telling import document, spoken
from charlevoix.desk import Command, Desk, Listing, desk, shown
from charlevoix.docket import MOMENT, Declared, act_named, basis, case_named, refs_named, settle, tell_list
from charlevoix.errors import Forged, Malformed, Refused
from charlevoix.stix.identifier import Ref

if TYPE_CHECKING:
    from rich.console import Console

CASE = AttributionCase()
LARGEST = 1_000_000
"""Bytes of a file of transcribed positions."""


@click.group("attribute", cls=Listing, epilog="Example:  charlevoix attribute list --json")
def attribute() -> None:
    """Who did it: rival hypotheses, evidence, each party's position and dissent, and a finding if there is one."""


def _command(name: str, example: str) -> Declared:
    return attribute.command(name, cls=Command, example=f"charlevoix attribute {example}")


def _state(at: Desk, name: str) -> tuple[Ref, Attribution]:
    ref = case_named(at.node, at.who, "attribution", name)
    given = at.node.state(at.who, CASE, ref)
    if isinstance(given, Refused):
        at.refuse(given)
    return ref, given.value


@_command("list", "list --phase drafting")
@click.option("--phase", default="", help="open, drafting, silence, heard, found, not-found, withdrawn")
def list_(phase: str) -> None:
    """All attributions, the newest change first."""
    columns = ("title", "phase", "lead", "hypotheses", "evidence", "positions", "dissent", "due")
    tell_list(desk(), "attribution", phase, columns, "attribution.empty")


@_command("open", "open incident--6f1d --title 'Look-alike sites' --question 'Who runs them?' --hypothesis 'Firm X' --participant 'Demo B'")
@click.argument("incident")
@click.option("--title", required=True)
@click.option("--question", required=True, help="What is to be found out, in one sentence.")
@click.option("--hypothesis", "hypotheses", multiple=True, help="A rival; 'somebody else' is always added.")
@click.option("--participant", "participants", multiple=True, help="Name or id of a partner who takes part.")
@click.option("--positions-due", type=MOMENT, default="+7d", show_default=True, help="Until when positions are awaited.")
def open_(
    incident: str, title: str, question: str, hypotheses: tuple[str, ...], participants: tuple[str, ...], positions_due: datetime
) -> None:
    """Open an attribution of an incident whose foreign nexus was reviewed. Whoever opens it leads it."""
    at = desk()
    ref = case_named(at.node, at.who, "incident", incident)
    footing = basis(at.node, at.who, ref, "incident.nexus-passed")
    others = refs_named(at.node, at.who, participants)
    form = finding.OpeningForm(title, question, ref, footing.said.act, footing.grounds, others, positions_due, hypotheses)
    settle(at, at.node.do(at.who, CASE, None, finding.open_attribution, form), "attribute.opened", title)


@_command("hypothesis", "hypothesis attribution--0b3e 'Firm Y' --false-flag")
@click.argument("id_", metavar="ID")
@click.argument("name")
@click.option("--false-flag", is_flag=True, help="It wants to be seen as somebody else.")
def hypothesis(id_: str, name: str, false_flag: bool) -> None:
    """State a further rival hypothesis."""
    at = desk()
    ref, _ = _state(at, id_)
    form = contribution.HypothesisForm(name, false_flag=false_flag)
    settle(at, at.node.do(at.who, CASE, ref, contribution.state_hypothesis, form), "attribute.hypothesis-stated", name)


@_command(
    "evidence",
    "evidence attribution--0b3e --item 'Shared server' --kind technical --admiralty B2 --grade 1=consistent --grade other=neutral "
    "--reason 1='X rented it' --reason other='anybody could'",
)
@click.argument("id_", metavar="ID")
@click.option("--item", "name", required=True, help="What was found, in one sentence.")
@click.option("--kind", type=click.Choice(KINDS), required=True)
@click.option(
    "--grade", "grades", multiple=True, help="H=GRADE for each hypothesis: number, or 'other'; " + ", ".join(g.value for g in Grade)
)
@click.option("--reason", "reasons", multiple=True, help="H=WHY for each grade; without 'H=' it holds for all.")
@click.option("--admiralty", default="f6", show_default=True, help="Source a to g and information 1 to 6, for example B2.")
@click.option("--group", default="", help="Items of one source or one trace share a group and count once.")
@click.option("--planted", type=click.IntRange(0, 100), default=0, help="Probability in per cent that somebody planted it.")
@click.option("--if-planted", "planted_grades", multiple=True, help="H=GRADE if it was planted.")
@click.option("--rests", "rests", multiple=True, help="Act it was found in: digest, CASE, or CASE#KIND.")
def evidence(
    id_: str, name: str, kind: str, grades: tuple[str, ...], reasons: tuple[str, ...], admiralty: str, group: str, planted: int,
    planted_grades: tuple[str, ...], rests: tuple[str, ...],
) -> None:  # fmt: skip
    """Add an item of evidence, with a grade and a reason against every hypothesis."""
    at = desk()
    ref, state = _state(at, id_)
    source, information = admiralty.strip().casefold()[:1], admiralty.strip()[1:]
    item = Item(
        Ref(""),
        name,
        kind,
        _cells(state, grades, reasons),
        source,
        information,
        planted / 100,
        _cells(state, planted_grades, reasons),
        group,
    )
    form = contribution.EvidenceForm(item, rests=frozenset(act_named(at.node, at.who, r).act for r in rests))
    settle(at, at.node.do(at.who, CASE, ref, contribution.state_evidence, form), "attribute.evidence-added", name)


def _cells(state: Attribution, grades: Iterable[str], reasons: Iterable[str]) -> Mapping[Ref, Cell]:
    """Grades with their reasons by hypothesis. Raises Malformed for a grade that is none, Unknown for a hypothesis that is none."""
    known = {g.value: g for g in Grade}
    told = dict(_told(state, r) for r in reasons)
    why = {hypothesis_called(state, h).ref: text for h, text in told.items() if h}
    found = {}
    for pair in grades:
        name, _, grade = pair.partition("=")
        if grade not in known:
            raise Malformed("evidence.no-grade", pair[:100], ", ".join(known), advice="evidence.write-grade")
        ref = hypothesis_called(state, name).ref
        found[ref] = Cell(known[grade], why.get(ref, told.get("", "")))
    return found


def _told(state: Attribution, reason: str) -> tuple[str, str]:
    """A hypothesis and a reason; without a hypothesis before the sign the whole text is a reason for all."""
    name, sign, why = reason.partition("=")
    numbers = {"other", *(str(n) for n in range(1, len(state.hypotheses) + 1))}
    return (name, why) if sign and name.casefold() in numbers else ("", reason)


class Span(click.ParamType):  # type: ignore[type-arg]  # generic in the stubs, not when it runs
    """A range in whole per cent: `55-80`."""

    name = "range"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        low, _, high = str(value).partition("-")
        if not (low.isdecimal() and high.isdecimal()):
            self.fail(f"{value!r} is no range: write 55-80", param, ctx)
        return int(low), int(high)


@_command(
    "position",
    "position attribution--0b3e --hypothesis 1 --stance agree --range 55-80 --words 'We hold it likely.' --technical '...' --political '...' "
    "--considered 1",
)
@click.argument("id_", metavar="ID")
@click.option("--hypothesis", "about", required=True, help="Number, 'other', or the beginning of its name.")
@click.option("--stance", type=click.Choice(STANCES), required=True)
@click.option("--range", "span", type=Span(), required=True, help="Probability in per cent: 55-80.")
@click.option("--words", required=True, help="The position in our own words.")
@click.option("--technical", required=True, help="What the technical evidence says.")
@click.option("--political", required=True, help="What we conclude politically.")
@click.option("--rung", type=click.Choice(RESPONSIBILITY), default=None, help="How far a state is responsible.")
@click.option("--legal", default="", help="How we see it in law.")
@click.option("--caveat", "caveats", multiple=True)
@click.option("--considered", multiple=True, help="Number or id of an item of the grid that it rests on.")
@click.option("--own-not-shown", is_flag=True, help="It also rests on evidence of our own that is not shown.")
@click.option("--public/--confidential", default=False, help="A public one counts once a second person has endorsed it.")
@click.option("--valid-from", type=MOMENT, default=None, help="Since when we hold it (default: now).")
def position(
    id_: str, about: str, stance: str, span: tuple[int, int], words: str, technical: str, political: str, rung: str | None, legal: str,
    caveats: tuple[str, ...], considered: tuple[str, ...], own_not_shown: bool, public: bool, valid_from: datetime | None,
) -> None:  # fmt: skip
    """Take our own position on a hypothesis: a range and words, technical and political conclusion apart."""
    at = desk()
    ref, state = _state(at, id_)
    held = hypothesis_called(state, about)
    items = tuple(item_called(state.grid, c).ref for c in considered)
    form = PositionForm(
        held.ref, stance, *span, words, technical, political, rung or "", legal, caveats, items, own_not_shown, public, valid_from
    )
    outcome = at.node.do(at.who, CASE, ref, contribution.take_position, contribution.Holding(form))
    settle(at, outcome, "attribute.position-public" if public else "attribute.position-taken", held.name)


@_command("endorse", "endorse attribution--0b3e --as Ana")
@click.argument("id_", metavar="ID")
@click.option("--position", "digest", default="", help="Act of the position (default: our newest public one).")
def endorse(id_: str, digest: str) -> None:
    """Stand up, as a second person, for a public position of ours."""
    at = desk()
    ref, state = _state(at, id_)
    ours = [p.act for p in state.said if p.party == at.node.me and p.public]
    named = [p.act for p in state.said if p.act.hex() == digest] if digest else ours[-1:]
    if not named:
        raise Malformed("attribution.nothing-public", advice="attribution.take-public")
    settle(at, at.node.do(at.who, CASE, ref, contribution.endorse, contribution.Endorsing(named[0])), "attribute.endorsed")


@_command("transcribe", "transcribe attribution--0b3e --file examples/transcribed-positions.json --hypothesis 1")
@click.argument("id_", metavar="ID")
@click.option(
    "--file", "path", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=True, help="A list of quotes (JSON)."
)
@click.option("--hypothesis", "about", required=True, help="The hypothesis they speak of.")
def transcribe(id_: str, path: Path, about: str) -> None:
    """Take in what states said in public, each quote with its address, date and hash; nothing is said unless every hash is right."""
    at = desk()
    ref, state = _state(at, id_)
    held = hypothesis_called(state, about)
    forms = [_transcript(row, held.ref) for row in _quotes(path)]
    told = []
    for form in forms:
        outcome = at.node.do(at.who, CASE, ref, contribution.transcribe, contribution.Transcribing(form))
        if isinstance(outcome, Refused):
            at.refuse(outcome)
        told.append(
            {
                "act": outcome.value.digest.hex(),
                "state": form.state,
                "published": form.published.isoformat(),
                "sha256": fingerprint(form.quote),
            }
        )

    def words(to: "Console") -> None:
        for one in shown(told):
            to.print(
                f"{one['state']}, {one['published']}: transcribed, not signed by that state; SHA-256 {str(one['sha256'])[:16]} is right"
            )

    at.tell({"case": ref, "transcribed": told}, words)


def _quotes(path: Path) -> list[Mapping[str, object]]:
    """The quotes of a file, none of them altered. Raises Malformed for a file that is no such list, Forged where a hash is not that of its quote."""
    if path.stat().st_size > LARGEST:
        raise Malformed("transcript.file-large", path.name, LARGEST, advice="transcript.file-so")
    try:
        read = json.loads(path.read_text("utf-8"))
    except (ValueError, RecursionError):
        raise Malformed("transcript.file", path.name, advice="transcript.file-so") from None
    if not isinstance(read, list) or not all(isinstance(row, dict) for row in read):
        raise Malformed("transcript.file", path.name, advice="transcript.file-so")
    for row in read:
        state, quote, claimed = (str(row.get(k, "")) for k in ("state", "quote", "quote_sha256"))
        if fingerprint(quote) != claimed:
            raise Forged("transcript.hash", state[:80], claimed[:64] or "-", fingerprint(quote), advice="transcript.compare")
    return read


def _transcript(row: Mapping[str, object], about: Ref) -> TranscriptForm:
    try:
        day = date.fromisoformat(str(row.get("date", "")))
    except ValueError:
        raise Malformed("transcript.date", str(row.get("date", ""))[:40], advice="transcript.check-date") from None
    return TranscriptForm(str(row.get("state", "")), str(row.get("url", "")), day, str(row.get("quote", "")), about)


@_command("show", "show attribution--0b3e --on 2024-09-05")
@click.argument("id_", metavar="ID")
@click.option("--on", type=click.DateTime(formats=["%Y-%m-%d"]), default=None, help="The room as it stood at the end of that day (UTC).")
def show(id_: str, on: datetime | None) -> None:
    """The room: hypotheses with ranges in words, evidence, positions, dissent, what states said in public, and who is silent."""
    at = desk()
    ref, state = _state(at, id_)
    roster = at.node.partners(at.who)
    day = on.date() if on else datetime.now(UTC).date()
    told = document(ref, state, overview(state), room_on(state, day), roster, at.language)
    at.tell(told, lambda to: spoken(to, shown(told), at.language))


@_command("draft", "draft attribution--0b3e --title 'Finding' --text '...' --hypothesis 1 --range 60-80 --confidence moderate")
@click.argument("id_", metavar="ID")
@click.option("--title", required=True)
@click.option("--text", "wording", required=True)
@click.option("--hypothesis", "about", required=True)
@click.option("--range", "span", type=Span(), required=True)
@click.option("--confidence", type=click.Choice([c.value for c in Confidence]), required=True)
def draft(id_: str, title: str, wording: str, about: str, span: tuple[int, int], confidence: str) -> None:
    """Word the finding for the others to see; only the lead can."""
    at = desk()
    ref, state = _state(at, id_)
    form = finding.DraftForm(title, wording, hypothesis_called(state, about).ref, *span, confidence)
    settle(at, at.node.do(at.who, CASE, ref, finding.draft, form), "attribute.drafted")


@_command("silence", "silence attribution--0b3e --due +48h")
@click.argument("id_", metavar="ID")
@click.option("--due", type=MOMENT, default="+48h", show_default=True, help="Until when an objection stops the draft.")
def silence(id_: str, due: datetime) -> None:
    """Put the draft under silence: objections until the deadline stop it."""
    at = desk()
    ref, _ = _state(at, id_)
    settle(
        at,
        at.node.do(at.who, CASE, ref, finding.ask_silence, finding.SilenceForm(due)),
        "attribute.silence-asked",
        f"{due:%Y-%m-%d %H:%M} UTC",
    )


@_command("close", "close attribution--0b3e")
@click.argument("id_", metavar="ID")
def close(id_: str) -> None:
    """Close the silence: the lead's word on what it had heard at the deadline."""
    at = desk()
    ref, _ = _state(at, id_)
    settle(at, at.node.do(at.who, CASE, ref, finding.close_silence, None), "attribute.silence-closed")


@_command("found", "found attribution--0b3e --method 'Evidence grid of 6 items in 4 groups' --not-shown 1")
@click.argument("id_", metavar="ID")
@click.option("--method", required=True, help="How it was found, for those who were not there.")
@click.option("--not-shown", type=click.IntRange(0, 10_000), default=0, help="Items of evidence that can't be shown.")
def found(id_: str, method: str, not_shown: int) -> None:
    """Declare the finding that went through the silence, with those who joined, dissent, abstain and were silent."""
    at = desk()
    ref, _ = _state(at, id_)
    settle(at, at.node.do(at.who, CASE, ref, finding.find, finding.FindingForm(method, not_shown)), "attribute.found")


def _words(name: str, verb: Any, key: str, help_: str) -> None:
    """A command whose form is one text."""

    @_command(name, f"{name} attribution--0b3e --text '...'")
    @click.argument("id_", metavar="ID")
    @click.option("--text", "--reasons", "text", required=True, help="In our own words.")
    def say_it(id_: str, text: str) -> None:
        at = desk()
        ref, _ = _state(at, id_)
        settle(at, at.node.do(at.who, CASE, ref, verb, finding.Words(text)), key)

    say_it.help = help_


_words("object", finding.object_to, "attribute.objected", "Object within the silence; the draft goes back to drafting.")
_words("not-found", finding.find_nothing, "attribute.not-found", "Say that the evidence does not carry a finding, and why.")
_words("reopen", finding.reopen, "attribute.reopened", "Open it again, with reasons: new evidence, or a changed mind.")
_words("withdraw", finding.withdraw, "attribute.withdrawn", "Take the finding, or the whole attribution, back, with reasons.")
