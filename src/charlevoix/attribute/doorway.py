"""The doorway of attribute: what it announces to the house."""

from charlevoix.room import Room

ROOM = Room("attribute", cases=("charlevoix.attribute.attribution:AttributionCase",))
