"""A room and its doors: what the house finds by name and loads on use."""

from dataclasses import dataclass
from importlib import import_module
from typing import Any


@dataclass(frozen=True, slots=True)
class Door:
    """One page, command or job of a room.

    `path`: "/incidents/{ref}" or "POST /incidents/{ref}/open" of a page; the word of a command; the name of a job. `act`: what `may` is asked
    ("read", or a kind of act). `load`: "module:name", imported on use. `about`: message key of one line that says what it is for.
    """

    path: str
    act: str
    load: str
    about: str = ""

    def open(self) -> Any:
        """The function behind the door."""
        module, _, name = self.load.partition(":")
        return getattr(import_module(module), name)


@dataclass(frozen=True, slots=True)
class Room:
    """What a room announces in the module `doorway`: cheap to import, since everything behind it is named, not imported.

    `cases`: "module:Class" of each kind of case.
    """

    name: str
    cases: tuple[str, ...] = ()
    pages: tuple[Door, ...] = ()
    commands: tuple[Door, ...] = ()
    jobs: tuple[Door, ...] = ()
