"""A relation: somebody's table, read once, with the columns a detector asks for, each value checked and each bad row named."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from charlevoix.acts.act import Digest
from charlevoix.assess.detectors import times
from charlevoix.assess.detectors.detector import Need
from charlevoix.assess.detectors.engine import DuckDB, Engine, literal, quoted
from charlevoix.assess.detectors.table import SHOWN, Loaded, columns, keys, kind_of, load
from charlevoix.assess.detectors.times import DIGITS, FAR, LONG_AGO, NUMBER, UNITS, ZONE, Unit
from charlevoix.errors import Malformed, Reason, Unknown

TEXT: Final = 1_000_000
"""Characters of a text; a longer one is cut there, and said so."""

_FEW: Final = 5
"""Rows from which on it is worth a word that a column holds one value, or whole minutes."""

_ENOUGH: Final = 1_000
"""Rows that are looked at first."""

_INTEGERS: Final = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT")


@dataclass(frozen=True, slots=True)
class Relation:
    """A table of an engine, ready for a detector.

    Its columns: `row` (from 0, as the file counts its rows, without the header of a CSV file and blank lines; rows that were left out are
    missing, the numbers stay; messages count from 1), and each role by its name: "text" as VARCHAR
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
    `format`: how times are written (`times.check_format`); empty: as seconds or otherwise in `unit`, or as ISO 8601 says.
    """

    columns: Mapping[str, tuple[str, ...]]
    unit: Unit = "s"
    zone: str = ""
    skip_bad: bool = False
    encoding: str = "utf-8"
    format: str = ""


def fingerprint(path: str) -> Digest:
    """SHA-256 of a file's bytes. Raises Unknown for one that can't be read."""
    try:
        with open(path, "rb") as stream:
            return Digest(hashlib.file_digest(stream, "sha256").digest())
    except OSError as error:
        raise Unknown("detect.unreadable", path[:200], error.strerror or type(error).__name__, advice="detect.check-path") from None


def header(path: str, db: DuckDB, encoding: str = "utf-8") -> Mapping[str, str]:
    """The columns of a file and their types. Raises Malformed for what is no table, Unknown for what can't be read."""
    fingerprint(path)
    return columns(path, db, encoding)


def read(path: str, needs: Sequence[Need], reading: Reading, db: DuckDB, name: str = "relation") -> Relation:
    """The relation of a file: CSV (also TSV and with semicolons), Parquet or JSON Lines, by the ending of its name.

    Raises Unknown for a file that can't be read; Malformed for a missing column, an empty table, or, unless they are to be skipped, rows that can't
    be used: it names the first rows, their column and what stands there.
    """
    # 1. the columns that are needed, as they stand
    data = fingerprint(path)
    roles = _roles(needs, reading, _known(path, reading, db), Path(path).name)
    if reading.zone and not db.rows(f"SELECT 1 FROM pg_timezone_names() WHERE name = {literal(reading.zone)}"):
        raise Malformed("relation.zone", reading.zone[:60], advice="relation.zones")
    if reading.format:
        times.check_format(db, reading.format)
    for role in roles:
        if reading.format and role.need.kind == "time" and role.instant:
            raise Malformed("relation.format-idle", role.column, reading.format[:60], advice="relation.leave-format")
    loaded = load(path, {r.as_: (r.column, r.plain) for r in roles}, db, reading.encoding)
    if not loaded.rows:
        raise Malformed("detect.empty", Path(path).name, advice="detect.other-file")
    # 2. rows that could not be read at all
    if loaded.broken and not reading.skip_bad:
        raise Malformed(loaded.broken[0].rule, *loaded.broken[0].values, advice="detect.skip-bad")
    # 3. values that can't be used
    plain = _plain(db, roles, reading, loaded)
    bad: Mapping[str, str] = {}
    count, mended = 0, dict.fromkeys(plain, False)
    cut: tuple[Reason, ...] = ()
    if len(plain) < len(roles):
        for role in roles:
            if role.need.kind == "time" and role.as_ not in plain:
                _check_unit(db, role, reading, loaded)
        bad = {r.as_: _unusable(r, reading) for r in roles}
        count, cut, found = _counted(db, roles, bad, loaded)
        mended = {**found, **mended}
    if count + loaded.lost >= loaded.rows and not count:
        raise Malformed(loaded.broken[0].rule, *loaded.broken[0].values, advice="detect.mend-table")
    notes = (*loaded.broken, *(_about_bad(db, roles, bad, count, loaded, reading, path) if count else ()))
    # 4. what is left
    values = ", ".join(
        [
            f"{loaded.row} AS row",
            *(f"{_value(r, reading) if mended[r.as_] else _as_it_stands(r, reading)} AS {quoted(r.as_)}" for r in roles),
        ]
    )
    wrong = " OR ".join([loaded.empty, *bad.values()])
    db.do(f"CREATE VIEW {quoted(name)} AS SELECT {values} FROM raw" + (f" WHERE NOT ({wrong})" if count or loaded.lost else ""))
    layers = {need.role: tuple(r.column for r in roles if r.need is need) for need in needs if need.several}
    kept = loaded.rows - loaded.lost - count
    named = ("row", *(r.as_ for r in roles))
    notes = (*notes, *cut, *_about_columns(db, name, roles, reading, kept))
    return Relation(name, db, Path(path).name, path, data, loaded.rows, kept, layers, notes, named)


@dataclass(frozen=True, slots=True)
class _Role:
    """One column of the file, what it is called here, what it is for and its type as the file has it."""

    as_: str
    need: Need
    column: str
    type_: str

    @property
    def number(self) -> bool:
        """Held in `raw` as DOUBLE."""
        return self.type_ in ("DOUBLE", "FLOAT") or (self.need.kind == "time" and self.whole)

    @property
    def instant(self) -> bool:
        return self.type_.startswith("TIMESTAMP") or self.type_ == "DATE"

    @property
    def whole(self) -> bool:
        """Its values are numbers in the file: as text they are never blank, too long or hold what no text may."""
        return self.type_ in _INTEGERS or self.type_.startswith("DECIMAL")

    @property
    def plain(self) -> str:
        """Times that are whole numbers as DOUBLE, other numbers and times as they are; everything else as text."""
        if self.number and self.whole:
            return "CAST({} AS DOUBLE)"
        return "{}" if self.number or self.instant or self.whole else "CAST({} AS VARCHAR)"


def _known(path: str, reading: Reading, db: DuckDB) -> Mapping[str, str]:
    """The columns of a file; all keys of JSON where the first objects lack one that is asked for."""
    types = columns(path, db, reading.encoding)
    asked = {c for named in reading.columns.values() for c in named if c}
    return types if asked <= set(types) or kind_of(path) != "json" else keys(path, db, 2**40)


def _roles(needs: Sequence[Need], reading: Reading, types: Mapping[str, str], file: str) -> list[_Role]:
    """What is read, in the order of the needs. Raises Malformed for what is missing, and for a role that nobody asked for."""
    found = []
    for other in set(reading.columns) - {need.role for need in needs}:
        raise Malformed("relation.role", other[:60], ", ".join(need.role for need in needs))
    for need in needs:
        named = [c for c in reading.columns.get(need.role, ()) if c]
        if need.required and not named:
            raise Malformed("detect.no-column-named", need.role, ", ".join(types)[:1_000], advice="detect.name-column")
        if len(named) > 1 and not need.several:
            raise Malformed("relation.one-column", need.role, ", ".join(named)[:1_000])
        for i, column in enumerate(named, 1):
            if column not in types:
                raise Malformed("detect.no-column", column[:100], file, ", ".join(types)[:1_000], advice="detect.check-columns")
            found.append(_Role(f"{need.role}_{i}" if need.several else need.role, need, column, types[column]))
    return found


def _value(role: _Role, reading: Reading) -> str:
    column = quoted(role.as_)
    if role.need.kind != "time":
        return _text(role)
    if role.number and not reading.format:
        return times.seconds_of_number(column, reading.unit)
    if role.instant:
        return times.seconds_of_instant(column, role.type_.startswith("TIMESTAMP WITH"), reading.zone)
    return times.seconds(_written(role) if reading.format else column, reading.unit, reading.zone, reading.format)


def _text(role: _Role) -> str:
    column = quoted(role.as_)
    if role.number:  # ids that a table with gaps holds as numbers: 23678.0 is the id 23678, NaN is none
        return f"CASE WHEN isnan({column}) THEN NULL ELSE {_written(role)} END"
    if role.instant or role.whole:
        return f"CAST({column} AS VARCHAR)"
    return f"CASE WHEN {_blank(column)} OR contains({column}, chr(0)) THEN NULL ELSE left({column}, {TEXT}) END"


def _blank(column: str) -> str:
    # most texts begin with a letter, and to trim is dear
    return f"CASE WHEN ascii({column}) > 32 THEN false ELSE trim({column}, ' \t\r\n') = '' END"


def _written(role: _Role) -> str:
    """A value of `raw` as a person would write it."""
    column = quoted(role.as_)
    if not role.number:
        return f"CAST({column} AS VARCHAR)"
    whole = f"CAST(TRY_CAST({column} AS HUGEINT) AS VARCHAR)"
    return f"CASE WHEN {column} = floor({column}) AND abs({column}) < 1e20 THEN {whole} ELSE CAST({column} AS VARCHAR) END"


def _plain(db: DuckDB, roles: Sequence[_Role], reading: Reading, loaded: Loaded) -> set[str]:
    """The roles whose every value is seen at a glance to be usable as it stands, in one pass; none where a row could not be read."""
    asked = {r.as_: sql for r in roles if not loaded.lost and (sql := _second_look(r, reading))}
    counts = db.rows(f"SELECT {', '.join(f'count(*) FILTER ({sql})' for sql in asked.values())} FROM raw")[0] if asked else ()
    return {as_ for as_, n in zip(asked, counts, strict=True) if not n}


def _second_look(role: _Role, reading: Reading) -> str:
    """SQL: this value may be blank, cut, missing or no time. Nothing for columns of which each needs more than a glance."""
    column, per = quoted(role.as_), UNITS[reading.unit]
    missing = f"{column} IS NULL" if role.need.required and not role.need.several else "false"
    if role.need.kind == "time" and reading.format:
        return "true"
    if role.need.kind == "time" and role.number:
        return f"{missing} OR NOT (isfinite({column}) AND abs({column}) / {per} < {FAR})"
    if role.instant or role.number:
        return ""
    if role.need.kind == "time":  # whole seconds, written as DuckDB writes them
        seconds, most = f"TRY_CAST({column} AS BIGINT)", min(int(FAR * per) - 1, 2**63 - 1)
        return f"{missing} OR CAST({seconds} AS VARCHAR) IS DISTINCT FROM {column} OR {seconds} NOT BETWEEN -{most} AND {most}"
    # blanks and what is blank come before "!" in the order of bytes; bytes are at least as many as characters, and need not be counted
    return missing if role.whole else f"{missing} OR {column} < '!' OR strlen({column}) > {TEXT} OR contains({column}, chr(0))"


def _as_it_stands(role: _Role, reading: Reading) -> str:
    """A value of a role that `_plain` names."""
    column, per = quoted(role.as_), UNITS[reading.unit]
    if role.need.kind == "time":
        return f"{column if role.number else f'CAST(CAST({column} AS BIGINT) AS DOUBLE)'} / {per}"
    return f"CAST({column} AS VARCHAR)" if role.whole else column


def _unusable(role: _Role, reading: Reading) -> str:
    """SQL: what stands in this row can't be used. Nothing is no fault where a column is not required or is one of several."""
    value = _value(role, reading)
    if role.need.required and not role.need.several:
        return f"({value}) IS NULL"
    column = quoted(role.as_)
    there = f"NOT isnan({column})" if role.number else f"{column} IS NOT NULL" if role.instant or role.whole else f"NOT {_blank(column)}"
    return f"({there} AND ({value}) IS NULL)"


def _counted(
    db: DuckDB, roles: Sequence[_Role], bad: Mapping[str, str], loaded: Loaded
) -> tuple[int, tuple[Reason, ...], Mapping[str, bool]]:
    """How many readable rows can't be used, what is said of texts that were cut, and which roles don't stand in the file as they are to be read."""
    texts = [r for r in roles if r.need.kind == "text" and not r.number and not r.instant and not r.whole]
    long = [f"count(*) FILTER (length({quoted(r.as_)}) > {TEXT})" for r in texts]
    other = [f"count(*) FILTER ({quoted(r.as_)} IS DISTINCT FROM {_text(r)})" for r in texts]
    wrong = f"NOT ({loaded.empty}) AND ({' OR '.join(bad.values()) or 'false'})"
    count, *counts = db.rows(f"SELECT {', '.join([f'count(*) FILTER ({wrong})', *long, *other])} FROM raw")[0]
    cut, differ = counts[: len(texts)], counts[len(texts) :]
    notes = (Reason("relation.cut", (r.column, str(n), str(TEXT))) for r, n in zip(texts, cut, strict=True) if n)
    mended = {r.as_: True for r in roles} | {r.as_: n > 0 for r, n in zip(texts, differ, strict=True)}
    return int(count), tuple(notes), mended


def _check_unit(db: DuckDB, role: _Role, reading: Reading, loaded: Loaded) -> None:
    """Raises Malformed for milliseconds that were called seconds, and for times of which some name a zone and others none."""
    if role.instant or reading.format:
        return
    at, per, row = quoted(role.as_), UNITS[reading.unit], loaded.row
    number = at if role.number else f"TRY_CAST({at} AS DOUBLE)"
    far = f"{number} / {per} >= {FAR} AND isfinite({number})"
    written = "false" if role.number else f"NOT regexp_matches({at}, {literal(NUMBER)}) AND {at} LIKE '%:%'"
    zoned = "false" if role.number else f"regexp_matches({at}, {literal(ZONE)})"
    with_, without = f"{written} AND {zoned}", f"{written} AND NOT {zoned}"
    asked = ", ".join(f"count(*) FILTER ({x}), min({row}) FILTER ({x})" for x in (far, with_, without))
    many, first, with_zone, first_with, without_zone, first_without = db.rows(f"SELECT {asked} FROM raw")[0]
    # ids and times share no column, so that most of them too large means another unit and not one bad row
    near = db.rows(f"SELECT count(*) FROM raw WHERE {number} / {per} < {FAR}")[0][0] if many else 0
    if many > near:
        value = db.rows(f"SELECT {_written(role)} FROM raw WHERE {row} = {first}")[0][0]
        _refuse_digits(db, role, value, _written(role), f"(SELECT * FROM raw WHERE {far})")
        raise Malformed("detect.unit", first + 1, role.column, value, reading.unit, advice="detect.say-unit")
    if with_zone and without_zone and not reading.zone:
        raise Malformed("detect.zones", role.column, first_with + 1, first_without + 1, without_zone, advice="detect.say-zone")


def _refuse_digits(db: DuckDB, role: _Role, value: object, written: str, rows: str) -> None:
    """Raises Malformed for dates that look like numbers: all that is `written` (SQL) in `rows`."""
    if formats := times.fitting(db, written, rows, DIGITS):
        raise Malformed("relation.digits", role.column, value, " | ".join(formats), advice="relation.say-digits")


def _about_columns(db: DuckDB, name: str, roles: Sequence[_Role], reading: Reading, kept: int) -> tuple[Reason, ...]:
    """What is said of columns that hold one value in all rows, or none, and of times that are whole minutes, hours or days.

    What the first rows rule out is not looked for in the others. Raises Malformed for seconds that were called milliseconds or finer: they would all lie in 1970.
    """
    if kept < _FEW:
        return ()
    said = []
    first_rows = f"(SELECT * FROM {quoted(name)} LIMIT {_ENOUGH}) AS first_rows"
    for role, some in zip(roles, _ends(db, roles, first_rows), strict=True):
        if some[0] != some[1] and role.need.kind != "time":
            continue
        first, last = some if some[0] != some[1] and abs(some[1]) >= LONG_AGO else _ends(db, [role], quoted(name))[0]
        if first is None:
            said.append(Reason("relation.no-value", (role.column,)))
        elif first == last:
            said.append(Reason("relation.one-value", (role.column,)))
        elif role.need.kind == "time":
            if not reading.format and not role.instant:
                _check_seconds(db, name, role, reading, first, last)
            said += _coarse(db, name, role, first_rows)
    return tuple(said)


def _check_seconds(db: DuckDB, name: str, role: _Role, reading: Reading, first: float, last: float) -> None:
    """Raises Malformed for seconds that were called milliseconds, and for dates such as 20210926 that were taken for seconds."""
    per = UNITS[reading.unit]
    if abs(last) < LONG_AGO <= abs(last) * per < FAR:
        raise Malformed("relation.unit-too-fine", role.column, f"{last * per:.0f}", reading.unit, advice="relation.say-seconds")
    if reading.unit == "s" and first >= 1e7 and last < 1e8:  # eight digits
        _refuse_digits(db, role, f"{first:.0f}", f"CAST(CAST({quoted(role.as_)} AS BIGINT) AS VARCHAR)", quoted(name))


def _ends(db: DuckDB, roles: Sequence[_Role], rows: str) -> list[tuple[Any, Any]]:
    """The least and the greatest value of each role, None where there is none."""
    found = db.rows(f"SELECT {', '.join(f'min({quoted(r.as_)}), max({quoted(r.as_)})' for r in roles)} FROM {rows}")[0]
    return list(zip(found[::2], found[1::2], strict=True))


def _coarse(db: DuckDB, name: str, role: _Role, first_rows: str) -> list[Reason]:
    """Says that times hold no seconds, no minutes or no clock at all."""
    at = quoted(role.as_)
    sizes = {"days": 86_400, "hours": 3_600, "minutes": 60}
    fits = db.rows(f"SELECT {', '.join(f'bool_and({at} = floor({at} / {size}) * {size})' for size in sizes.values())} FROM {first_rows}")[0]
    for (unit, size), fit in zip(sizes.items(), fits, strict=True):
        if fit and not db.rows(f"SELECT 1 FROM {quoted(name)} WHERE {at} <> floor({at} / {size}) * {size} LIMIT 1"):
            return [Reason(f"relation.whole-{unit}", (role.column,))]
    return []


def _formats(db: DuckDB, timed: Sequence[_Role], loaded: Loaded) -> list[str]:
    """The formats that fit all times of the first role that holds them as text."""
    texts = [quoted(r.as_) for r in timed if not r.number and not r.instant]
    return times.fitting(db, texts[0], f"(SELECT * FROM raw WHERE NOT ({loaded.empty}))") if texts else []


def _about_bad(
    db: DuckDB, roles: Sequence[_Role], bad: Mapping[str, str], count: int, loaded: Loaded, reading: Reading, path: str
) -> tuple[Reason, ...]:
    """What is said of rows that were left out: the first of them and their columns, and not what stands there, since in a row whose cells were
    shifted that may be an account's name, and this goes wherever the result goes.

    Raises Malformed where none may be left out, or none is left; that says what stands there, to whoever has the table.
    """
    said = []
    for role in roles:
        for row, value in db.rows(
            f"SELECT {loaded.row}, left({_written(role)}, 60) FROM raw WHERE NOT ({loaded.empty}) AND {bad[role.as_]} "
            f"ORDER BY {loaded.row} LIMIT {SHOWN}"
        ):
            said.append((int(row), role.column, str(value or "").replace("\0", "␀")))
    said = sorted(said)[:SHOWN]
    shown = "; ".join(f"{row + 1}: {column} = “{value}”" for row, column, value in said)
    file, rows = Path(path).name, loaded.rows
    if count + loaded.lost == rows:
        timed = [r for r in roles if r.need.kind == "time" and any(r.column == column for _, column, _ in said)]
        if formats := _formats(db, timed, loaded):
            raise Malformed("detect.all-bad", file, rows, shown, " | ".join(formats), advice="detect.say-format")
        raise Malformed("detect.all-bad", file, rows, shown, advice="detect.check-times" if timed else "detect.check-columns")
    if not reading.skip_bad:
        raise Malformed("detect.bad-rows", file, count, rows, shown, advice="detect.skip-bad")
    return (Reason("detect.left-out", (str(count), str(rows), ", ".join(f"{row + 1} ({column})" for row, column, _ in said))),)
