"""Saying: how something is written for the public, reviewed, published by two persons, corrected and taken back, in verbs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from charlevoix.account import publication
from charlevoix.account.publication import LANGUAGES, REVIEWS, Publication, PublicationCase, Words
from charlevoix.acts.act import Digest
from charlevoix.cases.case import Proposal
from charlevoix.cases.form import filled, missing, refused, unless
from charlevoix.cases.obstacle import obstacles
from charlevoix.errors import Reason, Refused
from charlevoix.partners.people import held
from charlevoix.safeguards.authority import another_person
from charlevoix.safeguards.grounds import Actor
from charlevoix.stix import timestamp
from charlevoix.stix.identifier import Ref
from charlevoix.stix.marking import OFFICIAL

PARAGRAPHS = 200
"""Paragraphs of one publication at most."""

PUBLIC = {"object_marking_refs": [OFFICIAL["clear"]]}
INSIDE = {"object_marking_refs": [OFFICIAL["amber+strict"]]}


@dataclass(frozen=True, slots=True)
class OpeningForm:
    """The text for the public, in both languages, and the judgements it rests on."""

    titles: Words
    paragraphs: tuple[Words, ...]
    dissents: Words  # what others say otherwise, in words; that nobody does, if so
    rests: frozenset[Digest]
    since: date | None = None
    to: date | None = None


def open_publication(state: Publication, actor: Actor, now: datetime, form: OpeningForm, /) -> Proposal | Refused:
    """Written once, in both languages: what a review objects to is withdrawn and written anew, so that no review is carried over."""
    no = refused(
        obstacles(PublicationCase.kinds, "publication.open", state.phase, actor),
        _unsaid("title", form.titles),
        _unsaid("dissent", form.dissents),
        unless(0 < len(form.paragraphs) <= PARAGRAPHS, "publication.paragraphs", len(form.paragraphs), PARAGRAPHS),
        *(_unsaid(f"paragraph {n}", p) for n, p in enumerate(form.paragraphs, 1)),
        unless(bool(form.rests), "publication.rests", advice="publication.name-basis"),
        _wrong_period(form),
    )
    first = {
        "type": "report",
        "name": form.titles.get("en", ""),
        "published": timestamp.write(now),
        "object_refs": [actor.organisation],
        publication.TITLES: dict(form.titles),
        publication.PARAGRAPHS: [dict(p) for p in form.paragraphs],
        publication.DISSENTS: dict(form.dissents),
        publication.SINCE: form.since.isoformat() if form.since else None,
        publication.TO: form.to.isoformat() if form.to else None,
    }
    return no or Proposal("publication.open", {"publication": {**filled(first), **PUBLIC}}, form.rests)


def _unsaid(name: str, words: Words) -> Iterable[Reason]:
    return missing(**{f"{name} ({language})": words.get(language, "") for language in LANGUAGES})


def _wrong_period(form: OpeningForm) -> list[Reason]:
    ends = form.since and form.to
    return unless(not ends or bool(form.since and form.to and form.since <= form.to), "publication.period", form.since, form.to)


@dataclass(frozen=True, slots=True)
class ReviewForm:
    """What was tested, and how it came out."""

    sort: str  # one of REVIEWS
    passed: bool
    test: str  # the question that was asked
    reasons: str


def review(state: Publication, actor: Actor, now: datetime, form: ReviewForm, /) -> Proposal | Refused:
    """The word of a reviewer who did not write it, in the role that belongs to it; its reasons stay inside."""
    same, role = another_person(actor, state.writers), f"reviewer-{form.sort}"
    known = form.sort in REVIEWS
    no = refused(
        obstacles(PublicationCase.kinds, "publication.review", state.phase, actor),
        unless(state.phase in ("none", "open"), "publication.too-late", advice="publication.withdraw-it"),
        unless(known, "publication.review-kind", form.sort, ", ".join(REVIEWS)),
        unless(not known or role in held(actor.roles), "authority.role", "publication.review", role, advice="authority.ask-role"),
        [same] if same else [],
        missing(test=form.test, reasons=form.reasons),
    )
    result = "passed" if form.passed else "failed"
    more = {publication.REVIEW: form.sort, publication.RESULT: result, publication.TEST: form.test, publication.ROLE: role}
    return no or Proposal("publication.review", {"review": {**_note(state, form.reasons), **more, **INSIDE}})


def publish(state: Publication, actor: Actor, now: datetime, form: str, /) -> Proposal | Refused:
    """The second of two persons lets it out, once every review was passed; of a correction, another person than who wrote that."""
    before = state.writers if state.waiting is None else frozenset({Ref(state.waiting.person)})
    same = another_person(actor, before)
    no = refused(
        obstacles(PublicationCase.kinds, "publication.publish", state.phase, actor),
        _lacking(state),
        [same] if same else [],
        missing(reasons=form),
    )
    reviewed = sorted(r.act.hex() for r in state.reviews)
    said = {**_note(state, form), publication.ON: reviewed}
    return no or Proposal("publication.publish", {"publishing": {**filled(said), **PUBLIC}})


def _lacking(state: Publication) -> list[Reason]:
    found = []
    for sort in REVIEWS if state.phase != "none" else ():
        if sort in state.failed:
            found.append(Reason("publication.review-failed", (sort,), "publication.withdraw-it"))
        elif sort not in state.passed:
            found.append(Reason("publication.review-missing", (sort,), "publication.ask-review"))
    return found


@dataclass(frozen=True, slots=True)
class Correcting:
    """What was wrong, and what is right, in both languages."""

    words: Words


def correct(state: Publication, actor: Actor, now: datetime, form: Correcting, /) -> Proposal | Refused:
    """What was published stays as it was, with the correction beside it, once another person has published that."""
    no = refused(obstacles(PublicationCase.kinds, "publication.correct", state.phase, actor), _unsaid("correction", form.words))
    return no or Proposal("publication.correct", {"correction": {**_said(state, form.words), **PUBLIC}})


def withdraw(state: Publication, actor: Actor, now: datetime, form: Correcting, /) -> Proposal | Refused:
    """It no longer stands: its title, that it is withdrawn, and why stay public."""
    no = refused(obstacles(PublicationCase.kinds, "publication.withdraw", state.phase, actor), _unsaid("reasons", form.words))
    titles = {publication.TITLES: dict(state.text.titles)} if state.text else {}
    return no or Proposal("publication.withdraw", {"withdrawal": {**_said(state, form.words), **titles, **PUBLIC}})


def _said(state: Publication, words: Words) -> Mapping[str, object]:
    return {**_note(state, words.get("en", "")), publication.PARAGRAPHS: [dict(words)]}


def _note(state: Publication, content: str) -> Mapping[str, object]:
    about = [state.ref] if state.ref else []
    return {"type": "note", "content": content.strip(), "object_refs": about}
