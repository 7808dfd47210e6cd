"""Which pairs are listed where there are too many to list."""

from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from charlevoix.assess.detectors.copies import finding
from charlevoix.assess.detectors.copies.finding import KINDS, Found, Link, _most, _sizes


@st.composite
def found(draw: st.DrawFn) -> Found:
    """Forms of a few rows each, some of them linked; at most `most` pairs of one form or link are listed."""
    lengths = draw(st.lists(st.integers(1, 6), min_size=1, max_size=6))
    order = draw(st.permutations(range(sum(lengths))))
    ends = [sum(lengths[:n]) for n in range(len(lengths) + 1)]
    rows = tuple(sorted(tuple(sorted(order[a:b])) for a, b in pairwise(ends)))
    links = tuple(Link(a, b, draw(st.sampled_from(KINDS[1:])), 0.5) for a, b in combinations(range(len(rows)), 2) if draw(st.booleans()))
    middles = tuple(draw(st.sampled_from(some)) for some in rows)
    return Found(tuple(str(n) for n in range(len(rows))), rows, ("en",) * len(rows), links, middles, draw(st.integers(1, 40)), 0)


@given(found())
def test_what_is_listed_and_what_is_not_are_all_pairs_and_what_is_counted_is_listed(some: Found) -> None:
    listed = list(some.pairs())
    assert len({(a, b) for a, b, *_ in listed}) == len(listed)
    assert all(a < b for a, b, *_ in listed)
    assert {kind: sum(k == kind for *_, k, _ in listed) for kind in KINDS} == some.counts()
    sizes = [len(rows) for rows in some.rows]
    every = sum(n * (n - 1) // 2 for n in sizes) + sum(sizes[x.one] * sizes[x.other] for x in some.links)
    assert len(listed) + some.unlisted() == every


@given(found())
def test_each_row_of_a_form_that_is_not_listed_whole_is_listed_with_the_one_that_stands_for_it(some: Found) -> None:
    exact = {(a, b) for a, b, kind, _ in some.pairs() if kind == "exact"}
    for rows, middle in zip(some.rows, some.middles, strict=True):
        assert all(row == middle or (min(row, middle), max(row, middle)) in exact for row in rows)


@given(st.lists(st.integers(1, 30), min_size=1, max_size=12), st.data())
def test_no_more_pairs_are_listed_than_a_table_may_have_unless_each_link_takes_one(sizes: list[int], data: st.DataObject) -> None:
    places = st.integers(0, len(sizes) - 1)
    ends = data.draw(st.lists(st.tuples(places, places).filter(lambda x: x[0] != x[1]), max_size=20))
    within, between = _sizes(sizes, [a for a, _ in ends], [b for _, b in ends])
    most = data.draw(st.integers(1, 300))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(finding, "MOST_PAIRS", most)
        bar = _most(within, between)

    def listed(bar: int) -> int:
        return sum(n - 1 if n * (n - 1) // 2 > bar else n * (n - 1) // 2 for n in sizes) + sum(
            1 if sizes[a] * sizes[b] > bar else sizes[a] * sizes[b] for a, b in ends
        )

    assert listed(bar) <= most or bar == 1
    assert bar == finding.ALL_PAIRS or listed(next(b for b in (10_000, 3_000, 1_000, 300, 100, 30, 10, 3, 1)[::-1] if b > bar)) > most
