"""Chance, played out: what is dealt anew and what stays, and the p-value of a group."""

import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise, permutations

import numpy as np
import pytest

from assess.detectors.coordination.tables import of_rows, organic, planted
from charlevoix.assess.detectors.coordination import chance
from charlevoix.assess.detectors.coordination.chance import Posts, affordable, by_chance, dealt_anew, hold, played, posts
from charlevoix.assess.detectors.coordination.null_model import Layer, alone, moments, together
from charlevoix.assess.detectors.coordination.shares import Shares, intern
from charlevoix.assess.detectors.engine import Engine

Rows = Sequence[tuple[object, ...]]


@contextmanager
def laid_out(rows: Rows, layers: int = 1, window: float = 60.0) -> Iterator[tuple[Posts, Shares, list[Layer]]]:
    with of_rows(rows, layers) as relation:
        shares = intern(relation)
        found = [moments(shares.engine, i, f"layer-{i}", shares.tables[i - 1], window, shares.counts[i - 1]) for i in range(1, layers + 1)]
        x = posts(shares.engine, found, window)
        hold(shares.engine, found)
        yield x, shares, found


def of_three(draw: random.Random, accounts: int = 300, objects: int = 60, shares: int = 3_000) -> list[tuple[object, ...]]:
    """Posts of a link with its domain and, of two thirds, one or two hashtags: what a post holds in one layer says what it holds in the others."""
    rows: list[tuple[object, ...]] = []
    for a, o, c, t in organic(draw, accounts, objects, shares):
        n = int(str(o)[1:])
        tags: list[str | None] = [None] if n % 3 == 0 else [f"t{n % 15}"] if n % 3 == 1 else [f"t{n % 15}", f"t{n % 7}"]
        rows += [(a, o, f"d{n % 20}", tag, c, t) for tag in tags]
    return rows


def of_group(x: Posts, members: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    return np.flatnonzero(np.isin(x.a, members))


def of_planted(seed: int, group: list[str], layers: int = 1) -> float:
    draw = random.Random(seed)
    rows = [(a, *[o] * layers, c, t) for a, o, c, t in planted(draw, organic(draw, shares=3_000), [group], 5)]
    with laid_out(rows, layers) as (x, shares, _):
        numbers = {str(n): int(a) for a, n in shares.engine.rows("SELECT a, name FROM accounts")}
        return by_chance(of_group(x, np.array([numbers[n] for n in group])), x, 60.0, 0)


def test_dealing_anew_keeps_what_each_account_did_in_each_period_and_every_moment() -> None:
    with laid_out(organic(random.Random(1), shares=3_000)) as (x, shares, _):
        periods = shares.engine.columns("SELECT m.a AS a, m.h AS h FROM held_1 AS x JOIN moments_1 AS m ON m.row = x.row ORDER BY x.post")
    anew = dealt_anew(x, np.random.default_rng(3))
    assert x.a.tolist() == periods["a"].tolist()
    assert x.h.tolist() == periods["h"].tolist()  # of one layer and posts that hold one thing each, the periods are the null model's
    assert Counter(zip(anew.tolist(), x.h.tolist(), strict=True)) == Counter(zip(x.a.tolist(), x.h.tolist(), strict=True))
    assert (anew != x.a).mean() > 0.5
    assert len(x.begins) == 1 + len(set(x.h.tolist()))


def test_a_post_is_dealt_as_a_whole_and_among_posts_of_its_kind() -> None:
    rows = of_three(random.Random(2))
    with laid_out(rows, 3) as (x, shares, _):
        holds: dict[int, list[tuple[int, str, float]]] = {}
        for i in (1, 2, 3):
            for post, o, t in shares.engine.rows(
                f"SELECT h.post, n.name, h.t FROM held_{i} AS h JOIN objects_{i} AS n ON n.o = h.o ORDER BY 1, 2"
            ):
                holds.setdefault(post, []).append((i, str(o), float(t)))
    assert len(x.a) == len({row[-2] for row in rows})
    contents: dict[object, list[tuple[object, ...]]] = {}
    for row in rows:
        contents.setdefault(row[-2], []).append(row)
    given = Counter(
        tuple(sorted((i, str(row[i]), row[-1]) for i in (1, 2, 3) for row in of if row[i] is not None)) for of in contents.values()
    )
    assert Counter(tuple(sorted(what)) for what in holds.values()) == given
    kinds = {post: tuple(Counter(i for i, *_ in what)[i].bit_length() for i in (1, 2, 3)) for post, what in holds.items()}
    for begin, end in pairwise(x.begins.tolist()):
        assert len({kinds[post] for post in range(begin, end)}) == 1
    # a stretch of time is not cut within a moment, nor do two of one kind overlap
    times = {post: what[0][2] for post, what in holds.items()}
    spans = [(kinds[b], times[b], times[e - 1]) for b, e in pairwise(x.begins.tolist())]
    assert all(end < begin for (kind, _, end), (other, begin, _) in pairwise(spans) if kind == other)


def test_the_order_of_rows_is_of_no_account() -> None:
    rows = of_three(random.Random(4), shares=1_000)
    with laid_out(rows, 3) as (x, *_):
        p = by_chance(of_group(x, np.arange(20)), x, 60.0, 0, 99)
    random.Random(5).shuffle(rows)
    with laid_out(rows, 3) as (again, *_):
        assert by_chance(of_group(again, np.arange(20)), again, 60.0, 0, 99) == p


@pytest.mark.parametrize("layers", [1, 2])
def test_a_planted_group_is_hardly_chance(layers: int) -> None:
    assert of_planted(2, ["q1", "q2", "q3"], layers) == 0.001


@pytest.mark.mission("C10")
@pytest.mark.parametrize(("layers", "size"), [(1, 6), (3, 6), (3, 60)])
def test_of_accounts_drawn_by_lot_p_is_what_it_says(layers: int, size: int) -> None:
    """In tables that chance made itself, whatever is in one post, p is at most `a` for a share `a` of groups that are drawn by lot: not for more, and hardly for less."""
    rows = [
        (*row[: 1 + layers], *row[-2:]) for row in (of_three(random.Random(3)) if layers > 1 else organic(random.Random(3), 300, 60, 3_000))
    ]
    draw, found = np.random.default_rng(9), []
    with laid_out(rows, layers, 600.0) as (x, *_):
        for _ in range(400):
            y = replace(x, a=dealt_anew(x, draw))
            found.append(by_chance(of_group(y, draw.choice(np.unique(x.a), size, replace=False)), y, 600.0, 0, trials=99))
    p = np.array(found)
    for a in (0.01, 0.02, 0.05, 0.1, 0.2):
        assert (p <= a).sum() <= 400 * a + 3 * (400 * a * (1 - a)) ** 0.5, a  # three standard deviations
    if size == 60:  # there are few ties
        for a in (0.1, 0.2, 0.5):
            assert (p <= a).sum() >= 400 * a - 3 * (400 * a * (1 - a)) ** 0.5, a


@pytest.mark.mission("C10")
@pytest.mark.parametrize(("accounts", "objects"), [(25, 60), (25, 1_500), (300, 60)])
def test_p_of_layers_together_is_no_smaller_than_chance_makes_it(accounts: int, objects: int) -> None:
    """What a post holds in three layers, one of them with two things at times, is one event."""
    with laid_out(of_three(random.Random(accounts), accounts, objects), 3, 600.0) as (x, shares, layers):
        draw, found, tests = np.random.default_rng(5), [], 0
        for play in range(1, 9):
            again = list(played(shares.engine, layers, x, 600.0, play, draw))
            found.append(together(shares.engine, again, [alone(shares.engine, layer, 600.0, 1) for layer in again], 600.0, f"_{play}").p)
            tests += able(shares.engine, again) * (able(shares.engine, again) - 1) // 2
    p = np.concatenate(found)
    for a in (0.0001, 0.001, 0.01, 0.05, 0.2, 0.5):
        assert (p <= a).sum() <= 1.2 * a * tests + 3, a
    assert len(p) > 0.03 * tests


def able(engine: Engine, layers: Sequence[Layer]) -> int:
    """Accounts with two things and two posts at moments when somebody else shared the same."""
    things, contents = defaultdict(set), defaultdict(set)
    for layer in layers:
        for a, o, c in engine.rows(f"SELECT a, o, c FROM {layer.near}"):
            things[a].add((layer.name, o))
            contents[a].add(c)
    return sum(len(things[a]) > 1 and len(contents[a]) > 1 for a in things)


@pytest.mark.parametrize(("needed", "size"), [(2, 4), (3, 4), (2, 5)])
def test_any_choice_of_places_is_as_likely_as_any_other(needed: int, size: int) -> None:
    """Of a small stratum between two others, more than half of which is needed, and less."""
    h = np.repeat([0, 1, 2], [3, size, 3])
    x = Posts(
        np.arange(len(h)), h, np.array([0, 3, 3 + size, 6 + size]), np.array([]), np.array([]), np.zeros(len(h) + 1, int), np.array([])
    )
    own = np.arange(3, 3 + needed)
    plays = 20_000
    dealt = Counter(map(tuple, chance._dealt(x, own, plays, np.random.default_rng(1)).tolist()))
    choices = list(permutations(range(3, 3 + size), needed))
    assert set(dealt) <= set(choices)
    usual = plays / len(choices)
    assert (
        sum((dealt[c] - usual) ** 2 / usual for c in choices) < 2 * len(choices) + 20
    )  # chi-squared, of which the mean is len(choices) - 1


def test_the_same_seed_gives_the_same_p_and_how_far_it_is_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[float] = []
    with laid_out(organic(random.Random(4), shares=3_000), window=600.0) as (x, *_):
        own = of_group(x, np.arange(6))
        p = by_chance(own, x, 600.0, 5, trials=50)
        assert by_chance(own, x, 600.0, 5, trials=50, tell=told.append) == p
        assert told == [0.0]
        monkeypatch.setattr(chance, "AT_ONCE", 10 * len(own))
        by_chance(own, x, 600.0, 5, trials=50, tell=told.append)
    assert told == [0.0, 0.0, 0.2, 0.4, 0.6, 0.8]


def test_what_can_be_afforded_are_the_smallest_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chance, "POSTS", 10)
    assert affordable([7, 3, 5, 1]) == {1, 2, 3}
    assert affordable([11]) == set()
    assert affordable([]) == set()


def test_crowds_are_not_played_with() -> None:
    rows = [(f"c{n}", "x", None, float(n % 50)) for n in range(400)] + [("a", "y", None, 5.0), ("b", "y", None, 6.0)]
    with laid_out(rows) as (x, *_):
        assert x.t.tolist() == [5.0, 6.0]
        assert len(x.a) == 2
    with laid_out(rows[:400]) as (x, *_):
        assert (len(x.a), len(x.h), x.begins.tolist()) == (0, 0, [0])
