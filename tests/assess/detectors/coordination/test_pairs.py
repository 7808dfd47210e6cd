"""Pairs: both ways of finding them give the same, and what an account repeats is no pair."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assess.detectors.coordination.tables import Row, of_rows
from charlevoix.assess.detectors.coordination import pairs
from charlevoix.assess.detectors.coordination.shares import intern
from charlevoix.errors import Malformed

ROWS = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from("xy"), st.none(), st.integers(-6, 9).map(lambda n: n / 2)), min_size=1, max_size=30
)


@settings(max_examples=40, deadline=None)
@given(ROWS, st.sampled_from([0.0, 0.5, 1.5, 4.0]))
def test_who_meets_may_be_found_before_their_shares_are(rows: list[Row], window: float) -> None:
    met = sorted(
        (min(x[0], y[0]), max(x[0], y[0]))
        for i, x in enumerate(rows)
        for y in rows[:i]
        if x[0] != y[0] and x[1] == y[1] and abs(x[3] - y[3]) <= window
    )
    firsts = {}
    for repeated in (False, True):
        with pytest.MonkeyPatch.context() as patch, of_rows(rows) as relation:
            patch.setattr(pairs, "_repeated", lambda *_, repeated=repeated: repeated)
            shares = intern(relation)
            engine, names = shares.engine, "JOIN accounts AS x ON x.a = m.a JOIN accounts AS y ON y.a = m.b"
            pairs.coincidences(engine, "shares_1", window, "met")
            assert sorted(engine.rows(f"SELECT x.name, y.name FROM met AS m {names}")) == met
            pairs.edges(engine, "shares_1", window, "weighed")
            assert sum(n for (n,) in engine.rows("SELECT coincidences FROM weighed")) == len(met)
            pairs.firsts(engine, "shares_1", window, "first")
            firsts[repeated] = sorted(engine.rows(f"SELECT x.name, y.name, m.c FROM first AS m {names}"))
    assert firsts[True] == firsts[False]


def test_a_thing_that_one_account_repeats_is_within_bounds_and_one_that_many_share_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pairs, "MOST", 1_000)
    others: list[Row] = [(who, "x", None, 1.0) for who in ("p", "q")]
    with of_rows([*others, *[("bot", "x", None, 1.0)] * 200]) as relation:
        assert pairs.bounded(relation.engine, intern(relation).tables[0], 60.0) == 2 * (200 * 2 + 1)
    with of_rows([(f"a{n}", "x", None, 1.0) for n in range(200)]) as relation, pytest.raises(Malformed, match="too-many"):
        pairs.bounded(relation.engine, intern(relation).tables[0], 60.0)
