"""Disclosure control: a table that counts persons, without the cells that would tell of fewer than five, and without what would tell those."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush

LEAST = 5
"""The smallest number of persons that is told (k = 5). None at all may be told."""

_Cell = tuple[int, int]
_Node = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Table:
    """What may be told of a table, None where a number is held back: the cells, the sum of each row and each column, and of all."""

    cells: tuple[tuple[int | None, ...], ...]
    rows: tuple[int | None, ...]
    columns: tuple[int | None, ...]
    total: int | None


def protect(counts: Sequence[Sequence[int]], least: int = LEAST) -> Table:
    """Holds back every number from 1 to `least` - 1, sums included, and as many others as it takes that none of those can be worked out.

    What is promised: from one table alone, knowing this rule, no number that was too small follows from what is told. Two tables over nearly the
    same persons may tell more together: so the tables are few and fixed. After L. H. Cox, "Suppression methodology and statistical
    disclosure control" (1980). Raises ValueError for a table that is empty, ragged or has a negative count.
    """
    whole = _with_sums(counts)
    hidden = {at for at, n in whole.items() if 0 < n < least}
    for small in sorted(hidden):
        ring = _ring(whole, hidden, small)
        hidden |= set(whole) if ring is None else ring  # without a ring nothing is left to hide behind
    return _table(whole, hidden, len(counts), len(counts[0]))


def _with_sums(counts: Sequence[Sequence[int]]) -> dict[_Cell, int]:
    """Cell by place; the last column and the last row hold the sums."""
    if not counts or not counts[0] or any(len(row) != len(counts[0]) for row in counts) or any(n < 0 for row in counts for n in row):
        raise ValueError("a table has rows of one length, and counts")
    rows = [[*row, sum(row)] for row in counts]
    rows.append([sum(column) for column in zip(*rows, strict=True)])
    return {(i, j): n for i, row in enumerate(rows) for j, n in enumerate(row)}


def _ring(whole: Mapping[_Cell, int], hidden: set[_Cell], small: _Cell) -> set[_Cell] | None:
    """The cheapest cells that make a ring with the small one, going along a row and along a column by turns; None where there is no ring.

    Rows and columns are the nodes of a graph, cells its edges. A number on a ring of hidden cells may be one more if the next is one
    less, and so on round, with every sum as it was; as all of them are positive, none becomes negative. One on no ring follows from the sums.
    """
    start, goal = ("row", small[0]), ("column", small[1])
    waiting: list[tuple[tuple[int, int], _Node, frozenset[_Cell]]] = [((0, 0), start, frozenset())]
    done: set[_Node] = set()
    while waiting:
        (sums, cost), node, way = heappop(waiting)
        if node == goal:
            return set(way)
        if node in done:
            continue
        done.add(node)
        for at, n in whole.items():
            if n > 0 and at != small and at[node[0] == "column"] == node[1]:
                further = ("row", at[0]) if node[0] == "column" else ("column", at[1])
                price = (0, 0) if at in hidden else (_is_sum(whole, at), n)  # rather a cell than a sum, rather a small one
                heappush(waiting, ((sums + price[0], cost + price[1]), further, way | {at}))
    return None


def _is_sum(whole: Mapping[_Cell, int], at: _Cell) -> int:
    height, width = max(whole)
    return (at[0] == height) + (at[1] == width)


def _table(whole: Mapping[_Cell, int], hidden: set[_Cell], height: int, width: int) -> Table:
    def told(i: int, j: int) -> int | None:
        return None if (i, j) in hidden else whole[i, j]

    cells = tuple(tuple(told(i, j) for j in range(width)) for i in range(height))
    rows, columns = tuple(told(i, width) for i in range(height)), tuple(told(height, j) for j in range(width))
    return Table(cells, rows, columns, told(height, width))
