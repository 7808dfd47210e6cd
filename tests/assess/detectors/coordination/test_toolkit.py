"""The toolkit's networks are those of the toolkit itself (`peer`)."""

import random
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assess.detectors.coordination.peer import Edges, Message, ask, needs_peer, ours
from assess.detectors.coordination.tables import (
    GERMAN,
    GERMAN_URLS,
    RUSSIAN,
    RUSSIAN_RETWEETS,
    of_file,
    of_rows,
    rows_of,
)
from charlevoix.assess.detectors.coordination.detector import Coordination
from charlevoix.assess.detectors.coordination.shares import intern
from charlevoix.assess.detectors.coordination.similar import word_sets
from charlevoix.assess.detectors.coordination.toolkit import NETWORKS, Asked, words
from charlevoix.assess.detectors.detector import Bench
from charlevoix.assess.detectors.running import settled


@needs_peer
@pytest.mark.slow
@pytest.mark.mission("C10")
def test_co_retweet_of_the_russian_retweets_is_the_same(tmp_path: Path) -> None:
    messages: list[Message] = [
        (c, a, a, o, None, "", t, []) for a, o, c, t in rows_of(RUSSIAN, ("account_id", "object_id", "content_id", "timestamp_share"))
    ]
    (theirs,) = ask(tmp_path, [{"messages": messages, "networks": ["co_retweet"], "window": 60, "weight": 1}]).edges
    with of_file(RUSSIAN, RUSSIAN_RETWEETS, tmp_path) as relation:
        assert ours(intern(relation), relation, Asked("co_retweet", 60)) == theirs
    assert len(theirs) > 5_000


@needs_peer
@pytest.mark.slow
@pytest.mark.mission("C10")
def test_co_link_of_the_german_posts_is_the_same(tmp_path: Path) -> None:
    posts: dict[str, Message] = {}
    for a, o, c, t in rows_of(GERMAN, ("account_id", "url_id", "post_id", "timestamp")):
        posts.setdefault(c, (c, a, a, None, None, "", t, []))[7].append(o)
    job = {"messages": list(posts.values()), "networks": ["co_link"], "window": 60, "weight": 1}
    (theirs,) = ask(tmp_path, [job]).edges
    with of_file(GERMAN, GERMAN_URLS, tmp_path) as relation:
        assert ours(intern(relation), relation, Asked("co_link", 60)) == theirs
    assert len(theirs) > 1_000


@needs_peer
@pytest.mark.slow
@pytest.mark.mission("C10")
@pytest.mark.parametrize(("name", "window"), [("german", 10), ("russian", 60)])
def test_the_other_networks_of_both_tables_are_the_same(name: str, window: int, tmp_path: Path) -> None:
    """What stands in the tables as text, link and message replied to: the German posts' domains and hashtags, and the messages that the Russian ones repeat."""
    messages = german() if name == "german" else russian()
    networks = ("co_tweet", "co_link", "co_reply", "co_post")
    theirs = ask(tmp_path, [{"messages": messages, "networks": networks, "window": window, "weight": 1}]).edges
    for kind, expected in zip(networks, theirs, strict=True):
        with of_rows(as_table(messages, kind)) as relation:
            assert ours(intern(relation), relation, Asked(kind, window)) == expected, kind
        assert len(expected) > 500, kind


def german() -> list[Message]:
    posts: dict[str, tuple[str, float, list[str], list[str]]] = {}
    for place, column in ((2, "domain_id"), (3, "hashtag_id")):
        for a, o, c, t in rows_of(GERMAN, ("account_id", column, "post_id", "timestamp")):
            kept = posts.setdefault(c, (a, t, [], []))
            (kept[2] if place == 2 else kept[3]).append(o)
    return [
        (c, a, a, None, tags[0] if tags else None, " ".join(links + tags), t, sorted(set(links)))
        for c, (a, t, links, tags) in sorted(posts.items())
    ]


def russian() -> list[Message]:
    rows: dict[str, Message] = {}
    for a, o, c, t in rows_of(RUSSIAN, ("account_id", "object_id", "content_id", "timestamp_share")):
        rows.setdefault(c, (c, a, a, None, o, f"{o[:16].upper()} @{a} {o[16:]}", t, [o]))
    return list(rows.values())


TEXTS = [
    "Vote  today",
    "vote today",
    "VOTE TODAY @a",
    "@b vote today @c",
    "vote\ntomorrow",
    "Vote tomorrow",
    "@x",
    "@y\x1cz",
    "ÉLYSÉE",
    "élysée",
]

SIMILAR = {"similarity": 0.8, "words": 1}
"""The toolkit's own defaults on its command line."""


@cache
def synthetic(seed: int) -> tuple[Message, ...]:
    """Messages of a few accounts in a few minutes: replies, reposts, links, and texts that are equal but for mentions, case and blanks."""
    draw, made = random.Random(seed), []
    for number in range(700):
        account = f"u{draw.randrange(25)}"
        repost = f"m{draw.randrange(40)}" if draw.random() < 0.3 else None
        reply = f"m{draw.randrange(40)}" if draw.random() < 0.5 else None
        links = sorted({f"l{draw.randrange(30)}" for _ in range(draw.randrange(3))})
        made.append((f"p{number}", account, account, repost, reply, draw.choice(TEXTS), float(draw.randrange(3_000)), links))
    return tuple(made)


def as_table(messages: Sequence[Message], kind: str) -> list[tuple[object, ...]]:
    """The same as a table of shares: account, object, content, time; of a repost only co_retweet and co_post see anything."""
    rows: list[tuple[object, ...]] = []
    for m, a, _, repost, reply, text, t, links in messages:
        objects: Mapping[str, Sequence[str | None]] = {
            "co_retweet": [repost],
            "co_reply": [reply],
            "co_tweet": [text],
            "co_similar_tweet": [text],
            "co_link": links,
            "co_post": [None],
        }
        if repost and kind in ("co_reply", "co_tweet", "co_similar_tweet", "co_link"):
            continue
        rows += [(a, o, m, t) for o in objects[kind]]
    return rows


@needs_peer
@pytest.mark.mission("C10")
def test_the_six_networks_of_made_messages_are_the_same(tmp_path: Path) -> None:
    cases = [(seed, window, weight) for seed, window, weight in ((1, 30, 1), (2, 1, 1), (3, 120, 2), (4, 0, 1))]
    jobs = [{"messages": synthetic(s), "networks": NETWORKS, "window": window, "weight": weight, **SIMILAR} for s, window, weight in cases]
    theirs = iter(ask(tmp_path, jobs).edges)
    for seed, window, weight in cases:
        for kind in NETWORKS:
            with of_rows(as_table(synthetic(seed), kind)) as relation:
                found, expected = ours(intern(relation), relation, Asked(kind, window, weight)), next(theirs)
            assert found == expected, (seed, window, kind)
            assert window < 30 or expected, (seed, window, kind)


@needs_peer
def test_texts_and_their_words_are_equal_where_the_toolkit_takes_them_for_equal(tmp_path: Path) -> None:
    draw = random.Random(7)
    alphabet = "aB@ßÉİΣ \t\n\r\x0b\x1c\x1f\x85\xa0\u2003\u2028\u3000." + "😀"
    texts = ["".join(draw.choice(alphabet) for _ in range(draw.randrange(12))) for _ in range(5_000)]
    texts += [f"A @x{chr(c)}b{chr(c)} C" for c in (*range(0xD800), *range(0xE000, 0x3100), 0xFEFF, 0x1F600)]
    theirs = ask(tmp_path, texts=texts)
    assert tuple(words(t) for t in texts) == theirs.words
    assert tuple(word_sets(texts)) == theirs.sets


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.sampled_from("xy"), st.sampled_from("pqrs"), st.integers(0, 9).map(float)),
        min_size=1,
        max_size=20,
    )
)
def test_weights_count_messages_and_have_a_direction(rows: list[tuple[str, str, str, float]]) -> None:
    """By hand: x's messages for which y has one about the same within the window."""
    expected: Edges = {}
    for a in "abc":
        for b in "abc":
            met = {c for x, o, c, t in rows if x == a and any(y == b and p == o and abs(t - u) <= 2 for y, p, _, u in rows)}
            if met and a != b:
                expected[a, b] = len(met)
    with of_rows(rows) as relation:
        assert ours(intern(relation), relation, Asked("co_link", 2)) == expected


def test_the_mode_makes_a_layer_of_each_object_and_one_of_all_posts(tmp_path: Path) -> None:
    rows = [("a", "Vote @x", None, "1", 0.0), ("b", "vote", "l", "2", 5.0), ("c", None, "l", "3", 9.0), ("d", None, None, "4", 12.0)]
    for kind, pairs in (("co_link", {("layer-2", "b", "c")}), ("co_tweet", {("layer-1", "a", "b"), ("layer-2", "b", "c")})):
        assert {x for x in edges_of(rows, kind, tmp_path) if x[1] < x[2]} == pairs
    # every row is a post, with or without an object
    assert {x for x in edges_of(rows, "co_post", tmp_path) if x[1] < x[2]} == {
        ("co_post", "a", "b"), ("co_post", "a", "c"), ("co_post", "b", "c"), ("co_post", "b", "d"), ("co_post", "c", "d"),
    }  # fmt: skip


def edges_of(rows: Sequence[tuple[object, ...]], kind: str, folder: Path) -> set[tuple[str, str, str]]:
    with of_rows(rows, layers=2) as relation:
        parameters = settled(Coordination(), {"mode": "toolkit", "network": kind, "window": "10"})
        sheet = Coordination().run(relation, parameters, 0, Bench(str(folder))).sheets["edges"]
        found = [row for query in sheet.queries for row in relation.engine.rows(query)]
    assert len(found) == sheet.rows
    return {(layer, a, b) for a, b, layer, *_ in found}
