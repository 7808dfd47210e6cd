"""Skeletons: labels that look alike have one."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from charlevoix.assess.detectors.lookalikes.detector import watch
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


@pytest.mark.parametrize(
    "label",
    [
        "xn--spiegel-bk47a",  # a lone surrogate
        "xn--spiegel-676c",  # U+202E, which turns what follows it
        "xn--spiegel-",  # nothing but ASCII
        "xn--" + "spie\x85gel".encode("punycode").decode(),
        "xn--" + "spie\u200bgel".encode("punycode").decode(),
        "xn--" + "ｓpiegel".encode("punycode").decode(),  # a wide letter, which an address maps to `s` before it is encoded
        "xn--" + "spie\ue000gel".encode("punycode").decode(),
        "xn--" + "spie\u2028gel".encode("punycode").decode(),
    ],
)
def test_a_label_that_no_browser_shows_otherwise_stays_as_it_stands(label: str) -> None:
    assert readable(label) == label
    assert skeleton(label).startswith("xn"), "and is compared so"


def test_a_watched_name_in_a_label_that_stays_so_is_found_as_a_word_of_it() -> None:
    (hit,) = watch("spiegel.de").hits([(0, "xn--spiegel-676c.com")])
    assert hit.reasons[0].rule == "lookalikes.token"
    assert hit.reasons[0].values[0] == "xn--spiegel-676c"


@pytest.mark.parametrize(("label", "shown"), [("xn--mnchen-3ya", "münchen"), ("xn--i-7iq", "i❤"), ("xn--strae-oqa", "straße")])
def test_a_label_that_is_shown_is_read(label: str, shown: str) -> None:
    assert readable(label) == shown


@settings(deadline=None, max_examples=300)
@given(st.text("abc0123456789-", max_size=30) | st.text(max_size=20).map(lambda text: text.encode("punycode", "surrogatepass").decode()))
def test_what_is_shown_holds_nothing_that_is_not_seen(text: str) -> None:
    shown = readable("xn--" + text)
    assert shown == "xn--" + text or shown.isprintable()


@settings(deadline=None, max_examples=100)
@given(st.text(max_size=60))
def test_any_text_after_the_sign_of_punycode_is_borne(text: str) -> None:
    readable("xn--" + text)
