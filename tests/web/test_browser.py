"""Pages in a real browser: accessible, within their policy, nothing from elsewhere, whole without scripts."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser as Chromium

from web.browser import Visit
from web.server import Server
from web.standin.house import Desk

pytestmark = pytest.mark.browser


@pytest.mark.mission("T3")
@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("width", [1280, 400])
def test_every_component_is_accessible_and_keeps_to_the_policy(
    chromium: Chromium, server: Server[Desk], tmp_path: Path, language: str, width: int
) -> None:
    with Visit(chromium, server.url, width=width) as visit:
        page = visit.go(f"/?lang={language}")
        page.screenshot(path=tmp_path / f"gallery-{language}-{width}.png", full_page=True)
        assert page.locator("html").get_attribute("lang") == language
        found = visit.axe()
        assert found == [], "\n".join(found)
        assert visit.wrong == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
