"""Texts in a file are the texts in a list."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from charlevoix.assess.detectors.copies.held import Chosen, Held

ANY = st.text(st.characters(exclude_categories=()), max_size=40)  # halves of surrogate pairs too, as a damaged table has them


@given(st.lists(st.one_of(ANY, st.none()), max_size=40), st.data())
def test_what_is_read_between_two_that_are_added_is_what_was_added(steps: list[str | None], data: st.DataObject) -> None:
    held, plain = Held(), list[str]()
    for text in steps:
        if text is not None:
            assert held.append(text) == len(plain)
            plain.append(text)
        elif plain:
            at = data.draw(st.integers(0, len(plain) - 1))
            assert held[at] == plain[at]
    assert [held[n] for n in range(len(plain))] == plain
    assert len(held) == len(plain)


@pytest.mark.parametrize("number", [-1, 1, 10**9])
def test_a_number_that_no_text_has_is_an_error(number: int) -> None:
    held = Held()
    held.append("only")
    with pytest.raises(IndexError):
        held[number]


@given(st.lists(ANY, min_size=1, max_size=20), st.data())
def test_some_of_them_in_another_order_are_a_sequence_like_any(texts: list[str], data: st.DataObject) -> None:
    held = Held()
    for text in texts:
        held.append(text)
    numbers = data.draw(st.lists(st.integers(0, len(texts) - 1), max_size=20))
    some, plain = Chosen(held, numbers), [texts[n] for n in numbers]
    assert list(some) == plain
    cut = data.draw(st.slices(len(plain)))
    assert some[cut] == plain[cut]
    assert some == Chosen(held, numbers)
    assert [some[n] for n in range(len(plain))] == plain
    assert (some == Chosen(held, [*numbers, 0])) is False
