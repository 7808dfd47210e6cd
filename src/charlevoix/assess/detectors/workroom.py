"""A workroom: tables that were uploaded to the console and what was run over them, each its owner's alone.

A table is kept for an hour after it was last used. A run stays listed, with its result and its working files, until its owner deletes it, until it is the oldest of
too many, or until the console ends: all of it is in the memory and the temporary folder of this process, and nothing in the node's home, in a log or in a backup.
"""

import secrets
import tempfile
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from charlevoix.assess.detectors import working_file
from charlevoix.assess.detectors.detector import Detector
from charlevoix.assess.detectors.relation import Reading
from charlevoix.assess.detectors.running import Order, Run, running
from charlevoix.assess.detectors.working_file import WorkingFile
from charlevoix.errors import CharlevoixError, Malformed, Reason, Unknown
from charlevoix.stix.identifier import Ref

KEPT: Final = 3_600.0
"""Seconds after its last use that a table is gone."""

LONGEST: Final = 900.0
"""Seconds that a run may take."""

AT_ONCE: Final = 2
"""Runs at the same time, of all people of the node."""

TABLES: Final = 3
RUNS: Final = 20
"""Of each person. One table more is refused; for one run more the oldest goes."""


class _Stopped(Exception):
    """Raised inside a run, where it says how far it is."""


@dataclass(slots=True, eq=False)
class Table:
    """A file that was uploaded. `reading`: how it was read the last time."""

    id: str
    owner: Ref
    file: str  # the name that was given
    folder: tempfile.TemporaryDirectory[str]
    came: datetime
    size: int
    used: float
    reading: Reading | None = None
    gone: bool = False
    end: threading.Timer | None = None  # takes it away though nobody looks again

    @property
    def path(self) -> str:
        return str(Path(self.folder.name) / f"table{_ending(self.file)}")


@dataclass(slots=True, eq=False)
class Task:
    """One table and one detector. `phase`: "waiting" for its columns, "running", "done", "failed"; only its own thread moves it on from "running"."""

    id: str
    owner: Ref
    detector: Detector
    table: Table
    made: datetime
    phase: str = "waiting"
    share: float = 0.0
    doing: Reason = Reason("detect.reading")  # noqa: RUF009 (a Reason is frozen)
    failure: Reason | None = None
    reading: Reading | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)
    run: Run | None = None
    files: tuple[WorkingFile, ...] = ()
    folder: tempfile.TemporaryDirectory[str] | None = None  # of the working files
    stop: threading.Event = field(default_factory=threading.Event)

    @property
    def file(self) -> str:
        return self.table.file


_ENDINGS: Final = (".csv", ".csv.gz", ".tsv", ".parquet", ".jsonl", ".ndjson", ".json")


def _ending(file: str) -> str:
    return next((e for e in _ENDINGS if file.lower().endswith(e)), "")


class Workroom:
    """See the module. Safe for threads."""

    def __init__(self) -> None:
        self._tables: dict[str, Table] = {}
        self._tasks: dict[str, Task] = {}
        self._lock = threading.RLock()

    # --- tables ------------------------------------------------------------------------------------------------------

    def bring(self, owner: Ref, detector: Detector, file: str, raw: bytes, now: datetime) -> Task:
        """Keeps an uploaded table, and what a detector is to do with it. Raises Malformed for a file of no known kind and for one too many."""
        if not _ending(file):
            raise Malformed("detect.ending", file[:100], advice="detect.endings")
        with self._lock:
            if len(self.tables(owner)) >= TABLES:
                raise Malformed("detect.too-many", TABLES, advice="detect.remove-one")
            folder = tempfile.TemporaryDirectory(prefix="charlevoix-table-")
            table = Table(secrets.token_hex(16), owner, file[:100], folder, now, len(raw), time.monotonic())
            Path(table.path).write_bytes(raw)
            self._tables[table.id] = table
        self._wait(table)
        return self.use(table, detector, now)

    def use(self, table: Table, detector: Detector, now: datetime) -> Task:
        """What a detector is to do with a table that is here."""
        with self._lock:
            table.used = time.monotonic()
            task = Task(secrets.token_hex(16), table.owner, detector, table, now)
            self._tasks[task.id] = task
            for one in [t for t in self.of(table.owner) if t.phase != "running"][RUNS:]:
                self.drop(one)
        return task

    def tables(self, owner: Ref) -> tuple[Table, ...]:
        """What somebody uploaded, the newest first; what is past its time is gone before."""
        self._clear()
        return tuple(reversed([t for t in list(self._tables.values()) if t.owner == owner]))

    def table(self, owner: Ref, id_: str) -> Table:
        """Raises Unknown for what is not there, or is another's."""
        found = next((t for t in self.tables(owner) if t.id == id_), None)
        if found is None:
            raise Unknown("detect.no-table", advice="detect.upload-again")
        return found

    def drop_table(self, table: Table) -> None:
        """Takes it away, with what waits for its columns or runs over it; results stay."""
        with self._lock:
            table.gone = True
            if table.end:
                table.end.cancel()
            self._tables.pop(table.id, None)
            under_way = [t for t in self._tasks.values() if t.table is table and t.phase in ("waiting", "running")]
            for task in under_way:
                self.drop(task)
            if not any(t.phase == "running" for t in under_way):  # else the last of their threads clears away when it hears of it
                table.folder.cleanup()

    def _clear(self) -> None:
        for old in [t for t in list(self._tables.values()) if time.monotonic() - t.used > KEPT and not self._runs_over(t)]:
            self.drop_table(old)

    def _runs_over(self, table: Table) -> bool:
        return any(t.table is table and t.phase == "running" for t in list(self._tasks.values()))

    def _wait(self, table: Table) -> None:
        """Looks again when the table's hour is over."""
        if table.gone:
            return
        table.end = threading.Timer(max(0.1, KEPT - (time.monotonic() - table.used) + 0.01), self._over, (table,))
        table.end.daemon = True
        table.end.start()

    def _over(self, table: Table) -> None:
        self._clear()
        self._wait(table)

    # --- runs --------------------------------------------------------------------------------------------------------

    def of(self, owner: Ref) -> tuple[Task, ...]:
        """What is somebody's, the newest first."""
        self._clear()
        return tuple(reversed([t for t in list(self._tasks.values()) if t.owner == owner]))

    def one(self, owner: Ref, id_: str) -> Task:
        """Raises Unknown for what is not there, or is another's."""
        found = next((t for t in self.of(owner) if t.id == id_), None)
        if found is None:
            raise Unknown("detect.no-run", advice="detect.begin-again")
        return found

    def start(self, task: Task, reading: Reading, parameters: Mapping[str, str]) -> None:
        """Runs in a thread of its own. Raises Malformed where two run already, this one has begun, or its table is gone."""
        with self._lock:
            if task.table.gone:
                raise Malformed("detect.no-table", advice="detect.upload-again")
            if sum(t.phase == "running" for t in self._tasks.values()) >= AT_ONCE:
                raise Malformed("detect.busy", AT_ONCE, advice="detect.later")
            if task.phase not in ("waiting", "failed"):
                raise Malformed("detect.begun")
            task.phase, task.share, task.failure = "running", 0.0, None
            task.reading, task.parameters = reading, parameters
            task.table.reading, task.table.used = reading, time.monotonic()
        order = Order(task.table.path, reading, parameters)
        threading.Thread(target=self._work, args=(task, order), name="detect", daemon=True).start()

    def drop(self, task: Task) -> None:
        """Stops it and takes away its result and its working files."""
        task.stop.set()
        with self._lock:
            self._tasks.pop(task.id, None)
            if task.phase != "running" and task.folder:  # else its thread clears away when it hears of it
                task.folder.cleanup()

    def _work(self, task: Task, order: Order) -> None:
        until = time.monotonic() + LONGEST

        def tell(share: float, doing: Reason) -> None:
            if task.stop.is_set() or time.monotonic() > until:
                raise _Stopped
            task.share, task.doing = share, doing

        phase = "failed"
        try:
            with running(task.detector, order, tell) as run:
                task.folder = tempfile.TemporaryDirectory(prefix="charlevoix-run-")
                task.files = working_file.kept(run, task.detector, task.folder.name)
                # whose accounts they were is in the working files alone: pages and what leaves have pseudonyms
                nameless = replace(run.result, accounts={})
                task.run = replace(run, result=nameless, relation=replace(run.relation, source=task.file, path=""))
            phase = "done"
        except _Stopped:
            task.failure = Reason("detect.stopped")
        except CharlevoixError as error:
            task.failure = error.reason
        except Exception:  # noqa: BLE001  # a detector of somebody else's: whatever it did, the reader gets a sentence, and no row of the table is logged
            task.failure = Reason("detect.broken")
        with self._lock:
            task.phase, task.table.used = phase, time.monotonic()
            if task.folder and (task.stop.is_set() or phase == "failed"):
                task.folder.cleanup()
            if task.table.gone and not self._runs_over(task.table):
                task.table.folder.cleanup()


WORKROOM: Final = Workroom()
"""That of this process."""
