"""What is sealed opens for one key and one purpose only. Oracle: RFC 9180, written out below from its sections 4, 5 and 7."""

import hmac
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from hypothesis import given, settings
from hypothesis import strategies as st

from charlevoix.errors import Forged, Malformed
from charlevoix.safeguards.sealing import LARGEST, open_sealed, seal

KEY = X25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes_raw()
some = settings(max_examples=50, deadline=None)


@some
@given(st.binary(max_size=200), st.binary(max_size=40))
def test_what_was_sealed_opens_and_is_48_bytes_longer(content: bytes, info: bytes) -> None:
    sealed = seal(PUBLIC, info, content)
    assert open_sealed(KEY, info, sealed) == content
    assert len(sealed) == len(content) + 48


def test_rfc_9180_opens_what_we_sealed() -> None:
    assert by_the_book(seal(PUBLIC, b"charlevoix report", b"a name")) == b"a name"


def by_the_book(sealed: bytes, info: bytes = b"charlevoix report") -> bytes:
    """Base mode, DHKEM(X25519, HKDF-SHA256) 0x0020, HKDF-SHA256 0x0001, ChaCha20Poly1305 0x0003."""

    def extract(suite: bytes, salt: bytes, label: bytes, ikm: bytes) -> bytes:
        return hmac.digest(salt or bytes(32), b"HPKE-v1" + suite + label + ikm, sha256)

    def expand(suite: bytes, prk: bytes, label: bytes, about: bytes, length: int) -> bytes:
        labelled = length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + about
        return hmac.digest(prk, labelled + b"\1", sha256)[:length]  # never more than one block here

    kem, hpke = b"KEM\x00\x20", b"HPKE\x00\x20\x00\x01\x00\x03"
    enc, rest = sealed[:32], sealed[32:]
    shared = KEY.exchange(X25519PublicKey.from_public_bytes(enc))
    secret = expand(kem, extract(kem, b"", b"eae_prk", shared), b"shared_secret", enc + PUBLIC, 32)
    context = b"\0" + extract(hpke, b"", b"psk_id_hash", b"") + extract(hpke, b"", b"info_hash", info)
    prk = extract(hpke, secret, b"secret", b"")
    return ChaCha20Poly1305(expand(hpke, prk, b"key", context, 32)).decrypt(expand(hpke, prk, b"base_nonce", context, 12), rest, b"")


@some
@given(st.integers(0, 54 * 8 - 1))
def test_any_flipped_bit_is_refused(bit: int) -> None:
    sealed = bytearray(seal(PUBLIC, b"p", b"a name"))
    sealed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(Forged):
        open_sealed(KEY, b"p", bytes(sealed))


def test_another_key_another_purpose_and_a_fragment_do_not_open() -> None:
    sealed = seal(PUBLIC, b"report", b"a name")
    other = X25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
    for key, info, piece in (
        (other, b"report", sealed),
        (KEY, b"statistics", sealed),
        (KEY, b"report", sealed[:40]),
        (KEY, b"report", b""),
    ):
        with pytest.raises(Forged):
            open_sealed(key, info, piece)


def test_equal_contents_are_sealed_differently() -> None:
    assert seal(PUBLIC, b"p", b"a name") != seal(PUBLIC, b"p", b"a name")


@pytest.mark.parametrize("key", [b"", bytes(31), bytes(32), b"\1" + bytes(31)])
def test_a_key_that_is_none_is_refused(key: bytes) -> None:
    with pytest.raises(Malformed):
        seal(key, b"p", b"a name")


def test_too_much_is_refused() -> None:
    with pytest.raises(Malformed):
        seal(PUBLIC, b"p", bytes(LARGEST + 1))
