"""A pool: the ranges of several parties put together, for information and never as a verdict.

Ranges are pooled end by end. Parties that saw the same evidence are not independent, so a pool must not be read as more evidence: the caller
says beside it which parties share evidence. Which rule is better is a question for real forecasts and is not settled here; both are given.
"""

import math
from collections.abc import Iterable

from charlevoix.attribute.inference import Range


def linear(ranges: Iterable[Range]) -> Range | None:
    """The arithmetic mean of the lower and of the upper ends; None for nobody."""
    of = tuple(ranges)
    if not of:
        return None
    return Range(math.fsum(r.low for r in of) / len(of), math.fsum(r.high for r in of) / len(of))


def geometric(ranges: Iterable[Range]) -> Range | None:
    """The mean of log odds of the lower and of the upper ends; None for nobody.

    One party that says "impossible" (0) or "certain" (1) would decide alone, so ends are kept within 0.01 and 0.99.
    """
    of = tuple(ranges)
    if not of:
        return None
    return Range(_mean_odds([r.low for r in of]), _mean_odds([r.high for r in of]))


EDGE = 0.01


def _mean_odds(values: list[float]) -> float:
    kept = [min(max(v, EDGE), 1 - EDGE) for v in values]
    mean = math.fsum(math.log(v / (1 - v)) for v in kept) / len(kept)
    return 1 / (1 + math.exp(-mean))


def spread(ranges: Iterable[Range]) -> float:
    """How far apart the parties are: the gap between the highest lower end and the lowest upper end; 0 where all ranges meet."""
    of = tuple(ranges)
    if not of:
        return 0.0
    return max(0.0, max(r.low for r in of) - min(r.high for r in of))
