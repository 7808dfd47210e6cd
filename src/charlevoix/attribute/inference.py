"""Inference: what the evidence grid lets one say about each hypothesis, as a range with its reasons and never as one number.

The method (lower and upper bounds of a posterior from interval likelihoods):

1. A grade stands for a range [l, u] of the probability of seeing the find if the hypothesis were true: the bands of ICD 203, with the neutral
   point 0.5. A cell nobody graded stands for the whole width.
2. An item that may have been planted is a mixture: (1 - d) * [l, u] + d * [l, u] of "if planted", with d the probability that it was planted.
3. An item from a source of trust r says r * that + (1 - r) * 0.5, the same for all hypotheses: a source of no trust says nothing.
4. Items of one group count once: per pair of hypotheses only its most and its least favourable member bound the group.
5. The lower bound of a hypothesis takes the lower likelihoods for it and the upper ones for all rivals; its upper bound the other way round.

For independent items and a prior without width the bounds are reached; with groups, or a prior with width, they are outer bounds: true, and not
all reached at the same time.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from charlevoix.attribute.evidence_grid import Cell, Grade, Grid, Item
from charlevoix.errors import Reason
from charlevoix.stix.identifier import Ref

NEUTRAL = 0.5


@dataclass(frozen=True, slots=True)
class Range:
    """A closed interval. Of probabilities, unless said otherwise."""

    low: float
    high: float

    @property
    def width(self) -> float:
        return self.high - self.low

    def mixed(self, share: float, other: "Range") -> "Range":
        """`1 - share` of this and `share` of the other."""
        return Range((1 - share) * self.low + share * other.low, (1 - share) * self.high + share * other.high)

    def meets(self, other: "Range") -> bool:
        return self.low <= other.high and other.low <= self.high


SAYS_NOTHING = Range(NEUTRAL, NEUTRAL)
ANYTHING = Range(0.05, 0.95)

TABLE: Mapping[Grade, Range] = {
    Grade.VERY_CONSISTENT: Range(0.80, 0.95),
    Grade.CONSISTENT: Range(0.55, 0.80),
    Grade.NEUTRAL: SAYS_NOTHING,
    Grade.INCONSISTENT: Range(0.20, 0.45),
    Grade.VERY_INCONSISTENT: Range(0.05, 0.20),
}
"""Absolute, not only in ratios, because discounting mixes with the neutral point. Bands: ICD 203 (very likely, likely, unlikely, very unlikely)."""


def likelihood(item: Item, hypothesis: Ref) -> Range:
    """The probability, as a range, of seeing this find if the hypothesis were true."""
    genuine = _band(item.grades.get(hypothesis), ANYTHING)
    planted = _band(item.if_planted.get(hypothesis), SAYS_NOTHING)
    return SAYS_NOTHING.mixed(item.trust, genuine.mixed(min(max(item.planted, 0.0), 1.0), planted))


def _band(cell: Cell | None, absent: Range) -> Range:
    return TABLE[cell.grade] if cell else absent


def log_ratio(item: Item, for_: Ref, against: Ref) -> Range:
    """How far the find speaks for one hypothesis against another: a range of natural logarithms, 0 for nothing."""
    a, b = likelihood(item, for_), likelihood(item, against)
    return Range(math.log(a.low / b.high), math.log(a.high / b.low))


def speaks(item: Item, hypotheses: Iterable[Ref]) -> bool:
    """Whether the find says anything: not, if it is neutral to every hypothesis."""
    return any(likelihood(item, h) != SAYS_NOTHING for h in hypotheses)


def posterior(grid: Grid, prior: Mapping[Ref, Range] | None = None) -> Mapping[Ref, Range]:
    """Bounds for each hypothesis. `prior`: positive ranges by hypothesis (default: flat).

    1 / (1 + sum over rivals k of prior odds * product over groups of the ratio k : h), with the highest ratios for the lower bound, the lowest
    for the upper one; in logarithms, so that no number of items overflows.
    """
    flat = Range(1.0, 1.0)
    before = {h: (prior or {}).get(h, flat) for h in grid.hypotheses}
    return {h: _bounds(grid, h, before) for h in grid.hypotheses}


def _bounds(grid: Grid, of: Ref, prior: Mapping[Ref, Range]) -> Range:
    against_low, against_high = [], []
    for rival in (h for h in grid.hypotheses if h != of):
        odds = _prior_odds(prior[rival], prior[of])
        evidence = [group_ratio(g, rival, of, grid.hypotheses) for g in grid.groups()]
        against_low.append(odds.low + math.fsum(e.low for e in evidence))
        against_high.append(odds.high + math.fsum(e.high for e in evidence))
    return Range(_share(against_high), _share(against_low))


def _prior_odds(a: Range, b: Range) -> Range:
    return Range(math.log(a.low / b.high), math.log(a.high / b.low))


def _share(logs: list[float]) -> float:
    """1 / (1 + sum of exp), without overflow."""
    top = max([0.0, *logs])
    return math.exp(-top) / (math.exp(-top) + math.fsum(math.exp(x - top) for x in logs))


def group_ratio(group: Iterable[Item], for_: Ref, against: Ref, hypotheses: tuple[Ref, ...]) -> Range:
    """The log ratio of a group: from its least to its most favourable member, those that say nothing left out."""
    ratios = [log_ratio(i, for_, against) for i in group if speaks(i, hypotheses)]
    return Range(min((r.low for r in ratios), default=0.0), max((r.high for r in ratios), default=0.0))


def diagnosticity(item: Item, hypotheses: tuple[Ref, ...]) -> Range:
    """How far the find tells any two hypotheses apart, at least and at most: natural logarithms, 0 for not at all."""
    ratios = [log_ratio(item, a, b) for a in hypotheses for b in hypotheses if a != b]
    return Range(max((r.low for r in ratios if r.low > 0), default=0.0), max((r.high for r in ratios), default=0.0))


# --- who leads, and how firmly ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Lead:
    """The hypothesis that leads at the centre of all ranges, and how little evidence would have to fall for it to lead no more."""

    hypothesis: Ref
    robustness: int | None  # number of independent groups; 0: it only ties; None: it would lead without any evidence
    rival: Ref | None  # who would then catch up
    undisputed: bool  # it leads everywhere in the ranges, not only at their centre


def lead(grid: Grid, prior: Mapping[Ref, Range] | None = None, *, opposite: bool = False) -> Lead | None:
    """Who leads, by weights that add up: the mean over a group's members of the centre of the log likelihood.

    `robustness` is the smallest number of groups that would have to say nothing (with `opposite`: the opposite) for a rival to draw level.
    Weights of a pair of hypotheses add up, so taking the strongest groups first is exact for each rival; the least over all rivals counts.
    """
    if not grid.hypotheses:
        return None
    weights = [{h: _weight(g, h) for h in grid.hypotheses} for g in grid.groups()]
    start = {h: _log_centre((prior or {}).get(h, Range(1.0, 1.0))) for h in grid.hypotheses}
    score = {h: start[h] + math.fsum(w[h] for w in weights) for h in grid.hypotheses}
    first = max(grid.hypotheses, key=lambda h: (score[h], h))
    falls = []
    for rival in (h for h in grid.hypotheses if h != first):
        gaps = [w[first] - w[rival] for w in weights]
        needed = _fewest(score[first] - score[rival], gaps, 2.0 if opposite else 1.0)
        if needed is not None:
            falls.append((needed, rival))
    needed_, rival_ = min(falls, default=(None, None))
    bounds = posterior(grid, prior)
    undisputed = all(bounds[first].low > bounds[h].high for h in grid.hypotheses if h != first)
    return Lead(first, needed_, rival_, undisputed)


def _weight(group: tuple[Item, ...], hypothesis: Ref) -> float:
    return math.fsum(_log_centre(likelihood(i, hypothesis)) for i in group) / len(group)


def _log_centre(of: Range) -> float:
    return (math.log(of.low) + math.log(of.high)) / 2


def _fewest(margin: float, gaps: Iterable[float], each: float) -> int | None:
    """How many of the largest gaps it takes to use up the margin; None if all together do not."""
    left, count = margin, 0
    for gap in sorted((g for g in gaps if g > 0), reverse=True):
        if left <= TIE:
            break
        left, count = left - each * gap, count + 1
    return count if left <= TIE else None


TIE = 1e-9
"""Two scores nearer than this tie: adding logarithms in another order must not make a lead."""


# --- how well founded -----------------------------------------------------------------------------


class Confidence(Enum):
    """How much the judgement rests on; not how likely it is."""

    LOW = "low"
    MODERATE = "moderate"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class Confident:
    """A confidence and what keeps it from being higher."""

    level: Confidence
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Demand:
    """What a level of confidence asks for: ours, and open to criticism because it is written down."""

    width: float  # of the leading hypothesis's range, at most
    robustness: int  # groups, at least
    kinds: int  # kinds of evidence, at least
    unseen: float  # share of evidence not seen by all, at most


DEMANDS: tuple[tuple[Confidence, Demand], ...] = (
    (Confidence.HIGH, Demand(0.25, 3, 3, 0.25)),
    (Confidence.MODERATE, Demand(0.5, 2, 2, 0.5)),
)


def confidence(grid: Grid, of: Lead, bounds: Range, unseen: int = 0) -> Confident:
    """The level whose demands are all met, with those of the next level that are not. `unseen`: items that not all participants see."""
    kept: tuple[Reason, ...] = ()
    for level, demand in DEMANDS:
        lacking = _lacking(grid, of, bounds, unseen + grid.hidden, demand)
        if not lacking:
            return Confident(level, kept)
        kept = lacking
    return Confident(Confidence.LOW, kept)


def _lacking(grid: Grid, of: Lead, bounds: Range, unseen: int, demand: Demand) -> tuple[Reason, ...]:
    kinds = len({i.kind for i in grid.items if speaks(i, grid.hypotheses)})
    total = len(grid.items) + grid.hidden
    share = unseen / total if total else 1.0
    held = of.robustness or 0
    found = (
        (bounds.width > demand.width, Reason("confidence.width", (f"{bounds.width * 100:.0f}", f"{demand.width * 100:.0f}"))),
        (held < demand.robustness, Reason("confidence.robustness", (str(held), str(demand.robustness)))),
        (kinds < demand.kinds, Reason("confidence.kinds", (str(kinds), str(demand.kinds)))),
        (share > demand.unseen, Reason("confidence.unseen", (f"{share * 100:.0f}", f"{demand.unseen * 100:.0f}"))),
    )
    return tuple(reason for missing, reason in found if missing)
