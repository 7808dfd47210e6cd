"""The doorway of advise: what it announces to the house."""

from charlevoix.room import Door, Room

_HERE = "charlevoix.advise"

ROOM = Room(
    "advise",
    cases=(f"{_HERE}.brief:BriefCase",),
    pages=(
        Door("/briefs", "read", f"{_HERE}.pages:briefs", "nav.briefs"),
        Door("/briefs/{ref}", "read", f"{_HERE}.pages:brief"),
        Door("/briefs/{ref}/file", "read", f"{_HERE}.pages:file"),
        Door("POST /briefs/{ref}/clear", "brief.clear", f"{_HERE}.pages:clear"),
    ),
    commands=(Door("advise", "read", f"{_HERE}.commands:advise", "cli.advise"),),
)
