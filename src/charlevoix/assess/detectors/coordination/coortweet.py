"""CooRTweet's network: the same pairs with the same weights as `detect_groups` and `generate_coordinated_network` of CooRTweet 2.1.3 (Righetti and Balluff).

1. Accounts with fewer than `participation` shares are left out.
2. Every two shares of one object within the window, by different accounts and of different content, are a row; where the object is itself one of the two pieces of
   content (a post and its repost), it is none.
3. Of accounts with fewer than `participation` shares among the content that is left, content counts only where its partner's does.
4. The weight of a pair is the number of its rows. A pair is above the percentile if its weight is greater than that quantile of all weights (R's type 7).
"""

from typing import Final

from charlevoix.assess.detectors.coordination.pairs import STRETCH, beside, bounded, coincidences, stretches
from charlevoix.assess.detectors.coordination.shares import Shares
from charlevoix.assess.detectors.engine import Engine

MANY: Final = 500_000
"""Shares of a layer beyond which those that nobody shared at the same time are put aside before pairs are sought."""


def network(shares: Shares, number: int, window: float, participation: int) -> str:
    """Makes the table `coortweet_<number>(a, b, weight)` of accounts a < b in layer `number` (from 1); returns its name.

    Raises Malformed for too many pairs (`pairs.bounded`).
    """
    engine, table, name = shares.engine, shares.tables[number - 1], f"coortweet_{number}"
    active = f"active_{number}"
    kind = "VIEW" if shares.counts[number - 1] > MANY else "TABLE"
    engine.do(
        f"CREATE {kind} {active} AS SELECT * FROM {table} WHERE a IN (SELECT a FROM {table} GROUP BY a HAVING count(*) >= {participation})"
    )
    near = beside(engine, active, window, f"beside_{number}") if kind == "VIEW" else active
    many = bounded(engine, near, window)
    loops = _no_loops(shares, number)
    if many > STRETCH and not loops and _plain(shares, table, near, window):
        return _counted(engine, number, near, window, participation)
    coincidences(engine, near, window, f"near_{number}")
    engine.do(
        f"CREATE TABLE rows_{number} AS SELECT n.a AS a, n.b AS b, n.c_a AS c_a, n.c_b AS c_b FROM near_{number} AS n WHERE n.c_a <> n.c_b{loops}"
    )
    engine.do(
        f"CREATE TABLE left_{number} AS SELECT a, c FROM {active} WHERE c IN (SELECT c_a FROM rows_{number} UNION ALL SELECT c_b FROM rows_{number})"
    )
    engine.do(
        f"CREATE TABLE enough_{number} AS SELECT DISTINCT c FROM left_{number} WHERE a IN (SELECT a FROM left_{number} GROUP BY a HAVING count(*) >= {participation})"
    )
    engine.do(
        f"CREATE TABLE {name} AS SELECT a, b, count(*) AS weight FROM rows_{number} "
        f"WHERE c_a IN (SELECT c FROM enough_{number}) OR c_b IN (SELECT c FROM enough_{number}) GROUP BY a, b"
    )
    return name


def _plain(shares: Shares, table: str, near: str, window: float) -> bool:
    """Each share near another is content of its own, and times are whole seconds (so that a frame of a window and a difference of times agree to the last bit)."""
    one = shares.engine.rows
    if window != int(window) or one(f"SELECT 1 FROM {near} WHERE t <> floor(t) LIMIT 1"):
        return False
    if not shares.contents:
        return True
    count, contents = one(f"SELECT count(*), count(DISTINCT c) FROM {near}")[0]
    return bool(count == contents == one(f"SELECT count(*) FROM {table} WHERE c IN (SELECT c FROM {near})")[0][0])


def _counted(engine: Engine, number: int, near: str, window: float, participation: int) -> str:
    """The same table where shares are plain: whose content counts is known by counting neighbours, before any pair is made; pairs are counted stretch by stretch."""
    name, frame = f"coortweet_{number}", f"ORDER BY t RANGE BETWEEN {window!r} PRECEDING AND {window!r} FOLLOWING"
    engine.do(
        f"CREATE TABLE others_{number} AS SELECT row, a, o, t FROM (SELECT row, a, o, t, "
        f"count(*) OVER (PARTITION BY o {frame}) - count(*) OVER (PARTITION BY o, a {frame}) AS others FROM {near}) AS x WHERE others > 0"
    )
    # in place of its content, each share says whether it counts
    engine.do(
        f"CREATE TABLE counts_{number} AS SELECT b.row AS row, b.a AS a, b.o AS o, b.t AS t, CASE WHEN n.n >= {participation} THEN 1 ELSE 0 END AS c "
        f"FROM others_{number} AS b JOIN (SELECT a, count(*) AS n FROM others_{number} GROUP BY a) AS n ON n.a = b.a"
    )
    coincidences(engine, f"counts_{number}", window, f"near_{number}")
    met = f"met_{number}"
    engine.do(f"CREATE TABLE {met} AS SELECT a, b FROM near_{number} WHERE c_a + c_b > 0")
    parts: list[str] = []
    for stretch in stretches(engine, met, "a"):
        parts.append(f"{name}_{len(parts)}")
        engine.do(f"CREATE TABLE {parts[-1]} AS SELECT a, b, CAST(count(*) AS INTEGER) AS weight FROM {met} WHERE {stretch} GROUP BY a, b")
    engine.do(f"DROP TABLE {met}")
    engine.do(f"CREATE VIEW {name} AS {' UNION ALL '.join(f'SELECT a, b, weight FROM {part}' for part in parts)}")
    return name


def _no_loops(shares: Shares, number: int) -> str:
    """A condition that leaves out rows where the object is one of the two pieces of content."""
    if not shares.contents:
        return ""
    engine = shares.engine
    engine.do(f"CREATE TABLE itself_{number} AS SELECT x.o AS o, y.c AS c FROM objects_{number} AS x JOIN contents AS y ON y.name = x.name")
    if not engine.rows(f"SELECT 1 FROM itself_{number} LIMIT 1"):
        return ""
    return "".join(f" AND NOT EXISTS (SELECT 1 FROM itself_{number} AS i WHERE i.o = n.o AND i.c = n.{side})" for side in ("c_a", "c_b"))
