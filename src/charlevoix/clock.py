"""What is different each time: the time of day, and chance."""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import UUID


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Clock:
    """Where a node gets the time and its random bytes: handed to it, so that a test can hand it another."""

    now: Callable[[], datetime] = field(default=_now)
    """The time, aware, in UTC."""

    random_bytes: Callable[[int], bytes] = field(default=secrets.token_bytes)
    """That many bytes nobody can foretell."""

    def random_id(self) -> str:
        """A UUIDv4 in lower case (RFC 9562 section 5.4)."""
        return str(UUID(bytes=self.random_bytes(16), version=4))


def fixed_clock(start: datetime, step: timedelta = timedelta(0)) -> Clock:
    """A clock for tests and rehearsals: starts then, goes on by `step` at each look, and its chance repeats itself. Never for a real node."""
    looks, draws = count(), count(1)

    def repeatable(length: int) -> bytes:
        return hashlib.shake_256(b"charlevoix fixed clock %d" % next(draws)).digest(length)

    return Clock(now=lambda: start + step * next(looks), random_bytes=repeatable)
