"""New, known, another version, older, or a conflict that a person sees side by side."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cases.histories import JSON
from charlevoix.intake.comparison import Difference, Outcome, compare

HELD = {
    "type": "location",
    "id": "location--1",
    "created": "2023-06-28T09:05:43.973Z",
    "modified": "2023-08-10T09:19:49.281Z",
    "name": "Moscow",
    "labels": ["rrn"],
    "x_opencti_id": "d72987d4",
    "object_refs": ["a", "b"],
}
NEWER, OLDER = "2024-01-01T00:00:00.000Z", "2022-01-01T00:00:00.000Z"


@pytest.mark.parametrize(
    ("change", "outcome"),
    [
        ({}, Outcome.KNOWN),
        ({"modified": NEWER, "labels": ["other"], "x_opencti_id": "e"}, Outcome.KNOWN),
        ({"modified": OLDER}, Outcome.KNOWN),
        ({"created": "2023-06-28T09:05:43.973000Z"}, Outcome.KNOWN),
        ({"object_refs": ["b", "a"]}, Outcome.KNOWN),
        ({"modified": NEWER, "name": "Moskva"}, Outcome.VERSION),
        ({"modified": OLDER, "name": "Moskva"}, Outcome.OLDER),
        ({"name": "Moskva"}, Outcome.CONFLICT),
        ({"modified": NEWER, "created": "2023-07-01T00:00:00.000Z"}, Outcome.CONFLICT),
    ],
)
def test_what_comes_is_told_apart(change: dict[str, object], outcome: Outcome) -> None:
    assert compare({**HELD, **change}, [HELD]).outcome is outcome


def test_what_nobody_holds_is_new() -> None:
    assert compare(HELD, []).outcome is Outcome.NEW


def test_the_same_version_in_other_words_is_shown_side_by_side() -> None:
    found = compare({**HELD, "name": "Moskva", "city": "Moscow"}, [HELD])
    assert found.differences == (Difference("city", None, "Moscow"), Difference("name", "Moscow", "Moskva"))


def test_equal_content_with_any_version_that_is_held_is_known() -> None:
    second = {**HELD, "modified": NEWER, "name": "Moskva"}
    assert compare({**HELD, "labels": []}, [second, HELD]).outcome is Outcome.KNOWN


def test_an_observable_with_other_words_under_its_id_is_a_conflict() -> None:
    domain = {"type": "domain-name", "id": "domain-name--1", "value": "bild.pics"}
    assert compare({**domain, "value": "other.test"}, [domain]).outcome is Outcome.CONFLICT
    assert compare({**domain, "x_opencti_score": 50}, [domain]).outcome is Outcome.KNOWN


OBJECTS = st.dictionaries(st.sampled_from(("id", "created", "modified", "name", "object_refs", "labels")), JSON)


@settings(max_examples=100, deadline=None)
@given(OBJECTS, st.lists(OBJECTS, max_size=3))
def test_any_json_is_compared_and_what_is_held_is_known(new: dict[str, object], held: list[dict[str, object]]) -> None:
    assert compare(new, [*held, new]).outcome is Outcome.KNOWN
    assert compare(new, held).outcome is compare(new, list(reversed(held))).outcome
