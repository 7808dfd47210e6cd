"""The doorway of attribute: what it announces to the house."""

from charlevoix.room import Door, Room

_HERE = "charlevoix.attribute"

ROOM = Room(
    "attribute",
    cases=(f"{_HERE}.attribution:AttributionCase",),
    pages=(
        Door("/attributions", "read", f"{_HERE}.pages:attributions", "nav.attributions"),
        Door("/attributions/{ref}", "read", f"{_HERE}.pages:attribution"),
        Door("/attributions/{ref}/position", "attribution.position", f"{_HERE}.pages:position", "attribution.take-position"),
        Door("POST /attributions/{ref}/position", "attribution.position", f"{_HERE}.pages:take_position"),
        Door("POST /attributions/{ref}/endorse", "attribution.endorse", f"{_HERE}.pages:endorse"),
        Door("POST /attributions/{ref}/objection", "attribution.objection", f"{_HERE}.pages:objection"),
    ),
    commands=(Door("attribute", "read", f"{_HERE}.commands:attribute", "cli.attribute"),),
)
