"""The doorway of assess: what it announces to the house."""

from charlevoix.room import Door, Room

_HERE = "charlevoix.assess"

ROOM = Room(
    "assess",
    cases=(f"{_HERE}.incident:IncidentCase",),
    pages=(
        Door("/incidents", "read", f"{_HERE}.pages:incidents", "nav.incidents"),
        Door("/incidents/new", "incident.open", f"{_HERE}.pages:new"),
        Door("POST /incidents/new", "incident.open", f"{_HERE}.pages:create"),
        Door("/incidents/{ref}", "read", f"{_HERE}.pages:incident"),
        Door("/incidents/{ref}/stix", "read", f"{_HERE}.pages:as_stix"),
        Door("/incidents/{ref}/observables", "read", f"{_HERE}.pages:observables_file"),
        Door("POST /incidents/{ref}/nexus", "incident.nexus-passed", f"{_HERE}.pages:review_nexus"),
        Door("POST /incidents/{ref}/review", "incident.review", f"{_HERE}.pages:review"),
        Door("POST /incidents/{ref}/note", "incident.note", f"{_HERE}.pages:note"),
        Door("POST /incidents/{ref}/invite", "incident.invite", f"{_HERE}.pages:invite"),
        Door("POST /incidents/{ref}/suspect", "incident.suspect", f"{_HERE}.pages:suspect"),
        Door("POST /incidents/{ref}/close", "incident.close", f"{_HERE}.pages:close"),
        Door("POST /incidents/{ref}/reopen", "incident.reopen", f"{_HERE}.pages:reopen"),
        Door("/detect", "read", f"{_HERE}.detectors.pages:overview", "nav.detect"),
        Door("/detect/new/{name}", "report.open", f"{_HERE}.detectors.pages:new"),
        Door("POST /detect/new/{name}", "report.open", f"{_HERE}.detectors.pages:bring"),
        Door("/detect/runs/{id}", "report.open", f"{_HERE}.detectors.pages:one_run"),
        Door("/detect/runs/{id}/file", "report.open", f"{_HERE}.detectors.pages:as_file"),
        Door("/detect/runs/{id}/working/{name}", "report.open", f"{_HERE}.detectors.pages:as_working_file"),
        Door("POST /detect/runs/{id}/start", "report.open", f"{_HERE}.detectors.pages:start"),
        Door("POST /detect/runs/{id}/propose", "report.open", f"{_HERE}.detectors.pages:propose"),
        Door("POST /detect/runs/{id}/drop", "report.open", f"{_HERE}.detectors.pages:drop"),
        Door("POST /detect/tables/{id}/use", "report.open", f"{_HERE}.detectors.pages:use_again"),
        Door("POST /detect/tables/{id}/drop", "report.open", f"{_HERE}.detectors.pages:drop_table"),
    ),
    commands=(
        Door("incidents", "read", f"{_HERE}.commands:incidents", "cli.incidents"),
        Door("show", "read", f"{_HERE}.commands:show", "cli.show"),
        Door("open", "incident.open", f"{_HERE}.commands:open_", "cli.open"),
        Door("review", "incident.review", f"{_HERE}.commands:review", "cli.review"),
        Door("note", "incident.note", f"{_HERE}.commands:note", "cli.note"),
        Door("suspect", "incident.suspect", f"{_HERE}.commands:suspect", "cli.suspect"),
        Door("invite", "incident.invite", f"{_HERE}.commands:invite", "cli.invite"),
        Door("close", "incident.close", f"{_HERE}.commands:close", "cli.close"),
        Door("links", "read", f"{_HERE}.commands:links", "cli.links"),
        Door("detect", "read", f"{_HERE}.detectors.commands:detect", "cli.detect"),
    ),
)
