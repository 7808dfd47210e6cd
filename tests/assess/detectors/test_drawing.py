"""A drawing says the same in shapes, words and a table, and the same figures give the same bytes."""

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assess.detectors.doubles import found
from charlevoix.assess.detectors.drawing import draw, marked
from charlevoix.assess.detectors.picture import Activity, Bars, Edge, Network, Node, Picture, Series
from charlevoix.errors import Reason

TITLE = Reason("coordination.picture.network")


@pytest.mark.parametrize("picture", found().pictures, ids=lambda p: type(p).__name__)
def test_the_same_figures_give_the_same_bytes_and_a_table(picture: Picture) -> None:
    one, other = draw(picture, "en"), draw(picture, "en")
    assert one == other
    assert one.rows
    assert all(len(row) == len(one.head) for row in one.rows)


EDGES = (
    Network(TITLE, (), ()),
    Network(TITLE, (Node("account 1", 0, 1.0),), ()),
    Network(TITLE, tuple(Node("<b>&", 1, 1.0) for _ in range(300)), tuple(Edge(i, (i * 7) % 300, 0.0) for i in range(300))),
    Activity(TITLE, 0.0, 60.0, ()),
    Activity(TITLE, 1e300, 1.0, (Series(TITLE, (0, 0)),)),
    Bars(TITLE, ()),
    Bars(TITLE, (("<script>", 0.0),)),
)


@pytest.mark.parametrize("picture", EDGES)
def test_what_is_empty_extreme_or_hostile_is_still_a_picture(picture: Picture) -> None:
    drawn = draw(picture, "fr")
    assert ElementTree.fromstring(drawn.markup).tag.endswith("svg")
    assert "nan" not in drawn.markup
    assert "inf" not in re.sub(r"<(title|desc)[^>]*>[^<]*", "", drawn.markup)


WORDS = st.text(alphabet=st.sampled_from("ab <>&\"'é\n م"), max_size=60)


@given(WORDS, WORDS)
@settings(max_examples=100, deadline=None)
def test_texts_beside_each_other_keep_every_word_and_no_markup(left: str, right: str) -> None:
    for text, shown in zip((left, right), marked(left, right), strict=True):
        plain = shown.replace("<mark>", "").replace("</mark>", "")
        assert "<" not in plain
        for code, sign in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&#x27;", "'"), ("&amp;", "&")):
            plain = plain.replace(code, sign)
        assert plain == text


def test_only_what_differs_is_marked() -> None:
    assert marked("the vote is over", "the vote is open") == ("the vote is <mark>over</mark>", "the vote is <mark>open</mark>")
    assert marked("eins zwei drei vier fünf", "a b c d e") == ("eins zwei drei vier fünf", "a b c d e"), "a translation is not marked whole"


def test_an_account_has_all_its_connections_or_the_head_says_that_they_are_those_drawn() -> None:
    ends = (Edge(0, 1, 1.0),)
    drawn = draw(Network(TITLE, (Node("a", 1, 1.0), Node("b", 1, 1.0)), ends, (3, 4_000)), "en")
    whole = draw(Network(TITLE, (Node("a", 1, 1.0, 1_000), Node("b", 1, 1.0, 1)), ends, (3, 4_000)), "en")
    assert (drawn.head[2], drawn.rows[0][2]) == ("Connections drawn", "1")
    assert (whole.head[2], whole.rows[0][2]) == ("Connections", "1,000")
    assert "3 points and 4,000 lines are not" in whole.note


def test_lines_of_one_activity_are_on_one_scale() -> None:
    series = (Series(TITLE, (100, 0)), Series(TITLE, (10, 0)))
    drawn = draw(Activity(TITLE, 0.0, 60.0, series), "fr")
    assert re.findall(r'<rect [^>]*height="([0-9.]+)"', drawn.markup) == ["50.00", "5.00"]
