"""People are pseudonyms in acts, another in each case, and have roles that exist."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import charlevoix
from builders import CASE
from charlevoix.errors import Malformed
from charlevoix.partners.people import DESK, HOUSE, NODE, PROTECTED, REVIEWERS, ROLES, demand_roles, held, pseudonym
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


def test_an_account_has_roles_that_exist() -> None:
    assert demand_roles(["analyst", "reviewer-legal"]) == {"analyst", "reviewer-legal"}
    with pytest.raises(Malformed) as refused:
        demand_roles({"reviewer", "king", "analyst"})
    assert refused.value.reason.values[0] == "king, reviewer"


def test_every_role_that_a_kind_of_act_declares_exists() -> None:
    declared = {role for words in roles_in_source() for role in words.split()}
    assert declared - ROLES - {"reviewer", NODE} == set()
    assert "analyst" in declared  # the scan finds something


def roles_in_source() -> Iterator[str]:
    """The first argument of each `kind("analyst policy", ...)`."""
    for path in Path(charlevoix.__path__[0]).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == "kind" and node.args:
                first = node.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    yield first.value


def test_each_kind_of_reviewer_is_a_reviewer() -> None:
    assert held({"reviewer-gender", "analyst"}) == {"reviewer", "reviewer-gender", "analyst"}
    assert held({"analyst"}) == {"analyst"}


def test_roles_of_the_house_and_of_the_desk_are_apart() -> None:
    assert not HOUSE & DESK
    assert REVIEWERS <= PROTECTED <= HOUSE
    assert {"administrator"} == ROLES - HOUSE - DESK
