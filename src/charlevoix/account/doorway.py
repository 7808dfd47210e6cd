"""The doorway of account: what it announces to the house."""

from charlevoix.room import Room

ROOM = Room("account")
