"""The doorway of assess: what it announces to the house."""

from charlevoix.room import Room

ROOM = Room("assess", cases=("charlevoix.assess.incident:IncidentCase",))
