"""An overview: an attribution as people read it, each hypothesis with its number, its range in words, and how firmly the first one leads."""

from dataclasses import dataclass

from charlevoix.attribute.attribution import Attribution
from charlevoix.attribute.evidence_grid import Grid, Item
from charlevoix.attribute.hypothesis import SOMEBODY_ELSE, Hypothesis
from charlevoix.attribute.inference import Confident, Lead, Range, confidence, diagnosticity, lead, posterior
from charlevoix.attribute.position import Position
from charlevoix.errors import Unknown
from charlevoix.languages.probability import words


@dataclass(frozen=True, slots=True)
class Standing:
    """One hypothesis: `range` is what the grid lets one say, None while there is no evidence."""

    number: int
    hypothesis: Hypothesis
    range: Range | None
    leads: bool

    @property
    def words(self) -> tuple[str, str] | None:
        """Message keys of both ends."""
        return words(self.range.low, self.range.high) if self.range else None


@dataclass(frozen=True, slots=True)
class Overview:
    standings: tuple[Standing, ...]
    lead: Lead | None  # None while there is no evidence
    confident: Confident | None

    @property
    def leading(self) -> Standing | None:
        return next((s for s in self.standings if s.leads), None)


def overview(state: Attribution) -> Overview:
    """Numbers count from 1, in the order in which the hypotheses were stated."""
    grid = state.grid
    first = lead(grid) if grid.items else None
    bounds = posterior(grid) if grid.items else {}
    standings = tuple(
        Standing(n, h, bounds.get(h.ref), first is not None and first.hypothesis == h.ref) for n, h in enumerate(state.hypotheses, 1)
    )
    return Overview(standings, first, confidence(grid, first, bounds[first.hypothesis]) if first else None)


def hypothesis_called(state: Attribution, name: str) -> Hypothesis:
    """By its number, "other" for somebody else, its id, or the beginning of its name. Raises Unknown, also where several begin so."""
    wanted = name.strip().casefold()
    by_number = {str(n): h for n, h in enumerate(state.hypotheses, 1)}
    if wanted in by_number:
        return by_number[wanted]
    if wanted == "other":
        found = [h for h in state.hypotheses if h.sort == SOMEBODY_ELSE]
    else:
        found = [h for h in state.hypotheses if wanted and (h.ref == name or h.name.casefold().startswith(wanted))]
    if len(found) != 1:
        raise Unknown("attribution.no-such-hypothesis", name[:100], len(state.hypotheses), advice="attribution.number-it")
    return found[0]


def item_called(grid: Grid, name: str) -> Item:
    """By its number, counted from 1, or its id. Raises Unknown."""
    found = {str(n): i for n, i in enumerate(grid.items, 1)} | {i.ref: i for i in grid.items}
    if name not in found:
        raise Unknown("attribution.no-such-item", name[:100], len(grid.items), advice="attribution.number-item")
    return found[name]


def tells_apart(item: Item, grid: Grid) -> str:
    """How far an item tells the hypotheses apart: "nothing", "little", "much" (message key `diagnosticity.<word>`).

    Little is less than a factor of three between the two hypotheses that it tells apart best, at the kind end of its range.
    """
    most = diagnosticity(item, grid.hypotheses).high
    return "nothing" if most < 0.05 else "little" if most < 1.1 else "much"


def of_party(state: Attribution, position: Position) -> str:
    """Where a position stands towards what dissent is measured against: "joined", "dissent", "abstains", or "" on another hypothesis."""
    sides = (("joined", state.joined), ("dissent", state.dissent), ("abstains", state.abstaining))
    return next((side for side, some in sides if position in some), "")
