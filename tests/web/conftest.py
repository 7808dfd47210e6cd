"""A real server on loopback and a real Chromium, both shared by the tests of pages; `browser_test` holds what any room's test needs."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import sync_playwright

from web.browser import Visit, launch
from web.server import Server
from web.standin.house import Desk, house


@pytest.fixture(scope="session")
def chromium() -> Iterator[Chromium]:
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def server() -> Iterator[Server[Desk]]:
    with Server(house()) as running:
        yield running


@pytest.fixture
def browser(chromium: Chromium, server: Server[Desk]) -> Iterator[Visit]:
    with Visit(chromium, server.url) as visit:
        yield visit
