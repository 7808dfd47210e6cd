"""The null model: how often two accounts would share the same things at the same moments, were each only as active as it is.

What is kept of the data: which objects were shared at which moments (so each object's popularity and bursts, and the rhythm of day and week), and how
active each account was, over all and in each *period*; a period is a stretch of time with about `PERIOD` shares in a layer, which never ends within a moment. What is left to chance: which of the
accounts is behind which share. That is Tumminello's statistically validated network (2011) with the moment of each share kept,
or a bipartite configuration model (Saracco 2017) with activity that changes over time.

For a pair (a, b), in one layer:

- K, the number of different objects that both shared within the window;
- each share of a has c other shares of its object by other accounts within the window; each of these is b's with a probability r. So L(a, b) = sum over the shares of a
  of c r is the expected number of coincidences, seen from a; the larger of L(a, b) and L(b, a) is taken. K is a sum of rare events (Poisson-binomial), and
  Poisson with mean L is its upper approximation (Le Cam 1960);
- r is b's part of all shares, n/N, times what b's *other* objects say of its activity in that period: with m shares of other objects there, where n M/N are usual (M: shares in the period), and a
  Gamma prior of shape s, (s + m) / (s + n M/N). The share in question is left out: else having posted at that moment would be evidence that posting at that moment is b's habit, and a large
  group would explain itself away. s is estimated from the data (`Layer.steady`). r is at least n/N;
- people who care for the same things share the same things: the pair's *affinity* is the number F of occasions on which both shared the same object at other moments
  (for each object in common, the shares of one times those of the other; coincidences not counted), beyond the number E that activity alone would give. With a Gamma prior of shape and rate `PRIOR` on what multiplies L, K is negative binomial with shape PRIOR + F and mean L (PRIOR + F) / (PRIOR + min(E, F)):
  a pair that always shares the same things is expected to do so at the same moment, too;
- p = P(at least K), so it is conservative where K is discrete.

A *crowd* says nothing: a share with more than `CROWD` others of its object within the window is left out on both sides, of K and of L.

Tests: all pairs of accounts that could have K = 2, that is, with two objects each at moments when somebody else shared them (Tarone 1990: what can't be significant
needs no correction). Their number is the m of Benjamini and Hochberg (1995), pairs with K below 2 included, at p = 1.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from charlevoix.assess.detectors.coordination.pairs import coincidences, edges
from charlevoix.assess.detectors.engine import Engine

if TYPE_CHECKING:
    Array = np.ndarray[Any, Any]

PERIOD: Final = 500
"""Shares in a period; more, where that would be over `PERIODS` periods, or where times are so coarse that `MOMENTS` of them hold more."""

PERIODS: Final = 2_000

MOMENTS: Final = 4
"""Different times that a period spans at least, each taken to hold what the time of a share holds on average."""

GRAIN: Final = 2.0**-16
"""Seconds to which times are rounded (15 microseconds): so that, for the next thousand years, sums and differences of times and windows are exact."""

CROWD: Final = 300
"""Others that shared the same object within the window, beyond which a moment says nothing."""

PRIOR: Final = 0.25
"""Shape and rate of the prior on a pair's affinity; smaller is more careful. Chosen among 0.1, 0.25, 0.5 and 2 by planting groups (seeds 901 to 903); `benchmarks/planted.py` measures it with others."""

MINIMUM: Final = 2
"""Objects that a pair must have in common at the same moments to be tested."""

FUSED: Final = "fused"
"""The name of the layers together, where there are several."""


@dataclass(frozen=True, slots=True)
class Layer:
    """What a layer holds once its moments are counted: table names, and the size of the family of tests."""

    name: str
    number: int
    near: str  # (row, a, o, c, t, h): shares with 1 to CROWD others nearby
    tests: int
    crowded: int  # shares left out
    per: int  # shares in a period
    steady: float  # see `_steadiness`


@dataclass(frozen=True, slots=True)
class Tested:
    """Pairs a < b with at least MINIMUM coincidences: arrays of one length."""

    layer: str
    a: "Array"
    b: "Array"
    weight: "Array"  # K
    expected: "Array"  # what activity and affinity give
    p: "Array"
    q: "Array"


def grained(window: float) -> float:
    """A window as times are rounded (`GRAIN`), upwards: what was a window apart still is."""
    return ceil(window / GRAIN) * GRAIN


def moments(engine: Engine, number: int, name: str, shares: str, window: float, count: int) -> Layer:
    """Counts for each share of a layer how many others shared its object within the window (`grained`), and in which period it lies."""
    per = max(PERIOD, count // PERIODS, MOMENTS * _at_once(engine, shares))
    frame = f"ORDER BY t RANGE BETWEEN {window!r} PRECEDING AND {window!r} FOLLOWING"
    quiet = f"others BETWEEN 1 AND {CROWD}"
    engine.do(
        f"CREATE TABLE moments_{number} AS SELECT row, a, o, c, t, CAST(floor((rank() OVER (ORDER BY t) - 1) / {per}) AS INTEGER) AS h, "
        f"count(*) OVER (PARTITION BY o {frame}) - count(*) OVER (PARTITION BY o, a {frame}) AS others "
        f"FROM (SELECT row, a, o, c, floor(t / {GRAIN!r} + 0.5) * {GRAIN!r} AS t FROM {shares}) AS s"
    )
    near = f"near_{number}"
    engine.do(f"CREATE TABLE {near} AS SELECT row, a, o, c, t, h FROM moments_{number} WHERE {quiet}")
    engine.do(
        f"CREATE TABLE uses_{number} AS SELECT a, h, o, count(*) AS m, CAST(sum(CASE WHEN {quiet} THEN others ELSE 0 END) AS BIGINT) AS others "
        f"FROM moments_{number} GROUP BY a, h, o"
    )
    engine.do(
        f"CREATE TABLE activity_{number} AS SELECT a, h, CAST(sum(m) AS BIGINT) AS m, CAST(sum(others) AS BIGINT) AS others, CAST(sum(m * m) AS BIGINT) AS repeats "
        f"FROM uses_{number} GROUP BY a, h"
    )
    engine.do(f"CREATE TABLE had_{number} AS SELECT a, o, CAST(sum(m) AS BIGINT) AS m FROM uses_{number} GROUP BY a, o")
    engine.do(
        f"CREATE TABLE whole_{number} AS SELECT w.a AS a, w.m AS m, w.others AS others, b.met AS met, b.things AS things "
        f"FROM (SELECT a, sum(m) AS m, sum(others) AS others FROM activity_{number} GROUP BY a) AS w JOIN ("
        f"SELECT x.a AS a, sum(x.m * (n.n - x.m)) AS met, count(*) AS things FROM had_{number} AS x "
        f"JOIN (SELECT o, sum(m) AS n FROM had_{number} GROUP BY o) AS n ON n.o = x.o GROUP BY x.a) AS b ON b.a = w.a"
    )
    able = f"SELECT a FROM {near} GROUP BY a HAVING count(DISTINCT o) >= {MINIMUM}"
    crowded = engine.rows(f"SELECT count(*) FROM moments_{number} WHERE others > {CROWD}")[0][0]
    return Layer(name, number, near, _pairs_of(engine, able), int(crowded), per, _steadiness(engine, number, count, per))


def _at_once(engine: Engine, shares: str) -> int:
    """How many shares have the time of a share, on average over the shares."""
    counted = f"SELECT CAST(count(*) AS DOUBLE) AS n FROM {shares} GROUP BY t"
    return int(engine.rows(f"SELECT COALESCE(sum(n * n) / sum(n), 1) FROM ({counted}) AS counted")[0][0])


def _steadiness(engine: Engine, number: int, count: int, per: int) -> float:
    """The shape s of the Gamma variable that multiplies an account's usual activity in a period, from 0.01 (it comes in bursts) to 10 (steady), by the method of moments.

    Two shares of an account, of different objects, fall in one period 1 + 1/s times as often as at random; every account with such shares counts the same.
    """
    both = f"SELECT a, sum(m * m - repeats) AS together FROM activity_{number} GROUP BY a"
    alike = f"SELECT a, sum(m * m) AS alike, sum(m) AS m FROM had_{number} GROUP BY a"
    found = engine.rows(
        f"SELECT count(*), {_exactly('CAST(x.together AS DOUBLE) / (CAST(y.m AS DOUBLE) * y.m - y.alike)')} FROM ({both}) AS x "
        f"JOIN ({alike}) AS y ON y.a = x.a WHERE CAST(y.m AS DOUBLE) * y.m > y.alike"
    )[0]
    excess = float(found[1] or 0.0) / max(1, int(found[0])) * max(1.0, count / per) - 1
    return float(min(10.0, max(0.01, 1 / max(excess, 1e-9))))


def _pairs_of(engine: Engine, accounts: str) -> int:
    n = int(engine.rows(f"SELECT count(*) FROM ({accounts}) AS able")[0][0])
    return n * (n - 1) // 2


def alone(engine: Engine, layer: Layer, window: float, minimum: int = MINIMUM) -> Tested:
    """The pairs of one layer. Leaves the table `met_<number>(a, b, weight, coincidences, lag)` of pairs with at least `minimum` objects in common."""
    i = layer.number
    edges(engine, layer.near, window, f"met_{i}", minimum)
    engine.do(f"CREATE TABLE tested_{i} AS SELECT a, b, weight, coincidences FROM met_{i} WHERE weight >= {MINIMUM}")
    _expect(engine, layer, f"tested_{i}", f"expected_{i}")
    found = engine.columns(f"SELECT * FROM expected_{i} ORDER BY a, b")
    return _of_layer(layer.name, found, layer.tests)


def _expect(engine: Engine, layer: Layer, pairs: str, name: str) -> None:
    """Makes `name(a, b, weight, expected, affinity, expected_affinity)` for pairs(a, b, weight, coincidences) in a layer."""
    i, shares = layer.number, int(engine.rows(f"SELECT count(*) FROM moments_{layer.number}")[0][0])
    # to be joined from the side of whoever shared fewer things: one account that shared everything would be gone through for each of its pairs
    turned = f"{name}_turned"
    engine.do(
        f"CREATE TABLE {turned} AS SELECT e.a AS a, e.b AS b, CASE WHEN x.things <= y.things THEN e.a ELSE e.b END AS few, "
        f"CASE WHEN x.things <= y.things THEN e.b ELSE e.a END AS many FROM {pairs} AS e JOIN whole_{i} AS x ON x.a = e.a JOIN whole_{i} AS y ON y.a = e.b"
    )
    seen, same = _met_in(turned, f"activity_{i}", "y.h = x.h"), _met_in(turned, f"uses_{i}", "y.h = x.h AND y.o = x.o")
    engine.do(
        f"CREATE TABLE {name} AS WITH seen AS ({seen}), same AS ({same}), "
        f"common AS (SELECT e.a AS a, e.b AS b, sum(x.m * y.m) AS n FROM {turned} AS e JOIN had_{i} AS x ON x.a = e.few "
        f"JOIN had_{i} AS y ON y.a = e.many AND y.o = x.o GROUP BY e.a, e.b) "
        f"SELECT e.a AS a, e.b AS b, e.weight AS weight, CAST(greatest({_expected(layer, shares, 'x', 'y', 'from_a')}, {_expected(layer, shares, 'y', 'x', 'from_b')}, "
        f"x.others * y.m / CAST({shares} AS DOUBLE), y.others * x.m / CAST({shares} AS DOUBLE)) AS DOUBLE) AS expected, "
        f"CAST(COALESCE(c.n, 0) - e.coincidences AS DOUBLE) AS affinity, "
        f"CAST(greatest(x.met * y.m, y.met * x.m) / CAST({shares} AS DOUBLE) AS DOUBLE) AS expected_affinity FROM {pairs} AS e "
        f"JOIN whole_{i} AS x ON x.a = e.a JOIN whole_{i} AS y ON y.a = e.b LEFT JOIN seen AS s ON s.a = e.a AND s.b = e.b "
        "LEFT JOIN same AS z ON z.a = e.a AND z.b = e.b LEFT JOIN common AS c ON c.a = e.a AND c.b = e.b"
    )


def _met_in(turned: str, table: str, where: str) -> str:
    """For each pair, the sum of others around one's shares times the shares of the other, in what `where` joins: whole numbers, so threads may add in any order."""
    few, many = "x.others * y.m", "y.others * x.m"
    sums = ", ".join(f"sum(CASE WHEN e.few = e.{side} THEN {few} ELSE {many} END) AS from_{side}" for side in ("a", "b"))
    return f"SELECT e.a AS a, e.b AS b, {sums} FROM {turned} AS e JOIN {table} AS x ON x.a = e.few JOIN {table} AS y ON y.a = e.many AND {where} GROUP BY e.a, e.b"


def _expected(layer: Layer, shares: int, one: str, other: str, side: str) -> str:
    """L seen from `one`: others around its shares, times the part of them that is `other`'s, by its activity in the same periods with other objects."""
    others = f"({one}.others * {layer.steady!r} + COALESCE(s.{side}, 0) - COALESCE(z.{side}, 0))"
    return f"{others} * {other}.m / ({layer.steady * shares!r} + {other}.m * CAST({layer.per} AS DOUBLE))"


def _exactly(term: str) -> str:
    """A sum of fractions that is the same in whatever order threads add: in whole millionths of millionths (an overflow would take a sum of nine million)."""
    return f"CAST(sum(CAST(round({term} * 1e12) AS BIGINT)) AS DOUBLE) / 1e12"


def together(engine: Engine, layers: Sequence[Layer], single: Sequence[Tested], window: float, mark: str = "") -> Tested:
    """The layers together; `single` are what `alone` gave of each, with `minimum` 1; `mark` keeps table names apart.

    One post may hold a link, its domain and a hashtag, so layers depend on each other and their p-values can't be multiplied. Instead occasions are counted: two posts that
    coincide in any layer do so on what they have in common that is shared least, and K is the smallest of the number of such things, that of a's posts and that of b's
    (so that neither a link posted ten times nor a post with ten hashtags counts twice). Its expectation is at most the sum of L over layers, whatever their
    dependence (union bound); each layer's has its own affinity, and their spread is what it is where affinities agree fully, the worst case. Where a pair stands out in one layer only, that layer says more: p is twice the smaller of this p and the
    smallest of the layers' times their number (Bonferroni, valid for any dependence).
    """
    met = " UNION ALL ".join(f"SELECT a, b, weight FROM met_{x.number}" for x in layers)
    engine.do(
        f"CREATE TABLE met_0{mark} AS SELECT a, b, CAST(sum(weight) AS BIGINT) AS weight FROM ({met}) AS u GROUP BY a, b HAVING sum(weight) >= {MINIMUM}"
    )
    for x in layers:
        i = x.number
        engine.do(
            f"CREATE TABLE part_{i} AS SELECT p.a AS a, p.b AS b, COALESCE(s.weight, 0) AS weight, COALESCE(s.coincidences, 0) AS coincidences FROM met_0{mark} AS p "
            f"LEFT JOIN met_{i} AS s ON s.a = p.a AND s.b = p.b"
        )
        _expect(engine, x, f"part_{i}", f"share_{i}")
    engine.do(
        f"CREATE TABLE tested_0{mark} AS SELECT * FROM (SELECT a, b, least(count(DISTINCT thing), count(DISTINCT c_a), count(DISTINCT c_b)) AS weight "
        f"FROM ({_occasions(engine, layers, f'met_0{mark}', window)}) AS u GROUP BY a, b) AS counted WHERE weight >= {MINIMUM}"
    )
    affine = f"least(1e6, expected * ({PRIOR} + affinity) / ({PRIOR} + least(affinity, expected_affinity)))"
    shares = " UNION ALL ".join(
        f"SELECT a, b, {affine} AS mean, {affine} / sqrt({PRIOR} + affinity) AS spread FROM share_{x.number}" for x in layers
    )
    found = engine.columns(
        f"SELECT t.a AS a, t.b AS b, t.weight AS weight, {_exactly('u.mean')} AS mean, {_exactly('u.spread')} AS spread "
        f"FROM tested_0{mark} AS t JOIN ({shares}) AS u ON u.a = t.a AND u.b = t.b GROUP BY t.a, t.b, t.weight ORDER BY 1, 2"
    )
    near = " UNION ALL ".join(f"SELECT a, {_thing(x, 'o')} AS thing, c FROM {x.near}" for x in layers)
    able = f"SELECT a FROM ({near}) AS n GROUP BY a HAVING count(DISTINCT thing) >= {MINIMUM} AND count(DISTINCT c) >= {MINIMUM}"
    tests = _pairs_of(engine, able)
    mean, spread = (np.asarray(found[c], float) for c in ("mean", "spread"))
    counted = _judged(FUSED, found, mean, (mean / np.maximum(spread, 1e-300)) ** 2, tests)
    p, expected = _best(counted, single)
    return replace(counted, expected=expected, p=p, q=discoveries(p, tests))


def _thing(layer: Layer, column: str) -> str:
    """An object's number among those of all layers."""
    return f"CAST({column} AS BIGINT) * 1000 + {layer.number % 1_000}"


def _occasions(engine: Engine, layers: Sequence[Layer], pairs: str, window: float) -> str:
    """A query of (a, b, c_a, c_b, thing): every two posts of a pair that coincide, with what they have in common in any layer that is shared least."""
    parts = []
    for x in layers:
        coincidences(engine, x.near, window, f"coincidences_{x.number}")
        engine.do(f"CREATE TABLE fame_{x.number} AS SELECT o, CAST(sum(m) AS BIGINT) AS n FROM had_{x.number} GROUP BY o")
        parts.append(
            f"SELECT w.a AS a, w.b AS b, w.c_a AS c_a, w.c_b AS c_b, {_thing(x, 'w.o')} AS thing, f.n AS n FROM coincidences_{x.number} AS w "
            f"JOIN {pairs} AS p ON p.a = w.a AND p.b = w.b JOIN fame_{x.number} AS f ON f.o = w.o"
        )
    place = "row_number() OVER (PARTITION BY a, b, c_a, c_b ORDER BY n, thing)"
    return f"SELECT a, b, c_a, c_b, thing FROM (SELECT a, b, c_a, c_b, thing, {place} AS place FROM ({' UNION ALL '.join(parts)}) AS met) AS placed WHERE place = 1"


def _best(counted: Tested, among: Sequence[Tested]) -> "tuple[Array, Array]":
    """Of each pair, p over the layers together and the single ones, corrected for having chosen; and what was expected where p is smallest."""
    wide = 1 + max((int(x.b.max()) for x in (counted, *among) if len(x.b)), default=0)
    keys, p, expected = counted.a * wide + counted.b, counted.p.copy(), counted.expected.copy()
    for x in among:
        if len(x.a):
            own = x.a * wide + x.b  # in order, as the pairs are
            at = np.minimum(np.searchsorted(own, keys), len(own) - 1)
            here = np.where(own[at] == keys, len(among) * x.p[at], 1.0)
            expected = np.where(here < p, x.expected[at], expected)
            p = np.minimum(p, here)
    return np.minimum(1.0, 2 * p), expected


def _of_layer(layer: str, found: "Mapping[str, Array]", tests: int) -> Tested:
    expected, affinity, usual = (np.asarray(found[c], float) for c in ("expected", "affinity", "expected_affinity"))
    shape = PRIOR + affinity
    return _judged(layer, found, expected * shape / (PRIOR + np.minimum(usual, affinity)), shape, tests)


def _judged(layer: str, found: "Mapping[str, Array]", mean: "Array", shape: "Array", tests: int) -> Tested:
    weight, a, b = (np.asarray(found[c], np.int64) for c in ("weight", "a", "b"))
    p = tail(weight.astype(float), mean, shape)
    return Tested(layer, a, b, weight, mean, p, discoveries(p, tests))


def tail(k: "Array", mean: "Array", shape: "Array") -> "Array":
    """P(X >= k) where X is Poisson of `mean` times a Gamma variable of `shape` and mean 1: negative binomial, as an incomplete beta function (DLMF 8.17)."""
    from scipy.special import betainc

    return np.where(k > 0, betainc(np.maximum(k, 1e-9), shape, mean / (mean + shape)), 1.0)


def discoveries(p: "Array", tests: int) -> "Array":
    """Adjusted p-values (q) of Benjamini and Hochberg (1995) where `tests` were made and all that are not in `p` have p = 1."""
    order = np.argsort(p, kind="stable")
    q = np.minimum.accumulate((p[order] * max(tests, len(p)) / np.arange(1, len(p) + 1))[::-1])[::-1]
    adjusted = np.empty_like(q)
    adjusted[order] = np.minimum(q, 1.0)
    return adjusted
