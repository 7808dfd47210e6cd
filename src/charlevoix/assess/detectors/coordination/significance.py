"""The significance mode: pairs that coincide more often than the null model explains, the groups they form, and how many of them may be chance."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from charlevoix.assess.detectors.coordination import null_model, telling
from charlevoix.assess.detectors.coordination.chance import TRIALS, Posts, affordable, by_chance, hold, played, posts
from charlevoix.assess.detectors.coordination.communities import communities, membership
from charlevoix.assess.detectors.coordination.groups import Found, Group, group
from charlevoix.assess.detectors.coordination.null_model import Layer, Tested
from charlevoix.assess.detectors.coordination.pairs import coincidences
from charlevoix.assess.detectors.coordination.shares import Shares
from charlevoix.assess.detectors.detector import Bench, Result, Sheet
from charlevoix.assess.detectors.engine import Engine, literal
from charlevoix.assess.detectors.relation import Relation
from charlevoix.errors import Malformed, Reason

if TYPE_CHECKING:
    Array = np.ndarray[Any, Any]

DETAILED: Final = 500
"""Groups that are told with their rows; of more, the largest."""

PLAYED: Final = 2_000_000
"""Shares up to which chance is played out over the whole table."""


def run(shares: Shares, relation: Relation, parameters: Mapping[str, str], seed: int, bench: Bench) -> Result:
    """The whole mode. Parameters: `window` (seconds), `q` (false-discovery rate), `all_pairs` ("yes": sheets hold every tested pair).

    Raises Malformed for a window that is no positive number, a rate that is not between 0 and 1, or one of several layers that has the name of all together.
    """
    if len(shares.layers) > 1 and null_model.FUSED in shares.layers:
        raise Malformed("coordination.fused-name", null_model.FUSED, advice="relation.rename")
    asked, q = telling.seconds_of(parameters), _rate(parameters)
    window = null_model.grained(asked)
    engine = shares.engine
    # 1. what is expected of each pair, and what is there
    layers, lists = _tested(engine, shares, window, bench)
    network = _where(lists[-1], lists[-1].q <= q)
    # 2. groups, with their rows
    bench.tell(0.7, Reason("coordination.grouping"))
    found = communities(network.a, network.b, network.weight, seed)
    told, small = found[:DETAILED], sum(shares.counts) <= PLAYED
    dealt = posts(engine, layers, window) if told or small else None
    chances = _chances(dealt, membership(told, shares.accounts), window, seed, bench) if dealt and told else []
    groups = tuple(_groups(shares, layers, network, told, chances, window)) if told else ()
    # 3. how much of all this chance would give
    bench.tell(0.85, Reason("coordination.playing"))
    by_play = _play(engine, layers, dealt, window, q, seed, bench) if dealt and small else None
    result = Found(layers, lists, groups, len(found) - len(told), len(network.q), by_play, asked, q)
    sheet = _edges(engine, lists, q, parameters.get("all_pairs") == "yes", bench)
    return telling.result(result, shares, relation, parameters, {"edges": sheet})


def _rate(parameters: Mapping[str, str]) -> float:
    try:
        q = float(parameters.get("q", "0.05"))
    except ValueError:
        q = 0.0
    if not 0 < q < 1:
        raise Malformed("coordination.rate", parameters["q"][:40], advice="coordination.rate-so")
    return q


def _tested(engine: Engine, shares: Shares, window: float, bench: Bench) -> tuple[tuple[Layer, ...], tuple[Tested, ...]]:
    layers = []
    for i, (name, table, count) in enumerate(zip(shares.layers, shares.tables, shares.counts, strict=True), 1):
        bench.tell(0.1 + 0.4 * (i - 1) / len(shares.layers), Reason("coordination.testing", (name,)))
        layers.append(null_model.moments(engine, i, name, table, window, count))
    bench.tell(0.5, Reason("coordination.fusing"))
    return tuple(layers), _lists(engine, layers, window, "")


def _lists(engine: Engine, layers: Sequence[Layer], window: float, mark: str) -> tuple[Tested, ...]:
    """The tested pairs of each layer, then of the layers together where there are several; the last one is what groups are made of."""
    several = len(layers) > 1
    lists = [null_model.alone(engine, layer, window, 1 if several else null_model.MINIMUM) for layer in layers]
    return (*lists, null_model.together(engine, layers, lists, window, mark)) if several else tuple(lists)


def _where(pairs: Tested, some: "Array") -> Tested:
    return replace(pairs, **{name: getattr(pairs, name)[some] for name in ("a", "b", "weight", "expected", "p", "q")})


def _chances(dealt: Posts, of: "Array", window: float, seed: int, bench: Bench) -> list[float | None]:
    """The permutation p-value of each group, where it can be afforded; `of`: the group of each account, from 1."""
    group_of = of[dealt.a]
    order = np.argsort(group_of, kind="stable")
    own = np.split(order, np.searchsorted(group_of[order], np.arange(1, of.max() + 1)))[1:]
    some = affordable([len(x) for x in own])
    whole = sum(len(own[i]) for i in some)
    found: list[float | None] = []
    done = 0
    for i, x in enumerate(own):

        def tell(share: float, before: int = done, size: int = len(x)) -> None:
            bench.tell(0.75 + 0.1 * (before + share * size) / whole, Reason("coordination.playing"))

        found.append(by_chance(x, dealt, window, seed, TRIALS, tell) if i in some else None)
        done += len(x) if i in some else 0
    return found


def _groups(
    shares: Shares, layers: Sequence[Layer], network: Tested, found: Sequence["Array"], chances: Sequence[float | None], window: float
) -> Iterator[Group]:
    engine, of = shares.engine, membership(found, shares.accounts)
    inside = _where(network, (of[network.a] == of[network.b]) & (of[network.a] > 0))
    number = of[inside.a]
    engine.put("kept", {"a": inside.a, "b": inside.b, "g": number})
    engine.put("members", {"a": np.flatnonzero(of), "g": of[of > 0]})
    busiest = _busiest(engine, layers, shares.accounts)
    rows = [(layer.name, _inside(engine, layer, window)) for layer in layers]
    for n, (members, p) in enumerate(zip(found, chances, strict=True), 1):
        parts = [(name, {column: values[part["g"] == n] for column, values in part.items()}) for name, part in rows]
        yield group(n, members, _where(inside, number == n), parts, p, float(busiest[members].mean()))


def _inside(engine: Engine, layer: Layer, window: float) -> "Mapping[str, Array]":
    """Coincidences within groups: who, on what, in which rows, how far apart."""
    some, name = f"grouped_{layer.number}", f"within_{layer.number}"
    engine.do(f"CREATE TABLE {some} AS SELECT * FROM {layer.near} WHERE a IN (SELECT a FROM kept UNION SELECT b FROM kept)")
    coincidences(engine, some, window, name)
    return engine.columns(
        f"SELECT k.g AS g, w.a AS a, w.b AS b, w.o AS o, w.row_a AS row_a, w.row_b AS row_b, abs(w.dt) AS lag, s.t AS t, "
        f"CASE WHEN all_.n > own.n THEN 1.0 ELSE 0.0 END AS outside FROM {name} AS w "
        f"JOIN kept AS k ON k.a = w.a AND k.b = w.b JOIN {some} AS s ON s.row = w.row_a "
        f"JOIN (SELECT o, count(*) AS n FROM had_{layer.number} GROUP BY o) AS all_ ON all_.o = w.o "
        f"JOIN (SELECT m.g AS g, h.o AS o, count(*) AS n FROM had_{layer.number} AS h JOIN members AS m ON m.a = h.a GROUP BY m.g, h.o) AS own "
        "ON own.o = w.o AND own.g = k.g ORDER BY k.g, w.row_a, w.row_b"
    )


def _busiest(engine: Engine, layers: Sequence[Layer], accounts: int) -> "Array":
    """True for the hundredth of accounts that share most."""
    shared = np.zeros(accounts)
    for layer in layers:
        found = engine.columns(f"SELECT a, m FROM whole_{layer.number}")
        np.add.at(shared, np.asarray(found["a"], np.int64), np.asarray(found["m"], float))
    return shared >= max(float(np.quantile(shared, 0.99)), 2.0)


def _play(engine: Engine, layers: Sequence[Layer], dealt: Posts, window: float, q: float, seed: int, bench: Bench) -> float:
    """Pairs kept when posts are dealt out anew, on average over some plays, by the same steps as the result."""
    plays = 3 if len(dealt.a) <= 200_000 else 1
    rng, kept, steps = np.random.default_rng([seed, 77]), 0, plays * (len(layers) + 1)
    hold(engine, layers)
    for play in range(1, plays + 1):
        again: list[Layer] = []
        for layer in played(engine, layers, dealt, window, play, rng):
            again.append(layer)
            bench.tell(0.85 + 0.1 * ((play - 1) * (len(layers) + 1) + len(again)) / steps, Reason("coordination.playing"))
        kept += int((_lists(engine, again, window, f"_{play}")[-1].q <= q).sum())
    return kept / plays


def _edges(engine: Engine, lists: Sequence[Tested], q: float, every: bool, bench: Bench) -> Sheet:
    """The file of edges: each layer's pairs, then those of the layers together."""
    parts = []
    for i, one in enumerate(lists):
        some = np.ones(len(one.q), bool) if every else one.q <= q
        engine.put(f"edges_{i}", {"a": one.a[some], "b": one.b[some], "weight": one.weight[some], "p": one.p[some], "q": one.q[some]})
        parts.append(f"SELECT {literal(one.layer)} AS layer, {i} AS place, * FROM edges_{i}")
    path = f"{bench.folder}/edges.parquet"
    count = engine.write(
        "SELECT least(x.name, y.name) AS account_a, greatest(x.name, y.name) AS account_b, e.layer AS layer, e.weight AS weight, e.p AS p, e.q AS q "
        f"FROM ({' UNION ALL '.join(parts)}) AS e JOIN accounts AS x ON x.a = e.a JOIN accounts AS y ON y.a = e.b ORDER BY e.place, account_a, account_b",
        path,
    )
    return Sheet(path, ("account_a", "account_b", "layer", "weight", "p", "q"), count)
