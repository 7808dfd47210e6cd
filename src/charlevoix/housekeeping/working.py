"""Working: doing what waits. Jobs are leased rows, so that one worker does each and a dead worker's is done by another."""

import logging
import threading
import time

from charlevoix.errors import CharlevoixError
from charlevoix.house import Station, rooms
from charlevoix.housekeeping.doorway import ROOM
from charlevoix.room import Door
from charlevoix.store import jobs
from charlevoix.store.jobs import Job

log = logging.getLogger("charlevoix.work")

LEASE = 300.0
"""Seconds that a worker has for one job before another may take it."""

IDLE = 2.0
"""Seconds between looks when nothing waits."""

LONGEST_BREAK = 3600.0


def schedule(station: Station) -> None:
    """Puts up every job that a room announces, unless it is up already."""
    now = station.clock.now().timestamp()
    with station.database.write() as conn:
        up = {j.kind for j in jobs.every(conn)}
        for name in _doors():
            if name not in up:
                jobs.put(conn, name, "", now)


def step(station: Station) -> bool:
    """Does the next job that is due; False when nothing is. A failure is kept with the job, which is tried again later and later."""
    now = station.clock.now().timestamp()
    with station.database.write() as conn:
        job = jobs.lease(conn, now, LEASE)
    if job is None:
        return False
    door = _doors().get(job.kind)
    try:
        pause = door.open()(station) if door else None
    except CharlevoixError as error:
        _put_off(station, job, f"{error.reason.rule}: {', '.join(error.reason.values)}")
    except Exception as error:  # one job's fault must not end the work of all others: kept, shown, tried again
        log.exception("job %s failed", job.kind)
        _put_off(station, job, type(error).__name__)
    else:
        with station.database.write() as conn:
            jobs.done(conn, job.id, None if pause is None else station.clock.now().timestamp() + float(pause))
    return True


def run(station: Station, stop: threading.Event) -> None:
    """Works until told to stop."""
    schedule(station)
    while not stop.is_set():
        if not step(station):
            stop.wait(IDLE)


def drain(station: Station, seconds: float = 60.0) -> int:
    """Does what is due now, within so many seconds; returns how many jobs were done."""
    schedule(station)
    end, count = time.monotonic() + seconds, 0
    while time.monotonic() < end and step(station):
        count += 1
    return count


def _put_off(station: Station, job: Job, failure: str) -> None:
    again = station.clock.now().timestamp() + min(LONGEST_BREAK, 5.0 * 2**job.tries)
    with station.database.write() as conn:
        jobs.failed(conn, job.id, failure, again)


def _doors() -> dict[str, Door]:
    """Every job by name, the house's own first. A job is a function of the station that returns in how many seconds it is due again, or None."""
    return {door.path: door for room in (ROOM, *rooms()) for door in room.jobs}
