"""The pages of response in a browser: the board, a review and a decision, a joint text edited by paragraph."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser as Chromium

from charlevoix.house import Station
from charlevoix.node import Node
from stage import Stage, console, is_well, stage, visit
from web.server import Server

pytestmark = pytest.mark.browser

FULL = "It is answered here in full."
QUESTIONS = {
    "legal": ("basis", "competence", "international", "prohibitions"),
    "rights": ("untouched",),
    "gender": ("affected", "differently", "heard", "mitigation"),
}
REVIEWERS = {"legal": "Ana", "rights": "Rui", "gender": "Gil"}
Served = tuple[Server[Node], Station]


def proposed(made: Stage, title: str) -> str:
    words = ("--title", title, "--description", "A letter to each", "--legal-basis", "Press act, section 4")
    more = ("--proportionality", "It burdens nobody", "--gender", "All are told alike", "--participant", "Demo B")
    return str(made.told("respond", "propose", "--rests", made.incident, "--measure", "notice", *words, *more)["case"])


def reviewed(made: Stage, case: str, *sorts: str) -> None:
    for sort in sorts:
        answers = [word for q in QUESTIONS[sort] for word in ("--answer", f"{q}={FULL}")]
        made.told("respond", "review", case, "--sort", sort, "--passed", "--conclusion", "Fine.", *answers, person=REVIEWERS[sort])


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with stage(tmp_path_factory.mktemp("respond-pages")) as nodes:
        yield nodes


@pytest.fixture(scope="module")
def played(made: Stage) -> dict[str, str]:
    """Ids of what was played: measures by what became of them, and a text."""
    ids = {name: proposed(made, name) for name in ("fresh", "begun", "done")}
    reviewed(made, ids["begun"], "legal", "gender")
    reviewed(made, ids["done"], "legal", "rights", "gender")
    made.told("respond", "decide", ids["done"], "--yes", "--reasons", "Lawful and small.", person="Ben")
    ids["text"] = str(
        made.told("respond", "text", "open", "--rests", ids["done"], "--title", "Statement", "--participant", "Demo B")["case"]
    )
    made.told("respond", "text", "paragraph", ids["text"], "--number", "1", "--text", "We saw look-alike sites.")
    made.pull("Demo A", "Demo B")
    made.told("respond", "text", "reserve", ids["text"], "--number", "1", "--text", "We saw only two.", at="Demo B")
    made.pull("Demo B", "Demo A")
    made.told("respond", "done", ids["done"], "--text", "All were told.")
    return ids


@pytest.fixture(scope="module")
def served(made: Stage, played: dict[str, str]) -> Iterator[Served]:
    with console(made) as running:
        yield running


@pytest.mark.mission("T3")
@pytest.mark.parametrize("width", [1280, 400])
@pytest.mark.parametrize(("person", "language"), [("operator", "en"), ("Rui", "en"), ("operator", "fr")])
def test_every_page_is_accessible(
    chromium: Chromium, served: Served, played: dict[str, str], width: int, person: str, language: str
) -> None:
    with visit(chromium, served, person, width) as one:
        for path in (
            "/measures",
            f"/measures/{played['fresh']}",
            f"/measures/{played['begun']}",
            f"/measures/{played['done']}",
            f"/texts/{played['text']}",
        ):
            page = one.go(f"{path}?lang={language}")
            for summary in page.locator("main details > summary").all():
                summary.click()
            assert is_well(one, width), path


def test_the_board_has_each_measure_at_its_station_with_what_it_depends_on(
    chromium: Chromium, served: Served, played: dict[str, str]
) -> None:
    with visit(chromium, served) as one:
        page = one.go("/measures")
        for station, title, passed in (("Proposed: 1", "fresh", "0 / 3"), ("In review: 1", "begun", "2 / 3"), ("Done: 1", "done", "3 / 3")):
            row = page.get_by_role("region", name=station).get_by_role("row").nth(1).inner_text()
            assert row.split("\t") == [
                title,
                "Notice to those concerned",
                "Demo A",
                passed,
                "Press act, section 4",
                "passed review of the foreign involvement",
                "–\nnone",
            ]
        assert "No measure here: Decided, Refused, Withdrawn." in page.get_by_role("main").inner_text()
        assert page.get_by_role("region", name="Joint texts").get_by_role("row").nth(1).inner_text().split("\t")[:5] == [
            "Statement",
            "being drafted",
            "1",
            "1",
            "0",
        ]


@pytest.mark.mission("C01")
def test_a_yes_too_early_says_everything_that_lacks_and_keeps_the_reasons(
    chromium: Chromium, served: Served, played: dict[str, str]
) -> None:
    with visit(chromium, served) as one:
        page = one.go(f"/measures/{played['fresh']}")
        page.get_by_role("button", name="Decide").click()
        assert "Choose yes or no." in page.get_by_role("alert").inner_text(), "nothing is decided by what stood there already"
        page.get_by_label("yes").check()
        page.get_by_label("Reasons").fill("It cannot wait.")
        page.get_by_role("button", name="Decide").click()
        told = page.get_by_role("alert").inner_text()
        for sentence in ("legal review has not", "human-rights review has not", "gender review has not", "needs a second person"):
            assert sentence in told
        assert page.get_by_label("Reasons").input_value() == "It cannot wait."
        assert page.get_by_label("yes").is_checked()
        assert is_well(one, 1280)


@pytest.mark.mission("C01")
@pytest.mark.mission("C06")
def test_a_reviewer_makes_the_last_review_and_a_second_person_decides(chromium: Chromium, served: Served, played: dict[str, str]) -> None:
    with visit(chromium, served, "Rui") as reviewer:
        page = reviewer.go(f"/measures/{played['begun']}")
        assert page.get_by_role("heading", name="Decide").count() == 0, "a reviewer does not decide"
        page.get_by_label("Freedom of opinion and expression").check()
        page.get_by_label("What is the legitimate aim?").fill("That readers know what they read.")
        page.get_by_label("Conclusion").fill("It may be done.")
        page.get_by_role("group", name="Result").get_by_label("passed", exact=True).check()
        page.get_by_role("button", name="Sign the review").click()
        assert page.get_by_role("alert").get_by_role("link").count() == 5, "legality, necessity, alternatives, proportionality, safeguards"
        assert page.get_by_label("What is the legitimate aim?").input_value() == "That readers know what they read."
        assert page.get_by_label("Freedom of opinion and expression").is_checked()
        for question in ("basis in law", "Why is it needed", "less intrusive", "outweigh", "Which safeguards"):
            page.get_by_label(question).fill(FULL)
        page.get_by_role("button", name="Sign the review").click()
        assert page.get_by_role("alert").count() == 0
        reviews = page.get_by_role("region", name="Reviews")
        assert reviews.get_by_text("passed", exact=True).count() == 3
        reviews.get_by_text("Answers of the human-rights review").click()
        assert "19. Freedom of opinion and expression" in reviews.inner_text()
        assert "What is the legitimate aim? That readers know what they read." in reviews.inner_text()
    with visit(chromium, served, "Ben") as decider:
        page = decider.go(f"/measures/{played['begun']}")
        page.get_by_label("yes").check()
        page.get_by_label("Reasons").fill("Lawful, small, and in time.")
        page.get_by_role("button", name="Decide").click()
        assert "Decided: yes. Lawful, small, and in time." in page.get_by_role("main").inner_text()


@pytest.mark.mission("S2")
def test_a_text_is_worded_answered_and_adopted_by_paragraph(chromium: Chromium, served: Served, played: dict[str, str]) -> None:
    with visit(chromium, served, "Ben") as one:
        page = one.go(f"/texts/{played['text']}")
        first = page.get_by_role("region", name="Paragraph 1")
        assert "Proposed by Demo A; wording 1" in first.inner_text()
        assert [i.split(": ") for i in first.get_by_role("listitem").all_inner_texts()] == [["Demo A", "agrees"], ["Demo B", "reserves"]]
        assert "Reservation of Demo B: “We saw only two.”" in first.inner_text()
        page.get_by_label("Paragraph 2").fill("We hold Firm X responsible.")
        page.get_by_role("button", name="Add the paragraph").click()
        second = page.get_by_role("region", name="Paragraph 2")
        second.wait_for()  # reading all texts does not wait for the page that the button brings
        assert [i.split(": ") for i in second.get_by_role("listitem").all_inner_texts()] == [["Demo A", "agrees"], ["Demo B", "awaited"]]
        page.get_by_role("button", name="Adopt").click()
        assert "On paragraph 2 nothing is known of Demo B." in page.get_by_role("alert").inner_text()
        second.get_by_text("Word paragraph 2 anew").click()
        second.get_by_label("New wording").fill("We hold it likely that Firm X did it.")
        second.get_by_role("button", name="Propose this wording").click()
        second.get_by_text("wording 2").first.wait_for()
        assert "wording 2" in second.inner_text()
        second.get_by_text("Agree with paragraph 2, or reserve").click()
        second.get_by_role("button", name="Reserve").click()
        assert "Say what you do not join, and why." in page.get_by_role("alert").inner_text()


def test_the_first_measure_is_shown_how(chromium: Chromium, tmp_path: Path) -> None:
    with stage(tmp_path, "Demo C") as alone, console(alone, "Demo C") as running, visit(chromium, running) as one:
        said = one.go("/measures").get_by_role("main").inner_text()
        assert "charlevoix respond propose" in said
        assert "charlevoix respond text open" in said
        assert is_well(one, 1280)
