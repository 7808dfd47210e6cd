"""Shares: who shared what when, as small numbers: one row for each object that an account shared, one table for each layer."""

from dataclasses import dataclass

from charlevoix.assess.detectors.engine import Engine
from charlevoix.assess.detectors.relation import Relation


@dataclass(frozen=True, slots=True)
class Shares:
    """Tables of an engine: `accounts(a, name)`, and for layer i (from 1) `objects_i(o, name)` and `shares_i(row, a, o, c, t)`.

    `a` and `o` are dense from 0, in the order of their first row in the relation; `c` numbers what is said to be one piece of content (a post may
    have several objects), `t` is in seconds.
    """

    engine: Engine
    layers: tuple[str, ...]  # what the file calls them
    accounts: int
    tables: tuple[str, ...]  # shares_1, shares_2 ...
    objects: tuple[int, ...]  # different ones, per layer
    counts: tuple[int, ...]  # shares, per layer
    contents: int = 0  # named pieces of content, in `contents(c, name)`; 0: there is no such table


def intern(relation: Relation) -> Shares:
    """The shares of a relation with the columns `account`, `object_1` ... and `time`; rows without an object of a layer are not in it.

    Without a column `content`, and where it is empty, every row is content of its own.
    """
    engine, source = relation.engine, relation.name
    content = "content" in relation.columns
    layers = relation.layers["object"]
    # 1. numbers for names
    accounts = _numbered(engine, "accounts", "a", f"SELECT account AS name, row FROM {source}")
    objects = tuple(
        _numbered(engine, f"objects_{i}", "o", f"SELECT object_{i} AS name, row FROM {source} WHERE object_{i} IS NOT NULL")
        for i in range(1, len(layers) + 1)
    )
    contents = _numbered(engine, "contents", "c", f"SELECT content AS name, row FROM {source} WHERE content IS NOT NULL") if content else 0
    # 2. the shares of each layer
    tables = tuple(f"shares_{i}" for i in range(1, len(layers) + 1))
    for i, table in enumerate(tables, 1):
        number, also = _content(contents, content)
        engine.do(
            f"CREATE TABLE {table} AS SELECT r.row AS row, accounts.a AS a, objects_{i}.o AS o, {number} AS c, r.time AS t FROM {source} AS r "
            f"JOIN accounts ON accounts.name = r.account JOIN objects_{i} ON objects_{i}.name = r.object_{i} {also}"
        )
    counts = tuple(int(engine.rows(f"SELECT count(*) FROM {table}")[0][0]) for table in tables)
    return Shares(engine, layers, accounts, tables, objects, counts, contents)


def posts(shares: Shares, relation: Relation) -> str:
    """Makes the table `posts(row, a, o, c, t)` of every row, with or without an object, as a share of one and the same object; returns its name."""
    number, also = _content(shares.contents, "content" in relation.columns)
    shares.engine.do(
        f"CREATE TABLE posts AS SELECT r.row AS row, accounts.a AS a, 0 AS o, {number} AS c, r.time AS t FROM {relation.name} AS r "
        f"JOIN accounts ON accounts.name = r.account {also}"
    )
    return "posts"


def _content(contents: int, named: bool) -> tuple[str, str]:
    """The number of a row's content, and the join that it needs."""
    if not named:
        return "CAST(r.row AS INTEGER)", ""
    return f"COALESCE(contents.c, CAST({contents} + r.row AS INTEGER))", "LEFT JOIN contents ON contents.name = r.content"


def _numbered(engine: Engine, table: str, number: str, names: str) -> int:
    """Makes `table(number, name)` of a query of (name, row); returns how many there are."""
    engine.do(
        f"CREATE TABLE {table} AS SELECT CAST(row_number() OVER (ORDER BY first) - 1 AS INTEGER) AS {number}, name "
        f"FROM (SELECT name, min(row) AS first FROM ({names}) AS named GROUP BY name) AS firsts"
    )
    return int(engine.rows(f"SELECT count(*) FROM {table}")[0][0])
