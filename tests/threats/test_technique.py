"""Technique numbers, held against the tables that the wheel of MISP's galaxies carries."""

import csv
import json
from collections import Counter
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from charlevoix.errors import Unknown
from charlevoix.threats.technique import VERSIONS, Status, status, technique, techniques


def galaxy() -> dict[str, str]:
    cluster = files("pymispgalaxies").joinpath("data/misp-galaxy/clusters/disarm-techniques.json").read_text("utf-8")
    return {value["meta"]["external_id"]: value["value"] for value in json.loads(cluster)["values"]}


def test_the_table_holds_all_298_numbers_of_the_wheel_and_no_others_under_its_label() -> None:
    theirs = galaxy()
    ours = {t.number for t in techniques().values() if "galaxy-2" in t.versions}
    assert len(theirs) == 298
    assert ours == set(theirs)


def test_names_are_the_wheels_names_unless_a_newer_table_has_another() -> None:
    for number, name in galaxy().items():
        ours = technique(number)
        assert ours.name == name or f"galaxy-2: {name}" in ours.earlier_names
    assert technique("T0097").earlier_names == ("galaxy-2: Create Personas",)


def test_each_version_holds_as_many_numbers_as_its_publisher_says() -> None:
    held = Counter(version for t in techniques().values() for version in t.versions)
    assert held == {"galaxy-2": 298, "1.6": 391, "1.7": 445}
    assert len(techniques()) == 500


def test_the_file_says_whose_it_is() -> None:
    text = files("charlevoix.threats").joinpath("data/disarm.csv").read_text("utf-8")
    head = [line for line in text.splitlines() if line.startswith("#")]
    assert any("CC BY-SA 4.0" in line and "DISARM Foundation" in line for line in head)
    assert set(next(csv.reader([text.splitlines()[len(head)]]))) == {
        "number",
        "name",
        "tactic",
        "versions",
        "earlier_names",
    }


@pytest.mark.parametrize(
    ("number", "chain", "expected"),
    [
        ("T0003", "", Status.CURRENT),
        ("T0149.003", "mitre-attack", Status.CURRENT),  # the wheel lacks it; VIGINUM calls it mitre-attack
        ("T0023", "", Status.RETIRED),  # in 1.6, not in 1.7
        ("T0013", "mitre-attack", Status.RETIRED),  # only in the wheel
        ("T1583.001", "mitre-attack", Status.OTHER),
        ("T1583.001", "", Status.UNKNOWN),  # nothing says that it is ATT&CK's
        ("T0999", "mitre-attack", Status.UNKNOWN),  # a DISARM form under ATT&CK's label
        ("T1583.1", "mitre-attack", Status.UNKNOWN),
        ("t0003", "", Status.UNKNOWN),
        ("", "", Status.UNKNOWN),
    ],
)
def test_a_number_is_current_retired_of_another_framework_or_unknown(number: str, chain: str, expected: Status) -> None:
    assert status(number, chain) is expected


def test_retired_and_current_add_up_to_the_table() -> None:
    counted = Counter(status(number) for number in techniques())
    assert counted == {Status.CURRENT: 445, Status.RETIRED: 55}


@given(st.text(max_size=20), st.sampled_from(["", "mitre-attack", "disarm"]))
def test_no_number_is_ever_without_an_answer(number: str, chain: str) -> None:
    assert (status(number, chain) in {Status.CURRENT, Status.RETIRED}) == (number in techniques())


def test_a_number_we_do_not_have_gets_no_name() -> None:
    with pytest.raises(Unknown):
        technique("T0999")


def test_versions_are_in_order_and_the_newest_is_last() -> None:
    assert VERSIONS[-1] == "1.7"
    for one in techniques().values():
        assert list(one.versions) == [version for version in VERSIONS if version in one.versions]
        assert one.name
        assert one.tactic
