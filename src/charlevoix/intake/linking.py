"""Linking: a report is told that an incident rests on it, by the room that opened the incident."""

from typing import TYPE_CHECKING, Any

from charlevoix.acts.act import Digest
from charlevoix.errors import Refused
from charlevoix.intake.report import Link, ReportCase, link
from charlevoix.safeguards.grounds import Actor
from charlevoix.safeguards.passage import Verified
from charlevoix.stix.identifier import Ref

if TYPE_CHECKING:
    from charlevoix.node import Node


def link_report(node: "Node", who: Actor, report: Ref, incident: Ref, opened_by: Digest) -> Verified[Any] | Refused:
    """The act `report.link` in the report's own case. Refused where it was turned away, or is still arriving."""
    return node.do(who, ReportCase(), report, link, Link(incident, opened_by))
