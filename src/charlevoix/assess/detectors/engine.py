"""An engine: runs relational programs, written once in DuckDB's dialect; DuckDB in this process, or a Spark cluster."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, contextmanager
from errno import EIO
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Protocol, Self, TypeVar

from charlevoix.assess.detectors.extra import needed
from charlevoix.errors import Malformed, Misconfigured

if TYPE_CHECKING:
    import numpy as np

MEMORY = 2_000
"""Megabytes that a run may hold before it spills into the bench's folder."""

SPILLED: Final = 10
"""Times its memory that a run may spill where nothing else is said: 20 GB, of which coordination in 10 million rows takes some."""

SMALL = 8 * 2**20
"""A file of fewer bytes is done before a second thread has begun; it would only cost memory."""

T = TypeVar("T")


class Engine(Protocol):
    """Statements in the part of DuckDB's SQL that `sqlglot` can say in Spark's: no time types (seconds are DOUBLE), no lists, no macros."""

    name: str

    def do(self, sql: str) -> None:
        """A statement that makes a table or a view; `CREATE TABLE name AS ...` is computed once."""
        ...

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """All rows of a query that gives few."""
        ...

    def columns(self, sql: str) -> "Mapping[str, np.ndarray[Any, Any]]":
        """The columns of a query as arrays: numbers as such, texts as objects."""
        ...

    def write(self, sql: str, path: str) -> int:
        """Writes a query's rows to one file of Parquet; returns how many. Their order is that of the query's ORDER BY."""
        ...

    def csv(self, queries: Sequence[str], path: str) -> None:
        """Writes the rows of queries with the same columns, one query after the other, to one file: RFC 4180, UTF-8, with a header. Raises OSError where it can't be written."""
        ...

    def read(self, name: str, path: str) -> None:
        """Makes a view of a file of Parquet."""
        ...

    def put(self, name: str, columns: "Mapping[str, np.ndarray[Any, Any]]") -> None:
        """Makes a table of arrays of numbers, all of one length."""
        ...


class DuckDB(AbstractContextManager["DuckDB"]):
    """DuckDB in this process: as many threads as there are cores or as were named, a bounded memory, what is more lies in `folder`.

    `memory` and `spill` are megabytes. Statements raise Misconfigured where memory, spill or the disk is full. They run in a thread beside the one that
    asks, which goes on hearing signals: DuckDB itself hears them between its tasks only, and some are as long as the statement.
    """

    name = "duckdb"

    def __init__(self, folder: str, memory: int = MEMORY, on_disk: bool = False, threads: int = 0, spill: int = 0) -> None:
        with needed():
            import duckdb
        settings: dict[str, str | bool | int | float | list[str]] = {
            "autoinstall_known_extensions": False,  # nothing is fetched from anywhere
            "autoload_known_extensions": False,
            "memory_limit": f"{memory}MB",
            "temp_directory": str(Path(folder) / "spill"),
            "max_temp_directory_size": f"{spill or SPILLED * memory}MB",
            **({"threads": threads} if threads else {}),
        }
        self._db = duckdb.connect(str(Path(folder) / "work.duckdb") if on_disk else ":memory:", config=settings)
        self.folder = folder
        self._memory, self._spill = memory, spill or SPILLED * memory
        self._beside = ThreadPoolExecutor(1, "duckdb")
        self._db.execute("SET enable_progress_bar = false")

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._beside.shutdown()
        self._db.close()

    def __enter__(self) -> Self:
        return self

    @property
    def connection(self) -> Any:
        """For what only DuckDB is asked: arrays and rows that are handed to it, and a long answer read little by little."""
        return self._db

    def do(self, sql: str) -> None:
        self._asked(lambda: self._db.execute(sql))

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = self._asked(lambda: self._db.execute(sql).fetchall())
        return found

    def columns(self, sql: str) -> "Mapping[str, np.ndarray[Any, Any]]":
        found: Mapping[str, np.ndarray[Any, Any]] = self._asked(lambda: self._db.execute(sql).fetchnumpy())
        return found

    def write(self, sql: str, path: str) -> int:
        return int(self.rows(f"COPY ({sql}) TO {literal(path)} (FORMAT parquet)")[0][0])

    def csv(self, queries: Sequence[str], path: str) -> None:
        first, *others = queries
        with open(path, "wb") as out:  # whoever can't write it is told before the work is done
            self._csv(first, path, header=True)
            out.seek(0, 2)
            part = str(Path(self.folder) / "part.csv")
            for query in others:
                self._csv(query, part, header=False)
                with open(part, "rb") as rows:
                    while some := rows.read(2**20):
                        out.write(some)
                Path(part).unlink()

    def _csv(self, query: str, path: str, header: bool) -> None:
        import duckdb

        try:
            self.do(f"COPY ({query}) TO {literal(path)} (FORMAT csv, HEADER {header}, USE_TMP_FILE false)")
        except duckdb.IOException as error:
            raise OSError(EIO, first_line(error), path) from None

    def read(self, name: str, path: str) -> None:
        self.do(f"CREATE VIEW {quoted(name)} AS FROM read_parquet({literal(path)})")

    def put(self, name: str, columns: "Mapping[str, np.ndarray[Any, Any]]") -> None:
        self._db.register("arrays", dict(columns))
        self.do(f"CREATE TABLE {quoted(name)} AS FROM arrays")
        self._db.unregister("arrays")

    def _asked(self, asking: Callable[[], T]) -> T:
        with self._understood():
            answer = self._beside.submit(asking)
            try:
                return answer.result()
            finally:
                if not answer.done():  # a signal ended the waiting
                    self._db.interrupt()
                    wait([answer])

    @contextmanager
    def _understood(self) -> Iterator[None]:
        """Says what is full. DuckDB's own advice is for whoever writes SQL."""
        import duckdb

        try:
            yield
        except duckdb.OutOfMemoryException as error:
            if "max_temp_directory_size" in str(error):
                raise Misconfigured("detect.spill-full", self._memory, self._spill, advice="detect.more-memory") from None
            raise Misconfigured("detect.memory-full", self._memory, advice="detect.more-memory") from None
        except duckdb.IOException as error:
            if str(Path(self.folder) / "spill") not in str(error):
                raise
            raise Misconfigured("detect.disk-full", self.folder[:200], first_line(error), advice="detect.free-disk") from None


def first_line(error: Exception) -> str:
    """What DuckDB says, without its advice."""
    return str(error).partition("\n")[0][:300]


def quoted(name: str) -> str:
    """An identifier for SQL, whatever is in it. Raises Malformed for one that no engine can hold."""
    if "\0" in name or "`" in name or not name:
        raise Malformed("detect.column-name", name[:100].replace("\0", "?"))
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text for SQL."""
    return "'" + text.replace("'", "''") + "'"
