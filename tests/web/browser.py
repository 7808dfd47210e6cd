"""A visit with Chromium that notes what no page of ours may do: break its policy, fetch from elsewhere, fail in a script."""

import shutil
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Playwright, Request

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def launch(playwright: Playwright) -> Browser:
    """The system's Chromium; the tests of pages are skipped, with the reason, where there is none."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    return playwright.chromium.launch(executable_path=path, args=list(FLAGS))


class Visit:
    """A fresh browser profile at one server. `wrong` collects whatever a page did that it must not."""

    def __init__(self, chromium: Browser, url: str, width: int = 1280, scripts: bool = True, locale: str = "en-GB") -> None:
        self.url = url
        self.wrong: list[str] = []
        self._context = chromium.new_context(viewport={"width": width, "height": 900}, java_script_enabled=scripts, locale=locale)
        if scripts:
            self._context.expose_function("noteViolation", self._note_violation)
            self._context.add_init_script(
                "document.addEventListener('securitypolicyviolation',"
                " e => noteViolation(`policy: ${e.violatedDirective} ${e.blockedURI} ${e.sample}`))"
            )
        self.page: Page = self._context.new_page()
        self.page.on("request", self._note_request)
        self.page.on("pageerror", lambda error: self.wrong.append(f"script: {error}"))

    def go(self, path: str) -> Page:
        """Opens a path of the server, or a whole link of it."""
        self.page.goto(path if path.startswith("http") else self.url + path)
        return self.page

    def sign_in(self, link: str) -> Page:
        """Opens a sign-in link and confirms."""
        self.go(link)
        self.page.get_by_role("main").get_by_role("button").click()
        return self.page

    def axe(self) -> list[str]:
        """What axe finds on the page as it stands, one line each: rule, where, why. Empty is what we want."""
        assert AXE.is_file(), "axe-core is not here: run `npm ci`"
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found = self.page.evaluate("async () => (await axe.run(document)).violations")
        return [f"{one['id']}: {node['target']}: {node['failureSummary']}" for one in found for node in one["nodes"]]

    def _note_violation(self, said: str) -> None:
        self.wrong.append(said)

    def _note_request(self, request: Request) -> None:
        if urlsplit(request.url)[:2] != urlsplit(self.url)[:2]:
            self.wrong.append(f"elsewhere: {request.url}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._context.close()
