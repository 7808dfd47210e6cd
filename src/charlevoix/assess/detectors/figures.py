"""Figures as every detector tells them: a moment, a share, counts over time."""

from collections.abc import Sequence
from datetime import UTC, datetime
from math import floor
from typing import TYPE_CHECKING, Any, Final

from charlevoix.assess.detectors.picture import Activity, Series
from charlevoix.errors import Reason

if TYPE_CHECKING:
    import numpy as np

LINES: Final = 3
"""Lines that a picture of activity is drawn with."""

_STEPS: Final = 120
_SIZES: Final = (60.0, 600.0, 3_600.0, 21_600.0, 86_400.0, 604_800.0, 2_592_000.0, 1e12)
"""A minute, ten, an hour, six, a day, a week, thirty days, and more than any table spans."""


def instant(seconds: float) -> str:
    """Seconds since 1970 as RFC 3339; as the number where no calendar holds them."""
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError, OSError):
        return f"{seconds:g}"


def percent(share: float) -> str:
    """A share (0 to 1) in a hundred: whole, and with two figures where it is less than ten."""
    return f"{100 * share:.0f}" if share >= 0.1 or share == 0 else f"{100 * share:.2g}"


def over_time(title: Reason, lines: "Sequence[tuple[Reason, np.ndarray[Any, Any]]]") -> Activity | None:
    """Counts of each line's times (seconds since 1970), in the shortest steps of which fewer than 120 are as long as all times span.

    None where there is no time.
    """
    import numpy as np

    every = np.concatenate([times for _, times in lines]) if lines else np.zeros(0)
    if not len(every):
        return None
    first, last = float(every.min()), float(every.max())
    step = next(size for size in _SIZES if (last - first) / size < _STEPS)
    start = float(floor(first) // int(step) * int(step))  # in whole numbers: the least fraction below 0 is in the step before
    steps = int((last - start) // step) + 1
    series = (Series(name, tuple(np.bincount(((times - start) // step).astype(int), minlength=steps).tolist())) for name, times in lines)
    return Activity(title, start, step, tuple(series))
