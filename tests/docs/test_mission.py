"""The page of the mission names what is there, and says "not yet" where nothing is."""

import ast
import re
from importlib.util import find_spec
from pathlib import Path

import pytest

from charlevoix import house
from docs.runner import ROOT, options_of

PAGE = (ROOT / "docs" / "mission.md").read_text("utf-8")
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines() if re.match(r"\| [CDST]\d", line)]
NAMED = sorted({name for row in ROWS for cell in row[2:] for name in re.findall(r"`([^`]+)`", cell)})

IDS = [
    *(f"C{n:02}" for n in range(1, 20)),
    *("D1", "D1.0", "D1.1", "D1.2", "D1.3", "D1.4", "D1.5", "D2", "D2.1", "D2.2", "D2.3", "D2.4", "D3"),
    *("S1", "S2", "S3", "S4a", "S4b", "S5", "T1", "T2", "T3"),
]


def test_every_line_of_the_mission_is_there_once_and_in_order() -> None:
    assert [row[0] for row in ROWS] == IDS


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_line_names_a_test_or_says_not_yet(row: list[str]) -> None:
    assert len(row) == 5
    assert "tests/" in row[4] or "not yet" in row[4]


@pytest.mark.parametrize("name", [n for n in NAMED if n.startswith("charlevoix.")])
def test_a_module_that_is_named_exists(name: str) -> None:
    assert find_spec(name) is not None


@pytest.mark.parametrize("name", [n for n in NAMED if n.startswith("charlevoix ")])
def test_a_command_that_is_named_exists_with_its_option(name: str) -> None:
    assert {word for word in name.split() if word.startswith("--")} <= options_of(name.split()[1:])


@pytest.mark.parametrize("path", [n for n in NAMED if n.startswith("/")])
def test_a_page_that_is_named_exists(path: str) -> None:
    assert path in {door.path for room in house.rooms() for door in room.pages}


@pytest.mark.parametrize("name", [n for n in NAMED if n.startswith("tests/")])
def test_a_test_that_is_named_exists(name: str) -> None:
    path, _, function = name.partition("::")
    tree = ast.parse(Path(ROOT / path).read_text("utf-8"))
    assert function in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_what_is_named_is_of_a_sort_that_is_checked() -> None:
    assert [n for n in NAMED if not n.startswith(("charlevoix.", "charlevoix ", "/", "tests/"))] == []


def test_every_test_is_marked_with_a_line_of_the_mission() -> None:
    marked = {id_ for path in ROOT.glob("tests/**/test_*.py") for id_ in re.findall(r'mission\("([^"]+)"', path.read_text("utf-8"))}
    assert marked - set(IDS) == set()
