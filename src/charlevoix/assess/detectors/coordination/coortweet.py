"""CooRTweet's network: the same pairs with the same weights as `detect_groups` and `generate_coordinated_network` of CooRTweet 2.1.3 (Righetti and Balluff).

1. Accounts with fewer than `participation` shares are left out.
2. Every two shares of one object within the window, by different accounts and of different content, are a row; where the object is itself one of the two pieces of
   content (a post and its repost), it is none.
3. Of accounts with fewer than `participation` shares among the content that is left, content counts only where its partner's does.
4. The weight of a pair is the number of its rows. A pair is above the percentile if its weight is greater than that quantile of all weights (R's type 7).
"""

from charlevoix.assess.detectors.coordination.pairs import STRETCH, bounded, meetings, stretches
from charlevoix.assess.detectors.coordination.shares import Shares
from charlevoix.assess.detectors.engine import Engine


def network(shares: Shares, number: int, window: float, participation: int) -> str:
    """Makes the table `coortweet_<number>(a, b, weight)` of accounts a < b in layer `number` (from 1); returns its name.

    `shares` may be only those with others within the window. Raises Malformed for too many pairs (`pairs.bounded`).
    """
    engine, name, active = shares.engine, f"coortweet_{number}", f"active_{number}"
    engine.do(f"CREATE TABLE {active} AS SELECT * FROM {shares.tables[number - 1]} WHERE a IN ({_often(shares, number, participation)})")
    many = bounded(engine, active, window)
    loops = _no_loops(shares, number)
    if many > STRETCH and not loops and _plain(shares, number, window):
        return _counted(engine, number, window, participation)
    engine.do(
        f"CREATE TABLE rows_{number} AS SELECT n.a AS a, n.b AS b, n.c_a AS c_a, n.c_b AS c_b FROM ({meetings(engine, active, window)}) AS n "
        f"WHERE n.c_a <> n.c_b{loops}"
    )
    engine.do(
        f"CREATE TABLE {name} AS WITH remaining AS ({_left(shares, number, participation)}), enough AS (SELECT DISTINCT c FROM remaining "
        f"WHERE a IN (SELECT a FROM remaining GROUP BY a HAVING count(*) >= {participation})) SELECT a, b, count(*) AS weight FROM rows_{number} "
        "WHERE c_a IN (SELECT c FROM enough) OR c_b IN (SELECT c FROM enough) GROUP BY a, b"
    )
    return name


def _often(shares: Shares, number: int, participation: int) -> str:
    """A query of the accounts with so many shares in the layer."""
    if shares.whole:
        return f"SELECT a FROM {shares.tables[number - 1]} GROUP BY a HAVING count(*) >= {participation}"
    return f"SELECT x.a AS a FROM accounts AS x JOIN ({_often_named(shares, number, participation)}) AS y ON y.account = x.name"


def _often_named(shares: Shares, number: int, participation: int) -> str:
    return f"SELECT account FROM {shares.source} WHERE object_{number} IS NOT NULL GROUP BY account HAVING count(*) >= {participation}"


def _left(shares: Shares, number: int, participation: int) -> str:
    """A query (a, c) of every share of an active account whose content is in a row; of content with a name, also those that are in no row themselves."""
    inside = f"(SELECT c_a FROM rows_{number} UNION ALL SELECT c_b FROM rows_{number})"
    left = f"FROM active_{number} AS s {{}} WHERE s.c IN {inside}"
    if shares.whole or not shares.named:
        return "SELECT s.a AS a, s.c AS c " + left.format("")
    # whoever has no share in the table has no number: names are compared
    return (
        f"SELECT x.name AS a, s.c AS c {left.format('JOIN accounts AS x ON x.a = s.a')} AND s.c < 0 UNION ALL "
        f"SELECT r.account AS a, k.c AS c FROM {shares.source} AS r JOIN (SELECT c, name FROM contents WHERE c IN {inside}) AS k "
        f"ON k.name = r.content WHERE r.object_{number} IS NOT NULL AND r.account IN ({_often_named(shares, number, participation)})"
    )


def _plain(shares: Shares, number: int, window: float) -> bool:
    """Each share is content of its own, and times are whole seconds (so that a frame of a window and a difference of times agree to the last bit)."""
    rows, active = shares.engine.rows, f"active_{number}"
    if window != int(window) or rows(f"SELECT 1 FROM {active} WHERE t <> floor(t) LIMIT 1"):
        return False
    if not shares.named:
        return True
    count, contents = rows(f"SELECT count(*), count(DISTINCT c) FROM {active}")[0]
    again = f"FROM {shares.source} AS r JOIN contents AS k ON k.name = r.content WHERE r.object_{number} IS NOT NULL"
    if shares.whole or count != contents:
        return bool(count == contents)
    return rows(f"SELECT count(*) {again} AND k.c IN (SELECT c FROM {active})") == rows(f"SELECT count(*) FROM {active} WHERE c >= 0")


def _counted(engine: Engine, number: int, window: float, participation: int) -> str:
    """The same table where shares are plain: whose content counts is known by counting neighbours, before any pair is made; pairs are counted stretch by stretch."""
    name, frame = f"coortweet_{number}", f"ORDER BY t RANGE BETWEEN {window!r} PRECEDING AND {window!r} FOLLOWING"
    engine.do(
        f"CREATE TABLE others_{number} AS SELECT row, a, o, t FROM (SELECT row, a, o, t, "
        f"count(*) OVER (PARTITION BY o {frame}) - count(*) OVER (PARTITION BY o, a {frame}) AS others FROM active_{number}) AS x WHERE others > 0"
    )
    # in place of its content, each share says whether it counts
    engine.do(
        f"CREATE TABLE counts_{number} AS SELECT b.row AS row, b.a AS a, b.o AS o, b.t AS t, CASE WHEN n.n >= {participation} THEN 1 ELSE 0 END AS c "
        f"FROM others_{number} AS b JOIN (SELECT a, count(*) AS n FROM others_{number} GROUP BY a) AS n ON n.a = b.a"
    )
    met = f"met_{number}"
    engine.do(f"CREATE TABLE {met} AS SELECT a, b FROM ({meetings(engine, f'counts_{number}', window)}) AS n WHERE c_a + c_b > 0")
    parts: list[str] = []
    for stretch in stretches(engine, met, "a", STRETCH):
        parts.append(f"{name}_{len(parts)}")
        engine.do(f"CREATE TABLE {parts[-1]} AS SELECT a, b, CAST(count(*) AS INTEGER) AS weight FROM {met} WHERE {stretch} GROUP BY a, b")
    engine.do(f"DROP TABLE {met}")
    engine.do(f"CREATE VIEW {name} AS {' UNION ALL '.join(f'SELECT a, b, weight FROM {part}' for part in parts)}")
    return name


def _no_loops(shares: Shares, number: int) -> str:
    """A condition that leaves out rows where the object is one of the two pieces of content."""
    if not shares.named:
        return ""
    engine = shares.engine
    engine.do(
        f"CREATE TABLE itself_{number} AS SELECT x.o AS o, s.c AS c FROM {shares.source} AS r JOIN objects_{number} AS x ON x.name = r.content "
        f"JOIN {shares.tables[number - 1]} AS s ON s.row = r.row"
    )
    if not engine.rows(f"SELECT 1 FROM itself_{number} LIMIT 1"):
        return ""
    return "".join(f" AND NOT EXISTS (SELECT 1 FROM itself_{number} AS i WHERE i.o = n.o AND i.c = n.{side})" for side in ("c_a", "c_b"))
