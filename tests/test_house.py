"""The house as a whole: what each module says it is, what rooms may touch, the floors, and what a start loads."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import charlevoix
from charlevoix import house
from charlevoix.stix.extension import OWNER

SOURCE = Path(charlevoix.__file__).parent
ROOT = Path(__file__).parents[1]

OUTER = frozenset({"pages", "commands", "jobs"})
"""The modules of a room that deal with the world: a page, a command, a job."""

IMPURE = (
    *("sqlalchemy", "httpx2", "starlette", "uvicorn", "socket", "subprocess", "os", "shutil", "tempfile", "time", "random", "secrets"),
    "pathlib",
    "jinja2",
)
"""What a noun module of a room does not import: it would touch the network, a disk, a clock or chance."""

BELOW = tuple(f"charlevoix.{name}" for name in ("store", "ledger", "keyring", "outside", "clock"))
"""What a room does not use itself: the node's verbs do."""

TIMES = ("now", "utcnow", "today")
CALLS = (*TIMES, "uuid1", "uuid4", "urandom", "read_text", "read_bytes", "write_text", "write_bytes")

DECLARED = {
    "assess/detectors/carrying_out.py": (
        {"os", "pathlib", "now", "write_text"},
        "what the commands of detection share: it writes the files that were asked for",
    ),
    "assess/detectors/copies/held.py": ({"os", "tempfile"}, "long texts are held in a file of the run's folder, not in memory"),
    "assess/detectors/engine.py": ({"pathlib"}, "DuckDB spills into the folder of a run"),
    "assess/detectors/relation.py": ({"pathlib"}, "a detector's table is a file"),
    "assess/detectors/table.py": ({"pathlib"}, "a detector's table is a file"),
    "assess/detectors/running.py": ({"pathlib", "time"}, "a run is timed"),
    "assess/detectors/folder.py": (
        {"os", "shutil", "tempfile", "pathlib"},
        "a run has a folder of its own, thrown away afterwards, and after a kill by the next run",
    ),
    "assess/detectors/lookalikes/ordinary.py": ({"read_bytes"}, "the words that a package brings lie in a file"),
    "assess/detectors/spark.py": (
        {"os", "shutil", "socket", "pathlib", "write_text", "read_text"},
        "finds Java, and the cluster, for the engine",
    ),
    "advise/printing.py": ({"jinja2"}, "lays a dossier out through a template; reads no file of the node"),
    "assess/detectors/page_of_report.py": ({"jinja2", "pathlib"}, "a report is one file, laid out through a template"),
    "assess/detectors/workroom.py": (
        {"secrets", "time", "pathlib", "read_bytes", "write_bytes"},
        "uploaded tables lie in a temporary folder, never in the node's home, and are gone an hour after their last use",
    ),
    "assess/detectors/apart.py": (
        {"os", "subprocess"},
        "what reads an uploaded table is a process of its own, which can be ended",
    ),
    "assess/detectors/working_file.py": ({"pathlib", "read_text", "write_text"}, "working files of a run lie in its temporary folder"),
    "share/endpoint.py": ({"starlette", "time"}, "the one door for partners' requests: an ASGI application with a budget of seconds"),
    "share/counter.py": ({"charlevoix.clock"}, "names the node's clock in what it asks of the house; reads none itself"),
    "share/jobs.py": ({"charlevoix.outside"}, "pulls from partners; the guarded client is handed to it"),
    "account/directory.py": ({"os", "shutil", "tempfile", "pathlib"}, "writes the public account so that it is there whole or not at all"),
    "account/press.py": ({"jinja2", "pathlib", "charlevoix.ledger", "read_bytes"}, "the templates of the public account lie in files"),
    "account/stranger.py": (
        {"pathlib", "charlevoix.outside", "read_bytes"},
        "a stranger's check of an account, from a folder or an address, without a node",
    ),
    "account/verification.py": ({"charlevoix.ledger"}, "proofs and checkpoints are checked by the ledger's pure arithmetic"),
    "account/public_files.py": ({"charlevoix.ledger"}, "the form of opened entries; no log is read here"),
    "account/pages.py": ({"charlevoix.ledger"}, "the names of the doors; no log is read here"),
    "account/statistics.py": ({"charlevoix.ledger"}, "the names of the doors; no log is read here"),
}
"""Module of a room -> what it may use all the same, and why."""


def _modules() -> Iterator[Path]:
    return (p for p in sorted(SOURCE.rglob("*.py")) if p.name != "__init__.py")


def _of_rooms() -> Iterator[Path]:
    return (p for room in house.ROOMS for p in sorted((SOURCE / room).rglob("*.py")) if p.name != "__init__.py")


def _uses(tree: ast.Module, outer: bool) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            for name in _imported(node):
                yield from ((node.lineno, b) for b in BELOW if name == b or name.startswith(b + "."))
                if not outer and name.split(".")[0] in IMPURE:
                    yield node.lineno, name.split(".")[0]
        elif isinstance(node, ast.Call) and not outer and isinstance(node.func, ast.Attribute | ast.Name):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
            of = ast.unparse(node.func.value) if isinstance(node.func, ast.Attribute) else ""
            if called in CALLS and (called not in TIMES or of in ("datetime", "date")):
                yield node.lineno, called


def _imported(node: ast.Import | ast.ImportFrom) -> list[str]:
    if isinstance(node, ast.Import):
        return [a.name for a in node.names]
    module = node.module or ""
    return [f"{module}.{a.name}" for a in node.names] if module == "charlevoix" else [module]


def test_each_module_says_in_a_sentence_of_prose_what_it_is() -> None:
    for path in _modules():
        said = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
        first = said.split("\n\n")[0]
        assert re.match(r"[A-Z`].*[.:?]$", first, re.DOTALL), f"{path.relative_to(SOURCE)} begins with a sentence that says what it is"
        assert len(first.split()) >= 5, f"{path.relative_to(SOURCE)}: {first!r} is no sentence"


def test_packages_are_empty() -> None:
    assert [str(p) for p in SOURCE.rglob("*/__init__.py") if p.read_text().strip()] == [], (
        "what is in an __init__ belongs in a module with a name"
    )


def test_rooms_leave_the_world_to_the_node_and_their_pages_commands_and_jobs() -> None:
    for path in _of_rooms():
        where, outer = path.relative_to(SOURCE).as_posix(), path.stem in OUTER
        allowed = DECLARED.get(where, (set[str](), ""))[0]
        wrong = [(line, what) for line, what in _uses(ast.parse(path.read_text("utf-8")), outer) if what not in allowed]
        assert wrong == [], (
            f"{where}: input, output, clocks and chance belong in {sorted(OUTER)} of a room; "
            "the store, the ledger, the keys and the network behind a verb of charlevoix/node.py"
        )


def test_each_exception_is_still_needed() -> None:
    for where, (allowed, why) in DECLARED.items():
        path = SOURCE / where
        assert path.exists(), f"{where} is gone: take it out of the table"
        used = {what for _, what in _uses(ast.parse(path.read_text("utf-8")), path.stem in OUTER)}
        assert allowed <= used, f"{where} no longer uses {sorted(allowed - used)}: take it out of the table ({why})"


@pytest.mark.slow
def test_imports_go_down_only() -> None:
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([str(program), "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, "what two floors need belongs on the lower one (pyproject.toml, layers):\n" + done.stdout[-3_000:]


def test_each_property_of_ours_belongs_to_an_extension() -> None:
    for path in _modules():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.fullmatch(r"charlevoix_[a-z0-9_]+", node.value):
                at = f"{path.relative_to(SOURCE)}:{node.lineno}"
                assert node.value in OWNER, f"{at}: {node.value} has no owner: declare it in charlevoix/stix/extension.py"


HEAVY = ("sqlalchemy", "cryptography", "starlette", "jinja2", "httpx2", "uvicorn", "alembic", "rich")


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_a_start_loads_nothing_heavy(option: str) -> None:
    script = (
        "import sys; from charlevoix.cli import charlevoix\n"
        f"try: charlevoix([{option!r}])\nexcept SystemExit: pass\n"
        "print('LOADED', *sorted({m.partition('.')[0] for m in sys.modules}))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.rpartition("LOADED")[2].split())
    assert "click" in loaded
    assert loaded.isdisjoint(HEAVY), f"import {sorted(loaded & set(HEAVY))} where it is used: in the function of the command"
