"""The doorway of intake: what it announces to the house."""

from charlevoix.room import Door, Room

_HERE = "charlevoix.intake"

LINK = Door("link", "report.link", f"{_HERE}.linking:link_report")
"""For rooms to the right: (node, who, report, incident, act that opened it) tells a report what rests on it."""

SHOW = Door("show", "read", f"{_HERE}.telling:show_report")
"""For `charlevoix show`: (desk, report, state) gives its document and its words."""

TAKE = Door("take-in", "report.open", f"{_HERE}.taking:take_own")
"""For rooms to the right: (node, who, bytes, name, title, grade) lays what our own node made before its analysts, as `charlevoix import` would."""

ROOM = Room(
    "intake",
    cases=(f"{_HERE}.report:ReportCase",),
    pages=(
        Door("/", "read", f"{_HERE}.pages:today", "nav.today"),
        Door("/triage", "read", f"{_HERE}.pages:triage", "nav.triage"),
        Door("POST /triage/import", "report.open", f"{_HERE}.pages:take_in"),
        Door("/triage/{ref}", "read", f"{_HERE}.pages:one_report"),
        Door("POST /triage/{ref}/claim", "report.claim", f"{_HERE}.pages:claim"),
        Door("POST /triage/{ref}/reject", "report.reject", f"{_HERE}.pages:reject"),
        Door("/quarantine", "read", f"{_HERE}.pages:quarantine"),
        Door("POST /quarantine/{id}", "report.claim", f"{_HERE}.pages:settle"),
    ),
    commands=(
        Door("import", "report.open", f"{_HERE}.commands:import_", "cli.import"),
        Door("reports", "read", f"{_HERE}.commands:reports", "cli.reports"),
        Door("conflicts", "read", f"{_HERE}.commands:conflicts", "cli.conflicts"),
        Door("quarantine", "quarantine", f"{_HERE}.commands:quarantine", "cli.quarantine"),
    ),
)
