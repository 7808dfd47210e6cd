"""Declared moves: a bad table never loads, and a move that its phase does not allow moves nothing."""

from typing import Any, ClassVar

import pytest

from charlevoix.cases import machine
from charlevoix.cases.case import Case, Course, Row
from charlevoix.cases.machine import Kind, allows, kind
from charlevoix.stix.identifier import Property

OPEN = kind("analyst", moves=("none", "open"))
END = kind("analyst", moves=("open", "over"))


@pytest.mark.parametrize(
    ("kinds", "terminal", "what"),
    [
        ({"door.open": OPEN}, (), "no way out of"),
        ({"door.open": OPEN, "door.end": END}, (), "no way out of"),
        ({"door.end": END}, ("over",), "one move must lead out"),
        ({"door.open": OPEN, "door.back": kind("analyst", moves=("open", "none"))}, (), "none into it"),
        (
            {"door.open": OPEN, "door.end": END, "door.lift": kind("a", moves=("held", "open"))},
            ("over",),
            "no move leads to",
        ),
        ({"door.open": OPEN, "door.end": END}, ("over", "lost"), "no move leads to"),
        ({"window.open": OPEN, "door.end": END}, ("over",), "are named door.something"),
    ],
)
def test_a_table_with_a_hole_in_it_does_not_load(kinds: dict[str, Kind], terminal: tuple[str, ...], what: str) -> None:
    with pytest.raises(TypeError, match=what):
        machine.check("door", kinds, frozenset(terminal))


def test_a_sound_table_loads() -> None:
    machine.check("door", {"door.open": OPEN, "door.end": END}, frozenset({"over"}))


def test_a_case_is_checked_when_its_class_is_made() -> None:
    with pytest.raises(TypeError, match="no way out"):

        class Stuck(Case[Any]):
            kind: ClassVar[str] = "stuck"
            kinds: ClassVar[dict[str, Kind]] = {"stuck.open": OPEN}

            def view(self, course: Course, /) -> Any:
                return course

            def row(self, state: Any, /) -> Row:
                return {"title": ""}


def test_a_move_that_its_phase_does_not_allow_moves_nothing() -> None:
    kinds = {"door.open": OPEN, "door.end": END}
    assert machine.run(kinds, ["door.end"]) == "none"
    assert machine.run(kinds, ["door.open", "door.open"]) == "open"
    assert machine.run(kinds, ["door.open", "door.unheard-of", "door.end", "door.open"]) == "over"


def test_an_act_without_moves_is_possible_once_the_case_is_open() -> None:
    note = kind("analyst")
    assert [allows(note, p) for p in ("none", "open", "over")] == [False, True, True]
    assert [allows(END, p) for p in ("none", "open", "over")] == [False, True, False]


def test_what_a_kind_keeps_includes_what_is_common() -> None:
    assert kind("analyst", common="a b", keeps="c").keeps == frozenset(map(Property, "abc"))
    assert kind("analyst", common="a b").keeps is None
