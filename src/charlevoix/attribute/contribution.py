"""A contribution: what each participant brings to an attribution, in verbs: hypotheses, evidence, its position, public words of others."""

from dataclasses import dataclass, field
from datetime import datetime

from charlevoix.acts.act import Digest, Place
from charlevoix.attribute import evidence, hypothesis, position
from charlevoix.attribute.attribution import ENDORSES, Attribution, AttributionCase
from charlevoix.attribute.evidence_grid import CREDIBILITY, KINDS, RELIABILITY, Item
from charlevoix.attribute.position import RESPONSIBILITY, STANCES, Position, PositionForm, TranscriptForm
from charlevoix.cases.case import Proposal
from charlevoix.cases.form import Handling, marked, missing, percents, refused, unless, wrong_handling
from charlevoix.cases.obstacle import obstacles
from charlevoix.errors import Reason, Refused
from charlevoix.safeguards.authority import another_person
from charlevoix.safeguards.grounds import Actor
from charlevoix.stix.identifier import Ref


def barred(kind: str, state: Attribution, actor: Actor) -> list[Reason]:
    """Role, phase, and being no participant."""
    found = obstacles(AttributionCase.kinds, kind, state.phase, actor)
    everybody = state.parties.all if state.parties else frozenset({actor.organisation})
    return found + unless(actor.organisation in everybody, "attribution.outsider", actor.organisation, advice="attribution.ask-lead")


def among_participants(state: Attribution) -> Handling:
    """The handling where a form names none."""
    return Handling("amber", state.parties.all if state.parties else None)


def _known(state: Attribution, ref: Ref) -> list[Reason]:
    known = [h.ref for h in state.hypotheses]
    return unless(ref in known, "attribution.hypothesis-unknown", ref, advice="attribution.state-hypothesis")


@dataclass(frozen=True, slots=True)
class HypothesisForm:
    name: str
    about: tuple[Ref, ...] = ()  # an object of the actor, if there is one
    restate: tuple[Place, ...] = ()  # where that object is, unless the case speaks of it already
    false_flag: bool = False
    handling: Handling | None = None


def state_hypothesis(state: Attribution, actor: Actor, now: datetime, form: HypothesisForm, /) -> Proposal | Refused:
    """A further rival: grades against it are then missing, and count as "anything is possible" until they are given."""
    how = form.handling or among_participants(state)
    told = any(h.name.casefold() == form.name.strip().casefold() for h in state.hypotheses)
    no = refused(
        barred("attribution.hypothesis", state, actor),
        missing(hypothesis=form.name),
        unless(not told, "attribution.hypothesis-told", form.name, advice="attribution.use-it"),
        wrong_handling(how),
    )
    about = ((state.ref,) if state.ref else ()) + form.about
    said = hypothesis.written(form.name.strip(), about, "false-flag" if form.false_flag else "named")
    return no or Proposal("attribution.hypothesis", marked({"hypothesis": said}, how), restate=form.restate)


@dataclass(frozen=True, slots=True)
class EvidenceForm:
    """An item of the grid; `item.ref` of an earlier one of one's own makes it a new version, any other text is replaced by a new id."""

    item: Item
    about: tuple[Ref, ...] = ()  # the objects that are the evidence
    restate: tuple[Place, ...] = ()  # where those are, unless the case speaks of them already
    rests: frozenset[Digest] = frozenset()  # acts of the cases it was found in
    handling: Handling | None = None


def state_evidence(state: Attribution, actor: Actor, now: datetime, form: EvidenceForm, /) -> Proposal | Refused:
    """Every hypothesis gets a grade, and every grade a reason: what fits all of them equally well proves nothing."""
    item, how = form.item, form.handling or among_participants(state)
    no = refused(
        barred("attribution.evidence", state, actor),
        missing(evidence=item.name),
        unless(item.kind in KINDS, "evidence.kind", item.kind, ", ".join(KINDS), advice="evidence.choose-kind"),
        unless(
            item.reliability in RELIABILITY and item.credibility in CREDIBILITY,
            "evidence.admiralty",
            item.reliability + item.credibility,
            advice="evidence.grade-source",
        ),
        unless(0 <= item.planted <= 1, "evidence.planted", item.planted, advice="evidence.give-share"),
        _ungraded(state, item),
        wrong_handling(how),
    )
    if no:
        return no
    known = any(i.ref == item.ref and i.author == actor.organisation for i in state.grid.items)
    said = {**evidence.written(item, form.about), **({"id": item.ref} if known else {})}
    return Proposal("attribution.evidence", marked({"evidence": said}, how), form.rests, form.restate)


def _ungraded(state: Attribution, item: Item) -> list[Reason]:
    names = {h.ref: h.name for h in state.hypotheses}
    found = [
        Reason("evidence.ungraded", (name,), "evidence.grade")
        for ref, name in names.items()
        if ref not in item.grades or not item.grades[ref].reason.strip()
    ]
    strangers = sorted((set(item.grades) | set(item.if_planted)) - set(names))
    return found + [Reason("attribution.hypothesis-unknown", (s,), "attribution.state-hypothesis") for s in strangers]


@dataclass(frozen=True, slots=True)
class Holding:
    """A position and how widely it may go; a public one is marked TLP:CLEAR unless said otherwise."""

    position: PositionForm
    handling: Handling | None = None


def take_position(state: Attribution, actor: Actor, now: datetime, form: Holding, /) -> Proposal | Refused:
    """The party's own position; a newer one replaces it, and history stays. A public one counts when a second person has endorsed it."""
    held = form.position
    how = form.handling or (IN_PUBLIC if held.public else among_participants(state))
    rung = held.responsibility
    no = refused(
        barred("attribution.position", state, actor),
        _known(state, held.hypothesis),
        unless(held.stance in STANCES, "position.stance", held.stance, ", ".join(STANCES), advice="position.choose"),
        unless(
            percents(held.lowest, held.highest) is not None,
            "position.range",
            held.lowest,
            held.highest,
            advice="position.give-range",
        ),
        unless(not rung or rung in RESPONSIBILITY, "position.rung", rung, advice="position.choose-rung"),
        unless(bool(held.considered) or held.own_not_shown, "position.evidence", advice="position.name-evidence"),
        missing(words=held.words, technical=held.technical, political=held.political),
        unless(
            held.valid_from is None or held.valid_from.tzinfo is not None,
            "position.valid-from",
            advice="position.give-zone",
        ),
        wrong_handling(how),
    )
    return no or Proposal("attribution.position", marked({"position": position.written(held, now)}, how))


@dataclass(frozen=True, slots=True)
class Endorsing:
    position: Digest
    handling: Handling | None = None


def endorse(state: Attribution, actor: Actor, now: datetime, form: Endorsing, /) -> Proposal | Refused:
    """The second person of a public position."""
    one = next((p for p in state.said if p.act == form.position), None)
    how = form.handling or among_participants(state)
    no = refused(
        barred("attribution.endorse", state, actor),
        unless(one is not None, "position.unknown", form.position.hex(), advice="position.choose-one"),
        _not_ours(one, actor) if one else [],
        wrong_handling(how),
    )
    if no or one is None:
        return no or Refused(())
    said = {
        "type": "note",
        "content": "Endorsed",
        "object_refs": [one.hypothesis],
        ENDORSES: form.position.hex(),
    }
    return Proposal("attribution.endorse", marked({"endorsement": said}, how))


def _not_ours(one: Position, actor: Actor) -> list[Reason]:
    same = another_person(actor, frozenset({one.by}) if one.by else frozenset())
    return [
        *unless(one.party == actor.organisation, "position.others", one.party, advice="position.take-your-own"),
        *unless(one.public, "position.not-public", advice="position.nothing-to-endorse"),
        *unless(one.by is not None, "position.person-unknown", advice="position.take-again"),
        *([same] if same else []),
    ]


QUOTE_CHARACTERS = 600
IN_PUBLIC = Handling("clear")


@dataclass(frozen=True, slots=True)
class Transcribing:
    transcript: TranscriptForm
    source: frozenset[Digest] = field(default_factory=frozenset)  # the act by which the page was taken in, if it was
    handling: Handling = IN_PUBLIC


def transcribe(state: Attribution, actor: Actor, now: datetime, form: Transcribing, /) -> Proposal | Refused:
    """One sentence that a state published, with its address and its hash; not a position, because that state did not sign it."""
    said = form.transcript
    no = refused(
        barred("attribution.transcribed", state, actor),
        _known(state, said.hypothesis),
        missing(state=said.state, quote=said.quote),
        unless(
            len(said.quote) <= QUOTE_CHARACTERS,
            "transcript.long",
            len(said.quote),
            QUOTE_CHARACTERS,
            advice="transcript.shorten",
        ),
        unless(said.url.startswith("https://"), "transcript.url", said.url[:200], advice="transcript.give-url"),
        unless(said.published <= now.date(), "transcript.future", said.published, advice="transcript.check-date"),
        wrong_handling(form.handling),
    )
    objects = marked({"transcript": position.transcribed(said)}, form.handling)
    return no or Proposal("attribution.transcribed", objects, form.source)
