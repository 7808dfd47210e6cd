"""Shares: who shared what when, as small numbers: one row for each object that an account shared, one table for each layer."""

from dataclasses import dataclass
from typing import Final

from charlevoix.assess.detectors.engine import Engine
from charlevoix.assess.detectors.relation import Relation


@dataclass(frozen=True, slots=True)
class Shares:
    """Tables of an engine: `accounts(a, name)`, and for layer i (from 1) `objects_i(o, name)` and `shares_i(row, a, o, c, t)`.

    `a` and `o` are dense from 0, in the order of names, whatever the order of rows. `c` numbers what is said to be one piece of content (a post may have
    several objects), below 0 what has no name or is there once; `t` is in seconds. What is in no share has no number.
    """

    engine: Engine
    layers: tuple[str, ...]  # what the file calls them
    accounts: int
    tables: tuple[str, ...]  # shares_1, shares_2 ...
    objects: tuple[int, ...]  # different ones, per layer
    counts: tuple[int, ...]  # shares, per layer
    contents: int = 0  # pieces of content with a number from 0, in `contents(c, name)`
    source: str = "relation"  # the table they were taken from
    whole: bool = True  # no share was left out
    named: bool = False  # content has names


MANY: Final = 100_000
"""Shares from which on it pays to leave out at once what nobody shared at the same time."""


def many(relation: Relation) -> bool:
    """Whether there are so many shares."""
    if relation.kept * len(relation.layers["object"]) < MANY:
        return False
    layers = range(1, len(relation.layers["object"]) + 1)
    counts = relation.engine.rows(f"SELECT {', '.join(f'count(object_{i})' for i in layers)} FROM {relation.name}")[0]
    return sum(int(n) for n in counts) >= MANY


def intern(relation: Relation, window: float | None = None, single: bool = True) -> Shares:
    """The shares of a relation with the columns `account`, `object_1` ... and `time`; rows without an object of a layer are not in it.

    Without a column `content`, and where it is empty, every row is content of its own. With a `window`, only shares whose object was shared once more
    within so many seconds, by whomever: no others can be in a pair, and they are most of a large table. Then content that is in one share has its name in
    `contents` too, for who looks for it among the shares that were left out, unless it needs none (`single`).
    """
    engine, source = relation.engine, relation.name
    named = "content" in relation.columns
    layers = relation.layers["object"]
    numbers = range(1, len(layers) + 1)
    # 1. which rows, and numbers for names
    for i in numbers:
        names = f"SELECT object_{i} AS name FROM {source} WHERE object_{i} IS NOT NULL"
        engine.do(_alphabet(f"objects_{i}", "o", names, 1 if window is None else 2))
    if window is None:
        some = " OR ".join(f"object_{i} IS NOT NULL" for i in numbers)
    else:
        for i in numbers:
            _beside(engine, source, i, window)
        some = f"row IN ({' UNION ALL '.join(f'SELECT row FROM beside_{i}' for i in numbers)})"
    engine.do(_alphabet("accounts", "a", f"SELECT account AS name FROM {source} WHERE {some}"))
    if named:
        _numbered(
            engine,
            "contents",
            "c",
            f"SELECT content AS name, row FROM {source} WHERE content IS NOT NULL AND ({some})",
            1 if single and window is not None else 2,
        )
    # 2. the shares of each layer
    tables = tuple(f"shares_{i}" for i in numbers)
    for i, table in enumerate(tables, 1):
        number, also = _content(named, "contents")
        placed, where = f"objects_{i} AS p ON p.name = r.object_{i}", f"r.object_{i} IS NOT NULL"
        if window is not None:
            placed, where = f"beside_{i} AS p ON p.row = r.row", "true"
        engine.do(
            f"CREATE TABLE {table} AS SELECT r.row AS row, accounts.a AS a, p.o AS o, {number} AS c, r.time AS t FROM {source} AS r "
            f"JOIN {placed} JOIN accounts ON accounts.name = r.account {also} WHERE {where}"
        )
    every = ("accounts", *(("contents",) if named else ()), *(f"objects_{i}" for i in numbers), *tables)
    accounts, *counts = engine.rows(f"SELECT {', '.join(f'(SELECT count(*) FROM {table}) AS {table}' for table in every)}")[0]
    contents = counts.pop(0) if named else 0
    return Shares(
        engine,
        layers,
        accounts,
        tables,
        tuple(counts[: len(layers)]),
        tuple(counts[len(layers) :]),
        contents,
        source,
        window is None,
        named,
    )


def _beside(engine: Engine, source: str, number: int, window: float) -> None:
    """Makes `beside_<number>(row, o)` of the rows whose object is there once more within the window: seen from its neighbours in time."""
    frame = "OVER (PARTITION BY o ORDER BY t)"
    engine.do(
        f"CREATE TABLE placed_{number} AS SELECT r.row AS row, p.o AS o, r.time AS t FROM {source} AS r "
        f"JOIN objects_{number} AS p ON p.name = r.object_{number} WHERE r.object_{number} IS NOT NULL"
    )
    engine.do(
        f"CREATE TABLE beside_{number} AS SELECT row, o FROM (SELECT row, o, t, lag(t) {frame} AS before, lead(t) {frame} AS after FROM placed_{number}) AS seen "
        f"WHERE t - before <= {window!r} OR after - t <= {window!r}"
    )
    engine.do(f"DROP TABLE placed_{number}")


def posts(shares: Shares, relation: Relation) -> str:
    """Makes the table `posts(row, a, o, c, t)` of every row, with or without an object, as a share of one and the same object; returns its name.

    It numbers the accounts anew, with those that had no object: the shares of layers no longer fit to them.
    """
    engine, named = shares.engine, "content" in relation.columns
    engine.do("DROP TABLE accounts")
    engine.do(_alphabet("accounts", "a", f"SELECT account AS name FROM {relation.name}"))
    if named:
        _numbered(engine, "posted", "c", f"SELECT content AS name, row FROM {relation.name} WHERE content IS NOT NULL", 2)
    number, also = _content(named, "posted")
    engine.do(
        f"CREATE TABLE posts AS SELECT r.row AS row, accounts.a AS a, 0 AS o, {number} AS c, r.time AS t FROM {relation.name} AS r "
        f"JOIN accounts ON accounts.name = r.account {also}"
    )
    return "posts"


def _alphabet(table: str, number: str, names: str, often: int = 1) -> str:
    """Makes `table(number, name)` of a query of (name), in the order of names, with those that are there at least so `often`."""
    return (
        f"CREATE TABLE {table} AS SELECT CAST(row_number() OVER (ORDER BY name) - 1 AS INTEGER) AS {number}, name "
        f"FROM (SELECT name FROM ({names}) AS named GROUP BY name{_at_least(often)}) AS each_once"
    )


def _at_least(often: int) -> str:
    return f" HAVING count(*) >= {often}" if often > 1 else ""


def _content(named: bool, contents: str) -> tuple[str, str]:
    """The number of a row's content, and the join that it needs; what has no number there has one of its own below 0."""
    own = "CAST(-1 - r.row AS INTEGER)"
    return (f"COALESCE({contents}.c, {own})", f"LEFT JOIN {contents} ON {contents}.name = r.content") if named else (own, "")


def _numbered(engine: Engine, table: str, number: str, names: str, often: int = 1) -> None:
    """Makes `table(number, name)` of a query of (name, row), in the order of first rows, with the names that are there at least so `often`."""
    engine.do(
        f"CREATE TABLE {table} AS SELECT CAST(row_number() OVER (ORDER BY first) - 1 AS INTEGER) AS {number}, name "
        f"FROM (SELECT name, min(row) AS first FROM ({names}) AS named GROUP BY name{_at_least(often)}) AS firsts"
    )
