"""Shares: who shared what when, as small numbers: one row for each object that an account shared, one table for each layer."""

from dataclasses import dataclass

from charlevoix.assess.detectors.engine import Engine
from charlevoix.assess.detectors.relation import Relation


@dataclass(frozen=True, slots=True)
class Shares:
    """Tables of an engine: `accounts(a, name)`, and for layer i (from 1) `objects_i(o, name)` and `shares_i(row, a, o, c, t)`.

    `a` is dense from 0, in the order of names, `o` in the order of first rows; accounts without an object have no number. `c` numbers what is said to be one piece of content (a post may
    have several objects), `t` is in seconds.
    """

    engine: Engine
    layers: tuple[str, ...]  # what the file calls them
    accounts: int
    tables: tuple[str, ...]  # shares_1, shares_2 ...
    objects: tuple[int, ...]  # different ones, per layer
    counts: tuple[int, ...]  # shares, per layer
    contents: int = 0  # named pieces of content that hold an object, in `contents(c, name)`; 0: there is none


def intern(relation: Relation) -> Shares:
    """The shares of a relation with the columns `account`, `object_1` ... and `time`; rows without an object of a layer are not in it.

    Without a column `content`, and where it is empty, every row is content of its own.
    """
    engine, source = relation.engine, relation.name
    named = "content" in relation.columns
    layers = relation.layers["object"]
    numbers = range(1, len(layers) + 1)
    shared = " OR ".join(f"object_{i} IS NOT NULL" for i in numbers)
    # 1. numbers for names
    engine.do(_alphabet("accounts", f"SELECT account AS name FROM {source} WHERE {shared}"))
    for i in numbers:
        _numbered(engine, f"objects_{i}", "o", f"SELECT object_{i} AS name, row FROM {source} WHERE object_{i} IS NOT NULL")
    if named:
        _numbered(engine, "contents", "c", f"SELECT content AS name, row FROM {source} WHERE content IS NOT NULL AND ({shared})")
    # 2. the shares of each layer
    tables = tuple(f"shares_{i}" for i in numbers)
    for i, table in enumerate(tables, 1):
        number, also = _content(named, "contents")
        engine.do(
            f"CREATE TABLE {table} AS SELECT r.row AS row, accounts.a AS a, objects_{i}.o AS o, {number} AS c, r.time AS t FROM {source} AS r "
            f"JOIN accounts ON accounts.name = r.account JOIN objects_{i} ON objects_{i}.name = r.object_{i} {also} "
            f"WHERE r.object_{i} IS NOT NULL"
        )
    every = ("accounts", *(("contents",) if named else ()), *(f"objects_{i}" for i in numbers), *tables)
    accounts, *some = engine.rows(f"SELECT {', '.join(f'(SELECT count(*) FROM {table}) AS {table}' for table in every)}")[0]
    contents = some.pop(0) if named else 0
    return Shares(engine, layers, accounts, tables, tuple(some[: len(layers)]), tuple(some[len(layers) :]), contents)


def posts(shares: Shares, relation: Relation) -> str:
    """Makes the table `posts(row, a, o, c, t)` of every row, with or without an object, as a share of one and the same object; returns its name.

    It numbers the accounts anew, with those that had no object: the shares of layers no longer fit to them.
    """
    engine, named = shares.engine, "content" in relation.columns
    engine.do("DROP TABLE accounts")
    engine.do(_alphabet("accounts", f"SELECT account AS name FROM {relation.name}"))
    if named:
        _numbered(engine, "posted", "c", f"SELECT content AS name, row FROM {relation.name} WHERE content IS NOT NULL")
    number, also = _content(named, "posted")
    engine.do(
        f"CREATE TABLE posts AS SELECT r.row AS row, accounts.a AS a, 0 AS o, {number} AS c, r.time AS t FROM {relation.name} AS r "
        f"JOIN accounts ON accounts.name = r.account {also}"
    )
    return "posts"


def _alphabet(table: str, names: str) -> str:
    return (
        f"CREATE TABLE {table} AS SELECT CAST(row_number() OVER (ORDER BY name) - 1 AS INTEGER) AS a, name "
        f"FROM (SELECT DISTINCT name FROM ({names}) AS named) AS each_once"
    )


def _content(named: bool, contents: str) -> tuple[str, str]:
    """The number of a row's content, and the join that it needs; what has no name has a number of its own below 0."""
    own = "CAST(-1 - r.row AS INTEGER)"
    return (f"COALESCE({contents}.c, {own})", f"LEFT JOIN {contents} ON {contents}.name = r.content") if named else (own, "")


def _numbered(engine: Engine, table: str, number: str, names: str) -> None:
    """Makes `table(number, name)` of a query of (name, row)."""
    engine.do(
        f"CREATE TABLE {table} AS SELECT CAST(row_number() OVER (ORDER BY first) - 1 AS INTEGER) AS {number}, name "
        f"FROM (SELECT name, min(row) AS first FROM ({names}) AS named GROUP BY name) AS firsts"
    )
