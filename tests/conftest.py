"""Fixtures for every room's tests."""

import signal
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# What starts the tests in the background may have told its children to ignore these (nohup, `&`), and programs that the tests start would ignore them too.
signal.signal(signal.SIGINT, signal.default_int_handler)
for one in (signal.SIGHUP, signal.SIGTERM):
    signal.signal(one, signal.SIG_DFL)


@pytest.fixture(scope="module")
def chromium() -> "Iterator[Browser]":
    """The system's Chromium, started once for each test file: while it runs, no `asyncio.run` can in the same thread."""
    from playwright.sync_api import sync_playwright

    from web.browser import launch

    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()
