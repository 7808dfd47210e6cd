"""A key and its purpose, and the card on which an organisation's root key lists the keys that speak for it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from hashlib import sha256
from typing import Final, Literal

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from charlevoix.acts.act import Digest
from charlevoix.acts.disclosure import from_base64url, to_base64url
from charlevoix.errors import Forged, Malformed
from charlevoix.stix.identifier import Ref, is_id

TYPE: Final = "charlevoix-keys+jwt"
CARD_BYTES: Final = 64 * 2**10
KEYS: Final = 64
REVOKED: Final = 256

_URL: Final = re.compile(r"https?://[A-Za-z0-9.:\[\]-]{1,255}(/[!-~]{0,1000})?", re.ASCII)


class Purpose(Enum):
    """What one key is for. A key serves one purpose: each signed form has its own type or context, and its key id says which."""

    ROOT = "root"  # signs cards, offline
    ACTS = "acts"
    CHECKPOINTS = "checkpoints"
    HTTP = "http"
    SEALING = "sealing"  # X25519: opens what was sealed for us; signs nothing


OPERATIONAL: Final = (Purpose.ACTS, Purpose.CHECKPOINTS, Purpose.HTTP, Purpose.SEALING)


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key (32 bytes, Ed25519 or X25519) with its purpose."""

    use: Purpose
    raw: bytes

    @property
    def kid(self) -> str:
        return key_id(self.use, self.raw)


@dataclass(frozen=True, slots=True)
class Revocation:
    """A key that no longer speaks: of what it signed, `last_good` and the acts in its past still count; None: nothing does."""

    kid: str
    last_good: Digest | None


@dataclass(frozen=True, slots=True)
class KeyCard:
    """What an organisation's root key says of its operational keys. The first key of a purpose is the one in use; the others verify older acts."""

    issuer: Ref
    name: str
    sequence: int
    keys: tuple[PublicKey, ...]
    revoked: tuple[Revocation, ...] = ()
    url: str = ""

    def current(self, use: Purpose) -> PublicKey | None:
        """The key in use for a purpose, unless it is revoked."""
        gone = {r.kid for r in self.revoked}
        return next((k for k in self.keys if k.use is use and k.kid not in gone), None)

    def find(self, use: Purpose, kid: str) -> PublicKey | None:
        """The full key behind a key id, revoked or not (`revocation` tells), if it is for this purpose."""
        return next((k for k in self.keys if k.use is use and k.kid == kid), None)

    def revocation(self, kid: str) -> Revocation | None:
        return next((r for r in self.revoked if r.kid == kid), None)


class _Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    alg: Literal["EdDSA"]
    kid: str
    typ: Literal["charlevoix-keys+jwt"]


class _Key(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    kid: str
    use: str
    x: str


class _Revoked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    kid: str
    last_good: str | None


class _Payload(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    iss: str
    keys: list[_Key]
    name: str
    revoked: list[_Revoked]
    seq: int
    url: str = ""


_USES: Final = frozenset(purpose.value for purpose in OPERATIONAL)
_encode: Final = msgspec.json.Encoder(order="sorted").encode
_read_header: Final = msgspec.json.Decoder(_Header).decode
_read_payload: Final = msgspec.json.Decoder(_Payload).decode


def key_id(use: Purpose, raw: bytes) -> str:
    """16 letters of base64url of the SHA-256 of the purpose and the raw public key: a hint, never a proof."""
    return to_base64url(sha256(b"charlevoix key\n%b\n%b" % (use.value.encode(), raw)).digest()[:12])


def ed25519(key: PublicKey) -> Ed25519PublicKey:
    """The key as an object that verifies. Raises Malformed for a sealing key, which signs nothing."""
    if key.use is Purpose.SEALING:
        raise Malformed("key.purpose", key.kid, key.use.value)
    return Ed25519PublicKey.from_public_bytes(key.raw)


def sign_card(card: KeyCard, root: Ed25519PrivateKey) -> bytes:
    """The card as compact JWS (RFC 7515), signed by the organisation's root key. Raises Malformed for what can't be read back."""
    _demand_sense(card, root.public_key().public_bytes_raw())
    payload = _Payload(
        iss=card.issuer,
        keys=[_Key(k.kid, k.use.value, to_base64url(k.raw)) for k in card.keys],
        name=card.name,
        revoked=[_Revoked(r.kid, None if r.last_good is None else to_base64url(r.last_good)) for r in card.revoked],
        seq=card.sequence,
        url=card.url,
    )
    kid = key_id(Purpose.ROOT, root.public_key().public_bytes_raw())
    header = _encode(_Header(alg="EdDSA", kid=kid, typ=TYPE))
    signing_input = f"{to_base64url(header)}.{to_base64url(_encode(payload))}".encode("ascii")
    return b"%b.%b" % (signing_input, to_base64url(root.sign(signing_input)).encode("ascii"))


def read_card(jws: bytes, root: bytes) -> KeyCard:
    """The card in a compact JWS, if the root key (32 raw bytes, pinned when it was exchanged out of band) signed it.

    Raises Forged("card.signature") if another key did, an operational key of the same organisation included; Malformed naming the part.
    """
    if len(jws) > CARD_BYTES:
        raise Malformed("card.too-large", CARD_BYTES)
    parts = jws.split(b".")
    if len(parts) != 3:
        raise Malformed("card.parts", len(parts))
    header, payload, signature = (from_base64url(p, at) for p, at in zip(parts, ("header", "payload", "signature"), strict=True))
    _demand_signature(root, signature, jws.rpartition(b".")[0])
    head, body = _read_parts(header, payload)
    if head.kid != key_id(Purpose.ROOT, root):
        raise Forged("card.key", head.kid[:32])
    card = KeyCard(
        issuer=Ref(body.iss),
        name=body.name,
        sequence=body.seq,
        keys=tuple(_key(k) for k in body.keys),
        revoked=tuple(_revocation(r) for r in body.revoked),
        url=body.url,
    )
    _demand_sense(card, root)
    return card


def demand_successor(old: KeyCard, new: KeyCard) -> None:
    """May `new` take the place of `old`? Same organisation, higher sequence, no key forgotten, no revocation taken back.

    Raises Forged naming what is wrong. The same card again is fine.
    """
    if new == old:
        return
    if new.issuer != old.issuer:
        raise Forged("card.other-issuer", old.issuer, new.issuer)
    if new.sequence <= old.sequence:
        raise Forged("card.sequence", old.sequence, new.sequence)
    forgotten = [key.kid for key in old.keys if key not in new.keys]
    if forgotten:
        raise Forged("card.key-forgotten", ", ".join(forgotten))  # its older acts could no longer be verified
    restored = [r.kid for r in old.revoked if r not in new.revoked]
    if restored:
        raise Forged("card.revocation-undone", ", ".join(restored))


def _demand_signature(root: bytes, signature: bytes, signing_input: bytes) -> None:
    try:
        Ed25519PublicKey.from_public_bytes(root).verify(signature, signing_input)
    except InvalidSignature:
        raise Forged("card.signature") from None
    except ValueError:
        raise Malformed("key.length", "root", len(root)) from None


def _read_parts(header: bytes, payload: bytes) -> tuple[_Header, _Payload]:
    try:
        head, body = _read_header(header), _read_payload(payload)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed("card.content", str(error)[:200]) from None
    # One spelling only: repeated names, other orders and white space don't print back to the same bytes.
    if _encode(head) != header or _encode(body) != payload:
        raise Malformed("card.canonical")
    return head, body


def _key(item: _Key) -> PublicKey:
    if item.use not in _USES:
        raise Malformed("card.content", item.use[:32])
    key = PublicKey(Purpose(item.use), from_base64url(item.x, "keys.x"))
    if item.kid != key.kid:
        raise Malformed("card.kid", item.kid[:32], key.kid)
    return key


def _revocation(item: _Revoked) -> Revocation:
    if item.last_good is None:
        return Revocation(item.kid, None)
    digest = from_base64url(item.last_good, "revoked.last_good")
    if len(digest) != 32:
        raise Malformed("card.last-good", item.kid[:32])
    return Revocation(item.kid, Digest(digest))


def _demand_sense(card: KeyCard, root: bytes) -> None:
    if not is_id(card.issuer):
        raise Malformed("card.issuer", card.issuer[:80])
    if not 1 <= len(card.name) <= 200 or not card.name.isprintable():
        raise Malformed("card.name", card.name[:80])
    if not 1 <= card.sequence <= 2**31:
        raise Malformed("card.sequence-range", card.sequence)
    if card.url and not _URL.fullmatch(card.url):
        raise Malformed("card.url", card.url[:80])
    if not 1 <= len(card.keys) <= KEYS or len(card.revoked) > REVOKED:
        raise Malformed("card.too-many", KEYS, REVOKED)
    _demand_distinct(card.keys)
    if any(key.use is Purpose.ROOT or key.raw == root for key in card.keys):
        raise Malformed("card.root-listed")
    known = {key.kid for key in card.keys}
    for revocation in card.revoked:
        if revocation.kid not in known:
            raise Malformed("card.revoked-unknown", revocation.kid[:32])
    if len({r.kid for r in card.revoked}) != len(card.revoked):
        raise Malformed("card.repeated")


def _demand_distinct(keys: Iterable[PublicKey]) -> None:
    seen: set[bytes] = set()
    for key in keys:
        if len(key.raw) != 32:
            raise Malformed("key.length", key.use.value, len(key.raw))
        if key.raw in seen:
            raise Malformed("card.repeated")  # one key serves one purpose
        seen.add(key.raw)
