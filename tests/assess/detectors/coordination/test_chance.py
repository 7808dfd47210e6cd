"""Chance, played out: what is dealt anew and what stays, and the p-value of a group."""

import random
from collections import Counter

import numpy as np
import pytest

from assess.detectors.coordination.tables import of_rows, organic, planted
from charlevoix.assess.detectors.coordination import chance
from charlevoix.assess.detectors.coordination.chance import Slots, by_chance, dealt_anew, slots
from charlevoix.assess.detectors.coordination.null_model import moments
from charlevoix.assess.detectors.coordination.shares import intern


def played(seed: int, groups: list[list[str]], times: int = 5) -> tuple[Slots, dict[str, int]]:
    draw = random.Random(seed)
    with of_rows(planted(draw, organic(draw, shares=3_000), groups, times)) as relation:
        shares = intern(relation)
        layer = moments(shares.engine, 1, "links", shares.tables[0], 60.0, shares.counts[0])
        numbers = {str(n): int(a) for a, n in shares.engine.rows("SELECT a, name FROM accounts")}
        return slots(shares.engine, layer), numbers


def test_dealing_anew_keeps_what_each_account_did_in_each_period_and_every_moment() -> None:
    x, _ = played(1, [])
    anew = dealt_anew(x, np.random.default_rng(3))
    assert Counter(zip(anew.tolist(), x.h.tolist(), strict=True)) == Counter(zip(x.a.tolist(), x.h.tolist(), strict=True))
    assert (anew != x.a).mean() > 0.5
    assert len(x.begins) == 1 + len(set(x.h.tolist()))


def test_a_planted_group_is_hardly_chance() -> None:
    x, numbers = played(2, [["q1", "q2", "q3"]])
    members = np.array(sorted(numbers[n] for n in ("q1", "q2", "q3")))
    assert by_chance(members, [x], 60.0, 0) == 0.001
    assert by_chance(members, [x, x], 60.0, 0) == 0.001


def test_accounts_drawn_by_lot_are_chance() -> None:
    x, _ = played(3, [])
    draw, found = np.random.default_rng(9), []
    busy = np.flatnonzero(np.bincount(x.a) >= 10)
    for _ in range(100):
        p = by_chance(np.sort(draw.choice(busy, 4, replace=False)), [x], 600.0, 0, trials=99)
        assert p is not None
        found.append(p)
    assert sum(p <= 0.05 for p in found) <= 12  # 5 expected; 12 or more once in 250


def test_the_same_seed_gives_the_same_p_and_a_large_group_gives_none(monkeypatch: pytest.MonkeyPatch) -> None:
    x, _ = played(4, [])
    members = np.arange(6)
    assert by_chance(members, [x], 600.0, 5, trials=50) == by_chance(members, [x], 600.0, 5, trials=50)
    monkeypatch.setattr(chance, "GROUP_SHARES", 3)
    assert by_chance(members, [x], 600.0, 5) is None


def test_crowds_are_not_played_with() -> None:
    with of_rows([(f"c{n}", "x", None, float(n % 50)) for n in range(400)] + [("a", "y", None, 5.0), ("b", "y", None, 6.0)]) as relation:
        shares = intern(relation)
        x = slots(shares.engine, moments(shares.engine, 1, "links", shares.tables[0], 60.0, 402))
    assert x.t.tolist() == [5.0, 6.0]
