"""An entry of the ledger: one passage through a door, committed to in two halves that can be opened, or destroyed, apart."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from hashlib import sha256

import msgspec

from charlevoix.acts.act import Digest
from charlevoix.errors import Answer
from charlevoix.stix.identifier import Ref

KEY = 32  # bytes; fixed, because HMAC fills a shorter key with zeros and one commitment would then have several keys
LEAF = 64
DESTROYED = bytes(KEY)
"""What stands where a key was. Drawing it by chance is as likely as guessing a key."""


class Door(Enum):
    """Where something passed, or was stopped."""

    ADMIT = "admit"
    RELEASE = "release"
    REFUSE = "refuse"
    RECALL = "recall"
    READ = "read"
    PUBLISH = "publish"
    PADDING = "padding"


class NewEntry(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What is to be written: an entry that has no index and no keys yet. A Struct, because whole chunks are packed at once.

    `act` is None where there is none (padding) and where it was erased, `at` where it was erased; `at` is aware.
    `role` is the role that did it, never the person. `rule` is a message key, or what the account is to disclose.
    """

    door: Door
    act: Digest | None
    place: int | None
    answer: Answer
    rule: str
    audience: Ref | None
    role: str
    at: datetime | None


class Chunk(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The entries of one append with their keys, 64 bytes each: how they are kept."""

    entries: list[NewEntry]
    keys: bytes


@dataclass(frozen=True, slots=True)
class Entry:
    """One leaf of the ledger, as its keeper and an auditor see it."""

    index: int
    origin: str
    door: Door
    act: Digest | None
    place: int | None
    answer: Answer
    rule: str
    audience: Ref | None
    role: str
    at: datetime | None
    keys: tuple[bytes, bytes]


@dataclass(frozen=True, slots=True)
class OpenedEntry:
    """The half that an account discloses: what happened at which door under which rule; not to whom, about what, or when."""

    index: int
    key: bytes
    door: Door
    answer: Answer
    rule: str


class Audit(Enum):
    """What comparing an entry with its public leaf shows."""

    HOLDS = "holds"
    PART = "what is left holds, the rest was erased"
    ERASED = "erased"
    FALSE = "is not what was committed to"


def commit(origin: str, first: int, entries: Sequence[NewEntry], keys: bytes) -> bytes:
    """The public leaves of consecutive entries: HMAC-SHA-256 (RFC 2104) of each half under its own key, 64 bytes an entry.

    Each half is an array in RFC 8785 form: `[door, answer, rule]` and `[index, origin, act, place, audience, role, at]`, with
    the act in base64 (RFC 4648 section 4) and the time in RFC 3339, UTC. Raises ValueError for keys that are too few.
    """
    if len(keys) != LEAF * len(entries):
        raise ValueError(f"expected {LEAF * len(entries)} bytes of keys, got {len(keys)}")
    # HMAC by hand: with all keys turned at once it takes two thirds of the time, and this is half of an append
    inner, outer, halves, at = keys.translate(_INNER), keys.translate(_OUTER), [], 0
    encode, digest = _encoder.encode, sha256
    for index, e in enumerate(entries, first):
        told = inner[at : at + KEY] + _INNER_FILL + encode((e.door, e.answer, e.rule))
        halves.append(digest(outer[at : at + KEY] + _OUTER_FILL + digest(told).digest()).digest())
        at += KEY
        hidden = inner[at : at + KEY] + _INNER_FILL + encode((index, origin, e.act, e.place, e.audience, e.role, e.at))
        halves.append(digest(outer[at : at + KEY] + _OUTER_FILL + digest(hidden).digest()).digest())
        at += KEY
    return b"".join(halves)


def settle(entry: NewEntry) -> NewEntry:
    """The entry with its time in UTC, so that what is kept prints as what was committed to. Raises ValueError for a bare time."""
    if entry.at is None or entry.at.tzinfo is UTC:
        return entry
    if entry.at.tzinfo is None:
        raise ValueError("an entry's time needs its zone")
    return msgspec.structs.replace(entry, at=entry.at.astimezone(UTC))


def unfold(origin: str, index: int, kept: NewEntry, keys: bytes) -> Entry:
    """The entry that is kept as `kept` with its 64 bytes of keys."""
    e = kept
    pair = (keys[:KEY], keys[KEY:])
    return Entry(index, origin, e.door, e.act, e.place, e.answer, e.rule, e.audience, e.role, e.at, pair)


def blank(kept: NewEntry, disclosed: bool) -> NewEntry:
    """The entry without what was hidden under its second key and, if asked, without its rule."""
    gone = msgspec.structs.replace(kept, act=None, place=None, audience=None, role="", at=None)
    return msgspec.structs.replace(gone, rule="") if disclosed else gone


def disclose(entry: Entry) -> OpenedEntry:
    """What the account tells of an entry. Raises ValueError where the key was destroyed: nothing can be shown then."""
    if entry.keys[0] == DESTROYED:
        raise ValueError(f"the key of entry {entry.index} was destroyed")
    return OpenedEntry(entry.index, entry.keys[0], entry.door, entry.answer, entry.rule)


def opens(opened: OpenedEntry, leaf: bytes) -> bool:
    """Whether the public leaf was made from what is disclosed."""
    if len(opened.key) != KEY or len(leaf) != LEAF:
        return False
    half = _encoder.encode((opened.door, opened.answer, opened.rule))
    return hmac.compare_digest(hmac.digest(opened.key, half, "sha256"), leaf[:KEY])


def audit(entry: Entry, leaf: bytes) -> Audit:
    """Compares all that is kept of an entry with its public leaf: for an auditor, who may see the keys."""
    if len(leaf) != LEAF or any(len(key) != KEY for key in entry.keys):
        return Audit.FALSE
    e = entry
    told = NewEntry(e.door, e.act, e.place, e.answer, e.rule, e.audience, e.role, e.at)
    again = commit(e.origin, e.index, [told], b"".join(e.keys))
    halves = [(again[side : side + KEY] == leaf[side : side + KEY]) for side, key in zip((0, KEY), e.keys, strict=True) if key != DESTROYED]
    if not all(halves):
        return Audit.FALSE
    return (Audit.ERASED, Audit.PART, Audit.HOLDS)[len(halves)]


_encoder = msgspec.json.Encoder()
_INNER = bytes(byte ^ 0x36 for byte in range(256))  # RFC 2104: ipad and opad, over a block of 64 bytes
_OUTER = bytes(byte ^ 0x5C for byte in range(256))
_INNER_FILL = b"\x36" * (64 - KEY)
_OUTER_FILL = b"\x5c" * (64 - KEY)
