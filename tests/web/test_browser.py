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
        for summary in page.locator("details > summary").all():
            summary.click()
        page.screenshot(path=tmp_path / f"gallery-{language}-{width}.png", full_page=True)
        assert page.locator("html").get_attribute("lang") == language
        assert visit.axe() == []
        assert visit.wrong == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("path", ["/sign-in", "/sign-in/a.b", "/nowhere", "/notes", "/notes/new", "/broken", "/nobody"])
def test_the_houses_own_pages_are_accessible(browser: Visit, server: Server[Desk], path: str) -> None:
    browser.sign_in(server.link("ada"))
    browser.go(path)
    assert browser.axe() == []
    assert browser.wrong == []


def test_the_confirmation_of_a_sign_in_is_accessible(browser: Visit, server: Server[Desk]) -> None:
    browser.go(server.link("ada"))
    assert browser.axe() == []


def test_axe_would_tell(browser: Visit) -> None:
    browser.go("/sign-in").evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<img src=\"/x\">')")
    assert any(line.startswith("image-alt") for line in browser.axe())


def test_a_breach_of_the_policy_and_a_request_elsewhere_would_be_told(browser: Visit) -> None:
    page = browser.go("/sign-in")
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<p style=\"color:red\"><img src=\"http://127.0.0.2:9/x\">')")
    page.wait_for_timeout(200)
    said = " ".join(browser.wrong)
    assert "style-src" in said
    assert "img-src" in said


def test_everything_works_without_scripts(chromium: Chromium, server: Server[Desk]) -> None:
    with Visit(chromium, server.url, scripts=False) as visit:
        page = visit.sign_in(server.link("ada"))
        page.get_by_role("link", name="Notes").first.click()
        page.get_by_role("link", name="New note").click()
        page.get_by_label("Why").fill("because")
        page.get_by_role("button", name="Keep").click()
        assert page.get_by_role("alert").inner_text().strip().endswith("Write a sentence.")
        assert page.get_by_label("Why").input_value() == "because"
        page.get_by_label("Text").fill("written without a script")
        page.get_by_role("button", name="Keep").click()
        assert page.get_by_role("main").inner_text().count("written without a script") == 1
        page.get_by_role("link", name="Français").click()
        page.get_by_role("button", name="Se déconnecter").click()
        assert page.get_by_role("heading", level=1).inner_text() == "Se connecter"
        assert visit.wrong == []


def test_the_keyboard_reaches_the_content_first(browser: Visit) -> None:
    page = browser.go("/")
    page.evaluate("document.activeElement.blur()")  # the error summary takes the focus when a page loads
    page.evaluate("document.body.tabIndex = -1; document.body.focus()")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to main content"
    page.keyboard.press("Enter")
    assert page.url.endswith("#main-content")


def test_our_own_typeface_is_what_is_shown(browser: Visit) -> None:
    page = browser.go("/")
    page.evaluate("document.fonts.ready")
    faces = page.evaluate("[...document.fonts].filter(f => f.status === 'loaded').map(f => f.family.replaceAll('\"', ''))")
    assert {"Noto Sans", "Noto Serif"} <= set(faces)


def test_paper_keeps_the_marking_and_drops_what_one_can_only_click(browser: Visit, tmp_path: Path) -> None:
    page = browser.go("/")
    page.emulate_media(media="print")
    page.screenshot(path=tmp_path / "print.png", full_page=True)
    assert page.get_by_text("TLP:AMBER").is_visible()
    assert not page.get_by_role("button", name="Open incident").is_visible()
    assert not page.get_by_role("link", name="CSV").is_visible()
    assert page.get_by_text("gallery.not-listed").first.is_visible()
