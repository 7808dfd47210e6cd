"""Every number of a technique is shown with its status; none is dropped, and no successor is invented."""

from hypothesis import given, settings
from hypothesis import strategies as st

from cases.histories import JSON
from charlevoix.threats.technique import VERSIONS, Status, techniques
from charlevoix.threats.technique_use import counts, used

CURRENT = next(n for n, t in techniques().items() if VERSIONS[-1] in t.versions)
RETIRED = next(n for n, t in techniques().items() if VERSIONS[-1] not in t.versions)


def pattern(n: int, number: str, **more: object) -> dict[str, object]:
    return {"type": "attack-pattern", "id": f"attack-pattern--{n}", "name": f"name {n}", "x_mitre_id": number, **more}


def test_each_number_stands_once_with_its_status() -> None:
    found = used([pattern(1, CURRENT), pattern(2, CURRENT), pattern(3, RETIRED), pattern(4, "T0999.999")])
    assert {u.number: u.status for u in found} == {
        CURRENT: Status.CURRENT,
        RETIRED: Status.RETIRED,
        "T0999.999": Status.UNKNOWN,
    }
    assert next(u for u in found if u.number == CURRENT).refs == ("attack-pattern--1", "attack-pattern--2")


def test_a_number_in_an_external_reference_counts_and_its_chain_tells_the_framework() -> None:
    (use,) = used(
        [
            {
                "type": "attack-pattern",
                "id": "a",
                "name": "x",
                "external_references": [{"source_name": "mitre-attack", "external_id": "T1566"}],
            }
        ]
    )
    assert (use.number, use.status) == ("T1566", Status.OTHER)


def test_a_technique_without_a_number_is_not_dropped() -> None:
    found = used([{"type": "attack-pattern", "id": "a", "name": "one"}, {"type": "attack-pattern", "id": "b", "name": "two"}])
    assert [(u.number, u.names) for u in found] == [("", ("one",)), ("", ("two",))]
    assert counts(found)[Status.UNKNOWN] == 2


def test_other_objects_use_no_technique() -> None:
    assert used([{"type": "campaign", "id": "c", "x_mitre_id": CURRENT}]) == ()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from(("id", "name", "x_mitre_id", "external_references")), JSON), max_size=4))
def test_any_json_is_looked_at(objects: list[dict[str, object]]) -> None:
    found = used([{**o, "type": "attack-pattern"} for o in objects])
    assert sum(counts(found).values()) == len(found)
    assert bool(found) == bool(objects)
