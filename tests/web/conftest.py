"""The stand-in house behind a real server, and a visit to it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser as Chromium

from web.browser import Visit
from web.server import Server
from web.standin.house import Desk, house


@pytest.fixture(scope="module")
def server() -> Iterator[Server[Desk]]:
    with Server(house()) as running:
        yield running


@pytest.fixture
def browser(chromium: Chromium, server: Server[Desk]) -> Iterator[Visit]:
    with Visit(chromium, server.url) as visit:
        yield visit
