"""CooRTweet's network: the same pairs with the same weights as `detect_groups` and `generate_coordinated_network` of CooRTweet 2.1.3 (Righetti and Balluff).

1. Accounts with fewer than `participation` shares are left out.
2. Every two shares of one object within the window, by different accounts and of different content, are a row; where the object is itself one of the two pieces of
   content (a post and its repost), it is none.
3. Of accounts with fewer than `participation` shares among the content that is left, content counts only where its partner's does.
4. The weight of a pair is the number of its rows. A pair is above the percentile if its weight is greater than that quantile of all weights (R's type 7).
"""

from charlevoix.assess.detectors.coordination.pairs import bounded, coincidences
from charlevoix.assess.detectors.coordination.shares import Shares
from charlevoix.assess.detectors.engine import Engine


def network(shares: Shares, number: int, window: float, participation: int) -> str:
    """Makes the table `coortweet_<number>(a, b, weight, lag)` of accounts a < b in layer `number` (from 1), `lag` the mean of seconds; returns its name.

    Raises Malformed for too many pairs (`pairs.bounded`).
    """
    engine, table, name = shares.engine, shares.tables[number - 1], f"coortweet_{number}"
    engine.do(
        f"CREATE TABLE active_{number} AS SELECT * FROM {table} WHERE a IN (SELECT a FROM {table} GROUP BY a HAVING count(*) >= {participation})"
    )
    bounded(engine, f"active_{number}", window)
    loops = _no_loops(shares, number)
    if not loops and _plain(engine, f"active_{number}", window):
        return _counted(engine, number, window, participation)
    coincidences(engine, f"active_{number}", window, f"near_{number}")
    engine.do(
        f"CREATE TABLE rows_{number} AS SELECT n.a AS a, n.b AS b, n.c_a AS c_a, n.c_b AS c_b, abs(n.dt) AS lag FROM near_{number} AS n "
        f"WHERE n.c_a <> n.c_b{loops}"
    )
    engine.do(
        f"CREATE TABLE left_{number} AS SELECT a, c FROM active_{number} WHERE c IN (SELECT c_a FROM rows_{number} UNION ALL SELECT c_b FROM rows_{number})"
    )
    engine.do(
        f"CREATE TABLE enough_{number} AS SELECT DISTINCT c FROM left_{number} WHERE a IN (SELECT a FROM left_{number} GROUP BY a HAVING count(*) >= {participation})"
    )
    engine.do(
        f"CREATE TABLE {name} AS SELECT a, b, count(*) AS weight, avg(lag) AS lag FROM rows_{number} "
        f"WHERE c_a IN (SELECT c FROM enough_{number}) OR c_b IN (SELECT c FROM enough_{number}) GROUP BY a, b"
    )
    return name


def _plain(engine: Engine, table: str, window: float) -> bool:
    """Each share is content of its own, and times are whole seconds (so that a frame of a window and a difference of times agree to the last bit)."""
    shares, contents, parts = engine.rows(
        f"SELECT count(*), count(DISTINCT c), sum(CASE WHEN t <> floor(t) THEN 1 ELSE 0 END) FROM {table}"
    )[0]
    return window == int(window) and shares == contents and not parts


def _counted(engine: Engine, number: int, window: float, participation: int) -> str:
    """The same table where shares are plain: whose content counts is known by counting neighbours, before any pair is made, so that each is made once and none is kept."""
    name, frame = f"coortweet_{number}", f"ORDER BY t RANGE BETWEEN {window!r} PRECEDING AND {window!r} FOLLOWING"
    engine.do(
        f"CREATE TABLE beside_{number} AS SELECT row, a, o, t FROM (SELECT row, a, o, t, "
        f"count(*) OVER (PARTITION BY o {frame}) - count(*) OVER (PARTITION BY o, a {frame}) AS others FROM active_{number}) AS x WHERE others > 0"
    )
    # in place of its content, each share says whether it counts
    engine.do(
        f"CREATE TABLE counts_{number} AS SELECT b.row AS row, b.a AS a, b.o AS o, b.t AS t, CASE WHEN n.n >= {participation} THEN 1 ELSE 0 END AS c "
        f"FROM beside_{number} AS b JOIN (SELECT a, count(*) AS n FROM beside_{number} GROUP BY a) AS n ON n.a = b.a"
    )
    coincidences(engine, f"counts_{number}", window, f"near_{number}")
    engine.do(
        f"CREATE TABLE {name} AS SELECT a, b, count(*) AS weight, avg(abs(dt)) AS lag FROM near_{number} WHERE c_a + c_b > 0 GROUP BY a, b"
    )
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
