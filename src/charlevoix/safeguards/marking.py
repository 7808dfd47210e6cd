"""What a marking allows: TLP 2.0 and our releasable-to, purpose, expiry and redaction, read from a marking-definition."""

from dataclasses import dataclass
from datetime import datetime

from charlevoix.stix.identifier import Property, Ref


@dataclass(frozen=True, slots=True)
class Marking:
    """A marking-definition as a rule."""

    ref: Ref
    tlp: str | None = None  # "clear", "green", "amber", "amber+strict", "red"
    releasable: frozenset[Ref] | None = None  # None: no list
    purpose: frozenset[str] = frozenset()
    until: datetime | None = None
    redact: frozenset[Property] = frozenset()  # properties that only full members and our own roles get
    understood: bool = True
    protected: bool = False  # marks a person at risk
