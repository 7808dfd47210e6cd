"""The doorway of advise: what it announces to the house."""

from charlevoix.room import Door, Room

_HERE = "charlevoix.advise"

ROOM = Room(
    "advise",
    cases=(f"{_HERE}.brief:BriefCase",),
    commands=(Door("advise", "read", f"{_HERE}.commands:advise", "cli.advise"),),
)
