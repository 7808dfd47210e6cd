"""Signing in by a link that works once: who can run the command line of a node can let a browser in."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol

LINK_LIFE = timedelta(minutes=10)
SESSION_LIFE = timedelta(hours=12)

Kind = Literal["link", "session"]


@dataclass(frozen=True, slots=True)
class Ticket:
    """What is kept of a link or a session: whose it is, until when, and only the hash of its secret."""

    person: str  # the account's id, as `House.actor` takes it
    digest: bytes  # SHA-256 of the secret
    until: datetime


class Sessions(Protocol):
    """Where tickets are kept, by a selector that is no secret. Each call is its own transaction, from any thread.

    `take` removes a ticket and says whether it was there: of two callers at the same moment exactly one gets True. What `put`
    acknowledged survives a crash. Tickets past their time may be dropped at any moment.
    """

    def put(self, kind: Kind, selector: str, ticket: Ticket, /) -> None: ...
    def get(self, kind: Kind, selector: str, /) -> Ticket | None: ...
    def take(self, kind: Kind, selector: str, /) -> bool: ...


class SessionsInMemory:
    """Tickets that end with the process: for tests, and for a look at a node that keeps nothing."""

    def __init__(self) -> None:
        self._tickets: dict[tuple[Kind, str], Ticket] = {}

    def put(self, kind: Kind, selector: str, ticket: Ticket, /) -> None:
        self._tickets[kind, selector] = ticket

    def get(self, kind: Kind, selector: str, /) -> Ticket | None:
        return self._tickets.get((kind, selector))

    def take(self, kind: Kind, selector: str, /) -> bool:
        return self._tickets.pop((kind, selector), None) is not None


@dataclass(frozen=True, slots=True)
class Recognised:
    """A browser with a session: the person, and the session's selector, which form tokens and budgets are bound to."""

    person: str
    selector: str


def offer(sessions: Sessions, person: str, now: datetime) -> str:
    """A token for `/sign-in/<token>`: one use, ten minutes. Only its hash is kept."""
    return _issue(sessions, "link", person, now + LINK_LIFE)


def is_good(sessions: Sessions, token: str, now: datetime) -> bool:
    """Would this link let somebody in? Asking does not use it up: programs that look at links ahead of people do that."""
    return _check(sessions, "link", token, now) is not None


def enter(sessions: Sessions, token: str, now: datetime) -> str | None:
    """Uses the link up and opens a session; its token is the cookie's value. None: used, too old, or never ours."""
    known = _check(sessions, "link", token, now)
    if known is None or not sessions.take("link", known.selector):
        return None
    return _issue(sessions, "session", known.person, now + SESSION_LIFE)


def recognise(sessions: Sessions, token: str, now: datetime) -> Recognised | None:
    """Whose session a cookie is."""
    return _check(sessions, "session", token, now)


def leave(sessions: Sessions, selector: str) -> None:
    """Ends the session, on this browser and wherever its cookie was copied to."""
    sessions.take("session", selector)


def _issue(sessions: Sessions, kind: Kind, person: str, until: datetime) -> str:
    selector, secret = secrets.token_urlsafe(9), secrets.token_urlsafe(32)
    sessions.put(kind, selector, Ticket(person, _digest(secret), until))
    return f"{selector}.{secret}"


def _check(sessions: Sessions, kind: Kind, token: str, now: datetime) -> Recognised | None:
    selector, dot, secret = token.partition(".")
    if not dot or len(token) > 128:
        return None
    ticket = sessions.get(kind, selector)
    if ticket is None or not hmac.compare_digest(ticket.digest, _digest(secret)) or now >= ticket.until:
        return None
    return Recognised(ticket.person, selector)


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
