"""Neighbours, on vectors made by chance, held against what a plain reading of the rule gives."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from charlevoix.assess.detectors.copies import neighbours
from charlevoix.assess.detectors.copies.neighbours import SHIPPED, Around, Pairs, Thresholds, around, links


def unit(x: "np.ndarray") -> "np.ndarray":
    long: np.ndarray = (x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float32)
    return long


def groups(rng: np.random.Generator, sizes: list[int], loose: int, noise: float, width: int = 64) -> tuple["np.ndarray", "np.ndarray"]:
    """Vectors of groups around a centre each, and loose ones; which group each is of (-1: none)."""
    centres = rng.standard_normal((len(sizes), width))
    of = np.repeat(np.arange(len(sizes)), sizes)
    near = unit(centres)[of] + noise * unit(rng.standard_normal((len(of), width)))
    both = unit(np.concatenate([near, rng.standard_normal((loose, width))]))
    return both, np.concatenate([of, np.full(loose, -1)])


def nothing(width: int = 64) -> "np.ndarray":
    """No further surroundings."""
    return np.zeros((0, width), np.float32)


def plainly_around(vectors: "np.ndarray", sample: "np.ndarray") -> tuple["np.ndarray", "np.ndarray"]:
    """Density and company, sorted out in full."""
    near = vectors @ sample.T
    far, company = np.where(near > neighbours.FAR, 0.0, near), np.where(near > neighbours.NEARLY, 0.0, near)
    ten = np.sort(far, axis=1)[:, -neighbours.TEN :].sum(1) / neighbours.TEN
    two = np.maximum(np.sort(np.pad(company, ((0, 0), (2, 0))), axis=1)[:, -2:], 0.0)
    return ten, two.mean(1)


def plainly(vectors: "np.ndarray", language: "np.ndarray", thresholds: Thresholds) -> set[tuple[int, int]]:
    """Every pair, one by one, as the module says."""
    density, company = plainly_around(vectors, vectors)
    density, company = np.maximum(density, neighbours.SPARSE), np.maximum(company, neighbours.LONELY)
    over = {}
    for i, j in combinations(range(len(vectors)), 2):
        crowd, mates = float(density[i] + density[j]) / 2, float(company[i] + company[j]) / 2
        score = float(vectors[i] @ vectors[j]) - neighbours.DENSITY * crowd - neighbours.COMPANY * mates
        over[i, j] = score - (thresholds.same if language[i] == language[j] else thresholds.other)
    to: dict[int, set[int]] = {i: set() for i in range(len(vectors))}
    for i, j in (p for p, x in over.items() if x > 0):
        to[i].add(j)
        to[j].add(i)
    out = set()
    for (i, j), x in over.items():
        shared, fewer = len(to[i] & to[j]), min(len(to[i]), len(to[j]))
        bridge = 0 < x <= neighbours.DOUBTFUL and fewer > neighbours.WELL and shared < (fewer - 1) / 4
        if (x > 0 and not bridge) or (-thresholds.support < x <= 0 and shared >= 2 and shared >= fewer / 2):
            out.add((i, j))
    return out


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.3, 1.4))
def test_links_are_what_a_plain_reading_of_the_rule_gives(seed: int, noise: float) -> None:
    rng = np.random.default_rng(seed)
    vectors, _ = groups(rng, [2, 3, 7, 12], 30, noise, 24)
    language = rng.integers(0, 3, len(vectors))
    found = links(vectors, nothing(24), language)
    assert set(zip(found.i.tolist(), found.j.tolist(), strict=True)) == plainly(vectors, language, SHIPPED)
    assert found.cosine == pytest.approx((vectors[found.i] * vectors[found.j]).sum(1), abs=1e-5)
    assert (found.i < found.j).all()


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 300))
def test_surroundings_are_the_ten_nearest_below_far_and_the_two_that_are_no_near_copies(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    vectors = groups(rng, [4, 9], 10, 0.6, 16)[0]
    also = groups(rng, [5], count, 0.4, 16)[0]
    density, company = plainly_around(vectors, np.concatenate([vectors, also]))
    found = around(vectors, also)
    assert found.density == pytest.approx(density, abs=1e-5)
    assert found.nearest.mean(1) == pytest.approx(company, abs=1e-5)


def test_two_reports_of_one_event_told_again_and_again_stay_two() -> None:
    """Two groups of ten whose texts are of cosine 0.8, and across of 0.53: alone, two of them would be one text."""
    rng = np.random.default_rng(4)
    event = unit(rng.standard_normal((1, 1_024)))
    reports = unit(0.815 * event + 0.58 * unit(rng.standard_normal((2, 1_024))))
    told = unit(np.repeat(reports, 10, axis=0) + 0.5 * unit(rng.standard_normal((20, 1_024))))
    of = np.repeat([0, 1], 10)
    found = links(told, nothing(1_024), np.zeros(20, np.int64))
    assert len(found.i) == 2 * 45
    assert (of[found.i] == of[found.j]).all()
    assert len(links(told[[0, 10]], nothing(1_024), np.zeros(2, np.int64)).i) == 1


@pytest.mark.parametrize(("cosine", "linked"), [(0.42, 0), (0.6, 1)])
def test_two_that_nothing_else_is_like_are_judged_as_if_they_had_company(cosine: float, linked: int) -> None:
    """Of cosine 0.42, a hundred unrelated texts would show many such pairs; a pair that was told again is as near as those of groups are."""
    rng = np.random.default_rng(8)
    loose = unit(rng.standard_normal((50, 1_024)))
    loose[1] = cosine * loose[0] + np.sqrt(1 - cosine**2) * unit(loose[1:2] - (loose[0] @ loose[1]) * loose[0])[0]
    assert len(links(loose, nothing(1_024), np.zeros(50, np.int64)).i) == linked


def test_a_lone_link_between_two_that_are_well_linked_elsewhere_is_a_bridge() -> None:
    both = [*combinations(range(5), 2), *combinations(range(5, 10), 2), (4, 5)]
    i, j = (np.array([p[n] for p in sorted(both)]) for n in (0, 1))
    bridge = (i == 4) & (j == 5)
    for over, kept in ((0.05, False), (0.2, True)):
        pairs = Pairs(i, j, np.zeros(len(i)), np.where(bridge, over, 0.05))
        assert neighbours.linked(pairs, 10).tolist() == (~bridge | kept).tolist()


def test_other_thresholds_give_other_links() -> None:
    vectors, _ = groups(np.random.default_rng(5), [6] * 5, 100, 1.0)
    language = np.zeros(len(vectors), np.int64)
    count = [len(links(vectors, nothing(), language, Thresholds(same, 0.0)).i) for same in (0.0, SHIPPED.same, 0.6)]
    assert count[0] > count[1] > count[2]


def test_links_do_not_depend_on_the_order_of_texts() -> None:
    rng = np.random.default_rng(1)
    vectors, of = groups(rng, [2, 5, 50], 200, 0.8)
    turned = rng.permutation(len(vectors))

    def found(order: "np.ndarray") -> set[tuple[int, int]]:
        here = links(vectors[order], nothing(), (of[order] % 2).astype(np.int64))
        return {(min(a, b), max(a, b)) for a, b in zip(order[here.i].tolist(), order[here.j].tolist(), strict=True)}

    assert found(np.arange(len(vectors))) == found(turned)


@pytest.mark.parametrize("size", [2, 5, 50, 500])
def test_a_group_is_found_whole_whatever_its_size(size: int) -> None:
    vectors, of = groups(np.random.default_rng(size), [size], 1_000, 0.6, 128)
    found = links(vectors, nothing(128), np.zeros(len(vectors), np.int64))
    inside = (of[found.i] == 0) & (of[found.j] == 0)
    assert inside.sum() >= 0.99 * size * (size - 1) / 2
    assert (~inside).sum() <= 3


def test_a_crowded_subject_is_not_one_text() -> None:
    """Two hundred texts about one subject, all of cosine about 0.45, two of them of 0.57: alone, these would be one text."""
    rng = np.random.default_rng(2)
    subject = unit(rng.standard_normal((1, 1_024)))
    about = unit(0.67 * subject + 0.74 * unit(rng.standard_normal((200, 1_024))))
    about[1] = unit((about[1] + 0.18 * about[0])[None])[0]
    assert 0.55 < about[0] @ about[1] < 0.6
    assert not len(links(about, nothing(1_024), np.zeros(200, np.int64)).i)
    assert len(links(about[:2], nothing(1_024), np.zeros(2, np.int64)).i) == 1


def test_cells_find_what_looking_at_every_pair_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    vectors, _ = groups(rng, [2] * 200 + [5] * 100 + [50] * 10 + [300], 2_500, 0.8, 128)
    vectors = unit(vectors[rng.permutation(len(vectors))] * np.linspace(1.5, 0.3, 128))  # what varies most comes first
    language = np.zeros(len(vectors), np.int64)

    def found() -> list[int]:
        here = links(vectors, nothing(128), language)
        return [int(n) for n in here.i * len(vectors) + here.j]

    every = found()
    for name, value in (("WHOLE", 0), ("HEAD", 96), ("AWAY", 0.2)):  # so that most pairs are not looked at
        monkeypatch.setattr(neighbours, name, value)
    some = found()
    assert sum(len(a) * len(b) for a, b in neighbours.Cells.cut(vectors).pairs()) < 0.6 * len(vectors) ** 2
    assert len(every) > 40_000
    assert len(set(some) & set(every)) >= 0.98 * len(every)
    assert len(set(some) - set(every)) <= 0.02 * len(every)
    assert found() == some


def test_company_beyond_the_sample_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors, _ = groups(np.random.default_rng(6), [8] * 20, 400, 0.9)
    language = np.zeros(len(vectors), np.int64)
    exact = links(vectors, nothing(), language)
    monkeypatch.setattr(neighbours, "SAMPLE", 100)
    where = around(vectors, nothing())
    pairs = neighbours.candidates(vectors, where, language)
    own = neighbours._with_company(where, pairs.i, pairs.j, pairs.cosine)
    whole = Around(*plainly_around(vectors, vectors)[:1], np.zeros((len(vectors), 2)), where.sampled)
    grouped = np.arange(160)
    assert len(exact.i)
    assert own.nearest.mean(1)[grouped] == pytest.approx(plainly_around(vectors, vectors)[1][grouped], abs=1e-5)
    assert (own.density <= whole.density + 1e-6).all()


def test_no_vectors_and_one_have_no_links() -> None:
    for count in (0, 1):
        assert not len(links(np.zeros((count, 8), np.float32), nothing(8), np.zeros(count, np.int64)).i)
