"""A result is told in one sentence first, is the same in both languages' documents, and names nobody."""

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from assess.detectors.doubles import found, run_of
from charlevoix.assess.detectors import report
from charlevoix.assess.detectors.engine import DuckDB
from charlevoix.errors import Reason
from charlevoix.languages.catalogue import LANGUAGES, Language


def told(language: Language, hits: int = 2, proposed: str | None = None) -> str:
    to = Console(file=io.StringIO(), width=200, color_system=None)
    with DuckDB("/nonexistent") as engine:
        report.tell(run_of(found(hits), engine), proposed, language, to)
    assert isinstance(to.file, io.StringIO)
    return to.file.getvalue()


def test_the_sentence_comes_first_then_what_else_explains_it_then_three_rows_then_the_table() -> None:
    said = told("en")
    order = ["4 accounts in 2 groups", "What else may explain it", "One house behind", "Very active accounts", "Look at these first",
             "Row 1", "Row 2", "Row 3", "Score", "0.90", "Error rate", "neither inauthentic nor foreign", "Next:"]  # fmt: skip
    places = [said.index(words) for words in order]
    assert places == sorted(places)


def test_a_terminal_shows_twenty_hits_and_counts_the_rest() -> None:
    said = told("en", hits=33)
    assert "Group 20" in said
    assert "Group 21" not in said
    assert "And 13 more" in said


def test_a_proposed_result_names_the_report_and_no_further_step() -> None:
    said = told("fr", proposed="report--1")
    assert "charlevoix show report--1" in said
    assert "--propose" not in said


@pytest.mark.parametrize("language", ["en", "fr"])
def test_no_account_is_named(language: Language) -> None:
    with DuckDB("/nonexistent") as engine:
        document = json.dumps(report.document(run_of(found(), engine), language))
    assert "real-name" not in document + told(language)
    assert "account 1" in document


def test_the_result_is_equal_whatever_the_run_took(tmp_path: Path) -> None:
    with DuckDB(str(tmp_path)) as engine:
        one = run_of(found(), engine)
        a, b = report.document(one, "en"), report.document(replace(one, seconds=99.0), "en")
    assert json.dumps(a["result"]) == json.dumps(b["result"])
    assert a["run"] != b["run"]
    assert a["result"]["hits"][0]["rows"] == [1, 3]
    assert a["result"]["look_first"][0]["row"] == 1


def test_a_cell_shows_figures_and_times_as_people_write_them() -> None:
    values = (None, True, 12, 0.123456, "2026-01-02T03:04:05Z", "url")
    assert [report.fact(v, "layers", "en") for v in values] == ["-", "✓", "12", "0.1235", "2026-01-02 03:04 UTC", "url"]
    assert report.fact("exact, translated, something", "kinds", "fr") == "mot pour mot, traduit, something"
    assert report.fact("alert", "tier", "fr") == "alerte"


def test_a_row_to_look_at_is_told_with_the_hit_that_it_is_in() -> None:
    looked = report.looked_at(found(), "fr")
    assert [(row, why.partition(" : ")[0]) for row, why in looked] == [(1, "Groupe 1"), (2, "Groupe 2"), (3, "Groupe 1")]


def test_what_must_be_read_with_the_sentence_is_the_detectors_word_or_ours() -> None:
    caution, notes = report.cautions(found(), "en")
    assert ("neither inauthentic nor foreign" in caution, notes) == (True, [])
    caution, notes = report.cautions(replace(found(), notes=(Reason("relation.cut", ("text", "1", "9")),)), "en")
    assert "no person has judged it" in caution
    assert notes == ["In the column “text”, 1 text is longer than 9 characters: what is beyond was cut off."]


def test_a_name_by_number_is_said_in_the_readers_language_and_any_other_stays() -> None:
    names = ("Group 12", "Text 3", "account 7", "group.example", "Group", "Group 1 of 2", "")
    assert [report.called(name, "fr") for name in names] == ["Groupe 12", "Texte 3", "compte 7", *names[3:]]
    assert [report.called(name, "en") for name in names] == list(names)
    assert "Groupe 1" in told("fr")
    assert "Group 1" not in told("fr")


def test_documents_name_hits_alike_in_every_language() -> None:
    with DuckDB("/nonexistent") as engine:
        named = [
            [(hit["name"], hit["members"]) for hit in report.document(run_of(found(), engine), language)["result"]["hits"]]
            for language in LANGUAGES
        ]
    assert named[0] == named[1] == [("Group 1", ["account 1", "account 2"]), ("Group 2", ["account 3", "account 4"])]


def test_a_score_is_shown_on_the_scale_of_the_detectors_files() -> None:
    hit = found().hits[0]
    assert [report.score(hit, replace(found(), scale=scale), "fr") for scale in (1, 100)] == ["0,90", "90"]


def test_settings_are_told_in_words_and_only_those_that_mattered() -> None:
    parameters = {"window": "60", "mode": "toolkit", "network": "co_link", "weight": "2", "similarity": "0.8", "q": "0.05"}
    told = report.set_to(replace(found(), detector="coordination", parameters=parameters), "fr")
    assert [value for _, value in told] == ["toolkit", "co_link", "2", "60"]
    assert all(" " in words for words, _ in told)
    assert report.set_to(found(), "en") == [("window", "60")], "of a detector that is not installed, the name"
