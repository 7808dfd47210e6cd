"""Times of a table, in SQL, as seconds since 1970 (UTC): numbers, dates as ISO 8601 writes them, or as a format says that they are written."""

from collections.abc import Mapping, Sequence
from typing import Final, Literal

from charlevoix.assess.detectors.engine import DuckDB, literal
from charlevoix.errors import Malformed

Unit = Literal["s", "ms", "us", "ns"]

UNITS: Final[Mapping[Unit, float]] = {"s": 1.0, "ms": 1e3, "us": 1e6, "ns": 1e9}

FAR: Final = 1e11
"""Seconds since 1970 beyond this (the year 5138) are no seconds: they are milliseconds or finer."""

LONG_AGO: Final = 1e8
"""Seconds since 1970 below this (March 1973) are no time of a post."""

NUMBER: Final = r"^\s*[-+]?[0-9]+(\.[0-9]*)?([eE][-+]?[0-9]+)?\s*$"

_NAMED: Final = r"\b(?i:(utc|gmt)([+-][0-9]{1,2}(:?[0-9]{2})?)?|[a-z_]+/[a-z][a-z0-9_/+-]*)"
"""A zone by its name. Letters such as BST or CST mean several zones, hours apart, and are none."""

ZONE: Final = rf"([zZ]|[+-][0-9]{{2}}:?[0-9]{{2}}|[+-][0-9]{{2}}|\s{_NAMED})\s*$"

KNOWN_FORMATS: Final = (
    *(f"{date}{clock}" for date in ("%d/%m/%Y", "%m/%d/%Y", "%Y-%m-%d", "%d.%m.%Y", "%d-%m-%Y", "%d/%m/%y", "%m/%d/%y", "%d.%m.%y")
      for clock in (" %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p", "")),
    "%a %b %d %H:%M:%S %z %Y",
    "%a, %d %b %Y %H:%M:%S %z",
    "%a, %d %b %Y %H:%M:%S %Z",
    "%b %d, %Y %I:%M %p",
    "%d %b %Y %H:%M",
    "%d %B %Y %H:%M",
)  # fmt: skip
"""Ways to write times that spreadsheets and exports of platforms use, tried where a table has no other: the reader is told which would fit, since 1/2 may be two days."""

DIGITS: Final = ("%Y%m%d", "%Y%m%d%H%M", "%Y%m%d%H%M%S")
"""Dates that look like numbers."""


def check_format(db: DuckDB, format_: str) -> None:
    """Raises Malformed for what is no format of a date (the letters of C's `strptime`, as DuckDB reads them), or names no year."""
    import duckdb

    try:
        db.rows(f"SELECT try_strptime('', {literal(format_)})")
    except duckdb.Error:
        raise Malformed("relation.format", format_[:60], advice="relation.formats") from None
    if not any(year in format_ for year in ("%Y", "%-y", "%y", "%G", "%c", "%x")):
        raise Malformed("relation.format-year", format_[:60], advice="relation.formats")


def seconds(column: str, unit: Unit, zone: str, format_: str = "") -> str:
    """SQL: the seconds of a column of text; NULL where it is no time. `zone`: of times that name none."""
    if format_:
        return _of_format(column, zone, format_)
    number, zoned, plain = (f"TRY_CAST({column} AS {type_})" for type_ in ("DOUBLE", "TIMESTAMPTZ", "TIMESTAMP"))
    per = UNITS[unit]
    return (
        f"CASE WHEN regexp_matches({column}, {literal(NUMBER)}) THEN CASE WHEN abs({number}) / {per} < {FAR} THEN {number} / {per} END "
        f"WHEN NOT regexp_matches({column}, '[0-9]') THEN NULL "  # "epoch", "infinity" are times to DuckDB
        f"WHEN regexp_matches({column}, '\\s[A-Za-z]') AND NOT regexp_matches({column}, {literal(ZONE)}) THEN NULL "  # it leaves "PM" out of account
        f"WHEN regexp_matches({column}, {literal(ZONE)}) AND {column} LIKE '%:%' THEN {_near(f'epoch({zoned})')} "
        f"ELSE {_near(f'epoch(timezone({_zone(zone)}, {plain}))')} END"
    )


def seconds_of_number(column: str, unit: Unit) -> str:
    """SQL: the seconds of a column of DOUBLE."""
    return f"CASE WHEN isfinite({column}) AND abs({column}) / {UNITS[unit]} < {FAR} THEN {column} / {UNITS[unit]} END"


def seconds_of_instant(column: str, zoned: bool, zone: str) -> str:
    """SQL: the seconds of a column of TIMESTAMP or DATE, with a zone (`zoned`) or without."""
    if zoned:
        return _near(f"CASE WHEN isfinite({column}) THEN epoch({column}) END")
    plain = f"CAST({column} AS TIMESTAMP)"
    return _near(f"CASE WHEN isfinite({plain}) THEN epoch(timezone({_zone(zone)}, {plain})) END")


def fitting(db: DuckDB, column: str, rows: str, formats: Sequence[str] = KNOWN_FORMATS) -> list[str]:
    """The formats that all times of a column fit, after 1973, in `rows` (a table, or a query in brackets): none may be missing."""
    times = ", ".join(f"bool_and(coalesce({_of_format(column, '', format_)} > {LONG_AGO}, false))" for format_ in formats)
    return [format_ for format_, fits in zip(formats, db.rows(f"SELECT {times} FROM {rows}")[0], strict=True) if fits]


def _of_format(column: str, zone: str, format_: str) -> str:
    moment = f"try_strptime({column}, {literal(format_)})"
    if "%Z" in format_:
        return _near(f"CASE WHEN regexp_matches({column}, {literal(_NAMED)}) THEN epoch({moment}) END")
    return _near(f"epoch({moment})" if "%z" in format_ else f"epoch(timezone({_zone(zone)}, {moment}))")


def _zone(zone: str) -> str:
    return literal(zone or "UTC")


def _near(seconds: str) -> str:
    return f"CASE WHEN abs({seconds}) < {FAR} THEN {seconds} END"
