"""People: the roles an account can have, and the name of a person in one case."""

import hashlib
import hmac
from collections.abc import Iterable
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

NODE = "node"
"""The node itself, when a job acts (a receipt, a confirmation). No account has it, and it is no audience."""

ROLES = (HOUSE - {"reviewer"}) | DESK | {ADMINISTRATOR}
"""What an account can be given."""


def demand_roles(roles: Iterable[str]) -> frozenset[str]:
    """The roles of an account, if there are such roles. Raises Malformed("account.role")."""
    roles = frozenset(roles)
    if unknown := sorted(roles - ROLES):
        raise Malformed("account.role", ", ".join(unknown), ", ".join(sorted(ROLES)), advice="account.choose-role")
    return roles


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
    tag = hmac.digest(node_secret, b"charlevoix pseudonym\0" + len(name).to_bytes(4, "big") + name + case.encode(), hashlib.sha256)
    return Ref(f"person--{UUID(bytes=tag[:16], version=4)}")
