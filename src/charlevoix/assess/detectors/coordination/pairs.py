"""Pairs: accounts that shared the same object within a window, found by an equality join on object and time bucket."""

from itertools import pairwise
from typing import Final

from charlevoix.assess.detectors.engine import Engine
from charlevoix.errors import Malformed

MOST: Final = 200_000_000
"""Pairs of shares that are made; a thing that thousands share within a window has more than any machine can write down."""


STRETCH: Final = 4_000_000
"""Pairs that are counted at once; more are taken stretch by stretch, so that memory is bounded."""


_NEVER: Final = -1e300
"""A time before all others; to compare a number is quicker than to ask whether there is one."""


def bounded(engine: Engine, shares: str, window: float) -> float:
    """At least so many pairs of shares as there are. Raises Malformed where about more than MOST pairs would have to be made: n shares of an object in a stretch of one window have about n² with those in it and in the next."""
    many = 0.0
    for within in ("o", f"o, floor(t / {step_of(window)!r})"):  # mostly there are not so many whatever the window
        counted = f"SELECT count(*) AS n FROM {shares} GROUP BY {within}"
        many = engine.rows(f"SELECT sum(CAST(n AS DOUBLE) * (n - 1)) FROM ({counted}) AS counted")[0][0] or 0
        if many <= MOST:
            return float(many)
    raise Malformed("coordination.too-many", f"{many / 1e6:.0f}", f"{window:g}", str(MOST // 1_000_000), advice="coordination.fewer")


def stretches(engine: Engine, table: str, column: str, size: int) -> list[str]:
    """Conditions on `column` that take the rows of `table(a, ...)` apart by a, in its order, into stretches of about `size` rows; together they take all of them."""
    count, most = engine.rows(f"SELECT count(*), max(a) FROM {table}")[0]
    if count <= size:
        return ["true"]
    wide = max(1, most // 5_000)
    ends, held = [], 0
    for n, many in engine.rows(f"SELECT CAST(floor(a / {wide}) AS BIGINT) AS n, count(*) FROM {table} GROUP BY 1 ORDER BY 1"):
        if held and held + many > size:
            ends.append(n * wide)
            held = 0
        held += many
    return [f"{column} >= {low} AND {column} < {high}" for low, high in pairwise((0, *ends, most + 1))]


def coincidences(engine: Engine, shares: str, window: float, name: str) -> None:
    """Makes the view `name(o, a, b, row_a, row_b, c_a, c_b, dt)`: every two shares of one object by accounts a < b at most `window` seconds apart.

    `dt` is the time of b's share minus that of a's: it may be negative.
    """
    engine.do(f"CREATE VIEW {name} AS {meetings(shares, window)}")


def meetings(shares: str, window: float) -> str:
    """The query of which `coincidences` makes a view."""
    return (
        f"SELECT l.o AS o, {_first('a')} AS a, {_second('a')} AS b, {_first('row')} AS row_a, {_second('row')} AS row_b, "
        f"{_first('c')} AS c_a, {_second('c')} AS c_b, CASE WHEN l.a < r.a THEN r.t - l.t ELSE l.t - r.t END AS dt {_joined(shares, window)}"
    )


def firsts(engine: Engine, shares: str, window: float, name: str) -> str:
    """Makes the view `name(a, b, c)`: for each share (its account a, its content c) every other account b that shared its object at most `window` seconds before
    or after it, however often. Returns its name.
    """
    # of b's shares only the first within the window counts: the one before it was too early, or there was none
    engine.do(
        f"CREATE TABLE {name}_of AS SELECT a, o, c, t, CAST(floor(t / {step_of(window)!r}) AS BIGINT) AS k, "
        f"COALESCE(lag(t) OVER (PARTITION BY o, a ORDER BY t, row), {_NEVER!r}) AS before FROM {shares}"
    )
    others = " UNION ALL ".join(f"SELECT a, o, t, before, k{shift} AS k FROM {name}_of" for shift in (" - 1", "", " + 1"))
    engine.do(
        f"CREATE VIEW {name} AS SELECT l.a AS a, r.a AS b, l.c AS c FROM {name}_of AS l JOIN ({others}) AS r ON l.o = r.o AND l.k = r.k "
        f"WHERE l.a <> r.a AND r.t - l.t <= {window!r} AND l.t - r.t <= {window!r} AND l.t - r.before > {window!r}"
    )
    return name


def edges(engine: Engine, shares: str, window: float, name: str, minimum: int = 1) -> None:
    """Makes the table `name(a, b, weight, coincidences, lag)` of accounts a < b that share at least `minimum` objects within `window` seconds.

    `weight` counts these objects, `coincidences` the pairs of shares, `lag` is the sum of the seconds between them.
    """
    engine.do(
        f"CREATE TABLE {name} AS SELECT a, b, count(*) AS weight, CAST(sum(n) AS BIGINT) AS coincidences, sum(lag) AS lag FROM ("
        f"SELECT {_first('a')} AS a, {_second('a')} AS b, l.o AS o, count(*) AS n, sum(r.t - l.t) AS lag {_joined(shares, window)} GROUP BY 1, 2, 3"
        f") AS by_object GROUP BY a, b HAVING count(*) >= {minimum}"
    )


def _joined(shares: str, window: float) -> str:
    """l is the earlier share of two, r the later; each is sought in the bucket of the other and the next one, so that the join is on equality."""
    step = step_of(window)
    columns = f"row, a, o, c, t, CAST(floor(t / {step!r}) AS BIGINT)"
    return (
        f"FROM (SELECT {columns} AS k FROM {shares}) AS l "
        f"JOIN (SELECT {columns} AS k FROM {shares} UNION ALL SELECT {columns} - 1 AS k FROM {shares}) AS r ON l.o = r.o AND l.k = r.k "
        f"WHERE l.a <> r.a AND r.t - l.t <= {window!r} AND (l.t < r.t OR (l.t = r.t AND l.row < r.row))"
    )


def step_of(window: float) -> float:
    """The width of a bucket: a hair wider than the window, so that rounding never puts two of a window two buckets apart."""
    return max(window * 1.000001, 1e-6) if window > 0 else 1.0


def _first(column: str) -> str:
    return f"CASE WHEN l.a < r.a THEN l.{column} ELSE r.{column} END"


def _second(column: str) -> str:
    return f"CASE WHEN l.a < r.a THEN r.{column} ELSE l.{column} END"
