"""Counts of persons: a small number is nowhere in the table, and can't be worked out from it."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from charlevoix.account.disclosure_control import LEAST, Table, protect

COUNTS = st.integers(1, 3).flatmap(
    lambda width: st.lists(st.lists(st.integers(0, 9), min_size=width, max_size=width), min_size=1, max_size=2)
)


def numbers(table: Table) -> list[int | None]:
    return [*(n for row in table.cells for n in row), *table.rows, *table.columns, table.total]


def plain(counts: list[list[int]]) -> list[int]:
    rows, columns = [sum(r) for r in counts], [sum(c) for c in zip(*counts, strict=True)]
    return [*(n for row in counts for n in row), *rows, *columns, sum(rows)]


def possible(counts: list[list[int]], told: list[int | None], most: int = 16) -> list[list[int]]:
    """Every table of small numbers that looks the same from outside: what an attacker is left with."""
    height, width = len(counts), len(counts[0])
    ranges = [[told[n]] if told[n] is not None else range(most) for n in range(height * width)]
    found = []
    for guess in product(*ranges):
        rows = [list(guess[i * width : (i + 1) * width]) for i in range(height)]
        full = plain(rows)  # type: ignore[arg-type]
        if all(t is None or t == n for t, n in zip(told, full, strict=True)):
            found.append(full)
    return found


@pytest.mark.mission("C13")
def test_a_small_number_and_what_would_tell_it_are_held_back() -> None:
    table = protect([[20, 3, 17], [40, 25, 10], [30, 12, 8]])
    assert table.cells == ((20, None, None), (40, 25, 10), (30, None, None))
    assert table.rows == (40, 75, 50)
    assert table.columns == (90, 40, 35)
    assert table.total == 165


def test_a_table_without_small_numbers_is_told_whole() -> None:
    table = protect([[5, 0], [10, 7]])
    assert table == Table(((5, 0), (10, 7)), (5, 17), (15, 7), 22)


def test_a_lone_small_number_is_held_back_with_every_sum_that_is_the_same() -> None:
    assert numbers(protect([[3]])) == [None, None, None, None]
    assert numbers(protect([[3, 0], [0, 0]])) == [None, 0, 0, 0, None, 0, None, 0, None]


def test_a_small_sum_is_held_back_too() -> None:
    table = protect([[0, 2], [30, 40]])
    assert table.cells[0][1] is None
    assert table.rows[0] is None


@settings(max_examples=80, deadline=None)
@given(COUNTS)
def test_no_small_number_is_told(counts: list[list[int]]) -> None:
    assert [n for n in numbers(protect(counts)) if n is not None and 0 < n < LEAST] == []


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.integers(0, 7), min_size=2, max_size=2), min_size=1, max_size=2))
def test_an_attacker_who_tries_every_table_is_left_with_two_values_for_each_small_number(counts: list[list[int]]) -> None:
    told, full = numbers(protect(counts)), plain(counts)
    left = possible(counts, told)
    assert full in left
    for n, value in enumerate(full):
        if 0 < value < LEAST:
            assert len({table[n] for table in left}) > 1


@settings(max_examples=60, deadline=None)
@given(COUNTS)
def test_what_is_told_is_true(counts: list[list[int]]) -> None:
    assert all(t is None or t == n for t, n in zip(numbers(protect(counts)), plain(counts), strict=True))


@pytest.mark.parametrize("wrong", [[], [[]], [[1], [1, 2]], [[-1]]])
def test_what_is_no_table_is_refused(wrong: list[list[int]]) -> None:
    with pytest.raises(ValueError, match="a table has rows"):
        protect(wrong)
