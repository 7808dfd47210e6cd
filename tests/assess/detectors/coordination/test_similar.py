"""Similar texts: the pairs of the toolkit itself and of a plain comparison of all with all, without comparing all."""

import random
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assess.detectors.coordination.peer import Edges, Message, ask, needs_peer, ours
from assess.detectors.coordination.tables import GERMAN, RUSSIAN, of_rows, rows_of
from charlevoix.assess.detectors.coordination import similar
from charlevoix.assess.detectors.coordination.shares import intern
from charlevoix.assess.detectors.coordination.similar import word_sets
from charlevoix.assess.detectors.coordination.toolkit import Asked
from charlevoix.errors import Malformed, Misconfigured

Row = tuple[str, str, str, float]
"""Account, text, message, time."""


def plainly(rows: Sequence[Row], window: float, least: float, words: int = 1) -> Edges:
    """Every text with every other."""
    sets = list(word_sets(text for _, text, _, _ in rows))
    met: dict[tuple[str, str], set[str]] = {}
    for (a, _, m, t), one in zip(rows, sets, strict=True):
        for (b, _, _, u), other in zip(rows, sets, strict=True):
            if a != b and abs(t - u) <= window and min(len(one), len(other)) >= words and len(one & other) / len(one | other) >= least:
                met.setdefault((a, b), set()).add(m)
    return {pair: len(messages) for pair, messages in met.items()}


def found(rows: Sequence[Row], window: float, least: float, words: int = 1) -> Edges:
    with of_rows(rows) as relation:
        return ours(intern(relation), relation, Asked("co_similar_tweet", window, 1, least, words))


def messages(rows: Sequence[Row]) -> list[Message]:
    return [(m, a, a, None, None, text, t, []) for a, text, m, t in rows]


def told_again(seed: int) -> list[Row]:
    """A few sentences that accounts repeat with words left out, added and exchanged, among others that nobody repeats."""
    draw = random.Random(seed)
    vocabulary = [f"w{n}" for n in range(40)] + ["l'avenir", "投票", "t.co", "#vote", "n’est", "don't"]
    sentences = [[draw.choice(vocabulary) for _ in range(draw.randrange(1, 16))] for _ in range(12)]
    rows = []
    for number in range(600):
        words = list(draw.choice(sentences)) if draw.random() < 0.8 else [draw.choice(vocabulary) for _ in range(9)]
        for _ in range(draw.randrange(3)):
            at = draw.randrange(len(words) + 1)
            words[at : at + draw.randrange(2)] = [draw.choice(vocabulary)] * draw.randrange(2)
        text = " ".join(words) + draw.choice(["", ".", " @somebody", "!"])
        rows.append((f"u{draw.randrange(25)}", text or "w0", f"p{number}", float(draw.randrange(4_000))))
    return rows


@needs_peer
@pytest.mark.mission("C10")
def test_similar_texts_are_those_of_the_toolkit(tmp_path: Path) -> None:
    cases = [(1, 60, 0.8, 1), (2, 20, 0.5, 1), (3, 0, 0.9, 1), (4, 120, 1.0, 4), (5, 60, 1 / 3, 5), (6, 60, 0.1, 2), (7, 60, 0.6, 1)]
    jobs = [
        {"messages": messages(told_again(s)), "networks": ["co_similar_tweet"], "window": w, "weight": 1, "similarity": least, "words": n}
        for s, w, least, n in cases
    ]
    for (seed, window, least, words), theirs in zip(cases, ask(tmp_path, jobs).edges, strict=True):
        assert found(told_again(seed), window, least, words) == theirs, (seed, window, least, words)
        assert len(theirs) > 10 or not window, (seed, window, least, words)


@needs_peer
@pytest.mark.slow
@pytest.mark.mission("C10")
def test_the_german_posts_with_all_they_share_as_their_words_are_the_same(tmp_path: Path) -> None:
    posts: dict[str, tuple[str, list[str], float]] = {}
    for column in ("url_id", "hashtag_id", "domain_id", "phash_id"):
        for a, o, c, t in rows_of(GERMAN, ("account_id", column, "post_id", "timestamp")):
            posts.setdefault(c, (a, [], t))[1].append(f"{column[0]}{o}")
    same(tmp_path, [(a, " ".join(words), c, t) for c, (a, words, t) in sorted(posts.items())], 10, 0.6)


@needs_peer
@pytest.mark.slow
@pytest.mark.mission("C10")
def test_the_russian_retweets_with_a_word_left_out_here_and_there_are_the_same(tmp_path: Path) -> None:
    rows: dict[str, Row] = {}
    for a, o, c, t in rows_of(RUSSIAN, ("account_id", "object_id", "content_id", "timestamp_share")):
        words = [o[i : i + 4] for i in range(0, 32, 4)]  # of the hash that stands for the message
        left_out = int(c[:4], 16) % 9
        rows.setdefault(c, (a, " ".join(words[:left_out] + words[left_out + 1 :]), c, t))
    same(tmp_path, list(rows.values()), 60, 0.8)


def same(folder: Path, rows: Sequence[Row], window: int, least: float) -> None:
    job = {"messages": messages(rows), "networks": ["co_similar_tweet"], "window": window, "weight": 1, "similarity": least, "words": 1}
    (theirs,) = ask(folder, [job]).edges
    assert found(rows, window, least) == theirs
    assert len(theirs) > 500


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from("abc"),
            st.lists(st.sampled_from(["x", "y", "z", "u", "v", "w"]), min_size=1, max_size=8).map(" ".join),
            st.sampled_from("pqrstu"),
            st.integers(0, 9).map(float),
        ),
        min_size=1,
        max_size=14,
    ),
    st.one_of(st.sampled_from([1.0, 0.8, 0.5, 2 / 3, 1 / 3, 0.75, 0.6, 0.1]), st.floats(0.01, 1.0)),
    st.integers(1, 4),
    st.sampled_from([0.0, 1.0, 3.0]),
)
def test_no_similar_text_is_left_out_and_no_other_is_taken(rows: list[Row], least: float, words: int, window: float) -> None:
    assert found(rows, window, least, words) == plainly(rows, window, least, words)


def test_words_are_those_between_unicodes_boundaries() -> None:
    assert list(word_sets(["RT @x: Don't l'avenir t.co 投票 'a'"])) == [frozenset({"rt", "don't", "l'avenir", "t.co", "投", "票", "a"})]
    assert list(word_sets(["@somebody", ""])) == [frozenset(), frozenset()]


def test_without_the_package_that_finds_words_the_user_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "regex", None)
    with pytest.raises(Misconfigured, match=r"detect\.not-installed: regex"):
        list(word_sets(["a"]))


def test_texts_without_a_word_are_similar_to_none() -> None:
    assert found([("a", "@x", "1", 0.0), ("b", "@y", "2", 0.0), ("c", "@z", "3", 0.0)], 1, 0.8) == {}


def test_a_burst_of_different_texts_is_not_compared_with_itself() -> None:
    """Four thousand posts within a second share their commonest words and nothing rare: eight million pairs, of which none is counted word by word."""
    rows = [(f"u{n}", f"vote now rare{n} other{n} third{n}", f"p{n}", 0.0) for n in range(4_000)]
    rows += [("x", "one two three four", "q1", 0.0), ("y", "one two three four five", "q2", 1.0)]
    with of_rows(rows) as relation:
        shares = intern(relation)
        assert ours(shares, relation, Asked("co_similar_tweet", 1, 1, 0.8)) == {("x", "y"): 1, ("y", "x"): 1}
        assert shares.engine.rows("SELECT count(*) FROM perhaps_1") == [(1,)]


def test_too_many_similar_texts_are_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(similar, "MOST", 1_000)
    with pytest.raises(Malformed, match=r"coordination\.too-similar"):
        found([(f"u{n}", f"vote now together today word{n}", f"p{n}", 0.0) for n in range(100)], 1, 0.5)
    with pytest.raises(Malformed, match=r"coordination\.too-many"):
        found([(f"u{n}", "vote now", f"p{n}", 0.0) for n in range(100)], 1, 0.5)
