"""An act: what an organisation said or did once; the unit of signature, admission, fold and ledger (an SD-JWT, RFC 9901)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import NewType

from charlevoix.stix.identifier import Property, Ref

Digest = NewType("Digest", bytes)
"""SHA-256, 32 bytes. The digest of an act is the SHA-256 of its compact SD-JWT (issuer-signed JWT, no disclosures), ASCII."""


class Gone(Enum):
    """Why an object is not here although the act that speaks of it is. For the reader; a process never depends on it."""

    NOT_RELEASED = "not released to us"
    NOT_YET_HERE = "not yet here"
    ERASED = "erased"
    RECALLED = "recalled"


@dataclass(frozen=True, slots=True)
class Act:
    """The signed payload, parsed."""

    digest: Digest
    author: Ref
    key: str  # kid: a hint; look up by (author, kid), compare the pinned full key
    kind: str  # "incident.open"
    case: Ref
    after: frozenset[Digest]  # acts of this case its author had seen
    rests: frozenset[Digest]  # acts of other cases that this one rests on
    objects: tuple[frozenset[Digest], ...]  # per object: digests of its disclosures (`_sd`); one digest: whole or nothing
    claimed: datetime  # the author's word; no rule reads it


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """The n-th object of an act: the name that a withheld object, a recall and a receipt have in common."""

    act: Digest
    index: int


@dataclass(frozen=True, slots=True)
class Whole:
    """An object with its 32-byte key: every salt can be derived, so every disclosure can be checked."""

    object: bytes  # JSON of the STIX object, as it travelled
    key: bytes
    entire: bool  # one disclosure for the whole object (foreign material) rather than one for each property


@dataclass(frozen=True, slots=True)
class Redacted:
    """An object without some of its properties, and the 16-byte salt of each property that is left."""

    object: bytes  # JSON of the disclosed properties
    salts: Mapping[Property, bytes]


Shown = Whole | Redacted | None
"""How one audience gets one object: whole, redacted, or not at all (`None`: a stub)."""


@dataclass(frozen=True, slots=True)
class Presentation:
    """An act and what one audience gets of it, object by object in the order of the act."""

    act: bytes  # compact issuer-signed JWT, unchanged since its author signed
    objects: tuple[Shown, ...]


@dataclass(frozen=True, slots=True)
class StixObject:
    """A STIX object as far as it was disclosed to us."""

    at: Place
    ref: Ref | None  # None: withheld, as for a domain name whose id would tell it
    type: str | None
    known: Mapping[Property, object] = field(default_factory=dict)  # decoded JSON values; treat as immutable
    withheld: int = 0  # how many properties are not disclosed


@dataclass(frozen=True, slots=True)
class Missing:
    """An object that is not here, and why."""

    at: Place
    why: Gone
