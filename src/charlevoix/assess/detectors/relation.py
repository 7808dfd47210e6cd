"""A relation: somebody's table, read once, with the columns a detector asks for, each value checked and each bad row named."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from charlevoix.acts.act import Digest
from charlevoix.assess.detectors.detector import Need
from charlevoix.assess.detectors.engine import DuckDB, Engine, literal, quoted
from charlevoix.errors import Malformed, Reason, Unknown

TEXT_BYTES: Final = 1_000_000
"""A longer text is cut there, and said so."""

UNITS: Final[Mapping[str, float]] = {"s": 1.0, "ms": 1e3, "us": 1e6}

_FAR: Final = 1e11
"""Seconds since 1970 beyond this (the year 5138) are no seconds: they are milliseconds or finer."""

_NUMBER: Final = r"^\s*[-+]?[0-9]+(\.[0-9]*)?([eE][-+]?[0-9]+)?\s*$"
_ZONE: Final = r"([zZ]|[+-][0-9]{2}:?[0-9]{2}|[+-][0-9]{2})\s*$"
_SHOWN: Final = 3

Unit = Literal["s", "ms", "us"]


@dataclass(frozen=True, slots=True)
class Relation:
    """A table of an engine, ready for a detector.

    Its columns: `row` (from 0, as the file counts its rows; rows that were left out are missing), and each role by its name: "text" as VARCHAR
    (NULL where empty and not required), "time" as DOUBLE, seconds since 1970, UTC. A role of several columns is `role_1`, `role_2` ...;
    `layers[role]` holds what the file calls them.
    """

    name: str
    engine: Engine
    source: str  # the name of the file, without its folder
    path: str
    data: Digest
    rows: int  # of the file
    kept: int  # of them, here
    layers: Mapping[str, tuple[str, ...]]
    notes: tuple[Reason, ...] = ()
    columns: tuple[str, ...] = ()  # here: a role that is not required and was not named is missing


@dataclass(frozen=True, slots=True)
class Reading:
    """How a file is to be read: which of its columns plays which role, and what its times are.

    `zone`: of times that name none (IANA, such as "Europe/Berlin"); empty: UTC. `skip_bad`: rows that can't be used are left out, not refused.
    """

    columns: Mapping[str, tuple[str, ...]]
    unit: Unit = "s"
    zone: str = ""
    skip_bad: bool = False
    encoding: str = "utf-8"


def fingerprint(path: str) -> Digest:
    """SHA-256 of a file's bytes. Raises Unknown for one that can't be read."""
    try:
        with open(path, "rb") as stream:
            return Digest(hashlib.file_digest(stream, "sha256").digest())
    except OSError as error:
        raise Unknown("detect.unreadable", path[:200], error.strerror or type(error).__name__, advice="detect.check-path") from None


def header(path: str, db: DuckDB, encoding: str = "utf-8") -> Mapping[str, str]:
    """The columns of a file and their types. Raises Malformed for what is no table, Unknown for what can't be read."""
    return {
        str(name): str(type_) for name, type_, *_ in _ask(db, f"DESCRIBE SELECT * FROM {_scan(path, encoding, False)}", path).fetchall()
    }


def read(path: str, needs: Sequence[Need], reading: Reading, db: DuckDB, name: str = "relation") -> Relation:
    """The relation of a file: CSV (also TSV and with semicolons), Parquet or JSON Lines, by the ending of its name.

    Raises Unknown for a file that can't be read; Malformed for a missing column, an empty table, or, unless they are to be skipped, rows that can't
    be used: it names the first rows, their column and what stands there.
    """
    data = fingerprint(path)
    types = header(path, db, reading.encoding)
    roles = _roles(needs, reading, types, Path(path).name)
    # 1. the columns that are needed, as they stand
    picked = ", ".join(f"{_plain(types[c])(quoted(c))} AS {quoted(as_)}" for as_, _, c in roles)
    _ask(db, f"CREATE TABLE raw AS SELECT {picked or '1'} FROM {_scan(path, reading.encoding, reading.skip_bad)}", path)
    rows = int(db.rows("SELECT count(*) FROM raw")[0][0])
    if not rows:
        raise Malformed("detect.empty", Path(path).name, advice="detect.other-file")
    # 2. each value as its role reads it
    for _, need, column in roles:
        if need.kind == "time":
            _check_unit(db, need.role, column, types[column], reading)
    values = {as_: _value(need, as_, types[c], reading) for as_, need, c in roles}
    checked = ", ".join(f"{sql} AS {quoted(as_)}" for as_, sql in values.items())
    db.do(f"CREATE VIEW read AS SELECT rowid AS row, {checked} FROM raw")
    # 3. what can't be used
    bad = {as_: f"{quoted(as_)} IS NULL" for as_, need, _ in roles if need.required and not need.several}
    wrong = " OR ".join(bad.values()) or "false"
    count = int(db.rows(f"SELECT count(*) FROM read WHERE {wrong}")[0][0])
    notes = _about_bad(db, bad, {as_: c for as_, _, c in roles}, count, rows, reading, path) if count else ()
    db.do(f"CREATE VIEW {quoted(name)} AS SELECT * FROM read WHERE NOT ({wrong})")
    layers = {need.role: tuple(c for _, n, c in roles if n is need) for need in needs if need.several}
    return Relation(name, db, Path(path).name, path, data, rows, rows - count, layers, notes, ("row", *values))


def _scan(path: str, encoding: str, skip_bad: bool) -> str:
    ending = Path(path).suffix.lower()
    if ending in (".parquet", ".pq"):
        return f"read_parquet({literal(path)})"
    if ending in (".jsonl", ".ndjson", ".json"):
        return f"read_json({literal(path)}, maximum_object_size = 33554432{', ignore_errors = true' if skip_bad else ''})"
    if ending in (".csv", ".tsv", ".txt", ".gz"):
        also = ", ignore_errors = true" if skip_bad else ""
        return (
            f"read_csv({literal(path)}, header = true, all_varchar = true, max_line_size = 16777216, encoding = {literal(encoding)}{also})"
        )
    raise Malformed("detect.ending", Path(path).name, advice="detect.endings")


def _ask(db: DuckDB, sql: str, path: str) -> Any:
    import duckdb

    try:
        return db.connection.execute(sql)
    except duckdb.IOException as error:
        raise Unknown("detect.unreadable", path[:200], _first_line(error), advice="detect.check-path") from None
    except duckdb.Error as error:
        raise Malformed("detect.not-a-table", Path(path).name, _first_line(error), advice="detect.mend-table") from None


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0][:300]


def _roles(needs: Sequence[Need], reading: Reading, types: Mapping[str, str], file: str) -> list[tuple[str, Need, str]]:
    """(name here, what it is for, column of the file), in the order of the needs. Raises Malformed for what is missing."""
    found = []
    for need in needs:
        columns = [c for c in reading.columns.get(need.role, ()) if c]
        if need.required and not columns:
            raise Malformed("detect.no-column-named", need.role, ", ".join(types), advice="detect.name-column")
        for i, column in enumerate(columns, 1):
            if column not in types:
                raise Malformed("detect.no-column", column[:100], file, ", ".join(types)[:1_000], advice="detect.check-columns")
            found.append((f"{need.role}_{i}" if need.several else need.role, need, column))
    return found


def _plain(type_: str) -> Any:
    """Numbers and times as they are; everything else as text."""
    if type_ in ("DOUBLE", "FLOAT") or type_.startswith(("TIMESTAMP", "DATE")):
        return lambda sql: sql
    return lambda sql: f"CAST({sql} AS VARCHAR)"


def _value(need: Need, as_: str, type_: str, reading: Reading) -> str:
    return _time(quoted(as_), type_, reading) if need.kind == "time" else _text(quoted(as_), type_)


def _text(column: str, type_: str) -> str:
    if type_ in ("DOUBLE", "FLOAT"):  # ids that a table with gaps holds as numbers: 23678.0 is the id 23678, NaN is none
        whole = f"CASE WHEN {column} = floor({column}) AND abs({column}) < 9e15 THEN CAST(CAST({column} AS BIGINT) AS VARCHAR) ELSE CAST({column} AS VARCHAR) END"
        return f"CASE WHEN isnan({column}) THEN NULL ELSE {whole} END"
    return f"CASE WHEN trim({column}) = '' THEN NULL ELSE left({column}, {TEXT_BYTES}) END"


def _time(column: str, type_: str, reading: Reading) -> str:
    per = UNITS[reading.unit]
    if type_ in ("DOUBLE", "FLOAT"):
        return f"CASE WHEN isfinite({column}) AND abs({column}) / {per} < {_FAR} THEN {column} / {per} END"
    zone = literal(reading.zone or "UTC")
    if type_.startswith("TIMESTAMP WITH"):
        return f"CASE WHEN isfinite({column}) THEN epoch({column}) END"
    if type_.startswith(("TIMESTAMP", "DATE")):
        plain = f"CAST({column} AS TIMESTAMP)"
        return f"CASE WHEN isfinite({plain}) THEN epoch(timezone({zone}, {plain})) END"
    number = f"TRY_CAST({column} AS DOUBLE)"
    return (
        f"CASE WHEN regexp_matches({column}, {literal(_NUMBER)}) THEN CASE WHEN abs({number}) / {per} < {_FAR} THEN {number} / {per} END "
        f"WHEN regexp_matches({column}, {literal(_ZONE)}) AND {column} LIKE '%:%' THEN epoch(TRY_CAST({column} AS TIMESTAMPTZ)) "
        f"ELSE epoch(timezone({zone}, TRY_CAST({column} AS TIMESTAMP))) END"
    )


def _check_unit(db: DuckDB, role: str, column: str, type_: str, reading: Reading) -> None:
    """Raises Malformed for milliseconds that were called seconds, and for times of which some name a zone and others none."""
    if type_.startswith(("TIMESTAMP", "DATE")):
        return
    at, per = quoted(role), UNITS[reading.unit]
    number = at if type_ in ("DOUBLE", "FLOAT") else f"TRY_CAST({at} AS DOUBLE)"
    # ids and times share no column, so that most of them too large means another unit and not one bad row
    far, first = db.rows(f"SELECT count(*), min(rowid) FROM raw WHERE {number} / {per} >= {_FAR} AND isfinite({number})")[0]
    near = db.rows(f"SELECT count(*) FROM raw WHERE {number} / {per} < {_FAR}")[0][0]
    if far > near:
        value = db.rows(f"SELECT CAST({at} AS VARCHAR) FROM raw WHERE rowid = {first}")[0][0]
        raise Malformed("detect.unit", first + 1, column, value, reading.unit, advice="detect.say-unit")
    if type_ in ("DOUBLE", "FLOAT") or reading.zone:
        return
    written = f"NOT regexp_matches({at}, {literal(_NUMBER)}) AND {at} LIKE '%:%'"
    zoned = f"regexp_matches({at}, {literal(_ZONE)})"
    counts = db.rows(
        f"SELECT count(*) FILTER ({zoned}), count(*) FILTER (NOT {zoned}), min(rowid) FILTER ({zoned}), min(rowid) FILTER (NOT {zoned}) "
        f"FROM raw WHERE {written}"
    )[0]
    if counts[0] and counts[1]:
        raise Malformed("detect.zones", column, counts[2] + 1, counts[3] + 1, counts[1], advice="detect.say-zone")


def _about_bad(
    db: DuckDB, bad: Mapping[str, str], columns: Mapping[str, str], count: int, rows: int, reading: Reading, path: str
) -> tuple[Reason, ...]:
    """What is said of rows that were left out. Raises Malformed where none may be, or none is left."""
    said = []
    for as_, condition in bad.items():
        for row, value in db.rows(
            f"SELECT rowid, CAST({quoted(as_)} AS VARCHAR) FROM raw WHERE rowid IN (SELECT row FROM read WHERE {condition} ORDER BY row LIMIT {_SHOWN}) ORDER BY rowid"
        ):
            said.append((int(row), columns[as_], "" if value is None else str(value)[:60]))
    said = sorted(said)[:_SHOWN]
    shown = "; ".join(f"{row + 1}: {column} = “{value}”" for row, column, value in said)
    if count == rows:
        raise Malformed("detect.all-bad", Path(path).name, rows, shown, advice="detect.check-columns")
    if not reading.skip_bad:
        raise Malformed("detect.bad-rows", Path(path).name, count, rows, shown, advice="detect.skip-bad")
    return (Reason("detect.left-out", (str(count), str(rows), shown)),)
