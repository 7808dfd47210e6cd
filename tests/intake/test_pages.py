"""Pages of intake in a real browser: what waits, what came in, an upload, a report with its conflicts, the quarantine."""

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
    with stage(tmp_path_factory.mktemp("intake")) as made:
        yield made


@pytest.fixture(scope="module")
def reports(played: Stage) -> dict[str, str]:
    words = ("--publisher", "VIGINUM", "--marking", "clear", "--grade", "B2")
    return {name: str(played.told("import", str(EXAMPLES / f"viginum-{name}.json"), *words)["report"]) for name in ("rrn", "portal-kombat")}


@pytest.fixture(scope="module")
def suspected(played: Stage, reports: dict[str, str]) -> str:
    form = ("--title", "Clones of media", "--threat", "D2.2", "--means", "covert", "--domain", "bild.pics")
    return str(played.told("open", *form)["case"])


@pytest.fixture(scope="module")
def served(played: Stage, reports: dict[str, str], suspected: str) -> Iterator[Served]:
    with console(played) as running:
        yield running


@pytest.mark.mission("T3")
@pytest.mark.parametrize("width", [1280, 400])
@pytest.mark.parametrize(("person", "language"), [("operator", "en"), ("Ana", "fr")])
def test_every_page_is_accessible(
    chromium: Chromium, served: Served, reports: dict[str, str], width: int, person: str, language: str
) -> None:
    with visit(chromium, served, person, width) as one:
        for path in ("/", "/?days=7", "/triage", "/triage?phase=rejected", f"/triage/{reports['portal-kombat']}", "/quarantine"):
            page = one.go(f"{path}{'&' if '?' in path else '?'}lang={language}")
            for summary in page.locator("main details > summary").all():
                summary.click()
            assert is_well(one, width), path


def test_today_shows_what_waits_for_whom_and_until_when(chromium: Chromium, served: Served) -> None:
    with visit(chromium, served, "Ana") as one:
        row = one.go("/").get_by_role("region", name="Waiting for me (1)").get_by_role("row").nth(1)
        cells = row.inner_text().split("\t")
        assert cells[:3] == ["A suspicion waits for the review of its foreign involvement.", "Clones of media", "reviewer"]
        assert cells[3].startswith("2 days left: ")
    with visit(chromium, served) as one:
        page = one.go("/")
        assert "Nothing waits for you." in page.get_by_role("main").inner_text()
        assert page.get_by_role("region", name="Waiting for others (1)").count() == 1
        new = page.get_by_role("region", name="New in the last 24 hours").inner_text()
        assert "viginum-rrn.json" in new
        assert "A person was threatened" not in new, "nobody learns of a person at risk who need not"


def test_a_report_tells_what_became_of_its_objects_and_shows_conflicts_side_by_side(
    chromium: Chromium, served: Served, reports: dict[str, str]
) -> None:
    objects = json.loads((EXAMPLES / "viginum-portal-kombat.json").read_text())["objects"]
    related = sum(o.get("relationship_type") == "related-to" for o in objects)
    relations = sum(o["type"] == "relationship" for o in objects)
    earlier = {o["id"]: o for o in json.loads((EXAMPLES / "viginum-rrn.json").read_text())["objects"]}
    first, other = min(
        ((earlier[o["id"]], o) for o in objects if o["id"] in earlier and o.get("created") != earlier[o["id"]].get("created")),
        key=lambda pair: str(pair[0]["id"]),
    )
    with visit(chromium, served) as one:
        page = one.go(f"/triage/{reports['portal-kombat']}")
        said = page.get_by_role("main").inner_text()
        assert f"{related} of {relations} relationships" in said
        assert "source usually reliable, content probably true" in said
        page.locator("summary", has_text=f"{first['name']} (attack-pattern)").click()
        clash = page.get_by_role("region", name=f"{first['name']}: side by side (1)").get_by_role("row").all_inner_texts()
        assert f"created\t{first['created']}\t{other['created']}" in clash
        page.get_by_label("Type").select_option("channel")
        page.get_by_role("button", name="Filter").click()
        channels = sum(o["type"] == "channel" for o in objects)
        assert page.get_by_role("region", name=f"Objects: 50 of {channels} shown").get_by_role("row").count() == 51
        page.get_by_role("link", name="Next page").click()
        assert page.get_by_role("region", name=f"Objects: 50 of {channels} shown").get_by_role("row").count() == 51
        with page.expect_download() as saved:
            page.get_by_role("link", name="CSV").click()
        lines = Path(saved.value.path()).read_text("utf-8").splitlines()
        assert len(lines) == channels + 2
        assert lines[0].startswith("TLP:"), "an export says how far it may go"


def test_an_upload_is_taken_in_and_what_was_typed_comes_back_when_it_cannot_be(chromium: Chromium, served: Served, tmp_path: Path) -> None:
    with visit(chromium, served) as one:
        page = one.go("/triage")
        page.get_by_label("Published by").fill("Qurium")
        page.get_by_label("Admiralty grade").fill("Z9")
        page.get_by_role("button", name="Import").click()
        assert "Choose a file" in page.get_by_role("alert").inner_text()
        assert page.get_by_label("Published by").input_value() == "Qurium"
        (tmp_path / "names.csv").write_text("domain\nbild[.]pics\nnew.example\nnot a domain\n")
        page.locator("#file").set_input_files(tmp_path / "names.csv")
        page.get_by_role("button", name="Import").click()
        assert "not an Admiralty grade" in page.get_by_role("alert").inner_text()
        assert is_well(one, 1280)
        page.get_by_label("Admiralty grade").fill("B2")
        page.locator("#file").set_input_files(tmp_path / "names.csv")
        page.get_by_role("button", name="Import").click()
        page.wait_for_url("**/triage/report--*")
        said = page.get_by_role("main").inner_text()
        for words in ("1 accepted", "1 known already", "1 in quarantine", "Qurium"):
            assert words in said
        (tmp_path / "photo.json").write_bytes(b"\x89PNG\r\n\0\0")
        one.go("/triage").locator("#file").set_input_files(tmp_path / "photo.json")
        page.get_by_role("button", name="Import").click()
        assert "neither JSON nor a list" in page.get_by_role("alert").inner_text()


def test_a_report_is_claimed_and_rejected_with_a_reason_only(chromium: Chromium, served: Served, reports: dict[str, str]) -> None:
    with visit(chromium, served) as one:
        page = one.go(f"/triage/{reports['portal-kombat']}")
        page.get_by_role("button", name="Claim").click()
        assert page.get_by_role("heading", level=1).inner_text().endswith("claimed")
        page.get_by_text("Reject, with the reason").click()
        page.get_by_role("button", name="Reject it").click()
        assert "turned away for a reason" in page.get_by_role("alert").inner_text()
        page.get_by_label("Why").fill("We have it from another source.")
        page.get_by_role("button", name="Reject it").click()
        assert "Rejected: We have it from another source." in page.get_by_role("main").inner_text()
        page.get_by_role("button", name="Claim").click()
        assert page.get_by_role("heading", level=1).inner_text().endswith("claimed")
    with visit(chromium, served, "Ana") as reviewer:
        page = reviewer.go(f"/triage/{reports['portal-kombat']}")
        assert page.get_by_role("button", name="Claim").count() == 0


def test_an_item_is_tried_again_or_put_aside(chromium: Chromium, served: Served) -> None:
    with visit(chromium, served) as one:
        page = one.go("/quarantine")
        before = page.get_by_role("button", name="Try again").count()
        page.get_by_role("button", name="Try again").first.click()
        assert "It still can’t get in" in page.get_by_role("main").inner_text()
        assert is_well(one, 1280)
        page.get_by_role("button", name="Put aside").first.click()
        assert page.get_by_role("button", name="Try again").count() == before - 1
    with visit(chromium, served, "Ana") as reviewer:
        assert reviewer.go("/quarantine").get_by_role("button", name="Try again").count() == 0


def test_the_first_import_is_shown_how(chromium: Chromium, tmp_path: Path) -> None:
    from charlevoix import house
    from charlevoix.housekeeping.serving import build

    house.create(tmp_path / "node", "Demo C")
    with house.opened(tmp_path / "node") as station, Server(build(station)) as server, visit(chromium, (server, station)) as one:
        assert "charlevoix import FILE" in one.go("/triage").get_by_role("main").inner_text()
        assert "Import a file" in one.go("/").get_by_role("main").inner_text()
        assert is_well(one, 1280)
