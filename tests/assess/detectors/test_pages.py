"""The console's way to a detector: upload, columns, a run, the result, and material before the analysts; somebody else's table is not there."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser as Chromium

from assess.detectors.doubles import Double
from charlevoix import plugins
from charlevoix.house import Station
from charlevoix.node import Node
from stage import console, is_well, stage, visit
from web.server import Server

Served = tuple[Server[Node], Station]
TABLE = "user,url,created_at\n" + "".join(f"real-name-{i % 3},https://site.example/{i},{1_700_000_000 + i}\n" for i in range(9))


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    monkeypatch.setattr(plugins, "names", lambda group: ("double",))
    monkeypatch.setattr(plugins, "load", lambda group, name: Double())
    with stage(tmp_path, "Demo A") as made, console(made) as running:
        yield running


@pytest.mark.mission("T3")
@pytest.mark.parametrize(("width", "language"), [(1280, "en"), (400, "fr")])
def test_a_table_goes_in_and_material_comes_out(chromium: Chromium, served: Served, tmp_path: Path, width: int, language: str) -> None:
    table = tmp_path / "posts.csv"
    table.write_text(TABLE)
    with visit(chromium, served, width=width) as one:
        page = one.go(f"/detect?lang={language}")
        assert is_well(one, width)
        page.locator("main a[href='/detect/new/double']").click()
        assert is_well(one, width)
        page.locator("input[type=file]").set_input_files(table)
        page.locator("main form button").click()
        assert is_well(one, width)
        assert page.locator("select#account").input_value() == "user", "guessed from its name"
        page.locator("form[action$='/start'] button").click()
        page.wait_for_selector("form[action$='/propose']")
        assert is_well(one, width)
        assert "real-name" not in page.content()
        assert page.locator("main svg").count() == 3
        here = page.url
        with page.expect_download() as saved:
            page.locator("a[href$='as=stix']").click()
        assert json.loads(Path(saved.value.path()).read_text())["type"] == "bundle"
        page.locator("form[action$='/propose'] button").click()
        assert "/triage/report--" in page.url
        one.go(here)
        page.locator("form[action$='/drop'] button").click()
        assert page.url.endswith("/detect")
        assert "posts.csv" not in page.content()
        one.go(here)
        assert page.locator("form[action$='/propose']").count() == 0


def test_it_works_without_scripts(chromium: Chromium, served: Served, tmp_path: Path) -> None:
    from web.browser import Visit

    table = tmp_path / "posts.csv"
    table.write_text(TABLE)
    server, station = served
    with Visit(chromium, server.url, scripts=False) as one:
        one.sign_in(server.link(station.actor("operator").person))
        page = one.go("/detect/new/double?lang=en")
        page.locator("input[type=file]").set_input_files(table)
        page.get_by_role("button", name="Upload").click()
        page.get_by_role("button", name="Run").click()
        page.get_by_role("button", name="Lay it before the analysts").wait_for()
        page.get_by_role("button", name="Delete the table and what was found").click()


def test_a_table_is_its_owners_alone_and_a_file_of_no_kind_is_refused(chromium: Chromium, served: Served, tmp_path: Path) -> None:
    (tmp_path / "posts.csv").write_text(TABLE)
    (tmp_path / "posts.exe").write_text(TABLE)
    _, station = served
    station.hire("Eve", {"analyst"})
    with visit(chromium, served) as one:
        page = one.go("/detect/new/double?lang=en")
        page.locator("input[type=file]").set_input_files(tmp_path / "posts.exe")
        page.get_by_role("button", name="Upload").click()
        assert "is no kind of table" in page.get_by_role("main").inner_text()
        page.locator("input[type=file]").set_input_files(tmp_path / "posts.csv")
        page.get_by_role("button", name="Upload").click()
        here = page.url
        with visit(chromium, served, "Eve") as other:
            assert other.go(here).locator("form[action$='/start']").count() == 0
        page.get_by_role("button", name="Delete the table").click()
