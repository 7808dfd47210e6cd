"""Parts of a network, against walking through it by hand."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from charlevoix.assess.detectors.coordination.parts import parts
from charlevoix.assess.detectors.engine import DuckDB

Pairs = list[tuple[int, int]]


def found(pairs: Pairs) -> dict[int, int]:
    with DuckDB("/nowhere", threads=1) as db:
        db.put("pairs", {"a": np.array([a for a, _ in pairs], np.int32), "b": np.array([b for _, b in pairs], np.int32)})
        parts(db, "pairs", "part")
        return dict(db.rows("SELECT a, g FROM part"))


def by_hand(pairs: Pairs) -> dict[int, int]:
    beside: dict[int, set[int]] = {}
    for a, b in pairs:
        beside.setdefault(a, set()).add(b)
        beside.setdefault(b, set()).add(a)
    of: dict[int, int] = {}
    for first in sorted(beside):
        left = [first]
        while left:
            a = left.pop()
            if a not in of:
                of[a] = first
                left += beside[a]
    return of


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)).filter(lambda p: p[0] != p[1]).map(lambda p: (min(p), max(p))), max_size=40)
)
def test_each_account_is_in_the_part_of_its_smallest(pairs: Pairs) -> None:
    assert found(pairs) == by_hand(pairs)


@pytest.mark.parametrize("shape", ["line", "shuffled line", "star", "two rings"])
def test_long_ways_are_walked_to_their_end(shape: str) -> None:
    n = 2_000
    names = list(range(n))
    if shape == "shuffled line":
        random.Random(1).shuffle(names)
    ways = {
        "star": [(n, x) for x in range(n)],
        "two rings": [(x, (x + 2) % n) for x in range(n)],
    }.get(shape, [(names[i], names[i + 1]) for i in range(n - 1)])
    pairs = [(min(p), max(p)) for p in ways]
    assert found(pairs) == by_hand(pairs)
    assert len(set(found(pairs).values())) == (2 if shape == "two rings" else 1)


def test_of_no_pairs_there_is_no_part() -> None:
    assert found([]) == {}
