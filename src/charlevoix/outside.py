"""Outside: every word we exchange with somebody else's machine goes through this one guarded HTTP client."""

import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address
from types import MappingProxyType, TracebackType
from typing import Final, Protocol, Self, cast
from urllib.parse import urljoin, urlsplit, urlunsplit

import httpx2

from charlevoix.errors import Malformed, Unreachable

MB: Final = 2**20
REDIRECTS: Final = 3
ATTEMPTS: Final = 3
URL_BYTES: Final = 8 * 2**10
HEADERS_BYTES: Final = 64 * 2**10
_AGAIN: Final = frozenset({502, 503, 504})
_PAUSE: Final = 0.2  # seconds before the second attempt, doubled before the third
_HOST: Final = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?", re.ASCII)

Headers = Mapping[str, str]
_NONE: Final[Headers] = MappingProxyType({})
Authorise = Callable[[str, str, bytes | None], Headers]
"""(method, url, body) -> further headers: a fresh signature for each attempt, since its nonce is good for one."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: status, headers with names in lower case, at most the body that was allowed for."""

    status: int
    headers: Headers
    body: bytes
    url: str


@dataclass(frozen=True, slots=True)
class Limits:
    """What one exchange may take: bytes of the body, seconds from name to last byte, and of that until a connection stands."""

    body_bytes: int = 64 * MB
    seconds: float = 30.0
    connect_seconds: float = 5.0


def origin_of(url: str) -> str:
    """Scheme, host and port of a URL, with the default port left out (RFC 6454 section 4).

    Raises Malformed("outside.url") for other schemes, user names, fragments, and hosts that are written in a way that parsers differ on.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Malformed("outside.url", url[:200]) from None
    host = parts.hostname or ""
    plain = url.isascii() and url.isprintable() and len(url) <= URL_BYTES and not set(url) & set(" \\#")
    if not plain or parts.scheme not in ("http", "https") or "@" in parts.netloc or not _is_host(host):
        raise Malformed("outside.url", url[:200])
    bracketed = f"[{host}]" if ":" in host else host
    default = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{bracketed}" if port in (None, default) else f"{parts.scheme}://{bracketed}:{port}"


def addresses_of(host: str, port: int) -> list[str]:
    """What the system's resolver says, each address once, in its order; empty where there is no such name."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(slots=True)
class Outside:
    """Asks other machines, one origin for each call; may be shared between threads.

    `pinned` are the origins that partners named in the roster: only they may have an address of a private network, of this machine, or
    without TLS. Any other origin must be https on a public address. A name is looked up once for each attempt, and the connection goes to an address
    that was checked, so a second answer of the name server can't move it. Proxies and other settings in the environment are not heeded.
    """

    pinned: frozenset[str] = frozenset()
    limits: Limits = field(default_factory=Limits)
    tls: ssl.SSLContext | None = None  # a pinned certificate, where the roster holds one; None: the authorities the system trusts
    resolve: Callable[[str, int], list[str]] = addresses_of
    _client: httpx2.Client | None = field(default=None, init=False, repr=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None

    def get(self, url: str, *, accept: str, headers: Headers = _NONE, authorise: Authorise | None = None) -> Reply:
        """Asks for `url`; `accept` is the media type that must come back (of errors too it is given, unchecked).

        Tried up to three times where no answer came or the answer was 502, 503 or 504; redirects are followed within the origin.
        Raises Unreachable naming the host and what went wrong; Malformed for a URL that can't be asked.
        """
        return self._exchange("GET", url, None, {**headers, "accept": accept}, authorise)

    def post(
        self,
        url: str,
        body: bytes,
        *,
        content_type: str,
        accept: str,
        headers: Headers = _NONE,
        authorise: Authorise | None = None,
    ) -> Reply:
        """Sends `body`. Tried again only where no connection was made: whether a lost answer meant "taken" is not ours to guess."""
        return self._exchange("POST", url, body, {**headers, "accept": accept, "content-type": content_type}, authorise)

    def _exchange(self, method: str, url: str, body: bytes | None, headers: Headers, authorise: Authorise | None) -> Reply:
        origin, until = origin_of(url), time.monotonic() + self.limits.seconds
        url = _spelt(url)
        for _ in range(REDIRECTS + 1):
            reply = self._persist(method, url, body, headers, authorise, until)
            if reply.status not in (301, 302, 303, 307, 308):
                _demand_type(reply, headers["accept"])
                return reply
            if method != "GET":
                raise Unreachable("outside.redirected-post", origin)
            target = urljoin(url, reply.headers.get("location", ""))
            if origin_of(target) != origin:
                raise Unreachable("outside.redirected-away", origin, origin_of(target))
            url = _spelt(target)
        raise Unreachable("outside.redirects", origin, REDIRECTS)

    def _persist(self, method: str, url: str, body: bytes | None, headers: Headers, authorise: Authorise | None, until: float) -> Reply:
        """One answer, after up to three attempts."""
        for attempt in range(1, ATTEMPTS + 1):
            last = attempt == ATTEMPTS or time.monotonic() + _PAUSE * 2**attempt > until
            try:
                reply = self._ask(method, url, body, {**headers, **(authorise(method, url, body) if authorise else {})}, until)
            except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
                if last:
                    raise Unreachable("outside.no-connection", origin_of(url), type(error).__name__) from None
            except httpx2.HTTPError as error:
                if last or method != "GET":
                    raise Unreachable("outside.broken-off", origin_of(url), type(error).__name__) from None
            else:
                if last or method != "GET" or reply.status not in _AGAIN:
                    return reply
            time.sleep(_PAUSE * 2 ** (attempt - 1))
        raise AssertionError("the last attempt returns or raises")

    def _ask(self, method: str, url: str, body: bytes | None, headers: Headers, until: float) -> Reply:
        origin, parts = origin_of(url), urlsplit(url)
        host = parts.hostname or ""
        port = parts.port or (443 if parts.scheme == "https" else 80)
        address = self._checked_address(origin, parts.scheme, host, port)
        left = max(until - time.monotonic(), 0.01)
        deadline = _Deadline(left)
        request = self._http().build_request(
            method,
            httpx2.URL(url).copy_with(host=address),
            # The connection goes to the address; the request and the certificate are about the name.
            headers={**headers, "host": parts.netloc, "accept-encoding": "identity", "user-agent": "charlevoix"},
            content=body,
            timeout=httpx2.Timeout(left, connect=min(left, self.limits.connect_seconds)),
            extensions={"sni_hostname": host, "trace": deadline.watch},
        )
        with deadline:
            response = self._http().send(request, stream=True)
            try:
                reply = Reply(response.status_code, _headers(response, origin), self._body(response, origin), url)
            finally:
                response.close()
        if deadline.passed:  # a body without a length ends when the line does
            raise Unreachable("outside.too-slow", origin, self.limits.seconds)
        return reply

    def _body(self, response: httpx2.Response, origin: str) -> bytes:
        """The body as it came over the line: no decoding, so that nothing small unfolds into something large."""
        if response.headers.get("content-encoding", "identity") != "identity":
            raise Unreachable("outside.encoded", origin)
        announced = response.headers.get("content-length", "0")
        if announced.isascii() and announced.isdigit() and int(announced[:15]) > self.limits.body_bytes:
            raise Unreachable("outside.too-large", origin, self.limits.body_bytes)
        parts, size = [], 0
        for part in response.iter_raw():
            size += len(part)
            if size > self.limits.body_bytes:
                raise Unreachable("outside.too-large", origin, self.limits.body_bytes)
            parts.append(part)
        return b"".join(parts)

    def _checked_address(self, origin: str, scheme: str, host: str, port: int) -> str:
        literal = _literal(host)
        addresses = [host] if literal else self.resolve(host, port)
        if not addresses:
            raise Unreachable("outside.no-such-name", host)
        if origin in self.pinned:
            return addresses[0]
        if scheme != "https":
            raise Unreachable("outside.clear", origin, advice="outside.pin")
        # All of them: a name that mixes a public address with one of ours is an attempt, not a misconfiguration.
        if not all(is_public(address) for address in addresses):
            raise Unreachable("outside.private", host, advice="outside.pin")
        return addresses[0]

    def _http(self) -> httpx2.Client:
        if self._client is None:
            self._client = httpx2.Client(
                verify=self.tls if self.tls is not None else ssl.create_default_context(),
                trust_env=False,
                follow_redirects=False,
                # A kept connection would outlive the check of its address, and the name it was opened for.
                limits=httpx2.Limits(max_keepalive_connections=0, max_connections=16),
            )
        return self._client


class _Line(Protocol):
    def get_extra_info(self, info: str, /) -> socket.socket | None: ...


class _Deadline:
    """Cuts the line when time is up: a timeout for each read would let somebody drip one byte at a time for ever."""

    __slots__ = ("_socket", "_timer", "passed")

    def __init__(self, seconds: float) -> None:
        self.passed = False
        self._socket: socket.socket | None = None
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._timer.cancel()

    def watch(self, event: str, info: Mapping[str, object]) -> None:
        """Takes note of the socket under the connection (a trace extension of httpcore)."""
        if event in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            self._socket = cast(_Line, info["return_value"]).get_extra_info("socket")

    def _cut(self) -> None:
        self.passed = True
        if self._socket is not None:
            with suppress(OSError):  # closed a moment before
                self._socket.shutdown(socket.SHUT_RDWR)


def is_public(address: str) -> bool:
    """Is it an address of the public internet, not of this machine, a private network, a link, a group or a tunnel into one of these?"""
    found = ip_address(address.partition("%")[0])
    return found.is_global and not found.is_multicast and all(_is_public(inner) for inner in _inner(found))


def _is_public(found: IPv4Address | IPv6Address) -> bool:
    return found.is_global and not found.is_multicast


def _inner(found: IPv4Address | IPv6Address) -> list[IPv4Address]:
    """IPv4 addresses that an IPv6 address leads to: mapped, 6to4, Teredo, NAT64 (RFC 6052)."""
    if isinstance(found, IPv4Address):
        return []
    inner = [found.ipv4_mapped, found.sixtofour, *(found.teredo or ())]
    if found.packed[:12] == bytes.fromhex("0064ff9b0000000000000000"):
        inner.append(IPv4Address(found.packed[12:]))
    return [address for address in inner if address is not None]


def _is_host(host: str) -> bool:
    """A name or an address; not `127.1` or `2130706433`, which some resolvers take for addresses, nor one bound to a network card."""
    if "%" in host:
        return False
    return _literal(host) or (_HOST.fullmatch(host) is not None and not host.rpartition(".")[2].isdigit())


def _literal(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _spelt(url: str) -> str:
    """The address as it will be sent, for it is what `authorise` signs; brackets, as in `match[version]`, encoded (RFC 3986 section 3.4)."""
    parts = urlsplit(str(httpx2.URL(url)))
    path, query = (text.replace("[", "%5B").replace("]", "%5D") for text in (parts.path or "/", parts.query))
    return urlunsplit(parts._replace(path=path, query=query))


def _headers(response: httpx2.Response, origin: str) -> Headers:
    if sum(len(name) + len(value) for name, value in response.headers.raw) > HEADERS_BYTES:
        raise Unreachable("outside.headers", origin, HEADERS_BYTES)
    return {name.lower(): value for name, value in response.headers.items()}


def _demand_type(reply: Reply, accept: str) -> None:
    """A success must have the type that was asked for: a sign-in page with status 200 is no envelope. "*/*" takes any."""
    if accept == "*/*" or not 200 <= reply.status < 300 or not reply.body:
        return
    found = reply.headers.get("content-type", "").partition(";")[0].strip().lower()
    if found != accept.partition(";")[0].strip().lower():
        raise Unreachable("outside.type", origin_of(reply.url), accept, found[:80])
