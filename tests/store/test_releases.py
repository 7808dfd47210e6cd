"""The release log: each row once, a millisecond apart, the latest of each id told."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from builders import digest
from charlevoix.stix.identifier import Ref
from charlevoix.store import releases
from charlevoix.store.database import Database
from charlevoix.store.releases import STEP, NewRelease

B = Ref("identity--00000000-0000-4000-8000-00000000000b")
NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


@pytest.fixture
def conn(tmp_path: Path) -> Iterator[Connection]:
    database = Database.in_folder(tmp_path)
    database.create()
    with database.write() as open_:
        yield open_
    database.close()


def row(name: str, act: str = "1", version: str | None = None, body: bytes = b"{}", until: str | None = None) -> NewRelease:
    return NewRelease(digest(act), 0, Ref(name), "note", version, body, b"", until)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(bursts=st.lists(st.tuples(st.integers(1, 6), st.integers(-5, 5)), min_size=1, max_size=6))
def test_dates_only_grow_in_whole_milliseconds_whatever_the_clock_does(conn: Connection, bursts: list[tuple[int, int]]) -> None:
    conn.exec_driver_sql("DELETE FROM releases")
    for count, seconds in bursts:
        releases.append(conn, B, "stix", [row(f"n{i}") for i in range(count)], NOW + timedelta(seconds=seconds))
    page = releases.page(conn, B, "stix", limit=1_000, wanted=releases.Wanted())  # the last of each id
    with_all = conn.exec_driver_sql("SELECT seq, date_added FROM releases ORDER BY seq").all()
    assert [s for s, _ in with_all] == list(range(1, sum(n for n, _ in bursts) + 1))
    dates = [datetime.fromisoformat(d) for _, d in with_all]
    assert all(later - earlier >= STEP for earlier, later in pairwise(dates))
    assert all(d.microsecond % 1000 == 0 for d in dates)
    assert len({r.ref for r in page}) == len(page)


def test_pages_of_any_size_join_to_the_whole(conn: Connection) -> None:
    releases.append(conn, B, "stix", [row(f"n{i}") for i in range(10)], NOW)
    whole = releases.page(conn, B, "stix")
    for size in (1, 3, 10):
        joined: list[releases.Release] = []
        while page := releases.page(conn, B, "stix", seq_after=joined[-1].seq if joined else 0, limit=size):
            joined += page
        assert joined == whole
        by_date: list[releases.Release] = []
        while page := releases.page(conn, B, "stix", added_after=by_date[-1].date_added if by_date else "", limit=size):
            by_date += page
        assert by_date == whole


def test_an_older_version_never_becomes_the_latest(conn: Connection) -> None:
    versions = ["2026-01-02T00:00:00.000Z", "2026-01-01T00:00:00.000Z", "2026-01-03T00:00:00.000Z"]
    for v in versions:
        releases.append(conn, B, "stix", [row("n", version=v, body=v.encode())], NOW)
    last = releases.page(conn, B, "stix", wanted=releases.Wanted())
    assert [r.version for r in last] == ["2026-01-03T00:00:00.000Z"]


def test_what_is_withdrawn_shows_what_another_act_gives_of_it(conn: Connection) -> None:
    releases.append(conn, B, "stix", [row("n", act="1", body=b"one")], NOW)
    releases.append(conn, B, "stix", [row("n", act="2", body=b"two")], NOW)
    releases.withdraw(conn, B, digest("2"))
    assert [r.body for r in releases.page(conn, B, "stix", now="1", wanted=releases.Wanted())] == [b"one"]
    assert releases.served(conn, B, "stix", [digest("1"), digest("2")]) == {(digest("1"), 0): None}
    assert releases.shown(conn, B, "stix", [Ref("n"), Ref("m")], []) == {"n"}
    assert releases.shown(conn, B, "stix", [Ref("n")], [digest("1")]) == frozenset()


def test_what_expired_is_not_served_and_is_due(conn: Connection) -> None:
    until = releases.stamp(NOW)
    releases.append(conn, B, "acts", [row("n", until=until)], NOW)
    assert releases.page(conn, B, "acts", now=releases.stamp(NOW - STEP)) != []
    assert releases.page(conn, B, "acts", now=until) == []
    assert list(releases.expiring(conn, until)) == [(B, digest("1"))]
