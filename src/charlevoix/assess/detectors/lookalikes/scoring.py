"""A score: from 0 to 100, how close a likeness is to a name made to deceive, with each weight in the open."""

from typing import Final

from charlevoix.assess.detectors.lookalikes.features import Likeness, ending
from charlevoix.assess.detectors.lookalikes.skeleton import skeleton
from charlevoix.assess.detectors.lookalikes.suffixes import Suffixes

ALERT: Final = 70
"""From here on a critical name alerts."""

LEAST: Final = 40
"""A likeness of less is not reported."""

LONG: Final = (3, 4, 5, 6, 7, 8, 10, 12)
"""Letters of the name: the weights of each kind are for names of at least so many."""

BASE: Final = {
    #             3   4   5   6   7   8  10  12
    "same": (74, 80, 88, 92, 94, 95, 96, 96),
    "hyphen": (50, 70, 80, 90, 92, 93, 94, 94),
    "alike": (52, 74, 80, 88, 90, 92, 94, 94),
    "slip": (0, 48, 58, 66, 72, 78, 84, 86),
    "slips": (0, 0, 0, 0, 0, 0, 56, 66),
    "token": (40, 56, 64, 68, 72, 74, 78, 80),
    "start": (0, 36, 48, 58, 67, 71, 76, 80),
    "end": (0, 34, 46, 56, 67, 71, 76, 80),
    "middle": (0, 0, 0, 46, 54, 64, 72, 76),
    "below": (45, 58, 70, 74, 76, 80, 84, 84),
    "below-token": (36, 48, 56, 66, 70, 72, 76, 78),
    "whole": (82, 88, 94, 95, 96, 97, 97, 97),
    "suffix-below": (74, 82, 90, 92, 92, 92, 92, 92),
}

SUFFIX: Final = {"own": 6, "mimic": 6, "new": 8, "worldwide": 6, "legacy": 0, "country": -6}
SLIP: Final = {"doubled": 14, "beside": 4, "swapped": 4, "added": 0, "dropped": 0, "exchanged": 0, "two": 0}


def score(found: Likeness, rules: Suffixes) -> int:
    """0 to 100. The kind of likeness and the length of the name carry most; suffix, words and slip add or take."""
    size = len(skeleton(found.name))
    column = sum(size >= n for n in LONG) - 1
    if column < 0:
        column, size = 0, 3
    points = BASE[found.kind][column]
    if not points:
        return 0
    end = ending(found.host.suffix, found.target, rules)
    if found.kind in ("slip", "slips"):
        points += SUFFIX[end] + SLIP[found.slip] - (30 if "word" in found.marks else 0)
    elif found.kind in ("token", "start", "end", "middle", "below-token"):
        points += SUFFIX[end] // 2
        points += 14 if "suffix" in found.marks else 12 if "known" in found.marks else 0
        points -= 25 if "ambiguous" in found.marks else 0
    return max(0, min(100, points))
