"""The networks of `coordination-network-toolkit` 1.5.2: co-tweet, co-similar-tweet, co-retweet, co-link, co-reply and co-post, all one rule over different objects.

The weight of (x, y) is the number of different messages of x for which y has a message with the same object (text, reposted message, link, message replied to; or none,
for co-post; or a similar text) within the window. It is directed: (y, x) may weigh otherwise.

A table has no reposts where the toolkit leaves them out (all but co-retweet and co-post): the object of a repost is empty there. A row without text is in no co-tweet
network, while the toolkit takes all empty texts for equal.
"""

from dataclasses import dataclass
from typing import Final

from charlevoix.assess.detectors.coordination.pairs import bounded, firsts
from charlevoix.assess.detectors.coordination.shares import Shares, posts
from charlevoix.assess.detectors.relation import Relation

NETWORKS: Final = ("co_retweet", "co_link", "co_reply", "co_tweet", "co_similar_tweet", "co_post")
"""By the toolkit's names. The first three are one: the object is the message reposted, the link, the message replied to. Of the next two it is the text; co-post needs none."""

AS_THEY_ARE: Final = ("co_retweet", "co_link", "co_reply")
"""Those whose objects are equal where the table says so; for them, `shares` may be only those with others within the window."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which network is to be made, and of what: seconds, the least weight of a pair; of co_similar_tweet how similar (0 to 1) texts of at least how many words."""

    kind: str
    window: float
    weight: int = 1
    similarity: float = 0.8
    words: int = 1


def network(shares: Shares, relation: Relation, number: int, asked: Asked) -> str:
    """Makes the table `toolkit_<number>(a, b, weight)` of ordered pairs of accounts of layer `number` (from 1); returns its name.

    Raises Malformed for too many pairs, Misconfigured where co_similar_tweet lacks a package.
    """
    engine, name = shares.engine, f"toolkit_{number}"
    if asked.kind == "co_similar_tweet":
        from charlevoix.assess.detectors.coordination import similar  # NumPy costs more than the other networks of a small table

        met = f"met_{number}"
        similar.meetings(shares, number, asked.window, asked.similarity, asked.words, met)
        weighed, of = f"(SELECT a, b, c_a AS c FROM {met} UNION ALL SELECT b AS a, a AS b, c_b AS c FROM {met}) AS s", "DISTINCT c"
    else:
        table = _shared(shares, relation, number, asked.kind)
        bounded(engine, table, asked.window)
        messages, own = engine.rows(f"SELECT count(*), count(DISTINCT c) FROM {table}")[0]
        weighed, of = firsts(engine, table, asked.window, f"first_{number}"), "*" if messages == own else "DISTINCT c"
    engine.do(
        f"CREATE TABLE {name} AS SELECT a, b, count({of}) AS weight FROM {weighed} GROUP BY a, b HAVING count({of}) >= {asked.weight}"
    )
    return name


def _shared(shares: Shares, relation: Relation, number: int, kind: str) -> str:
    """The table whose equal objects make the network."""
    if kind == "co_post":
        return posts(shares, relation)
    return _texts(shares, number) if kind == "co_tweet" else shares.tables[number - 1]


def _texts(shares: Shares, number: int) -> str:
    """Makes `texts_<number>`, the shares of a layer whose objects are texts, those with equal words as one object; returns its name."""
    import numpy as np

    engine = shares.engine
    found = engine.columns(f"SELECT o, name FROM objects_{number} ORDER BY o")
    numbers: dict[str, int] = {}
    same = np.array([numbers.setdefault(words(str(name)), len(numbers)) for name in found["name"]], np.int64)
    engine.put(f"same_{number}", {"o": np.asarray(found["o"]), "n": same})
    name = f"texts_{number}"
    engine.do(
        f"CREATE TABLE {name} AS SELECT s.row AS row, s.a AS a, n.n AS o, s.c AS c, s.t AS t FROM {shares.tables[number - 1]} AS s "
        f"JOIN same_{number} AS n ON n.o = s.o"
    )
    return name


def words(text: str) -> str:
    """A text in lower case, without mentions, with single blanks: the toolkit's `message_preprocessor`."""
    from charlevoix.assess.detectors.coordination import similar

    return " ".join(similar.MENTION.sub("", text.lower()).split())
