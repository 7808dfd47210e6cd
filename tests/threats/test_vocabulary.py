"""Vocabularies, held against MISP's taxonomies and galaxies."""

import json
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytaxonomies.api import Taxonomies

from charlevoix.errors import Unknown
from charlevoix.threats.vocabulary import vocabularies, vocabulary


@pytest.fixture(scope="module")
def misp() -> Taxonomies:
    return Taxonomies()


def keys(name: str) -> list[str]:
    return [term.key for term in vocabulary(name).terms]


@pytest.mark.parametrize(
    ("ours", "theirs", "predicate", "left_out"),
    [
        ("admiralty-reliability", "admiralty-scale", "source-reliability", {"g"}),
        ("admiralty-credibility", "admiralty-scale", "information-credibility", set()),
        ("icd-203", "estimative-language", "likelihood-probability", set()),
        ("confidence", "estimative-language", "confidence-in-analytic-judgment", set()),
        ("kent-fr", "vocabulaire-des-probabilites-estimatives", "degré-de-probabilité", set()),
    ],
)
def test_keys_and_their_order_are_those_of_misp(misp: Taxonomies, ours: str, theirs: str, predicate: str, left_out: set[str]) -> None:
    entries = [e for e in misp[theirs].predicates[predicate].entries if e not in left_out]
    assert keys(ours) == entries


def test_the_ten_rungs_of_state_responsibility_are_misps_without_their_stray_full_stops(misp: Taxonomies) -> None:
    assert keys("state-responsibility") == [p.rstrip(".") for p in misp["state-responsibility"].predicates]
    assert len(keys("state-responsibility")) == 10


def test_tlp_levels_are_those_of_version_2_strictest_first(misp: Taxonomies) -> None:
    assert keys("tlp") == ["red", "amber+strict", "amber", "green", "clear"]
    assert set(keys("tlp")) < set(misp["tlp"].predicates)


def test_ranges_of_icd_203_are_those_that_misp_prints(misp: Taxonomies) -> None:
    for entry in misp["estimative-language"].predicates["likelihood-probability"].entries.values():
        term = vocabulary("icd-203").term(entry.value)
        assert str(entry.expanded).endswith(f"{term.low:02d}-{term.high:02d}%")


def test_french_ranges_are_the_middle_and_margin_that_misp_prints(misp: Taxonomies) -> None:
    for entry in misp["vocabulaire-des-probabilites-estimatives"].predicates["degré-de-probabilité"].entries.values():
        term = vocabulary("kent-fr").term(entry.value)
        assert term.low is not None
        assert term.high is not None
        assert (term.low + term.high) / 2 == float(entry.numerical_value or 0)
        assert f"environ {(term.high - term.low) // 2} %" in str(entry.expanded)


def test_every_counter_technique_exists_at_disarm_and_says_why_it_may_be_proposed() -> None:
    cluster = files("pymispgalaxies").joinpath("data/misp-galaxy/clusters/disarm-countermeasures.json")
    theirs = {v["meta"]["external_id"]: v["value"] for v in json.loads(cluster.read_text("utf-8"))["values"]}
    for term in vocabulary("counter").terms:
        assert term.label["en"] == theirs[term.key]
        assert term.why is not None
        assert term.why["en"] != term.why["fr"]


@pytest.mark.mission("C01")
@pytest.mark.parametrize("number", ["C00016", "C00036", "C00047", "C00052", "C00149", "C00207"])
def test_censorship_infiltration_and_faking_are_not_on_offer(number: str) -> None:
    assert number not in vocabulary("counter")


def test_every_vocabulary_names_its_source_and_has_no_key_twice() -> None:
    for name, one in vocabularies().items():
        assert one.source
        assert len(set(keys(name))) == len(keys(name))
        assert all(term.label["en"] and term.label["fr"] for term in one.terms)


def test_a_range_gets_every_word_that_it_meets() -> None:
    assert [t.key for t in vocabulary("icd-203").words(0.60, 0.85)] == ["likely", "very-likely"]
    assert [t.key for t in vocabulary("phia").words(0.60, 0.70)] == ["likely"]


def test_a_range_in_a_gap_of_the_uk_yardstick_gets_no_word() -> None:
    assert vocabulary("phia").words(0.76, 0.79) == ()


@given(st.floats(0.01, 0.99), st.floats(0.01, 0.99))
def test_a_wider_range_never_loses_a_word(one: float, other: float) -> None:
    low, high = sorted((one, other))
    narrow = {t.key for t in vocabulary("icd-203").words(low, low)}
    assert narrow
    assert narrow <= {t.key for t in vocabulary("icd-203").words(low, high)}


def test_an_unknown_vocabulary_or_term_is_refused() -> None:
    with pytest.raises(Unknown):
        vocabulary("tea-leaves")
    with pytest.raises(Unknown) as refused:
        vocabulary("confidence").term("certain")
    assert refused.value.reason.values == ("confidence", "certain", "low, moderate, high")
