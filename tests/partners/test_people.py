"""People are pseudonyms in acts, and sign in by a link that opens once and not for long."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import CASE, NOW, A
from charlevoix.errors import Malformed
from charlevoix.partners.people import (
    DESK,
    HOUSE,
    PROTECTED,
    REVIEWERS,
    ROLES,
    TOKEN_LIFE,
    Account,
    held,
    opens,
    pseudonym,
    ticket,
)
from charlevoix.stix.identifier import Ref, is_id

ANNA, BORIS = (Ref(f"person--00000000-0000-4000-8000-00000000000{n}") for n in "12")
OTHER_CASE = Ref("incident--00000000-0000-4000-8000-000000000002")
SECRET = bytes(range(32))


def test_a_person_has_one_name_in_a_case_and_another_in_each_other() -> None:
    names = [pseudonym(SECRET, p, c) for p in (ANNA, BORIS) for c in (CASE, OTHER_CASE)]
    assert len(set(names)) == 4
    assert pseudonym(SECRET, ANNA, CASE) == names[0] == "person--" + names[0][8:]
    assert all(is_id(n) and ANNA[8:] not in n for n in names)


def test_without_the_secret_the_name_is_another() -> None:
    assert pseudonym(bytes(32), ANNA, CASE) != pseudonym(SECRET, ANNA, CASE)
    with pytest.raises(Malformed):
        pseudonym(SECRET[:-1], ANNA, CASE)


@given(st.text(max_size=6), st.text(max_size=6), st.text(min_size=1, max_size=6))
def test_no_two_pairs_of_person_and_case_run_into_each_other(person: str, case: str, moved: str) -> None:
    assert pseudonym(SECRET, Ref(person + moved), Ref(case)) != pseudonym(SECRET, Ref(person), Ref(moved + case))


def test_a_sign_in_link_opens_until_it_expires() -> None:
    token, stored = ticket(SECRET, ANNA, NOW)
    assert opens(token, stored, NOW)
    assert not opens(token, stored, NOW + TOKEN_LIFE)
    assert (stored.person, stored.expires) == (ANNA, NOW + TOKEN_LIFE)


def test_what_is_stored_of_a_link_does_not_open_anything() -> None:
    token, stored = ticket(SECRET, ANNA, NOW)
    assert SECRET not in stored.hash
    for wrong in (stored.hash.hex(), "", token + "=", token[:-1], token.swapcase(), "\ud800"):
        assert not opens(wrong, stored, NOW)
    with pytest.raises(Malformed):
        ticket(b"short", ANNA, NOW)


def test_an_account_has_roles_that_exist() -> None:
    assert Account(ANNA, "Anna", frozenset({"analyst", "reviewer-legal"})).roles == {"analyst", "reviewer-legal"}
    with pytest.raises(Malformed) as refused:
        Account(ANNA, "Anna", frozenset({"reviewer", "king"}))
    assert refused.value.reason.values[0] == "king, reviewer"


def test_each_kind_of_reviewer_is_a_reviewer() -> None:
    assert held({"reviewer-gender", "analyst"}) == {"reviewer", "reviewer-gender", "analyst"}
    assert held({"analyst"}) == {"analyst"}


def test_roles_of_the_house_and_of_the_desk_are_apart() -> None:
    assert not HOUSE & DESK
    assert REVIEWERS <= PROTECTED <= HOUSE
    assert {"administrator"} == ROLES - HOUSE - DESK
    assert A not in ROLES
