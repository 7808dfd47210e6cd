"""Communities: planted ones come out, in an order that depends on nothing but the pairs."""

import numpy as np

from charlevoix.assess.detectors.coordination.communities import communities, membership


def cliques(*groups: range, weight: int = 5) -> tuple[list[int], list[int], list[int]]:
    pairs = [(i, j, weight) for g in groups for i in g for j in g if i < j]
    a, b, w = zip(*pairs, strict=True)
    return list(a), list(b), list(w)


def test_two_groups_that_one_weak_pair_joins_are_two() -> None:
    a, b, weight = cliques(range(10, 16), range(20, 24))
    found = communities(np.array([*a, 15]), np.array([*b, 20]), np.array([*weight, 1]), 0)
    assert [x.tolist() for x in found] == [list(range(10, 16)), list(range(20, 24))]


def test_the_heaviest_comes_first() -> None:
    a, b, weight = cliques(range(3), range(5, 8))
    found = communities(np.array(a), np.array(b), np.array([1, 1, 1, *weight[3:]]), 0)
    assert [x.tolist() for x in found] == [[5, 6, 7], [0, 1, 2]]


def test_the_order_of_the_pairs_changes_nothing() -> None:
    rng = np.random.default_rng(2)
    a, b, weight = (np.array(x) for x in cliques(*(range(n * 10, n * 10 + 3 + n % 5) for n in range(40))))
    more = rng.integers(0, 400, (2, 30))
    a, b, weight = np.concatenate([a, more.min(0)]), np.concatenate([b, more.max(0) + 1]), np.concatenate([weight, np.ones(30, int)])
    first = [x.tolist() for x in communities(a, b, weight, 7)]
    for _ in range(3):
        anew = rng.permutation(len(a))
        assert [x.tolist() for x in communities(a[anew], b[anew], weight[anew], 7)] == first


def test_many_communities_are_split_as_few_are() -> None:
    a, b, weight = cliques(*(range(n * 3, n * 3 + 3) for n in range(600)))
    found = communities(np.array(a), np.array(b), np.array(weight), 1)
    assert [x.tolist() for x in found] == [[n * 3, n * 3 + 1, n * 3 + 2] for n in range(600)]


def test_no_pair_no_community() -> None:
    assert communities(np.array([]), np.array([]), np.array([]), 0) == []


def test_membership_counts_from_one_and_nobody_else_is_in() -> None:
    assert membership([np.array([4, 5]), np.array([1])], 6).tolist() == [0, 2, 0, 0, 1, 1]
