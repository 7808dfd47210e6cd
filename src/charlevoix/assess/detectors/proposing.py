"""Proposing: a result is laid before the analysts of a node as material in triage; a person decides what becomes of it."""

from charlevoix.assess.detectors import stix
from charlevoix.assess.detectors.detector import Detector, Result
from charlevoix.desk import Desk
from charlevoix.errors import Refused
from charlevoix.intake.doorway import TAKE
from charlevoix.languages.catalogue import Language, say
from charlevoix.safeguards.grounds import Actor
from charlevoix.stix.identifier import Ref

GRADE = "C6"
"""Admiralty: a program is fairly reliable, and what it says can't be judged until somebody has looked."""


def propose(desk: Desk, detector: Detector, result: Result, language: Language) -> str:
    """The id of the report that holds the result. Ends the command with exit code 3 where the person may not take material in."""
    came = lay_before(desk.node, desk.who, detector, result, language)
    return desk.refuse(came) if isinstance(came, Refused) else came


def lay_before(node: object, who: Actor, detector: Detector, result: Result, language: Language) -> Ref | Refused:
    """Takes the result in as a report of our own, in STIX, at TLP:AMBER+STRICT. No incident is made."""
    raw = stix.bundle(detector, result, node.clock.now(), language).encode()  # type: ignore[attr-defined]
    title = say(result.headline, language)[:200]
    took: Ref | Refused = TAKE.open()(node, who, raw, f"{result.detector}.json", title, GRADE)
    return took
