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
    pages=(
        Door("/share/{ref}", "read", f"{_HERE}.pages:share"),
        Door("POST /share/{ref}/offer", "exchange.offer", f"{_HERE}.pages:offer"),
        Door("/share/{ref}/recall", "exchange.recall", f"{_HERE}.pages:ask_recall"),
        Door("POST /share/{ref}/recall", "exchange.recall", f"{_HERE}.pages:recall"),
        Door("/partners", "office", f"{_HERE}.pages:partners"),
        Door("POST /partners/{ref}/suspend", "roster.suspend", f"{_HERE}.pages:suspend"),
        Door("POST /partners/{ref}/restore", "roster.restore", f"{_HERE}.pages:restore"),
    ),
    jobs=(Door("pull", "exchange.received", f"{_HERE}.jobs:pull", "sync.job"),),
)
