"""Normal forms of texts."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from charlevoix.assess.detectors.copies.normal import normal

TEXTS = st.text(max_size=80) | st.text("aB Ééßİ@._:/#!\u200d\u0301\ufe0f✅😀ﬁⅣ한漢م", max_size=40)


@settings(max_examples=100, deadline=None)
@given(TEXTS)
def test_a_normal_form_is_its_own_normal_form(text: str) -> None:
    assert normal(normal(text)) == normal(text)


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


@pytest.mark.parametrize("piece", ["a", "@", "word ", "https://", "🚧", "\u0301", "@a.", "www."])
def test_a_megabyte_takes_a_second_or_two_whatever_it_holds(piece: str) -> None:
    began = time.process_time()
    normal(piece * (1_000_000 // len(piece)))
    assert time.process_time() - began < 5
