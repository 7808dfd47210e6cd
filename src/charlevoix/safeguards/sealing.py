"""Sealing: content that only the holder of a role's key can read, at rest, in backups and in the database (HPKE, RFC 9180).

It does not protect against an operator who changes the running software: the form says so.
"""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from charlevoix.errors import Forged, Malformed

LARGEST = 16 * 2**20
"""Bytes in one record: HPKE is single shot here, so the whole is in memory."""

_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)


def seal(public: bytes, info: bytes, content: bytes) -> bytes:
    """The content sealed for a raw X25519 public key (32 bytes): 48 bytes longer.

    `info` is the purpose, as b"charlevoix report person--<uuid>": what is opened under another one does not open. Each call takes a new
    ephemeral key, so equal contents differ. Raises Malformed for a key or a size that can't be.
    """
    if len(content) > LARGEST:
        raise Malformed("sealing.size", len(content), LARGEST)
    try:
        return _SUITE.encrypt(content, X25519PublicKey.from_public_bytes(public), info)
    except ValueError:  # wrong length, or a point of small order
        raise Malformed("sealing.key", len(public)) from None


def open_sealed(private: X25519PrivateKey, info: bytes, sealed: bytes) -> bytes:
    """The content. Raises Forged when the key or the purpose is another, or any bit changed."""
    try:
        return _SUITE.decrypt(sealed, private, info)
    except (InvalidTag, ValueError):
        raise Forged("sealing.opened", advice="sealing.check-key") from None
