"""A result in STIX is legal for three readers, has the same ids each time, names nobody and is never an incident."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import stix2  # type: ignore[import-untyped]
from stix2validator import ValidationOptions, validate_string  # type: ignore[import-untyped]

from assess.detectors.doubles import NOW, Double, Insolent, found
from charlevoix.assess.detectors import stix
from charlevoix.errors import Malformed
from charlevoix.stix.validity import check


def made(hits: int = 2, language: str = "en") -> Any:
    return json.loads(stix.bundle(Double(), found(hits), NOW, "fr" if language == "fr" else "en"))


@pytest.mark.parametrize("hits", [0, 1, 2, 150])
@pytest.mark.parametrize("language", ["en", "fr"])
def test_three_readers_find_nothing_wrong(hits: int, language: str) -> None:
    bundle = made(hits, language)
    assert [check(one) for one in bundle["objects"] if check(one)] == []
    stix2.parse(bundle, allow_custom=True)
    options = ValidationOptions(version="2.1", disabled=["custom-content", "uuid-check", "extensions-use"])
    checked = validate_string(json.dumps(bundle), options)
    assert checked.is_valid, [str(e) for e in checked.object_results[0].errors]


def test_each_hit_is_observed_data_in_one_grouping_beside_the_note() -> None:
    objects = made()["objects"]
    by = {kind: [o for o in objects if o["type"] == kind] for kind in ("observed-data", "grouping", "note", "user-account", "incident")}
    assert {kind: len(some) for kind, some in by.items()} == {
        "observed-data": 2, "grouping": 1, "note": 1, "user-account": 4, "incident": 0,
    }  # fmt: skip
    assert by["grouping"][0]["context"] == "suspicious-activity"
    assert {o["id"] for o in by["observed-data"]} <= set(by["grouping"][0]["object_refs"])
    assert by["observed-data"][0]["first_observed"] == "2026-01-01T00:00:00.000Z", "the data's own time"
    assert "One house behind several accounts" in by["note"][0]["content"]
    assert "no person has judged it" in by["note"][0]["content"]


def test_nothing_dangles_and_everything_stays_in_the_house() -> None:
    objects = made()["objects"]
    ids = {o["id"] for o in objects}
    refs = {
        r for o in objects for r in (*o.get("object_refs", ()), *o.get("object_marking_refs", ()), *filter(None, [o.get("created_by_ref")]))
    }
    assert refs <= ids
    marked = [o.get("object_marking_refs") for o in objects if o["type"] != "marking-definition"]
    assert marked == [["marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003"]] * len(marked)


def test_the_same_result_has_the_same_ids_on_another_day_and_other_data_others() -> None:
    a = [o["id"] for o in made()["objects"]]
    b = [o["id"] for o in json.loads(stix.bundle(Double(), found(), NOW + timedelta(days=3), "en"))["objects"]]
    assert a == b


def test_a_hit_that_tells_its_own_times_is_observed_then() -> None:
    facts = {"first": "2025-05-01T10:00:00Z", "last": "2025-05-02T11:00:00+02:00"}
    result = replace(found(), hits=tuple(replace(hit, facts=facts) for hit in found().hits))
    seen = next(o for o in json.loads(stix.bundle(Double(), result, NOW, "en"))["objects"] if o["type"] == "observed-data")
    assert (seen["first_observed"], seen["last_observed"]) == ("2025-05-01T10:00:00.000Z", "2025-05-02T09:00:00.000Z")


def test_no_account_is_named() -> None:
    assert "real-name" not in json.dumps(made())


def test_a_detector_that_makes_an_incident_is_refused() -> None:
    with pytest.raises(Malformed, match=r"detect\.made-incident"):
        stix.bundle(Insolent(), found(), NOW, "en")
