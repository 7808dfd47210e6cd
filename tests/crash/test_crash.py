"""A node that is killed in the middle of its work: what it acknowledged is there, nothing half-done is, and doing it again succeeds."""

import json
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from charlevoix import house
from charlevoix.acts.act import Digest
from charlevoix.housekeeping import health
from charlevoix.ledger.inspection import inspect
from charlevoix.node import Query
from charlevoix.safeguards.grounds import Actor
from charlevoix.stix.identifier import Ref
from charlevoix.store import acts, objects, office
from crash.working_day import play
from stage import stage

DAY = Path(__file__).with_name("working_day.py")
REPORT, AGAIN = (Ref(f"report--{n * 8}-{n * 4}-4{n * 3}-8{n * 3}-{n * 12}") for n in "78")
KILLS = 20


@dataclass(frozen=True)
class Morning:
    """A home as it is before the day, what a partner sends it, and the boundaries of the day in order."""

    home: Path
    feed: Path
    boundaries: list[str]


@pytest.fixture(scope="module")
def morning(tmp_path_factory: pytest.TempPathFactory) -> Morning:
    folder = tmp_path_factory.mktemp("crash")
    with stage(folder) as played, house.opened(played.homes["Demo A"]) as source, house.opened(played.homes["Demo B"]) as sink:
        asks = Actor(sink.node.me, sink.node.me, frozenset({"peer"}))
        given = source.node.find(asks, Query("release", (("collection", "=", "acts"), ("versions", "=", "all")), limit=100))
        feed = folder / "feed.json"
        feed.write_text(json.dumps([source.node.me, *(str(row.value["body"]) for row in given.rows)]))
        home = played.homes["Demo B"]
    whole = shutil.copytree(home, folder / "whole")
    done = _run(whole, feed, 0)
    assert done.returncode == 0, done.stderr
    return Morning(home, feed, json.loads(done.stdout.splitlines()[-1])[1])


def _run(home: Path, feed: Path, last: int) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(DAY), str(home), str(feed), REPORT, str(last)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def _chosen(boundaries: list[str], most: int) -> list[int]:
    """The first of each kind of boundary as far as `most` goes, the commits before all; the rest is spread over the day. Counted from 1."""
    first = {what: n for n, what in reversed(list(enumerate(boundaries, 1)))}
    dear = [n for n, what in enumerate(boundaries, 1) if what == "after commit"]
    kinds = sorted({n for what, n in first.items() if " INSERT " not in what and " DELETE " not in what and " UPDATE " not in what})
    chosen = dict.fromkeys([*kinds, *dear, *sorted(first.values())[:: max(1, len(first) // most)]])
    step = max(1, len(boundaries) // most)
    return sorted([*chosen, *(n for n in range(1, len(boundaries) + 1, step) if n not in chosen)][:most])


def _survives(morning: Morning, last: int, home: Path) -> None:
    shutil.copytree(morning.home, home)
    killed = _run(home, morning.feed, last)
    where = f"killed at {last}, {morning.boundaries[last - 1]}"
    assert killed.returncode == -signal.SIGKILL, f"{where}: {killed.stderr}"
    with house.opened(home) as station:
        _demand_acknowledged(station, killed.stdout, where)
        _demand_sound(station, where)
        play(station, morning.feed, AGAIN, lambda *_: None)
        _demand_sound(station, where + ", and done again")
    shutil.rmtree(home)


def _demand_acknowledged(station: house.Station, printed: str, where: str) -> None:
    told = [json.loads(line) for line in printed.splitlines()]
    with station.database.read() as conn:
        for what, value in told:
            if what == "act":
                assert acts.holds(conn, [Digest(bytes.fromhex(value))]), f"{where}: an act is lost"
            if what == "object":
                assert objects.held(conn, [Ref(value)]), f"{where}: {value} is lost"
            if what == "quarantined":
                assert bytes.fromhex(value) in {held.raw for held in office.held(conn)}, f"{where}: the quarantine lost an item"
                assert station.orders.blobs.get(bytes.fromhex(value)) == b"{not JSON"
            if what == "checkpoint":
                assert value.encode() in {note for _, note in station.orders.log.checkpoints(conn)}, f"{where}: a checkpoint is lost"


def _demand_sound(station: house.Station, where: str) -> None:
    ill = [c for c in health.examine(station, refold=True) if c.state == "ill" or c.key == "health.refolded"]
    assert ill == [], where
    with station.database.read() as conn:
        assert list(inspect(station.orders.log, conn)) == [], where
        assert conn.exec_driver_sql("SELECT count(*) FROM places WHERE act NOT IN (SELECT digest FROM acts)").scalar() == 0, where
        assert conn.exec_driver_sql("SELECT count(*) FROM acts WHERE digest NOT IN (SELECT act FROM places)").scalar() == 0, where
        assert conn.exec_driver_sql("SELECT count(*) FROM releases WHERE act NOT IN (SELECT digest FROM acts)").scalar() == 0, where
        assert conn.exec_driver_sql("SELECT count(*) FROM acts WHERE case_ref NOT IN (SELECT ref FROM cases)").scalar() == 0, where


def test_the_day_passes_every_kind_of_boundary(morning: Morning) -> None:
    kinds = {what for what in morning.boundaries if what.startswith("after")}
    tables = ("acts", "places", "objects", "cases", "ledger_chunks", "releases", "quarantine", "ledger_checkpoints")
    assert {f"after INSERT {table}" for table in tables} | {"after commit", "after blob", "after fsync", "after rename"} <= kinds


@pytest.mark.slow
def test_a_node_killed_at_a_write_keeps_what_it_acknowledged_and_shows_nothing_half_done(morning: Morning, tmp_path: Path) -> None:
    for last in _chosen(morning.boundaries, KILLS):
        _survives(morning, last, tmp_path / "killed")


@pytest.mark.soak
def test_a_node_survives_being_killed_at_every_boundary(morning: Morning, tmp_path: Path) -> None:
    for last in range(1, len(morning.boundaries) + 1):
        _survives(morning, last, tmp_path / "killed")
