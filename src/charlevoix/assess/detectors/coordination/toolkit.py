"""The networks of `coordination-network-toolkit` 1.5.2: co-tweet, co-retweet, co-link, co-reply and co-post, all one rule over different objects.

The weight of (x, y) is the number of different messages of x for which y has a message with the same object (text, reposted message, link, message replied to; or none,
for co-post) within the window. It is directed: (y, x) may weigh otherwise.
"""

from charlevoix.assess.detectors.coordination.pairs import coincidences
from charlevoix.assess.detectors.coordination.shares import Shares


def network(shares: Shares, number: int, window: float, weight: int = 1) -> str:
    """Makes the table `toolkit_<number>(a, b, weight)` of ordered pairs of accounts with at least `weight`; returns its name."""
    engine, name = shares.engine, f"toolkit_{number}"
    coincidences(engine, shares.tables[number - 1], window, f"met_{number}")
    sides = f"SELECT a, b, c_a AS c FROM met_{number} UNION ALL SELECT b AS a, a AS b, c_b AS c FROM met_{number}"
    engine.do(
        f"CREATE TABLE {name} AS SELECT a, b, count(DISTINCT c) AS weight FROM ({sides}) AS s GROUP BY a, b HAVING count(DISTINCT c) >= {weight}"
    )
    return name
