"""A workroom: tables that were uploaded to the console and what runs over them, each its owner's alone, for an hour and no longer."""

import secrets
import tempfile
import threading
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from charlevoix.assess.detectors.detector import Detector
from charlevoix.assess.detectors.relation import Reading
from charlevoix.assess.detectors.running import Order, Run, running
from charlevoix.errors import CharlevoixError, Malformed, Reason, Unknown
from charlevoix.stix.identifier import Ref

KEPT: Final = 3_600.0
"""Seconds after which a table and its result are gone, whatever became of them."""

LONGEST: Final = 900.0
"""Seconds that a run may take."""

AT_ONCE: Final = 2
"""Runs at the same time, of all people of the node; and three tables of each person."""

EACH: Final = 3


class _Stopped(Exception):
    """Raised inside a run, where it says how far it is."""


@dataclass(slots=True)
class Task:
    """One table and one detector. `phase`: "waiting" for its columns, "running", "done", "failed"; only its own thread moves it on from "running"."""

    id: str
    owner: Ref
    detector: Detector
    file: str  # the name that was given
    folder: tempfile.TemporaryDirectory[str]
    began: float
    phase: str = "waiting"
    share: float = 0.0
    doing: Reason = Reason("detect.reading")  # noqa: RUF009 (a Reason is frozen)
    failure: Reason | None = None
    run: Run | None = None
    stop: threading.Event = field(default_factory=threading.Event)
    end: threading.Timer | None = None  # takes it away though nobody looks again

    @property
    def path(self) -> str:
        return str(Path(self.folder.name) / f"table{_ending(self.file)}")


_ENDINGS: Final = (".csv", ".csv.gz", ".tsv", ".parquet", ".jsonl", ".ndjson", ".json")


def _ending(file: str) -> str:
    return next((e for e in _ENDINGS if file.lower().endswith(e)), "")


class Workroom:
    """In the memory and the temporary folder of this process: nothing of it is in the node's home, in a log or in a backup."""

    def __init__(self) -> None:
        self._tasks: dict[str, Task] = {}
        self._lock = threading.Lock()

    def bring(self, owner: Ref, detector: Detector, file: str, raw: bytes) -> Task:
        """Keeps an uploaded table. Raises Malformed for a file of no known kind and for one too many."""
        if not _ending(file):
            raise Malformed("detect.ending", file[:100], advice="detect.endings")
        if len(self.of(owner)) >= EACH:
            raise Malformed("detect.too-many", EACH, advice="detect.remove-one")
        task = Task(
            secrets.token_hex(16), owner, detector, file[:100], tempfile.TemporaryDirectory(prefix="charlevoix-table-"), time.monotonic()
        )
        Path(task.path).write_bytes(raw)
        task.end = threading.Timer(max(KEPT, 0.0), self.drop, (task,))
        task.end.daemon = True
        with self._lock:
            self._tasks[task.id] = task
        task.end.start()
        return task

    def of(self, owner: Ref) -> tuple[Task, ...]:
        """What is somebody's; what is past its time is gone before."""
        for old in [t for t in list(self._tasks.values()) if time.monotonic() - t.began > KEPT]:
            self.drop(old)
        return tuple(t for t in list(self._tasks.values()) if t.owner == owner)

    def one(self, owner: Ref, id_: str) -> Task:
        """Raises Unknown for what is not there, or is another's."""
        found = next((t for t in self.of(owner) if t.id == id_), None)
        if found is None:
            raise Unknown("detect.no-run", advice="detect.begin-again")
        return found

    def start(self, task: Task, reading: Reading, parameters: dict[str, str]) -> None:
        """Runs in a thread of its own. Raises Malformed where two run already, or this one has begun."""
        with self._lock:
            if sum(t.phase == "running" for t in self._tasks.values()) >= AT_ONCE:
                raise Malformed("detect.busy", AT_ONCE, advice="detect.later")
            if task.phase not in ("waiting", "failed"):
                raise Malformed("detect.begun")
            task.phase, task.share, task.failure = "running", 0.0, None
        order = Order(task.path, reading, parameters)
        threading.Thread(target=self._work, args=(task, order), name="detect", daemon=True).start()

    def drop(self, task: Task) -> None:
        """Stops it and takes away the table and the result."""
        task.stop.set()
        if task.end:
            task.end.cancel()
        with self._lock:
            self._tasks.pop(task.id, None)
        if task.phase != "running":  # else its thread clears away when it hears of it
            task.folder.cleanup()

    def _work(self, task: Task, order: Order) -> None:
        until = time.monotonic() + LONGEST

        def tell(share: float, doing: Reason) -> None:
            if task.stop.is_set() or time.monotonic() > until:
                raise _Stopped
            task.share, task.doing = share, doing

        try:
            with running(task.detector, order, tell) as run:
                # whose accounts they were is forgotten here: a page shows pseudonyms
                nameless = replace(run.result, accounts={})
                task.run = replace(run, result=nameless, relation=replace(run.relation, source=task.file, path=""))
            task.phase = "done"
        except _Stopped:
            task.failure, task.phase = Reason("detect.stopped"), "failed"
        except CharlevoixError as error:
            task.failure, task.phase = error.reason, "failed"
        except Exception:  # noqa: BLE001  # a detector of somebody else's: whatever it did, the reader gets a sentence, and no row of the table is logged
            task.failure, task.phase = Reason("detect.broken"), "failed"
        if task.phase == "done" or task.stop.is_set():
            task.folder.cleanup()


WORKROOM: Final = Workroom()
"""That of this process."""
