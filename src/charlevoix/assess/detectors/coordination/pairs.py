"""Pairs: accounts that shared the same object within a window, found by an equality join on object and time bucket."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from charlevoix.assess.detectors.engine import Engine
from charlevoix.errors import Malformed

MOST: Final = 200_000_000
"""Pairs of shares that are made; a thing that thousands share within a window has more than any machine can write down."""


STRETCH: Final = 4_000_000
"""Pairs that are counted at once; more are taken stretch by stretch, so that memory is bounded."""


REPEATS: Final = 10_000_000
"""Pairs of shares of one object in one bucket by the same account, beyond which (and ten a share) they are not made, only to be thrown away."""

_NEVER: Final = -1e300
"""A time before all others; to compare a number is quicker than to ask whether there is one."""


def bounded(engine: Engine, shares: str, window: float) -> float:
    """At least so many pairs of shares as there are. Raises Malformed where about more than MOST pairs would have to be made: n shares of an object in a stretch of one window have about n² with those in it and in the next."""
    bucket = f"o, floor(t / {step_of(window)!r})"
    many = _pairs_within(engine, shares, "o")  # mostly there are not so many whatever the window
    if many > MOST:
        many = _pairs_within(engine, shares, bucket)
    if many > MOST:
        many -= _pairs_within(engine, shares, f"{bucket}, a")  # no account meets itself
    if many <= MOST:
        return many
    raise Malformed("coordination.too-many", f"{many / 1e6:.0f}", f"{window:g}", str(MOST // 1_000_000), advice="coordination.fewer")


def _pairs_within(engine: Engine, shares: str, columns: str) -> float:
    """How many ordered pairs of shares are equal in all columns."""
    counted = f"SELECT count(*) AS n FROM {shares} GROUP BY {columns}"
    return float(engine.rows(f"SELECT sum(CAST(n AS DOUBLE) * (n - 1)) FROM ({counted}) AS counted")[0][0] or 0)


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
    engine.do(f"CREATE VIEW {name} AS {meetings(engine, shares, window)}")


def meetings(engine: Engine, shares: str, window: float) -> str:
    """The query of which `coincidences` makes a view."""
    return (
        f"SELECT l.o AS o, {_first('a')} AS a, {_second('a')} AS b, {_first('row')} AS row_a, {_second('row')} AS row_b, "
        f"{_first('c')} AS c_a, {_second('c')} AS c_b, CASE WHEN l.a < r.a THEN r.t - l.t ELSE l.t - r.t END AS dt {_joined(engine, shares, window)}"
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
    met = _of_two(engine, f"{name}_of", "a, o, c, t, before", "k", (-1, 0, 1))
    engine.do(
        f"CREATE VIEW {name} AS SELECT l.a AS a, r.a AS b, l.c AS c {met} "
        f"AND r.t - l.t <= {window!r} AND l.t - r.t <= {window!r} AND l.t - r.before > {window!r}"
    )
    return name


def edges(engine: Engine, shares: str, window: float, name: str, minimum: int = 1) -> None:
    """Makes the table `name(a, b, weight, coincidences, lag)` of accounts a < b that share at least `minimum` objects within `window` seconds.

    `weight` counts these objects, `coincidences` the pairs of shares, `lag` is the sum of the seconds between them.
    """
    engine.do(
        f"CREATE TABLE {name} AS SELECT a, b, count(*) AS weight, CAST(sum(n) AS BIGINT) AS coincidences, sum(lag) AS lag FROM ("
        f"SELECT {_first('a')} AS a, {_second('a')} AS b, l.o AS o, count(*) AS n, sum(r.t - l.t) AS lag {_joined(engine, shares, window)} GROUP BY 1, 2, 3"
        f") AS by_object GROUP BY a, b HAVING count(*) >= {minimum}"
    )


def _joined(engine: Engine, shares: str, window: float) -> str:
    """l is the earlier share of two, r the later; each is sought in the bucket of the other and the next one."""
    met = _of_two(engine, shares, "row, a, o, c, t", f"CAST(floor(t / {step_of(window)!r}) AS BIGINT)", (0, -1))
    return f"{met} AND r.t - l.t <= {window!r} AND (l.t < r.t OR (l.t = r.t AND l.row < r.row))"


def _of_two(engine: Engine, shares: str, columns: str, bucket: str, shifts: Sequence[int]) -> str:
    """FROM and WHERE of a query of every two shares l and r of one object by different accounts, where r's bucket, moved by one of `shifts`, is l's: a join on equality.

    An account that repeats one thing thousands of times would be compared with itself at each: then it is found first which accounts meet in which bucket.
    """
    left = f"(SELECT {columns}, {bucket} AS k FROM {shares})"
    right = f"({' UNION ALL '.join(f'SELECT {columns}, {bucket} + {shift} AS k FROM {shares}' for shift in shifts)})"
    if not _repeated(engine, shares, bucket):
        return f"FROM {left} AS l JOIN {right} AS r ON l.o = r.o AND l.k = r.k WHERE l.a <> r.a"
    who = "SELECT DISTINCT o, k, a FROM"
    return (
        f"FROM (SELECT x.o AS o, x.k AS k, x.a AS a, y.a AS b FROM ({who} {left} AS ls) AS x JOIN ({who} {right} AS rs) AS y ON y.o = x.o AND y.k = x.k WHERE x.a <> y.a) AS p "
        f"JOIN {left} AS l ON l.o = p.o AND l.k = p.k AND l.a = p.a JOIN {right} AS r ON r.o = p.o AND r.k = p.k AND r.a = p.b WHERE l.a <> r.a"
    )


def _repeated(engine: Engine, shares: str, bucket: str) -> bool:
    """Whether accounts repeat themselves within buckets so often that it pays to mind it."""
    count = int(engine.rows(f"SELECT count(*) FROM {shares}")[0][0])
    return count**2 > REPEATS and _pairs_within(engine, shares, f"o, {bucket}, a") > max(REPEATS, 10 * count)


def step_of(window: float) -> float:
    """The width of a bucket: a hair wider than the window, so that rounding never puts two of a window two buckets apart."""
    return max(window * 1.000001, 1e-6) if window > 0 else 1.0


def _first(column: str) -> str:
    return f"CASE WHEN l.a < r.a THEN l.{column} ELSE r.{column} END"


def _second(column: str) -> str:
    return f"CASE WHEN l.a < r.a THEN r.{column} ELSE l.{column} END"
