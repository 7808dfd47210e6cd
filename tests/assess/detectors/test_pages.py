"""The console's way to a detector: upload, columns, a run, the result, and material before the analysts; somebody else's table is not there."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page

from assess.detectors.doubles import Broken, Dated, Double
from charlevoix import plugins
from charlevoix.house import Station
from charlevoix.node import Node
from stage import console, is_well, stage, visit
from web.server import Server

Served = tuple[Server[Node], Station]
TABLE = "user,url,created_at\n" + "".join(f"real-name-{i % 3},https://site.example/{i},{1_700_000_000 + i}\n" for i in range(9))


@pytest.fixture
def table(tmp_path: Path) -> Path:
    (tmp_path / "posts.csv").write_text(TABLE)
    return tmp_path / "posts.csv"


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    monkeypatch.setattr(plugins, "names", lambda group: ("double",))
    monkeypatch.setattr(plugins, "load", lambda group, name: Double())
    with stage(tmp_path, "Demo A") as made, console(made) as running:
        yield running


@pytest.mark.mission("T3")
@pytest.mark.parametrize(("width", "language"), [(1280, "en"), (400, "fr"), (1280, "fr"), (400, "en")])
def test_a_table_goes_in_and_material_comes_out(chromium: Chromium, served: Served, table: Path, width: int, language: str) -> None:
    with visit(chromium, served, width=width) as one:
        page = one.go(f"/detect?lang={language}")
        assert is_well(one, width)
        assert page.locator("main .cx-empty").count() == 1, "what to do where nothing was run yet"
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
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        assert is_well(one, width)
        assert hashlib.sha256(TABLE.encode()).hexdigest() in page.get_by_role("main").inner_text(), "what it takes to have the same result"
        here = page.url
        stix = saved(page, "a[href$='/file?as=stix']")
        assert json.loads(stix)["type"] == "bundle"
        assert "real-name" not in stix + saved(page, "a[href$='/file?as=html']") + saved(page, "a[href$='/file?as=json']")
        page.locator("form[action$='/propose'] button").click()
        assert "/triage/report--" in page.url
        assert "real-name" not in page.content()
        one.go(here)
        one.go("/detect")
        assert is_well(one, width)
        assert page.locator("main .cx-empty").count() == 0
        assert "account = user" in page.locator("main table").inner_text()
        one.go(here)
        page.locator("form[action*='/runs/'][action$='/drop'] button").click()
        assert page.url.endswith("/detect")
        assert page.locator("main .cx-empty").count() == 1
        one.go(here)
        assert page.locator("form[action$='/propose']").count() == 0
        one.go("/detect")
        page.locator("form[action*='/tables/'][action$='/drop'] button").click()
        assert "posts.csv" not in page.content()


def saved(page: Page, link: str) -> str:
    with page.expect_download() as download:
        page.locator(link).click()
    return Path(download.value.path()).read_text("utf-8")


def looked_through(page: Page, table: Path) -> None:
    page.locator("input[type=file]").set_input_files(table)
    page.get_by_role("button", name="Upload").click()
    page.get_by_role("button", name="Run").click()
    page.get_by_role("button", name="Lay it before the analysts").wait_for()


@pytest.mark.mission("C10")
def test_working_files_name_accounts_for_whoever_ran_it_and_for_nobody_else(chromium: Chromium, served: Served, table: Path) -> None:
    _, station = served
    station.hire("Eve", {"analyst"})
    with visit(chromium, served) as one:
        page = one.go("/detect/new/double?lang=en")
        looked_through(page, table)
        edges = saved(page, "a[href$='/working/edges?as=csv']")
        assert edges.splitlines() == ["TLP:AMBER+STRICT", "account_a,account_b,weight,p", "real-name-1,'=real-name-2,3,"]
        document = json.loads(saved(page, "a[href$='/working/edges?as=json']"))
        row = {"account_a": "real-name-1", "account_b": "=real-name-2", "weight": 3, "p": None}
        assert document == {"marking": "TLP:AMBER+STRICT", "rows": [row]}
        hits = saved(page, "a[href$='/working/hits?as=csv']").splitlines()
        assert hits[1:3] == ["name,score,share,row", "Group 1,0.9,0.4,1"]
        listed = json.loads(saved(page, "a[href$='/working/hits?as=json']"))["rows"]
        assert [entry["accounts"] for entry in listed] == [["real-name-1", "real-name-2"], ["account 3", "account 4"]]
        here = page.url
        assert "real-name" not in page.content()
        one.go(f"{here}/working/nothing?as=csv")
        assert page.url == here
        with visit(chromium, served, "Eve") as other:
            for path in ("", "/working/edges?as=csv", "/working/hits?as=json", "/file?as=stix"):
                other.go(here + path)
                assert "There is no such run of yours." in other.page.get_by_role("main").inner_text()
            other.go("/detect")
            assert "posts.csv" not in other.page.content()
        with visit(chromium, served, "Ana") as reviewer:  # who may read, and may not open reports
            reviewer.go(here)
            assert "real-name" not in reviewer.page.content()
            assert reviewer.page.locator("a[href*='/working/']").count() == 0


def test_a_table_is_used_again_without_being_uploaded_again(chromium: Chromium, served: Served, table: Path) -> None:
    with visit(chromium, served) as one:
        page = one.go("/detect/new/double?lang=en")
        looked_through(page, table)
        first = page.url
        page.get_by_role("button", name="double", exact=True).click()
        assert page.url != first
        assert page.locator("select#account").input_value() == "user"
        page.locator("select#account").select_option("url")
        page.get_by_role("button", name="Run").click()
        page.get_by_role("button", name="Lay it before the analysts").wait_for()
        page = one.go("/detect?lang=en")
        runs = page.locator("main table tbody tr")
        assert [("account = url" in text, "account = user" in text) for text in runs.all_inner_texts()] == [(True, False), (False, True)]
        page.get_by_role("button", name="Delete the table posts.csv").click()
        assert runs.count() == 2, "what was found stays"
        one.go(first)
        assert "The table is no longer here" in page.get_by_role("main").inner_text()
        assert saved(page, "a[href$='/working/edges?as=csv']").count("real-name") == 2
        one.go("/detect")
        for left in (1, 0):
            page.get_by_role("button", name="Delete double: posts.csv").first.click()
            assert runs.count() == left


def test_how_times_are_written_is_said_in_the_form(
    chromium: Chromium, served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plugins, "load", lambda group, name: Dated())
    (tmp_path / "dates.csv").write_text("user,created_at\n" + "".join(f"real-name-{i % 3},0{i + 1}/02/2021 10:00\n" for i in range(9)))
    with visit(chromium, served) as one:
        page = one.go("/detect/new/double?lang=en")
        page.locator("input[type=file]").set_input_files(tmp_path / "dates.csv")
        page.get_by_role("button", name="Upload").click()
        page.get_by_role("button", name="Run").click()
        page.get_by_text("Say how times are written").first.wait_for()
        assert "%d/%m/%Y %H:%M | %m/%d/%Y %H:%M" in page.get_by_role("main").inner_text(), "both fit, and which is meant is not guessed"
        assert is_well(one, 1280)
        page.get_by_label("How times are written").fill("%d/%m/%Y %H:%M")
        page.get_by_role("button", name="Run").click()
        page.get_by_role("button", name="Lay it before the analysts").wait_for()


def test_it_works_without_scripts(chromium: Chromium, served: Served, table: Path) -> None:
    from web.browser import Visit

    server, station = served
    with Visit(chromium, server.url, scripts=False) as one:
        one.sign_in(server.link(station.actor("operator").person))
        page = one.go("/detect/new/double?lang=en")
        looked_through(page, table)
        page.get_by_role("button", name="double", exact=True).click()
        page.get_by_role("button", name="Run").click()
        page.get_by_role("button", name="Lay it before the analysts").wait_for()
        assert saved(page, "a[href$='/working/edges?as=csv']").count("real-name") == 2
        page.get_by_role("button", name="Delete this run and what was found").click()
        page.get_by_role("button", name="Delete double: posts.csv").click()
        page.get_by_role("button", name="Delete the table posts.csv").click()
        assert "You have not looked through a table yet." in page.get_by_role("main").inner_text()


def test_a_table_is_its_owners_alone_and_a_file_of_no_kind_is_refused(
    chromium: Chromium, served: Served, table: Path, tmp_path: Path
) -> None:
    (tmp_path / "posts.exe").write_text(TABLE)
    _, station = served
    station.hire("Eve", {"analyst"})
    with visit(chromium, served) as one:
        page = one.go("/detect/new/double?lang=en")
        page.locator("input[type=file]").set_input_files(tmp_path / "posts.exe")
        page.get_by_role("button", name="Upload").click()
        assert "is no kind of table" in page.get_by_role("main").inner_text()
        page.locator("input[type=file]").set_input_files(table)
        page.get_by_role("button", name="Upload").click()
        here = page.url
        with visit(chromium, served, "Eve") as other:
            assert other.go(here).locator("form[action$='/start']").count() == 0
        page.get_by_role("button", name="Delete the table").click()


def test_a_run_that_failed_stays_listed_with_what_went_wrong(
    chromium: Chromium, served: Served, table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plugins, "load", lambda group, name: Broken())
    with visit(chromium, served) as one:
        page = one.go("/detect/new/double?lang=en")
        page.locator("input[type=file]").set_input_files(table)
        page.get_by_role("button", name="Upload").click()
        page.get_by_role("button", name="Run").click()
        page.get_by_role("alert").wait_for()
        here = page.url
        one.go("/detect")
        assert "The detector failed on this table." in page.locator("main table").inner_text()
        page.get_by_role("button", name="Delete the table posts.csv").click()
        one.go(here)
        assert is_well(one, 1280)
        assert "The detector failed on this table." in page.get_by_role("main").inner_text()
        page.get_by_role("button", name="Delete this run").click()


@pytest.mark.parametrize(("width", "language"), [(1280, "en"), (400, "fr")])
def test_a_table_in_another_encoding_is_read_when_it_is_named(
    chromium: Chromium, served: Served, tmp_path: Path, width: int, language: str
) -> None:
    (tmp_path / "posts.csv").write_bytes(TABLE.replace("user", "учётная запись").encode("cp1251"))
    with visit(chromium, served, width=width) as one:
        page = one.go(f"/detect/new/double?lang={language}")
        page.locator("input[type=file]").set_input_files(tmp_path / "posts.csv")
        page.locator("main form button").click()
        assert is_well(one, width)
        assert page.locator("form[action$='/start']").count() == 0
        assert "utf-8" in page.get_by_role("alert").inner_text()
        page.locator("select#encoding").select_option("cp1251")
        page.locator("form[method=get] button").click()
        assert is_well(one, width)
        page.locator("select#account").select_option("учётная запись")
        page.locator("form[action$='/start'] button").click()
        page.wait_for_selector("form[action$='/propose']")
        page.locator("form[action*='/runs/'][action$='/drop'] button").click()
        page.locator("form[action*='/tables/'][action$='/drop'] button").click()
