"""The endpoint on a real server: who is let in, who is not, and what a plain TAXII client makes of it."""

import base64
from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import requests
import taxii2client.v21 as taxii2  # type: ignore[import-untyped]

from charlevoix import house
from charlevoix.acts.key import Purpose
from charlevoix.doors.admission import case_of_one
from charlevoix.errors import Refused
from charlevoix.house import Station
from charlevoix.share import peer, taxii
from charlevoix.share.endpoint import Allowance, token_in
from charlevoix.share.jobs import objects_url
from charlevoix.signed_request import sign_request
from share.neighbours import incident, neighbours

TOKEN = "a-token-of-at-least-forty-three-characters--"


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Station]]:
    with neighbours(tmp_path_factory.mktemp("nodes"), "ABC") as found:
        a, b = found["A"], found["B"]
        incident(a, tuple(f"site-{n}.example" for n in range(7)), with_=(b.node.me,))
        a.counter.set_token(b.node.me, sha256(TOKEN.encode()).digest())
        yield found


def url_of(a: Station, b: Station, name: str = "acts") -> str:
    return f"{a.settings.url}/peers/collections/{taxii.collection_id(a.node.me, b.node.me, name)}/"


def acts_url(nodes: dict[str, Station], of: str = "B") -> str:
    a = nodes["A"]
    return objects_url(a.node.partners(a.worker())[a.node.me], nodes[of].node.me)


def get(url: str, headers: Any = None, method: str = "GET", body: bytes | None = None) -> requests.Response:
    return requests.request(method, url, headers={"accept": taxii.MEDIA, **(headers or {})}, data=body, timeout=10)


# --- plain clients ---------------------------------------------------------------------------------------------------


@pytest.mark.mission("S5")
def test_a_plain_taxii_client_reads_the_stix_collection_end_to_end(nodes: dict[str, Station]) -> None:
    server = taxii2.Server(f"{nodes['A'].settings.url}/taxii2/", user="demo-b", password=TOKEN)
    (root,) = server.api_roots
    (collection,) = root.collections
    assert (collection.title, collection.can_read, collection.can_write) == ("STIX", True, False)
    for size in (1, 2, 3, 100):
        got = [o for page in taxii2.as_pages(collection.get_objects, per_request=size) for o in page.get("objects", [])]
        assert len(got) == len({o["id"] for o in got}) == 9  # the incident, its marking, seven domains
        assert sorted(o["value"] for o in got if o["type"] == "domain-name") == [f"site-{n}.example" for n in range(7)]
        assert all(o["spec_version"] == "2.1" for o in got)
    one = next(o for o in got if o["type"] == "incident")
    assert collection.get_object(one["id"])["objects"] == [one]
    assert len(collection.get_manifest()["objects"]) == 9
    assert collection.object_versions(one["id"])["versions"] == [one["modified"]]


@pytest.mark.parametrize(
    "authorization",
    [
        f"Bearer {TOKEN}",
        f"bearer {TOKEN}",
        "Basic " + base64.b64encode(f"anybody:{TOKEN}".encode()).decode(),
        "basic " + base64.b64encode(f"{TOKEN}:".encode()).decode(),
        f"basic {TOKEN}",
    ],
)
def test_a_token_is_taken_however_clients_send_it(nodes: dict[str, Station], authorization: str) -> None:
    assert get(f"{nodes['A'].settings.url}/peers/", {"authorization": authorization}).status_code == 200


@pytest.mark.parametrize("authorization", ["", "Bearer x", "Basic x", "Digest y", f"Bearer {TOKEN}x"])
def test_who_is_not_known_gets_a_401_and_is_told_how(nodes: dict[str, Station], authorization: str) -> None:
    reply = get(f"{nodes['A'].settings.url}/taxii2/", {"authorization": authorization})
    assert reply.status_code == 401
    assert reply.headers["www-authenticate"].startswith("Basic ")
    assert reply.headers["content-type"] == taxii.MEDIA
    assert reply.json()["http_status"] == "401"


def test_another_token_ends_the_one_before(nodes: dict[str, Station]) -> None:
    b, c = nodes["B"], nodes["C"].node.me
    address = f"{b.settings.url}/peers/"
    b.counter.set_token(c, sha256(b"first").digest())
    assert get(address, {"authorization": "Bearer first"}).status_code == 200
    b.counter.set_token(c, sha256(b"second").digest())
    assert get(address, {"authorization": "Bearer first"}).status_code == 401
    b.counter.set_token(c, None)
    assert get(address, {"authorization": "Bearer second"}).status_code == 401


def test_an_older_client_leaves_the_last_slash_off(nodes: dict[str, Station]) -> None:
    for path in ("/taxii2", "/peers", "/peers/collections"):
        reply = get(nodes["A"].settings.url + path, {"authorization": f"Bearer {TOKEN}"})
        assert (reply.status_code, reply.headers["content-type"]) == (200, taxii.MEDIA)


# --- signatures ------------------------------------------------------------------------------------------------------


def test_a_signed_request_reads_the_acts(nodes: dict[str, Station]) -> None:
    url = acts_url(nodes)
    reply = get(url, nodes["B"].counter.sign("GET", url, None))
    assert [o["type"] for o in reply.json()["objects"]] == ["charlevoix-presentation"]
    assert reply.headers["x-taxii-date-added-first"] == reply.headers["x-taxii-date-added-last"]


def test_the_acts_of_one_partner_are_not_there_for_another(nodes: dict[str, Station]) -> None:
    url = acts_url(nodes, of="B")
    assert get(url, nodes["C"].counter.sign("GET", url, None)).status_code == 404


def test_a_signature_for_another_address_or_method_does_not_hold(nodes: dict[str, Station]) -> None:
    url = acts_url(nodes)
    headers = nodes["B"].counter.sign("GET", url, None)
    assert get(url + "?limit=1", headers).status_code == 401
    assert get(url, headers, method="DELETE").status_code == 401


def test_a_request_is_taken_once(nodes: dict[str, Station]) -> None:
    url = acts_url(nodes)
    headers = nodes["B"].counter.sign("GET", url, None)
    assert get(url, headers).status_code == 200
    again = get(url, headers)
    assert (again.status_code, again.json()["error_code"]) == (401, "request.replayed")


def signed(by: Station, url: str, *, minutes: int = 0, use: Purpose = Purpose.HTTP) -> dict[str, str]:
    ring = by.keyring
    created = by.clock.now() + timedelta(minutes=minutes)
    nonce = by.clock.random_bytes(16).hex()
    return sign_request("GET", url, None, kid=ring.kid(use), sign=ring.signer(use).sign, created=created, nonce=nonce)


def test_an_old_request_is_refused(nodes: dict[str, Station]) -> None:
    url = acts_url(nodes)
    reply = get(url, signed(nodes["B"], url, minutes=-6))
    assert (reply.status_code, reply.json()["error_code"]) == (401, "request.time")


def test_another_key_of_the_partner_opens_nothing(nodes: dict[str, Station]) -> None:
    url = acts_url(nodes)
    reply = get(url, signed(nodes["B"], url, use=Purpose.ACTS))
    assert (reply.status_code, reply.json()["error_code"]) == (401, "request.unknown-key")


def test_a_key_id_of_a_partner_with_another_key_is_forged(nodes: dict[str, Station]) -> None:
    url = acts_url(nodes)
    b, c = nodes["B"], nodes["C"]
    signer = c.keyring.signer(Purpose.HTTP).sign
    headers = sign_request("GET", url, None, kid=b.keyring.kid(Purpose.HTTP), sign=signer, created=b.clock.now(), nonce="0" * 32)
    reply = get(url, headers)
    assert (reply.status_code, reply.json()["error_code"]) == (401, "request.signature")


def test_nothing_is_taken_in_however_large(nodes: dict[str, Station]) -> None:
    url = acts_url(nodes)
    for body in (b"{}", b" " * (2 << 20)):
        headers = nodes["B"].counter.sign("POST", url, body)
        assert get(url, headers, method="POST", body=body).status_code == 403


def test_a_suspended_partner_gets_a_403_and_is_let_in_again_when_restored(nodes: dict[str, Station], tmp_path: Path) -> None:
    a, c = nodes["A"], nodes["C"]
    url = url_of(a, c)
    roster = case_of_one("roster", a.node.me)

    def status() -> int:
        return get(url, c.counter.sign("GET", url, None)).status_code

    assert status() == 200
    assert not isinstance(a.node.do(a.actor(), house.cases()["roster"], roster, peer.suspend, c.node.me), Refused)
    assert status() == 403
    assert not isinstance(a.node.do(a.actor(), house.cases()["roster"], roster, peer.restore, c.node.me), Refused)
    assert status() == 200


# --- limits ----------------------------------------------------------------------------------------------------------


def test_an_allowance_is_spent_and_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("charlevoix.share.endpoint.time.monotonic", lambda: now[0])
    allowance = Allowance(per_minute=3, remembered=2)
    assert [allowance.spend("b") for _ in range(4)] == [True, True, True, False]
    assert allowance.spend("c")
    now[0] = 20.0
    assert [allowance.spend("b") for _ in range(2)] == [True, False]


def test_strangers_who_knock_too_often_are_told_to_wait(nodes: dict[str, Station]) -> None:
    url = f"{nodes['C'].settings.url}/taxii2/"
    assert 429 in [get(url).status_code for _ in range(62)]


@pytest.mark.parametrize(("header", "token"), [("", ""), ("Bearer", ""), ("Basic !!!", "!!!"), ("Bearer " + "x" * 2000, "")])
def test_what_is_no_token_is_none(header: str, token: str) -> None:
    assert token_in(header) == token
