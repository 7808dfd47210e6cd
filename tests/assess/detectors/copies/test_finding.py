"""Copies, found in notices of a town: word for word, nearly, reworded, translated."""

import os
import random
import subprocess
import sys
from functools import cache
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from assess.detectors.copies.notices import GROUPS, LANGUAGES, LIBRARY, LOOSE, TEXTS, WATER
from charlevoix.assess.detectors.copies.finding import ALL_PAIRS, Found, find
from charlevoix.assess.detectors.copies.neutral import SENTENCES
from charlevoix.assess.detectors.copies.normal import normal


@cache
def found() -> Found:
    return find(TEXTS, LANGUAGES)


def pairs(some: Found) -> dict[tuple[int, int], str]:
    return {(i, j): kind for i, j, kind, _ in some.pairs()}


@pytest.mark.mission("C10")
def test_each_text_that_is_told_again_is_one_cluster_and_nothing_else_is_in_one() -> None:
    clusters = [sorted(row for form in forms for row in found().rows[form]) for forms in found().clusters()]
    assert clusters == [list(range(len(LIBRARY))), list(range(len(LIBRARY), len(LIBRARY) + len(WATER)))]
    assert {LANGUAGES[row] for row in clusters[0]} == {"ar", "de", "en", "es", "fr", "ja", "ru", "zh"}
    assert all(GROUPS[i] == GROUPS[j] != "" for i, j in pairs(found()))


def test_kinds_say_what_was_changed() -> None:
    kinds = pairs(found())
    assert kinds[0, 1] == "exact"  # capitals, signs, an emoji
    assert kinds[0, 2] == "near"  # two words
    assert kinds[0, 3] == "reworded"
    assert {kinds[0, j] for j in range(4, len(LIBRARY)) if (0, j) in kinds} == {"translated"}
    assert kinds[11, 12] == kinds[11, 13] == "exact"
    languages = {kind: {LANGUAGES[i] == LANGUAGES[j] for (i, j), k in kinds.items() if k == kind} for kind in kinds.values()}
    assert languages == {"exact": {True}, "near": {True}, "reworded": {True}, "translated": {False}}


def test_most_translations_are_linked_to_each_other_without_the_original_between() -> None:
    across = [(i, j) for i, j in combinations(range(len(LIBRARY)), 2) if LANGUAGES[i] != LANGUAGES[j]]
    assert sum(p in pairs(found()) for p in across) >= 0.9 * len(across)


def test_exact_pairs_are_those_of_equal_normal_forms() -> None:
    plainly = {(i, j) for i, j in combinations(range(len(TEXTS)), 2) if normal(TEXTS[i]) == normal(TEXTS[j])}
    assert {p for p, kind in pairs(found()).items() if kind == "exact"} == plainly


def test_every_pair_stands_once_earlier_row_first_with_a_score_from_0_to_1() -> None:
    listed = [(i, j) for i, j, _, _ in found().pairs()]
    assert len(listed) == len(set(listed))
    assert all(i < j for i, j in listed)
    assert all(0.0 <= score <= 1.0 for *_, score in found().pairs())


def test_the_same_texts_give_the_same_result_twice() -> None:
    assert find(TEXTS, LANGUAGES) == found()


def test_one_thread_and_two_give_the_same_bytes_of_vectors_and_of_the_result() -> None:
    here = Path(__file__).parents[3]
    program = (
        f"import sys; sys.path.insert(0, {str(here)!r})\n"
        "from assess.detectors.copies.notices import *\n"
        "from charlevoix.assess.detectors.copies.finding import find\n"
        "from charlevoix.assess.detectors.copies.vectors import encode\n"
        "sys.stdout.buffer.write(encode(TEXTS).tobytes() + repr(list(find(TEXTS, LANGUAGES).pairs())).encode())\n"
    )

    def told(threads: int) -> bytes:
        some = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), str(threads))
        return subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, env={**os.environ, **some}).stdout

    assert told(1) == told(2)


def test_neutral_sentences_are_no_copies_of_each_other_nor_of_notices() -> None:
    neutral = [words for sentences in SENTENCES.values() for words in sentences]
    languages = [name for name, sentences in SENTENCES.items() for _ in sentences]
    assert len(neutral) == len(set(neutral))
    both = find(neutral + TEXTS, languages + LANGUAGES)
    assert all(link.one >= len(neutral) for link in both.links)


def test_without_a_column_of_languages_the_same_clusters_are_found() -> None:
    assert find(TEXTS, None).clusters() == found().clusters()
    assert pairs(find(TEXTS, None))[0, 5] == "translated"


@pytest.mark.parametrize("copies", [2, 5, 50, 500])
def test_a_group_of_word_for_word_copies_is_found_whole(copies: int) -> None:
    texts = [text for _, _, text in LOOSE] + [f"{TEXTS[0]} @reader{n} https://a.example/{n}" for n in range(copies)]
    some = find(texts, None)
    assert [len(some.rows[form]) for (form,) in some.clusters()] == [copies]
    many = copies * (copies - 1) // 2
    assert sum(1 for _ in some.pairs()) == (many if many <= ALL_PAIRS else copies - 1)


@pytest.mark.parametrize("size", [2, 5, 50, 500])
def test_a_group_of_near_copies_is_found_whole(size: int) -> None:
    rng = np.random.default_rng(size)
    words = ["bridge", "river", "school", "market", "tree", "station", "choir", "mill", "yard", "fountain"]
    texts = [text for _, _, text in LOOSE] + [f"{TEXTS[0]} {rng.choice(words)} {n}" for n in range(size)]
    some = find(texts, None)
    assert [sum(len(some.rows[form]) for form in forms) for forms in some.clusters()] == [size]


@pytest.mark.parametrize(
    ("texts", "clusters"),
    [
        ([], []),
        (["One text is alone in its table."], []),
        (["", "  ", ""], [[0]]),
        (["🚧🚧", "🎉", "🚧🚧"], [[0]]),
        (["ok", "OK!", "no", "yes"], [[0]]),
        (["a"] * 3 + ["b"], [[0]]),
    ],
)
def test_what_says_too_little_is_compared_word_for_word_only(texts: list[str], clusters: list[list[int]]) -> None:
    some = find(texts, None)
    assert not some.links
    assert some.clusters() == clusters


def test_a_text_of_a_megabyte_is_found_beside_its_near_copy() -> None:
    long = (TEXTS[0] + " " + TEXTS[11] + " ") * 4_500
    some = find([long, *(text for _, _, text in LOOSE), long[:-50] + " and that is all"], None)
    assert [link.kind for link in some.links] == ["near"]


def test_two_numbers_in_one_sentence_are_told_as_near_not_exact() -> None:
    some = find(["The bridge is closed for 3 days from Monday on", "The bridge is closed for 9 days from Monday on"], None)
    assert [link.kind for link in some.links] == ["near"]


def test_the_order_of_texts_decides_nothing() -> None:
    texts = list(TEXTS)

    def named(order: list[int]) -> set[tuple[int, int, str, float]]:
        found = find([texts[n] for n in order], None)
        counts = found.counts()
        assert sum(counts.values()) == len(list(found.pairs()))
        return {(min(order[a], order[b]), max(order[a], order[b]), kind, score) for a, b, kind, score in found.pairs()}

    first = named(list(range(len(texts))))
    assert first
    for seed in range(3):
        order = list(range(len(texts)))
        random.Random(seed).shuffle(order)
        assert named(order) == first
