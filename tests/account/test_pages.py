"""The public account in a browser, as static files and as the node serves it, and the office's ledger."""

import functools
import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from account.test_account import Published, published
from charlevoix import house
from charlevoix.house import Station
from charlevoix.housekeeping.serving import build
from charlevoix.node import Node
from stage import stage
from web.browser import Visit
from web.client import Client
from web.server import Server

pytestmark = pytest.mark.mission("T1")


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Published]:
    folder = tmp_path_factory.mktemp("pages")
    with stage(folder / "homes") as on:
        yield published(folder, on)


@pytest.fixture(scope="module")
def station(account: Published) -> Iterator[Station]:
    with house.opened(account.stage.homes["Demo A"]) as opened:
        yield opened


@pytest.fixture(scope="module")
def server(station: Station) -> Iterator[Server[Node]]:
    with Server(build(station)) as running:
        yield running


@pytest.fixture
def office(server: Server[Node], station: Station) -> Client[Node]:
    return Client(server).sign_in(station.actor().person)


@pytest.fixture(scope="module")
def site(account: Published) -> Iterator[str]:
    """The published directory behind the plainest web server there is."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(account.directory))) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()


# --- anybody ---------------------------------------------------------------------------------------


def test_anybody_reads_the_account_without_signing_in(server: Server[Node]) -> None:
    page = Client(server).get("/public")
    assert page.status_code == 200
    assert "TLP:CLEAR" in page.text
    for words in ("Public account of Demo A", "Two sites copied a newspaper.", "One partner names nobody.", "the log only grows;"):
        assert words in page.text
    assert "Deux sites ont copié un journal." in Client(server).get("/public?lang=fr").text


def test_the_node_serves_the_signed_acts_that_it_published(server: Server[Node], account: Published) -> None:
    path = f"publications/{account.case.partition('--')[2]}.json"
    served = Client(server).get(f"/public/{path}")
    assert served.content == account.files[path]
    assert Client(server).get("/public/publications/nothing.json").status_code == 404


def test_a_view_leaves_no_entry_and_the_numbers_grow_with_the_log(server: Server[Node], station: Station) -> None:
    def size() -> int:
        with station.database.read() as conn:
            return station.orders.log.size(conn)

    before = size()
    first = station.node.account().tally
    Client(server).get("/public")
    assert size() == before == first.size
    assert sum(first.counted.values()) < before  # some stay closed
    station.node.checkpoint(station.worker())
    assert station.node.account().tally.size == size()


# --- the office ------------------------------------------------------------------------------------


def test_the_office_reads_the_ledger_filtered_paged_and_as_files(office: Client[Node]) -> None:
    assert "No entry matches." in office.get("/account?door=padding&answer=no").text
    refused = office.get("/account?door=refuse&rule=authority.same-person").text
    assert ">authority.same-person</td>" in refused
    assert "protected.outside</td>" not in refused
    assert ">padding</td>" not in office.get("/account").text
    assert 'rel="next"' in office.get("/account?door=padding").text
    rows = json.loads(office.get("/account?door=refuse&as=json").content)
    assert rows["marking"] == "TLP:AMBER+STRICT"
    assert {row["door"] for row in rows["rows"]} == {"refusal"}
    assert office.get("/account?as=csv").text.splitlines()[1].startswith("index,at,door,answer,rule,audience,role")


def test_nobody_reads_the_ledger_without_signing_in(server: Server[Node]) -> None:
    assert Client(server).get("/account").status_code == 303


# --- as people see them ----------------------------------------------------------------------------


@pytest.mark.browser
@pytest.mark.mission("T3")
@pytest.mark.parametrize(("path", "language"), [("/index.html", "en"), ("/fr/index.html", "fr")])
@pytest.mark.parametrize("width", [1280, 400])
def test_the_published_pages_are_accessible_and_ask_nothing_of_anybody_else(
    chromium: Browser, site: str, tmp_path: Path, path: str, language: str, width: int
) -> None:
    with Visit(chromium, site, width=width) as visit:
        page = visit.go(path)
        page.screenshot(path=tmp_path / f"static-{language}-{width}.png", full_page=True)
        assert page.locator("html").get_attribute("lang") == language
        assert page.evaluate("getComputedStyle(document.querySelector('.marking')).backgroundColor") == "rgb(0, 0, 0)"  # the style came
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert visit.axe() == []
        assert visit.wrong == []
        for link in page.locator("a[href]").all():
            assert visit.page.request.get(f"{site}{path.rpartition('/')[0]}/{link.get_attribute('href')}").ok


@pytest.mark.browser
def test_the_published_pages_are_styled_when_opened_from_a_disk(chromium: Browser, account: Published) -> None:
    page = chromium.new_page()
    page.goto(account.directory.joinpath("fr/index.html").as_uri())
    assert page.evaluate("getComputedStyle(document.querySelector('.marking')).backgroundColor") == "rgb(0, 0, 0)"
    page.close()


@pytest.mark.browser
@pytest.mark.mission("T3")
@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("width", [1280, 400])
def test_the_nodes_own_pages_are_accessible(
    chromium: Browser, server: Server[Node], station: Station, tmp_path: Path, language: str, width: int
) -> None:
    with Visit(chromium, server.url, width=width) as visit:
        for name, path in (("public", "/public"), ("ledger", "/account"), ("filtered", "/account?door=recall")):
            if name == "ledger":
                visit.sign_in(server.link(station.actor().person))
            page = visit.go(f"{path}{'&' if '?' in path else '?'}lang={language}")
            page.screenshot(path=tmp_path / f"{name}-{language}-{width}.png", full_page=True)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert visit.axe() == []
            assert visit.wrong == []
