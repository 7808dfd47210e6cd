"""The one pure function that says who gets what, and may who do what: each answer with its reasons, rule by rule."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from charlevoix.errors import Answer, Reason
from charlevoix.partners.people import ADMINISTRATOR, DESK, HOUSE, PROTECTED
from charlevoix.safeguards.grounds import Audience, Grounds, Nexus, Subject, merge
from charlevoix.safeguards.legal_profile import LegalProfile
from charlevoix.safeguards.marking import Marking, combine
from charlevoix.stix.identifier import Property

if TYPE_CHECKING:  # passage needs Decision at run time
    from charlevoix.safeguards.passage import Verified


@dataclass(frozen=True, slots=True)
class Decision:
    """An answer, every reason for it, and until when it holds."""

    answer: Answer
    reasons: tuple[Reason, ...]
    withheld: frozenset[Property] = frozenset()
    until: datetime | None = None  # decide again then


_ORDER = {Answer.YES: 0, Answer.REDACT: 1, Answer.NO: 2}
_NETWORK = frozenset({"member", "observer", "partner"})
_CASE_BY_CASE = frozenset({"organisation", "platform"})


@dataclass(frozen=True, slots=True)
class _Question:
    """What the rules are asked about."""

    subject: Subject
    to: Audience
    standing: str  # "house" for a role that reads content, "public" for a role of the desk, "" for what we don't know
    role: str
    cases: int
    grounds: Grounds
    marking: Marking
    hidden: frozenset[Property]
    until: datetime | None
    profile: LegalProfile
    now: datetime


_Ruling = tuple[Answer, Reason]


def decide(of: "Verified[Subject]", to: Audience, grounds: tuple[Grounds, ...], profile: LegalProfile, now: datetime) -> Decision:
    """Who gets this object, whole, redacted or not at all; the strictest rule answers, and every obstacle is named.

    `grounds` are those of all cases that speak of the object; `now` is an aware datetime. A NO holds the obstacles; a REDACT or YES what
    allowed it, and `until` is when it must be decided again. No rule reads the value of a property, only which are there, so an answer serves
    for all objects that differ in nothing else; the door withholds also what would tell a withheld value (`charlevoix.acts.leak`).
    """
    question = _ask(of.value, to, grounds, profile, now)
    rulings = [ruling for rule in RULES for ruling in rule(question)]
    obstacles = tuple(reason for answer, reason in rulings if answer is Answer.NO)
    if obstacles:
        return Decision(Answer.NO, obstacles)
    reasons = tuple(reason for _, reason in sorted(rulings, key=lambda r: -_ORDER[r[0]]))
    answer = Answer.REDACT if question.hidden else Answer.YES
    return Decision(answer, reasons, question.hidden, question.until)


def strictest(decisions: Iterable[Decision]) -> Decision:
    """The decision that keeps all of them: NO over REDACT over YES, reasons of the strictest answer, all that any withholds, earliest `until`.

    Raises ValueError where there is none to keep.
    """
    decisions = tuple(decisions)
    answer = max((d.answer for d in decisions), key=_ORDER.__getitem__)
    reasons = dict.fromkeys(r for d in decisions if d.answer is answer for r in d.reasons)
    if answer is Answer.NO:
        return Decision(answer, tuple(reasons))
    withheld = frozenset[Property]().union(*(d.withheld for d in decisions))
    return Decision(answer, tuple(reasons), withheld, min((d.until for d in decisions if d.until), default=None))


def _ask(subject: Subject, to: Audience, grounds: tuple[Grounds, ...], profile: LegalProfile, now: datetime) -> _Question:
    role = to.name.removeprefix("role--") if to.standing == "role" else ""
    standing = _standing(to.standing, role)
    marking = combine(subject.markings)
    everything = standing in ("house", "member")
    hidden = frozenset[Property]() if everything else frozenset(marking.redact & subject.object.known.keys())
    ours = standing == "house" and subject.author is not None and subject.author == to.house
    until = None if ours else marking.until  # what the author lets others have for a time, the author's house keeps
    return _Question(subject, to, standing, role, len(grounds), merge(grounds), marking, hidden, until, profile, now)


def _standing(standing: str, role: str) -> str:
    if standing == "role":
        return "house" if role in HOUSE or role == ADMINISTRATOR else "public" if role in DESK else ""
    return standing if standing in _NETWORK | _CASE_BY_CASE | {"public"} else ""


# --- the rules: each says what it allows or what stands in the way, never what another rule decides ----------------------


def _audience(q: _Question) -> Iterator[_Ruling]:
    if not q.standing:
        yield Answer.NO, Reason("audience.unknown", (q.to.name, q.to.standing), "audience.ask-administrator")
    if q.to.suspended:
        yield Answer.NO, Reason("audience.suspended", (q.to.name,), "audience.lift-suspension")
    if q.role == ADMINISTRATOR:
        yield Answer.NO, Reason("role.content", (q.role,), "role.ask-analyst")


def _recall(q: _Question) -> Iterator[_Ruling]:
    if q.to.name in q.subject.recalled:
        yield Answer.NO, Reason("place.recalled", (q.to.name,), "place.say-again")


def _marked(q: _Question) -> Iterator[_Ruling]:
    for m in q.subject.markings:
        if not combine((m,)).understood:
            yield Answer.NO, Reason("marking.unknown", (m.ref,), "marking.map")
    if q.subject.markings and q.standing == "house":  # a statement alone: it stays here until somebody marks it
        return
    if q.marking.tlp is None:
        yield Answer.NO, Reason("marking.missing", (), "marking.add")


def _tlp(q: _Question) -> Iterator[_Ruling]:
    level = q.marking.tlp
    if level is None or not q.standing:  # `_marked` and `_audience` say so
        return
    values = (level, q.to.standing)
    if level == "red" and q.standing == "house":
        if q.to.house is None or q.subject.author != q.to.house:
            yield Answer.NO, Reason("marking.red-elsewhere", (q.subject.author or "-",), "marking.ask-author")
            return
    elif not _reaches(level, q):
        yield Answer.NO, Reason("marking.tlp", values, "marking.ask-author")
        return
    yield Answer.YES, Reason("marking.tlp-allows", values)


def _reaches(level: str, q: _Question) -> bool:
    """TLP 2.0 read for a network of organisations: RED and AMBER+STRICT stay in the house, AMBER goes to those in confidence."""
    if level == "clear" or q.standing == "house":
        return True
    if level == "green":
        return q.standing != "public"
    return level == "amber" and _in_confidence(q)


def _in_confidence(q: _Question) -> bool:
    return q.standing in _NETWORK or (q.standing in _CASE_BY_CASE and q.to.name in q.grounds.participants)


def _lists(q: _Question) -> Iterator[_Ruling]:
    if q.standing == "house":  # a list and a purpose bind whom we give it to: we have it
        return
    if q.marking.releasable is not None:
        if q.to.name in q.marking.releasable:
            yield Answer.YES, Reason("marking.releasable-allows", (q.to.name,))
        else:
            yield Answer.NO, Reason("marking.releasable", (q.to.name,), "marking.ask-author")
    for purpose in sorted(q.marking.purpose):
        if purpose in q.to.agreed:
            yield Answer.YES, Reason("marking.purpose-allows", (purpose, q.to.name))
        else:
            yield Answer.NO, Reason("marking.purpose", (purpose, q.to.name), "marking.agree-purpose")


def _expiry(q: _Question) -> Iterator[_Ruling]:
    until = q.until
    if until is None:
        return
    when = (until.isoformat(timespec="minutes"),)
    if until <= q.now:
        yield Answer.NO, Reason("marking.expired", when, "marking.ask-author")
    else:
        yield Answer.YES, Reason("marking.until", when)


def _nexus(q: _Question) -> Iterator[_Ruling]:
    """C02: domestic speech is not a target; suspicion goes in confidence only; what is reviewed may be published."""
    nexus = q.grounds.nexus
    if not q.cases:
        yield Answer.NO, Reason("case.none", (), "case.open-one")
    elif q.standing == "house":
        yield Answer.YES, Reason("nexus.own-house", (nexus.value,))
    elif nexus is Nexus.UNSTATED:
        yield Answer.NO, Reason("nexus.not-stated", (), "nexus.state-it")
    elif nexus is Nexus.EXCLUDED:
        yield Answer.NO, Reason("nexus.ruled-out", (), "nexus.ask-review")
    elif nexus is Nexus.SUSPECTED and not _in_confidence(q):
        yield Answer.NO, Reason("nexus.only-suspected", (q.to.standing,), "nexus.ask-review")
    elif nexus is Nexus.SUSPECTED:
        yield Answer.YES, Reason("nexus.in-confidence", (q.to.standing,))
    elif nexus is Nexus.REVIEWED:
        yield Answer.YES, Reason("nexus.passed")


def _law(q: _Question) -> Iterator[_Ruling]:
    """C01, C15: a basis in law for each standing, and the reviews it asks for."""
    if q.standing in ("house", ""):
        return
    basis = q.profile.basis(q.standing)
    if basis is None:
        yield Answer.NO, Reason("legal.no-basis", (q.standing, q.profile.name), "legal.ask-reviewer")
    else:
        yield Answer.YES, Reason("legal.basis", (basis.name, q.profile.name))
    for review in sorted(q.profile.reviews.get(q.standing, ())):
        if review in q.grounds.reviews:
            yield Answer.YES, Reason("reviews.passed", (review,))
        else:
            yield Answer.NO, Reason("reviews.missing", (review, q.standing), "reviews.ask")


def _person(q: _Question) -> Iterator[_Ruling]:
    """A person at risk: nobody outside without a review for that person's sake, and inside only who must know."""
    if not (q.grounds.protected or q.marking.protected):
        return
    if q.standing == "house":
        if q.role in PROTECTED or q.role == ADMINISTRATOR:  # the administrator has a rule of her own
            yield Answer.YES, Reason("protected.need-to-know", (q.role,))
        else:
            yield Answer.NO, Reason("protected.inside", (q.role,), "protected.ask-duty")
    elif "protected" in q.grounds.reviews:
        yield Answer.YES, Reason("protected.reviewed")
    else:
        yield Answer.NO, Reason("protected.outside", (q.to.name,), "protected.ask-review")


def _redaction(q: _Question) -> Iterator[_Ruling]:
    if not q.hidden:
        return
    if q.subject.whole:
        yield Answer.NO, Reason("redaction.whole", (", ".join(sorted(q.hidden)),), "redaction.restate")
    if common := q.hidden & q.subject.common:
        yield Answer.NO, Reason("redaction.common", (", ".join(sorted(common)),), "redaction.restate")
    yield Answer.REDACT, Reason("redaction.withheld", (", ".join(sorted(q.hidden)),))


RULES: tuple[Callable[[_Question], Iterator[_Ruling]], ...] = (
    _audience, _recall, _marked, _tlp, _lists, _expiry, _nexus, _law, _person, _redaction,
)  # fmt: skip
