"""A finding: how the lead opens an attribution, drafts, asks for silence, closes it, and says what was found, or that nothing was."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from charlevoix.acts.act import Digest, Place
from charlevoix.attribute import hypothesis
from charlevoix.attribute.attribution import (
    ANSWERS,
    DRAFT,
    INCIDENT,
    NEXUS,
    POSITIONS_DUE,
    PROTECTED,
    SILENCE_DUE,
    Attribution,
)
from charlevoix.attribute.contribution import among_participants, barred
from charlevoix.attribute.inference import Confidence
from charlevoix.cases import leading
from charlevoix.cases.case import PARTICIPANTS, Local, Proposal
from charlevoix.cases.form import Handling, filled, marked, missing, percents, refused, unless, wrong_handling
from charlevoix.cases.leading import LEAD
from charlevoix.cases.silence import HEARD
from charlevoix.errors import Reason, Refused
from charlevoix.safeguards.grounds import Actor, Grounds, Nexus
from charlevoix.stix import timestamp
from charlevoix.stix.identifier import Ref

CONFIDENCES = tuple(c.value for c in Confidence)


@dataclass(frozen=True, slots=True)
class OpeningForm:
    """What opens an attribution.

    A pure verb can't look up what the incident is, so its act and its `grounds` are given by the caller, and the opening act restates the nexus
    for every participant.
    """

    title: str
    question: str
    incident: Ref
    nexus_passed: Digest  # the act `incident.nexus-passed`
    grounds: Grounds  # of the incident, now
    participants: frozenset[Ref]  # without us
    positions_due: datetime
    hypotheses: tuple[str, ...] = ()
    restate: tuple[Place, ...] = ()  # the incident and what of it the participants are to have here too
    handling: Handling | None = None


def open_attribution(state: Attribution, actor: Actor, now: datetime, form: OpeningForm, /) -> Proposal | Refused:
    """Who opens leads. "Somebody else" is among the hypotheses from the first moment."""
    everybody = form.participants | {actor.organisation}
    how = form.handling or Handling("amber", everybody)
    no = refused(
        barred("attribution.open", state, actor),
        missing(title=form.title, question=form.question),
        unless(
            form.grounds.nexus is Nexus.REVIEWED,
            "attribution.nexus",
            form.grounds.nexus.value,
            advice="nexus.ask-review",
        ),
        unless(form.positions_due > now, "form.past", timestamp.write(form.positions_due), advice="form.later"),
        *(missing(hypothesis=h) for h in form.hypotheses),
        wrong_handling(how),
    )
    if no:
        return no
    rivals = _rivals(form)
    first: Mapping[str, object] = {
        "type": "note",
        "abstract": form.title,
        "content": form.question,
        "object_refs": [Local(name) for name in rivals],
        INCIDENT: form.incident,
        PARTICIPANTS: sorted(everybody),
        LEAD: actor.organisation,
        POSITIONS_DUE: timestamp.write(form.positions_due),
        NEXUS: form.grounds.nexus.value,
        **({PROTECTED: True} if form.grounds.protected else {}),
    }
    return Proposal(
        "attribution.open",
        marked({"attribution": first, **rivals}, how),
        frozenset({form.nexus_passed}),
        form.restate,
    )


def _rivals(form: OpeningForm) -> Mapping[str, Mapping[str, object]]:
    about = (Local("attribution"),)
    named = {f"hypothesis-{i}": hypothesis.written(h.strip(), about) for i, h in enumerate(form.hypotheses, 1)}
    other = hypothesis.written("An actor whom no other hypothesis names", about, hypothesis.SOMEBODY_ELSE)
    return {**named, hypothesis.SOMEBODY_ELSE: other}


def _lead_only(kind: str, state: Attribution, actor: Actor) -> list[Reason]:
    lead = state.parties.lead if state.parties else actor.organisation
    return barred(kind, state, actor) + unless(actor.organisation == lead, "attribution.not-lead", lead, advice="attribution.ask-lead")


def _about(state: Attribution) -> list[Ref]:
    return [state.ref] if state.ref else [h.ref for h in state.hypotheses]


@dataclass(frozen=True, slots=True)
class DraftForm:
    title: str
    text: str
    hypothesis: Ref
    lowest: int  # per cent
    highest: int
    confidence: str  # one of CONFIDENCES
    handling: Handling | None = None


def draft(state: Attribution, actor: Actor, now: datetime, form: DraftForm, /) -> Proposal | Refused:
    """A wording for the others to see; a newer one replaces it."""
    how = form.handling or among_participants(state)
    known = [h.ref for h in state.hypotheses]
    no = refused(
        _lead_only("attribution.draft", state, actor),
        missing(title=form.title, text=form.text),
        unless(
            form.hypothesis in known,
            "attribution.hypothesis-unknown",
            form.hypothesis,
            advice="attribution.state-hypothesis",
        ),
        unless(
            percents(form.lowest, form.highest) is not None,
            "position.range",
            form.lowest,
            form.highest,
            advice="position.give-range",
        ),
        unless(
            form.confidence in CONFIDENCES,
            "attribution.confidence",
            form.confidence,
            ", ".join(CONFIDENCES),
            advice="attribution.choose-confidence",
        ),
        wrong_handling(how),
    )
    return no or Proposal("attribution.draft", marked({"draft": _report(form, now)}, how))


def _report(form: DraftForm, now: datetime) -> Mapping[str, object]:
    return {
        "type": "report",
        "name": form.title,
        "description": form.text,
        "published": timestamp.write(now),
        "object_refs": [form.hypothesis],
        "charlevoix_lowest": form.lowest,
        "charlevoix_highest": form.highest,
        "charlevoix_confidence": form.confidence,
    }


@dataclass(frozen=True, slots=True)
class SilenceForm:
    due: datetime
    handling: Handling | None = None


def ask_silence(state: Attribution, actor: Actor, now: datetime, form: SilenceForm, /) -> Proposal | Refused:
    """Objections until the deadline stop the draft; silence is recorded as silence."""
    how, newest = form.handling or among_participants(state), state.draft
    no = refused(
        _lead_only("attribution.silence", state, actor),
        unless(newest is not None, "attribution.no-draft", advice="attribution.draft-first"),
        unless(form.due > now, "form.past", timestamp.write(form.due), advice="form.later"),
        wrong_handling(how),
    )
    said = {
        **_note("Silence procedure on the draft", state),
        DRAFT: newest.act.hex() if newest else "",
        SILENCE_DUE: timestamp.write(form.due),
    }
    return no or Proposal("attribution.silence", marked({"silence": said}, how))


def _note(content: str, state: Attribution) -> Mapping[str, object]:
    return {"type": "note", "content": content, "object_refs": _about(state)}


@dataclass(frozen=True, slots=True)
class Words:
    """A form of one text: an objection, the reasons of a decision."""

    text: str
    handling: Handling | None = None


def object_to(state: Attribution, actor: Actor, now: datetime, form: Words, /) -> Proposal | Refused:
    """An objection within the silence, in the party's own words; it leads back to drafting."""
    how = form.handling or among_participants(state)
    no = refused(barred("attribution.objection", state, actor), missing(objection=form.text), wrong_handling(how))
    return no or Proposal("attribution.objection", marked({"objection": _note(form.text, state)}, how))


def close_silence(state: Attribution, actor: Actor, now: datetime, form: Handling | None, /) -> Proposal | Refused:
    """The lead's word on what it had at the deadline: all positions and objections that are here."""
    how = form or among_participants(state)
    due = state.silence_due
    no = refused(
        _lead_only("attribution.closing", state, actor),
        unless(due is None or now >= due, "attribution.early", timestamp.write(due or now), advice="attribution.wait"),
        wrong_handling(how),
    )
    heard = sorted(n.digest.hex() for n in leading.inside(state.course, state.parties, *ANSWERS))
    # the draft is named too, so that a silence in which nobody ever spoke still has a list: STIX knows no empty one
    listed = [state.draft.act.hex(), *heard] if state.draft else heard
    return no or Proposal("attribution.closing", marked({"closing": {**_note("Silence closed", state), HEARD: listed}}, how))


@dataclass(frozen=True, slots=True)
class FindingForm:
    """What was found is the draft that went through the silence; `method` and `not_shown` say what it rests on."""

    method: str
    not_shown: int = 0  # items of evidence that can't be shown
    handling: Handling | None = None


def find(state: Attribution, actor: Actor, now: datetime, form: FindingForm, /) -> Proposal | Refused:
    """The joint finding, with those who joined, dissent, abstain and were silent named in it; never a majority's word for all."""
    how, newest, closed = form.handling or among_participants(state), state.draft, state.silence
    left_out = sorted(d.hex() for d in closed.left_out) if closed else []
    no = refused(
        _lead_only("attribution.found", state, actor),
        missing(method=form.method),
        unless(newest is not None, "attribution.no-draft", advice="attribution.draft-first"),
        unless(not left_out, "attribution.left-out", len(left_out), advice="attribution.close-again"),
        unless(state.nexus is Nexus.REVIEWED, "attribution.nexus", state.nexus.value, advice="nexus.ask-review"),
        unless(form.not_shown >= 0, "attribution.count", form.not_shown),
        wrong_handling(how),
    )
    if no or newest is None or newest.hypothesis is None or newest.range is None:
        return no or Refused((Reason("attribution.no-draft", (), "attribution.draft-first"),))
    ends = DraftForm(
        newest.title,
        newest.text,
        newest.hypothesis,
        round(newest.range.low * 100),
        round(newest.range.high * 100),
        newest.confidence,
    )
    return Proposal("attribution.found", marked({"finding": {**_report(ends, now), **_roll(state), **filled(_basis(form))}}, how))


def _basis(form: FindingForm) -> Mapping[str, object]:
    return {"charlevoix_method": form.method, "charlevoix_not_shown": form.not_shown}


def _roll(state: Attribution) -> Mapping[str, object]:
    """Who stands where, as the acts say."""
    return filled(
        {
            "charlevoix_joined": sorted({p.party for p in state.joined}),
            "charlevoix_dissenting": sorted({p.party for p in state.dissent}),
            "charlevoix_abstaining": sorted({p.party for p in state.abstaining}),
            "charlevoix_silent": sorted(state.silent),
        }
    )


def find_nothing(state: Attribution, actor: Actor, now: datetime, form: Words, /) -> Proposal | Refused:
    """The evidence does not carry a finding: an honest end, with its reasons."""
    return _declare("attribution.not-found", state, actor, form)


def withdraw(state: Attribution, actor: Actor, now: datetime, form: Words, /) -> Proposal | Refused:
    """The finding, or the whole attribution, is taken back; whatever rests on its acts is found by what it rests on."""
    return _declare("attribution.withdrawn", state, actor, form)


def reopen(state: Attribution, actor: Actor, now: datetime, form: Words, /) -> Proposal | Refused:
    """New evidence, or a changed mind."""
    return _declare("attribution.reopen", state, actor, form)


def _declare(kind: str, state: Attribution, actor: Actor, form: Words) -> Proposal | Refused:
    how = form.handling or among_participants(state)
    no = refused(_lead_only(kind, state, actor), missing(reasons=form.text), wrong_handling(how))
    said = {**_note(form.text, state), "charlevoix_reasons": form.text}
    return no or Proposal(kind, marked({"declaration": said}, how))
