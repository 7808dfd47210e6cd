"""Similar texts: those with nearly the same words within a window, found without comparing all of them, as `coordination-network-toolkit` 1.5.2 takes texts for similar.

A text is the set of its words, by Unicode's word boundaries (UAX 29) in lower case and without mentions; two are similar where at least the share `least` of
all their words is in both (Jaccard). Who shares much has a rare word in common: of n words in order of how rare they are, texts that are similar enough meet
among the first n - ⌈least · n⌉ + 1 (Chaudhuri, Ganti and Kaushik 2006), and what is left of both after that word must suffice (Xiao and others 2008).
The filters leave no similar text out, and every pair that passes is counted word by word.
"""

import re
from array import array
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from charlevoix.assess.detectors.coordination.pairs import MOST, step_of
from charlevoix.assess.detectors.coordination.shares import Shares
from charlevoix.assess.detectors.engine import Engine
from charlevoix.assess.detectors.extra import needed
from charlevoix.errors import Malformed

if TYPE_CHECKING:
    Array = np.ndarray[Any, Any]

MENTION: Final = re.compile(r"@(?:\S|[\x1c-\x1f])*")

_HAIR: Final = 1e-9
"""So much wider are the filters than the rule, so that rounding leaves nothing out; the rule itself is one division of whole numbers, rounded as everybody's."""


def word_sets(texts: Iterable[str]) -> Iterator[frozenset[str]]:
    """The words of each text: the toolkit's `tokenize`, as a set. Raises Misconfigured where the package `regex` is missing."""
    with needed():
        import regex  # type: ignore[import-untyped, unused-ignore]  # its types are a package of their own
    # boundaries are those of UAX 29 by WORD, and are found where nothing is between by V1; blanks and an apostrophe behind one belong to no word
    between = regex.compile(r"\b\p{WB=WSegSpace}*'?", regex.WORD | regex.V1)
    for text in texts:
        yield frozenset(w for part in between.split(MENTION.sub("", text.lower())) if part for w in part.split())


def meetings(shares: Shares, number: int, window: float, least: float, words: int, name: str) -> None:
    """Makes the view `name(a, b, c_a, c_b)`: every two shares of similar texts of layer `number` by different accounts at most `window` seconds apart, a's the earlier.

    `least`: how similar, above 0 and at most 1. Texts of fewer than `words` words are similar to none. Raises Malformed where too many would have to be compared.
    """
    engine, table = shares.engine, f"similar_{number}"
    step = step_of(window)
    # 1. texts with the same words as one object, in buckets of time
    _put_sets(shares, number, least, max(1, words))
    engine.do(
        f"CREATE TABLE {table} AS SELECT s.row AS row, s.a AS a, n.n AS o, s.c AS c, s.t AS t, CAST(floor(s.t / {step!r}) AS BIGINT) AS k "
        f"FROM {shares.tables[number - 1]} AS s JOIN set_of_{number} AS n ON n.o = s.o"
    )
    engine.do(f"CREATE TABLE there_{number} AS SELECT o, k, count(*) AS n FROM {table} GROUP BY o, k")
    # 2. which of them are similar
    _alike(engine, number, window, least)
    # 3. who shared them together; each is sought in the bucket of the other and the next one
    met = f"FROM there_{number} AS l JOIN alike_{number} AS m ON m.x = l.o JOIN there_{number} AS r ON r.o = m.y AND r.k = l.k"
    many = engine.rows(f"SELECT sum(CAST(l.n AS DOUBLE) * r.n) {met}")[0][0] or 0
    if many > MOST:
        raise Malformed(
            "coordination.too-many", f"{many / 1e6:.0f}", f"{window:g}", str(MOST // 1_000_000), advice="coordination.fewer-similar"
        )
    engine.do(
        f"CREATE VIEW {name} AS SELECT l.a AS a, r.a AS b, l.c AS c_a, r.c AS c_b "
        f"FROM (SELECT s.row AS row, s.a AS a, m.y AS o, s.c AS c, s.t AS t, s.k AS k FROM {table} AS s JOIN alike_{number} AS m ON m.x = s.o) AS l "
        f"JOIN (SELECT row, a, o, c, t, k FROM {table} UNION ALL SELECT row, a, o, c, t, k - 1 AS k FROM {table}) AS r ON r.o = l.o AND r.k = l.k "
        f"WHERE l.a <> r.a AND r.t - l.t <= {window!r} AND (l.t < r.t OR (l.t = r.t AND l.row < r.row))"
    )


def _alike(engine: Engine, number: int, window: float, least: float) -> None:
    """Makes `alike_<number>(x, y)` of similar sets that are there in one bucket or in neighbours, both ways round and each with itself."""
    engine.do(
        f"CREATE TABLE rare_there_{number} AS SELECT t.o AS o, t.k AS k, w.w AS w, w.i AS i, w.n AS n "
        f"FROM there_{number} AS t JOIN rare_{number} AS w ON w.o = t.o"
    )
    counted = f"SELECT count(*) AS n FROM rare_there_{number} GROUP BY w, k"
    many = engine.rows(f"SELECT sum(CAST(n AS DOUBLE) * (n - 1)) FROM ({counted}) AS counted")[0][0] or 0
    if many > MOST:
        raise Malformed(
            "coordination.too-similar", f"{many / 1e6:.0f}", f"{window:g}", str(MOST // 1_000_000), advice="coordination.fewer-similar"
        )
    columns = "o, w, i, n, k"
    engine.do(
        f"CREATE TABLE perhaps_{number} AS SELECT DISTINCT least(l.o, r.o) AS x, greatest(l.o, r.o) AS y, l.n + r.n AS n FROM rare_there_{number} AS l "
        f"JOIN (SELECT {columns} FROM rare_there_{number} UNION ALL SELECT o, w, i, n, k - 1 AS k FROM rare_there_{number}) AS r "
        f"ON l.w = r.w AND l.k = r.k WHERE l.o <> r.o AND least(l.n, r.n) >= {least!r} * greatest(l.n, r.n) - {_HAIR} "
        f"AND least(l.n - l.i, r.n - r.i) * {1 + least!r} >= {least!r} * (l.n + r.n) - {_HAIR}"
    )
    engine.do(
        f"CREATE TABLE sure_{number} AS SELECT p.x AS x, p.y AS y FROM perhaps_{number} AS p JOIN words_{number} AS l ON l.o = p.x "
        f"JOIN words_{number} AS r ON r.o = p.y AND r.w = l.w GROUP BY p.x, p.y, p.n "
        f"HAVING CAST(count(*) AS DOUBLE) / CAST(p.n - count(*) AS DOUBLE) >= {least!r}"
    )
    engine.do(
        f"CREATE TABLE alike_{number} AS SELECT x, y FROM sure_{number} UNION ALL SELECT y AS x, x AS y FROM sure_{number} "
        f"UNION ALL SELECT DISTINCT o AS x, o AS y FROM there_{number}"
    )


def _put_sets(shares: Shares, number: int, least: float, words: int) -> None:
    """Makes `set_of_<number>(o, n)`, the number of each text's set of words, `words_<number>(o, w)` of all words of the sets, and of the rarest of each
    `rare_<number>(o, w, i, n)`: the place of the word, from 0, and how many the set has.
    """
    engine = shares.engine
    found = engine.columns(f"SELECT o, name FROM objects_{number} ORDER BY o")
    # a set is held as the bytes of its words' numbers: a million of them must not fill the memory
    vocabulary: dict[str, int] = {}
    numbers: dict[bytes, int] = {}
    texts, sets = array("q"), array("q")
    for o, one in zip(found["o"], word_sets(map(str, found["name"])), strict=True):
        if len(one) >= words:
            key = array("i", sorted(vocabulary.setdefault(w, len(vocabulary)) for w in sorted(one))).tobytes()
            texts.append(int(o))
            sets.append(numbers.setdefault(key, len(numbers)))
    engine.put(f"set_of_{number}", {"o": np.array(texts, np.int64), "n": np.array(sets, np.int64)})
    o, w, i, n = _by_rarity(list(numbers), len(vocabulary))
    engine.put(f"words_{number}", {"o": o, "w": w})
    first = i < n - np.ceil(least * n - _HAIR) + 1
    engine.put(f"rare_{number}", {"o": o[first], "w": w[first], "i": i[first], "n": n[first]})


def _by_rarity(sets: Sequence[bytes], vocabulary: int) -> "tuple[Array, Array, Array, Array]":
    """Set, word, place and size, for every word of every set: by set, the rarest word first. Words are numbered by how rare they are, equals by who came first."""
    size = np.array([len(one) // array("i").itemsize for one in sets], np.int64)
    o = np.repeat(np.arange(len(sets)), size)
    w = np.frombuffer(b"".join(sets), np.intc).astype(np.int64)
    often = np.bincount(w, minlength=vocabulary)
    rank = np.empty(vocabulary, np.int64)
    rank[np.argsort(often, kind="stable")] = np.arange(vocabulary)
    w = rank[w]
    w = w[np.lexsort((w, o))]
    return o, w, np.arange(len(o)) - np.repeat(np.cumsum(size) - size, size), np.repeat(size, size)
