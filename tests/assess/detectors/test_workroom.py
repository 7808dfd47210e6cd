"""A workroom holds a table for its owner alone, few at a time, and nothing of it is left when it is dropped, done or old."""

import threading
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from assess.detectors.doubles import Double, found
from charlevoix.assess.detectors import workroom
from charlevoix.assess.detectors.detector import Bench, Result
from charlevoix.assess.detectors.relation import Reading, Relation
from charlevoix.assess.detectors.workroom import Task, Workroom
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


def test_what_is_done_names_nobody_and_its_table_is_gone() -> None:
    room = Workroom()
    task = room.bring(ANA, Double(), "posts.csv", TABLE)
    room.start(task, READING, {})
    assert ended(task) == "done"
    assert task.run is not None
    assert (task.run.result.accounts, task.run.result.hits != ()) == ({}, True)
    assert "real-name" not in repr(task.run)
    for _ in range(100):
        if not Path(task.folder.name).exists():
            return
        time.sleep(0.01)
    raise AssertionError("the table is still there")


def test_another_person_finds_nothing() -> None:
    room = Workroom()
    task = room.bring(ANA, Double(), "posts.csv", TABLE)
    assert room.one(ANA, task.id) is task
    with pytest.raises(Unknown, match=r"detect\.no-run"):
        room.one(RUI, task.id)
    room.drop(task)


def test_a_run_that_is_stopped_ends_and_leaves_nothing() -> None:
    room, slow = Workroom(), Patient()
    task = room.bring(ANA, slow, "posts.csv", TABLE)
    room.start(task, READING, {})
    assert slow.begun.wait(5)
    room.drop(task)
    assert ended(task) == "failed"
    assert room.of(ANA) == ()
    time.sleep(0.1)
    assert not Path(task.folder.name).exists()


def test_two_run_at_once_and_three_tables_are_kept() -> None:
    room = Workroom()
    tasks = [room.bring(ANA, Patient(), "posts.csv", TABLE) for _ in range(3)]
    with pytest.raises(Malformed, match=r"detect\.too-many"):
        room.bring(ANA, Double(), "posts.csv", TABLE)
    for task in tasks[:2]:
        room.start(task, READING, {})
    with pytest.raises(Malformed, match=r"detect\.busy"):
        room.start(tasks[2], READING, {})
    for task in tasks:
        room.drop(task)


def test_a_table_that_is_old_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    room = Workroom()
    task = room.bring(ANA, Double(), "posts.csv", TABLE)
    monkeypatch.setattr(workroom, "KEPT", -1.0)
    assert room.of(RUI) == ()
    assert not Path(task.folder.name).exists()


def test_a_table_goes_by_itself_though_nobody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workroom, "KEPT", 0.05)
    task = Workroom().bring(ANA, Double(), "posts.csv", TABLE)
    for _ in range(200):
        if not Path(task.folder.name).exists():
            return
        time.sleep(0.01)
    raise AssertionError("the table is still there")


def test_a_detector_that_fails_is_told_in_a_sentence_without_a_row() -> None:
    room = Workroom()
    task = room.bring(ANA, Broken(), "posts.csv", TABLE)
    room.start(task, READING, {})
    assert ended(task) == "failed"
    assert task.failure == Reason("detect.broken")
    room.drop(task)


def test_the_time_of_a_run_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workroom, "LONGEST", 0.05)
    room = Workroom()
    task = room.bring(ANA, Patient(), "posts.csv", TABLE)
    room.start(task, READING, {})
    assert ended(task) == "failed"
    assert task.failure == Reason("detect.stopped")
    room.drop(task)


def test_a_file_of_no_kind_is_refused() -> None:
    with pytest.raises(Malformed, match=r"detect\.ending"):
        Workroom().bring(ANA, Double(), "../../etc/passwd", TABLE)
