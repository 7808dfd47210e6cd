"""A quotation names nobody whom its text mentions, and still shows where two texts differ."""

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from charlevoix.assess.detectors.copies.quotation import LONG, language, nameless


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("RT @jane.doe: read this", "RT [@1]: read this"),
        (".@jane, @Jane and @bob_2!", "[@1], [@1] and [@2]!"),
        ("ask @jane@example.social.", "ask [@1]."),
        ("write to jane.doe+press@example.org today", "write to [@1] today"),
        ("jane@localhost", "[@1]"),
        ("https://video.example/@jane/7", "https://video.example/[@1]/7"),
        ("via ＠jane", "via [@1]"),
        ("\u2066@jane\u2069 and @\u200bjane", "\u2066[@1]\u2069 and [@1]"),
        ("転載@jane 様", "転載[@1] 様"),
        ("@人民日报 报道", "[@1] 报道"),
        ("@राम_कुमार ने कहा", "[@1] ने कहा"),
        ("@أحمد قال", "[@1] قال"),
        ("two @ three, 50 % @", "two @ three, 50 % @"),
        ("no sign at all", "no sign at all"),
    ],
)
def test_what_is_mentioned_has_a_number_instead(text: str, shown: str) -> None:
    assert nameless(text) == (shown,)


def test_one_name_has_one_number_in_both_texts_and_another_has_another() -> None:
    assert nameless("RT @jane: the bridge", "RT @bob: the bridge") == ("RT [@1]: the bridge", "RT [@2]: the bridge")
    assert nameless("@jane and @bob", "@BOB and @Jane") == ("[@1] and [@2]", "[@2] and [@1]")


@pytest.mark.parametrize("told", ["en", "EN", "zh-Hant-TW", "pt_BR", "es-419", "German", "Norwegian Bokmål", "українська"])
def test_what_a_table_calls_a_language_is_kept(told: str) -> None:
    assert language(told) == told


@pytest.mark.parametrize(
    "told", ["jane.doe", "@jane", "jane_doe", "jane42", "1632650400", "jane@mail.example", "what she wrote about it", "x"]
)
def test_what_is_no_language_is_not_told(told: str) -> None:
    assert language(told) == "und"


def test_an_address_at_the_cut_leaves_nothing_of_itself() -> None:
    text = "x " * (LONG // 2 - 3) + "jane.doe.victim@example.org"
    (shown,) = nameless(text)
    assert len(shown) <= LONG
    assert "jane" not in shown


@settings(deadline=None, max_examples=300)
@given(
    st.text(max_size=30),
    st.text("abcdefz", min_size=4, max_size=8),
    st.sampled_from(["@{}", "{}@mail.example", "@{}@host.example"]),
    st.text(max_size=30),
)
def test_no_name_stays_whatever_stands_around_it(before: str, name: str, form: str, after: str) -> None:
    (shown,) = nameless(f"{before} {form.format(name)} {after}")
    assert name not in re.sub(r"\[@\d+\]", "", shown) or name in before + after


def test_a_text_without_blanks_is_read_in_one_pass() -> None:
    began = time.process_time()
    nameless(*["a" * 3_000] * 20)
    nameless(*["a.@-" * 750] * 20)
    assert time.process_time() - began < 2


def test_what_is_cut_ends_with_a_word_and_an_ellipsis() -> None:
    long, short, unbroken = nameless("word " * 600, "word word", "字" * 3_000)
    assert long.endswith("word word …")
    assert short == "word word"
    assert unbroken.endswith("字 …")
    assert max(map(len, (long, unbroken))) <= LONG
