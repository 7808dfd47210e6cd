"""STIX identifiers: what they look like, and the deterministic ones of observables (STIX 2.1 section 2.9)."""

from typing import NewType

Ref = NewType("Ref", str)
"""A STIX id (`type--uuid`), or the id of a case, which has the same form (`incident--uuid`)."""

Property = NewType("Property", str)
"""The name of a top-level STIX property."""
