"""Waiting work: one worker does it, a dead worker's is done by another, and what keeps failing stays and is shown."""

from pathlib import Path

from charlevoix.store import jobs
from charlevoix.store.database import Database


def test_a_lease_is_one_workers_and_ends(tmp_path: Path) -> None:
    database = Database.in_folder(tmp_path)
    database.create()
    with database.write() as conn:
        jobs.put(conn, "pull", "b", 100.0)
        jobs.put(conn, "pull", "b", 50.0)  # the earlier holds
        jobs.put(conn, "pull", "b", 80.0)
        assert [j.due_at for j in jobs.every(conn)] == [50.0]
        assert jobs.lease(conn, 49.0, 10) is None
        first = jobs.lease(conn, 60.0, 10)
        assert first is not None
        assert jobs.lease(conn, 69.0, 10) is None
        second = jobs.lease(conn, 71.0, 10)  # the first worker died
        assert second is not None
        assert (first.id, first.tries, second.id, second.tries) == (second.id, 1, first.id, 2)
        jobs.done(conn, second.id, again_at=200.0)
        assert jobs.lease(conn, 199.0, 10) is None
        for n in range(jobs.TRIES):
            held = jobs.lease(conn, 200.0 + n, 10)
            assert held is not None
            jobs.failed(conn, held.id, "no answer", 200.0 + n)
        assert jobs.lease(conn, 1_000.0, 10) is None
        assert [(j.tries, j.failure) for j in jobs.every(conn)] == [(jobs.TRIES, "no answer")]
    database.close()
