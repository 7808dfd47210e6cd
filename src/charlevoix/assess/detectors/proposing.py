"""Proposing: a result is laid before the analysts of a node as material that came in; no incident is made by software."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from charlevoix.assess.detectors import stix
from charlevoix.assess.detectors.detector import Detector
from charlevoix.assess.detectors.running import Run
from charlevoix.errors import Refused
from charlevoix.intake.doorway import TAKE
from charlevoix.languages.catalogue import Language, say

if TYPE_CHECKING:
    from datetime import datetime

    from charlevoix.desk import Desk
    from charlevoix.node import Node
    from charlevoix.safeguards.grounds import Actor

GRADE = "C6"
"""Admiralty: the method is fairly reliable where its error rate is measured; what it found cannot be judged before a person looked."""

UNMEASURED = "F6"


def propose(desk: "Desk", detector: Detector, run: Run, language: Language) -> str:
    """Lays it before the analysts of the desk's node; returns the id of the report in triage. A refusal is told, and ends with code 3."""
    came = lay(desk.node, desk.who, detector, run, desk.station.clock.now(), language)
    if isinstance(came, Refused):
        desk.refuse(came)
    return str(came.report)


def lay(node: "Node", who: "Actor", detector: Detector, run: Run, now: "datetime", language: Language) -> Any:
    """The same for a page: what became of the file, or why it was refused."""
    result = run.result
    raw = stix.bundle(detector, result, now, language).encode()
    title = say(result.headline, language)[:300]
    grade = GRADE if result.error_rate else UNMEASURED
    return TAKE.open()(node, who, raw, f"{result.detector}.json", title, grade)
