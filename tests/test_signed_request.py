"""Signed requests: the RFC's own example, and everything a man in the middle might try."""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from http_message_signatures import HTTPMessageSigner
from http_message_signatures.algorithms import ED25519
from hypothesis import given, settings
from hypothesis import strategies as st

from charlevoix.errors import Forged, Malformed
from charlevoix.signed_request import sign_request, verify_request
from charlevoix.stix.identifier import Ref

KEY = Ed25519PrivateKey.from_private_bytes(b"h" * 32)
RAW = KEY.public_key().public_bytes_raw()
PEER = Ref("identity--00000000-0000-4000-8000-00000000000a")
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
URL = "https://node.example:8420/api/collections/x/objects/?limit=100&match%5Bversion%5D=all"
NONCE = "bm9uY2Utb2YtMTYtYnl0ZXM"
BODY = b'{"objects":[]}'


class Store:
    def __init__(self) -> None:
        self.seen: dict[tuple[str, str], datetime] = {}

    def fresh(self, kid: str, nonce: str, until: datetime) -> bool:
        known = (kid, nonce) in self.seen
        self.seen[kid, nonce] = until
        return not known


def headers(method: str = "POST", url: str = URL, body: bytes | None = BODY, created: datetime = NOW, nonce: str = NONCE) -> dict[str, str]:
    return sign_request(method, url, body, kid="node-key-1", sign=KEY.sign, created=created, nonce=nonce)


def who(
    sent: Mapping[str, str],
    method: str = "POST",
    url: str = URL,
    body: bytes = BODY,
    now: datetime = NOW,
    store: Store | None = None,
) -> Ref:
    def key_for(kid: str) -> tuple[Ref, bytes] | None:
        return (PEER, RAW) if kid == "node-key-1" else None

    return verify_request(method, url, sent, body, key_for=key_for, fresh=(store or Store()).fresh, now=now)


def refusal(*arguments: object, **named: object) -> str:
    with pytest.raises(Forged) as raised:
        who(*arguments, **named)  # type: ignore[arg-type]
    return raised.value.reason.rule


def test_the_example_of_the_rfc_gives_the_signature_of_the_rfc() -> None:
    """RFC 9421 appendix B.2.6, key of B.1.4."""
    key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex("9f8362f87a484a954e6e740c5b4c0e84229139a20aa8ab56ff66586f6a7d29c5"))
    assert b64encode(key.public_key().public_bytes_raw()) == b"JrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs="

    class Example:
        method = "POST"
        url = "https://example.com/foo?param=Value&Pet=dog"
        headers = {  # noqa: RUF012
            "Host": "example.com",
            "Date": "Tue, 20 Apr 2021 02:07:55 GMT",
            "Content-Type": "application/json",
            "Content-Length": "18",
        }

    prepared = HTTPMessageSigner(signature_algorithm=ED25519).prepare(
        Example(),
        key_id="test-key-ed25519",
        created=datetime.fromtimestamp(1618884473, UTC),
        include_alg=False,
        covered_component_ids=("date", "@method", "@path", "@authority", "content-type", "content-length"),
    )
    assert b64encode(key.sign(prepared.signature_base)) == (
        b"wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw=="
    )


def test_the_signature_holds_over_a_base_built_by_hand() -> None:
    """RFC 9421 section 2.5, RFC 9530 section 2."""
    sent = headers()
    digest = b64encode(sha256(BODY).digest()).decode()
    parameters = sent["Signature-Input"].removeprefix("charlevoix=")
    assert parameters == (f'("@method" "@target-uri" "content-digest");created=1772366400;keyid="node-key-1";alg="ed25519";nonce="{NONCE}"')
    assert sent["Content-Digest"] == f"sha-256=:{digest}:"
    base = f'"@method": POST\n"@target-uri": {URL}\n"content-digest": sha-256=:{digest}:\n"@signature-params": {parameters}'
    signature = b64decode(sent["Signature"].removeprefix("charlevoix=:").removesuffix(":"))
    Ed25519PublicKey.from_public_bytes(RAW).verify(signature, base.encode())


@pytest.mark.mission("C10")
def test_a_signed_request_tells_who_sent_it() -> None:
    assert who(headers()) == PEER
    assert who(headers("GET", body=None), "GET", body=b"") == PEER
    assert who({name.lower(): value for name, value in headers().items()}) == PEER


@pytest.mark.parametrize(
    "changed",
    [
        {"method": "PUT"},
        {"url": URL + "&more=1"},
        {"url": URL.replace("node.example", "other.example")},
        {"url": URL.replace("https", "http")},
        {"body": BODY + b" "},
        {"body": b""},
    ],
)
def test_another_method_address_or_body_is_forged(changed: dict[str, object]) -> None:
    assert refusal(headers(), **changed) == "request.signature"


def test_a_body_that_was_not_signed_is_forged() -> None:
    bare = headers(body=None)
    assert refusal(bare) == "request.signature"
    added = bare | {"Content-Digest": headers()["Content-Digest"]}
    assert refusal(added) == "request.signature"


def test_a_request_without_a_signature_is_forged() -> None:
    assert refusal({}) == "request.signature"
    assert refusal({"Signature": headers()["Signature"]}) == "request.signature"


def test_two_signatures_are_one_too_many() -> None:
    sent = headers()
    double = {name: f"{sent[name]}, {sent[name].replace('charlevoix=', 'other=')}" for name in ("Signature", "Signature-Input")}
    assert refusal(sent | double) == "request.signature"


def test_an_unknown_key_is_named() -> None:
    sent = headers()
    sent["Signature-Input"] = sent["Signature-Input"].replace("node-key-1", "node-key-2")
    assert refusal(sent) == "request.unknown-key"


@pytest.mark.parametrize(("seconds", "fine"), [(300, True), (-300, True), (301, False), (-301, False)])
def test_a_request_is_good_for_five_minutes_either_way(seconds: int, fine: bool) -> None:
    later = NOW + timedelta(seconds=seconds)
    if fine:
        assert who(headers(), now=later) == PEER
    else:
        assert refusal(headers(), now=later) == "request.time"


def test_a_request_is_taken_once() -> None:
    store = Store()
    assert who(headers(), store=store) == PEER
    assert refusal(headers(), store=store) == "request.replayed"
    assert store.seen == {("node-key-1", NONCE): NOW + timedelta(seconds=300)}


def test_a_forged_request_leaves_no_nonce_behind() -> None:
    store = Store()
    refusal(headers(), method="PUT", store=store)
    refusal(headers(), now=NOW + timedelta(hours=1), store=store)
    assert store.seen == {}


def signed_by_hand(parameters: str, covered: str = '"@method" "@target-uri"') -> dict[str, str]:
    params = f"({covered}){parameters}"
    lines = {'"@method"': "GET", '"@target-uri"': URL}
    base = "".join(f"{name}: {lines[name]}\n" for name in covered.split()) + f'"@signature-params": {params}'
    return {"Signature-Input": f"s={params}", "Signature": f"s=:{b64encode(KEY.sign(base.encode())).decode()}:"}


GOOD = f';created=1772366400;keyid="node-key-1";alg="ed25519";nonce="{NONCE}"'


@pytest.mark.parametrize(
    ("parameters", "covered", "rule"),
    [
        (GOOD, '"@method"', "request.signature"),
        (GOOD, '"@target-uri"', "request.signature"),
        (GOOD.replace(';alg="ed25519"', ""), '"@method" "@target-uri"', "request.algorithm"),
        (GOOD.replace("ed25519", "hmac-sha256"), '"@method" "@target-uri"', "request.signature"),
        (GOOD.replace(f';nonce="{NONCE}"', ""), '"@method" "@target-uri"', "request.nonce"),
        (GOOD.replace(NONCE, "short"), '"@method" "@target-uri"', "request.nonce"),
        (GOOD.replace(";created=1772366400", ""), '"@method" "@target-uri"', "request.signature"),
        (GOOD.replace("1772366400", "999999999999999"), '"@method" "@target-uri"', "request.time"),
        (GOOD.replace("1772366400", "-999999999999999"), '"@method" "@target-uri"', "request.time"),
        (GOOD.replace("1772366400", '"1772366400"'), '"@method" "@target-uri"', "request.signature"),
        (GOOD + ";more=1", '"@method" "@target-uri"', "request.signature"),
    ],
)
def test_a_signature_that_says_too_little_is_forged(parameters: str, covered: str, rule: str) -> None:
    assert who(signed_by_hand(GOOD), "GET", body=b"") == PEER
    assert refusal(signed_by_hand(parameters, covered), "GET", body=b"") == rule


@given(st.sampled_from(["Signature", "Signature-Input", "Content-Digest"]), st.integers(0, 10_000), st.integers(0, 6))
@settings(max_examples=100, deadline=None)
def test_no_flipped_bit_of_a_header_passes_for_somebody_else(name: str, at: int, bit: int) -> None:
    sent = headers()
    raw = bytearray(sent[name].encode())
    raw[at % len(raw)] ^= 1 << bit
    sent[name] = raw.decode()
    try:
        found = who(sent)
    except Forged:
        return
    label = sent[name].partition("=")[0]
    assert found == PEER
    assert label != "charlevoix" or decodes_alike(sent[name], headers()[name])


def decodes_alike(one: str, other: str) -> bool:
    """Trailing bits of base64 that decoders ignore, and white space: the same request, spelt in another way."""
    return one.rstrip("=:")[:-1] == other.rstrip("=:")[:-1]


def test_endless_headers_are_not_parsed() -> None:
    sent = headers()
    sent["Signature-Input"] += ", " + "a=1, " * 10_000
    assert refusal(sent) == "request.signature"


def test_an_address_that_can_not_be_signed_is_malformed() -> None:
    for url in ("/relative", "https://node.example/a b", "https://"):
        with pytest.raises(Malformed, match=r"request\.unsignable"):
            headers(url=url)
