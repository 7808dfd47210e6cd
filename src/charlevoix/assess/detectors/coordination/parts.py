"""Parts: which accounts of a network hang together, found where its pairs are, so that a network of any size takes no memory here."""

from charlevoix.assess.detectors.engine import Engine


def parts(engine: Engine, pairs: str, name: str) -> None:
    """Makes the table `name(a, g)` of every account in `pairs(a, b)`, where a < b, and the smallest account of its part.

    Each account takes the smallest of its neighbours, and that one's, until nobody has a smaller one; then each such tree is one account, and
    what leads from tree to tree are the pairs of the next round (Borůvka 1926; at most half of the accounts are left after each).
    """
    engine.do(f"CREATE TABLE {name}_0 AS SELECT a, a AS g FROM (SELECT a FROM {pairs} UNION SELECT b AS a FROM {pairs}) AS every")
    links, turn = pairs, 0
    while engine.rows(f"SELECT 1 FROM {links} LIMIT 1"):
        turn += 1
        tree = _trees(engine, links, f"{name}_tree_{turn}")
        engine.do(
            f"CREATE TABLE {name}_{turn} AS SELECT x.a AS a, COALESCE(t.g, x.g) AS g FROM {name}_{turn - 1} AS x LEFT JOIN {tree} AS t ON t.a = x.g"
        )
        engine.do(
            f"CREATE TABLE {name}_links_{turn} AS SELECT DISTINCT least(a, b) AS a, greatest(a, b) AS b FROM ("
            f"SELECT COALESCE(s.g, l.a) AS a, COALESCE(t.g, l.b) AS b FROM {links} AS l LEFT JOIN {tree} AS s ON s.a = l.a JOIN {tree} AS t ON t.a = l.b"
            ") AS moved WHERE a <> b"
        )
        links = f"{name}_links_{turn}"
    engine.do(f"CREATE VIEW {name} AS SELECT a, g FROM {name}_{turn}")


def _trees(engine: Engine, links: str, name: str) -> str:
    """Makes a table (a, g) of every account with a smaller neighbour, and the account that its smallest neighbours lead to; returns its name."""
    engine.do(f"CREATE TABLE {name}_0 AS SELECT b AS a, min(a) AS g FROM {links} GROUP BY b")
    turn = 0
    while engine.rows(f"SELECT 1 FROM {name}_{turn} AS x JOIN {name}_{turn} AS y ON y.a = x.g LIMIT 1"):
        engine.do(
            f"CREATE TABLE {name}_{turn + 1} AS SELECT x.a AS a, COALESCE(y.g, x.g) AS g FROM {name}_{turn} AS x LEFT JOIN {name}_{turn} AS y ON y.a = x.g"
        )
        turn += 1
    return f"{name}_{turn}"
