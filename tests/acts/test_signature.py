"""Acts as signed bytes: one author, one spelling, no bit to spare."""

import base64
import json
import time
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st
from jwcrypto.common import JWException  # type: ignore[import-untyped]

from acts.sample import AUTHOR, CASE, CLAIMED, DOMAIN, INCIDENT, KEY, KID, PUBLIC, presented, reference, signed, whole
from charlevoix.acts.act import Digest, Presentation, Whole
from charlevoix.acts.disclosure import check, expand, from_base64url, to_base64url
from charlevoix.acts.signature import compose, digest, read_act, sign, verify
from charlevoix.errors import CharlevoixError, Forged, Malformed
from charlevoix.stix.identifier import Ref

GOLDEN = Path(__file__).parent / "golden" / "incident-open.sd-jwt"
ACT = signed([whole(INCIDENT), whole(DOMAIN, 1, entire=True)])
some = settings(max_examples=100, deadline=None)


def written(header: object = None, **changes: object) -> bytes:
    """A correctly signed act whose payload or header was written by hand; None leaves a member out."""
    head, body, _ = ACT.split(b".")
    payload = {**json.loads(from_base64url(body, "")), **changes}
    raw = json.dumps({name: value for name, value in payload.items() if value is not None})
    return resigned(head if header is None else to_base64url(json.dumps(header).encode()).encode(), raw.encode())


def resigned(head: bytes, payload: bytes) -> bytes:
    signing_input = head + b"." + to_base64url(payload).encode()
    return signing_input + b"." + to_base64url(KEY.sign(signing_input)).encode()


def test_the_form_of_an_act_does_not_change() -> None:
    presentation = presented(whole(INCIDENT), whole(DOMAIN, 1, entire=True))
    assert expand(presentation).decode() + "\n" == GOLDEN.read_text("ascii")


def test_an_act_reads_as_it_was_composed() -> None:
    after, rests = (frozenset(Digest(sha256(bytes([n])).digest()) for n in span) for span in (range(5), range(5, 8)))
    act = read_act(sign(compose(AUTHOR, KID, "incident.open", CASE, [whole(DOMAIN)], CLAIMED, after=after, rests=rests), KEY))
    assert (act.author, act.key, act.kind, act.case, act.claimed) == (AUTHOR, KID, "incident.open", CASE, CLAIMED)
    assert (act.after, act.rests, [len(item) for item in act.objects]) == (after, rests, [4])


def test_the_name_of_an_act_is_the_hash_of_its_bytes() -> None:
    assert read_act(ACT).digest == digest(ACT) == sha256(ACT).digest()


def test_a_signature_made_elsewhere_gives_the_same_act() -> None:
    draft = compose(AUTHOR, KID, "incident.open", CASE, [whole(DOMAIN)], CLAIMED)
    assert draft.sealed(KEY.sign(draft.signing_input)) == sign(draft, KEY)


def test_another_key_is_forged() -> None:
    verify(ACT, PUBLIC)
    with pytest.raises(Forged, match=r"act\.signature"):
        verify(ACT, Ed25519PrivateKey.from_private_bytes(b"\7" * 32).public_key())


@given(st.integers(0, len(ACT) * 8 - 1))
@some
def test_any_flipped_bit_of_an_act_is_refused_by_us_and_by_the_reference(bit: int) -> None:
    flipped = bytearray(ACT)
    flipped[bit // 8] ^= 1 << bit % 8
    assert not believed(bytes(flipped))
    assert decoders_ignore(bytes(flipped)) or not believed_by_reference(bytes(flipped))


def believed(act: bytes) -> bool:
    try:
        read_act(act)
        verify(act, PUBLIC)
    except CharlevoixError:
        return False
    return True


def believed_by_reference(act: bytes) -> bool:
    try:
        reference(Presentation(act, (None, None)))
    except (JWException, ValueError):
        return False
    return True


def decoders_ignore(act: bytes) -> bool:
    """Does each part decode to the same bytes? The trailing bits of its last letter don't count for lenient decoders, the reference among them."""
    return [lenient(part) for part in act.split(b".")] == [lenient(part) for part in ACT.split(b".")]


def lenient(part: bytes) -> bytes | None:
    try:
        return base64.b64decode(part + b"=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return None


@given(st.data())
@some
def test_any_flipped_bit_of_a_disclosed_object_or_its_key_is_refused(data: st.DataObject) -> None:
    item = whole(INCIDENT)
    raw = bytearray(item.object + item.key)
    bit = data.draw(st.integers(0, len(raw) * 8 - 1))
    raw[bit // 8] ^= 1 << bit % 8
    changed = Whole(bytes(raw[:-32]), bytes(raw[-32:]), entire=False)
    before = json.loads(item.object)
    try:
        same = changed.key == item.key and json.loads(changed.object) == before
    except ValueError:
        same = False
    if same:
        return  # another white space or another spelling of a number: the same JSON value
    with pytest.raises(CharlevoixError):
        check(read_act(signed([item])), Presentation(signed([item]), (changed,)))


def test_the_order_of_the_payload_is_free() -> None:
    head, body, _ = ACT.split(b".")
    payload = json.loads(from_base64url(body, ""))
    other = resigned(head, json.dumps(dict(reversed(payload.items())), indent=1).encode())
    assert replace(read_act(other), digest=read_act(ACT).digest) == read_act(ACT)


D1, D2 = sorted(to_base64url(sha256(bytes([n])).digest()) for n in (1, 2))
HEADER = {"alg": "EdDSA", "kid": KID, "typ": "charlevoix-act+sd-jwt"}


@pytest.mark.parametrize(
    ("jwt", "rule"),
    [
        (written(header={**HEADER, "alg": "none"}), "act.header"),
        (written(header={**HEADER, "alg": "Ed448"}), "act.header"),
        (written(header={**HEADER, "typ": "charlevoix-keys+jwt"}), "act.header"),
        (written(header={**HEADER, "crit": ["x"]}), "act.header"),
        (written(header={"alg": "EdDSA", "typ": "charlevoix-act+sd-jwt"}), "act.header"),
        (written(header={**HEADER, "kid": "x"}), "act.name"),
        (written(extra=1), "act.payload"),
        (written(rests=None), "act.payload"),
        (written(_sd_alg="sha-512"), "act.payload"),
        (written(iat=1.5), "act.payload"),
        (written(iat="1"), "act.payload"),
        (written(iat=-1), "act.time"),
        (written(iat=253_402_300_800), "act.time"),
        (written(iss="somebody"), "act.name"),
        (written(case="incident--1"), "act.name"),
        (written(kind="Incident.Open"), "act.name"),
        (written(kind="incident"), "act.name"),
        (written(kind="incident.open\n"), "act.name"),
        (written(after=[D2, D1]), "act.order"),
        (written(after=[D1, D1]), "act.order"),
        (written(rests=[D1 + "="]), "act.base64"),
        (written(rests=[D1[:-1] + "B"]), "act.base64"),
        (written(rests=["+" + D1[1:]]), "act.base64"),
        (written(objects=[{"_sd": []}]), "act.too-many-properties"),
        (written(objects=[{"_sd": [D1]}, {"_sd": [D1]}]), "act.repeated-digest"),
        (written(objects=[{"_sd": [D1], "id": "x"}]), "act.payload"),
        (written(objects=[{"_sd": [D1, None]}]), "act.payload"),
        (ACT + b".x", "act.parts"),
        (ACT.rpartition(b".")[0], "act.parts"),
        (ACT + b"=", "act.base64"),
        (ACT[:-2] + b"Q", "act.base64"),
        (ACT[:-6], "act.signature-length"),
        (ACT.replace(b".", b"=.", 1), "act.base64"),
        (b"", "act.parts"),
        (b"x" * (8 * 2**20 + 1), "act.too-large"),
    ],
)
def test_an_act_that_is_not_exactly_an_act_is_malformed(jwt: bytes, rule: str) -> None:
    with pytest.raises(Malformed) as raised:
        read_act(jwt)
    assert raised.value.reason.rule == rule


@pytest.mark.parametrize("name", ["kind", "ki\\u006ed", "_sd", "iat"])
def test_a_repeated_name_is_malformed(name: str) -> None:
    head, body, _ = ACT.split(b".")
    payload = from_base64url(body, "")
    value = {"iat": b"1", "_sd": f'["{D1}"]'.encode()}.get(name, b'"incident.open"')
    at = b'{"_sd":' if name == "_sd" else b'"iat":'
    doubled = payload.replace(at, at[: at.index(b'"')] + f'"{name}":'.encode() + value + b"," + at[at.index(b'"') :], 1)
    assert doubled != payload
    with pytest.raises(Malformed, match=r"act\.repeated-name"):
        read_act(resigned(head, doubled))


def test_more_objects_or_properties_than_allowed_are_refused() -> None:
    many = [to_base64url(sha256(b"%d" % n).digest()) for n in range(4_097)]
    with pytest.raises(Malformed, match=r"act\.too-many-properties"):
        read_act(written(objects=[{"_sd": sorted(many)}]))
    with pytest.raises(Malformed, match=r"act\.too-many-properties"):
        compose(AUTHOR, KID, "incident.open", CASE, [whole({f"x_{n}": n for n in range(4_097)})], CLAIMED)


def test_the_author_can_not_write_what_a_reader_would_refuse() -> None:
    for author, kid, kind in ((Ref("x"), KID, "a.b"), (AUTHOR, "x", "a.b"), (AUTHOR, KID, "ab")):
        with pytest.raises(Malformed, match=r"act\.name"):
            compose(author, kid, kind, CASE, [], CLAIMED)
    with pytest.raises(Malformed, match=r"act\.repeated-digest"):
        compose(AUTHOR, KID, "a.b", CASE, [whole(DOMAIN), whole(DOMAIN)], CLAIMED)  # one key for two objects
    with pytest.raises(Malformed, match=r"act\.too-few-properties"):
        compose(AUTHOR, KID, "a.b", CASE, [whole({"type": "note"})], CLAIMED)
    with pytest.raises(Malformed, match=r"act\.reserved-name"):
        compose(AUTHOR, KID, "a.b", CASE, [whole({"type": "note", "object": 1})], CLAIMED)
    for moment in (datetime(2026, 1, 1), datetime(1969, 1, 1, tzinfo=UTC)):  # noqa: DTZ001
        with pytest.raises(Malformed, match=r"act\.time"):
            compose(AUTHOR, KID, "a.b", CASE, [], moment)


def test_the_largest_act_is_read_in_seconds_and_a_hostile_one_refused_at_once() -> None:
    most = sorted(to_base64url(sha256(b"%d" % n).digest()) for n in range(100_000))
    start = time.monotonic()
    assert len(read_act(written(objects=[{"_sd": [text]} for text in most])).objects) == 100_000
    for payload in (b"[" * 4_000_000, b'{"objects":' + b"[" * 4_000_000, b'{"' + b"x" * 4_000_000 + b'":1}'):
        with pytest.raises(Malformed) as raised:
            read_act(resigned(ACT.split(b".")[0], payload))
        assert len(str(raised.value)) < 300
    assert time.monotonic() - start < 10
