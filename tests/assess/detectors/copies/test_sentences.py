"""Sentences: what several of them say is held against each other, and what one says is left as it is."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from charlevoix.assess.detectors.copies import vectors
from charlevoix.assess.detectors.copies.finding import find
from charlevoix.assess.detectors.copies.sentences import SAME, borne_out, sentences

WEATHER = "The river rose above its banks during the night. Forty houses had to be left in a hurry. Nobody was hurt, the mayor said. Schools stay closed until Monday."
REWORDED = "Overnight the river burst its banks. About forty homes were evacuated in haste. According to the mayor there were no injuries. Classes are cancelled until Monday."
TRANSLATED = "La rivière est sortie de son lit pendant la nuit. Quarante maisons ont dû être évacuées en hâte. Il n'y a pas de blessés, a dit le maire. Les écoles restent fermées jusqu'à lundi."
OTHER = "The battery of this phone lasts two days. I dropped it twice and the screen is fine. The camera is poor in the dark. For that price nobody can complain."


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", []),
        ("One only", ["One only"]),
        ("At 3.5 degrees it froze! Why? Ok. Nobody knows…  It did.\nEnd", ["At 3.5 degrees it froze!", "Why?", "Nobody knows…", "It did."]),
        ("川が増水した。四十軒が避難した！負傷者はいない。", ["川が増水した。", "四十軒が避難した！", "負傷者はいない。"]),
    ],
)
def test_texts_are_cut_where_sentences_end(text: str, parts: list[str]) -> None:
    assert sentences(text) == parts


def test_only_so_much_is_cut_as_is_encoded() -> None:
    assert sum(len(part) for part in sentences("So it is. " * 100_000)) <= vectors.PIECE * vectors.PIECES


def test_rewordings_and_translations_are_borne_out_and_other_texts_are_not() -> None:
    texts = [WEATHER, REWORDED, TRANSLATED, OTHER]
    i, j = np.array([0, 0, 1, 0, 1, 2]), np.array([1, 2, 2, 3, 3, 3])
    assert borne_out(texts, i, j, vectors.encode).tolist() == [True, True, True, False, False, False]


def test_texts_of_few_sentences_are_left_to_their_vectors() -> None:
    def never(texts: object, told: object) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
        raise AssertionError

    assert borne_out(["One thing. Two things.", OTHER], np.array([0]), np.array([1]), never).tolist() == [True]
    assert borne_out([], np.zeros(0, np.int64), np.zeros(0, np.int64), never).tolist() == []


def test_every_sentence_counts_by_its_length_and_both_ways() -> None:
    """Three of four sentences said by the other, too: enough; one of four is not, nor is a text of which the other holds but a part."""
    first, second, third, fourth = sentences(OTHER)
    one, two = sentences(WEATHER)[:2]
    texts = [
        OTHER,
        f"{first} {second} {third} {one}",
        f"{first} {one} {two} {sentences(WEATHER)[3]}",
        " ".join([*sentences(WEATHER), *sentences(WEATHER), fourth]),
    ]
    found = borne_out(texts, np.array([0, 0, 0]), np.array([1, 2, 3]), vectors.encode)
    assert found.tolist() == [True, False, False]
    assert 0.4 < SAME < 0.46


@pytest.mark.parametrize("cut", [" ", ", "])
def test_texts_with_one_middle_are_one_text_only_where_their_sentences_say_the_same(cut: str) -> None:
    """Two texts get the same vector; as one long sentence each, that decides; as four, their sentences do."""
    whole = [text.replace(". ", f".{cut}" if cut == " " else cut) for text in (WEATHER, OTHER)]

    def encode(texts: Sequence[str], told: Callable[[float], None]) -> "np.ndarray[tuple[int, int], np.dtype[np.float32]]":
        return vectors.encode([WEATHER if text in whole else text for text in texts])

    linked = find(whole, None, encode=encode).links
    assert len(linked) == (0 if cut == " " else 1)
