"""The counter: what the house hands this room so that it can deal with partners' machines, since cursors, nonces, tokens and keys are the office's."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from charlevoix.clock import Clock
from charlevoix.node import Node
from charlevoix.safeguards.grounds import Actor
from charlevoix.settings import Settings
from charlevoix.share.peer import Introduction
from charlevoix.stix.identifier import Ref


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a partner's collection was read (a moment of its log, or empty), when it was last heard, and what went wrong since."""

    added_after: str = ""
    heard_at: str = ""
    failure: str = ""


class Counter(Protocol):
    """Each call is one short transaction of its own."""

    def progress(self, peer: Ref, /) -> Progress: ...
    def keep(self, peer: Ref, progress: Progress, /) -> None: ...

    def fresh(self, kid: str, nonce: str, until: datetime, /) -> bool:
        """Was this nonce never seen? Remembers it until then."""

    def token_of(self, digest: bytes, /) -> Ref | None:
        """Whose token has this SHA-256; None for nobody's."""

    def set_token(self, peer: Ref, digest: bytes | None, /) -> None:
        """Gives a partner another token, in place of the one before; None: it has none."""

    def sign(self, method: str, url: str, body: bytes | None, /) -> Mapping[str, str]:
        """Headers that sign a request with this node's HTTP key (RFC 9421)."""

    def introduction(self) -> Introduction:
        """Our own card and root key, for partners to take into their rosters out of band."""


class Station(Protocol):
    """A node with what runs it, as `charlevoix.house` opens it."""

    @property
    def node(self) -> Node: ...
    @property
    def settings(self) -> Settings: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def counter(self) -> Counter: ...
    def worker(self) -> Actor: ...
