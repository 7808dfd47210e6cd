"""Tables for the tests of coordination: made in a few lines, or the real ones of `examples/`."""

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from charlevoix.acts.act import Digest
from charlevoix.assess.detectors.coordination.detector import Coordination
from charlevoix.assess.detectors.engine import DuckDB
from charlevoix.assess.detectors.relation import Reading, Relation, read

EXAMPLES = Path(__file__).parents[4] / "examples"

GERMAN = EXAMPLES / "german-2021-posts.parquet"
RUSSIAN = EXAMPLES / "russian-retweets.parquet"

GERMAN_URLS = Reading({"account": ("account_id",), "object": ("url_id",), "content": ("post_id",), "time": ("timestamp",)})
RUSSIAN_RETWEETS = Reading({"account": ("account_id",), "object": ("object_id",), "content": ("content_id",), "time": ("timestamp_share",)})

Row = tuple[str, str | None, str | None, float]
"""Account, object, content, time."""


@contextmanager
def of_rows(rows: Sequence[tuple[object, ...]], layers: int = 1, threads: int = 2) -> Iterator[Relation]:
    """A relation of (account, object ..., content, time), one object for each layer."""
    names = ("account", *(f"object_{i + 1}" for i in range(layers)), "content")
    with DuckDB("/nowhere") as db:
        db.do(f"SET threads = {threads}")
        columns = {"row": np.arange(len(rows)), **{n: np.array([r[i] for r in rows], object) for i, n in enumerate(names)}}
        columns["time"] = np.array([r[-1] for r in rows], float)
        db.connection.register("given", columns)
        texts = ", ".join(f"CAST({n} AS VARCHAR) AS {n}" for n in names)
        db.do(f"CREATE TABLE relation AS SELECT row, {texts}, time FROM given")
        layer_names = tuple(f"layer-{i + 1}" for i in range(layers))
        count = len(rows)
        yield Relation(
            "relation", db, "posts.csv", "posts.csv", Digest(b"\x01" * 32), count, count, {"object": layer_names}, (),
            ("row", *names, "time"),
        )  # fmt: skip


@contextmanager
def of_file(path: Path, reading: Reading, folder: Path) -> Iterator[Relation]:
    """A real table, read as a run reads it."""
    with DuckDB(str(folder)) as db:
        yield read(str(path), Coordination().needs, reading, db)


def rows_of(path: Path, columns: Sequence[str]) -> list[tuple[str, str, str, float]]:
    """Account, object, content and time of a file's rows that have an object, without any code of ours."""
    import duckdb

    account, object_, content, time = columns
    found = duckdb.connect().execute(
        f"SELECT CAST({account} AS VARCHAR), CAST({object_} AS VARCHAR), CAST({content} AS VARCHAR), CAST({time} AS DOUBLE) "
        f"FROM read_parquet(?) WHERE {object_} IS NOT NULL",
        [str(path)],
    )
    return [(str(a), str(o), str(c), float(t)) for a, o, c, t in found.fetchall()]


def organic(draw: random.Random, accounts: int = 400, objects: int = 150, shares: int = 6_000, days: int = 10) -> list[Row]:
    """Rows of people who have nothing to do with each other: few share much, few things are shared by many, at once when they are new, and nobody by night."""
    activity = [draw.paretovariate(1.2) for _ in range(accounts)]
    fame = [draw.paretovariate(1.1) for _ in range(objects)]
    born = [_waking(draw, days) for _ in range(objects)]
    whom = draw.choices(range(accounts), [min(x, 100) for x in activity], k=shares)
    what = draw.choices(range(objects), [min(x, 60) for x in fame], k=shares)
    rows: list[Row] = []
    for number, (a, o) in enumerate(zip(whom, what, strict=True)):
        time = born[o] + draw.expovariate(1 / 7_200) if draw.random() < 0.7 else _waking(draw, days)
        rows.append((f"a{a}", f"o{o}", f"c{number}", float(int(time))))
    return rows


def _waking(draw: random.Random, days: int) -> float:
    return draw.randrange(days) * 86_400 + draw.triangular(6, 24, 19) * 3_600


def planted(draw: random.Random, rows: Sequence[Row], groups: Sequence[Sequence[str]], times: int = 8, jitter: int = 30) -> list[Row]:
    """The rows, and groups that share the same new things within `jitter` seconds."""
    more = list(rows)
    for g, group in enumerate(groups):
        for n in range(times):
            at = _waking(draw, 10)
            more += [(a, f"new{g}-{n}", f"p{g}-{n}-{a}", float(int(at + draw.random() * jitter))) for a in group]
    return more
