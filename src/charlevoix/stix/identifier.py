"""STIX identifiers: what they look like, and the deterministic ones of observables (STIX 2.1 section 2.9)."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NewType
from uuid import UUID, uuid5

from charlevoix.errors import Malformed
from charlevoix.stix.canonical import canonical

Ref = NewType("Ref", str)
"""A STIX id (`type--uuid`), or the id of a case, which has the same form (`incident--uuid`)."""

Property = NewType("Property", str)
"""The name of a top-level STIX property."""

CHARLEVOIX_NAMESPACE = UUID("2b1f6a0e-7c59-5d43-9a86-c0f1e8d52018")
"""Namespace of every UUIDv5 that Charlevoix makes itself. It never changes: ids of published objects hang on it."""

OBSERVABLE_NAMESPACE = UUID("00abedb4-aa42-466c-9c01-fed23315a9b7")
"""Namespace of deterministic observable ids (STIX 2.1 section 2.9)."""

CONTRIBUTING: Mapping[str, tuple[str, ...]] = {
    "artifact": ("hashes", "payload_bin"),
    "autonomous-system": ("number",),
    "directory": ("path",),
    "domain-name": ("value",),
    "email-addr": ("value",),
    "email-message": ("from_ref", "subject", "body"),
    "file": ("hashes", "name", "extensions", "parent_directory_ref"),
    "ipv4-addr": ("value",),
    "ipv6-addr": ("value",),
    "mac-addr": ("value",),
    "mutex": ("name",),
    "network-traffic": ("start", "end", "src_ref", "dst_ref", "src_port", "dst_port", "protocols", "extensions"),
    "process": (),
    "software": ("name", "cpe", "swid", "vendor", "version"),
    "url": ("value",),
    "user-account": ("account_type", "user_id", "account_login"),
    "windows-registry-key": ("key", "values"),
    "x509-certificate": ("hashes", "serial_number"),
}
"""Observable type -> its id contributing properties (STIX 2.1 section 6, each type's own subsection)."""

_HASHES = (
    "MD5",
    "SHA-1",
    "SHA-256",
    "SHA-512",
)  # section 2.9: the first of these that is there, else the first by name
_ID = re.compile(r"([a-z0-9]+(?:-[a-z0-9]+)*)--([0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})", re.ASCII)
_UUID = len("--") + 36


def is_id(text: object) -> bool:
    """Is it `type--uuid` (STIX 2.1 section 2.9), the UUID of RFC 9562 in lower case: one thing, one spelling?"""
    return type(text) is str and 3 <= len(text) - _UUID <= 250 and _is_id(text)


@lru_cache(maxsize=16384)
def _is_id(text: str) -> bool:
    return _ID.fullmatch(text) is not None


def parse_id(text: str) -> tuple[str, UUID]:
    """Type and UUID of a STIX id. Raises Malformed for anything else."""
    found = _ID.fullmatch(text) if is_id(text) else None
    if found is None:
        raise Malformed("stix.id", text[:300], advice="stix.ask-author")
    return found[1], UUID(found[2])


def observable_id(type_: str, properties: Mapping[str, object]) -> Ref:
    """The deterministic id of an observable from its id contributing properties (STIX 2.1 section 2.9).

    Raises Malformed when the type has none (`process`, types that are not of the standard) or none of them is given:
    the standard then wants a random id, and nothing here is random.
    """
    given = {name: properties[name] for name in CONTRIBUTING.get(type_, ()) if name in properties}
    if "hashes" in given:
        given["hashes"] = _one_hash(given["hashes"])
    if not given:
        raise Malformed("stix.no-deterministic-id", type_, ", ".join(CONTRIBUTING.get(type_, ())))
    return Ref(f"{type_}--{uuid5(OBSERVABLE_NAMESPACE, canonical(given).decode())}")


def derived_id(type_: str, *parts: str | int | bytes) -> Ref:
    """An id of our own that whoever knows the parts gets again; bytes count as their hexadecimal form."""
    name = [part.hex() if isinstance(part, bytes) else part for part in parts]
    return Ref(f"{type_}--{uuid5(CHARLEVOIX_NAMESPACE, canonical([type_, *name]).decode())}")


def _one_hash(hashes: object) -> dict[str, object]:
    if not isinstance(hashes, Mapping) or not hashes:
        raise Malformed("stix.hashes", "hashes")
    name = next((name for name in _HASHES if name in hashes), min(hashes))
    return {name: hashes[name]}
