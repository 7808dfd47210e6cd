"""Normal forms of texts."""

import sys
import time
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from charlevoix.assess.detectors.copies.normal import ALSO_MARKS, MARKS, normal

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


PIECES = (
    "a",
    "@",
    "word ",
    "https://",
    "🚧",
    "\u0301",
    "@a.",
    "www.",
    "\u0301\u0316",
    "\uff9e\u0316",
    "e" + 14 * "\u0301\u0316",
    "\u0344\u0316",
    "\u00a8",
    "ǰ\u0316",
)
MANY = st.lists(
    st.tuples(st.sampled_from([*PIECES, "\u0345", "ΐ", "\u0323", "ﬁ", "가", "\u0f73", "_", " "]), st.sampled_from([1, 2, 29, 30, 31, 50])),
    max_size=6,
)


@settings(max_examples=200, deadline=None)
@given(MANY)
def test_a_form_stays_its_own_form_where_marks_are_many(pieces: list[tuple[str, int]]) -> None:
    text = "".join(piece * often for piece, often in pieces)
    assert normal(normal(text)) == normal(text)


def test_of_marks_in_a_row_thirty_stay_and_fewer_are_as_they_were() -> None:
    for marks in ("\u0316" * MARKS, "\u0301\u0316" * (MARKS // 2)):
        assert normal("🚧" + marks) == unicodedata.normalize("NFKC", "🚧" + marks)
        assert normal("🚧" + marks + marks[0]) == normal("🚧" + marks)


def test_what_decomposes_to_marks_alone_is_known() -> None:
    known = {c for c in map(chr, range(sys.maxunicode + 1)) if unicodedata.combining(c) or c in ALSO_MARKS}
    parts = {c: unicodedata.normalize("NFKD", c) for c in map(chr, range(sys.maxunicode + 1))}
    assert known == {c for c, some in parts.items() if all(map(unicodedata.combining, some))}
    assert not [c for c, some in parts.items() if c not in known and unicodedata.combining(some[0])]
    assert {c for c in known if c.isalnum()} == {"\uff9e", "\uff9f"}


@pytest.mark.parametrize("piece", PIECES)
def test_time_grows_as_the_text_does_whatever_it_holds(piece: str) -> None:
    """Eight times the text may take sixteen times as long; what is quadratic would take sixty-four times."""

    def spent(size: int) -> float:
        text = piece * (size // len(piece))
        times = []
        for _ in range(2):
            began = time.process_time()
            normal(text)
            times.append(time.process_time() - began)
        return min(times)

    assert spent(320_000) < 16 * max(spent(40_000), 0.002)
