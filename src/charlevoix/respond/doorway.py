"""The doorway of respond: what it announces to the house."""

from charlevoix.room import Door, Room

_HERE = "charlevoix.respond"

ROOM = Room(
    "respond",
    cases=(f"{_HERE}.measure:MeasureCase", f"{_HERE}.joint_text:TextCase"),
    commands=(Door("respond", "read", f"{_HERE}.commands:respond", "cli.respond"),),
)
