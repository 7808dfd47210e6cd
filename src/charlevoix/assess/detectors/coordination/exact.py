"""The exact modes: networks as other programs of the field make them, for comparison and for work that began with those; they have no error rate."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from charlevoix.assess.detectors.coordination import coortweet, telling, toolkit
from charlevoix.assess.detectors.coordination.shares import Shares
from charlevoix.assess.detectors.detector import Bench, Hit, Result, Sheet
from charlevoix.assess.detectors.engine import literal
from charlevoix.assess.detectors.picture import Edge, Network, Node
from charlevoix.assess.detectors.relation import Relation
from charlevoix.errors import Malformed, Reason

if TYPE_CHECKING:
    Array = np.ndarray[Any, Any]

GROUPS = 200
"""Groups that are told; more are in the file of edges."""


def run(shares: Shares, relation: Relation, parameters: Mapping[str, str], seed: int, bench: Bench) -> Result:
    """Parameters: `mode` ("coortweet" or "toolkit"), `window` (seconds), `participation`, `percentile` (CooRTweet's `min_participation`, `edge_weight`), `weight` (the
    toolkit's `min_edge_weight`), `network` (of the toolkit; co_post asks for no object and is one layer), `similarity`, `words` (its `similarity_threshold`,
    `min_document_size_similarity`, of co_similar_tweet). The groups are the parts of the network that hang together, of pairs above the percentile.
    """
    window = telling.seconds_of(parameters)
    mode, parts, kept = parameters["mode"], [], []
    layers = ("co_post",) if mode == "toolkit" and parameters["network"] == "co_post" else shares.layers
    for i, layer in enumerate(layers, 1):
        bench.tell(0.1 + 0.6 * i / len(layers), Reason("coordination.pairing", (layer,)))
        if mode == "coortweet":
            name = coortweet.network(shares, i, window, _whole(parameters, "participation"))
            limit = _quantile(shares, name, _share(parameters, "percentile"))
        else:
            name, limit = toolkit.network(shares, relation, i, _asked(parameters, window)), 0.0
        parts.append(f"SELECT {literal(layer)} AS layer, {i} AS place, a, b, weight FROM {name}")
        kept.append(f"SELECT least(a, b) AS a, greatest(a, b) AS b, weight FROM {name} WHERE weight > {limit!r} AND a <> b")
    sheet = _edges(shares, parts, bench, mode == "toolkit")
    strong = shares.engine.columns(
        f"SELECT a, b, CAST(sum(weight) AS BIGINT) AS weight FROM ({' UNION ALL '.join(kept)}) AS k GROUP BY a, b ORDER BY a, b"
    )
    return _told(shares, relation, parameters, strong, sheet, window)


def _asked(parameters: Mapping[str, str], window: float) -> toolkit.Asked:
    similarity = _share(parameters, "similarity")
    if not similarity:  # then every two texts are similar, which is co_post
        raise Malformed("coordination.similarity", parameters["similarity"][:40])
    return toolkit.Asked(
        parameters["network"], window, max(1, _whole(parameters, "weight")), similarity, max(1, _whole(parameters, "words"))
    )


def _whole(parameters: Mapping[str, str], name: str) -> int:
    try:
        value = int(parameters[name])
    except ValueError:
        value = -1
    if not 0 <= value <= 1_000_000:
        raise Malformed("coordination.whole", name, parameters[name][:40])
    return value


def _share(parameters: Mapping[str, str], name: str) -> float:
    try:
        value = float(parameters[name])
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise Malformed("coordination.share", name, parameters[name][:40])
    return value


def _quantile(shares: Shares, name: str, of: float) -> float:
    """R's type 7, from how often each weight is there."""
    found = shares.engine.columns(f"SELECT weight, count(*) AS n FROM {name} GROUP BY weight ORDER BY weight")
    weights, up_to = np.asarray(found["weight"], float), np.cumsum(np.asarray(found["n"], np.int64))
    if not len(weights):
        return 0.0
    place = of * (int(up_to[-1]) - 1)
    low, high = (weights[np.searchsorted(up_to, at, "right")] for at in (np.floor(place), np.ceil(place)))
    return float(np.quantile(np.array([low, high]), place - np.floor(place)))


def _edges(shares: Shares, parts: list[str], bench: Bench, directed: bool) -> Sheet:
    path = f"{bench.folder}/edges.parquet"
    # places in the alphabet are sorted, not names; of a pair without direction, the first in the alphabet comes first
    engine = shares.engine
    engine.do("CREATE TABLE alphabet AS SELECT a, name, row_number() OVER (ORDER BY name) AS n FROM accounts")
    swap = "false" if directed else "x.n > y.n"
    both = [f"CASE WHEN {swap} THEN {one} ELSE {other} END" for one, other in (("y.name", "x.name"), ("x.name", "y.name"))]
    order = "x.n, y.n" if directed else "least(x.n, y.n), greatest(x.n, y.n)"
    count = engine.write(
        f"SELECT {both[0]} AS account_a, {both[1]} AS account_b, e.layer AS layer, e.weight AS weight, CAST(NULL AS DOUBLE) AS p, CAST(NULL AS DOUBLE) AS q "
        f"FROM ({' UNION ALL '.join(parts)}) AS e JOIN alphabet AS x ON x.a = e.a JOIN alphabet AS y ON y.a = e.b ORDER BY e.place, {order}",
        path,
    )
    return Sheet(path, ("account_a", "account_b", "layer", "weight", "p", "q"), count)


def _told(
    shares: Shares, relation: Relation, parameters: Mapping[str, str], strong: "Mapping[str, Array]", sheet: Sheet, window: float
) -> Result:
    a, b, weight = (np.asarray(strong[c], np.int64) for c in ("a", "b", "weight"))
    groups = parts_of(a, b, weight)
    order = [int(x) for members, _ in groups[:GROUPS] for x in members]
    names = {x: f"account {n}" for n, x in enumerate(order, 1)}
    hits = tuple(_hit(n, members, at, a, b, weight, names) for n, (members, at) in enumerate(groups[:GROUPS], 1))
    headline = Reason("coordination.exact.nothing", (f"{window:g}",))
    if groups:
        values = (str(sum(len(m) for m, _ in groups)), str(len(groups)), f"{window:g}", str(len(a)), parameters["mode"])
        headline = Reason("coordination.exact.headline", values)
    notes = [Reason("coordination.safeguard"), Reason("coordination.exact.no-rate")]
    innocent = (Reason("coordination.exact.popular"), Reason("coordination.exact.busy")) if groups else ()
    pictures = (_network(groups[:GROUPS], a, b, weight, names),) if groups else ()
    mapped = telling.names_of(shares, names)
    return Result(
        "coordination", telling.VERSION, relation.data, hits, parameters, None, headline, innocent, (), tuple(notes), pictures=pictures,
        sheets={"edges": sheet}, accounts=mapped,
    )  # fmt: skip


def parts_of(a: "Array", b: "Array", weight: "Array") -> "list[tuple[Array, Array]]":
    """The parts of a network that hang together: their accounts by weight, and the positions of their pairs; the heaviest part first."""
    if not len(a):
        return []
    accounts, at = np.unique(np.concatenate([a, b]), return_inverse=True)
    left, right = at[: len(a)], at[len(a) :]
    of = _parts(len(accounts), left, right)
    count = int(of.max()) + 1
    strength = np.bincount(left, weight, len(accounts)) + np.bincount(right, weight, len(accounts))
    heavy = np.bincount(of[left], weight, count)
    members, pairs = _by_part(of, count), _by_part(of[left], count)
    told = np.lexsort((np.arange(count), -heavy))[: GROUPS * 5].tolist()
    return [(accounts[members[c][np.lexsort((members[c], -strength[members[c]]))]], pairs[c]) for c in told]


def _parts(count: int, left: "Array", right: "Array") -> "Array":
    """The number of each node's part, from 0, by its smallest node: each takes the smallest number among its neighbours, and that one's number, until none changes."""
    of = np.arange(count)
    while True:
        least = of.copy()
        np.minimum.at(least, of[left], of[right])
        np.minimum.at(least, of[right], of[left])
        while (further := least[least]).tobytes() != least.tobytes():
            least = further
        least = least[of]
        if np.array_equal(least, of):
            return np.asarray(np.unique(of, return_inverse=True)[1])
        of = least


def _by_part(of: "Array", count: int) -> "list[Array]":
    """The positions that each part has, in order."""
    order = np.argsort(of, kind="stable")
    return np.split(order, np.searchsorted(of[order], np.arange(1, count)))


def _hit(number: int, members: "Array", at: "Array", a: "Array", b: "Array", weight: "Array", names: Mapping[int, str]) -> Hit:
    top = at[np.lexsort((b[at], a[at], -weight[at]))[0]]
    first, second = (telling.number(names[int(side[top])]) for side in (a, b))
    reason = Reason("coordination.exact.because", (str(len(at)), first, second, str(int(weight[top]))))
    facts = {"accounts": len(members), "pairs": len(at), "observed": int(weight[at].sum()), "weight": int(weight[top])}
    possible = len(members) * (len(members) - 1) / 2
    return Hit(
        round(min(1.0, len(at) / possible), 6), (), (reason,), f"Group {number}", tuple(names[int(x)] for x in members[:1_000]), facts
    )


def _network(groups: "list[tuple[Array, Array]]", a: "Array", b: "Array", weight: "Array", names: Mapping[int, str]) -> Network:
    shown = {int(x): Node(names[int(x)], n, 1.0) for n, (members, _) in enumerate(groups, 1) for x in members}
    some = dict(list(shown.items())[: telling.NODES])
    place = {x: i for i, x in enumerate(some)}
    best = np.lexsort((b, a, -weight))
    lines = [Edge(place[int(a[i])], place[int(b[i])], float(weight[i])) for i in best if int(a[i]) in place and int(b[i]) in place][
        : telling.EDGES
    ]
    return Network(
        Reason("coordination.picture.network"), tuple(some.values()), tuple(lines), (len(shown) - len(some), len(a) - len(lines))
    )
