"""Grounds: all that a decision may know about a case, about who asks and about who is to get it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from charlevoix.acts.act import StixObject
from charlevoix.partners.audience import STANDINGS, Audience
from charlevoix.safeguards.marking import Marking
from charlevoix.stix.identifier import Property, Ref

__all__ = ["STANDINGS", "Actor", "Audience", "Grounds", "Nexus", "Subject", "merge", "strictest"]


class Nexus(Enum):
    """Is a foreign actor involved (C02)? Suspicion may be shared in confidence; only a reviewed nexus is published or answered."""

    NOT_NEEDED = "not needed"  # a kind of case that is about nobody's interference: declared by its Case, never by a form
    UNSTATED = "unstated"  # nobody has said anything yet: shares like EXCLUDED
    SUSPECTED = "suspected"
    REVIEWED = "reviewed"
    EXCLUDED = "excluded"


@dataclass(frozen=True, slots=True)
class Grounds:
    """All that `decide` and `may` know about a case; every Case produces it."""

    nexus: Nexus
    reviews: frozenset[str] = frozenset()  # reviews that were passed: "legal", "rights", "gender"
    protected: bool = False  # a person at risk is concerned
    participants: frozenset[Ref] = frozenset()


_STRICTNESS = {n: i for i, n in enumerate((Nexus.NOT_NEEDED, Nexus.REVIEWED, Nexus.SUSPECTED, Nexus.UNSTATED, Nexus.EXCLUDED))}


def strictest(of: Iterable[Nexus]) -> Nexus:
    """The nexus that allows least; UNSTATED where there is none."""
    return max(of, key=_STRICTNESS.__getitem__, default=Nexus.UNSTATED)


def merge(grounds: tuple[Grounds, ...]) -> Grounds:
    """The grounds of all cases that speak of an object, as strict as each: more cases never allow more."""
    if len(grounds) == 1:
        return grounds[0]
    if not grounds:
        return Grounds(Nexus.UNSTATED)
    return Grounds(
        strictest(g.nexus for g in grounds),
        frozenset.intersection(*(g.reviews for g in grounds)),
        any(g.protected for g in grounds),
        frozenset.intersection(*(g.participants for g in grounds)),
    )


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks. `person` is a pseudonym, other for each case, so that acts can tell two persons apart without naming them."""

    person: Ref
    organisation: Ref
    roles: frozenset[str]


@dataclass(frozen=True, slots=True)
class Subject:
    """What is decided on: an object with everything that binds it, resolved by the node so that `decide` looks nothing up."""

    object: StixObject
    markings: tuple[Marking, ...]  # its own, and those of the act that speaks of it; empty is a refusal
    whole: bool = False  # one disclosure: REDACT can't be the answer
    common: frozenset[Property] = frozenset()  # what participants must see; withholding one of these is a NO
    recalled: frozenset[Ref] = frozenset()  # audiences from whom this place was recalled
    author: Ref | None = None  # who signed the act
