"""The one pure function that says who gets what, and may who do what: each answer with its reasons, rule by rule."""

from dataclasses import dataclass
from datetime import datetime

from charlevoix.errors import Answer, Reason
from charlevoix.stix.identifier import Property


@dataclass(frozen=True, slots=True)
class Decision:
    """An answer, every reason for it, and until when it holds."""

    answer: Answer
    reasons: tuple[Reason, ...]
    withheld: frozenset[Property] = frozenset()
    until: datetime | None = None  # decide again then
