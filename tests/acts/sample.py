"""Acts and objects for the tests, with fixed keys."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from jwcrypto.jwk import JWK  # type: ignore[import-untyped]
from sd_jwt.verifier import SDJWTVerifier  # type: ignore[import-untyped]

from charlevoix.acts.act import Presentation, Whole
from charlevoix.acts.disclosure import expand, to_base64url
from charlevoix.acts.key import Purpose, key_id
from charlevoix.acts.signature import compose, sign
from charlevoix.stix.identifier import Ref

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key()
KID = key_id(Purpose.ACTS, PUBLIC.public_bytes_raw())
AUTHOR = Ref("identity--00000000-0000-4000-8000-00000000000a")
CASE = Ref("incident--00000000-0000-4000-8000-00000000000b")
CLAIMED = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)

INCIDENT: dict[str, object] = {
    "type": "incident",
    "spec_version": "2.1",
    "id": "incident--00000000-0000-4000-8000-00000000000c",
    "created": "2026-03-01T09:00:00.000Z",
    "modified": "2026-03-01T09:00:00.000Z",
    "name": "Copied newspapers",
    "labels": ["look-alike"],
    "confidence": 70,
    "x_share": 0.5,
}
DOMAIN: dict[str, object] = {
    "type": "domain-name",
    "spec_version": "2.1",
    "id": "domain-name--bedb4899-d24b-5401-bc86-8f6b4cc18ec7",
    "value": "example.com",
}


def whole(value: Mapping[str, object], number: int = 0, *, entire: bool = False) -> Whole:
    return Whole(json.dumps(value).encode(), sha256(b"object key %d" % number).digest(), entire)


def signed(objects: Sequence[Whole], kind: str = "incident.open") -> bytes:
    return sign(compose(AUTHOR, KID, kind, CASE, objects, CLAIMED), KEY)


def presented(*objects: Whole) -> Presentation:
    return Presentation(signed(objects), objects)


def reference(presentation: Presentation, public: Ed25519PublicKey = PUBLIC) -> list[dict[str, object]]:
    """The objects as the reference implementation of RFC 9901 sees them; it raises for what it refuses."""
    key = JWK(kty="OKP", crv="Ed25519", x=to_base64url(public.public_bytes_raw()))
    payload = SDJWTVerifier(expand(presentation).decode(), lambda _issuer, _header: key).get_verified_payload()
    objects = payload["objects"]
    assert isinstance(objects, list)
    return objects
