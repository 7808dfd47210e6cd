"""Key cards: who speaks for an organisation, and what a thief can't do."""

import json
from dataclasses import replace
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st
from jwcrypto.jwk import JWK  # type: ignore[import-untyped]
from jwcrypto.jws import JWS  # type: ignore[import-untyped]

from acts.sample import AUTHOR, KEY, presented, whole
from charlevoix.acts.act import Digest
from charlevoix.acts.disclosure import from_base64url, to_base64url
from charlevoix.acts.key import (
    OPERATIONAL,
    KeyCard,
    PublicKey,
    Purpose,
    Revocation,
    demand_successor,
    ed25519,
    key_id,
    read_card,
    sign_card,
)
from charlevoix.acts.signature import read_act
from charlevoix.errors import CharlevoixError, Forged, Malformed
from charlevoix.stix.identifier import Ref

ROOT = Ed25519PrivateKey.from_private_bytes(b"r" * 32)
ROOT_RAW = ROOT.public_key().public_bytes_raw()


def public(use: Purpose, number: int = 0) -> PublicKey:
    seed = sha256(f"{use.value} {number}".encode()).digest()
    return PublicKey(use, Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw())


CARD = KeyCard(AUTHOR, "Demo A", 3, tuple(public(use) for use in OPERATIONAL), url="http://127.0.0.1:8420")
LAST_GOOD = Digest(sha256(b"an act").digest())
ROTATED = replace(CARD, sequence=4, keys=(public(Purpose.ACTS, 1), *CARD.keys), revoked=(Revocation(CARD.keys[0].kid, LAST_GOOD),))


def test_a_card_reads_as_it_was_signed() -> None:
    for card in (CARD, ROTATED, replace(CARD, url=""), replace(ROTATED, revoked=(Revocation(CARD.keys[0].kid, None),))):
        assert read_card(sign_card(card, ROOT), ROOT_RAW) == card


def test_another_implementation_of_jws_believes_the_card() -> None:
    jws = JWS()
    jws.deserialize(sign_card(CARD, ROOT).decode(), JWK(kty="OKP", crv="Ed25519", x=to_base64url(ROOT_RAW)), alg="EdDSA")
    assert json.loads(jws.payload)["seq"] == 3


@given(st.integers(0, len(sign_card(ROTATED, ROOT)) * 8 - 1))
@settings(max_examples=100, deadline=None)
def test_any_flipped_bit_of_a_card_is_refused(bit: int) -> None:
    flipped = bytearray(sign_card(ROTATED, ROOT))
    flipped[bit // 8] ^= 1 << bit % 8
    with pytest.raises(CharlevoixError):
        read_card(bytes(flipped), ROOT_RAW)


@pytest.mark.mission("C16")
def test_a_stolen_operational_key_can_not_rotate_itself() -> None:
    thief = Ed25519PrivateKey.from_private_bytes(sha256(b"acts 0").digest())
    assert thief.public_key().public_bytes_raw() == CARD.keys[0].raw
    statement = sign_card(replace(CARD, sequence=9), ROOT).rpartition(b".")[0]
    forged = statement + b"." + to_base64url(thief.sign(statement)).encode()
    with pytest.raises(Forged, match=r"card\.signature"):
        read_card(forged, ROOT_RAW)


def test_a_card_is_no_act_and_an_act_is_no_card() -> None:
    with pytest.raises(Malformed, match=r"act\.header"):
        read_act(sign_card(CARD, ROOT))
    with pytest.raises(Malformed, match=r"card\.content"):
        read_card(presented(whole({"type": "note", "a": 1})).act, KEY.public_key().public_bytes_raw())


def test_one_raw_key_has_another_id_for_each_purpose() -> None:
    assert len({key_id(use, ROOT_RAW) for use in Purpose}) == len(Purpose)
    assert key_id(Purpose.ACTS, ROOT_RAW) == to_base64url(sha256(b"charlevoix key\nacts\n" + ROOT_RAW).digest())[:16]


def test_a_key_is_found_for_its_purpose_only() -> None:
    acts = CARD.keys[0]
    assert CARD.find(Purpose.ACTS, acts.kid) == acts
    assert CARD.find(Purpose.HTTP, acts.kid) is None
    assert ed25519(acts).public_bytes_raw() == acts.raw
    with pytest.raises(Malformed, match=r"key\.purpose"):
        ed25519(public(Purpose.SEALING))


def test_the_first_key_that_is_not_revoked_is_in_use() -> None:
    assert CARD.current(Purpose.ACTS) == public(Purpose.ACTS)
    assert ROTATED.current(Purpose.ACTS) == public(Purpose.ACTS, 1)
    assert ROTATED.find(Purpose.ACTS, CARD.keys[0].kid) == public(Purpose.ACTS)  # older acts still verify
    assert ROTATED.revocation(CARD.keys[0].kid) == Revocation(CARD.keys[0].kid, LAST_GOOD)
    assert replace(CARD, revoked=(Revocation(CARD.keys[0].kid, None),)).current(Purpose.ACTS) is None


def test_a_higher_sequence_takes_the_place() -> None:
    demand_successor(CARD, ROTATED)
    demand_successor(CARD, CARD)


@pytest.mark.parametrize(
    ("new", "rule"),
    [
        (replace(ROTATED, issuer=Ref("identity--00000000-0000-4000-8000-0000000000ff")), "card.other-issuer"),
        (replace(ROTATED, sequence=3), "card.sequence"),
        (replace(CARD, name="Demo B"), "card.sequence"),
        (replace(ROTATED, keys=ROTATED.keys[:1], revoked=()), "card.key-forgotten"),
    ],
)
def test_a_card_that_may_not_take_the_place_is_forged(new: KeyCard, rule: str) -> None:
    with pytest.raises(Forged) as raised:
        demand_successor(CARD, new)
    assert raised.value.reason.rule == rule


def test_a_revocation_can_not_be_undone_or_moved() -> None:
    for revoked in ((), (Revocation(CARD.keys[0].kid, None),)):
        with pytest.raises(Forged, match=r"card\.revocation-undone"):
            demand_successor(ROTATED, replace(ROTATED, sequence=5, revoked=revoked))


@pytest.mark.parametrize(
    ("card", "rule"),
    [
        (replace(CARD, keys=()), "card.too-many"),
        (replace(CARD, keys=(*CARD.keys, PublicKey(Purpose.HTTP, CARD.keys[0].raw))), "card.repeated"),
        (replace(CARD, keys=(PublicKey(Purpose.ACTS, b"short"),)), "key.length"),
        (replace(CARD, keys=(PublicKey(Purpose.ROOT, ROOT_RAW),)), "card.root-listed"),
        (replace(CARD, keys=(PublicKey(Purpose.ACTS, ROOT_RAW),)), "card.root-listed"),
        (replace(CARD, revoked=(Revocation("x", None),)), "card.revoked-unknown"),
        (replace(CARD, revoked=(Revocation(CARD.keys[0].kid, None),) * 2), "card.repeated"),
        (replace(CARD, sequence=0), "card.sequence-range"),
        (replace(CARD, name=""), "card.name"),
        (replace(CARD, name="a\nb"), "card.name"),
        (replace(CARD, url="file:///etc/passwd"), "card.url"),
        (replace(CARD, url="http://user@host"), "card.url"),
        (replace(CARD, issuer=Ref("x")), "card.issuer"),
    ],
)
def test_a_card_without_sense_is_neither_signed_nor_read(card: KeyCard, rule: str) -> None:
    with pytest.raises(Malformed) as raised:
        sign_card(card, ROOT)
    assert raised.value.reason.rule == rule


def by_hand(**changes: object) -> bytes:
    head, body, _ = sign_card(CARD, ROOT).split(b".")
    payload = {**json.loads(from_base64url(body, "")), **changes}
    raw = json.dumps(payload, sort_keys=True, separators=(",", ":")).encode()
    signing_input = head + b"." + to_base64url(raw).encode()
    return signing_input + b"." + to_base64url(ROOT.sign(signing_input)).encode()


@pytest.mark.parametrize(
    ("jws", "rule"),
    [
        (by_hand(more=1), "card.content"),
        (by_hand(url=""), "card.canonical"),
        (by_hand(keys=[{"kid": "x", "use": "acts", "x": to_base64url(ROOT_RAW)}]), "card.kid"),
        (by_hand(keys=[{"kid": "x", "use": "root", "x": to_base64url(ROOT_RAW)}]), "card.content"),
        (by_hand(revoked=[{"kid": "x", "last_good": "AAAA"}]), "card.last-good"),
        (b"a.b", "card.parts"),
        (b"x" * 70_000, "card.too-large"),
    ],
)
def test_a_card_that_is_not_exactly_a_card_is_malformed(jws: bytes, rule: str) -> None:
    with pytest.raises(Malformed) as raised:
        read_card(jws, ROOT_RAW)
    assert raised.value.reason.rule == rule
