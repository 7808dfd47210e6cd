"""The doorway of attribute: what it announces to the house."""

from charlevoix.room import Door, Room

_HERE = "charlevoix.attribute"

ROOM = Room(
    "attribute",
    cases=(f"{_HERE}.attribution:AttributionCase",),
    commands=(Door("attribute", "read", f"{_HERE}.commands:attribute", "cli.attribute"),),
)
