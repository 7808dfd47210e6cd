"""Who may do what: every role against every kind, and who must be another person."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders import NOW, A, grounds
from charlevoix.errors import Answer, Reason
from charlevoix.partners.people import HOUSE, ROLES
from charlevoix.safeguards.authority import another_person, may
from charlevoix.safeguards.decision import Decision
from charlevoix.safeguards.grounds import Actor, Grounds, Nexus
from charlevoix.stix.identifier import Ref

ANNA, BORIS = Ref("person--1"), Ref("person--2")
EVERY = frozenset(ROLES)


def asked(role: str, act: str, of: Grounds | None = None, roles: frozenset[str] = frozenset({"analyst"})) -> Decision:
    return may(Actor(ANNA, A, frozenset({role})), act, of or grounds(), NOW, roles=roles)


def rules(decision: Decision) -> list[str]:
    return [r.rule for r in decision.reasons]


def test_nobody_may_do_what_no_role_was_declared_for() -> None:
    for role in ROLES:
        for act in ("incident.open", "read", "read.protected", ""):
            assert asked(role, act, roles=frozenset()).answer is Answer.NO


def test_a_person_may_do_what_one_of_her_roles_may() -> None:
    for mine, declared in product(sorted(ROLES), sorted(ROLES)):
        decision = asked(mine, "incident.open", roles=frozenset({declared}))
        assert (decision.answer is Answer.YES) == (mine == declared), (mine, declared)


def test_every_reviewer_is_a_reviewer_and_nobody_else_is() -> None:
    able = {role for role in ROLES if asked(role, "incident.review-nexus", roles=frozenset({"reviewer"})).answer is Answer.YES}
    assert able == {"reviewer-legal", "reviewer-rights", "reviewer-gender"}


def test_the_node_itself_does_what_a_kind_declares_for_it_and_reads_nothing() -> None:
    assert asked("node", "exchange.receive", roles=frozenset({"node"})).answer is Answer.YES
    assert asked("node", "read", roles=HOUSE).answer is Answer.NO


def test_an_administrator_never_reads_even_if_a_door_says_so() -> None:
    for act in ("read", "read.protected"):
        assert "role.content" in rules(asked("administrator", act, roles=EVERY))


def test_a_protected_record_is_read_by_the_duty_officer_and_reviewers() -> None:
    readers = {"duty", "reviewer-legal", "reviewer-rights", "reviewer-gender"}
    for act, of in (("read", grounds(protected=True)), ("read.protected", grounds())):
        assert {r for r in ROLES if asked(r, act, of, EVERY).answer is Answer.YES} == readers


def test_acting_in_a_case_about_a_person_at_risk_is_not_reading_it() -> None:
    assert asked("analyst", "incident.add-note", grounds(protected=True)).answer is Answer.YES


def test_the_obstacle_says_which_role_is_missing_and_for_an_administrator_why() -> None:
    assert asked("guest", "read").reasons == (Reason("authority.role", ("read", "analyst"), "authority.ask-role"),)
    assert asked("administrator", "read").reasons == (Reason("role.content", ("administrator",), "role.ask-analyst"),)
    assert rules(asked("administrator", "incident.open")) == ["authority.role"]
    assert asked("guest", "read", roles=frozenset()).reasons[0].values == ("read", "-")


@pytest.mark.mission("C02")
@pytest.mark.mission("S4b")
@pytest.mark.parametrize("act", ["publication.publish", "attribution.state-position", "measure.decide"])
def test_what_goes_before_the_public_or_against_somebody_needs_a_reviewed_nexus(act: str) -> None:
    able = {nexus for nexus in Nexus if asked("analyst", act, grounds(nexus)).answer is Answer.YES}
    assert able == {Nexus.REVIEWED, Nexus.NOT_NEEDED}
    assert all(asked("analyst", "incident.open", grounds(nexus)).answer is Answer.YES for nexus in Nexus)


def test_all_obstacles_are_named_at_once() -> None:
    decision = may(
        Actor(ANNA, A, frozenset({"guest"})), "measure.decide", grounds(Nexus.SUSPECTED), NOW, roles=frozenset({"policy"}), earlier=frozenset({ANNA})
    )  # fmt: skip
    assert rules(decision) == ["authority.role", "authority.nexus", "authority.same-person"]
    assert all(r.advice for r in decision.reasons)


def test_a_second_person_is_another_person() -> None:
    anna, boris = (Actor(p, A, frozenset({"policy"})) for p in (ANNA, BORIS))
    assert another_person(anna, frozenset({ANNA})) == Reason("authority.same-person", (), "authority.ask-another")
    assert another_person(boris, frozenset({ANNA})) is None
    assert another_person(anna, frozenset()) is None


persons = st.sampled_from([Ref(f"person--{n}") for n in range(4)])
roles = st.frozensets(st.sampled_from(sorted(ROLES)))


@settings(max_examples=100, deadline=None)
@given(persons, st.frozensets(persons), roles, roles, st.sampled_from(Nexus))
def test_a_reviewer_is_never_the_opener(
    person: Ref, openers: frozenset[Ref], mine: frozenset[str], declared: frozenset[str], nexus: Nexus
) -> None:
    decision = may(Actor(person, A, mine), "incident.review-nexus", grounds(nexus), NOW, roles=declared, earlier=openers)
    assert decision.answer is Answer.NO or person not in openers


@settings(max_examples=100, deadline=None)
@given(persons, roles, roles, st.booleans(), st.sampled_from(["read", "read.protected", "measure.decide", "incident.open"]))
def test_taking_a_role_away_never_allows_more(
    person: Ref, mine: frozenset[str], declared: frozenset[str], protected: bool, act: str
) -> None:
    of = grounds(protected=protected)
    for role in mine:
        fewer = may(Actor(person, A, mine - {role}), act, of, NOW, roles=declared)
        assert fewer.answer is Answer.NO or may(Actor(person, A, mine), act, of, NOW, roles=declared).answer is Answer.YES


@pytest.mark.parametrize("act", ["attribution.withdrawn", "attribution.not-found", "measure.withdraw", "measure.refuse"])
def test_taking_back_stays_possible_when_the_nexus_falls(act: str) -> None:
    assert asked("analyst", act, grounds(nexus=Nexus.EXCLUDED)).answer is Answer.YES
