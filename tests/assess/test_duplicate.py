"""A listed domain that bears a channel's name is a proposed link, never the same thing."""

from hypothesis import given, settings
from hypothesis import strategies as st

from cases.histories import JSON
from charlevoix.assess.duplicate import propose


def channel(name: str, **more: object) -> dict[str, object]:
    return {"type": "channel", "id": f"channel--{name}", "name": name, **more}


def test_the_same_name_is_a_link_with_its_reason() -> None:
    (link,) = propose(["news-pravda.com"], [channel("news-pravda.com"), channel("other.test")])
    assert (link.ref, link.confidence) == ("channel--news-pravda.com", 80)
    assert [(r.rule, r.values) for r in link.reasons] == [("duplicate.name", ("news-pravda.com", "news-pravda.com", "channel"))]


def test_names_that_differ_in_writing_only_are_a_weaker_link() -> None:
    (link,) = propose(["piter-news[.]net"], [channel("https://www.Piter-News.net/")])
    assert (link.confidence, link.reasons[0].rule) == (70, "duplicate.name-trimmed")


def test_an_alias_is_a_weaker_link_than_a_name_and_the_stronger_one_is_kept() -> None:
    (link,) = propose(["a.test"], [channel("Pravda", aliases=["a.test"])])
    assert link.confidence == 50
    (both,) = propose(["a.test"], [channel("a.test", aliases=["a.test"])])
    assert both.confidence == 80


def test_a_page_on_a_domain_is_not_the_domain() -> None:
    assert propose(["vk.com"], [channel("vk.com/pravdaplcom")]) == ()


def test_the_same_domain_name_is_that_domain_and_no_proposal() -> None:
    assert propose(["a.test"], [{"type": "domain-name", "id": "domain-name--1", "value": "a.test", "name": "a.test"}]) == ()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=5), max_size=3), st.lists(st.dictionaries(st.sampled_from(("id", "name", "aliases")), JSON), max_size=3))
def test_any_json_is_looked_at(listed: list[str], held: list[dict[str, object]]) -> None:
    for link in propose(listed, [{**h, "type": "channel"} for h in held]):
        assert link.domain in listed
        assert 0 <= link.confidence <= 100
