"""New, known, another version, older, or a conflict that a person sees side by side."""

from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cases.histories import JSON
from charlevoix.doors.comparison import Difference, Likeness, compare, differences
from charlevoix.stix.canonical import digest_of
from charlevoix.stix.identifier import Ref
from charlevoix.store.objects import Stored

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


def judge(new: Mapping[str, object], *held: Mapping[str, object]) -> Likeness:
    stored = [(Stored(digest_of(o), Ref(str(o.get("id"))), str(o.get("type")), None, b""), o) for o in held]
    return compare(new, digest_of(new), stored).likeness


@pytest.mark.parametrize(
    ("change", "likeness"),
    [
        ({}, Likeness.KNOWN),
        ({"modified": NEWER, "labels": ["other"], "x_opencti_id": "e"}, Likeness.KNOWN),
        ({"modified": OLDER}, Likeness.KNOWN),
        ({"created": "2023-06-28T09:05:43.973000Z"}, Likeness.KNOWN),
        ({"object_refs": ["b", "a"]}, Likeness.KNOWN),
        ({"modified": NEWER, "name": "Moskva"}, Likeness.VERSION),
        ({"modified": OLDER, "name": "Moskva"}, Likeness.OLDER),
        ({"name": "Moskva"}, Likeness.CONFLICT),
        ({"modified": NEWER, "created": "2023-07-01T00:00:00.000Z"}, Likeness.CONFLICT),
    ],
)
def test_what_comes_is_told_apart(change: dict[str, object], likeness: Likeness) -> None:
    assert judge({**HELD, **change}, HELD) is likeness


def test_what_nobody_holds_is_new() -> None:
    assert judge(HELD) is Likeness.NEW


def test_the_same_version_in_other_words_is_shown_side_by_side() -> None:
    other = {**HELD, "name": "Moskva", "city": "Moscow"}
    assert judge(other, HELD) is Likeness.CONFLICT
    assert differences(HELD, other) == (Difference("city", None, "Moscow"), Difference("name", "Moscow", "Moskva"))


def test_equal_content_with_any_version_that_is_held_is_known() -> None:
    second = {**HELD, "modified": NEWER, "name": "Moskva"}
    assert judge({**HELD, "labels": []}, second, HELD) is Likeness.KNOWN


def test_an_observable_in_other_words_is_known_and_another_thing_under_its_id_is_a_conflict() -> None:
    domain = {"type": "domain-name", "id": "domain-name--1", "value": "bild.pics"}
    assert judge({**domain, "resolves_to_refs": ["ipv4-addr--1"]}, domain) is Likeness.KNOWN
    assert judge({**domain, "value": "other.test"}, domain) is Likeness.CONFLICT
    assert judge({**domain, "x_opencti_score": 50}, domain) is Likeness.KNOWN


def test_a_marking_of_other_words_under_one_id_is_a_conflict_though_it_has_no_version() -> None:
    marking = {"type": "marking-definition", "id": "marking-definition--1", "created": OLDER, "name": "Ours"}
    assert judge({**marking, "name": "Theirs"}, marking) is Likeness.CONFLICT


OBJECTS = st.dictionaries(st.sampled_from(("id", "created", "modified", "name", "object_refs", "labels")), JSON)


@settings(max_examples=100, deadline=None)
@given(OBJECTS, st.lists(OBJECTS, max_size=3))
def test_any_json_is_compared_and_what_is_held_is_known(new: dict[str, object], held: list[dict[str, object]]) -> None:
    assert judge(new, *held, new) is Likeness.KNOWN
    assert judge(new, *held) is judge(new, *reversed(held))
