"""Completeness: what an incident still lacks, in the order of ABCDE (actor, behaviour, content, degree, effect), and what to do about it."""

from collections.abc import Callable
from dataclasses import dataclass

from charlevoix.assess.incident import Incident
from charlevoix.errors import Reason
from charlevoix.stix.identifier import Property


@dataclass(frozen=True, slots=True)
class Aspect:
    """Something that a reader of an incident looks for. Its message keys are `completeness.<name>` and `completeness.<name>-do`."""

    name: str
    weight: int  # how much it is missed: 5 nobody can act without it, 1 good to have
    here: Callable[[Incident], bool]


def _states(*names: str) -> Callable[[Incident], bool]:
    """Whether the latest version says any of these."""
    wanted = frozenset(map(Property, names))
    return lambda incident: bool(wanted & incident.known)


def _types(*types: str) -> Callable[[Incident], bool]:
    return lambda incident: any(o.type in types for o in incident.observables)


ASPECTS = (
    # actor
    Aspect("actor", 4, _states("charlevoix_suspected_actor")),
    # behaviour
    Aspect("techniques", 4, lambda i: bool(i.techniques)),
    Aspect("means", 3, lambda i: bool(i.means)),
    Aspect("first-seen", 4, lambda i: bool(i.first_seen)),
    Aspect("last-seen", 2, lambda i: bool(i.last_seen)),
    # content
    Aspect("observables", 5, lambda i: bool(i.observables)),
    Aspect("narrative", 2, _types("narrative", "media-content")),
    Aspect("language", 2, _states("charlevoix_languages")),
    Aspect("captured", 5, _types("artifact", "observed-data", "file")),
    # degree
    Aspect("target", 4, _states("charlevoix_targets")),
    Aspect("reach", 3, _states("charlevoix_reach")),
    # effect
    Aspect("effect", 3, _states("charlevoix_effect")),
    Aspect("election", 2, _states("charlevoix_election")),
    Aspect("rights", 4, _states("charlevoix_rights")),
    Aspect("gender", 3, _states("charlevoix_gender")),
    # judgement
    Aspect("assessment", 4, lambda i: bool(i.assessment)),
    Aspect("probability", 3, lambda i: i.probability is not None),
)
"""The table: change it here, and pages, figures and proposals follow."""


@dataclass(frozen=True, slots=True)
class Completeness:
    """Points out of points, and the gaps, the heaviest first; of equal weight in the order of the table."""

    have: int
    of: int
    gaps: tuple[Reason, ...]  # rule: what is missing; advice: what to do

    @property
    def top(self) -> tuple[Reason, ...]:
        """The three gaps to close first."""
        return self.gaps[:3]


def completeness(incident: Incident) -> Completeness:
    missing = sorted((a for a in ASPECTS if not a.here(incident)), key=lambda a: -a.weight)
    of = sum(a.weight for a in ASPECTS)
    gaps = tuple(Reason(f"completeness.{a.name}", (), f"completeness.{a.name}-do") for a in missing)
    return Completeness(of - sum(a.weight for a in missing), of, gaps)
