"""The database of a node: one writer at a time, readers that never wait for it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlalchemy.pool import ConnectionPoolEntry

from charlevoix.errors import Misconfigured
from charlevoix.store import ledger_tables, schema, search  # the ledger's tables add themselves to the schema

REVISION = "0001"
"""The migration that `schema` corresponds to; a test holds the two against each other."""

BUSY_SECONDS = 30


class Database:
    """An SQLite file (WAL, `synchronous=FULL`) or a PostgreSQL server.

    `write()` holds the node's one write lock for one transaction: what it commits is on the disk when it returns, all of it or nothing, and
    the order of commits is the order of sequence numbers. `read()` sees one consistent state and may run in any thread.
    """

    def __init__(self, url: str) -> None:
        self.engine = _engine(url)
        self._lock = threading.RLock()

    @classmethod
    def in_folder(cls, home: Path) -> "Database":
        return cls(f"sqlite:///{home / 'node.sqlite'}")

    @contextmanager
    def write(self) -> Iterator[Connection]:
        with self._lock, self.engine.connect() as conn:
            try:
                conn.exec_driver_sql("BEGIN IMMEDIATE" if conn.dialect.name == "sqlite" else "SELECT pg_advisory_xact_lock(2018)")
            except OperationalError as e:
                raise Misconfigured("store.busy", BUSY_SECONDS, advice="store.wait") from e
            try:
                yield conn
            except BaseException:
                conn.rollback()
                raise
            conn.commit()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        with self.engine.connect() as conn:
            if conn.dialect.name == "sqlite":
                conn.exec_driver_sql("BEGIN")
            try:
                yield conn
            finally:
                conn.rollback()

    def forget(self) -> None:
        """Makes what was deleted unreadable: pages are overwritten as they are freed, and the write-ahead log is emptied.

        Where a reader holds the log open this waits for it, and the next call does it. PostgreSQL forgets when it vacuums.
        """
        if self.engine.dialect.name != "sqlite":
            return
        with self.write() as conn:
            search.forget(conn)
        with self.engine.connect() as conn:
            conn.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    def create(self) -> None:
        """Makes all tables of an empty database. Raises Misconfigured where it holds tables already."""
        if inspect(self.engine).get_table_names():
            raise Misconfigured("store.not-empty", self.engine.url.render_as_string(hide_password=True))
        with self.write() as conn:
            schema.metadata.create_all(conn)
            search.create(conn)
            conn.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))
            conn.execute(text("INSERT INTO alembic_version VALUES (:v)"), {"v": REVISION})

    def upgrade(self) -> None:
        """Brings the tables to this version of the program, all in one transaction: what there was is there after a failure.

        An empty database gets every table. Raises Misconfigured for a database of a later version than this program's.
        """
        from alembic import command  # 60 ms, and needed once in a life
        from alembic.config import Config
        from alembic.util import CommandError

        config = Config()
        config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
        with self.write() as conn:
            config.attributes["connection"] = conn
            try:
                command.upgrade(config, "head")
            except CommandError as e:
                raise Misconfigured("store.other-version", str(e)[:200], REVISION, advice="store.upgrade") from e

    def check(self) -> None:
        """Raises Misconfigured when the database is not of this version of the program."""
        with self.read() as conn:
            try:
                found = conn.execute(text("SELECT version_num FROM alembic_version")).scalar()
            except (OperationalError, ProgrammingError) as e:  # SQLite says the one, PostgreSQL the other
                raise Misconfigured("store.no-database", advice="store.init") from e
        if found != REVISION:
            raise Misconfigured("store.other-version", found, REVISION, advice="store.upgrade")

    def close(self) -> None:
        self.engine.dispose()


def _engine(url: str) -> Engine:
    engine = create_engine(url, pool_size=8, max_overflow=8, isolation_level=None, connect_args=_arguments(url))
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_up_sqlite)
    return engine


def _arguments(url: str) -> dict[str, object]:
    return {"check_same_thread": False, "timeout": BUSY_SECONDS} if url.startswith("sqlite") else {}


def _set_up_sqlite(dbapi: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    dbapi.isolation_level = None  # we say BEGIN ourselves: the driver would begin late, and deferred
    cursor = dbapi.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",  # what is acknowledged survives a power cut
        f"busy_timeout={BUSY_SECONDS * 1000}",
        "foreign_keys=ON",
        "secure_delete=ON",  # erased means overwritten
        "cache_size=-16000",
        "temp_store=MEMORY",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


__all__ = ["REVISION", "Database", "ledger_tables"]
