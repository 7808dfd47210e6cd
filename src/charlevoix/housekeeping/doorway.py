"""The doorway of housekeeping: making a node, its people, serving it, working for it, and seeing that all is well."""

from charlevoix.room import Door, Room

_HERE = "charlevoix.housekeeping"

ROOM = Room(
    "housekeeping",
    commands=(
        Door("init", "init", f"{_HERE}.commands:init", "cli.init"),
        Door("people", "people", f"{_HERE}.commands:people", "cli.people"),
        Door("sign-in", "sign-in", f"{_HERE}.commands:sign_in", "cli.sign-in"),
        Door("serve", "serve", f"{_HERE}.commands:serve", "cli.serve"),
        Door("work", "work", f"{_HERE}.commands:work", "cli.work"),
        Door("doctor", "doctor", f"{_HERE}.commands:doctor", "cli.doctor"),
        Door("completion", "completion", f"{_HERE}.commands:completion", "cli.completion"),
    ),
    jobs=(Door("redecide", "redecide", f"{_HERE}.redecide:redecide"),),
)
