"""The doorway of account: what it announces to the house."""

from charlevoix.room import Door, Room

_HERE = "charlevoix.account"

ROOM = Room(
    "account",
    cases=(f"{_HERE}.publication:PublicationCase",),
    commands=(
        Door("account", "read", f"{_HERE}.commands:account", "cli.account"),
        Door("verify", "public", f"{_HERE}.stranger:verify_", "cli.verify"),
    ),
    pages=(
        Door("/public", "public", f"{_HERE}.pages:public"),
        Door("/public/publications/{name}", "public", f"{_HERE}.pages:signed"),
        Door("/account", "office", f"{_HERE}.pages:ledger"),
    ),
    jobs=(Door("checkpoint", "account.publish", f"{_HERE}.jobs:checkpoint", "account.job"),),
)
