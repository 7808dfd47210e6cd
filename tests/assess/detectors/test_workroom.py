"""A workroom holds tables and runs for their owner alone, few at a time, and nothing is left of what is deleted or old."""

import threading
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from assess.detectors.doubles import NOW, Double, found
from charlevoix.assess.detectors import workroom
from charlevoix.assess.detectors.detector import Bench, Result
from charlevoix.assess.detectors.relation import Reading, Relation
from charlevoix.assess.detectors.working_file import as_csv
from charlevoix.assess.detectors.workroom import RUNS, Task, Workroom
from charlevoix.errors import Malformed, Reason, Unknown
from charlevoix.stix.identifier import Ref

ANA, RUI = Ref("person--1"), Ref("person--2")
TABLE = b"user\nreal-name-1\nreal-name-2\n"
READING = Reading({"account": ("user",)})


class Patient(Double):
    """Goes on until it is told to stop."""

    def __init__(self) -> None:
        self.begun = threading.Event()

    def run(self, relation: Relation, parameters: Mapping[str, str], seed: int, bench: Bench, /) -> Result:
        self.begun.set()
        for i in range(2_000):
            bench.tell(i / 2_000, Reason("detect.reading"))
            time.sleep(0.01)
        return found()


class Broken(Double):
    def run(self, relation: Relation, parameters: Mapping[str, str], seed: int, bench: Bench, /) -> Result:
        raise ZeroDivisionError("real-name-1")


def ended(task: Task) -> str:
    for _ in range(500):
        if task.phase != "running":
            return task.phase
        time.sleep(0.01)
    raise AssertionError("it still runs")


def brought(room: Workroom, detector: Double | None = None, owner: Ref = ANA) -> Task:
    return room.bring(owner, detector or Double(), "posts.csv", TABLE, NOW)


def is_gone(folder: str) -> bool:
    for _ in range(300):
        if not Path(folder).exists():
            return True
        time.sleep(0.01)
    return False


def test_what_is_done_names_nobody_but_in_its_working_files() -> None:
    room = Workroom()
    task = brought(room)
    room.start(task, READING, {})
    assert ended(task) == "done"
    assert task.run is not None
    assert (task.run.result.accounts, task.run.result.hits != ()) == ({}, True)
    assert "real-name" not in repr(task.run)
    edges, hits = task.files
    assert (edges.name, edges.rows, hits.name, hits.rows) == ("edges", 1, "hits", 2)
    assert b"real-name-1,'=real-name-2,3,\r\n" in b"".join(as_csv(edges, "TLP:RED"))
    assert "real-name-1" in Path(hits.paths[0]).read_text()
    where = Path(edges.paths[0]).parent
    room.drop(task)
    assert not where.exists()
    assert Path(task.table.path).exists(), "the table is there until it is deleted"
    room.drop_table(task.table)
    assert not Path(task.table.path).exists()


def test_a_table_is_used_again_as_it_was_read_before() -> None:
    room = Workroom()
    first = brought(room)
    room.start(first, READING, {})
    assert ended(first) == "done"
    table = room.table(ANA, first.table.id)
    second = room.use(table, Double(), NOW)
    assert (second.table is table, second.phase, table.reading) == (True, "waiting", READING)
    room.start(second, READING, {})
    assert ended(second) == "done"
    assert room.of(ANA) == (second, first)
    room.drop_table(table)
    assert room.of(ANA) == (second, first), "results stay"
    assert room.tables(ANA) == ()
    room.drop(first)
    room.drop(second)


def test_twenty_runs_stay_and_the_oldest_goes_first() -> None:
    room = Workroom()
    tasks = [brought(room)]
    room.start(tasks[0], READING, {})
    assert ended(tasks[0]) == "done"
    kept = Path(tasks[0].files[0].paths[0])
    tasks += [room.use(tasks[0].table, Double(), NOW) for _ in range(RUNS - 1)]
    other = brought(room, owner=RUI)
    assert kept.exists()
    assert room.of(ANA) == tuple(reversed(tasks))
    tasks.append(room.use(tasks[0].table, Double(), NOW))
    assert room.of(ANA) == tuple(reversed(tasks[1:]))
    assert not kept.exists()
    assert room.of(RUI) == (other,)
    for table in (tasks[0].table, other.table):
        room.drop_table(table)
    assert room.of(ANA) == ()


def test_another_person_finds_neither_run_nor_table() -> None:
    room = Workroom()
    task = brought(room)
    assert room.one(ANA, task.id) is task
    with pytest.raises(Unknown, match=r"detect\.no-run"):
        room.one(RUI, task.id)
    with pytest.raises(Unknown, match=r"detect\.no-table"):
        room.table(RUI, task.table.id)
    room.drop_table(task.table)


def test_a_run_that_is_stopped_ends_and_leaves_nothing() -> None:
    room, slow = Workroom(), Patient()
    task = brought(room, slow)
    room.start(task, READING, {})
    assert slow.begun.wait(5)
    room.drop(task)
    assert ended(task) == "failed"
    assert room.of(ANA) == ()
    assert Path(task.table.path).exists()
    room.drop_table(task.table)
    assert is_gone(task.table.folder.name)


def test_a_table_that_is_deleted_stops_what_runs_over_it() -> None:
    room, slow = Workroom(), Patient()
    task = brought(room, slow)
    room.start(task, READING, {})
    assert slow.begun.wait(5)
    room.drop_table(task.table)
    assert ended(task) == "failed"
    assert is_gone(task.table.folder.name)
    with pytest.raises(Malformed, match=r"detect\.no-table"):
        room.start(task, READING, {})


def test_two_run_at_once_and_three_tables_are_kept() -> None:
    room = Workroom()
    tasks = [brought(room, Patient()) for _ in range(3)]
    with pytest.raises(Malformed, match=r"detect\.too-many"):
        brought(room)
    for task in tasks[:2]:
        room.start(task, READING, {})
    with pytest.raises(Malformed, match=r"detect\.busy"):
        room.start(tasks[2], READING, {})
    for task in tasks:
        room.drop_table(task.table)


def test_a_table_that_is_old_is_gone_and_what_was_found_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    room = Workroom()
    done = brought(room)
    room.start(done, READING, {})
    assert ended(done) == "done"
    room.use(done.table, Double(), NOW)
    monkeypatch.setattr(workroom, "KEPT", -1.0)
    assert room.of(RUI) == ()
    assert not Path(done.table.folder.name).exists()
    assert room.of(ANA) == (done,)
    room.drop(done)


def test_a_table_goes_by_itself_though_nobody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workroom, "KEPT", 0.05)
    assert is_gone(brought(Workroom()).table.folder.name)


def test_a_table_that_is_being_looked_through_is_not_taken_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workroom, "KEPT", 0.05)
    room, slow = Workroom(), Patient()
    task = brought(room, slow)
    room.start(task, READING, {})
    assert slow.begun.wait(5)
    time.sleep(0.3)
    assert Path(task.table.path).exists()
    room.drop(task)
    assert ended(task) == "failed"
    assert is_gone(task.table.folder.name), "it goes when the run has ended"


def test_a_detector_that_fails_is_told_in_a_sentence_without_a_row() -> None:
    room = Workroom()
    task = brought(room, Broken())
    room.start(task, READING, {})
    assert ended(task) == "failed"
    assert task.failure == Reason("detect.broken")
    assert task.files == ()
    room.drop_table(task.table)


def test_the_time_of_a_run_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workroom, "LONGEST", 0.05)
    room = Workroom()
    task = brought(room, Patient())
    room.start(task, READING, {})
    assert ended(task) == "failed"
    assert task.failure == Reason("detect.stopped")
    room.drop_table(task.table)


def test_a_file_of_no_kind_is_refused() -> None:
    with pytest.raises(Malformed, match=r"detect\.ending"):
        Workroom().bring(ANA, Double(), "../../etc/passwd", TABLE, NOW)
