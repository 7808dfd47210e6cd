"""Who takes part in a case: named in acts, never in a setting, so that every participant knows the others."""

from charlevoix.cases.case import PARTICIPANTS, Course
from charlevoix.stix.identifier import Ref


def participants(course: Course, declining: str = "") -> frozenset[Ref]:
    """Those whom any act named, without those who left by an act of the kind `declining`."""
    left = {n.author for n in course.of(declining)} if declining else set()
    return course.participants() - left


def outsiders(course: Course) -> frozenset[Ref]:
    """Authors of acts of this case who were never named: their acts are kept and shown apart."""
    named = course.participants()
    return frozenset(n.author for n in course.notes if n.kind and n.author not in named)


__all__ = ["PARTICIPANTS", "outsiders", "participants"]
