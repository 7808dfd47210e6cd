"""A workroom holds tables and runs for their owner alone, few at a time, and nothing is left of what is deleted or old."""

import gzip
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pytest

from assess.detectors.doubles import NOW, Broken, Deaf, Double, Killed, Patient
from charlevoix.assess.detectors import workroom
from charlevoix.assess.detectors.coordination.detector import Coordination
from charlevoix.assess.detectors.copies.detector import Copies
from charlevoix.assess.detectors.detector import Detector
from charlevoix.assess.detectors.engine import DuckDB
from charlevoix.assess.detectors.lookalikes.detector import LookAlikes
from charlevoix.assess.detectors.relation import Reading
from charlevoix.assess.detectors.working_file import as_csv
from charlevoix.assess.detectors.workroom import RUNS, Task, Workroom
from charlevoix.errors import Malformed, Reason, Unknown
from charlevoix.stix.identifier import Ref

ANA, RUI = Ref("person--1"), Ref("person--2")
TABLE = b"user\nreal-name-1\nreal-name-2\n"
READING = Reading({"account": ("user",)})


def ended(task: Task) -> str:
    for _ in range(6_000):
        if task.phase != "running":
            return task.phase
        time.sleep(0.01)
    raise AssertionError("it still runs")


def begun(task: Task) -> bool:
    """Its detector is at work."""
    for _ in range(6_000):
        if task.share > 0:
            return True
        time.sleep(0.01)
    return False


def at_work() -> list[int]:
    """Processes of ours that do a job, or were just ended."""
    return [one.pid for one in psutil.Process().children()]


def brought(room: Workroom, detector: Double | None = None, owner: Ref = ANA) -> Task:
    return room.bring(owner, detector or Double(), "posts.csv", TABLE, NOW)


def is_gone(folder: str) -> bool:
    for _ in range(3_000):
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
    room = Workroom()
    task = brought(room, Patient())
    room.start(task, READING, {})
    assert begun(task)
    room.drop(task)
    assert ended(task) == "failed"
    assert room.of(ANA) == ()
    assert Path(task.table.path).exists()
    room.drop_table(task.table)
    assert is_gone(task.table.folder.name)


def test_a_table_that_is_deleted_stops_what_runs_over_it() -> None:
    room = Workroom()
    task = brought(room, Patient())
    room.start(task, READING, {})
    assert begun(task)
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
    assert [ended(task) for task in tasks[:2]] == ["failed", "failed"]


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
    room = Workroom()
    task = brought(room, Patient())
    room.start(task, READING, {})
    assert begun(task)
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
    monkeypatch.setattr(workroom, "LONGEST", 3.0)
    room = Workroom()
    task = brought(room, Deaf())
    room.start(task, READING, {})
    assert ended(task) == "failed"
    assert task.failure == Reason("detect.stopped")
    assert at_work() == []
    room.drop_table(task.table)


def test_a_run_that_hears_nothing_is_ended_and_its_place_is_free_when_its_process_is_gone() -> None:
    room = Workroom()
    table = brought(room).table
    for _ in range(3):
        task = room.use(table, Deaf(), NOW)
        room.start(task, READING, {})
        assert begun(task)
        assert len(at_work()) == 1
        room.drop(task)
        assert ended(task) == "failed"
        assert at_work() == []
    first, second, third = (room.use(table, Patient(), NOW) for _ in range(3))
    for task in (first, second):
        room.start(task, READING, {})
    room.drop(first)
    room.drop(second)
    refused = 0
    while third.phase == "waiting":
        assert len(at_work()) <= 2, "also while the first ones are being ended"
        try:
            room.start(third, READING, {})
        except Malformed:
            refused += 1
    assert len(at_work()) <= 2
    room.drop_table(table)
    assert ended(third) == "failed"


def test_a_process_that_is_killed_is_told_and_the_console_goes_on() -> None:
    room = Workroom()
    task = brought(room, Killed())
    room.start(task, READING, {})
    assert ended(task) == "failed"
    assert task.failure == Reason("detect.broken")
    again = room.use(task.table, Double(), NOW)
    room.start(again, READING, {})
    assert ended(again) == "done"
    room.drop(again)
    room.drop_table(task.table)


@pytest.mark.parametrize("detector", [Coordination(), Copies(), LookAlikes()])
def test_each_detector_of_ours_runs_apart_and_its_result_comes_back(detector: Detector) -> None:
    words = "the bridge over the river is closed until friday and nobody knows why it was closed"
    body = "u,o,t,x\n" + "".join(f"real-name-{i % 2},o{i // 2}.example,{i * 1000},{words} {i}\n" for i in range(40))
    room = Workroom()
    task = room.bring(ANA, detector, "posts.csv", body.encode(), NOW)
    roles = {"account": "u", "object": "o", "time": "t", "text": "x", "id": "t", "domain": "o"}
    columns = {need.role: (roles[need.role],) for need in detector.needs if need.required}
    room.start(task, Reading(columns), {"watchlist": "domain\no1.example\n"} if isinstance(detector, LookAlikes) else {})
    assert ended(task) == "done", task.failure
    assert task.run is not None
    assert task.headline == task.run.result.headline
    assert task.run.result.accounts == {}
    folder = Path(task.files[0].paths[0]).parent
    room.drop(task)
    assert not folder.exists()
    room.drop_table(task.table)


def test_a_table_that_is_too_large_once_unpacked_is_refused_and_nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with DuckDB(str(tmp_path)) as db:
        db.do(f"COPY (SELECT 'a' AS user FROM range({workroom.ROWS + 1})) TO '{tmp_path}/rows.parquet' (FORMAT parquet)")
    rows = (tmp_path / "rows.parquet").read_bytes()
    assert len(rows) < 2_000_000
    monkeypatch.setattr(workroom, "UNPACKED", 20_000_000)
    room = Workroom()
    for name, raw, rule in (
        ("posts.parquet", rows, "detect.too-many-rows"),
        ("posts.csv.gz", gzip.compress(b"user\n" + b"x" * 30_000_000), "detect.too-large"),
    ):
        with pytest.raises(Malformed) as refused:
            room.bring(ANA, Double(), name, raw, NOW)
        assert refused.value.reason.rule == rule
    assert room.tables(ANA) == ()


def test_an_upload_keeps_nobody_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    room, goes_on = Workroom(), threading.Event()
    task = brought(room, owner=RUI)
    monkeypatch.setattr(Path, "write_bytes", lambda path, raw: goes_on.wait(20) and None)
    monkeypatch.setattr(room, "_look", lambda table: ())
    slow = threading.Thread(target=brought, args=(room,))
    slow.start()
    began = time.monotonic()
    assert room.of(RUI) == (task,)
    room.drop_table(task.table)
    assert time.monotonic() - began < 5
    goes_on.set()
    slow.join()
    room.drop_table(room.tables(ANA)[0])


def test_what_can_be_uploaded_is_what_the_command_line_reads() -> None:
    room = Workroom()
    for name, raw in (("a.tsv.gz", gzip.compress(TABLE)), ("a.txt", TABLE), ("a.JSONL.gz", gzip.compress(b'{"user": "a"}\n'))):
        task = room.bring(ANA, Double(), name, raw, NOW)
        assert room.columns(task.table) == ("user",)
        room.drop_table(task.table)


def test_columns_are_read_in_the_encoding_that_is_named_and_a_failure_is_told_each_time() -> None:
    room = Workroom()
    task = room.bring(ANA, Double(), "a.csv", "имя\nа\n".encode("utf-16"), NOW)
    for _ in range(2):
        with pytest.raises(Malformed, match=r"relation\.not-encoded"):
            room.columns(task.table)
    assert room.columns(task.table, "utf-16") == ("имя",)
    room.start(task, Reading({"account": ("имя",)}, encoding="utf-16"), {})
    assert ended(task) == "done", task.failure
    room.drop(task)
    room.drop_table(task.table)


def test_a_file_of_no_kind_is_refused() -> None:
    with pytest.raises(Malformed, match=r"detect\.ending"):
        Workroom().bring(ANA, Double(), "../../etc/passwd", TABLE, NOW)


CONSOLE = """
import datetime, time
from assess.detectors.doubles import Patient
from charlevoix.assess.detectors.relation import Reading
from charlevoix.assess.detectors.workroom import Workroom
from charlevoix.cli import _end_in_order
_end_in_order()
room = Workroom()
task = room.bring("person--1", Patient(), "posts.csv", b"user\\nreal-name-1\\n", datetime.datetime.now(datetime.UTC))
room.start(task, Reading({"account": ("user",)}), {})
while not task.share:
    time.sleep(0.01)
print("begun", flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_console_that_is_ended_takes_its_runs_with_it_and_leaves_no_table_beyond_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    env = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    console = subprocess.Popen([sys.executable, "-c", CONSOLE], env=env, stdout=subprocess.PIPE)
    assert console.stdout is not None
    assert console.stdout.readline() == b"begun\n"
    (child,) = psutil.Process(console.pid).children()
    console.send_signal(number)
    console.wait(30)
    child.wait(30)
    console.stdout.close()
    left = [path.name for path in tmp_path.iterdir()]
    assert bool(left) == (number == signal.SIGKILL)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    Workroom()
    assert list(tmp_path.iterdir()) == []
