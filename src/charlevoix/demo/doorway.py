"""The doorway of the demonstration."""

from charlevoix.room import Door, Room

ROOM = Room("demo", commands=(Door("demo", "read", "charlevoix.demo.commands:demo", "cli.demo"),))
