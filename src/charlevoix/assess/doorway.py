"""The doorway of assess: what it announces to the house."""

from charlevoix.room import Door, Room

_HERE = "charlevoix.assess"

ROOM = Room(
    "assess",
    cases=(f"{_HERE}.incident:IncidentCase",),
    commands=(
        Door("incidents", "read", f"{_HERE}.commands:incidents", "cli.incidents"),
        Door("show", "read", f"{_HERE}.commands:show", "cli.show"),
        Door("open", "incident.open", f"{_HERE}.commands:open_", "cli.open"),
        Door("review", "incident.review", f"{_HERE}.commands:review", "cli.review"),
        Door("note", "incident.note", f"{_HERE}.commands:note", "cli.note"),
        Door("invite", "incident.invite", f"{_HERE}.commands:invite", "cli.invite"),
        Door("close", "incident.close", f"{_HERE}.commands:close", "cli.close"),
        Door("links", "read", f"{_HERE}.commands:links", "cli.links"),
    ),
)
