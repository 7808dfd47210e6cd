"""Copies: texts that are one text, word for word, nearly, reworded or translated."""

from collections.abc import Mapping, Sequence
from typing import Any

from charlevoix.assess.detectors.copies import telling
from charlevoix.assess.detectors.copies.finding import KINDS, Found, find
from charlevoix.assess.detectors.detector import Bench, Listing, Need, Result, Sheet
from charlevoix.assess.detectors.engine import quoted
from charlevoix.assess.detectors.relation import Relation
from charlevoix.errors import Malformed, Reason

MOST = 1_000_000
"""Texts that one run takes: their vectors and neighbours need 2 kB each."""


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
        # 1. the texts, in order of time where there is one, else of rows
        there: list[str] = [
            role for role in ("row", "text", "id", "account", "time", "language") if role == "row" or role in relation.columns
        ]
        order = "time, row" if "time" in there else "row"
        rows = relation.engine.rows(f"SELECT {', '.join(quoted(c) for c in there)} FROM {quoted(relation.name)} ORDER BY {order}")
        table = {role: [row[i] for row in rows] for i, role in enumerate(there)}
        # 2. what is one text
        spoken = [str(x or "") for x in table["language"]] if "language" in table else None
        found = find(table["text"], spoken, lambda step, share: bench.tell(_far(step, share), Reason(f"copies.{step}")))
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


def _sheets(relation: Relation, found: Found, table: Mapping[str, Sequence[Any]], bench: Bench) -> Mapping[str, Sheet]:
    """Written by way of two small tables of numbers, so that names are joined by the engine and nothing long is held twice."""
    import numpy as np

    engine, rows = relation.engine, np.asarray(table["row"], np.int64)
    pairs = list(found.pairs())
    kinds = {kind: n for n, kind in enumerate(KINDS)}
    engine.put(
        "copied",
        {
            "s": rows[[p[0] for p in pairs]] if pairs else np.zeros(0, np.int64),
            "t": rows[[p[1] for p in pairs]] if pairs else np.zeros(0, np.int64),
            "k": np.array([kinds[p[2]] for p in pairs], np.int64),
            "score": np.array([p[3] for p in pairs], float),
        },
    )
    name = "id" if "id" in table else "CAST(row + 1 AS VARCHAR)"
    kind = "CASE k " + " ".join(f"WHEN {n} THEN '{kind}'" for kind, n in kinds.items()) + " END"
    engine.do(f"CREATE TABLE named AS SELECT row, {name} AS name FROM {quoted(relation.name)}")
    path = f"{bench.folder}/pairs.parquet"
    count = engine.write(
        f"SELECT COALESCE(x.name, CAST(x.row + 1 AS VARCHAR)) AS source, COALESCE(y.name, CAST(y.row + 1 AS VARCHAR)) AS target, {kind} AS kind, c.score AS score "
        "FROM copied AS c JOIN named AS x ON x.row = c.s JOIN named AS y ON y.row = c.t ORDER BY c.s, c.t",
        path,
    )
    return {"pairs": Sheet(path, ("source", "target", "kind", "score"), count)}
