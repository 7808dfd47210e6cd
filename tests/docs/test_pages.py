"""Every command of every page is typed here, every other one looked up, and every link followed."""

import re
import shlex
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest

from charlevoix.settings import Settings
from docs.runner import BLOCK, PAGES, ROOT, Reader, blocks, commands, options_of, shown
from stage import Stage, stage

NEW = {"README.md", "quickstart.md", "import-a-report.md", "open-an-incident.md", "run-a-node.md", "CONTRIBUTING.md", "benchmarks.md"}
"""Pages that begin on a machine without a node, or say how one is made; the others begin at Demo A, beside Demo B, with a reviewed incident."""

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with stage(tmp_path_factory.mktemp("pages")) as made:
        yield made


@pytest.mark.parametrize("page", [p for p in PAGES if commands(p)], ids=name)
def test_every_command_of_a_page_does_what_the_page_says(page: Path, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    for folder in ("examples", "docs"):
        (tmp_path / folder).symlink_to(ROOT / folder)
    if page.name in NEW:
        reader = Reader(tmp_path, tmp_path / "node")
    else:
        on: Stage = request.getfixturevalue("played")
        reader = Reader(tmp_path, on.homes["Demo A"])
        (tmp_path / "demo-b.json").write_text(on.run("partners", "card", at="Demo B").output, "utf-8")
    if page.name == "check-an-account.md":
        reader.types("charlevoix account publish account")
        reader.types("charlevoix account key > log.vkey")
    for line in commands(page):
        reader.writes(page)
        reader.types(line)


@pytest.mark.parametrize("page", [p for p in PAGES if shown(p)], ids=name)
def test_a_command_that_is_only_named_exists_with_its_options(page: Path) -> None:
    for line in shown(page):
        words = shlex.split(line)
        assert {word for word in words if word.startswith("--")} <= options_of(words[1:]), line


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_a_block_is_of_a_language_that_is_typed_or_looked_up_here(page: Path) -> None:
    assert {language for language, _ in BLOCK.findall(page.read_text("utf-8"))} <= {"sh", "text", "toml", "python"}


def test_settings_that_a_page_shows_are_settings() -> None:
    for block in blocks(ROOT / "docs" / "run-a-node.md", "toml"):
        assert set(tomllib.loads(block)) <= {field.name for field in fields(Settings)}


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_a_link_leads_to_a_file_that_is_there_and_to_a_heading_in_it(page: Path) -> None:
    for link in LINK.findall(page.read_text("utf-8")):
        if link.startswith(("https://", "mailto:")):
            continue
        where, _, anchor = link.partition("#")
        target = (page.parent / where) if where else page
        assert target.exists(), link
        if anchor:
            assert anchor in headings(target), link


def headings(page: Path) -> set[str]:
    found = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.lower()).strip().replace(" ", "-") for h in found}


def test_every_task_of_the_documentation_is_in_its_navigation() -> None:
    navigation = (ROOT / "mkdocs.yml").read_text("utf-8")
    pages = {str(p.relative_to(ROOT / "docs")) for p in (ROOT / "docs").rglob("*.md")}
    assert {p for p in pages if p not in navigation} == set()


def test_the_site_asks_nobody_else_for_anything() -> None:
    settings = (ROOT / "mkdocs.yml").read_text("utf-8")
    assert re.search(r"^  font: false$", settings, re.MULTILINE)
    assert "analytics" not in settings
    assert "extra_javascript" not in settings
