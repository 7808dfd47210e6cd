"""Taking in what our own node made: material like any other, published by ourselves, marked for this house alone."""

from typing import TYPE_CHECKING

from charlevoix.errors import Refused
from charlevoix.intake.delivery import Delivered, Labels, deliver, look
from charlevoix.safeguards.grounds import Actor

if TYPE_CHECKING:
    from charlevoix.node import Node


def take_own(node: "Node", who: Actor, raw: bytes, name: str, title: str, grade: str) -> Delivered | Refused:
    """A report in triage that waits to be judged. Raises Malformed for bytes that are neither STIX nor a list; Refused where `who` may not import."""
    return deliver(node, who, raw, look(raw), Labels(name, title, "me", "amber+strict", grade))
