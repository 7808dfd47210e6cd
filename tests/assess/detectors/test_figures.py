"""Figures are told alike by every detector."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from charlevoix.assess.detectors.figures import instant, over_time, percent
from charlevoix.errors import Reason

TITLE, NAMES = Reason("copies.picture.activity"), [Reason("copies.text", (str(n),)) for n in range(3)]
TIMES = st.lists(st.floats(-1e11, 1e11), max_size=20).map(lambda some: np.array(some, float))


@settings(deadline=None, max_examples=200)
@example([np.array([-5e-324])])
@given(st.lists(TIMES, max_size=3))
def test_every_time_is_counted_once_in_its_line_and_in_at_most_121_steps(
    lines: list["np.ndarray[tuple[int], np.dtype[np.float64]]"],
) -> None:
    drawn = over_time(TITLE, list(zip(NAMES, lines, strict=False)))
    if not sum(map(len, lines)):
        assert drawn is None
        return
    assert drawn
    assert [sum(one.counts) for one in drawn.series] == list(map(len, lines))
    assert len({len(one.counts) for one in drawn.series}) == 1
    assert len(drawn.series[0].counts) <= 121, "where the first is late in its step, they reach into one more"
    assert drawn.start <= min(min(some) for some in lines if len(some)) < drawn.start + drawn.step


def test_a_quarter_of_an_hour_is_shown_in_minutes() -> None:
    drawn = over_time(TITLE, [(NAMES[0], np.array([90.0, 100.0, 190.0])), (NAMES[1], np.array([980.0]))])
    assert drawn
    assert (drawn.start, drawn.step, drawn.series[0].counts[:3], drawn.series[1].counts[-1]) == (60.0, 60.0, (2, 0, 1), 1)


@pytest.mark.parametrize(
    ("share", "told"), [(0.0, "0"), (1.0, "100"), (0.5, "50"), (0.1, "10"), (0.043, "4.3"), (0.0042, "0.42"), (0.00005, "0.005")]
)
def test_a_small_share_is_not_told_as_none(share: float, told: str) -> None:
    assert percent(share) == told


def test_an_instant_that_no_calendar_holds_is_a_number() -> None:
    assert instant(1_767_225_600.5) == "2026-01-01T00:00:00Z"
    assert instant(1e15) == "1e+15"
