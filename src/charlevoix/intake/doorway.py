"""The doorway of intake: what it announces to the house."""

from charlevoix.room import Room

ROOM = Room("intake", cases=("charlevoix.intake.report:ReportCase",))
