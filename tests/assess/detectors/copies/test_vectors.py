"""Vectors evened out, on vectors made by chance."""

import numpy as np
import pytest

from charlevoix.assess.detectors.copies import vectors
from charlevoix.assess.detectors.copies.vectors import evened


def made(count: int, languages: int = 3) -> tuple["np.ndarray", list[str]]:
    """Vectors of length 1 whose languages lie apart, and which vary in some directions more than in others."""
    rng = np.random.default_rng(count)
    spoken = rng.integers(0, languages, count)
    some = rng.standard_normal((count, 64)) * np.linspace(2.0, 0.2, 64) + 0.6 * rng.standard_normal((languages, 64))[spoken]
    return (some / np.linalg.norm(some, axis=1, keepdims=True)).astype(np.float32), [f"l{n}" for n in spoken]


def test_evened_vectors_have_length_1_no_middle_and_what_varies_most_first() -> None:
    some, spoken = made(900)
    out = evened(some.copy(), spoken, np.zeros((0, 64), np.float32), []).vectors
    assert np.linalg.norm(out, axis=1) == pytest.approx(1.0, abs=1e-5)
    for name in set(spoken):
        assert np.linalg.norm(out[np.array(spoken) == name].mean(0)) < 0.1
    spread = out.var(0)
    assert spread[:16].mean() > spread[-16:].mean()


def test_how_near_two_were_as_they_came_is_worked_out_from_the_evened() -> None:
    some, spoken = made(700)
    even = evened(some.copy(), spoken, *made(20))
    i, j = np.random.default_rng(1).integers(0, 700, (2, 5_000))
    assert even.cosines(i, j) == pytest.approx((some[i] * some[j]).sum(1), abs=1e-4)
    assert len(even.cosines(i[:0], j[:0])) == 0


def test_what_every_second_text_of_a_small_table_says_is_not_taken_for_usual(monkeypatch: pytest.MonkeyPatch) -> None:
    some, spoken = made(40, 1)
    story = some[:1] + 0.9 * some[:20]  # twenty texts that tell one story
    some[:20] = story / np.linalg.norm(story, axis=1, keepdims=True)

    def within() -> float:
        told = evened(some.copy(), spoken, *made(60, 1)).vectors[:20]
        return float((told @ told.T).mean())

    heavy = within()
    monkeypatch.setattr(vectors, "NEUTRAL", 1.0)
    assert heavy > within() + 0.01


def test_a_large_table_is_evened_by_a_part_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    some, spoken = made(3_000)
    none = np.zeros((0, 64), np.float32)
    whole = evened(some.copy(), spoken, none, []).vectors
    monkeypatch.setattr(vectors, "USUAL", 1_500)
    monkeypatch.setattr(vectors, "LEAST", 100)
    part = evened(some.copy(), spoken, none, []).vectors
    assert np.abs(part @ part[:200].T - whole @ whole[:200].T).mean() < 0.03


def test_each_language_is_drawn_in_proportion_but_a_rare_one_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vectors, "USUAL", 1_000)
    monkeypatch.setattr(vectors, "LEAST", 50)
    spoken = np.repeat([0, 1, 2], [9_000, 900, 30])
    rows, share = vectors._drawn(spoken)
    assert (np.diff(rows) > 0).all()
    assert np.bincount(spoken[rows]).tolist() == [9_000 * 1_000 // 9_930, 900 * 1_000 // 9_930, 30]
    assert share.sum() == pytest.approx(9_930, rel=1e-4)
