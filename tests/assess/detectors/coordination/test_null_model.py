"""The null model: by hand on small tables, by other people's functions where they have one, and by playing chance out."""

import random
import time
from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assess.detectors.coordination.tables import of_rows, organic, planted
from charlevoix.assess.detectors.coordination import null_model
from charlevoix.assess.detectors.coordination.chance import hold, played, posts
from charlevoix.assess.detectors.coordination.null_model import Layer, alone, discoveries, moments, tail, together
from charlevoix.assess.detectors.coordination.shares import Shares, intern


def test_the_tail_is_that_of_the_negative_binomial() -> None:
    from scipy.stats import nbinom

    draw = np.random.default_rng(1)
    k, mean = draw.integers(0, 40, 2_000).astype(float), draw.gamma(0.5, 4.0, 2_000) + 1e-6
    shape = draw.uniform(0.1, 60, 2_000)
    assert np.allclose(tail(k, mean, shape), nbinom.sf(k - 1, shape, shape / (shape + mean)), rtol=1e-7, atol=0)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=30), st.integers(0, 50))
def test_discoveries_are_those_of_scipy_when_what_was_not_computed_is_one(p: list[float], more: int) -> None:
    from scipy.stats import false_discovery_control

    whole = np.concatenate([np.array(p), np.ones(more)])
    assert np.allclose(discoveries(np.array(p), len(p) + more), false_discovery_control(whole)[: len(p)], rtol=1e-12, atol=0)


def test_no_p_no_discovery() -> None:
    assert len(discoveries(np.array([]), 10)) == 0


def layer_of(shares: Shares, window: float, number: int = 1) -> Layer:
    i = number - 1
    return moments(shares.engine, number, shares.layers[i], shares.tables[i], window, shares.counts[i])


def by_hand(
    rows: Sequence[tuple[str, str, str, float]], window: float, period: int, crowd: int, shape: float
) -> dict[tuple[str, str], tuple[int, float, float]]:
    """K, L and F of each pair with K of 2 or more, read off the description one share at a time."""
    at = Counter(t for *_, t in rows)
    period = max(period, 4 * (sum(n * n for n in at.values()) // len(rows)))
    h = {i: sum(u < t for *_, u in rows) // period for i, (*_, t) in enumerate(rows)}
    others = [sum(b != a and p == o and abs(t - u) <= window for b, p, _, u in rows) for a, o, _, t in rows]
    quiet = [1 <= n <= crowd for n in others]
    usual, accounts = Counter(a for a, *_ in rows), {a for a, *_ in rows}
    near = [(*row, i) for i, row in enumerate(rows) if quiet[i]]

    def seen(x: str, y: str) -> float:
        """The sum over the shares of x of the others around it times y's part of all shares, by y's shares of other objects in that period."""
        total = 0.0
        for a, o, *_, i in near:
            if a == x:
                elsewhere = sum(b == y and p != o and h[j] == h[i] for j, (b, p, *_) in enumerate(rows))
                total += others[i] * usual[y] / len(rows) * (shape + elsewhere) / (shape + usual[y] / len(rows) * period)
        return max(total, sum(others[i] for a, *_, i in near if a == x) * usual[y] / len(rows))

    found = {}
    for a in accounts:
        for b in accounts:
            if a >= b:
                continue
            met = [(o, abs(t - u) <= window) for x, o, _, t, _ in near for y, p, _, u, _ in near if x == a and y == b and o == p]
            at_once = sum(close for _, close in met)
            objects = len({o for o, close in met if close})
            both = sum(x == a and y == b and o == p for x, o, *_ in rows for y, p, *_ in rows)
            if objects >= 2:
                found[a, b] = (objects, max(seen(a, b), seen(b, a)), float(both - at_once))
    return found


ROW = st.tuples(st.sampled_from("abcd"), st.sampled_from("vwxyz"), st.none(), st.integers(0, 20).map(float))


@settings(max_examples=30, deadline=None)
@given(st.lists(ROW, min_size=4, max_size=40), st.sampled_from([1.0, 4.0]), st.integers(2, 9))
def test_small_tables_have_the_figures_that_the_description_gives(
    rows: list[tuple[str, str, str, float]], window: float, period: int
) -> None:
    with pytest.MonkeyPatch.context() as patch, of_rows(rows) as relation:
        patch.setattr(null_model, "PERIOD", period)
        patch.setattr(null_model, "CROWD", 3)
        shares = intern(relation)
        layer = layer_of(shares, window)
        alone(shares.engine, layer, window)
        ours = shares.engine.rows(
            "SELECT x.name, y.name, e.weight, e.expected, e.affinity FROM expected_1 AS e JOIN accounts AS x ON x.a = e.a JOIN accounts AS y ON y.a = e.b"
        )
    expected = by_hand(rows, window, period, 3, layer.steady)
    assert {(min(a, b), max(a, b)) for a, b, *_ in ours} == set(expected)
    for a, b, weight, mean, affinity in ours:
        k, usual, alike = expected[min(a, b), max(a, b)]
        assert (weight, affinity) == (k, alike)
        assert mean == pytest.approx(usual)


@settings(max_examples=20, deadline=None)
@given(st.lists(ROW, min_size=4, max_size=40), st.sampled_from([0.1, 0.3, 0.7]), st.integers(1, 3))
def test_tenths_of_a_second_are_apart_what_they_are_apart(rows: list[tuple[str, str, str, float]], step: float, steps: int) -> None:
    """Who has somebody near is said by a frame of time, who coincides by a difference: for both, 0.4 is 0.3 after 0.1, whatever floating point makes of it."""
    window = null_model.grained(step * steps)
    with of_rows([(a, o, c, t * step) for a, o, c, t in rows]) as relation:
        shares = intern(relation)
        alone(shares.engine, layer_of(shares, window), window, 1)
        near = shares.engine.rows("SELECT row, others FROM moments_1 ORDER BY row")
        met = shares.engine.rows(
            "SELECT x.name, y.name, m.coincidences FROM met_1 AS m JOIN accounts AS x ON x.a = m.a JOIN accounts AS y ON y.a = m.b"
        )
    together_ = [
        (a, b)
        for i, (a, o, _, t) in enumerate(rows)
        for j, (b, p, _, u) in enumerate(rows)
        if i != j and a != b and o == p and abs(t - u) <= steps
    ]
    assert sum(n for _, n in near) == len(together_)
    assert {(x, y): n for x, y, n in met} == Counter((a, b) for a, b in together_ if a < b)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([1, 60, 3_600]))
def test_the_order_of_rows_is_of_no_account(seed: int, coarse: int) -> None:
    """Times to the minute or the hour are many at once; rows that come in another order give the same figures, to the last bit."""
    draw = random.Random(seed)
    rows = [
        (a, o, str(o)[-1], c, float(t // coarse * coarse)) for a, o, c, t in planted(draw, organic(draw, shares=800), [["g1", "g2", "g3"]])
    ]

    def figures() -> list[tuple[object, ...]]:
        with of_rows(rows, layers=2) as relation:
            shares = intern(relation)
            layers = [layer_of(shares, 60.0, i) for i in (1, 2)]
            lists = [alone(shares.engine, layer, 60.0, 1) for layer in layers]
            return [
                (x.layer, x.a.tolist(), x.b.tolist(), x.weight.tolist(), x.p.tolist())
                for x in (*lists, together(shares.engine, layers, lists, 60.0))
            ]

    first = figures()
    draw.shuffle(rows)
    assert figures() == first


def spent(rows: list[tuple[str, str, None, float]]) -> float:
    """Processor seconds of all that is tested of a table."""
    with of_rows(rows) as relation:
        began = time.process_time()
        shares = intern(relation)
        alone(shares.engine, layer_of(shares, 60.0), 60.0)
        return time.process_time() - began


def test_an_account_that_shares_everything_costs_no_more_for_each_that_it_meets() -> None:
    def hub(n: int) -> list[tuple[str, str, None, float]]:
        return [(who, f"o{i}", None, i * 200.0 + at) for i in range(n) for who, at in (("hub", 0), (f"b{i // 2}", 5))]

    assert spent(hub(24_000)) < 8 * spent(hub(6_000))  # four times as much; the square would be sixteen


def test_an_account_that_repeats_itself_is_not_compared_with_itself() -> None:
    def bot(n: int) -> list[tuple[str, str, None, float]]:
        return [("bot", "x", None, 1000.0)] * n + [
            (who, o, None, t + i) for o, t in (("x", 1001.0), ("y", 5000.0)) for i, who in enumerate(("p", "q"))
        ]

    assert spent(bot(80_000)) < 8 * spent(bot(20_000))


@pytest.mark.parametrize(("spread", "shape"), [(90_000.0, 10.0), (600.0, 0.2)])
def test_accounts_that_come_and_go_are_told_from_steady_ones(spread: float, shape: float) -> None:
    """Each of 200 accounts shares 30 things at any time, or all of them within ten minutes."""
    draw = random.Random(9)
    begins = {n: draw.random() * (90_000 - spread) for n in range(200)}
    rows = [(f"a{n}", f"o{draw.random()}", None, begins[n] + draw.random() * spread) for n in range(200) for _ in range(30)]
    with of_rows(rows) as relation:
        found = layer_of(intern(relation), 60.0).steady
    assert found == 10.0 if shape == 10.0 else found < shape


def test_a_large_group_does_not_explain_itself_away() -> None:
    """Sixty accounts share five things of their own within half a minute: most of what is shared then is theirs, which is not a habit of any of them."""
    draw = random.Random(10)
    rows = organic(draw, accounts=4_000, objects=4_000, shares=20_000)
    group = [f"a{n}" for n in range(60)]
    with of_rows(planted(draw, rows, [group], times=5)) as relation:
        shares = intern(relation)
        found = alone(shares.engine, layer_of(shares, 60.0), 60.0)
    assert (found.q <= 0.05).sum() >= 0.75 * 60 * 59 / 2  # of the busiest it may be chance


def dealt(rows: Sequence[tuple[str, str | None, str | None, float]], window: float, plays: int) -> list[tuple[null_model.Tested, Layer]]:
    """What the model says of tables whose accounts were dealt out anew within each period."""
    found: list[tuple[null_model.Tested, Layer]] = []
    rng = np.random.default_rng(5)
    with of_rows(rows) as relation:
        shares = intern(relation)
        layer = layer_of(shares, window)
        x = posts(shares.engine, [layer], window)
        hold(shares.engine, [layer])
        for play in range(1, plays + 1):
            found += [(alone(shares.engine, again, window), again) for again in played(shares.engine, [layer], x, window, play, rng)]
    return found


@pytest.mark.mission("C10")
@pytest.mark.parametrize(("accounts", "objects"), [(25, 60), (25, 1_500), (300, 60)])
def test_p_is_no_smaller_than_chance_makes_it(accounts: int, objects: int) -> None:
    """Where chance alone decides, p is at most `a` for at most a share `a` of the pairs: few, busy accounts are the hard case."""
    plays = dealt(organic(random.Random(accounts), accounts, objects, 3_000), 600, 12)
    p = np.concatenate([tested.p for tested, _ in plays])
    tests = sum(layer.tests for _, layer in plays)
    for a in (0.001, 0.01, 0.05, 0.2, 0.5):
        assert (p <= a).sum() <= 1.2 * a * tests
    if objects == 1_500:  # and it is not merely large
        assert (p <= 0.5).sum() >= 0.1 * tests


def test_a_planted_pair_has_a_small_p_and_strangers_have_not() -> None:
    draw = random.Random(3)
    with of_rows(planted(draw, organic(draw), [["a1", "a2"]], times=8)) as relation:
        shares = intern(relation)
        found = alone(shares.engine, layer_of(shares, 60.0), 60.0)
        numbers = {str(n): int(a) for a, n in shares.engine.rows("SELECT a, name FROM accounts")}
    pair = sorted((numbers["a1"], numbers["a2"]))
    at = (found.a == pair[0]) & (found.b == pair[1])
    assert found.weight[at] >= 8
    assert found.q[at] < 1e-4
    assert (found.q[~at] > 0.05).all()


def test_who_always_shares_the_same_things_is_expected_to_do_so_at_once() -> None:
    """Two pairs with as many coincidences; one of them shares forty other things, too, days apart."""
    draw = random.Random(4)
    rows = planted(draw, organic(draw), [["q1", "q2"], ["r1", "r2"]], times=4)
    for n in range(40):
        rows += [("r1", f"alike{n}", None, n * 20_000.0), ("r2", f"alike{n}", None, n * 20_000.0 + 9_000)]
        rows += [("q1", f"one{n}", None, n * 20_000.0), ("q2", f"other{n}", None, n * 20_000.0 + 9_000)]
    with of_rows(rows) as relation:
        shares = intern(relation)
        found = alone(shares.engine, layer_of(shares, 60.0), 60.0)
        numbers = {str(n): int(a) for a, n in shares.engine.rows("SELECT a, name FROM accounts")}
    p = {(int(a), int(b)): float(x) for a, b, x in zip(found.a, found.b, found.p, strict=True)}
    strangers, alike = (p[min(x), max(x)] for x in ((numbers["q1"], numbers["q2"]), (numbers["r1"], numbers["r2"])))
    assert strangers < alike / 10


def test_a_crowd_says_nothing() -> None:
    crowd = [(f"c{n}", o, None, at + n % 50) for n in range(400) for o, at in (("x", 0.0), ("y", 90_000.0))]
    with of_rows(crowd) as relation:
        shares = intern(relation)
        layer = layer_of(shares, 60.0)
        found = alone(shares.engine, layer, 60.0)
    assert (layer.crowded, layer.tests, len(found.p)) == (800, 0, 0)


def test_a_post_with_a_link_a_domain_and_a_hashtag_counts_once() -> None:
    draw = random.Random(6)
    once = {(a, o): (a, o, c, t) for a, o, c, t in organic(draw, shares=2_000)}  # nobody shares a thing twice: each coincidence is one post
    rows = planted(draw, list(once.values()), [["q1", "q2", "q3"]], times=5)
    three = [(a, f"link {o}", f"domain {o}", f"tag {o}", c, t) for a, o, c, t in rows]
    with of_rows(rows) as relation:
        shares = intern(relation)
        single = alone(shares.engine, layer_of(shares, 60.0), 60.0)
    with of_rows(three, layers=3) as relation:
        shares = intern(relation)
        layers = [layer_of(shares, 60.0, i) for i in (1, 2, 3)]
        lists = [alone(shares.engine, layer, 60.0, 1) for layer in layers]
        fused = together(shares.engine, layers, lists, 60.0)
    assert fused.a.tolist() == single.a.tolist()
    assert fused.weight.tolist() == single.weight.tolist()
    assert (fused.p >= single.p).all()
    assert (fused.q <= 0.05).sum() == 3


def test_what_is_spread_over_layers_adds_up() -> None:
    """Three posts in each of two layers, all different: together they are six."""
    rows: list[tuple[object, ...]] = [(a, o, o, None, t) for a, o, _, t in organic(random.Random(8), shares=1_500)]
    for n in range(6):
        rows += [(x, f"l{n}" if n < 3 else None, None if n < 3 else f"h{n}", None, n * 90_000.0 + i) for i, x in enumerate(("q1", "q2"))]
    with of_rows(rows, layers=2) as relation:
        shares = intern(relation)
        layers = [layer_of(shares, 60.0, i) for i in (1, 2)]
        lists = [alone(shares.engine, layer, 60.0, 1) for layer in layers]
        fused = together(shares.engine, layers, lists, 60.0)
        numbers = {str(n): int(a) for a, n in shares.engine.rows("SELECT a, name FROM accounts")}
    ends = (numbers["q1"], numbers["q2"])
    weights = [int(x.weight[(x.a == min(ends)) & (x.b == max(ends))][0]) for x in (*lists, fused)]
    assert weights == [3, 3, 6]


def test_a_link_posted_three_times_with_its_domain_and_a_hashtag_is_one_occasion() -> None:
    rows = [(a, f"o{n}", f"d{n % 40}", f"t{n % 30}", None, t) for n, (a, _, _, t) in enumerate(organic(random.Random(8), shares=1_500))]
    rows += [(x, "link", "domain", "tag", None, n * 20.0 + i) for n in range(3) for i, x in enumerate(("q1", "q2"))]
    with of_rows(rows, layers=3) as relation:
        shares = intern(relation)
        layers = [layer_of(shares, 60.0, i) for i in (1, 2, 3)]
        fused = together(shares.engine, layers, [alone(shares.engine, layer, 60.0, 1) for layer in layers], 60.0)
        numbers = {str(n): int(a) for a, n in shares.engine.rows("SELECT a, name FROM accounts")}
    assert not ((fused.a == min(numbers["q1"], numbers["q2"])) & (fused.b == max(numbers["q1"], numbers["q2"]))).any()


def occasions(rows: Sequence[tuple[str, str | None, str | None, float]], window: float, crowd: int) -> dict[tuple[str, str], int]:
    """K of each pair in two layers, one post at a time: what two posts have in common that is shared least, each such thing and each post once."""
    fame = Counter((layer, row[1 + layer]) for row in rows for layer in (0, 1))
    names = [sorted({str(row[1 + i]) for row in rows if row[1 + i]}) for i in (0, 1)]
    order: dict[tuple[int, str | float | None], tuple[int, int]] = {
        (i, o): (n, i) for i in (0, 1) for n, o in enumerate(names[i])
    }  # decides between equals

    def quiet(i: int, layer: int) -> bool:
        a, o, t = rows[i][0], rows[i][1 + layer], rows[i][3]
        return 1 <= sum(r[0] != a and r[1 + layer] == o and abs(r[3] - t) <= window for r in rows) <= crowd

    near = {(i, layer) for i, row in enumerate(rows) for layer in (0, 1) if row[1 + layer] and quiet(i, layer)}
    found = defaultdict(list)
    for i, x in enumerate(rows):
        for j, y in enumerate(rows):
            if x[0] < y[0] and abs(x[3] - y[3]) <= window:
                common = [(n, x[1 + n]) for n in (0, 1) if x[1 + n] and x[1 + n] == y[1 + n] and {(i, n), (j, n)} <= near]
                if common:
                    found[x[0], y[0]].append((min(common, key=lambda o: (fame[o], order[o])), i, j))
    return {pair: min(len({part[n] for part in met}) for n in range(3)) for pair, met in found.items()}


TWO = st.tuples(
    st.sampled_from("abc"), st.sampled_from(["l1", "l2", "l3", None]), st.sampled_from(["h1", "h2", None]), st.integers(0, 12).map(float)
)


@settings(max_examples=40, deadline=None)
@given(st.lists(TWO, min_size=4, max_size=16), st.sampled_from([1.0, 4.0]))
def test_occasions_are_counted_as_by_hand(rows: list[tuple[str, str | None, str | None, float]], window: float) -> None:
    with of_rows([(a, link, tag, None, t) for a, link, tag, t in rows], layers=2) as relation:
        shares = intern(relation)
        layers = [layer_of(shares, window, i) for i in (1, 2)]
        fused = together(shares.engine, layers, [alone(shares.engine, layer, window, 1) for layer in layers], window)
        names = {int(a): str(n) for a, n in shares.engine.rows("SELECT a, name FROM accounts")}
    ours = {tuple(sorted((names[int(a)], names[int(b)]))): int(k) for a, b, k in zip(fused.a, fused.b, fused.weight, strict=True)}
    by = occasions(rows, window, null_model.CROWD)
    assert ours == {pair: k for pair, k in by.items() if k >= 2}
