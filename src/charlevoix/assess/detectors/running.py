"""A run: one detector over one file, with everything cleared away afterwards."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from charlevoix.assess.detectors import folder as folders
from charlevoix.assess.detectors import relation
from charlevoix.assess.detectors.detector import Bench, Detector, Result, silent
from charlevoix.assess.detectors.engine import MEMORY, SMALL, DuckDB, Engine
from charlevoix.assess.detectors.table import unpacked
from charlevoix.errors import Malformed, Reason

ON_DISK = 256 * 2**20
"""A file of more bytes than this, unpacked, is worked on in a database on disk: compressed, and out of core."""


@dataclass(frozen=True, slots=True)
class Run:
    """A result, and what is true of this one run only: it is no part of the result, which is equal each time."""

    result: Result
    relation: relation.Relation
    seconds: float


@dataclass(frozen=True, slots=True)
class Order:
    """What to run: a detector's own settings by name, the columns, the seed, the engine ("duckdb", or "spark://HOST:PORT")."""

    path: str
    reading: relation.Reading
    parameters: Mapping[str, str]
    seed: int = 0
    engine: str = "duckdb"
    memory: int = MEMORY
    spill: int = 0  # megabytes; 0: ten times the memory


@contextmanager
def running(detector: Detector, order: Order, tell: Callable[[float, Reason], None] = silent) -> Iterator[Run]:
    """Runs, and keeps the sheets of the result until the block ends.

    Raises Malformed for a table or a setting that can't be used, Unknown for a file that can't be read, Misconfigured where an extra is missing,
    Unreachable for a cluster that does not answer.
    """
    began = time.perf_counter()
    settings = settled(detector, order.parameters)
    folders.clear()
    with folders.Folder("detect") as folder:
        size = unpacked(order.path)
        with DuckDB(folder, order.memory, size > ON_DISK, threads=1 if size < SMALL else 0, spill=order.spill) as db:
            tell(0.0, Reason("detect.reading"))
            table = relation.read(order.path, detector.needs, order.reading, db)
            with _on(order.engine, table, folder) as table:
                result = detector.run(table, settings, order.seed, Bench(folder, tell))
                result = replace(result, notes=(*table.notes, *result.notes), rows=table.rows, seed=order.seed, data=table.data)
                tell(1.0, Reason("detect.done"))
                yield Run(result, table, time.perf_counter() - began)


def settled(detector: Detector, given: Mapping[str, str]) -> Mapping[str, str]:
    """Every setting of a detector, as given or by default. Raises Malformed for one that it does not have, or a word it does not know."""
    known = {s.name: s for s in detector.settings}
    for name, value in given.items():
        if name not in known:
            raise Malformed("detect.no-setting", name[:60], ", ".join(known), advice="detect.check-settings")
        if known[name].choices and value not in known[name].choices:
            raise Malformed("detect.no-choice", name, value[:60], ", ".join(known[name].choices))
    return {name: given.get(name, s.default) for name, s in known.items()}


@contextmanager
def _on(engine: str, table: relation.Relation, folder: str) -> Iterator[relation.Relation]:
    if engine == "duckdb":
        yield table
        return
    if not engine.startswith("spark://"):
        raise Malformed("detect.engine", engine[:100], advice="detect.engines")
    from charlevoix.assess.detectors.spark import spark  # type: ignore[import-not-found, unused-ignore]

    path = str(Path(folder) / "relation.parquet")
    table.engine.write(f"SELECT * FROM {table.name}", path)
    other: Engine
    with spark(engine, folder) as other:
        other.read(table.name, path)
        yield replace(table, engine=other)
