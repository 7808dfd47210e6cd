"""The pages of advice in a browser: a brief in two languages, on paper, cleared with a footnote, and as a file."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser as Chromium

from advise.test_commands import HIDDEN, SEEN, asked, drafted, fact
from charlevoix.house import Station
from charlevoix.node import Node
from stage import Stage, console, is_well, stage, visit
from web.server import Server

pytestmark = pytest.mark.browser
Served = tuple[Server[Node], Station]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Stage, str, str]]:
    """A stage, a brief with a version, and one without."""
    folder = tmp_path_factory.mktemp("advise-pages")
    with stage(folder) as made:
        case, _ = drafted(made, folder, fact(SEEN, made.incident, f"{made.incident}#incident.nexus-passed"), fact(HIDDEN, made.private))
        bare = asked(made)
        made.pull("Demo A", "Demo B")
        yield made, case, bare


@pytest.fixture(scope="module")
def served(played: tuple[Stage, str, str]) -> Iterator[Served]:
    with console(played[0]) as running:
        yield running


@pytest.mark.mission("T3")
@pytest.mark.parametrize("width", [1280, 400])
@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_page_is_accessible(chromium: Chromium, served: Served, played: tuple[Stage, str, str], width: int, language: str) -> None:
    with visit(chromium, served, "Ben", width) as one:
        for path in ("/briefs", f"/briefs/{played[1]}", f"/briefs/{played[2]}"):
            page = one.go(f"{path}?lang={language}")
            for summary in page.locator("main details > summary").all():
                summary.click()
            assert is_well(one, width), path


@pytest.mark.mission("C17")
def test_a_brief_is_read_in_two_languages_with_its_deadline_and_who_has_not_cleared(
    chromium: Chromium, served: Served, played: tuple[Stage, str, str]
) -> None:
    with visit(chromium, served) as one:
        page = one.go(f"/briefs/{played[1]}")
        said = page.get_by_role("main").inner_text()
        for words in (
            SEEN[0],
            HIDDEN[0],
            "Not cleared by\tDemo A, Demo B",
            "Timetable",
            "roughly even chance to likely: 55 to 80 %",
            "Confidence: moderate.",
        ):
            assert words in said
        assert page.get_by_role("link", name="rests on act 1").get_attribute("href") == "#act-1"
        assert page.locator("#act-1 a").get_attribute("href") == f"/incidents/{played[0].incident}"
        page.get_by_role("link", name="Cette note en français").click()
        said = page.get_by_role("main").inner_text()
        assert SEEN[1] in said
        assert SEEN[0] not in said


@pytest.mark.mission("C18")
def test_a_partner_reads_no_byte_of_what_it_may_not_see(chromium: Chromium, played: tuple[Stage, str, str]) -> None:
    with console(played[0], "Demo B") as running, visit(chromium, running) as one:
        page = one.go(f"/briefs/{played[1]}")
        assert SEEN[0] in page.content()
        assert HIDDEN[0] not in page.content()
        assert "Sentences left out because this reader may not see them: 1." in page.get_by_role("main").inner_text()


@pytest.mark.mission("C17")
def test_a_brief_is_cleared_by_another_person_with_a_footnote(chromium: Chromium, served: Served, played: tuple[Stage, str, str]) -> None:
    with visit(chromium, served, "operator") as drafter:
        page = drafter.go(f"/briefs/{played[1]}")
        page.get_by_label("Dissenting footnote").fill("I wrote it.")
        page.get_by_role("button", name="Clear version 1").click()
        assert "needs a second person" in page.get_by_role("alert").inner_text()
        assert page.get_by_label("Dissenting footnote").input_value() == "I wrote it."
    with visit(chromium, served, "Ben") as other:
        page = other.go(f"/briefs/{played[1]}")
        page.get_by_label("Dissenting footnote").fill("The second option is early.")
        page.get_by_role("button", name="Clear version 1").click()
        said = page.get_by_role("main").inner_text()
        assert "Demo A: “The second option is early.”" in said
        assert "Not cleared by\tDemo B" in said
        assert page.get_by_role("button", name="Clear").count() == 0


def test_the_two_pages_come_as_a_file_in_the_language_of_the_page(
    chromium: Chromium, served: Served, played: tuple[Stage, str, str]
) -> None:
    with visit(chromium, served) as one:
        page = one.go(f"/briefs/{played[1]}?lang=fr")
        with page.expect_download() as started:
            page.get_by_role("link", name="Les deux pages en un fichier").click()
        html = Path(started.value.path()).read_text("utf-8")
        assert started.value.suggested_filename.endswith("-fr.html")
        assert '<html lang="fr">' in html
        assert SEEN[1] in html


def test_on_paper_there_are_no_forms_and_no_links_to_elsewhere(chromium: Chromium, served: Served, played: tuple[Stage, str, str]) -> None:
    with visit(chromium, served, "Ben") as one:
        page = one.go(f"/briefs/{played[2]}")
        one.go(f"/briefs/{played[1]}")
        page.emulate_media(media="print")
        assert not page.get_by_role("link", name="The two pages as a file").is_visible()
        assert page.get_by_text("TLP:AMBER").first.is_visible()
        assert page.get_by_text(SEEN[0]).is_visible()


def test_a_brief_without_a_version_says_what_to_do(chromium: Chromium, served: Served, played: tuple[Stage, str, str]) -> None:
    with visit(chromium, served) as one:
        said = one.go(f"/briefs/{played[2]}").get_by_role("main").inner_text()
        assert "There is no version yet." in said
        assert "charlevoix advise draft" in said
        one.go(f"/briefs/{played[2]}/file")
        assert "There is no version yet." in one.page.get_by_role("main").inner_text()


def test_the_first_brief_is_shown_how(chromium: Chromium, tmp_path: Path) -> None:
    with stage(tmp_path, "Demo C") as alone, console(alone, "Demo C") as running, visit(chromium, running) as one:
        assert "charlevoix advise ask TITLE" in one.go("/briefs").get_by_role("main").inner_text()
