"""A signed request: HTTP between nodes, signed by the sender's HTTP key over method, address, body, time and nonce (RFC 9421)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from http_message_signatures import (
    HTTPMessageSignaturesException,
    HTTPMessageSigner,
    HTTPMessageVerifier,
    HTTPSignatureKeyResolver,
    InvalidSignature,
    VerifyResult,
)
from http_message_signatures.algorithms import ED25519

from charlevoix.errors import Forged, Malformed
from charlevoix.stix.identifier import Ref

WINDOW: Final = timedelta(seconds=300)
NONCE_BYTES: Final = 16
COVERED: Final = ("@method", "@target-uri")
"""What each signature covers; `content-digest` too where there is a body."""

_SIGNATURE_BYTES: Final = 2_000
_LATEST: Final = 253_402_300_799  # the last second that a datetime holds
_LABEL: Final = "charlevoix"

KeyFor = Callable[[str], tuple[Ref, bytes] | None]
"""Key id -> who it speaks for and the full pinned HTTP key (32 bytes, Ed25519), or None for nobody we know."""

Fresh = Callable[[str, str, datetime], bool]
"""(key id, nonce, until): is it seen for the first time? Must remember it until then, durably, and be safe to call at once from two sides."""


@dataclass(slots=True)
class _Message:
    method: str
    url: str
    headers: Mapping[str, str]


def sign_request(
    method: str,
    url: str,
    body: bytes | None,
    *,
    kid: str,
    sign: Callable[[bytes], bytes],
    created: datetime,
    nonce: str,
) -> dict[str, str]:
    """The headers that sign a request: `Signature-Input`, `Signature`, and `Content-Digest` (RFC 9530) where there is a body.

    `url` is absolute and exactly as it will be sent; `nonce` is used once, 128 random bits or more in text.
    Raises Malformed for an address or a method that can't be signed.
    """
    message = _Message(method, url, {})
    signer = HTTPMessageSigner(signature_algorithm=ED25519)
    try:
        prepared = signer.prepare(
            message,
            key_id=kid,
            created=created,
            nonce=nonce,
            label=_LABEL,
            covered_component_ids=COVERED,
            body=body or None,
        )
        signer.apply(message, prepared, sign(prepared.signature_base))
    except (HTTPMessageSignaturesException, ValueError) as error:
        raise Malformed("request.unsignable", error) from None
    return dict(message.headers)


def verify_request(
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    key_for: KeyFor,
    fresh: Fresh,
    now: datetime,
) -> Ref:
    """Who signed this request. `url` is the public address that the sender was given, with the path and query that came.

    Raises Forged: no or several signatures, an unknown key, a signature or digest that doesn't hold, a part not covered, a time more than
    300 s from `now` either way, a nonce seen before. The nonce is only remembered once the signature held, so nobody can fill the store.
    """
    for name, value in headers.items():
        if name.lower() in ("signature", "signature-input", "content-digest") and len(value) > _SIGNATURE_BYTES:
            raise Forged("request.signature", name)
    keys = _Keys(key_for)
    verifier = _Verifier(signature_algorithm=ED25519, key_resolver=keys)
    try:
        (result,) = verifier.verify(_Message(method, url, headers), max_age=None, require_components=COVERED, body=body)
    except (HTTPMessageSignaturesException, InvalidSignature, ValueError) as error:
        if keys.unknown:
            raise Forged("request.unknown-key", keys.unknown[:40]) from None
        raise Forged("request.signature", str(error)[:200]) from None
    if keys.signer is None:
        raise Forged("request.signature", "keyid")
    kid, nonce, created = _parameters(result, now)
    if not fresh(kid, nonce, created + WINDOW):
        raise Forged("request.replayed", kid)
    return keys.signer


def _parameters(result: VerifyResult, now: datetime) -> tuple[str, str, datetime]:
    parameters = result.parameters
    kid, nonce, created = parameters.get("keyid"), parameters.get("nonce"), parameters.get("created")
    if parameters.get("alg") != ED25519.algorithm_id:
        raise Forged("request.algorithm", parameters.get("alg"))
    if not isinstance(nonce, str) or not 16 <= len(nonce) <= 128:
        raise Forged("request.nonce")
    if not isinstance(kid, str) or not isinstance(created, int):
        raise Forged("request.signature", "keyid, created")
    moment = datetime.fromtimestamp(min(max(created, 0), _LATEST), UTC)
    if abs(now - moment) > WINDOW:
        raise Forged("request.time", moment.isoformat(), int(WINDOW.total_seconds()), advice="request.set-clock")
    return kid, nonce, moment


class _Keys(HTTPSignatureKeyResolver):
    """Looks the key up once, and remembers for whom it speaks."""

    def __init__(self, key_for: KeyFor) -> None:
        self._key_for = key_for
        self.signer: Ref | None = None
        self.unknown = ""

    def resolve_public_key(self, key_id: str) -> Ed25519PublicKey | None:
        found = self._key_for(key_id)
        if found is None:
            self.unknown = key_id
            return None
        self.signer = found[0]
        return Ed25519PublicKey.from_public_bytes(found[1])


class _Verifier(HTTPMessageVerifier):
    """Leaves time to `_parameters`: the library would read the machine's clock, not the node's."""

    def validate_created_and_expires(self, sig_input: object, max_age: timedelta | None = None) -> None:
        return None
