"""The script that derives the examples, on bundles, lists and posts made for the test."""

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st


def load() -> ModuleType:
    path = Path(__file__).parents[2] / "scripts" / "derive_examples.py"
    spec = importlib.util.spec_from_file_location("derive_examples", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


derive = load()


def thing(type_: str, n: int, **more: object) -> dict[str, object]:
    return {"type": type_, "id": f"{type_}--{n:08d}-0000-4000-8000-000000000000", **more}


def relation(n: int, source: dict[str, object], target: dict[str, object]) -> dict[str, object]:
    return thing("relationship", n, relationship_type="related-to", source_ref=source["id"], target_ref=target["id"])


DOMAIN = thing("domain-name", 1, value="a.example", x_opencti_description="Said of it.")
PERSON = thing("identity", 2, name="Somebody", identity_class="individual")
ACCOUNT = thing("user-account", 3, account_login="@somebody")
OFFICE = thing("identity", 4, name="An office", identity_class="organization", contact_information="write to us")
SITE = thing("channel", 5, name="portal.example", created_by_ref=PERSON["id"])
FEED = thing("channel", 6, name="t.example/somebody")
SENTENCE = thing("url", 7, value="URL of a copied page")
TECHNIQUE = thing(
    "attack-pattern",
    8,
    name="As the publisher says",
    x_mitre_id="T0002",
    external_references=[{"description": "Prose."}],
)
REPORT = thing("report", 9, name="A report", object_refs=[o["id"] for o in (DOMAIN, PERSON, ACCOUNT, SITE)])


def facts(*objects: dict[str, object]) -> dict[str, dict[str, object]]:
    bundle, _ = derive.bundle_facts({"type": "bundle", "id": "bundle--1", "objects": list(objects)}, {"T0002": "DISARM's name"})
    return {o["id"]: o for o in bundle["objects"]}


def test_persons_accounts_and_sentences_go_and_what_led_to_them_goes_too() -> None:
    everything = [
        DOMAIN,
        PERSON,
        ACCOUNT,
        OFFICE,
        SITE,
        FEED,
        SENTENCE,
        relation(20, DOMAIN, ACCOUNT),
        relation(21, DOMAIN, SITE),
    ]
    kept = facts(*everything)
    assert list(kept) == [DOMAIN["id"], OFFICE["id"], SITE["id"], relation(21, DOMAIN, SITE)["id"]]


def test_a_relation_that_dangled_before_still_dangles() -> None:
    assert len(facts(DOMAIN, relation(20, thing("indicator", 99), DOMAIN))) == 2


def test_what_stays_keeps_its_facts_and_loses_its_sentences() -> None:
    kept = facts(DOMAIN, OFFICE, TECHNIQUE)
    assert kept[str(DOMAIN["id"])] == {"type": "domain-name", "id": DOMAIN["id"], "value": "a.example"}
    assert "contact_information" not in kept[str(OFFICE["id"])]
    assert kept[str(TECHNIQUE["id"])]["name"] == "DISARM's name"
    assert kept[str(TECHNIQUE["id"])]["external_references"] == [{}]


def test_no_property_points_at_what_was_dropped() -> None:
    kept = facts(DOMAIN, PERSON, ACCOUNT, SITE, REPORT)
    assert "created_by_ref" not in kept[str(SITE["id"])]
    assert kept[str(REPORT["id"])]["object_refs"] == [DOMAIN["id"], SITE["id"]]
    assert str(PERSON["id"]) not in json.dumps(list(kept.values()))


def test_a_list_with_anything_but_names_and_dates_is_refused() -> None:
    assert derive.list_of_names(b"domain,created on\r\nA[.]example,01/02/2022\r\n").startswith(b"domain")
    with pytest.raises(ValueError, match="write to us"):
        derive.list_of_names(b"domain,note\nA[.]example,write to us\n")


def posts(*rows: tuple[str, int, int]) -> list[object]:
    return [derive.Post(account, url, n, at) for n, (account, url, at) in enumerate(rows)]


def test_two_posts_of_one_url_within_the_window_count_and_one_second_more_does_not() -> None:
    assert list(derive.together(posts(("a", 1, 0), ("b", 1, 60), ("c", 1, 61)), 60)) == [("a", "b"), ("b", "c")]
    assert derive.together(posts(("a", 1, 0), ("a", 1, 1), ("b", 2, 0)), 60) == {}


def test_the_strongest_group_is_the_one_that_shared_most_and_bears_new_names() -> None:
    rows = [(who, url, url * 1000 + k) for url in range(3) for k, who in enumerate(["fb_1", "fb_2", "fb_3"])]
    rows += [(who, 50 + url, url * 1000) for url in range(4) for who in ("tw_8", "tw_9")]
    members, found = derive.group_facts(posts(*rows), 60, 3)
    assert [m.account for m in members] == ["account-01", "account-02", "account-03"]
    assert found["pairs"] == [
        ("account-01", "account-02", 3),
        ("account-01", "account-03", 3),
        ("account-02", "account-03", 3),
    ]
    assert "fb_" not in json.dumps(found)


ROWS = st.lists(st.tuples(st.sampled_from("abcde"), st.integers(1, 3), st.integers(0, 200)), max_size=25)


@settings(max_examples=60, deadline=None)
@given(ROWS, st.integers(0, 80))
def test_pairs_are_those_that_comparing_everything_with_everything_finds(rows: list[tuple[str, int, int]], window: int) -> None:
    every = posts(*rows)
    slow = {
        (min(p.account, q.account), max(p.account, q.account))  # type: ignore[attr-defined]
        for p in every
        for q in every
        if p.url == q.url and p.account != q.account and abs(p.at - q.at) <= window  # type: ignore[attr-defined]
    }
    assert set(derive.together(every, window)) == slow


def test_only_rows_of_the_named_publisher_are_taken_from_a_copy() -> None:
    row = '{{ domain: "{}", matchType: "exact", reason: "r", source: "{}", reportUrl: "https://p.example/", identifiedDate: "2022-07-01" }}'
    copy = row.format("b.example", "Somebody Else") + "," + row.format("a.example", "Qurium Media Foundation")
    taken = derive.named_by_qurium(copy)
    assert taken.splitlines()[1:] == ["a.example,2022-07-01,Qurium Media Foundation,https://p.example/"]


def test_the_first_sentence_is_verbatim() -> None:
    assert derive.first_sentence("L’État a dit « oui ».\n\nEt puis. Non") == "L’État a dit « oui »."
