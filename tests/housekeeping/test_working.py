"""Jobs are leased rows: each is done once, a failure is kept and tried again, and every job that is announced is put up."""

from pathlib import Path

import pytest

from charlevoix import house
from charlevoix.housekeeping import working
from charlevoix.node import Query
from charlevoix.store import jobs


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("working") / "node"
    house.create(folder, "A node that works")
    return folder


def up(station: house.Station) -> dict[str, jobs.Job]:
    with station.database.read() as conn:
        return {j.kind: j for j in jobs.every(conn)}


def test_what_is_announced_is_done_and_put_up_again(home: Path) -> None:
    with house.opened(home) as station:
        assert working.drain(station) >= 3
        after = up(station)
        now = station.clock.now().timestamp()
        assert {"redecide", "pull"} <= after.keys()
        assert all(j.due_at > now and j.failure is None for j in after.values())
        assert working.drain(station) == 0  # nothing is due yet


def test_what_waits_is_shown_to_the_office(home: Path) -> None:
    with house.opened(home) as station:
        working.schedule(station)
        rows = [r.value for r in station.node.find(station.actor(), Query("job")).rows]
        assert "redecide" in {r["kind"] for r in rows}


def test_a_job_that_nobody_knows_any_more_is_dropped(home: Path) -> None:
    with house.opened(home) as station:
        with station.database.write() as conn:
            jobs.put(conn, "of-an-older-version", "", 0.0)
        assert working.step(station)
        assert "of-an-older-version" not in up(station)


def test_a_dead_workers_job_is_done_by_another_when_its_lease_ends(home: Path) -> None:
    with house.opened(home) as station:
        with station.database.write() as conn:
            jobs.put(conn, "of-a-dead-worker", "", 0.0)
            first = jobs.lease(conn, 1.0, 10.0)
            assert first is not None
            assert jobs.lease(conn, 5.0, 10.0) is None
            again = jobs.lease(conn, 12.0, 10.0)
        assert again is not None
        assert (again.kind, again.tries) == ("of-a-dead-worker", 2)
