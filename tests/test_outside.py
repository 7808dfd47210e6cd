"""Outside, against real servers on loopback: what it asks, what it refuses to ask, and what it does not put up with."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from charlevoix.clock import Clock
from charlevoix.errors import CharlevoixError, Malformed, Unreachable
from charlevoix.outside import Limits, Outside, is_public, origin_of
from charlevoix.signed_request import sign_request, verify_request
from charlevoix.stix.identifier import Ref

JSON = "application/json"
KEY = Ed25519PrivateKey.from_private_bytes(b"h" * 32)
PEER = Ref("identity--00000000-0000-4000-8000-00000000000a")
CLOCK = Clock()


class Server:
    """A node's outer face, as small as can be; it counts what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.nonces: set[str] = set()
        routes = [
            Route("/json", self.json),
            Route("/page", lambda _request: Response("<p>sign in</p>", media_type="text/html")),
            Route("/missing", lambda _request: Response("<p>none</p>", 404, media_type="text/html")),
            Route("/moved", lambda _request: RedirectResponse("/json?moved=1")),
            Route("/loop", lambda _request: RedirectResponse("/loop")),
            Route("/away", lambda _request: RedirectResponse("http://127.0.0.1:1/json")),
            Route("/large", lambda _request: Response(b"x" * 2_000_000, media_type=JSON)),
            Route("/packed", lambda _request: Response(b"x", media_type=JSON, headers={"content-encoding": "gzip"})),
            Route("/busy", self.busy, methods=["GET", "POST"]),
            Route("/signed", self.signed, methods=["GET", "POST"]),
        ]
        self.app = Starlette(routes=routes)
        self.origin = ""

    def json(self, request: Request) -> Response:
        self.asked.append(request.headers["host"])
        return Response(b"{}", media_type=JSON)

    def busy(self, request: Request) -> Response:
        self.asked.append(request.method)
        return Response(b"{}", 503 if len(self.asked) < 3 else 200, media_type=JSON)

    async def signed(self, request: Request) -> Response:
        body = await request.body()
        raw_path = request.scope["raw_path"].decode()
        query = request.scope["query_string"].decode()
        url = f"{self.origin}{raw_path}" + (f"?{query}" if query else "")

        def fresh(_kid: str, nonce: str, _until: datetime) -> bool:
            known = nonce in self.nonces
            self.nonces.add(nonce)
            return not known

        def key_for(kid: str) -> tuple[Ref, bytes] | None:
            return (PEER, KEY.public_key().public_bytes_raw()) if kid == "k" else None

        try:
            who = verify_request(request.method, url, request.headers, body, key_for=key_for, fresh=fresh, now=CLOCK.now())
        except CharlevoixError as error:
            return PlainTextResponse(error.reason.rule, 401)
        return Response(f'"{who}"', media_type=JSON)


@contextmanager
def served(server: Server, **options: str) -> Iterator[Server]:
    sock = socket.socket()
    sock.bind(("127.0.0.1", 0))
    config = uvicorn.Config(server.app, log_level="error", lifespan="off", **options)  # type: ignore[arg-type]
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run, kwargs={"sockets": [sock]}, daemon=True)
    thread.start()
    until = time.monotonic() + 10
    while not running.started and time.monotonic() < until:
        time.sleep(0.01)
    server.origin = f"{'https' if options else 'http'}://127.0.0.1:{sock.getsockname()[1]}"
    try:
        yield server
    finally:
        running.should_exit = True
        thread.join(10)
        sock.close()


@pytest.fixture
def server() -> Iterator[Server]:
    with served(Server()) as running:
        yield running


@pytest.fixture
def outside(server: Server) -> Iterator[Outside]:
    with Outside(frozenset({server.origin}), Limits(body_bytes=1_000_000, seconds=3.0)) as client:
        yield client


def refusal(ask: Callable[[], object]) -> str:
    with pytest.raises(Unreachable) as raised:
        ask()
    return raised.value.reason.rule


def signer(method: str, url: str, body: bytes | None) -> dict[str, str]:
    return sign_request(method, url, body, kid="k", sign=KEY.sign, created=CLOCK.now(), nonce=CLOCK.random_bytes(16).hex())


def test_a_pinned_origin_on_loopback_answers(server: Server, outside: Outside) -> None:
    reply = outside.get(f"{server.origin}/json", accept=JSON)
    assert (reply.status, reply.body, reply.headers["content-type"]) == (200, b"{}", JSON)
    assert server.asked == [server.origin.removeprefix("http://")]


def test_an_origin_that_is_not_pinned_is_not_asked_in_the_clear_or_on_loopback(server: Server) -> None:
    with Outside() as outside:
        assert refusal(lambda: outside.get(f"{server.origin}/json", accept=JSON)) == "outside.clear"
        tls = server.origin.replace("http:", "https:")
        assert refusal(lambda: outside.get(f"{tls}/json", accept=JSON)) == "outside.private"
    assert server.asked == []


def test_a_pin_is_for_exactly_that_port_and_scheme(server: Server) -> None:
    port = int(server.origin.rpartition(":")[2])
    for other in (f"http://127.0.0.1:{port % 65_535 + 1}", f"http://localhost:{port}", f"https://127.0.0.1:{port}"):
        with Outside(frozenset({other})) as outside:
            assert refusal(lambda: outside.get(f"{server.origin}/json", accept=JSON)) == "outside.clear"


def test_a_name_that_leads_to_this_machine_is_refused(server: Server) -> None:
    port = server.origin.rpartition(":")[2]
    for addresses in (["127.0.0.1"], ["93.184.215.14", "10.0.0.1"], ["::1"], ["::ffff:127.0.0.1"], ["169.254.169.254"]):
        with Outside(resolve=lambda _host, _port, found=addresses: found) as outside:  # type: ignore[misc]
            assert refusal(lambda: outside.get(f"https://trap.example:{port}/json", accept=JSON)) == "outside.private"


def test_the_name_is_looked_up_once_and_the_checked_address_is_used(server: Server) -> None:
    looked_up: list[str] = []

    def rebinding(host: str, _port: int) -> list[str]:
        looked_up.append(host)
        return ["127.0.0.1"] if len(looked_up) == 1 else ["192.0.2.1"]

    port = server.origin.rpartition(":")[2]
    named = f"http://node.example:{port}"
    with Outside(frozenset({named}), resolve=rebinding) as outside:
        assert outside.get(f"{named}/json", accept=JSON).status == 200
    assert looked_up == ["node.example"]
    assert server.asked == [f"node.example:{port}"]  # the server hears the name


def test_a_name_that_does_not_exist_is_unreachable() -> None:
    with Outside(resolve=lambda _host, _port: []) as outside:
        assert refusal(lambda: outside.get("https://nowhere.example/", accept=JSON)) == "outside.no-such-name"


def test_redirects_stay_within_the_origin_and_end(server: Server, outside: Outside) -> None:
    assert outside.get(f"{server.origin}/moved", accept=JSON).url == f"{server.origin}/json?moved=1"
    assert refusal(lambda: outside.get(f"{server.origin}/away", accept=JSON)) == "outside.redirected-away"
    assert refusal(lambda: outside.get(f"{server.origin}/loop", accept=JSON)) == "outside.redirects"


def test_the_wrong_media_type_is_no_answer_but_an_error_page_is(server: Server, outside: Outside) -> None:
    assert refusal(lambda: outside.get(f"{server.origin}/page", accept=JSON)) == "outside.type"
    assert outside.get(f"{server.origin}/missing", accept=JSON).status == 404


def test_a_body_that_is_too_large_or_packed_is_not_taken(server: Server, outside: Outside) -> None:
    assert refusal(lambda: outside.get(f"{server.origin}/large", accept=JSON)) == "outside.too-large"
    assert refusal(lambda: outside.get(f"{server.origin}/packed", accept=JSON)) == "outside.encoded"


def test_a_busy_server_is_asked_again_and_a_post_is_not_repeated(server: Server, outside: Outside) -> None:
    assert outside.get(f"{server.origin}/busy", accept=JSON).status == 200
    assert server.asked == ["GET", "GET", "GET"]
    server.asked.clear()
    assert outside.post(f"{server.origin}/busy", b"{}", content_type=JSON, accept=JSON).status == 503
    assert server.asked == ["POST"]


def test_nobody_there_is_said_after_three_attempts() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        origin = f"http://127.0.0.1:{free.getsockname()[1]}"  # bound, not listening
        attempts: list[str] = []

        def note(method: str, _url: str, _body: bytes | None) -> dict[str, str]:
            attempts.append(method)
            return {}

        with Outside(frozenset({origin})) as outside:
            assert refusal(lambda: outside.get(origin, accept=JSON, authorise=note)) == "outside.no-connection"
    assert attempts == ["GET"] * 3


@contextmanager
def raw_server(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that answers one connection by hand."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def run() -> None:
            try:
                connection, _ = listening.accept()
                with connection:
                    connection.recv(65_536)
                    answer(connection)
            except OSError:
                return

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    thread.join(5)


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\nx: ", b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n"])
def test_an_answer_that_drips_is_cut_when_time_is_up(head: bytes) -> None:
    def drip(connection: socket.socket) -> None:
        connection.sendall(head)
        for _ in range(200):
            connection.sendall(b"a")
            time.sleep(0.02)

    with raw_server(drip) as origin, Outside(frozenset({origin}), Limits(seconds=0.4)) as outside:
        start = time.monotonic()
        assert refusal(lambda: outside.get(origin, accept=JSON)) in ("outside.too-slow", "outside.broken-off")
        assert time.monotonic() - start < 2.0


def test_a_body_without_a_length_is_cut_at_the_limit() -> None:
    def flood(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n")
        while True:
            connection.sendall(b"x" * 65_536)

    with raw_server(flood) as origin, Outside(frozenset({origin}), Limits(body_bytes=1_000_000)) as outside:
        assert refusal(lambda: outside.get(origin, accept=JSON)) == "outside.too-large"


@pytest.mark.mission("C10")
def test_a_signed_request_arrives_as_it_was_signed(server: Server, outside: Outside) -> None:
    for path in (
        "/signed",
        "/signed?limit=10&match[version]=all",
        "/signed?added_after=2026-01-01T00:00:00.000Z&x=%20",
    ):
        reply = outside.get(server.origin + path, accept=JSON, authorise=signer)
        assert (reply.status, reply.body) == (200, f'"{PEER}"'.encode())
    reply = outside.post(f"{server.origin}/signed", b'{"a":1}', content_type=JSON, accept=JSON, authorise=signer)
    assert reply.status == 200


def test_a_request_that_is_not_signed_or_replayed_is_turned_away(server: Server, outside: Outside) -> None:
    assert outside.get(f"{server.origin}/signed", accept=JSON).body == b"request.signature"
    fixed = signer("GET", f"{server.origin}/signed", None)
    asked = [outside.get(f"{server.origin}/signed", accept=JSON, headers=fixed).status for _ in range(2)]
    assert asked == [200, 401]


def test_tls_is_checked_against_the_name_and_the_pinned_certificate(tmp_path: Path) -> None:
    certificate, key = certificate_for("node.example", tmp_path)
    with served(Server(), ssl_certfile=str(certificate), ssl_keyfile=str(key)) as server:
        port = server.origin.rpartition(":")[2]
        right, wrong = f"https://node.example:{port}", f"https://other.example:{port}"
        pins = frozenset({right, wrong})
        trusting = ssl.create_default_context(cafile=str(certificate))
        with Outside(pins, tls=trusting, resolve=lambda _host, _port: ["127.0.0.1"]) as outside:
            assert outside.get(f"{right}/json", accept=JSON).status == 200
            assert refusal(lambda: outside.get(f"{wrong}/json", accept=JSON)) == "outside.no-connection"
        with Outside(pins, resolve=lambda _host, _port: ["127.0.0.1"]) as strangers:
            assert refusal(lambda: strangers.get(f"{right}/json", accept=JSON)) == "outside.no-connection"


def certificate_for(name: str, folder: Path) -> tuple[Path, Path]:
    key = generate_private_key(SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    files = folder / "cert.pem", folder / "key.pem"
    files[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return files


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://Node.Example/a?b", "https://node.example"),
        ("https://node.example:443/", "https://node.example"),
        ("http://127.0.0.1:8420/x", "http://127.0.0.1:8420"),
        ("http://[::1]:80/", "http://[::1]"),
    ],
)
def test_an_origin_is_scheme_host_and_port(url: str, origin: str) -> None:
    assert origin_of(url) == origin


@pytest.mark.parametrize(
    "url",
    [
        "ftp://node.example/", "file:///etc/passwd", "//node.example", "https://", "https://me@node.example/",
        "https://node.example/#x", "https://node.example:99999/", "https://node.example\\@evil.example/",
        "https://2130706433/", "https://0x7f.1/", "https://127.1/", "https://node.example/a b", "https://node.example/\n",
        "https://-a.example/", "https://[::1/", "https://nodé.example/", "https://[fe80::1%25eth0]/",
    ],
)  # fmt: skip
def test_an_address_that_parsers_differ_on_is_not_asked(url: str) -> None:
    with pytest.raises(Malformed, match=r"outside\.url"):
        origin_of(url)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "224.0.0.1",
        "255.255.255.255", "192.0.2.1", "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1", "::ffff:10.0.0.1",
        "2002:7f00:1::", "64:ff9b::a00:1", "64:ff9b::7f00:1", "2001:db8::1",
    ],
)  # fmt: skip
def test_addresses_that_are_not_public(address: str) -> None:
    assert not is_public(address)


@given(st.ip_addresses(v=4))
@settings(max_examples=100, deadline=None)
def test_a_mapped_address_is_as_public_as_what_it_maps(address: object) -> None:
    assert is_public(str(address)) or not is_public(f"::ffff:{address}")
    assert is_public(f"64:ff9b::{address}") == is_public(str(address))


def test_well_known_public_addresses_are_public() -> None:
    for address in ("9.9.9.9", "2620:fe::fe"):
        assert is_public(address)
        assert ip_address(address).is_global
