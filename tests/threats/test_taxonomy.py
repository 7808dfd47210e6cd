"""The commitment's threats, and local ones under them."""

import pytest

from charlevoix.errors import Malformed, Unknown
from charlevoix.threats.taxonomy import broader, children, taxonomy, threat, with_local

MISSION = ["D1", "D1.0", "D1.1", "D1.2", "D1.3", "D1.4", "D1.5", "D2", "D2.1", "D2.2", "D2.3", "D2.4", "D3"]

LOCAL = """
[[threat]]
id = "D2.2.x-cloned-voices"
title = { en = "Cloned voices", fr = "Voix clonées" }
plain = { en = "A voice is imitated.", fr = "Une voix est imitée." }
"""


@pytest.mark.mission("C19")
def test_the_threats_are_those_of_the_commitment_in_its_order() -> None:
    assert [t.id for t in taxonomy()] == MISSION


def test_every_threat_is_told_in_both_languages_and_differently() -> None:
    for one in taxonomy():
        assert one.title["en"] != one.title["fr"]
        assert one.plain["en"].endswith(".")
        assert one.plain["fr"].endswith(".")


def test_children_stand_directly_under_their_parent() -> None:
    assert [t.id for t in children("D2")] == ["D2.1", "D2.2", "D2.3", "D2.4"]
    assert children("D3") == ()
    assert threat("D1.4").parent == "D1"
    assert threat("D1").parent is None


def test_an_unknown_id_is_refused() -> None:
    with pytest.raises(Unknown, match="D4"):
        threat("D4")
    with pytest.raises(Unknown):
        children("D2.9")


@pytest.mark.mission("C19")
def test_a_local_threat_stands_behind_what_it_hangs_under_and_counts_there() -> None:
    ours = with_local(taxonomy(), LOCAL)
    ids = [t.id for t in ours]
    assert ids[ids.index("D2.2") + 1] == "D2.2.x-cloned-voices"
    assert ours.threat("D2.2.x-cloned-voices").title["fr"] == "Voix clonées"
    assert [t.id for t in ours.children("D2.2")] == ["D2.2.x-cloned-voices"]
    assert broader("D2.2.x-cloned-voices") == "D2.2"


def test_somebody_elses_local_threat_still_counts_where_nobody_told_us_of_it() -> None:
    assert broader("D3.x-never-seen") == "D3"


def test_the_commitments_own_list_is_not_changed_by_local_ones() -> None:
    with_local(taxonomy(), LOCAL)
    assert [t.id for t in taxonomy()] == MISSION


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("[[threat]", "threats.toml"),
        ("threat = 1", "threats.row"),
        ('[[threat]]\nid = "D2.2.x-a"', "threats.row"),
        (LOCAL.replace("D2.2.x-cloned-voices", "D2.5"), "threats.local-id"),
        (LOCAL.replace("D2.2.x-cloned-voices", "D2.2"), "threats.local-id"),
        (LOCAL.replace("D2.2.x-cloned-voices", "D2.9.x-a"), "threats.local-id"),
        (LOCAL.replace("D2.2.x-cloned-voices", "D2.2.x-../a"), "threats.local-id"),
        (LOCAL + LOCAL, "threats.twice"),
        (LOCAL.replace('fr = "Voix clonées"', 'de = "Stimmen"'), "threats.both-languages"),
        (LOCAL.replace('"A voice is imitated."', "7"), "threats.both-languages"),
        ("#" * 100_001, "threats.too-large"),
        ("a = " + "[" * 5_000, "threats.toml"),
    ],
)
def test_a_local_file_that_is_wrong_is_refused_by_name(text: str, rule: str) -> None:
    with pytest.raises(Malformed) as refused:
        with_local(taxonomy(), text)
    assert refused.value.reason.rule == rule


def test_a_local_threat_is_not_added_twice() -> None:
    with pytest.raises(Malformed, match="twice"):
        with_local(with_local(taxonomy(), LOCAL), LOCAL)
