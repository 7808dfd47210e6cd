"""A legal profile is read strictly, and the one that comes with the package says that it is a demonstration."""

from pathlib import Path

import pytest

import charlevoix.safeguards
from charlevoix.errors import Malformed, Unknown
from charlevoix.safeguards.legal_profile import load, parse

TEXT = (Path(charlevoix.safeguards.__path__[0]) / "legal_profiles" / "demo.toml").read_text("utf-8")


@pytest.mark.mission("C15")
def test_the_demonstration_profile_says_so_and_states_no_law() -> None:
    demo = load("demo")
    assert demo.demonstration
    assert demo.title["en"] == "Demonstration profile: the law of no state"
    assert demo.reviews == {"public": {"legal", "rights", "gender"}, "platform": {"legal"}}
    assert demo.retention == {"report": 365, "incident": 1825, "protected": 180}
    assert {c.name for c in demo.prohibitions} == {"domestic-speech", "lists-of-critics"}


def test_a_basis_of_sharing_is_found_by_standing() -> None:
    found = {s: b.name if (b := load("demo").basis(s)) else None for s in ("member", "platform", "public", "role", "friend")}
    assert found == {
        "member": "agreement",
        "platform": "cooperation",
        "public": "account",
        "role": None,
        "friend": None,
    }


def test_an_unknown_profile_names_those_there_are() -> None:
    for name in ("atlantis", "../demo", "", "demo.toml"):
        with pytest.raises(Unknown) as refused:
            load(name)
        assert refused.value.reason.values == (name, "demo")


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("demonstration = true", 'demonstration = "yes"', "legal.value"),
        ("demonstration = true", "", "legal.key"),
        ('name = "demo"', 'name = "Demo!"', "legal.value"),
        ('name = "demo"', 'name = "demo"\nsecret = 1', "legal.key"),
        ("report = 365", "report = 0", "legal.value"),
        ("report = 365", "report = true", "legal.value"),
        ("report = 365", 'report = "1 year"', "legal.value"),
        ('public = ["legal", "rights", "gender"]', 'public = ["horoscope"]', "legal.value"),
        ('public = ["legal", "rights", "gender"]', 'public = "legal"', "legal.value"),
        ('public = ["legal", "rights", "gender"]', 'friends = ["legal"]', "legal.key"),
        ('standings = ["public"]', 'standings = ["role"]', "legal.value"),
        ('standings = ["public"]', "", "legal.key"),
        ('en = "Statement of facts to the public"', "", "legal.key"),
        ('en = "Statement of facts to the public"', 'en = ""', "legal.value"),
        ("[retention]", "[retentions]", "legal.key"),
        ("[responding.statement]", "[responding", "legal.toml"),
    ],
)
def test_a_profile_with_anything_odd_in_it_is_refused(old: str, new: str, rule: str) -> None:
    assert old in TEXT
    with pytest.raises(Malformed) as refused:
        parse(TEXT.replace(old, new))
    assert refused.value.reason.rule == rule


def test_the_profile_as_it_is_parses() -> None:
    assert parse(TEXT) == load("demo")
