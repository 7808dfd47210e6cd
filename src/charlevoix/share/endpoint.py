"""The endpoint for partners' machines: TAXII over HTTP, who asks known by a signature (RFC 9421) or a token, within limits."""

import asyncio
import base64
import time
from collections import OrderedDict
from collections.abc import Mapping
from hashlib import sha256
from typing import Final
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from charlevoix.acts.key import Purpose
from charlevoix.doors.enquiry import PEER
from charlevoix.errors import Forged, Reason, Unknown
from charlevoix.node import Query
from charlevoix.partners.roster import Roster
from charlevoix.safeguards.grounds import Actor
from charlevoix.share import taxii
from charlevoix.share.counter import Station
from charlevoix.share.taxii import PLAIN, Question, Reader, Reply, Site, Stop
from charlevoix.signed_request import verify_request
from charlevoix.stix.identifier import Ref

BODY: Final = 1 << 20
"""Bytes of a body that are read at all: nothing is taken in here, so a body only has to be looked at for its signature."""

SECONDS: Final = 30.0
STRANGERS: Final = 60
"""Requests in a minute from one address that come with no good name."""


def machines(station: Station) -> Mapping[str, ASGIApp]:
    """What the web mounts, by path."""
    endpoint = Endpoint(station)
    return {taxii.DISCOVERY.rstrip("/"): endpoint, taxii.ROOT.rstrip("/"): endpoint}


class Endpoint:
    """An ASGI application: knows who asks, and lets `charlevoix.share.taxii` answer in a thread."""

    def __init__(self, station: Station) -> None:
        self.station = station
        settings = station.settings
        self.site = Site(station.node.me, settings.name, settings.page_objects, settings.file_bytes)
        self.peers = Allowance(settings.peer_requests_per_minute)
        self.strangers = Allowance(STRANGERS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            async with asyncio.timeout(SECONDS):
                body = await _body(request)
                reply = await run_in_threadpool(self.answer, request, body)
        except ClientDisconnect:
            return
        except TimeoutError:
            reply = taxii.error(503, Reason("taxii.too-slow"))
        await Response(reply.body, reply.status, dict(reply.headers))(scope, receive, send)

    def answer(self, request: Request, body: bytes | None) -> Reply:
        """1. Who. 2. May they. 3. Have they asked too often. 4. What."""
        address = request.client.host if request.client else ""
        try:
            if body is None:
                raise Stop(403, "taxii.read-only")
            if not self.strangers.left(address):
                raise Stop(429, "taxii.too-often", STRANGERS)
            reader = self._reader(request, body)
            if reader is None:
                self.strangers.spend(address)
                raise Stop(401, "taxii.who")
            self._admit(reader)
        except Forged as no:
            self.strangers.spend(address)
            return taxii.error(401, no.reason, _CHALLENGE)
        except Stop as stop:
            return taxii.error(stop.status, stop.reason, _HEADERS.get(stop.status))
        return taxii.answer(_question(request), reader, self.site, self._shelf(reader.peer))

    def _reader(self, request: Request, body: bytes) -> Reader | None:
        """Who signed, or whose token it is. Raises Forged for a signature that does not hold."""
        if "signature-input" in request.headers:
            roster = self._roster()
            signer = verify_request(
                request.method,
                self._address(request),
                dict(request.headers),
                body,
                key_for=lambda kid: _key_for(roster, kid),
                fresh=self.station.counter.fresh,
                now=self.station.clock.now(),
            )
            return Reader(signer)
        token = token_in(request.headers.get("authorization", ""))
        peer = self.station.counter.token_of(sha256(token.encode()).digest()) if token else None
        return Reader(peer, (PLAIN,)) if peer is not None else None

    def _admit(self, reader: Reader) -> None:
        roster = self._roster()
        if reader.peer not in roster:
            raise Stop(401, "taxii.who")
        if roster[reader.peer].suspended:
            raise Stop(403, "taxii.suspended")
        if not self.peers.spend(reader.peer):
            raise Stop(429, "taxii.too-often", self.peers.per_minute)

    def _roster(self) -> Roster:
        return self.station.node.partners(self.station.worker())

    def _address(self, request: Request) -> str:
        """The address that the sender was given, with the path and query that came: a proxy in between changes neither."""
        query: bytes = request.scope["query_string"]
        path: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
        return self.station.settings.url.rstrip("/") + (path + (b"?" + query if query else b"")).decode("latin-1")

    def _shelf(self, peer: Ref) -> taxii.Shelf:
        def rows(collection: str, where: Mapping[str, str], after: int, limit: int) -> taxii.Rows:
            asked = tuple((name, "=", value) for name, value in {**where, "collection": collection}.items())
            found = self.station.node.find(
                Actor(peer, peer, frozenset({PEER})), Query("release", asked, after=str(after) if after else "", limit=limit)
            )
            return taxii.Rows(tuple(r.value for r in found.rows), found.next)

        return rows


class Allowance:
    """Requests in a minute for each name: a leaky bucket each, the longest unseen forgotten first."""

    def __init__(self, per_minute: int, remembered: int = 10_000) -> None:
        self.per_minute, self.remembered = per_minute, remembered
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def left(self, name: str) -> bool:
        return self._now(name)[0] >= 1

    def spend(self, name: str) -> bool:
        left, now = self._now(name)
        self._left[name] = (left - 1 if left >= 1 else left, now)
        self._left.move_to_end(name)
        while len(self._left) > self.remembered:
            self._left.popitem(last=False)
        return left >= 1

    def _now(self, name: str) -> tuple[float, float]:
        now = time.monotonic()
        left, since = self._left.get(name, (float(self.per_minute), now))
        return min(self.per_minute, left + (now - since) * self.per_minute / 60), now


def token_in(authorization: str) -> str:
    """The token of `Bearer TOKEN`, of `Basic` with the token as password, or of MISP's `basic TOKEN`, which encodes nothing."""
    scheme, _, rest = authorization.strip().partition(" ")
    rest = rest.strip()
    if len(rest) > 1_000 or scheme.lower() not in ("bearer", "basic"):
        return ""
    if scheme.lower() == "basic":
        try:
            name, colon, password = base64.b64decode(rest, validate=True).decode("utf-8").partition(":")
        except ValueError:
            return rest
        return (password or name) if colon else rest
    return rest


def _key_for(roster: Roster, kid: str) -> tuple[Ref, bytes] | None:
    """The partner whose pinned HTTP key has this id, unless it was revoked; never ourselves."""
    for organisation in roster:
        if organisation.ref != roster.own:
            try:
                return organisation.ref, roster.key(organisation.ref, kid, Purpose.HTTP)
            except Unknown:
                continue
    return None


async def _body(request: Request) -> bytes | None:
    """The body, or None where it is longer than anything we look at."""
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > BODY:
            return None
        parts.append(part)
    return b"".join(parts)


def _question(request: Request) -> Question:
    raw = request.scope["query_string"]
    pairs = (
        parse_qsl(raw.decode("latin-1"), keep_blank_values=True, errors="replace") if len(raw) <= taxii.QUERY_BYTES else [("limit", "-")]
    )
    return Question(request.method, request.scope["path"], tuple(pairs), request.headers.get("accept", ""))


_CHALLENGE: Final = {"www-authenticate": 'Basic realm="charlevoix", charset="UTF-8", Bearer realm="charlevoix"'}
_HEADERS: Final[Mapping[int, Mapping[str, str]]] = {401: _CHALLENGE, 429: {"retry-after": "10"}, 405: {"allow": "GET"}}
