"""People: accounts and their roles, the pseudonym of a person in one case, and one-time sign-in tokens."""

import base64
import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from charlevoix.errors import Malformed
from charlevoix.stix.identifier import Ref

REVIEWERS = frozenset({"reviewer-legal", "reviewer-rights", "reviewer-gender"})
"""One role for each review of C01; each of them also answers to "reviewer" (see `held`)."""

HOUSE = frozenset({"analyst", "policy", "auditor", "duty", "reviewer"}) | REVIEWERS
"""Roles of our own house that read content. "duty" is who answers reports of people at risk."""

PROTECTED = frozenset({"duty", "reviewer"}) | REVIEWERS
"""Roles that read what concerns a person at risk."""

DESK = frozenset({"contributor", "guest"})
"""Roles of people who come to our desk from outside: they get what the public gets, or what their own organisation gets."""

ADMINISTRATOR = "administrator"
"""Runs the machine; sees outcomes and digests, never content."""

ROLES = (HOUSE - {"reviewer"}) | DESK | {ADMINISTRATOR}
"""What an account can be given."""

TOKEN_BYTES = 32
TOKEN_LIFE = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Account:
    """A person who may sign in. `person` is never exchanged: acts name the pseudonym of the case."""

    person: Ref  # "person--<uuid>"
    name: str
    roles: frozenset[str]
    language: str = "en"
    suspended: bool = False

    def __post_init__(self) -> None:
        unknown = sorted(self.roles - ROLES)
        if unknown:
            raise Malformed("account.role", ", ".join(unknown), ", ".join(sorted(ROLES)), advice="account.choose-role")


@dataclass(frozen=True, slots=True)
class Ticket:
    """What is stored of a one-time sign-in token: its hash, so that a copy of the database opens nothing."""

    person: Ref
    hash: bytes  # SHA-256 of the token's bytes, 32 bytes
    expires: datetime


def held(roles: Iterable[str]) -> frozenset[str]:
    """The roles and what they include: each reviewer's role also counts as "reviewer".

    >>> sorted(held({"reviewer-legal"}))
    ['reviewer', 'reviewer-legal']
    """
    roles = frozenset(roles)
    return roles | {"reviewer"} if roles & REVIEWERS else roles


def pseudonym(node_secret: bytes, person: Ref, case: Ref) -> Ref:
    """The name of a person in one case: `person--<uuid>`, the same each time, and not to be linked across cases without the secret.

    HMAC-SHA-256 over the length-prefixed person and the case, first 16 bytes, with the version and variant bits of RFC 9562 (version 4).
    """
    if len(node_secret) < 32:
        raise Malformed("people.secret", 32, len(node_secret))
    name = person.encode()
    tag = hmac.digest(
        node_secret, b"charlevoix pseudonym\0" + len(name).to_bytes(4, "big") + name + case.encode(), hashlib.sha256
    )
    return Ref(f"person--{UUID(bytes=tag[:16], version=4)}")


def ticket(random: bytes, person: Ref, now: datetime, life: timedelta = TOKEN_LIFE) -> tuple[str, Ticket]:
    """A one-time sign-in token (base64url, for the link) from 32 random bytes, and what is stored of it."""
    if len(random) != TOKEN_BYTES:
        raise Malformed("people.random", TOKEN_BYTES, len(random))
    token = base64.urlsafe_b64encode(random).decode().rstrip("=")
    return token, Ticket(person, _hash(token), now + life)


def opens(token: str, stored: Ticket, now: datetime) -> bool:
    """Whether the token is the stored one and still valid. The caller deletes the ticket in the same transaction: it opens once."""
    return hmac.compare_digest(_hash(token), stored.hash) and now < stored.expires


def _hash(token: str) -> bytes:
    return hashlib.sha256(b"charlevoix sign-in\0" + token.encode("utf-8", "surrogatepass")).digest()
