"""Normal forms of texts, and how alike two are."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from charlevoix.assess.detectors.copies.normal import likeness, normal, shingles

TEXTS = st.text(max_size=80) | st.text("aB Ééßİ@._:/#!\u200d\u0301\ufe0f✅😀ﬁⅣ한漢م", max_size=40)


@settings(max_examples=100, deadline=None)
@given(TEXTS)
def test_a_normal_form_is_its_own_normal_form(text: str) -> None:
    assert normal(normal(text)) == normal(text)


@settings(max_examples=100, deadline=None)
@given(TEXTS, TEXTS)
def test_likeness_is_symmetric_and_whole_only_for_the_same_shingles(one: str, other: str) -> None:
    a, b = shingles(one), shingles(other)
    assert likeness(a, b) == likeness(b, a)
    assert likeness(a, b) == pytest.approx(len(a & b) / len(a | b))
    assert likeness(a, a) == 1.0
    assert (likeness(a, b) == 1.0) == (a == b)


@pytest.mark.parametrize(
    "dressed",
    [
        "THE BRIDGE  is closed, until Friday!",
        "The bridge is closed until Friday https://example.org/x?y=1",
        "@town.hall The bridge is closed until Friday 🚧🚧",
        "Ｔｈｅ bridge is closed\nuntil #Friday www.example.org",
    ],
)
def test_what_differs_in_dress_alone_has_one_form(dressed: str) -> None:
    assert normal(dressed) == "the bridge is closed until friday"


def test_another_word_is_another_form() -> None:
    assert normal("The bridge is closed until Friday") != normal("The bridge is closed until Monday")


def test_emoji_alone_stay_and_are_told_apart() -> None:
    assert normal("🚧 🚧") == "🚧 🚧"
    assert normal("🚧") != normal("🎉")
    assert normal("") == normal(" \n ") == ""


def test_text_from_right_to_left_keeps_its_letters_and_loses_its_marks_of_direction() -> None:
    assert normal("\u200fالجسر مغلق، حتى الجمعة!\u200e") == "الجسر مغلق حتى الجمعة"
    assert normal("הגשר סגור עד יום שישי.") == "הגשר סגור עד יום שישי"


def test_shingles_of_a_short_text_are_the_text() -> None:
    assert shingles("abc") == {"abc"}
    assert shingles("abcdef") == {"abcde", "bcdef"}
    assert likeness(shingles("abcdef"), shingles("bcdefg")) == pytest.approx(1 / 3)


@pytest.mark.parametrize("piece", ["a", "@", "word ", "https://", "🚧", "\u0301", "@a.", "www."])
def test_a_megabyte_takes_a_second_or_two_whatever_it_holds(piece: str) -> None:
    began = time.process_time()
    normal(piece * (1_000_000 // len(piece)))
    assert time.process_time() - began < 5
