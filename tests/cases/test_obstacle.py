"""Role and phase stand in the way whatever an act says, and both are told at once."""

from cases.play import an_actor
from charlevoix.assess.incident import IncidentCase
from charlevoix.cases.obstacle import obstacles

KINDS = IncidentCase.kinds


def test_the_wrong_role_and_the_wrong_phase_are_told_together() -> None:
    found = obstacles(KINDS, "incident.nexus-passed", "closed", an_actor("a", "analyst"))
    assert [(r.rule, r.values) for r in found] == [
        ("authority.role", ("incident.nexus-passed", "reviewer")),
        ("case.phase", ("incident.nexus-passed", "closed")),
    ]


def test_each_reviewer_is_a_reviewer() -> None:
    assert obstacles(KINDS, "incident.nexus-passed", "suspected", an_actor("r", "reviewer-legal")) == []


def test_before_a_case_is_open_nothing_but_opening_is_possible() -> None:
    analyst = an_actor("a", "analyst")
    assert obstacles(KINDS, "incident.open", "none", analyst) == []
    assert [r.advice for r in obstacles(KINDS, "incident.note", "none", analyst)] == ["case.open-first"]
