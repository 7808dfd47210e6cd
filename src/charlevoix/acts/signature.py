"""The signed form of an act: a compact SD-JWT (RFC 9901) whose payload commits to objects, property by property."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final, Literal

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from charlevoix.acts.act import Act, Digest, Whole
from charlevoix.acts.disclosure import (
    DIGESTS,
    OBJECTS,
    digests,
    from_base64url,
    from_digest_texts,
    to_base64url,
    to_digest_texts,
)
from charlevoix.errors import Forged, Malformed
from charlevoix.stix.identifier import Ref, is_id

TYPE: Final = "charlevoix-act+sd-jwt"
ACT_BYTES: Final = 8 * 2**20
LATEST: Final = 253_402_300_799  # 9999-12-31T23:59:59Z, the last second that a STIX timestamp can say

_KIND: Final = re.compile(r"[a-z]+\.[a-z-]+", re.ASCII)
_KID: Final = re.compile(r"[A-Za-z0-9_-]{16}", re.ASCII)


class _Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    alg: Literal["EdDSA"]
    kid: str
    typ: Literal["charlevoix-act+sd-jwt"]


class _Commitment(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    sd: list[str] = msgspec.field(name="_sd")


class _Payload(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    sd_alg: Literal["sha-256"] = msgspec.field(name="_sd_alg")
    after: list[str]
    case: str
    iat: int
    iss: str
    kind: str
    objects: list[_Commitment]
    rests: list[str]


_encode: Final = msgspec.json.Encoder(order="sorted").encode
_read_header: Final = msgspec.json.Decoder(_Header).decode
_read_payload: Final = msgspec.json.Decoder(_Payload).decode


@dataclass(frozen=True, slots=True)
class Draft:
    """An act that waits for its signature: the bytes to sign (RFC 7515 section 5.1)."""

    signing_input: bytes

    def sealed(self, signature: bytes) -> bytes:
        """The act, given the author's 64-byte Ed25519 signature over `signing_input`. The signature isn't checked here."""
        return b"%b.%b" % (self.signing_input, to_base64url(signature).encode("ascii"))


def compose(
    author: Ref,
    key: str,
    kind: str,
    case: Ref,
    objects: Sequence[Whole],
    claimed: datetime,
    *,
    after: frozenset[Digest] = frozenset(),
    rests: frozenset[Digest] = frozenset(),
) -> Draft:
    """An act ready to be signed by the key `key` (its kid); `claimed` is cut to the second.

    Each object needs a 32-byte key of its own, fresh from a random source: the same key under two acts would link them.
    Raises Malformed for what `read_act` would refuse.
    """
    _demand_names(author, key, kind, case)
    if claimed.tzinfo is None or not 0 <= claimed.timestamp() <= LATEST:
        raise Malformed("act.time", claimed)
    if len(objects) > OBJECTS:
        raise Malformed("act.too-many-objects", OBJECTS)
    payload = _Payload(
        sd_alg="sha-256",
        after=to_digest_texts(after),
        case=case,
        iat=int(claimed.timestamp()),
        iss=author,
        kind=kind,
        objects=[_Commitment(to_digest_texts(digests(whole, f"objects[{n}]"))) for n, whole in enumerate(objects)],
        rests=to_digest_texts(rests),
    )
    _demand_distinct(payload.objects)
    header = _encode(_Header(alg="EdDSA", kid=key, typ=TYPE))
    signing_input = f"{to_base64url(header)}.{to_base64url(_encode(payload))}".encode("ascii")
    if len(signing_input) + 87 > ACT_BYTES:
        raise Malformed("act.too-large", ACT_BYTES)
    return Draft(signing_input)


def sign(draft: Draft, private: Ed25519PrivateKey) -> bytes:
    """The act, signed: a compact JWT, ASCII."""
    return draft.sealed(private.sign(draft.signing_input))


def digest(jwt: bytes) -> Digest:
    """The name of an act: the SHA-256 of its compact JWT."""
    return Digest(sha256(jwt).digest())


def read_act(jwt: bytes) -> Act:
    """What a compact JWT says, parsed strictly; its signature is not looked at (`verify` does).

    Raises Malformed naming the part: size, base64 with more than one spelling, unknown, missing or repeated names, another type or
    algorithm, lists that are unsorted or too long.
    """
    if len(jwt) > ACT_BYTES:
        raise Malformed("act.too-large", ACT_BYTES)
    parts = jwt.split(b".")
    if len(parts) != 3:
        raise Malformed("act.parts", len(parts))
    header, payload = _read_parts(from_base64url(parts[0], "header"), from_base64url(parts[1], "payload"))
    if len(from_base64url(parts[2], "signature")) != 64:
        raise Malformed("act.signature-length")
    _demand_names(payload.iss, header.kid, payload.kind, payload.case)
    if not 0 <= payload.iat <= LATEST:
        raise Malformed("act.time", payload.iat)
    _demand_counts(payload)
    _demand_distinct(payload.objects)
    return Act(
        digest=digest(jwt),
        author=Ref(payload.iss),
        key=header.kid,
        kind=payload.kind,
        case=Ref(payload.case),
        after=frozenset(from_digest_texts(payload.after, "after")),
        rests=frozenset(from_digest_texts(payload.rests, "rests")),
        objects=tuple(frozenset(from_digest_texts(item.sd, f"objects[{index}]")) for index, item in enumerate(payload.objects)),
        claimed=datetime.fromtimestamp(payload.iat, UTC),
    )


def verify(jwt: bytes, public: Ed25519PublicKey) -> None:
    """Does this key's signature hold over exactly these bytes? Whose key it is, is the roster's business.

    Raises Forged("act.signature") if not; Malformed for what is no compact JWT.
    """
    signing_input, _, signature = jwt.rpartition(b".")
    try:
        public.verify(from_base64url(signature, "signature"), signing_input)
    except InvalidSignature:
        raise Forged("act.signature") from None


def _read_parts(header: bytes, payload: bytes) -> tuple[_Header, _Payload]:
    try:
        head = _read_header(header)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed("act.header", str(error)[:200]) from None
    try:
        body = _read_payload(payload)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed("act.payload", str(error)[:200]) from None
    # No value of ours may hold a colon (`_demand_names`, base64url), so each colon ends a name: more than these is a repeated name.
    if header.count(b":") != 3 or payload.count(b":") != 8 + len(body.objects):
        raise Malformed("act.repeated-name")
    return head, body


def _demand_names(author: str, key: str, kind: str, case: str) -> None:
    for part, value in (("iss", author), ("case", case)):
        if not is_id(value):
            raise Malformed("act.name", part, value[:80])
    for part, pattern, value in (("kid", _KID, key), ("kind", _KIND, kind)):
        if not pattern.fullmatch(value):
            raise Malformed("act.name", part, value[:80])


def _demand_counts(payload: _Payload) -> None:
    if len(payload.objects) > OBJECTS:
        raise Malformed("act.too-many-objects", OBJECTS)
    for index, item in enumerate(payload.objects):
        if not 1 <= len(item.sd) <= DIGESTS:
            raise Malformed("act.too-many-properties", f"objects[{index}]", DIGESTS)


def _demand_distinct(objects: Sequence[_Commitment]) -> None:
    """RFC 9901 section 7.1: a digest that appears twice makes the SD-JWT invalid."""
    if len({text for item in objects for text in item.sd}) != sum(len(item.sd) for item in objects):
        raise Malformed("act.repeated-digest")
