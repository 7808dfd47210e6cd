"""What a habit made invalid is made valid without inventing anything, and each change is told."""

import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cases.histories import JSON
from charlevoix.intake.repair import Repair, read, repair
from charlevoix.stix.validity import check

DAY = "2023-07-30T22:00:00.000Z"
RELATION = {
    "type": "relationship",
    "spec_version": "2.1",
    "id": "relationship--00000000-0000-4000-8000-000000000001",
    "created": DAY,
    "modified": DAY,
    "relationship_type": "related-to",
    "source_ref": "domain-name--00000000-0000-4000-8000-000000000002",
    "target_ref": "campaign--00000000-0000-4000-8000-000000000003",
    "start_time": DAY,
    "stop_time": DAY,
}
WHITE = {
    "type": "marking-definition",
    "spec_version": "2.1",
    "id": "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9",
    "created": "2017-01-20T00:00:00.000Z",
    "definition_type": "tlp",
    "name": "TLP:CLEAR",
    "definition": {"tlp": "clear"},
}
MEDIA = {"type": "media-content", "spec_version": "2.1", "id": "media-content--734f3750-9733-562e-9b20-c1593ef439a0"}


def test_a_relationship_that_stops_when_it_starts_loses_its_stop() -> None:
    assert [r.rule for r in check(RELATION)] == ["stix.not-after"]
    mended, made = repair(RELATION)
    assert check(mended) == ()
    assert mended == {k: v for k, v in RELATION.items() if k != "stop_time"}
    assert [(r.rule, r.property, r.was, r.now, r.habit) for r in made] == [("repair.stop-at-start", "stop_time", DAY, None, "OpenCTI")]


def test_a_relationship_that_stops_before_it_starts_is_a_contradiction_and_stays() -> None:
    backwards = {**RELATION, "stop_time": "2020-01-01T00:00:00.000Z"}
    assert repair(backwards) == (backwards, ())


def test_tlp_clear_under_the_id_of_white_gets_the_wording_of_white() -> None:
    mended, made = repair(WHITE)
    assert (mended["definition"], mended["name"]) == ({"tlp": "white"}, "TLP:WHITE")
    assert {r.rule for r in made} == {"repair.tlp1"}


def test_another_level_under_the_id_of_white_is_a_contradiction_and_stays() -> None:
    red = {**WHITE, "definition": {"tlp": "red"}}
    assert repair(red) == (red, ())


@pytest.mark.parametrize("url", ["àremplir", "tweet", "#France", "pasdarmesenukraine.change.org", "Cartoon about Zelensky"])
def test_an_address_that_is_none_is_left_out_and_told(url: str) -> None:
    mended, made = repair({**MEDIA, "url": url})
    assert "url" not in mended
    assert [r.was for r in made] == [url]
    assert check(mended) == ()


def test_an_address_stays() -> None:
    good = {**MEDIA, "url": "https://perma.cc/JXE2-3EA9"}
    assert repair(good) == (good, ())


def test_a_moment_with_an_offset_is_the_same_moment_in_utc() -> None:
    mended, made = repair({**RELATION, "stop_time": "2023-08-01T01:00:00+02:00"})
    assert mended["stop_time"] == "2023-07-31T23:00:00.000Z"
    assert [r.habit for r in made] == ["MISP"]


def test_a_missing_modified_is_as_old_as_the_object_but_an_observable_gets_none() -> None:
    first = {"type": "campaign", "id": "campaign--00000000-0000-4000-8000-000000000003", "created": DAY, "name": "x"}
    assert repair(first)[0]["modified"] == DAY
    assert "modified" not in repair({**MEDIA, "created": DAY})[0]


def test_what_is_empty_is_no_property() -> None:
    mended, made = repair({**MEDIA, "labels": [], "title": None, "url": "https://x.test/"})
    assert mended == {**MEDIA, "url": "https://x.test/"}
    assert [r.property for r in made] == ["labels", "title"]


@pytest.mark.parametrize(
    "lost",
    [
        {"type": "grouping", "id": "grouping--00000000-0000-4000-8000-000000000001", "context": "unspecified"},
        {"type": "url", "id": "url--00000000-0000-4000-8000-000000000001", "value": "URLs of typosquatting articles"},
        {"type": "location", "id": "location--00000000-0000-4000-8000-000000000001", "city": "Moscow"},
    ],
)
def test_nothing_is_invented_where_something_is_missing(lost: dict[str, object]) -> None:
    assert repair(lost) == (lost, ())


NAMES = st.sampled_from((*RELATION, "definition", "definition_type", "url", "name", "labels"))


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(NAMES, JSON | st.sampled_from((*RELATION.values(), *WHITE.values(), "media-content"))))
def test_a_repair_leaves_the_original_alone_and_repairing_again_changes_nothing(one: dict[str, object]) -> None:
    before = copy.deepcopy(one)
    mended, made = repair(one)
    assert one == before
    assert (mended == one) == (not made)
    assert repair(mended) == (mended, ())
    assert all(str(r) and r.reason().rule == r.rule for r in made)


@pytest.mark.parametrize(
    "made",
    [
        Repair("repair.stop-at-start", "stop_time", "2023-07-30T22:00:00.000Z", None, "OpenCTI"),
        Repair("repair.tlp1", "definition", "{'tlp': 'clear'}", "{'tlp': 'white'}", "OpenCTI"),
        Repair("repair.placeholder", "url", "a -> b (c)", None, "VIGINUM"),
    ],
)
def test_the_line_of_a_repair_in_a_voucher_is_read_back(made: Repair) -> None:
    assert read(str(made)) == made


def test_what_is_no_line_of_a_repair_is_none() -> None:
    assert read("repaired by hand") is None
