"""`charlevoix respond` on real nodes: a measure and its reviews, a joint text with one reservation."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from charlevoix.errors import Malformed
from charlevoix.respond.commands import filled_test
from charlevoix.respond.review import LegalTest
from stage import Stage, stage

FULL = "It is answered here in full."
QUESTIONS = {
    "legal": ("basis", "competence", "international", "prohibitions"),
    "rights": ("untouched",),
    "gender": ("affected", "differently", "heard", "mitigation"),
}
REVIEWERS = {"legal": "Ana", "rights": "Rui", "gender": "Gil"}


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with stage(tmp_path_factory.mktemp("respond")) as made:
        yield made


def proposed(played: Stage, dish: str = "notice", code: int = 0) -> str:
    words = ("--title", "Tell the newspapers", "--description", "A letter to each", "--legal-basis", "Press act, section 4")
    more = ("--proportionality", "It burdens nobody", "--gender", "Readers of all genders are told alike", "--participant", "Demo B")
    told = played.told("respond", "propose", "--rests", played.incident, "--measure", dish, *words, *more, code=code)
    return str(told.get("case") or told["refused"][0]["rule"])


def reviewed(played: Stage, case: str, *sorts: str) -> None:
    for sort in sorts:
        answers = [word for q in QUESTIONS[sort] for word in ("--answer", f"{q}={FULL}")]
        played.told(
            "respond", "review", case, "--sort", sort, "--passed", "--conclusion", "It may be done.", *answers, person=REVIEWERS[sort]
        )


@pytest.mark.mission("C01")
@pytest.mark.mission("S4b")
def test_a_measure_is_decided_once_every_review_is_there_and_all_that_lacks_is_said_at_once(played: Stage) -> None:
    case = proposed(played)
    refused = played.told("respond", "decide", case, "--yes", "--reasons", "Now", code=3)
    assert [(r["rule"], r["values"][:1]) for r in refused["refused"]] == [
        ("review.missing", ["legal"]),
        ("review.missing", ["rights"]),
        ("review.missing", ["gender"]),
        ("authority.same-person", []),
    ]
    assert isinstance(refused["entry"], int)
    reviewed(played, case, "legal", "rights")
    told = played.told("respond", "show", case)
    assert [r["values"] for r in told["lacking"]] == [["gender"]]
    assert [(r["sort"], r["conclusion"]) for r in told["reviews"]] == [("legal", "It may be done."), ("rights", "It may be done.")]
    assert told["reviews"][0]["answers"]["prohibitions"] == FULL, "whoever decides can read why"
    reviewed(played, case, "gender")
    assert played.told("respond", "decide", case, "--yes", "--reasons", "Now", code=3)["refused"][0]["rule"] == "authority.same-person"
    played.told("respond", "decide", case, "--yes", "--reasons", "It is lawful and small.", person="Ben")
    told = played.told("respond", "show", case)
    assert (told["phase"], told["decision"]["yes"], told["decision"]["reasons"]) == ("decided", True, "It is lawful and small.")
    played.told("respond", "done", case, "--text", "All four were told.")
    assert played.told("respond", "show", case)["effect"] == "All four were told."


@pytest.mark.mission("C01")
def test_a_reviewer_reviews_in_her_role_and_answers_every_question(played: Stage) -> None:
    case = proposed(played)
    refused = played.told("respond", "review", case, "--sort", "legal", "--passed", "--conclusion", "Fine", person="Rui", code=3)["refused"]
    assert {r["rule"] for r in refused} == {"review.role", "review.unanswered"}
    assert sum(r["rule"] == "review.unanswered" for r in refused) == 4


def test_a_no_is_an_answer_with_reasons_and_needs_no_review(played: Stage) -> None:
    case = proposed(played)
    played.told("respond", "decide", case, "--no", "--reasons", "It would warn them.", person="Ben")
    told = played.told("respond", "show", case)
    assert (told["phase"], told["decision"]["yes"]) == ("refused", False)


@pytest.mark.parametrize(("dish", "rule"), [("censorship", "measure.not-on-menu"), ("listing", "measure.needs-attribution")])
def test_what_is_not_on_the_menu_or_not_carried_is_refused(played: Stage, dish: str, rule: str) -> None:
    assert proposed(played, dish, code=3) == rule


def test_the_menu_says_why_each_measure_is_on_it(played: Stage) -> None:
    menu = {row["measure"]: row for row in played.told("respond", "menu")["menu"]}
    assert len(menu) == 20
    assert menu["listing"]["needs_attribution"] is True
    assert menu["notice"]["why"] == "Those targeted learn of it first."


@pytest.mark.mission("S2")
def test_a_joint_text_of_two_paragraphs_with_one_reservation(played: Stage) -> None:
    measure = proposed(played)
    reviewed(played, measure, "legal", "rights", "gender")
    played.told("respond", "decide", measure, "--yes", "--reasons", "Yes", person="Ben")
    text = str(played.told("respond", "text", "open", "--rests", measure, "--title", "Joint statement", "--participant", "Demo B")["case"])
    played.told("respond", "text", "paragraph", text, "--number", "1", "--text", "We saw look-alike sites.")
    played.told("respond", "text", "paragraph", text, "--number", "2", "--text", "We hold Firm X responsible.")
    unspoken = played.told("respond", "text", "adopt", text, code=3)["refused"]
    assert [(r["rule"], r["values"][0]) for r in unspoken] == [("text.unspoken", "1"), ("text.unspoken", "2")]
    played.pull("Demo A", "Demo B")
    played.told("respond", "text", "agree", text, "--number", "1", at="Demo B")
    played.told("respond", "text", "reserve", text, "--number", "2", "--text", "We do not join this.", at="Demo B")
    played.pull("Demo B", "Demo A")
    played.told("respond", "text", "adopt", text)
    played.told("respond", "text", "sign", text)
    told = played.told("respond", "text", "show", text)
    assert [(p["number"], p["agreed"], p["waiting"]) for p in told["paragraphs"]] == [(1, ["Demo A", "Demo B"], []), (2, ["Demo A"], [])]
    assert told["paragraphs"][1]["reservations"] == [{"party": "Demo B", "words": "We do not join this."}]
    assert told["signatories"] == ["Demo A"]
    read = played.run("respond", "text", "show", text).output
    assert "2. We hold Firm X responsible. [1]" in read
    assert "[1] Reservation of Demo B: We do not join this." in read


def test_a_new_wording_asks_everybody_again(played: Stage) -> None:
    measure = proposed(played)
    reviewed(played, measure, "legal", "rights", "gender")
    played.told("respond", "decide", measure, "--yes", "--reasons", "Yes", person="Ben")
    text = str(played.told("respond", "text", "open", "--rests", measure, "--title", "Statement", "--participant", "Demo B")["case"])
    played.told("respond", "text", "paragraph", text, "--number", "1", "--text", "First")
    played.pull("Demo A", "Demo B")
    played.told("respond", "text", "agree", text, "--number", "1", at="Demo B")
    played.pull("Demo B", "Demo A")
    played.told("respond", "text", "paragraph", text, "--number", "1", "--text", "Second")
    (paragraph,) = played.told("respond", "text", "show", text)["paragraphs"]
    assert (paragraph["text"], paragraph["wording"], paragraph["agreed"], paragraph["waiting"]) == ("Second", 2, ["Demo A"], ["Demo B"])


def test_an_undecided_measure_carries_no_text(played: Stage) -> None:
    result = played.run("respond", "text", "open", "--rests", proposed(played), "--title", "Too early")
    assert result.exit_code == 1
    assert "case.no-basis" in str(result.exception)


def test_a_question_that_is_none_is_told() -> None:
    assert filled_test("legal", {"basis": "a"}, ()) == LegalTest("a", "", "", "")
    with pytest.raises(Malformed) as error:
        filled_test("legal", {"mood": "good"}, ())
    assert error.value.reason.values == ("mood", "basis, competence, international, prohibitions")


def test_the_lists_say_what_to_do_while_they_are_empty(tmp_path: Path) -> None:
    with stage(tmp_path, "Demo C") as alone:
        assert "charlevoix respond propose" in alone.run("respond", "list", at="Demo C").output
        assert "charlevoix respond text open" in alone.run("respond", "text", "list", at="Demo C").output


@pytest.mark.parametrize(
    "name",
    [
        "list",
        "menu",
        "propose",
        "review",
        "decide",
        "done",
        "show",
        "text open",
        "text paragraph",
        "text agree",
        "text reserve",
        "text show",
    ],
)
def test_each_command_shows_an_example(played: Stage, name: str) -> None:
    told = played.run("respond", *name.split(), "--help")
    assert told.exit_code == 0
    assert f"charlevoix respond {name}" in " ".join(told.output.split())
