"""Copies: texts that are one text, word for word, nearly, reworded or translated."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from charlevoix.assess.detectors.copies import telling
from charlevoix.assess.detectors.copies.finding import HEAD, KINDS, Found, find
from charlevoix.assess.detectors.copies.held import Chosen, Held
from charlevoix.assess.detectors.detector import Bench, Listing, Need, Result, Sheet
from charlevoix.assess.detectors.engine import Engine, quoted
from charlevoix.assess.detectors.relation import Relation
from charlevoix.errors import Malformed, Reason

if TYPE_CHECKING:
    Array = np.ndarray[Any, Any]

MOST = 1_000_000
"""Texts that one run takes: their vectors and neighbours need 2 kB each."""

AT_ONCE: Final = 8_000_000
"""Characters of texts that are read at once, about."""


class Copies:
    """The detector `copies` (`docs/detectors.md`)."""

    name = "copies"
    version = telling.VERSION
    about = "copies.about"
    needs = (
        Need("text", "text", "copies.need.text"),
        Need("id", "text", "copies.need.id", required=False),
        Need("account", "text", "copies.need.account", required=False),
        Need("time", "time", "copies.need.time", required=False),
        Need("language", "text", "copies.need.language", required=False),
    )
    settings = ()

    def run(self, relation: Relation, parameters: Mapping[str, str], seed: int, bench: Bench, /) -> Result:
        """Sheets: `pairs` (source, target, kind, score) and `clusters` (row, cluster), the rows of the relation. Raises Malformed for more than MOST texts."""
        if relation.kept > MOST:
            raise Malformed("copies.too-many", relation.kept, MOST, advice="copies.divide")
        # 1. the table, in order of time where there is one, else of rows
        there = [role for role in ("row", "id", "account", "time", "language") if role == "row" or role in relation.columns]
        order = f"time, {'id, ' if 'id' in there else ''}row" if "time" in there else "row"
        rows = relation.engine.rows(f"SELECT {', '.join(quoted(c) for c in there)} FROM {quoted(relation.name)} ORDER BY {order}")
        table: dict[str, Sequence[Any]] = {role: [row[i] for row in rows] for i, role in enumerate(there)}
        del rows
        # 2. what is one text; each is read once, and of each the beginning is kept beside the table
        heads = Held(bench.folder)
        places = np.argsort(table["row"])  # of the texts in the order of the file
        found = find(
            _texts(relation, heads),
            [str(x or "") for x in table["language"]] if "language" in table else None,
            lambda step, share: bench.tell(_far(step, share), Reason(f"copies.{step}")),
            places=places.tolist(),
            names=[str(x or "") for x in table["id"]] if "id" in table else None,
            folder=bench.folder,
        )
        table["text"] = Chosen(heads, np.argsort(places).tolist())
        # 3. the long tables, then what is said
        bench.tell(0.9, Reason("copies.writing"))
        sheets = _sheets(relation, found, table, bench)
        return telling.result(found, table, relation, parameters, sheets)

    def listed(self, result: Result, relation: Relation, /) -> Listing:
        """Each cluster: its members as the table calls them (at most 1,000), and what is known of it."""
        called = dict(relation.engine.rows("SELECT row, COALESCE(name, CAST(row + 1 AS VARCHAR)) FROM named"))
        clusters = [
            {
                "cluster": number,
                "members": [called[row] for row in hit.rows],
                "accounts": [result.accounts[name] for name in hit.members],
                "score": hit.score,
                **{key: value for key, value in hit.facts.items() if key != "accounts"},
                "rows": [row + 1 for row in hit.rows],
            }
            for number, hit in enumerate(result.hits, 1)
        ]
        return Listing("clusters", "members", clusters)


def _far(step: str, share: float) -> float:
    return 0.05 + 0.55 * share if step == "encoding" else 0.6 + 0.3 * share


def _texts(relation: Relation, heads: Held) -> Iterator[str]:
    """The texts in the order of the file, some megabytes at a time; the beginning of each goes into `heads`."""
    start, rows = 0, 64
    while start < relation.rows:
        some = relation.engine.rows(
            f"SELECT text FROM {quoted(relation.name)} WHERE row BETWEEN {start} AND {start + rows - 1} ORDER BY row"
        )
        for (text,) in some:
            heads.append(text[:HEAD])
            yield text
        start += rows
        each = sum(len(text) for (text,) in some) / max(1, len(some))
        rows = int(min(AT_ONCE / max(1.0, each), 4 * rows, 20_000)) + 1


def _sheets(relation: Relation, found: Found, table: Mapping[str, Sequence[Any]], bench: Bench) -> Mapping[str, Sheet]:
    """The pairs are made by the engine, of two tables of numbers: the rows of the forms, and the links between forms."""
    engine = relation.engine
    _put(engine, found, np.array(table["row"], np.int64))
    name = "id" if "id" in table else "CAST(row + 1 AS VARCHAR)"
    engine.do(f"CREATE TABLE named AS SELECT row, {name} AS name FROM {quoted(relation.name)}")
    within = (
        "SELECT x.p AS p, y.p AS q, x.row AS s, y.row AS t, 0 AS k, CAST(1 AS DOUBLE) AS score FROM formed AS x JOIN formed AS y ON x.f = y.f "
        f"WHERE x.p < y.p AND (x.n * (x.n - 1) <= {2 * found.most} OR x.middle = 1 OR y.middle = 1)"
    )
    between = (
        "SELECT least(x.p, y.p) AS p, greatest(x.p, y.p) AS q, CASE WHEN x.p < y.p THEN x.row ELSE y.row END AS s, "
        "CASE WHEN x.p < y.p THEN y.row ELSE x.row END AS t, l.k AS k, l.score AS score "
        "FROM linked AS l JOIN formed AS x ON x.f = l.f JOIN formed AS y ON y.f = l.g "
        f"WHERE x.n * y.n <= {found.most} OR (x.middle = 1 AND y.middle = 1)"
    )
    kind = "CASE c.k " + " ".join(f"WHEN {n} THEN '{kind}'" for n, kind in enumerate(KINDS)) + " END"
    path = f"{bench.folder}/pairs.parquet"
    count = engine.write(
        f"SELECT COALESCE(x.name, CAST(x.row + 1 AS VARCHAR)) AS source, COALESCE(y.name, CAST(y.row + 1 AS VARCHAR)) AS target, {kind} AS kind, c.score AS score "
        f"FROM ({within} UNION ALL {between}) AS c JOIN named AS x ON x.row = c.s JOIN named AS y ON y.row = c.t ORDER BY c.p, c.q",
        path,
    )
    return {"pairs": Sheet(path, ("source", "target", "kind", "score"), count)}


def _put(engine: Engine, found: Found, rows: "Array") -> None:
    """Makes `formed(p, row, f, n, middle)`, of each text its place, row, form, how many texts the form has, and whether it stands for it; and `linked(f, g, k, score)`."""
    sizes = np.array([len(some) for some in found.rows], np.int64)
    place = np.array([row for some in found.rows for row in some], np.int64)
    form = np.repeat(np.arange(len(sizes)), sizes)
    middle = (place == np.array(found.middles, np.int64)[form]).astype(np.int64)
    engine.put("formed", {"p": place, "row": rows[place], "f": form, "n": sizes[form], "middle": middle})
    links = found.links
    engine.put(
        "linked",
        {
            "f": np.array([x.one for x in links], np.int64),
            "g": np.array([x.other for x in links], np.int64),
            "k": np.array([KINDS.index(x.kind) for x in links], np.int64),
            "score": np.array([x.score for x in links], float),
        },
    )
