"""Skeletons: labels that look alike have one."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from charlevoix.assess.detectors.lookalikes.skeleton import readable, skeleton


@pytest.mark.parametrize(
    ("seen", "meant"),
    [("blld", "bild"), ("b1ld", "bild"), ("bіld", "bild"), ("xn--bld-jhd", "bild"), ("rnako", "mako"), ("tonline", "t-online")],
)
def test_labels_that_look_alike_have_one_skeleton(seen: str, meant: str) -> None:
    assert skeleton(seen) == skeleton(meant)


@settings(deadline=None, max_examples=100)
@given(st.text("abcdefghilmnorqvwxyz0123456789-", max_size=20))
def test_the_skeleton_of_a_skeleton_is_itself(label: str) -> None:
    assert skeleton(skeleton(label)) == skeleton(label)


@settings(deadline=None, max_examples=100)
@given(st.text(max_size=60))
def test_any_text_after_the_sign_of_punycode_is_borne(text: str) -> None:
    readable("xn--" + text)
