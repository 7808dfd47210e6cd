"""Neighbours, on vectors made by chance, held against what a plain reading of the rule gives."""

from functools import partial
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from charlevoix.assess.detectors.copies import neighbours
from charlevoix.assess.detectors.copies.neighbours import densities, links


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


def plainly(vectors: "np.ndarray", density: "np.ndarray", language: "np.ndarray") -> set[tuple[int, int]]:
    """Every pair, one by one, as the module says."""
    over = {}
    for i, j in combinations(range(len(vectors)), 2):
        score = float(vectors[i] @ vectors[j]) - neighbours.WEIGHT * float(density[i] + density[j]) / 2
        over[i, j] = score - (neighbours.SAME if language[i] == language[j] else neighbours.OTHER)
    strong = {p for p, x in over.items() if x > 0}
    linked: dict[int, set[int]] = {i: set() for i in range(len(vectors))}
    for i, j in strong:
        linked[i].add(j)
        linked[j].add(i)
    return strong | {(i, j) for (i, j), x in over.items() if -neighbours.SUPPORT < x <= 0 and len(linked[i] & linked[j]) >= 2}


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.3, 1.4))
def test_links_are_what_a_plain_reading_of_the_rule_gives(seed: int, noise: float) -> None:
    rng = np.random.default_rng(seed)
    vectors, _ = groups(rng, [2, 3, 7, 12], 30, noise, 24)
    language = rng.integers(0, 3, len(vectors))
    density = densities(vectors, vectors)
    i, j, cosine = links(vectors, density, language)
    assert set(zip(i.tolist(), j.tolist(), strict=True)) == plainly(vectors, density, language)
    assert cosine == pytest.approx((vectors[i] * vectors[j]).sum(1), abs=1e-5)
    assert (i < j).all()


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 300))
def test_density_is_the_mean_of_the_ten_largest_below_far(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    vectors, sample = groups(rng, [4, 9], 10, 0.6, 16)[0], groups(rng, [], count, 0.0, 16)[0]
    near = vectors @ sample.T
    near[near > neighbours.FAR] = 0.0
    expected = np.sort(near, axis=1)[:, -neighbours.TEN :].sum(1) / neighbours.TEN
    assert densities(vectors, sample) == pytest.approx(expected, abs=1e-5)


def test_density_without_a_sample_is_nothing() -> None:
    vectors = np.eye(4, dtype=np.float32)
    assert densities(vectors, vectors[:0]).tolist() == [0, 0, 0, 0]


def test_links_do_not_depend_on_the_order_of_texts() -> None:
    rng = np.random.default_rng(1)
    vectors, of = groups(rng, [2, 5, 50], 200, 0.8)
    turned = rng.permutation(len(vectors))

    def found(order: "np.ndarray") -> set[tuple[int, int]]:
        here = vectors[order]
        i, j, _ = links(here, densities(here, here), (of[order] % 2).astype(np.int64))
        return {(min(a, b), max(a, b)) for a, b in zip(order[i].tolist(), order[j].tolist(), strict=True)}

    assert found(np.arange(len(vectors))) == found(turned)


@pytest.mark.parametrize("size", [2, 5, 50, 500])
def test_a_group_is_found_whole_whatever_its_size(size: int) -> None:
    vectors, of = groups(np.random.default_rng(size), [size], 1_000, 0.6)
    i, j, _ = links(vectors, densities(vectors, vectors), np.zeros(len(vectors), np.int64))
    inside = (of[i] == 0) & (of[j] == 0)
    assert inside.sum() >= 0.99 * size * (size - 1) / 2
    assert (~inside).sum() <= 3


def test_a_crowded_subject_is_not_one_text() -> None:
    """Two hundred texts about one subject, all of cosine about 0.45: alone, each two of them would pass."""
    rng = np.random.default_rng(2)
    subject = unit(rng.standard_normal((1, 256)))
    about = unit(0.67 * subject + 0.74 * unit(rng.standard_normal((200, 256))))
    assert np.median(about @ about.T) > neighbours.SAME
    i, _, _ = links(about, densities(about, about), np.zeros(200, np.int64))
    assert not len(i)
    alone = about[:2]
    assert len(links(alone, densities(alone, rng.standard_normal((50, 256)).astype(np.float32) * 0), np.zeros(2, np.int64))[0]) == 1


def test_cells_find_what_looking_at_every_pair_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    vectors, _ = groups(rng, [2] * 200 + [5] * 100 + [50] * 10 + [300], 2_500, 0.8, 128)
    vectors = vectors[rng.permutation(len(vectors))]
    density = densities(vectors, vectors[:2_000])
    language = np.zeros(len(vectors), np.int64)

    def found() -> list[int]:
        i, j, _ = links(vectors, density, language)
        return [int(n) for n in i * len(vectors) + j]

    every = found()
    monkeypatch.setattr(neighbours, "WHOLE", 0)
    monkeypatch.setattr(neighbours, "_cells", partial(neighbours._cells, probes=4))  # of 16, so that most pairs are not looked at
    some = found()
    assert len(every) > 40_000
    assert set(some) <= set(every)
    assert len(some) >= 0.99 * len(every)
    assert found() == some


def test_no_vectors_and_one_have_no_links() -> None:
    for count in (0, 1):
        none = np.zeros((count, 8), np.float32)
        assert [len(part) for part in links(none, densities(none, none), np.zeros(count, np.int64))] == [0, 0, 0]
