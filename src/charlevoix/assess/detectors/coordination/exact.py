"""The exact modes: networks as other programs of the field make them, for comparison and for work that began with those; they have no error rate."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import ceil, floor
from typing import Final

from charlevoix.assess.detectors.coordination import coortweet, telling, toolkit
from charlevoix.assess.detectors.coordination.pairs import stretches
from charlevoix.assess.detectors.coordination.parts import parts
from charlevoix.assess.detectors.coordination.shares import Shares, intern, many
from charlevoix.assess.detectors.detector import ROWS, Bench, Hit, Result, Sheet
from charlevoix.assess.detectors.engine import Engine, literal
from charlevoix.assess.detectors.picture import Edge, Network, Node
from charlevoix.assess.detectors.relation import Relation
from charlevoix.errors import Malformed, Reason

GROUPS: Final = 200
"""Groups that are told; more are in the file of edges."""


WRITTEN: Final = 250_000
"""Pairs that are sorted and written at once, or more where accounts are many."""

_WIDE: Final = 2**31
"""More than there are accounts, so that two of them are one number."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the network that hangs together: at most ROWS of its accounts, the strongest first, and its heaviest pair."""

    members: tuple[int, ...]
    size: int  # accounts
    pairs: int
    weight: int  # of its pairs together
    first: int
    second: int
    heaviest: int  # the weight of first and second


def run(relation: Relation, parameters: Mapping[str, str], bench: Bench) -> Result:
    """Parameters: `mode` ("coortweet" or "toolkit"), `window` (seconds), `participation`, `percentile` (CooRTweet's `min_participation`, `edge_weight`), `weight` (the
    toolkit's `min_edge_weight`), `network` (of the toolkit; co_post asks for no object and is one layer), `similarity`, `words` (its `similarity_threshold`,
    `min_document_size_similarity`, of co_similar_tweet). The groups are the parts of the network that hang together, of pairs above the percentile.
    """
    window = telling.seconds_of(parameters)
    mode, tables, kept, limit = parameters["mode"], [], [], 0.0
    as_they_are = mode == "coortweet" or parameters["network"] in toolkit.AS_THEY_ARE
    shares = intern(relation, window if as_they_are and many(relation) else None, single=mode == "coortweet")
    layers = ("co_post",) if mode == "toolkit" and parameters["network"] == "co_post" else shares.layers
    for i, layer in enumerate(layers, 1):
        bench.tell(0.1 + 0.6 * i / len(layers), Reason("coordination.pairing", (layer,)))
        if mode == "coortweet":
            name = coortweet.network(shares, i, window, _whole(parameters, "participation"))
            limit = _quantile(shares, name, _share(parameters, "percentile"))
        else:
            name = toolkit.network(shares, relation, i, _asked(parameters, window))
        tables.append((layer, name))
        kept.append(f"SELECT least(a, b) AS a, greatest(a, b) AS b, weight FROM {name} WHERE weight > {limit!r} AND a <> b")
    engine = shares.engine
    sheet = _edges(shares, tables)
    bench.tell(0.8, Reason("coordination.grouping"))
    engine.do(
        f"CREATE TABLE strong AS SELECT a, b, CAST(sum(weight) AS BIGINT) AS weight FROM ({' UNION ALL '.join(kept)}) AS k GROUP BY a, b"
    )
    parts(engine, "strong", "part")
    return _told(shares, relation, parameters, sheet, window, limit)


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
    found = shares.engine.rows(f"SELECT weight, count(*) FROM {name} GROUP BY weight ORDER BY weight")
    if not found:
        return 0.0
    up_to = list(accumulate(n for _, n in found))
    place = of * (up_to[-1] - 1)
    low, high = (found[bisect_right(up_to, at)][0] for at in (floor(place), ceil(place)))
    return float(low + (high - low) * (place - floor(place)))


def _edges(shares: Shares, tables: Sequence[tuple[str, str]]) -> Sheet:
    """Accounts are numbered by the alphabet: in the order of numbers, names are in theirs."""
    engine, size = shares.engine, max(WRITTEN, 4 * shares.accounts)  # names are looked up anew for each stretch
    queries = [
        f"SELECT x.name AS account_a, y.name AS account_b, {literal(layer)} AS layer, e.weight AS weight, CAST(NULL AS DOUBLE) AS p, CAST(NULL AS DOUBLE) AS q "
        f"FROM {table} AS e JOIN accounts AS x ON x.a = e.a JOIN accounts AS y ON y.a = e.b WHERE {stretch} ORDER BY e.a, e.b"
        for layer, table in tables
        for stretch in stretches(engine, table, "e.a", size)
    ]
    count = sum(int(engine.rows(f"SELECT count(*) FROM {table}")[0][0]) for _, table in tables)
    return Sheet("", ("account_a", "account_b", "layer", "weight", "p", "q"), count, tuple(queries))


def _told(shares: Shares, relation: Relation, parameters: Mapping[str, str], sheet: Sheet, window: float, limit: float) -> Result:
    engine = shares.engine
    groups = tuple(_groups(engine))
    pairs, accounts, many = engine.rows(
        "SELECT (SELECT count(*) FROM strong) AS pairs, (SELECT count(*) FROM part) AS accounts, (SELECT count(DISTINCT g) FROM part) AS many"
    )[0]
    named = dict.fromkeys(a for g in groups for a in g.members) | dict.fromkeys(a for g in groups for a in (g.first, g.second))
    names = {a: f"account {n}" for n, a in enumerate(named, 1)}
    headline = Reason("coordination.exact.nothing", (f"{window:g}",))
    if sheet.rows and not groups:  # pairs there are, but each weighs too little
        headline = Reason("coordination.exact.none-above", (str(sheet.rows), f"{window:g}", f"{limit:g}", parameters["percentile"]))
    if groups:
        headline = Reason(_sentence(parameters), (str(accounts), str(many), f"{window:g}", str(pairs), parameters["mode"]))
    notes = (Reason("coordination.safeguard"), Reason("coordination.exact.no-rate"))
    innocent = (Reason("coordination.exact.popular"), Reason("coordination.exact.busy")) if groups else ()
    return Result(
        "coordination", telling.VERSION, relation.data, tuple(_hit(n, g, names) for n, g in enumerate(groups, 1)), parameters, None, headline,
        innocent, (), notes, pictures=(_network(engine, groups, names, pairs),) if groups else (), sheets={"edges": sheet},
        accounts=telling.names_of(shares, names),
    )  # fmt: skip


def _sentence(parameters: Mapping[str, str]) -> str:
    """What accounts have in common: the same things, similar texts, or no more than the moment."""
    others = {"co_similar_tweet": "coordination.exact.similar", "co_post": "coordination.exact.posts"}
    return others.get(parameters["network"] if parameters["mode"] == "toolkit" else "", "coordination.exact.headline")


def _groups(engine: Engine) -> Iterator[Part]:
    """The heaviest parts of `strong`, whose accounts are in `part`."""
    engine.do(
        "CREATE TABLE heavy AS SELECT n, g, pairs, weight, heaviest FROM (SELECT row_number() OVER (ORDER BY weight DESC, g) AS n, g, pairs, weight, heaviest FROM ("
        "SELECT p.g AS g, count(*) AS pairs, CAST(sum(s.weight) AS BIGINT) AS weight, max(s.weight) AS heaviest "
        f"FROM strong AS s JOIN part AS p ON p.a = s.a GROUP BY p.g) AS weighed) AS placed WHERE n <= {GROUPS}"
    )
    members: dict[int, list[int]] = {}
    sizes = {}
    for n, a, size in engine.rows(
        "SELECT n, a, size FROM (SELECT h.n AS n, e.a AS a, count(*) OVER (PARTITION BY h.n) AS size, "
        "row_number() OVER (PARTITION BY h.n ORDER BY e.weight DESC, e.a) AS place FROM (SELECT a, sum(weight) AS weight FROM ("
        "SELECT a, weight FROM strong UNION ALL SELECT b AS a, weight FROM strong) AS ends GROUP BY a) AS e "
        f"JOIN part AS p ON p.a = e.a JOIN heavy AS h ON h.g = p.g) AS placed WHERE place <= {ROWS} ORDER BY n, place"
    ):
        members.setdefault(n, []).append(a)
        sizes[n] = size
    for n, pairs, weight, heaviest, both in engine.rows(
        f"SELECT h.n, h.pairs, h.weight, h.heaviest, min(CASE WHEN s.weight = h.heaviest THEN CAST(s.a AS BIGINT) * {_WIDE} + s.b END) FROM strong AS s "
        "JOIN part AS p ON p.a = s.a JOIN heavy AS h ON h.g = p.g GROUP BY h.n, h.pairs, h.weight, h.heaviest ORDER BY h.n"
    ):
        first, second = divmod(both, _WIDE)
        yield Part(tuple(members[n]), sizes[n], pairs, weight, first, second, heaviest)


def _hit(number: int, part: Part, names: Mapping[int, str]) -> Hit:
    first, second = (telling.number(names[a]) for a in (part.first, part.second))
    reason = Reason("coordination.exact.because", (str(part.pairs), first, second, str(part.heaviest)))
    facts = {"accounts": part.size, "pairs": part.pairs, "observed": part.weight, "weight": part.heaviest}
    score = round(min(1.0, part.pairs / (part.size * (part.size - 1) / 2)), 6)
    return Hit(score, (), (reason,), f"Group {number}", tuple(names[a] for a in part.members), facts)


def _network(engine: Engine, groups: Sequence[Part], names: Mapping[int, str], pairs: int) -> Network:
    shown = [(a, n) for n, g in enumerate(groups, 1) for a in g.members][: telling.NODES]
    place = {a: i for i, (a, _) in enumerate(shown)}
    among = ", ".join(map(str, sorted(place)))
    ends = engine.rows(
        "SELECT a, count(*) AS partners, CAST(sum(weight) AS DOUBLE) AS weight FROM (SELECT a, weight FROM strong UNION ALL SELECT b AS a, weight FROM strong) AS ends "
        f"WHERE a IN ({among}) GROUP BY a ORDER BY a"
    )
    of = {a: (float(weight), int(partners)) for a, partners, weight in ends}
    heaviest = engine.rows(
        f"SELECT a, b, weight FROM strong WHERE a IN ({among}) AND b IN ({among}) ORDER BY weight DESC, a, b LIMIT {telling.EDGES}"
    )
    lines = tuple(Edge(place[a], place[b], float(weight)) for a, b, weight in heaviest)
    left_out = (sum(g.size for g in groups) - len(shown), pairs - len(lines))
    return Network(Reason("coordination.picture.network"), tuple(Node(names[a], n, *of[a]) for a, n in shown), lines, left_out)
