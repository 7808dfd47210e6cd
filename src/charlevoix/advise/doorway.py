"""The doorway of advise: what it announces to the house."""

from charlevoix.room import Room

ROOM = Room("advise", cases=("charlevoix.advise.brief:BriefCase",))
