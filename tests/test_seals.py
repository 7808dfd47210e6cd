"""The seals of the doors: what is Verified or Released is made at one place each, and nothing in the source goes round it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import charlevoix

SOURCE = Path(charlevoix.__file__).parent
DOORS = {"Verified": "doors/admission.py", "Released": "doors/release.py"}
SEALS = "safeguards/passage.py"


def _modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(SOURCE.rglob("*.py")):
        yield path.relative_to(SOURCE).as_posix(), ast.parse(path.read_text("utf-8"))


def _found(tree: ast.AST, sealed: frozenset[str] = frozenset(DOORS)) -> Iterator[tuple[int, str]]:
    """Each use of a sealed class that is more than naming it as a type: (line, what)."""
    types = {id(n) for n in ast.walk(tree) if isinstance(n, ast.Subscript) for n in ast.walk(n)}
    types |= {id(n) for f in ast.walk(tree) if isinstance(f, ast.arg | ast.AnnAssign) and f.annotation for n in ast.walk(f.annotation)}
    types |= {id(n) for f in ast.walk(tree) if isinstance(f, ast.FunctionDef) and f.returns for n in ast.walk(f.returns)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = _name(node.func.value if isinstance(node.func, ast.Subscript) else node.func)
            if name in sealed:
                yield node.lineno, f"{name}("
            sets = name == "__setattr__" and isinstance(node.func, ast.Attribute) and _name(node.func.value) == "object"
            if name == "__new__" or (sets and not (node.args and _name(node.args[0]) == "self")):  # a class may set up itself
                yield node.lineno, f"{name}("
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, f"{a.name} as {a.asname}") for a in node.names if a.name in sealed and a.asname)
        elif isinstance(node, ast.Assign) and any(_name(n) in sealed and id(n) not in types for n in _direct(node.value)):
            yield node.lineno, "an alias"


def _direct(value: ast.expr) -> Iterator[ast.expr]:
    yield from value.elts if isinstance(value, ast.Tuple | ast.List | ast.Set) else (value,)


def _name(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def test_only_its_door_makes_what_is_verified_or_released() -> None:
    for where, tree in _modules():
        wrong = [(line, what) for line, what in _found(tree) if DOORS.get(what.rstrip("(")) != where and where != SEALS]
        lines = [w for w in wrong if w[1] not in ("__setattr__(", "__new__(") or _imports(tree, "charlevoix.safeguards.passage")]
        assert lines == [], f"{where}: Verified is made in {DOORS['Verified']}, Released in {DOORS['Released']}; call their functions"


def test_the_seals_are_named_at_the_doors_and_nowhere_else() -> None:
    for where, tree in _modules():
        if where in (SEALS, *DOORS.values()):
            continue
        named = [
            (n.lineno, _name(n)) for n in ast.walk(tree) if isinstance(n, ast.Name | ast.Attribute) and _name(n) in ("_SEAL", "_SEALS")
        ]
        taken = [
            (n.lineno, a.name)
            for n in ast.walk(tree)
            if isinstance(n, ast.ImportFrom) and n.module and n.module.endswith(("safeguards.passage", "doors.admission", "doors.release"))
            for a in n.names
            if a.name in ("claim", "_SEAL", "_SEALS", "_demand", "*")
        ]
        asked = [
            (n.lineno, "claim(")
            for n in ast.walk(tree)
            if isinstance(n, ast.Call) and _name(n.func) == "claim" and any(isinstance(a, ast.Constant) for a in n.args)
        ]
        assert named + taken + asked == [], f"{where}: a seal belongs to its door alone ({', '.join(DOORS.values())})"


def test_each_door_claims_its_seal_once() -> None:
    for where, tree in _modules():
        claims = [
            n.args[0].value
            for n in ast.walk(tree)
            if isinstance(n, ast.Call) and _name(n.func) == "claim" and n.args and isinstance(n.args[0], ast.Constant)
        ]
        assert claims == ([where[6:-3]] if where in DOORS.values() else []), where


RESULTS = ("assess/detectors/apart.py", "assess/detectors/workroom.py")
"""These pickle: a detector's result goes from one process of ours to another, and to a file that only we read. They know nothing that has a seal."""


def test_nothing_that_passed_a_door_is_copied_pickled_or_replaced() -> None:
    """`copy` and `pickle` are in no module that could have something sealed in hand; `replace` is of dataclasses, which the sealed classes are not."""
    for where, tree in _modules():
        copiers = [m for m in ("copy", "pickle", "marshal", "shelve") if _imports(tree, m)]
        if where in RESULTS:
            assert copiers == ["pickle"]
            assert not [
                m for m in _modules_named(tree) if m.startswith(("charlevoix.safeguards", "charlevoix.doors", "charlevoix.node"))
            ], where
        else:
            assert not copiers, f"{where}: take it through the door again"
        for n in ast.walk(tree):
            if isinstance(n, ast.Call) and _name(n.func) == "replace" and n.args:
                assert _name(n.args[0]) not in ("verified", "released"), f"{where}:{n.lineno}: what a door made does not change"


def _imports(tree: ast.AST, module: str) -> bool:
    return module in _modules_named(tree)


def _modules_named(tree: ast.AST) -> set[str]:
    plain = {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    return plain | {n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}


@pytest.mark.parametrize(
    "line",
    [
        "x = Verified(1, 2, 3)",
        "x = passage.Released[int](1, 2, 3)",
        "from charlevoix.safeguards.passage import Verified as V",
        "V = Verified",
        "V = (Released, 1)",
        "x = object.__new__(Verified)",
        "object.__setattr__(v, 'value', 1)",
    ],
)
def test_the_search_finds_what_it_is_for(line: str) -> None:
    assert list(_found(ast.parse(line)))


@pytest.mark.parametrize("line", ["def f(x: Verified[int]) -> Released[int]: ...", "x: Verified[int] | None = None"])
def test_the_search_leaves_types_alone(line: str) -> None:
    assert not list(_found(ast.parse(line)))
