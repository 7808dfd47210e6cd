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
    "token": (40, 66, 68, 70, 72, 74, 78, 80),
    "start": (0, 36, 48, 58, 67, 71, 76, 80),
    "end": (0, 34, 46, 56, 67, 71, 76, 80),
    "middle": (0, 0, 0, 46, 54, 64, 72, 76),
    "below": (45, 58, 70, 74, 76, 80, 84, 84),
    "below-token": (36, 48, 56, 66, 70, 72, 76, 78),
    "whole": (82, 88, 94, 95, 96, 97, 97, 97),
    "suffix-below": (74, 82, 90, 92, 92, 92, 92, 92),
}

PLAIN: Final = {
    "token": (70, 72, 76, 80, 84, 86, 90, 92),
    "start": (0, 70, 71, 72, 79, 83, 88, 92),
    "end": (0, 70, 71, 72, 79, 83, 88, 92),
    "below-token": (48, 64, 70, 78, 82, 84, 88, 90),
}
"""The same where all that is added are whole words of media, offices or the web: beside them a short name is seldom there by chance."""

SUFFIX: Final = {"own": 6, "mimic": 6, "new": 8, "worldwide": 6, "legacy": 0, "country": -6, "restricted": -12}
RESTRICTED: Final = -30
"""Under a suffix of governments or universities nobody registers to deceive."""

TAKEN: Final = -6
"""A label of three letters under a suffix where all of them were taken long ago, mostly by others of that name."""

NAMESAKE: Final = -28
"""An ordinary word under the suffix of a country: somebody there bears it."""

COMPOUND: Final = -3
"""Half of the suffix, for words that are not known, where the suffix is the watched one: `Heizspiegel.de` is a word of the same language."""

MARKS: Final = {"word": -30, "digits": -30, "apart": -25}
"""It is an ordinary word; most of it are digits; it differs in the few letters that tell the name from a common word."""

SLIP: Final = {"doubled": 14, "beside": 4, "swapped": 4, "added": 0, "dropped": 0, "exchanged": 0, "two": 0}

DOUBLED: Final = 52
"""A name of three letters, one of them doubled: of other slips of so short a name nothing can be said."""


def score(found: Likeness, rules: Suffixes) -> int:
    """0 to 100. The kind of likeness and the length of the name carry most; suffix, words and slip add or take."""
    size = len(skeleton(found.name))
    column = sum(size >= n for n in LONG) - 1
    if column < 0:
        column, size = 0, 3
    plain = "plain" in found.marks and found.kind in PLAIN
    points = (PLAIN if plain else BASE)[found.kind][column]
    if found.kind == "slip" and size == 3 and found.slip == "doubled":
        points = DOUBLED
    if not points:
        return 0
    return max(0, min(100, points + _changes(found, size, ending(found.host.suffix, found.target, rules))))


def _changes(found: Likeness, size: int, end: str) -> int:
    """What suffix, words and slip add or take."""
    more = RESTRICTED if end == "restricted" else 0
    if found.kind == "same":
        if end == "country" and "ordinary" in found.marks:
            more += NAMESAKE
        elif size == 3 and end in ("country", "legacy"):
            more += TAKEN
    elif found.kind in ("slip", "slips"):
        more += SUFFIX[end] + SLIP[found.slip]
    elif found.kind in ("token", "start", "end", "middle", "below-token"):
        known = 14 if "suffix" in found.marks else 12 if "known" in found.marks else 0
        known -= 12 if "plain" in found.marks and found.kind in PLAIN else 0
        own = end == "own" and not found.marks & {"known", "suffix"} and found.kind in ("start", "end", "middle")
        more += known + (COMPOUND if own else SUFFIX[end] // 2) - (25 if "ambiguous" in found.marks else 0)
    return more + sum(MARKS.get(m, 0) for m in found.marks)
