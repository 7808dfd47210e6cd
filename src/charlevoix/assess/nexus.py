"""Nexus: whether a foreign actor is behind an incident, judged by somebody who did not open it, on sources that do not lean on each other."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from charlevoix.acts.act import Digest
from charlevoix.assess.incident import EVIDENCE, RESULT, REVIEW, REVIEWS, ROLE, TEST, Incident
from charlevoix.assess.opening import say
from charlevoix.cases.case import Proposal
from charlevoix.errors import Reason, Refused
from charlevoix.partners.people import held
from charlevoix.safeguards.authority import another_person
from charlevoix.safeguards.grounds import Actor
from charlevoix.stix.identifier import Ref

PUBLISHERS = 2
"""How many must say so independently of each other: one publisher is one source, however much it publishes."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One source: the act by which it was taken in, who published it, and where its knowledge comes from."""

    act: Digest
    publisher: Ref
    origin: str  # whose observation it is: a list and a bundle of one investigation have one origin


@dataclass(frozen=True, slots=True)
class Passing:
    reason: str
    evidence: tuple[Evidence, ...]


def review_nexus(state: Incident, actor: Actor, now: datetime, form: Passing, /) -> Proposal | Refused:
    """Suspected or excluded becomes reviewed: it may be published, attributed and answered (C02)."""
    bad = [*_same_person(state, actor), *dependence(form.evidence)]
    if not form.reason.strip():
        bad.append(Reason("incident.reason", ("20000",), "incident.give-reason"))
    told = [{"act": e.act.hex(), "publisher": e.publisher, "origin": e.origin} for e in form.evidence]
    more = {REVIEW: "nexus", RESULT: "passed", ROLE: "reviewer", EVIDENCE: told}
    return say(state, actor, "incident.nexus-passed", form.reason, more, bad, frozenset(e.act for e in form.evidence))


def dependence(evidence: Sequence[Evidence]) -> tuple[Reason, ...]:
    """Why these sources are not independent: two publishers and two origins are wanted; empty when they are.

    With two of each there are always two sources that differ in both.
    """
    publishers = sorted({e.publisher for e in evidence if e.publisher})
    origins = sorted({e.origin.strip().casefold() for e in evidence} - {""})
    bad = []
    if len(publishers) < PUBLISHERS:
        bad.append(Reason("nexus.publishers", (str(len(publishers)), ", ".join(publishers) or "-"), "nexus.cite-another"))
    if len(origins) < PUBLISHERS:
        bad.append(Reason("nexus.origins", (str(len(origins)), ", ".join(origins) or "-"), "nexus.cite-origin"))
    return tuple(bad)


def exclude_nexus(state: Incident, actor: Actor, now: datetime, form: str, /) -> Proposal | Refused:
    """Nobody foreign is behind it, or nothing shows so: domestic speech is not a target, and it leaves the sharing (C02)."""
    bad = () if form.strip() else (Reason("incident.reason", ("20000",), "incident.give-reason"),)
    return say(state, actor, "incident.nexus-excluded", form, {REVIEW: "nexus", RESULT: "excluded", ROLE: "reviewer"}, bad)


@dataclass(frozen=True, slots=True)
class Reviewing:
    """A review beside that of the nexus: what was tested, and how it came out."""

    kind: str  # one of REVIEWS
    passed: bool
    test: str  # the question that was asked: "Necessary and proportionate for sharing with B?"
    reason: str


def review(state: Incident, actor: Actor, now: datetime, form: Reviewing, /) -> Proposal | Refused:
    """The word of a reviewer who did not open the incident; it moves nothing, and safeguards ask for it."""
    bad = list(_same_person(state, actor))
    roles = held(actor.roles)
    if form.kind not in REVIEWS:
        bad.append(Reason("incident.review-kind", (form.kind, ", ".join(REVIEWS)), "incident.choose-review"))
    elif not roles & _WHO[form.kind]:
        bad.append(Reason("authority.role", (f"review {form.kind}", ", ".join(sorted(_WHO[form.kind]))), "authority.ask-role"))
    if not form.test.strip() or not form.reason.strip():
        bad.append(Reason("incident.test", (), "incident.state-test"))
    result = "passed" if form.passed else "failed"
    role = ", ".join(sorted(roles & _WHO.get(form.kind, frozenset())))
    more = {REVIEW: form.kind, RESULT: result, TEST: form.test.strip(), ROLE: role}
    return say(state, actor, "incident.review", form.reason, more, bad)


_WHO = {
    "legal": frozenset({"reviewer-legal"}),
    "rights": frozenset({"reviewer-rights"}),
    "gender": frozenset({"reviewer-gender"}),
    "protected": frozenset({"reviewer-legal", "reviewer-rights", "reviewer-gender", "duty"}),
}


def _same_person(state: Incident, actor: Actor) -> tuple[Reason, ...]:
    same = another_person(actor, state.openers)
    return (same,) if same else ()
