"""Chance: what the null model gives when it is played out instead of calculated, for a group and for the whole table."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from charlevoix.assess.detectors.coordination.null_model import CROWD, Layer
from charlevoix.assess.detectors.engine import Engine

if TYPE_CHECKING:
    Array = np.ndarray[Any, Any]

TRIALS: Final = 999
"""Plays for a group, so that the smallest p is 0.001."""

GROUP_SHARES: Final = 20_000
"""Shares of a group that are played with; a larger group is judged by its pairs alone."""


@dataclass(frozen=True, slots=True)
class Slots:
    """Every share of a layer, ordered by period: who is behind it is what chance decides."""

    a: "Array"
    o: "Array"
    c: "Array"
    t: "Array"
    h: "Array"
    begins: "Array"  # of each period; one more at the end


def slots(engine: Engine, layer: Layer) -> Slots:
    """The shares of a layer, crowds left out (`null_model.CROWD`)."""
    found = engine.columns(f"SELECT a, o, c, t, h FROM moments_{layer.number} WHERE others <= {CROWD} ORDER BY t, row")
    h = np.asarray(found["h"])
    a, o, c, t = (np.asarray(found[name]) for name in ("a", "o", "c", "t"))
    return Slots(a, o, c, t, h, np.searchsorted(h, np.arange(h.max(initial=0) + 2)))


def by_chance(members: "Array", layers: Sequence[Slots], window: float, seed: int, trials: int = TRIALS) -> float | None:
    """The permutation p-value of a group: how often, when accounts are dealt out anew within each period, the group has as many coincidences as it has.

    A member's shares fall on any shares of the same period; the rest of the table stays. p = (1 + plays with as many) / (1 + plays) (Phipson and Smyth 2010). It is
    the p-value of this group as it stands, not of having searched for it: the rate of false pairs answers for the search. None for a group with too many shares.
    """
    rng = np.random.default_rng([seed, int(members[0]), len(members)])
    own = [np.flatnonzero(np.isin(x.a, members)) for x in layers]
    if sum(map(len, own)) > GROUP_SHARES:
        return None
    seen = sum(_coincidences(x.a[at], x.o[at], x.t[at], window) for x, at in zip(layers, own, strict=True))
    as_many = 0
    for _ in range(trials):
        total = 0
        for x, at in zip(layers, own, strict=True):
            if len(at):
                begin, end = x.begins[x.h[at]], x.begins[x.h[at] + 1]
                dealt = begin + (rng.random(len(at)) * (end - begin)).astype(np.int64)
                total += _coincidences(x.a[at], x.o[dealt], x.t[dealt], window)
        as_many += total >= seen
    return (1 + as_many) / (1 + trials)


def _coincidences(a: "Array", o: "Array", t: "Array", window: float) -> int:
    """Neighbours in time on the same object, of different accounts, within the window."""
    order = np.lexsort((t, o))
    a, o, t = a[order], o[order], t[order]
    return int(((o[1:] == o[:-1]) & (a[1:] != a[:-1]) & (t[1:] - t[:-1] <= window)).sum())


def dealt_anew(x: Slots, rng: np.random.Generator) -> "Array":
    """The accounts of all shares, dealt out anew within each period."""
    dealt: Array = x.a[np.lexsort((rng.random(len(x.h)), x.h))]  # slots are in order of their periods
    return dealt
