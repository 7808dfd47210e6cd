"""The page of a report in a real browser: accessible, whole without scripts, from one file, the same bytes each time."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser as Chromium

from assess.detectors.doubles import found
from charlevoix.assess.detectors import page_of_report
from charlevoix.languages.catalogue import Language
from web.browser import Visit


@pytest.mark.mission("T3")
@pytest.mark.parametrize("width", [1280, 400])
@pytest.mark.parametrize("language", ["en", "fr"])
def test_it_is_accessible_at_every_width(chromium: Chromium, tmp_path: Path, width: int, language: Language) -> None:
    path = tmp_path / "report.html"
    path.write_text(page_of_report.of_result(found(), "posts.csv", language), "utf-8")
    with Visit(chromium, path.as_uri(), width=width) as one:
        one.go("")
        one.page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        assert one.axe() == []
        assert int(one.page.evaluate("document.documentElement.scrollWidth")) <= width


def test_what_somebody_wrote_is_no_markup_and_differences_are_marked() -> None:
    page = page_of_report.of_result(found(), "<script>x</script>.csv", "en")
    assert "<script" not in page
    assert "<mark>&lt;b&gt;over&lt;/b&gt;&quot;</mark>" in page
    assert '<blockquote dir="auto">' in page


def test_it_is_one_file_with_nothing_from_elsewhere_and_no_account() -> None:
    page = page_of_report.of_result(found(), "posts.csv", "en")
    assert re.findall(r"(?:src|href)=|url\(|@import|https?://(?!www\.w3\.org/2000/svg)", page) == []
    assert "real-name" not in page
    assert page == page_of_report.of_result(found(), "posts.csv", "en")


def test_each_picture_has_its_figures_behind_it() -> None:
    page = page_of_report.of_result(found(), "posts.csv", "en")
    assert page.count("<figure>") == 4
    assert page.count("The figures as a table") == 8, "a summary and a label each"
    assert page.count("<desc ") == 3


def test_groups_and_accounts_are_named_in_the_language_of_the_page() -> None:
    french = page_of_report.of_result(found(), "posts.csv", "fr")
    assert french.count("Groupe 1") >= 3
    assert "compte 1" in french
    assert not re.search(r"\bGroup 1\b|\baccount 1\b", french)


def test_what_was_found_comes_first_and_what_is_not_drawn_is_said() -> None:
    page = page_of_report.of_result(found(), "posts.csv", "en")
    order = ["What was found</h2>", "Pictures</h2>", "Why each was found</h2>", "The figures of the pictures</h2>"]
    assert [page.index(words) for words in order] == sorted(page.index(words) for words in order)
    assert page.count("3 points and 5 lines are not") == 4, "in the picture, below it, and above both tables"


def test_pseudonyms_are_spoken_of_where_there_are_accounts() -> None:
    assert "Accounts bear pseudonyms" in page_of_report.of_result(found(), "posts.csv", "en")
    assert "Accounts bear pseudonyms" not in page_of_report.of_result(replace(found(), accounts={}), "names.csv", "en")
