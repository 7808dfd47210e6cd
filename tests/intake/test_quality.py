"""The figures about a collection recount from it, object by object, in any order."""

from collections.abc import Mapping

from hypothesis import given, settings
from hypothesis import strategies as st

from cases.histories import JSON
from charlevoix.intake.quality import Dangling, Figures, Quality

DAY, LATER = "2023-07-30T22:00:00.000Z", "2023-08-02T00:00:00.000Z"


def figures(*objects: Mapping[str, object]) -> Figures:
    quality = Quality()
    for one in objects:
        quality.add(one)
    return quality.figures()


def domain(n: int, **more: object) -> dict[str, object]:
    return {"type": "domain-name", "id": f"domain-name--{n}", "value": f"{n}.test", **more}


def relation(n: int, source: str = "domain-name--1", target: str = "domain-name--2", **more: object) -> dict[str, object]:
    return {
        "type": "relationship",
        "id": f"relationship--{n}",
        "relationship_type": "related-to",
        "source_ref": source,
        "target_ref": target,
        **more,
    }


def test_what_is_unmarked_is_counted_but_a_marking_needs_none() -> None:
    found = figures({"type": "marking-definition", "id": "m"}, domain(1), domain(2, object_marking_refs=["m"]))
    assert (found.objects, found.unmarked, found.incidents) == (3, 1, 0)
    assert found.types == {"domain-name": 2, "marking-definition": 1}


def test_relationships_that_say_nothing_are_counted() -> None:
    found = figures(
        domain(1),
        domain(2),
        relation(1, start_time=DAY, stop_time=DAY),
        relation(2, start_time=DAY),
        relation(3, relationship_type="uses", start_time=LATER),
        relation(4),
    )
    assert (found.relationships, found.related_to, found.stopped_at_start) == (4, 3, 1)
    assert (found.constant_start, found.constant_starts, found.dated) == (DAY, 2, 3)


def test_two_starts_of_equal_frequency_are_no_constant() -> None:
    found = figures(*(relation(n, start_time=(DAY, LATER)[n % 2]) for n in range(4)))
    assert (found.constant_start, found.constant_starts) == ("", 0)


def test_a_reference_dangles_only_if_what_it_names_never_comes() -> None:
    found = figures(relation(1, "domain-name--1", "indicator--lost"), domain(1))
    assert found.dangling == (Dangling("indicator--lost", "target_ref", "relationship--1"),)


def test_lists_of_references_are_looked_up_too() -> None:
    found = figures({"type": "report", "id": "r", "object_refs": ["domain-name--1", "domain-name--9"]}, domain(1))
    assert [(d.ref, d.property) for d in found.dangling] == [("domain-name--9", "object_refs")]


def test_an_id_that_comes_twice_is_counted() -> None:
    assert figures(domain(1), domain(1, value="other.test")).twice == 1


def test_everything_created_on_one_day_is_the_day_of_the_import() -> None:
    one = {"type": "campaign", "id": "a", "created": "2023-07-30T08:00:00Z"}
    assert figures(one, {**one, "id": "b", "created": "2023-07-30T09:00:00Z"}).day == "2023-07-30"
    assert figures(one, {**one, "id": "b", "created": LATER}).day == ""


@settings(max_examples=60, deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from(("type", "id", "start_time", "source_ref", "object_refs")), JSON), max_size=6))
def test_any_json_is_counted(objects: list[dict[str, object]]) -> None:
    found = figures(*objects)
    assert found.objects == len(objects) == sum(found.types.values())
    assert all(isinstance(v, int | str) for v in found.told().values())
