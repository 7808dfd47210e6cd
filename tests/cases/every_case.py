"""Every case of every room, for the properties that hold for all of them: a room's cases are found through its doorway."""

import importlib
from pkgutil import iter_modules

import charlevoix
from charlevoix.assess.incident import IncidentCase
from charlevoix.cases.case import AnyCase
from charlevoix.intake.report import ReportCase


def _of_doorways() -> dict[str, AnyCase]:
    found: dict[str, AnyCase] = {}
    for package in iter_modules(charlevoix.__path__, "charlevoix."):
        if package.ispkg and any(m.name == "doorway" for m in iter_modules([_path(package.name)])):
            room = importlib.import_module(f"{package.name}.doorway").ROOM
            found |= {case.kind: case for case in room.cases}
    return found


def _path(name: str) -> str:
    return f"{charlevoix.__path__[0]}/{name.rpartition('.')[2]}"


_NAMED: tuple[AnyCase, ...] = (ReportCase(), IncidentCase())  # rooms without a doorway yet
ALL_CASES: tuple[AnyCase, ...] = tuple({**{c.kind: c for c in _NAMED}, **_of_doorways()}.values())
