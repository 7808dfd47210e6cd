"""The doorway of respond: what it announces to the house."""

from charlevoix.room import Room

ROOM = Room("respond", cases=("charlevoix.respond.measure:MeasureCase", "charlevoix.respond.joint_text:TextCase"))
