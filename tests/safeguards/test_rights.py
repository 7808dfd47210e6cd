"""The balance test: complete, or every missing part at once."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from charlevoix.errors import Refused
from charlevoix.languages.catalogue import LANGUAGES, catalogue
from charlevoix.safeguards.rights import ARTICLES, PARTS, Assessment, Balance, assess

FULL = Balance(
    frozenset({19, 17}),
    legality="Section 4 of the demonstration profile",
    aim="Free elections, article 25",
    necessity="The pages told voters a wrong date",
    alternatives="A correction alone was tried and not seen",
    proportionality="Seven pages, none of them a person's",
    safeguards="Reviewed after thirty days; redress by form",
)


def rules(outcome: Assessment | Refused) -> list[str]:
    return [r.rule for r in outcome.reasons] if isinstance(outcome, Refused) else []


@pytest.mark.mission("C14")
def test_a_complete_test_is_taken_with_its_articles_in_order() -> None:
    assert assess(FULL) == Assessment((17, 19), FULL)


@given(st.frozensets(st.sampled_from(PARTS)))
def test_every_missing_part_is_named(absent: frozenset[str]) -> None:
    found = rules(assess(replace(FULL, **dict.fromkeys(absent, " - "))))  # type: ignore[arg-type]  # parts are texts
    assert set(found) == {f"rights.{part}" for part in absent}


def test_no_article_needs_a_reason_and_then_no_balance() -> None:
    assert rules(assess(Balance())) == ["rights.articles"]
    untouched = Balance(untouched="Only a list of domain names is kept")
    assert assess(untouched) == Assessment((), untouched)


def test_an_article_that_does_not_exist_and_one_that_admits_no_limit_are_refused() -> None:
    assert rules(assess(replace(FULL, articles=frozenset({7, 19, 99})))) == ["rights.article", "rights.absolute"]


def test_every_article_has_a_title_in_both_languages() -> None:
    for language in LANGUAGES:
        assert all(f"rights.article-{n}" in catalogue(language) for n in ARTICLES)
        assert all(f"rights.{part}" in catalogue(language) for part in PARTS)
