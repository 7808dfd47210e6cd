"""Opening: how an incident is said for the first time, said again, widened to others, closed and opened again."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from charlevoix.acts.act import Digest, Place
from charlevoix.assess import incident
from charlevoix.assess.incident import CONFIDENCE, MEANS, REVIEW_DUE, Incident, IncidentCase
from charlevoix.cases.case import PARTICIPANTS, Local, Proposal
from charlevoix.cases.form import percents
from charlevoix.cases.obstacle import obstacles
from charlevoix.errors import Reason, Refused, Unknown
from charlevoix.safeguards.grounds import Actor
from charlevoix.stix import marking
from charlevoix.stix.identifier import Ref
from charlevoix.stix.timestamp import is_timestamp, write
from charlevoix.threats.taxonomy import broader

REVIEW_WITHIN = timedelta(hours=72)
"""How long a suspicion may be shared in confidence before somebody must have looked at it (C02)."""

TITLE_CHARACTERS, TEXT_CHARACTERS = 300, 20_000


@dataclass(frozen=True, slots=True)
class Sharing:
    """How widely the incident may go: a marking-definition in the making."""

    tlp: str = "amber+strict"
    releasable_to: tuple[Ref, ...] | None = None  # identities; None: no list
    redact: tuple[str, ...] = ()  # properties that only full members and our own roles get
    purpose: tuple[str, ...] = ()
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Details:
    """What makes an incident complete beyond what it can't be opened without; all of it may wait (see `completeness`)."""

    actor: str = ""  # who is suspected, and why, in words
    targets: tuple[str, ...] = ()  # countries or parts of them, ISO 3166
    languages: tuple[str, ...] = ()  # BCP 47
    reach: str = ""  # counts with their source
    effect: str = ""  # on confidence in, and legitimacy of, institutions (D1)
    election: Ref | None = None
    rights: tuple[str, ...] = ()  # articles of the Covenant
    gender: str = ""
    first_seen: str = ""  # STIX timestamps
    last_seen: str = ""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What its author believes, told apart: how probable, and how well founded."""

    assessment: str = ""
    probability: tuple[int, int] | None = None  # lower and upper bound, in whole per cent
    confidence: str = ""  # one of CONFIDENCE


@dataclass(frozen=True, slots=True)
class Opening:
    """An analyst's form: the incident, what it is made of, whose word it rests on, and who takes part."""

    title: str
    threats: tuple[str, ...]  # "D2.2", or a local addition under it
    means: tuple[str, ...]  # of MEANS
    sources: frozenset[Digest]  # acts of reports
    restate: tuple[Place, ...] = ()  # domains, techniques ... known from those, spoken of again
    participants: tuple[Ref, ...] = ()  # beside ourselves
    summary: str = ""
    judgement: Judgement = Judgement()
    sharing: Sharing = Sharing()
    details: Details = Details()
    protected: bool = False  # a person at risk is concerned
    suspected: bool = True  # a foreign actor is suspected; False: only recorded, and shared with nobody until somebody states it


def open_incident(state: Incident, actor: Actor, now: datetime, form: Opening, /) -> Proposal | Refused:
    """Nothing that was imported is an incident until somebody says so, and names their sources."""
    kind = "incident.open" if form.suspected else "incident.record"
    bad = [*_barred(kind, state, actor), *_wrong(form)]
    if not form.sources:
        bad.append(Reason("incident.sources", (), "incident.name-sources"))
    if bad:
        return Refused(tuple(bad))
    first = {**_incident(form), PARTICIPANTS: sorted({actor.organisation, *form.participants})}
    if form.suspected:
        first[REVIEW_DUE] = write(now + REVIEW_WITHIN)
    return Proposal(kind, _marked(first, form.sharing), form.sources, form.restate)


def suspect(state: Incident, actor: Actor, now: datetime, form: str, /) -> Proposal | Refused:
    """A foreign actor is suspected from now on, with the reason: it may be shared in confidence, and is reviewed within 72 hours (C02)."""
    bad = () if form.strip() else (Reason("incident.reason", ("20000",), "incident.give-reason"),)
    return say(state, actor, "incident.suspect", form, {REVIEW_DUE: write(now + REVIEW_WITHIN)}, bad)


def revise(state: Incident, actor: Actor, now: datetime, form: Opening, /) -> Proposal | Refused:
    """A new version, by its author alone; participants and the review's deadline stay as they were said."""
    bad = [*_barred("incident.revise", state, actor), *_wrong(form)]
    if state.author not in (None, actor.organisation):
        bad.append(Reason("incident.not-yours", (str(state.author),), "incident.add-note"))
    if bad or state.ref is None:
        return Refused(tuple(bad) or (Reason("incident.not-here", (), "incident.ask-author"),))
    again = {**_incident(form), "id": state.ref}
    return Proposal("incident.revise", _marked(again, form.sharing), form.sources, form.restate)


def _barred(kind: str, state: Incident, actor: Actor) -> list[Reason]:
    return obstacles(IncidentCase.kinds, kind, state.course.phase, actor)


def _wrong(form: Opening) -> Iterable[Reason]:
    """Every reason against the content of the form."""
    if not 0 < len(form.title.strip()) <= TITLE_CHARACTERS:
        yield Reason("incident.title", (str(TITLE_CHARACTERS),), "incident.give-title")
    if long := [t for t in (form.summary, form.judgement.assessment) if len(t) > TEXT_CHARACTERS]:
        yield Reason("incident.too-long", (str(len(long[0])), str(TEXT_CHARACTERS)), "incident.shorten")
    if not form.threats or (unknown := _unknown(form.threats)):
        yield Reason("incident.threats", (", ".join(unknown) if form.threats else "-",), "incident.choose-threats")
    if not form.means or not set(form.means) <= set(MEANS):
        yield Reason("incident.means", (", ".join(form.means) or "-", ", ".join(MEANS)), "incident.choose-means")
    yield from _wrong_judgement(form.judgement)
    yield from _wrong_sharing(form.sharing)
    for when in (form.details.first_seen, form.details.last_seen):
        if when and not is_timestamp(when):
            yield Reason("incident.time", (when[:60],), "timestamp.write-utc")


def _unknown(threats: Iterable[str]) -> list[str]:
    unknown = []
    for id_ in threats:
        try:
            broader(id_)
        except Unknown:
            unknown.append(id_)
    return unknown


def _wrong_judgement(said: Judgement) -> Iterable[Reason]:
    low, high = said.probability or (0, 0)
    if percents(low, high) is None:
        yield Reason("incident.probability", (str(low), str(high)), "incident.give-range")
    if said.probability and said.confidence not in CONFIDENCE:
        yield Reason("incident.confidence", (said.confidence or "-", ", ".join(CONFIDENCE)), "incident.give-confidence")


def _wrong_sharing(said: Sharing) -> Iterable[Reason]:
    common = IncidentCase.kinds["incident.open"].common
    if said.tlp not in marking.LEVELS:
        yield Reason("incident.marking", (said.tlp, ", ".join(marking.LEVELS)), "incident.choose-marking")
    if shown := sorted(common & set(said.redact)):
        yield Reason("redaction.common", (", ".join(shown),), "incident.redact-less")


def _incident(form: Opening) -> dict[str, object]:
    """The STIX `incident` (section 4.6) with our properties; what the form leaves empty is left out."""
    said, more = form.judgement, form.details
    stated: dict[str, object] = {
        "description": form.summary.strip(),
        incident.ASSESSMENT: said.assessment.strip(),
        incident.PROBABILITY: list(said.probability) if said.probability else None,
        incident.CONFIDENCE_P: said.confidence,
        incident.FIRST_SEEN: more.first_seen,
        incident.LAST_SEEN: more.last_seen,
        incident.PROTECTED: form.protected,
        "charlevoix_suspected_actor": more.actor,
        "charlevoix_targets": list(more.targets),
        "charlevoix_languages": list(more.languages),
        "charlevoix_reach": more.reach,
        "charlevoix_effect": more.effect,
        "charlevoix_election": more.election,
        "charlevoix_rights": list(more.rights),
        "charlevoix_gender": more.gender,
    }
    return {
        "type": "incident",
        "name": form.title.strip(),
        incident.THREATS_P: sorted(set(form.threats)),
        incident.MEANS_P: sorted(set(form.means)),
        **{k: v for k, v in stated.items() if v},
    }


def _marked(first: Mapping[str, object], how: Sharing) -> Mapping[str, Mapping[str, object]]:
    """The incident and its marking, which is committed to by the same act, so that no relay can swap the list."""
    plain = marking.official(how.tlp)
    rules: dict[str, object] = {
        marking.RELEASABLE: None if how.releasable_to is None else sorted(how.releasable_to),
        marking.REDACT: sorted(how.redact) or None,
        marking.PURPOSE: sorted(how.purpose) or None,
        marking.UNTIL: write(how.until) if how.until else None,
    }
    ours = {k: v for k, v in rules.items() if v is not None}
    if not ours:
        return {"incident": {**first, "object_marking_refs": [plain["id"]]}, "marking": plain}
    own = {k: v for k, v in plain.items() if k not in ("id", "created")}
    return {"incident": {**first, "object_marking_refs": [Local("marking")]}, "marking": {**own, **ours}}


# --- what anybody who takes part may add ----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Addition:
    """Objects known from other acts that belong here too, and the sources they come from."""

    restate: tuple[Place, ...]
    sources: frozenset[Digest] = field(default_factory=frozenset)
    why: str = ""


def add(state: Incident, actor: Actor, now: datetime, form: Addition, /) -> Proposal | Refused:
    bad = () if form.restate else (Reason("incident.nothing-to-add", (), "incident.choose-objects"),)
    said = say(state, actor, "incident.add", form.why or "Added objects", {}, bad)
    return said if isinstance(said, Refused) else Proposal(said.kind, said.objects, form.sources, form.restate)


def invite(state: Incident, actor: Actor, now: datetime, form: tuple[Ref, ...], /) -> Proposal | Refused:
    """Further participants: they will hold all acts of the case from now on, and each object as its marking allows."""
    new = sorted(set(form) - state.participants)
    bad = () if new else (Reason("incident.nobody-new", (), "incident.choose-partner"),)
    return say(state, actor, "incident.invite", "Invited", {PARTICIPANTS: new}, bad)


def note(state: Incident, actor: Actor, now: datetime, form: str, /) -> Proposal | Refused:
    """A word of any participant beside the author's."""
    return say(state, actor, "incident.note", form, {}, _empty(form))


def close(state: Incident, actor: Actor, now: datetime, form: str, /) -> Proposal | Refused:
    """With the outcome in words."""
    return say(state, actor, "incident.close", form, {}, _empty(form))


def reopen(state: Incident, actor: Actor, now: datetime, form: str, /) -> Proposal | Refused:
    """It is a suspicion again, whatever was reviewed before: the evidence may have changed."""
    return say(state, actor, "incident.reopen", form, {}, _empty(form))


def _empty(text: str) -> tuple[Reason, ...]:
    if text.strip() and len(text) <= TEXT_CHARACTERS:
        return ()
    return (Reason("incident.reason", (str(TEXT_CHARACTERS),), "incident.give-reason"),)


def say(
    state: Incident,
    actor: Actor,
    kind: str,
    text: str,
    more: Mapping[str, object],
    bad: Iterable[Reason] = (),
    rests: frozenset[Digest] = frozenset(),
) -> Proposal | Refused:
    """A note on the incident as an act of this kind, unless something stands in the way: all of it is told."""
    reasons = [*_barred(kind, state, actor), *bad]
    if state.ref is None and state.course.notes:
        reasons.append(Reason("incident.not-here", (), "incident.ask-author"))
    if reasons:
        return Refused(tuple(reasons))
    body = {"type": "note", "content": text.strip(), "object_refs": [state.ref], **more}
    return Proposal(kind, {"note": {**body, **_as_marked(state)}}, rests)


def _as_marked(state: Incident) -> Mapping[str, object]:
    """A note on the incident goes no further than the incident."""
    refs = state.marking_refs
    return {"object_marking_refs": sorted(refs)} if refs else {}
