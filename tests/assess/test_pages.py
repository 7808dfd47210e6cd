"""Pages of assess in a real browser: the list, one incident in the order of ABCDE, its reviews, and opening one on a report."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser as Chromium

from charlevoix.house import Station
from charlevoix.node import Node
from stage import Stage, console, is_well, stage, visit
from web.server import Server

EXAMPLES = Path(__file__).parents[2] / "examples"
Served = tuple[Server[Node], Station]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with stage(tmp_path_factory.mktemp("assess")) as made:
        yield made


@pytest.fixture(scope="module")
def ids(played: Stage) -> dict[str, str]:
    def take_in(name: str, publisher: str) -> str:
        return str(played.told("import", str(EXAMPLES / name), "--publisher", publisher, "--marking", "clear")["report"])

    found = {"rrn": take_in("viginum-rrn.json", "VIGINUM"), "list": take_in("viginum-rrn-domains.csv", "VIGINUM")}
    found["qurium"] = take_in("qurium-2022-names.csv", "Qurium")
    form = (
        "--threat",
        "D2.2",
        "--means",
        "covert",
        "--domain",
        "bild.pics",
        "--source",
        found["rrn"],
        "--technique",
        "T0099.002",
        "--tlp",
        "amber",
    )
    more = ("--assessment", "One operator runs these sites", "--probability", "55-80", "--confidence", "moderate", "--target", "DE")
    for name in ("fresh", "judged"):
        found[name] = str(played.told("open", "--title", f"Clones: {name}", *form, *more)["case"])
    found["recorded"] = str(played.told("open", "--title", "Only recorded", *form, "--no-foreign-actor")["case"])
    return found


@pytest.fixture(scope="module")
def served(played: Stage, ids: dict[str, str]) -> Iterator[Served]:
    with console(played) as running:
        yield running


@pytest.mark.mission("T3")
@pytest.mark.parametrize("width", [1280, 400])
@pytest.mark.parametrize(("person", "language"), [("operator", "en"), ("Ana", "en"), ("operator", "fr")])
def test_every_page_is_accessible(
    chromium: Chromium, served: Served, played: Stage, ids: dict[str, str], width: int, person: str, language: str
) -> None:
    with visit(chromium, served, person, width) as one:
        paths = ["/incidents", "/incidents?threat=D1.5", f"/incidents/{ids['fresh']}", f"/incidents/{played.incident}"]
        if person == "operator":
            paths += ["/incidents/new", f"/incidents/new?report={ids['rrn']}", f"/incidents/{ids['recorded']}"]
        for path in paths:
            page = one.go(f"{path}{'&' if '?' in path else '?'}lang={language}")
            for summary in page.locator("main details > summary").all():
                summary.click()
            assert is_well(one, width), path


def test_an_incident_begins_with_what_is_believed_and_what_is_missing(chromium: Chromium, served: Served, ids: dict[str, str]) -> None:
    with visit(chromium, served) as one:
        page = one.go(f"/incidents/{ids['fresh']}")
        said = page.get_by_role("main").inner_text()
        order = ["One operator runs these sites: roughly even chance to likely (55 to 80 %)", "What is missing", "Actor, and who says so",
                 "Behaviour", "Content", "Degree and effect", "Evidence", "Timeline", "Who has it", "Actions"]  # fmt: skip
        assert sorted(order, key=said.index) == order
        assert "No evidence was captured." in said
        assert page.get_by_role("region", name="Techniques").get_by_role("row").nth(1).inner_text().split("\t")[:2] == [
            "T0099.002",
            "retired",
        ]
        assert "bild.pics" in page.get_by_role("region", name="What others can look for: 1").inner_text()
        assert "viginum-rrn.json\tVIGINUM" in page.get_by_role("region", name="Reports it rests on").inner_text()
        assert "TLP:AMBER" in page.get_by_label("Marking of this page").inner_text()
        assert "RED" not in page.get_by_label("Marking of this page").inner_text()
        with page.expect_download() as saved:
            page.get_by_role("link", name="as STIX").click()
        assert {o["type"] for o in json.loads(Path(saved.value.path()).read_text())["objects"]} >= {
            "incident",
            "domain-name",
            "attack-pattern",
        }
        with page.expect_download() as saved:
            page.get_by_role("link", name="CSV").click()
        assert Path(saved.value.path()).read_text().splitlines()[0] == "TLP:AMBER"


def test_the_list_is_filtered_by_what_the_address_says(chromium: Chromium, served: Served, played: Stage) -> None:
    with visit(chromium, served) as one:
        page = one.go("/incidents")
        assert page.get_by_role("region", name="Incidents").get_by_role("row").count() == 7
        page.get_by_label("Foreign involvement").select_option("unstated")
        page.get_by_role("button", name="Filter").click()
        assert "nexus=unstated" in page.url
        assert page.get_by_role("region", name="Incidents").get_by_role("row").nth(1).inner_text().split("\t")[:2] == [
            "Only recorded",
            "recorded",
        ]
        assert "about a person at risk: not for your role" in one.go("/incidents").get_by_role("main").inner_text()
        assert one.go(f"/incidents/{played.secret}").get_by_role("heading", level=1).inner_text() == "This can't be done"


@pytest.mark.mission("C02")
def test_the_review_is_refused_on_one_publisher_keeps_what_was_typed_and_passes_on_two(
    chromium: Chromium, served: Served, ids: dict[str, str]
) -> None:
    with visit(chromium, served) as one:
        assert one.go(f"/incidents/{ids['judged']}").get_by_role("button", name="Sign the review").count() == 0, "whoever opened it"
    with visit(chromium, served, "Ana") as one:
        page = one.go(f"/incidents/{ids['judged']}")
        form = page.locator("form[action$='/nexus']")
        form.get_by_label("viginum-rrn.json – published by VIGINUM").check()
        form.get_by_label("Whose observation is “viginum-rrn.json”?").fill("VIGINUM")
        form.get_by_label("viginum-rrn-domains.csv – published by VIGINUM").check()
        form.get_by_label("Whose observation is “viginum-rrn-domains.csv”?").fill("VIGINUM")
        form.get_by_role("button", name="Sign the review").click()
        assert "Choose how it came out." in page.get_by_role("alert").inner_text()
        form.get_by_label("A foreign actor is behind it").check()
        form.get_by_label("Why, for all participants").fill("Two observations")
        form.get_by_role("button", name="Sign the review").click()
        told = page.get_by_role("alert").inner_text()
        assert "The evidence has 1 publisher (VIGINUM)" in told
        assert is_well(one, 1280)
        assert form.get_by_label("Why, for all participants").input_value() == "Two observations"
        assert form.get_by_label("viginum-rrn.json – published by VIGINUM").is_checked()
        form.get_by_label("viginum-rrn-domains.csv – published by VIGINUM").uncheck()
        form.get_by_label("qurium-2022-names.csv – published by Qurium").check()
        form.get_by_label("Whose observation is “qurium-2022-names.csv”?").fill("Qurium")
        form.get_by_role("button", name="Sign the review").click()
        assert page.get_by_role("heading", level=1).inner_text().endswith("reviewed")
        reviews = page.get_by_role("region", name="Reviews").inner_text()
        assert "VIGINUM (VIGINUM); Qurium (Qurium)" in reviews


@pytest.mark.mission("C01")
def test_another_review_is_signed_in_the_reviewers_role(chromium: Chromium, served: Served, ids: dict[str, str]) -> None:
    with visit(chromium, served, "Rui") as one:
        page = one.go(f"/incidents/{ids['fresh']}")
        form = page.locator("form[action$='/review']")
        form.get_by_label("not passed", exact=True).check()
        form.get_by_role("button", name="Sign the review").click()
        assert "what was tested" in page.get_by_role("alert").inner_text()
        form.get_by_label("What was tested").fill("Necessary for sharing with Demo B?")
        form.get_by_label("Why, for all participants").fill("It names a newsroom.")
        form.get_by_role("button", name="Sign the review").click()
        row = page.get_by_role("region", name="Reviews").get_by_role("row").nth(1).inner_text().split("\t")
        assert row == ["human-rights review", "not passed", "Demo A", "Necessary for sharing with Demo B? It names a newsroom."]


def test_an_incident_is_opened_on_what_is_ticked_and_the_form_comes_back_with_every_tick(
    chromium: Chromium, served: Served, ids: dict[str, str]
) -> None:
    with visit(chromium, served) as one:
        page = one.go("/incidents")
        page.get_by_role("button", name="Open an incident").click()
        page.get_by_role("link", name="viginum-rrn.json").click()
        assert page.locator("input[name=domain]:checked").count() == 0, "nothing is ticked beforehand"
        page.get_by_label("blld.live").check()
        page.get_by_label("Further domains").fill("bild[.]asia, nowhere.example")
        page.get_by_label("covert").check()
        page.get_by_role("button", name="Open the incident").click()
        assert "No report lists nowhere.example." in page.get_by_role("alert").inner_text()
        assert page.get_by_label("blld.live").is_checked()
        page.get_by_label("Further domains").fill("bild[.]asia")
        page.get_by_role("button", name="Open the incident").click()
        told = page.get_by_role("alert").inner_text()
        assert "needs a title" in told
        assert "No threat of the taxonomy is named" in told
        assert is_well(one, 1280)
        page.locator("#title").fill("Clones of newspapers")
        page.get_by_label("D2.2").check()
        page.get_by_label("T0099.002").check()
        page.locator("#low").fill("55")
        page.locator("#high").fill("80")
        page.get_by_label("Confidence").select_option("moderate")
        page.get_by_role("group", name="Participants").get_by_label("Demo B").check()
        page.get_by_role("button", name="Open the incident").click()
        page.wait_for_url("**/incidents/incident--*")
        listed = page.get_by_role("region", name="What others can look for: 2").inner_text()
        assert "blld.live" in listed
        assert "bild.asia" in listed
        assert "Demo A, Demo B" in page.get_by_role("main").inner_text()
        assert page.get_by_role("region", name="Techniques").get_by_text("T0099.002").count() == 1


def test_a_recorded_incident_is_noted_suspected_closed_and_opened_again(chromium: Chromium, served: Served, ids: dict[str, str]) -> None:
    with visit(chromium, served) as one:
        page = one.go(f"/incidents/{ids['recorded']}")
        page.get_by_text("Add a note").click()
        page.get_by_role("button", name="Sign the note").click()
        assert "needs a reason" in page.get_by_role("alert").inner_text()
        page.get_by_label("Note", exact=True).fill("The registrar answered.")
        page.get_by_role("button", name="Sign the note").click()
        assert "Demo A: The registrar answered." in page.get_by_role("main").inner_text()
        page.get_by_text("Say that a foreign actor is suspected").click()
        page.get_by_label("What points to a foreign actor").fill("Paid from abroad.")
        page.get_by_role("button", name="Say so").click()
        assert page.get_by_role("heading", level=1).inner_text().endswith("suspected")
        page.get_by_text("Close the incident").click()
        page.get_by_label("Outcome").fill("Seized.")
        page.get_by_role("button", name="Close it").click()
        assert page.get_by_role("heading", level=1).inner_text().endswith("closed")
        page.get_by_text("Open it again").first.click()
        page.get_by_label("Why, for all participants").fill("It came back.")
        page.get_by_role("button", name="Open it again").click()
        assert page.get_by_role("heading", level=1).inner_text().endswith("suspected")
        page.get_by_text("Invite partners").click()
        page.get_by_label("Demo B").check()
        page.get_by_role("button", name="Invite", exact=True).click()
        assert "Demo A, Demo B" in page.get_by_role("main").inner_text()
