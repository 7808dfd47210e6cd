"""How much of their words two texts share, held against sets of shingles."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from charlevoix.assess.detectors.copies import wording
from charlevoix.assess.detectors.copies.wording import likenesses

FORMS = st.lists(st.text("ab é漢🚧\ud800", min_size=1, max_size=30) | st.text(min_size=1, max_size=12), min_size=2, max_size=8)


def shingles(form: str) -> set[str]:
    return {form[i : i + 5] for i in range(max(1, len(form) - 4))}


def plainly(one: str, other: str) -> float:
    a, b = shingles(one), shingles(other)
    return len(a & b) / len(a | b)


@settings(max_examples=100, deadline=None)
@given(FORMS, st.sampled_from([1, 40, 10_000]))
def test_likeness_is_what_sets_of_shingles_have_in_common(forms: list[str], at_once: int) -> None:
    pairs = list(combinations(range(len(forms)), 2))
    i, j = (np.array([p[n] for p in pairs]) for n in (0, 1))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wording, "AT_ONCE", at_once)
        found = likenesses(forms, i, j)
    assert found == pytest.approx([plainly(forms[a].rstrip("\0"), forms[b].rstrip("\0")) for a, b in pairs])


def test_a_short_text_is_one_shingle() -> None:
    assert likenesses(["abc", "abcdef", "bcdefg", "abc "], np.array([0, 1, 0]), np.array([1, 2, 3])) == pytest.approx([0, 1 / 3, 0])


def test_of_a_very_long_text_the_beginning_is_compared() -> None:
    long = "".join(chr(0x4E00 + n % 7_001) for n in range(wording.LONG))
    assert likenesses([long + "one end", long + "another"], np.array([0]), np.array([1])) == 1.0


def test_no_pairs_have_no_likeness() -> None:
    none = np.zeros(0, np.int64)
    assert len(likenesses(["a"], none, none)) == 0
