"""The pages of attribution in a browser: the room on two days, dissent, and the forms that give back what was typed."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser as Chromium

from charlevoix.house import Station
from charlevoix.node import Node
from stage import Stage, console, is_well, stage, visit
from web.server import Server

pytestmark = pytest.mark.browser

QUOTES = Path(__file__).parents[2] / "examples" / "transcribed-positions.json"
GRADES = ("--grade", "1=very-consistent", "--grade", "2=inconsistent", "--grade", "other=neutral", "--reason", "as the logs say")
HOLD = ("--technical", "One server", "--political", "A firm for hire", "--own-not-shown")
Served = tuple[Server[Node], Station]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Stage, str]]:
    with stage(tmp_path_factory.mktemp("attribute-pages")) as made:
        words = ("--title", "Look-alike sites", "--question", "Who runs them?", "--hypothesis", "Firm X", "--hypothesis", "Firm Y")
        case = str(made.told("attribute", "open", made.incident, *words, "--participant", "Demo B")["case"])
        made.told("attribute", "evidence", case, "--item", "Shared server", "--kind", "technical", "--admiralty", "B2", *GRADES)
        made.told("attribute", "transcribe", case, "--file", str(QUOTES), "--hypothesis", "1")
        ours = (
            "--hypothesis",
            "1",
            "--stance",
            "agree",
            "--range",
            "55-80",
            "--words",
            "We hold it likely.",
            "--caveat",
            "One source",
            *HOLD,
        )
        made.told("attribute", "position", case, *ours, "--public", "--valid-from", "2026-01-10")
        made.pull("Demo A", "Demo B")
        theirs = ("--hypothesis", "1", "--stance", "disagree", "--range", "10-30", "--words", "We do not see it.", *HOLD)
        made.told("attribute", "position", case, *theirs, "--valid-from", "2026-02-10", at="Demo B")
        made.pull("Demo B", "Demo A")
        yield made, case


@pytest.fixture(scope="module")
def served(played: tuple[Stage, str]) -> Iterator[Served]:
    with console(played[0]) as running:
        yield running


@pytest.mark.mission("T3")
@pytest.mark.parametrize("width", [1280, 400])
@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_page_is_accessible(chromium: Chromium, served: Served, played: tuple[Stage, str], width: int, language: str) -> None:
    with visit(chromium, served, width=width) as one:
        for path in ("/attributions", f"/attributions/{played[1]}", f"/attributions/{played[1]}/position"):
            page = one.go(f"{path}?lang={language}")
            for summary in page.locator("main details > summary").all():
                summary.click()
            assert is_well(one, width), path


@pytest.mark.mission("S4a")
def test_the_room_is_shown_as_it_stood_on_a_day(chromium: Chromium, served: Served, played: tuple[Stage, str]) -> None:
    with visit(chromium, served) as one:
        page = one.go(f"/attributions/{played[1]}")
        room = page.get_by_role("region", name="Positions on")
        assert room.get_by_role("rowheader").all_inner_texts() == [
            "Demo A\nsigned joins\nawaits a second person",
            "Demo B\nsigned dissent",
            "France\ntranscribed",
        ]
        page.get_by_role("link", name="2026-01-10").click()
        assert room.get_by_role("rowheader").all_inner_texts() == ["Demo A\nsigned joins\nawaits a second person", "France\ntranscribed"]
        assert "Silent, which is no consent: Demo B" in page.get_by_role("main").inner_text()
        page.get_by_label("The room on").fill("2023-06-12")
        page.get_by_role("button", name="Show").click()
        assert "Nobody had taken a position that day." in page.get_by_role("main").inner_text()
        one.go(f"/attributions/{played[1]}?on=yesterday")
        assert "“yesterday” is no day. Write it as 2024-09-05." in page.get_by_role("main").inner_text().replace("\n", " ")


@pytest.mark.mission("S4a")
def test_hypotheses_and_evidence_are_said_in_words(chromium: Chromium, served: Served, played: tuple[Stage, str]) -> None:
    with visit(chromium, served) as one:
        said = one.go(f"/attributions/{played[1]}").get_by_role("main").inner_text()
    for words in ("unlikely to roughly even chance: 40 to 48 %", "Somebody else", "fits very well", "as the logs say"):
        assert words in said
    assert "“We do not see it.”" in said
    assert "Caveat: One source" in said
    assert "Transcribed, not signed by that state" in said


def test_a_position_that_lacks_something_comes_back_as_typed(chromium: Chromium, served: Served, played: tuple[Stage, str]) -> None:
    with visit(chromium, served, "Ben") as one:
        page = one.go(f"/attributions/{played[1]}/position")
        page.get_by_label("Likely from").fill("70")
        page.get_by_label("to (per cent)").fill("60")
        page.get_by_label("In our own words").fill("It is Firm Y.")
        page.get_by_role("main").get_by_role("button", name="Take our position").click()
        told = page.get_by_role("alert").inner_text()
        for sentence in (
            "From 70 to 60 is no range.",
            "A position says what it rests on.",
            "The field “technical conclusion” is empty.",
            "is no stance",
        ):
            assert sentence in told
        assert page.get_by_label("In our own words").input_value() == "It is Firm Y."
        assert page.get_by_label("Likely from").input_value() == "70"
        assert is_well(one, 1280)


@pytest.mark.mission("S4a")
def test_a_position_is_taken_and_a_public_one_is_endorsed_on_the_page(
    chromium: Chromium, served: Served, played: tuple[Stage, str]
) -> None:
    with visit(chromium, served, "operator") as first:
        page = first.go(f"/attributions/{played[1]}")
        page.get_by_role("button", name="Endorse").click()
        assert "This needs a second person" in page.get_by_role("alert").inner_text()
    with visit(chromium, served, "Ben") as second:
        page = second.go(f"/attributions/{played[1]}")
        page.get_by_role("button", name="Endorse").click()
        assert page.get_by_role("button", name="Endorse").count() == 0
        second.go(f"/attributions/{played[1]}/position")
        page.get_by_label("disagrees", exact=True).check()
        page.get_by_label("Hypothesis").select_option("Firm Y")
        for name, words in (
            ("Likely from", "5"),
            ("to (per cent)", "20"),
            ("In our own words", "Not Firm Y."),
            ("Technical conclusion", "No trace"),
            ("Political conclusion", "None"),
        ):
            page.get_by_label(name).fill(words)
        page.get_by_label("Shared server").check()
        page.get_by_role("main").get_by_role("button", name="Take our position").click()
        assert "“Not Firm Y.”" in page.get_by_role("main").inner_text()


def test_who_reads_content_reads_and_who_does_not_is_told(chromium: Chromium, served: Served, played: tuple[Stage, str]) -> None:
    with visit(chromium, served, "Ana") as one:
        assert one.go(f"/attributions/{played[1]}").get_by_role("link", name="Take our position").count() == 0
        assert "You may not do this" in one.go(f"/attributions/{played[1]}/position").get_by_role("main").inner_text()
        one.go("/attributions/attribution--00000000-0000-4000-8000-000000000000")
        assert "There is no case" in one.page.get_by_role("main").inner_text()


def test_the_list_is_filtered_and_had_as_a_file(chromium: Chromium, served: Served) -> None:
    with visit(chromium, served) as one:
        page = one.go("/attributions?phase=found")
        assert "Nothing here is like this." in page.get_by_role("main").inner_text()
        page.get_by_role("link", name="Show all").last.click()
        with page.expect_download() as started:
            page.get_by_role("link", name="CSV").click()
        lines = Path(started.value.path()).read_text("utf-8").splitlines()
        assert lines[0] == "TLP:AMBER+STRICT"
        assert lines[2].startswith("Look-alike sites,gathering,Demo A,3,1,")


def test_the_first_attribution_is_shown_how(chromium: Chromium, tmp_path: Path) -> None:
    with stage(tmp_path, "Demo C") as alone, console(alone, "Demo C") as running, visit(chromium, running) as one:
        page = one.go("/attributions")
        assert "charlevoix attribute open INCIDENT" in page.get_by_role("main").inner_text()
        assert is_well(one, 1280)
