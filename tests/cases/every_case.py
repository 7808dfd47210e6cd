"""Every case of every room, for the properties that hold for all of them: a room's cases are found through its doorway."""

import importlib
from pkgutil import iter_modules

import charlevoix
from charlevoix.cases.case import AnyCase
from charlevoix.room import Room


def _rooms() -> list[Room]:
    packages = [m.name for m in iter_modules(charlevoix.__path__, "charlevoix.") if m.ispkg]
    doors = [name for name in packages if any(m.name == "doorway" for m in iter_modules([_path(name)]))]
    return [importlib.import_module(f"{name}.doorway").ROOM for name in doors]


def _path(name: str) -> str:
    return f"{charlevoix.__path__[0]}/{name.rpartition('.')[2]}"


def _case(where: str) -> AnyCase:
    module, _, name = where.partition(":")
    made: AnyCase = getattr(importlib.import_module(module), name)()
    return made


ALL_CASES: tuple[AnyCase, ...] = tuple(_case(where) for room in _rooms() for where in room.cases)
