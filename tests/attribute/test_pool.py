"""A pool: ends are pooled with ends, and nobody is out-voted into silence."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from charlevoix.attribute.inference import Range
from charlevoix.attribute.pool import geometric, linear, spread

ranges = st.tuples(st.floats(0, 1), st.floats(0, 1)).map(lambda t: Range(min(t), max(t)))


def test_ranges_are_pooled_end_by_end() -> None:
    both = (Range(0.2, 0.6), Range(0.4, 0.8))
    assert linear(both) == Range(pytest.approx(0.3), pytest.approx(0.7))  # type: ignore[arg-type]
    # the mean of log odds of 0.2 and 0.4 is ln(0.25 * 0.667) / 2: odds 0.408, probability 0.290
    assert geometric(both) == Range(pytest.approx(0.29, abs=1e-3), pytest.approx(0.71, abs=1e-3))  # type: ignore[arg-type]


@given(st.lists(ranges, min_size=1, max_size=5))
@settings(max_examples=100, deadline=None)
def test_a_pool_is_a_range_within_what_the_parties_said(of: list[Range]) -> None:
    for pool in (linear(of), geometric(of)):
        assert pool is not None
        assert pool.low <= pool.high + 1e-9
        assert min(max(r.low, 0.01) for r in of) - 0.01 <= pool.low
        assert pool.high <= max(r.high for r in of) + 0.01 + 1e-9


def test_nobody_has_no_pool() -> None:
    assert (linear(()), geometric(()), spread(())) == (None, None, 0.0)


def test_a_party_that_is_certain_does_not_decide_alone() -> None:
    pool = geometric((Range(1.0, 1.0), Range(0.01, 0.01)))
    assert pool == Range(pytest.approx(0.5), pytest.approx(0.5))  # type: ignore[arg-type]


def test_spread_is_the_gap_between_parties_that_do_not_meet() -> None:
    assert spread((Range(0.1, 0.3), Range(0.7, 0.9))) == pytest.approx(0.4)
    assert spread((Range(0.1, 0.5), Range(0.4, 0.9))) == 0.0
