"""The doorway of share: what it announces to the house."""

from charlevoix.room import Room

ROOM = Room("share", cases=("charlevoix.share.exchange:ExchangeCase", "charlevoix.share.peer:RosterCase"))
