"""The doorway of respond: what it announces to the house."""

from charlevoix.room import Door, Room

_HERE = "charlevoix.respond"

ROOM = Room(
    "respond",
    cases=(f"{_HERE}.measure:MeasureCase", f"{_HERE}.joint_text:TextCase"),
    pages=(
        Door("/measures", "read", f"{_HERE}.pages:board", "nav.measures"),
        Door("/measures/{ref}", "read", f"{_HERE}.pages:one_measure"),
        Door("POST /measures/{ref}/review", "measure.review", f"{_HERE}.pages:review"),
        Door("POST /measures/{ref}/decide", "measure.decide", f"{_HERE}.pages:decide"),
        Door("POST /measures/{ref}/done", "measure.done", f"{_HERE}.pages:finish"),
        Door("/texts/{ref}", "read", f"{_HERE}.pages:one_text"),
        Door("POST /texts/{ref}/paragraph", "text.paragraph", f"{_HERE}.pages:word"),
        Door("POST /texts/{ref}/answer", "text.agree", f"{_HERE}.pages:answer"),
        Door("POST /texts/{ref}/adopt", "text.adopt", f"{_HERE}.pages:adopt"),
        Door("POST /texts/{ref}/sign", "text.sign", f"{_HERE}.pages:sign"),
    ),
    commands=(Door("respond", "read", f"{_HERE}.commands:respond", "cli.respond"),),
)
