"""Neighbours: the index finds what comparing each with each finds."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from charlevoix.assess.detectors.lookalikes.neighbours import Neighbourhood, distance, slip

WORDS = st.text("abc", min_size=1, max_size=13)


@pytest.mark.parametrize("within", [1, 2])
@settings(deadline=None, max_examples=100)
@given(words=st.lists(WORDS, min_size=1, max_size=20), asked=WORDS)
def test_the_index_finds_exactly_what_comparing_each_with_each_finds(within: int, words: list[str], asked: str) -> None:
    plain = sorted({(w, distance(asked, w)) for w in words if distance(asked, w) <= within}, key=lambda t: (t[1], t[0]))
    found = Neighbourhood(words, within).near(asked)
    assert found == plain


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("spiegell", "doubled"),
        ("spigel", "dropped"),
        ("spiegeli", "added"),
        ("spiegle", "swapped"),
        ("spoegel", "beside"),
        ("spaegel", "exchanged"),
    ],
)
def test_a_slip_has_a_kind(word: str, kind: str) -> None:
    assert distance(word, "spiegel") == 1
    assert slip(word, "spiegel") == kind
