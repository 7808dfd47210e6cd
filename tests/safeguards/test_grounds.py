"""Grounds of several cases together are as strict as each."""

from itertools import permutations

from builders import A, B, grounds
from charlevoix.safeguards.grounds import Grounds, Nexus, merge, strictest


def test_the_strictest_nexus_holds_in_any_order() -> None:
    by_strictness = [Nexus.EXCLUDED, Nexus.UNSTATED, Nexus.SUSPECTED, Nexus.REVIEWED, Nexus.NOT_NEEDED]
    while by_strictness:
        for order in permutations(by_strictness):
            assert strictest(order) is by_strictness[0]
        by_strictness.pop(0)


def test_no_case_states_no_nexus() -> None:
    assert strictest(()) is Nexus.UNSTATED
    assert merge(()) == Grounds(Nexus.UNSTATED)


def test_a_review_and_a_participant_must_be_in_every_case_and_one_person_at_risk_is_enough() -> None:
    one = grounds(Nexus.REVIEWED, "legal", "rights", participants=[A, B])
    two = grounds(Nexus.SUSPECTED, "legal", protected=True, participants=[B])
    assert merge((one, two)) == Grounds(Nexus.SUSPECTED, frozenset({"legal"}), True, frozenset({B}))
    assert merge((one,)) == one
