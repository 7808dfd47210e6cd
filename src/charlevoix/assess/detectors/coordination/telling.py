"""Telling what was found: a sentence to quote, what else may explain it, the rows to look at first, and the figures behind the pictures."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from charlevoix.assess.detectors.coordination.shares import Shares
from charlevoix.assess.detectors.detector import ROWS, ErrorRate, Hit, Look, Result, Sheet, Value
from charlevoix.assess.detectors.figures import LINES, instant, over_time, percent
from charlevoix.assess.detectors.picture import Activity, Bars, Edge, Network, Node, Picture
from charlevoix.assess.detectors.relation import Relation
from charlevoix.errors import Malformed, Reason

if TYPE_CHECKING:
    from charlevoix.assess.detectors.coordination.groups import Found, Group

VERSION: Final = "3"

NODES, EDGES = 150, 1_500
"""What a picture holds: accounts, pairs."""


def result(found: "Found", shares: Shares, relation: Relation, parameters: Mapping[str, str], sheets: Mapping[str, Sheet]) -> Result:
    """The Result of the significance mode."""
    names = pseudonyms(found.groups)
    accounts = names_of(shares, names)
    return Result(
        "coordination",
        VERSION,
        relation.data,
        tuple(_hit(g, names) for g in found.groups),
        parameters,
        _error_rate(found),
        _headline(found),
        innocent(found.groups),
        tuple(_look_first(found.groups)),
        tuple(_notes(found)),
        pictures=tuple(_pictures(found, shares, names)),
        sheets=sheets,
        accounts=accounts,
    )


def seconds_of(parameters: Mapping[str, str]) -> float:
    """The window. Raises Malformed for what is no positive number of at most a year."""
    try:
        window = float(parameters["window"])
    except ValueError:
        window = 0.0
    if not 0 < window <= 366 * 86_400:
        raise Malformed("coordination.window", parameters["window"][:40], advice="coordination.window-so")
    return window


def pseudonyms(groups: "Sequence[Group]") -> Mapping[int, str]:
    """`account 1` ..., by group and by strength in it."""
    return {a: f"account {n}" for n, a in enumerate((a for g in groups for a in g.members), 1)}


def number(pseudonym: str) -> str:
    """The number of a pseudonym, which a sentence says in its own language."""
    return pseudonym.rpartition(" ")[2]


def names_of(shares: Shares, names: Mapping[int, str]) -> Mapping[str, str]:
    """Pseudonym -> what the table calls the account."""
    if not names:
        return {}
    some = ", ".join(map(str, sorted(names)))
    return {names[int(a)]: str(name) for a, name in shares.engine.rows(f"SELECT a, name FROM accounts WHERE a IN ({some}) ORDER BY a")}


def _headline(found: "Found") -> Reason:
    if not found.groups:
        return Reason("coordination.nothing", (_seconds(found.window), str(found.q)))
    accounts = sum(len(g.members) for g in found.groups)
    groups = len(found.groups) + found.more
    return Reason("coordination.headline", (str(accounts), str(groups), _seconds(found.window), str(found.pairs), percent(found.q)))


PLANTED: Final = (0.05, 0.058)
"""A rate that was asked for, and the worst share of false pairs that `benchmarks/planted.py` gave for it, on other data; chance played out by the test's own model
can't see what that model leaves out."""


def _error_rate(found: "Found") -> ErrorRate | None:
    """The larger of what playing chance out gave, and of what was asked for, times as much more as there were false pairs among groups planted in real posts."""
    if not found.pairs:
        return None
    asked, came = PLANTED
    worst = min(1.0, round(found.q * max(1.0, came / asked), 9))
    if found.played is None:
        return ErrorRate(worst, Reason("coordination.rate-by-bound", (percent(found.q), percent(worst))))
    share = min(1.0, found.played / found.pairs)
    words = Reason("coordination.rate-played", (_number(found.played), str(found.pairs), percent(found.q), percent(worst)))
    return ErrorRate(max(worst, share), words)


def _notes(found: "Found") -> Iterator[Reason]:
    from charlevoix.assess.detectors.coordination.null_model import CROWD  # it brings numpy

    yield Reason("coordination.safeguard")
    for layer, one in zip(found.layers, found.lists, strict=False):
        kept = int((one.q <= found.q).sum())
        yield Reason("coordination.layer", (layer.name, str(len(one.q)), str(kept), str(layer.tests)))
        if layer.crowded:
            yield Reason("coordination.crowded", (layer.name, str(layer.crowded), str(CROWD)))
    if len(found.lists) > len(found.layers):
        yield Reason("coordination.fused", (str(int((found.lists[-1].q <= found.q).sum())), str(len(found.lists[-1].q))))
    if found.more:
        yield Reason("coordination.more-groups", (str(found.more),))


def _hit(g: "Group", names: Mapping[int, str]) -> Hit:
    import numpy as np

    a, b, weight = g.edges[0]
    reasons = [
        Reason("coordination.because", (str(g.weight), _number(g.expected), str(len(g.edges)))),
        Reason("coordination.strongest", (number(names[a]), number(names[b]), str(weight), _seconds(g.strongest.lag))),
        Reason("coordination.lag", (_seconds(float(np.median(g.lags))), str(g.objects))),
    ]
    if g.p is not None:
        reasons.append(Reason("coordination.by-chance", (f"{g.p:.3f}",)))
    if g.exclusive >= 0.5:
        reasons.append(Reason("coordination.exclusive", (percent(g.exclusive),)))
    facts: dict[str, Value] = {
        "accounts": len(g.members),
        "pairs": len(g.edges),
        "objects": g.objects,
        "layers": ", ".join(g.layers),
        "median_lag": round(float(np.median(g.lags)), 1),
        "observed": g.weight,
        "expected": round(g.expected, 3),
        "p": g.p,
        "first": instant(float(g.times.min())),
        "last": instant(float(g.times.max())),
    }
    return Hit(
        round(g.weight / (g.weight + g.expected), 6),
        g.rows,
        tuple(reasons),
        f"Group {g.number}",
        tuple(names[x] for x in g.members[:ROWS]),
        facts,
    )


# --- what else may explain it -------------------------------------------------------------------------------------------------------


def innocent(groups: "Sequence[Group]") -> tuple[Reason, ...]:
    """The explanations without ill will, the one that fits most pairs first; none where there is no group.

    Each is measured over the groups: how far the sign that it would leave is there, weighted by the pairs of a group.
    """
    if not groups:
        return ()
    import numpy as np

    weight = np.array([len(g.edges) for g in groups], float)
    weight /= weight.sum()

    def share(values: list[float]) -> float:
        return float((weight * np.array(values)).sum())

    own = share([g.exclusive for g in groups])
    minute = share([float(np.mean(np.mod(g.times, 60) == 0)) for g in groups])
    quick = share([float(np.mean(g.lags <= 2)) for g in groups])
    busy = share([g.busy for g in groups])
    few = share([1.0 if g.objects <= len(g.members) / 2 else 0.0 for g in groups])
    fits = [
        (own, Reason("coordination.innocent.one-house", (percent(own),))),
        (1 - own, Reason("coordination.innocent.same-news", (percent(1 - own),))),
        (minute if minute > 0.1 else 0.0, Reason("coordination.innocent.scheduled", (percent(minute),))),  # one in sixty by itself
        (quick, Reason("coordination.innocent.automatic", (percent(quick),))),
        (busy * 0.8, Reason("coordination.innocent.busy", (percent(busy),))),
        (few * 0.8, Reason("coordination.innocent.call")),
    ]
    best = sorted(range(len(fits)), key=lambda i: (-fits[i][0], i))
    return tuple(fits[i][1] for n, i in enumerate(best) if n < 2 or fits[i][0] >= 0.25)


def _look_first(groups: "Sequence[Group]") -> Iterator[Look]:
    """Three rows: of the strongest pair, of what most members shared, and where it began."""
    if not groups:
        return
    g = groups[0]
    seen: set[int] = set()
    for moment, why in ((g.strongest, "closest"), (g.busiest, "busiest"), (g.first, "first")):
        for row, other in ((moment.row_a, moment.row_b), (moment.row_b, moment.row_a)):
            if row not in seen:
                seen.add(row)
                yield Look(row, Reason(f"coordination.look.{why}", (str(other + 1), _seconds(moment.lag))))
                break


# --- pictures -------------------------------------------------------------------------------------------------------------------------


def _pictures(found: "Found", shares: Shares, names: Mapping[int, str]) -> Iterator[Picture]:
    if not found.groups:
        return
    yield network(found.groups, names)
    if drawn := activity(found.groups):
        yield drawn
    if len(found.layers) > 1:
        bars = [(layer.name, float((one.q <= found.q).sum())) for layer, one in zip(found.layers, found.lists, strict=False)]
        yield Bars(Reason("coordination.picture.layers"), tuple(sorted(bars, key=lambda x: (-x[1], x[0]))[:30]))


def network(groups: "Sequence[Group]", names: Mapping[int, str]) -> Network:
    """The strongest groups whole, as long as there is room, and the heaviest pairs among their members."""
    shown: dict[int, Node] = {}
    whole = sum(len(g.members) for g in groups)
    for g in groups:
        if shown and len(shown) + len(g.members) > NODES:
            break
        for a in g.members[:NODES]:
            weights = [w for x, y, w in g.edges if a in (x, y)]
            shown[a] = Node(names[a], g.number, float(sum(weights)), len(weights))
    place = {a: i for i, a in enumerate(shown)}
    lines = sorted(((w, a, b) for g in groups for a, b, w in g.edges if a in place and b in place), key=lambda x: (-x[0], x[1], x[2]))
    edges = tuple(Edge(place[a], place[b], float(w)) for w, a, b in lines[:EDGES])
    pairs = sum(len(g.edges) for g in groups)
    return Network(Reason("coordination.picture.network"), tuple(shown.values()), edges, (whole - len(shown), pairs - len(edges)))


def activity(groups: "Sequence[Group]") -> Activity | None:
    """Coincidences of the strongest groups over time."""
    lines = [(Reason("coordination.group", (str(g.number),)), g.times) for g in groups[:LINES]]
    return over_time(Reason("coordination.picture.activity"), lines)


# --- figures as words --------------------------------------------------------------------------------------------------------------------


def _seconds(x: float) -> str:
    return f"{round(x, 1 if x >= 0.1 else 2):.15g}"


def _number(x: float) -> str:
    return f"{x:.0f}" if x >= 10 or x == round(x) else f"{x:.2g}"
