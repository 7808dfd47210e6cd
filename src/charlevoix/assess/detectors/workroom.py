"""A workroom: tables that were uploaded to the console and what was run over them, each its owner's alone.

A table is kept for an hour after it was last used. A run stays listed, with its result and its working files, until its owner deletes it, until it is the oldest of
too many, or until the console ends: all of it is in the temporary folder of this process, and nothing in the node's home, in a log or in a backup. What reads a table is a process of its own (`apart`),
which is ended where it takes too long or is no longer wanted.
"""

import pickle
import re
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Final, cast

from charlevoix.assess.detectors import working_file
from charlevoix.assess.detectors.apart import Apart, Ended, Fell, Tell
from charlevoix.assess.detectors.detector import Detector
from charlevoix.assess.detectors.engine import DuckDB, Engine
from charlevoix.assess.detectors.folder import Folder, clear
from charlevoix.assess.detectors.relation import Reading, header
from charlevoix.assess.detectors.running import Order, Run, running
from charlevoix.assess.detectors.table import ending, within
from charlevoix.assess.detectors.working_file import WorkingFile
from charlevoix.errors import CharlevoixError, Malformed, Reason, Unknown
from charlevoix.stix.identifier import Ref

KEPT: Final = 3_600.0
"""Seconds after its last use that a table is gone."""

LONGEST: Final = 900.0
"""Seconds that a run may take."""

LOOK: Final = 60.0
"""Seconds to find out which columns a table has."""

ROWS: Final = 10_000_000
UNPACKED: Final = 1_000_000_000
"""Rows of a table, and bytes of it once unpacked; the command line takes any."""

SPILL: Final = 4_000
"""Megabytes that a run may lay down beside its table, twice what it may hold in memory."""

AT_ONCE: Final = 2
"""Runs at the same time, of all people of the node; one that is ended counts until its process is gone."""

TABLES: Final = 3
RUNS: Final = 20
"""Of each person. One table more is refused; for one run more the oldest goes."""


@dataclass(slots=True, eq=False)
class Table:
    """A file that was uploaded. `reading`: how it was read the last time. `columns`: by encoding, what its columns are called, or why that can't be said."""

    id: str
    owner: Ref
    file: str  # the name that was given
    folder: Folder
    came: datetime
    size: int
    used: float
    reading: Reading | None = None
    columns: dict[str, tuple[str, ...] | Reason] = field(default_factory=dict)
    gone: bool = False
    end: threading.Timer | None = None  # takes it away though nobody looks again

    @property
    def path(self) -> str:
        return str(Path(self.folder.name) / re.sub(r"[^\w. -]", "_", self.file[-60:]))  # messages name the file as its owner does


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
    headline: Reason | None = None  # of the result
    files: tuple[WorkingFile, ...] = ()
    folder: Folder | None = None  # of the result and the working files
    stop: threading.Event = field(default_factory=threading.Event)
    process: "Apart[Kept] | None" = None

    @property
    def file(self) -> str:
        return self.table.file

    @property
    def run(self) -> Run | None:
        """The result, read anew each time: a hundred thousand hits lie on the disk until somebody looks at them."""
        if self.phase != "done" or self.folder is None:
            return None
        try:
            found: Run = pickle.loads((Path(self.folder.name) / _RESULT).read_bytes())  # noqa: S301  # written by `_kept`
        except FileNotFoundError:  # it is being deleted
            return None
        return found


Kept = tuple[Reason, tuple[WorkingFile, ...]]
_RESULT: Final = "result.pickle"


class Workroom:
    """See the module. Safe for threads."""

    def __init__(self) -> None:
        self._tables: dict[str, Table] = {}
        self._tasks: dict[str, Task] = {}
        self._working: set[str] = set()  # tasks whose process is there
        self._coming: list[Ref] = []  # owners of tables that are being laid down
        self._looks = threading.BoundedSemaphore(AT_ONCE)
        self._lock = threading.RLock()
        clear()

    # --- tables ------------------------------------------------------------------------------------------------------

    def bring(self, owner: Ref, detector: Detector, file: str, raw: bytes, now: datetime) -> Task:
        """Keeps an uploaded table, and what a detector is to do with it. Raises Malformed for a file of no known kind, one too many and one too large."""
        ending(file)
        with self._lock:
            if len(self.tables(owner)) + self._coming.count(owner) >= TABLES:
                raise Malformed("detect.too-many", TABLES, advice="detect.remove-one")
            self._coming.append(owner)
        folder = Folder("table")
        try:
            table = Table(secrets.token_hex(16), owner, file[-100:], folder, now, len(raw), time.monotonic())
            Path(table.path).write_bytes(raw)
            self._look(table)
            with self._lock:
                self._tables[table.id] = table
        except BaseException:
            folder.cleanup()
            raise
        finally:
            with self._lock:
                self._coming.remove(owner)
        self._wait(table)
        return self.use(table, detector, now)

    def columns(self, table: Table, encoding: str = "utf-8") -> tuple[str, ...]:
        """What the columns of a table are called, read in this encoding. Raises Malformed where that can't be said."""
        found = table.columns.get(encoding) or self._look(table, encoding)
        if isinstance(found, Reason):
            raise Malformed(found.rule, *found.values, advice=found.advice)
        return found

    def _look(self, table: Table, encoding: str = "utf-8") -> tuple[str, ...] | Reason:
        """Raises Malformed for a table that is too large."""
        with self._looks:
            look: Apart[tuple[str, ...] | Reason] = Apart(table.folder.name)
            try:
                found = look.answer(LOOK, _looked, table.path, encoding, (ROWS, UNPACKED))
            except (Ended, Fell):
                found = Reason("detect.not-looked", (table.file,), "detect.mend-table")
        table.columns[encoding] = found
        return found

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
            if len(self._working) >= AT_ONCE:
                raise Malformed("detect.busy", AT_ONCE, advice="detect.later")
            if task.phase not in ("waiting", "failed"):
                raise Malformed("detect.begun")
            task.phase, task.share, task.failure = "running", 0.0, None
            task.reading, task.parameters = reading, parameters
            task.table.reading, task.table.used = reading, time.monotonic()
            self._working.add(task.id)
        order = Order(task.table.path, reading, parameters, spill=SPILL)
        threading.Thread(target=self._work, args=(task, order), name="detect", daemon=True).start()

    def drop(self, task: Task) -> None:
        """Ends it and takes away its result and its working files."""
        task.stop.set()
        with self._lock:
            self._tasks.pop(task.id, None)
            if task.process:
                task.process.end()
            if task.phase != "running" and task.folder:  # else its thread clears away when its process is gone
                task.folder.cleanup()

    def _work(self, task: Task, order: Order) -> None:
        def tell(share: float, doing: Reason) -> None:
            task.share, task.doing = share, doing

        phase = "failed"
        try:
            task.folder = folder = Folder("run")
            process: Apart[Kept] = Apart(folder.name)
            with self._lock:
                task.process = process
            if task.stop.is_set():
                process.end()
            task.headline, task.files = process.answer(LONGEST, _kept, task.detector, order, folder.name, task.file, tell=tell)
            phase = "done"
        except Ended:
            task.failure = Reason("detect.stopped")
        except CharlevoixError as error:
            task.failure = error.reason
        except Exception:  # noqa: BLE001  # Fell, and whatever else: the reader gets a sentence, and no row of the table is logged
            task.failure = Reason("detect.broken")
        with self._lock:
            self._working.discard(task.id)
            task.process, task.phase, task.table.used = None, phase, time.monotonic()
            if task.folder and (task.stop.is_set() or phase == "failed"):
                task.folder.cleanup()
            if task.table.gone and not self._runs_over(task.table):
                task.table.folder.cleanup()


@dataclass(frozen=True, slots=True)
class _Past:
    """An engine when its run is over: nothing can be asked of it, and a result says what it was."""

    name: str


def _kept(tell: Tell, detector: Detector, order: Order, folder: str, file: str) -> Kept:
    """Runs, in a process of its own, and leaves the result and the working files in the folder."""
    with running(detector, order, tell) as run:
        files = working_file.kept(run, detector, folder)
        # whose accounts they were is in the working files alone: pages and what leaves have pseudonyms
        relation = replace(run.relation, source=file, path="", engine=cast(Engine, _Past(run.relation.engine.name)))
        kept = replace(run, result=replace(run.result, accounts={}), relation=relation)
    (Path(folder) / _RESULT).write_bytes(pickle.dumps(kept))
    return run.result.headline, files


def _looked(tell: Tell, path: str, encoding: str, most: tuple[int, int]) -> tuple[str, ...] | Reason:
    """The columns, or why they can't be told. Raises Malformed for a table that is too large."""
    with Folder("detect") as folder, DuckDB(folder, threads=1) as db:
        within(path, *most, db)
        try:
            return tuple(header(path, db, encoding))
        except CharlevoixError as error:
            return error.reason


WORKROOM: Final = Workroom()
"""That of this process."""
