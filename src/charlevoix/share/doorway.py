"""The doorway of share: what it announces to the house."""

from charlevoix.room import Door, Room

_HERE = "charlevoix.share"

ROOM = Room(
    "share",
    cases=(f"{_HERE}.exchange:ExchangeCase", f"{_HERE}.peer:RosterCase"),
    commands=(
        Door("share", "exchange.offer", f"{_HERE}.commands:share", "share.command"),
        Door("sync", "exchange.received", f"{_HERE}.commands:sync", "sync.command"),
        Door("recall", "exchange.recall", f"{_HERE}.commands:recall", "recall.command"),
        Door("partners", "office", f"{_HERE}.commands:partners", "partners.command"),
    ),
    jobs=(Door("pull", "exchange.received", f"{_HERE}.jobs:pull", "sync.job"),),
)
