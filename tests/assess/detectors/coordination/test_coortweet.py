"""CooRTweet's network: against edges that CooRTweet 2.1.3 itself gave, and against a plain reading of its rules."""

import csv
import gzip
import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assess.detectors.coordination.tables import GERMAN, GERMAN_URLS, RUSSIAN, RUSSIAN_RETWEETS, of_file, of_rows, rows_of
from charlevoix.assess.detectors.coordination import coortweet
from charlevoix.assess.detectors.coordination.coortweet import network
from charlevoix.assess.detectors.coordination.shares import Shares, intern
from charlevoix.assess.detectors.relation import Reading

GOLDEN = Path(__file__).parent / "golden"

Pairs = dict[tuple[str, str], int]


def golden(name: str) -> Pairs:
    with gzip.open(GOLDEN / f"coortweet-2.1.3-{name}-60s.csv.gz", "rt", encoding="utf-8") as lines:
        return {(row["from"], row["to"]): int(row["weight"]) for row in csv.DictReader(lines)}


def found(shares: Shares, window: float, participation: int) -> Pairs:
    name = network(shares, 1, window, participation)
    rows = shares.engine.rows(
        f"SELECT x.name, y.name, n.weight FROM {name} AS n JOIN accounts AS x ON x.a = n.a JOIN accounts AS y ON y.a = n.b"
    )
    pairs = {(min(a, b), max(a, b)): int(w) for a, b, w in rows}
    assert len(pairs) == len(rows)
    return pairs


def by_hand(rows: Sequence[tuple[str, str, str, float]], window: float, participation: int) -> Pairs:
    """Every two shares of every object are looked at, one by one."""
    often = Counter(a for a, *_ in rows)
    active = [row for row in rows if often[row[0]] >= participation]
    by_object = defaultdict(list)
    for row in active:
        by_object[row[1]].append(row)
    met = []
    for o, some in by_object.items():
        for i, (a, _, c, t) in enumerate(some):
            for b, _, d, u in some[i + 1 :]:
                if a != b and c != d and abs(t - u) <= window and o not in (c, d):
                    met.append((a, b, c, d))
    left = {c for *_, c, d in met} | {d for *_, d in met}
    left_of = Counter(a for a, _, c, _ in active if c in left)
    enough = {c for a, _, c, _ in active if c in left and left_of[a] >= participation}
    return dict(Counter((min(a, b), max(a, b)) for a, b, c, d in met if c in enough or d in enough))


@pytest.mark.mission("C10")
@pytest.mark.parametrize(
    ("path", "reading", "name", "edges"),
    [(GERMAN, GERMAN_URLS, "german-2021-posts-url", 1_919), (RUSSIAN, RUSSIAN_RETWEETS, "russian-retweets", 3_721)],
    ids=["german urls", "russian retweets"],
)
def test_pairs_and_weights_are_those_that_coortweet_gave(path: Path, reading: Reading, name: str, edges: int, tmp_path: Path) -> None:
    expected = golden(name)
    assert len(expected) == edges
    for window in (None, 60):
        with of_file(path, reading, tmp_path) as relation:
            assert found(intern(relation, window), 60, 2) == expected


@pytest.mark.parametrize("window", [1, 10, 60, 300, 600])
def test_other_windows_agree_with_a_plain_reading_of_the_rules(window: int, tmp_path: Path) -> None:
    with of_file(RUSSIAN, RUSSIAN_RETWEETS, tmp_path) as relation:
        ours = found(intern(relation, window), window, 2)
    theirs = by_hand(rows_of(RUSSIAN, ("account_id", "object_id", "content_id", "timestamp_share")), window, 2)
    assert ours == theirs
    assert ours


@pytest.mark.parametrize(("window", "participation"), [(1, 1), (10, 3), (60, 5), (300, 2), (600, 4)])
def test_other_participations_agree_on_german_links(window: int, participation: int, tmp_path: Path) -> None:
    with of_file(GERMAN, GERMAN_URLS, tmp_path) as relation:
        ours = found(intern(relation, window), window, participation)
    assert ours == by_hand(rows_of(GERMAN, ("account_id", "url_id", "post_id", "timestamp")), window, participation)
    assert ours


def test_the_plain_reading_gives_the_golden_edges_too() -> None:
    rows = rows_of(RUSSIAN, ("account_id", "object_id", "content_id", "timestamp_share"))
    assert by_hand(rows, 60, 2) == golden("russian-retweets")


SHARE = st.tuples(st.sampled_from("abcd"), st.sampled_from("xyz"), st.sampled_from("pqrxy"), st.integers(0, 12).map(float))


@settings(max_examples=60, deadline=None)
@given(st.lists(SHARE, min_size=1, max_size=24), st.sampled_from([0.5, 1.0, 3.0, 12.0]), st.integers(0, 3))
def test_small_tables_agree_whatever_is_in_them(rows: list[tuple[str, str, str, float]], window: float, participation: int) -> None:
    """Content may be of several accounts, shared twice, or be an object itself ("x" and "y" are both)."""
    for only in (None, window):
        with of_rows(rows) as relation:
            assert found(intern(relation, only), window, participation) == by_hand(rows, window, participation)


@pytest.mark.parametrize("content", ["each its own", "none", "some of two", "the object's"])
def test_many_pairs_are_counted_stretch_by_stretch_with_the_same_weights(content: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coortweet, "STRETCH", 20)
    draw = random.Random(3)
    rows: list[tuple[str, str, str | None, float]] = [
        (f"a{draw.randrange(30)}", f"o{draw.randrange(8)}", f"c{n}", float(draw.randrange(2_000))) for n in range(600)
    ]
    every: dict[str, list[tuple[str, str, str | None, float]]] = {
        "each its own": rows,
        "none": [(a, o, None, t) for a, o, _, t in rows],
        "some of two": [(a, o, f"c{n // 2}", t) for n, (a, o, _, t) in enumerate(rows)],
        "the object's": [(a, o, o if n % 7 == 0 else c, t) for n, (a, o, c, t) in enumerate(rows)],
    }
    named = every[content]
    for only in (None, 60):
        with of_rows(named) as relation:
            shares = intern(relation, only)
            ours = found(shares, 60, 3)
            tables = shares.engine.rows("SELECT count(*) FROM information_schema.tables WHERE table_name LIKE 'coortweet_1_%'")[0][0]
        assert ours == by_hand([(a, o, c or f"row {n}", t) for n, (a, o, c, t) in enumerate(named)], 60, 3)
        assert (tables > 10) == (content in ("each its own", "none"))


def test_a_repost_and_what_it_reposts_are_no_pair() -> None:
    rows = [("a", "x", "x", 0.0), ("b", "x", "p", 1.0), ("c", "x", "q", 2.0)]
    with of_rows(rows) as relation:
        assert found(intern(relation), 60, 1) == {("b", "c"): 1}


def test_the_window_is_meant_with_its_end() -> None:
    rows = [("a", "x", "p", 0.0), ("b", "x", "q", 60.0), ("c", "x", "r", 120.5)]
    with of_rows(rows) as relation:
        assert found(intern(relation), 60, 1) == {("a", "b"): 1}
