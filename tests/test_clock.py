"""The clock: real by default, repeatable where a test wants it."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from charlevoix.clock import Clock, fixed_clock

START = datetime(2026, 3, 1, tzinfo=UTC)


def test_the_time_is_aware_and_in_utc() -> None:
    now = Clock().now()
    assert now.utcoffset() == timedelta(0)
    assert abs(now.timestamp() - datetime.now(UTC).timestamp()) < 5


def test_an_id_is_a_uuid_of_version_4_and_never_the_same() -> None:
    ids = {Clock().random_id() for _ in range(100)}
    assert len(ids) == 100
    assert all(UUID(text).version == 4 and text == text.lower() for text in ids)


def test_chance_has_the_length_asked_for() -> None:
    assert [len(Clock().random_bytes(n)) for n in (0, 1, 32)] == [0, 1, 32]


def test_a_fixed_clock_repeats_itself() -> None:
    one, other = (fixed_clock(START, timedelta(seconds=1)) for _ in range(2))
    assert [one.now(), one.now()] == [other.now(), other.now()] == [START, START + timedelta(seconds=1)]
    assert one.random_id() == other.random_id() != one.random_id()


def test_a_fixed_clock_stands_still_without_a_step() -> None:
    clock = fixed_clock(START)
    assert clock.now() == clock.now() == START
