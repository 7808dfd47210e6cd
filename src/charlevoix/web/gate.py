"""The gate every request passes: known host, bounded body and time, a budget, our own form, and headers that bind the browser."""

import hashlib
import hmac
import logging
import secrets
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger("charlevoix.web")

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
"""Content Security Policy of every page: nothing from elsewhere, nothing inline. `connect-src 'self'` is for htmx."""

SANDBOX: Final = "default-src 'none'; sandbox"
"""The policy of a download: evidence is never rendered in our name."""

HEADERS: Final[Mapping[str, str]] = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cache-control": "no-store",
}
"""Set where the response does not already say otherwise."""


@dataclass(frozen=True, slots=True)
class Gate:
    """The operator's choices about the gate."""

    hosts: frozenset[str]  # names in `Host` that are ours, without port: {"127.0.0.1", "localhost", "node.example"}
    secret: bytes = field(repr=False)  # 32 random bytes; form tokens are made with it
    https: bool = False  # browsers reach us over TLS: Secure cookies with `__Host-`, HSTS
    body: int = 2 << 20  # bytes of a form
    bodies: Mapping[str, int] = field(default_factory=dict)  # act -> bytes, for forms that bring a file; signed in only
    seconds: float = 20.0  # for reading the request and answering it
    burst: int = 120  # requests at once, per session or address
    per_second: float = 10.0  # and as many again each second
    remembered: int = 10_000  # sessions and addresses whose budget is kept


class TooLarge(Exception):
    """A body over its limit."""


class Guard:
    """ASGI: the host check, the headers and a request id around everything; no exception gets past it."""

    def __init__(self, app: ASGIApp, gate: Gate, refuse: Callable[[Request, int], Response]) -> None:
        self.app, self.gate, self.refuse = app, gate, refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False
        name = secrets.token_hex(8)
        scope.setdefault("state", {})["request_id"] = name

        async def bind(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                self._bind(MutableHeaders(scope=message), name)
            await send(message)

        try:
            if host_of(Headers(scope=scope).get("host", "")) in self.gate.hosts:
                await self.app(scope, receive, bind)
            else:
                await self.refuse(Request(scope), 421)(scope, receive, bind)
        except Exception:  # the last line: whatever breaks, the reader gets a sentence and the operator gets the trace
            log.exception("request %s failed", name)
            if started:
                raise  # half an answer is out: the server must break the connection, not end it well
            await self.refuse(Request(scope), 500)(scope, receive, bind)

    def _bind(self, headers: MutableHeaders, name: str) -> None:
        for header, value in HEADERS.items():
            headers.setdefault(header, value)
        headers["x-request-id"] = name
        if self.gate.https:
            headers["strict-transport-security"] = "max-age=63072000; includeSubDomains"


def host_of(header: str) -> str:
    """The name in a `Host` header without its port, in lower case; `[::1]:8000` is `[::1]` (RFC 9110 section 7.2)."""
    host = header.lower()
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.partition(":")[0]


def bounded(receive: Receive, limit: int) -> Receive:
    """The same body, and TooLarge as soon as it is longer than `limit` bytes."""
    seen = 0

    async def read() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > limit:
            raise TooLarge(limit)
        return message

    return read


def form_token(secret: bytes, binding: str) -> str:
    """What a form of ours carries: only whoever knows the secret can make it for this session or visit."""
    return hmac.new(secret, b"charlevoix form\0" + binding.encode(), hashlib.sha256).hexdigest()


def is_ours(request: Request, token: str, secret: bytes, binding: str) -> bool:
    """Did the form come from a page of ours, in this very session?

    The token decides; a browser that says the form came from elsewhere (`Sec-Fetch-Site`, `Origin`) is believed. Under our
    `Referrer-Policy` browsers send `Origin: null` with their own forms (Fetch, "append a request Origin header").
    """
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site not in (None, "same-origin", "none"):
        return False
    if origin not in (None, "null") and origin.partition("://")[2] != request.headers.get("host", ""):
        return False
    return bool(binding) and hmac.compare_digest(token.encode(), form_token(secret, binding).encode())


class Budget:
    """Requests that each session or address may still make: a leaky bucket each, the longest unseen forgotten first."""

    def __init__(self, gate: Gate, clock: Callable[[], float]) -> None:
        self.gate, self.clock = gate, clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def spend(self, whose: str) -> bool:
        """One request; False: none left just now."""
        now = self.clock()
        left, since = self._left.pop(whose, (float(self.gate.burst), now))
        left = min(self.gate.burst, left + (now - since) * self.gate.per_second)
        self._left[whose] = (max(left - 1, 0.0) if left >= 1 else left, now)
        while len(self._left) > self.gate.remembered:
            self._left.popitem(last=False)
        return left >= 1

    def __len__(self) -> int:
        return len(self._left)
