"""TAXII 2.1, rule by rule, against a real release log."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builders import A, B, C
from charlevoix.share.taxii import MEDIA, Reader, collection_id
from charlevoix.store import releases
from share.shelf import ACTS, NOW, STIX, Shelf, a_domain, a_note


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    made = Shelf.empty(tmp_path)
    yield made
    made.database.close()


def told(shelf: Shelf, path: str, *query: tuple[str, str]) -> dict[str, object]:
    reply = shelf.ask(path, query)
    assert reply.status == 200, reply.body
    found: dict[str, object] = json.loads(reply.body)
    return found


# --- what is there ----------------------------------------------------------------------------------------------------


def test_discovery_names_an_api_root_outside_of_taxii2(shelf: Shelf) -> None:
    assert told(shelf, "/taxii2/")["api_roots"] == ["/peers/"]
    assert told(shelf, "/taxii2/")["default"] == "/peers/"


def test_the_api_root_says_which_version_it_speaks(shelf: Shelf) -> None:
    root = told(shelf, "/peers/")
    assert root["versions"] == ["application/taxii+json;version=2.1"]
    assert root["max_content_length"] == 64 * 2**20


def test_a_collection_id_has_the_form_of_a_uuid4_and_is_the_same_each_time() -> None:
    one = collection_id(A, B, "acts")
    assert UUID(one).version == 4
    assert one == collection_id(A, B, "acts")
    assert len({one, collection_id(A, B, "stix"), collection_id(A, C, "acts"), collection_id(B, A, "acts")}) == 4


def test_a_partner_has_two_collections_in_a_stable_order(shelf: Shelf) -> None:
    found = told(shelf, "/peers/collections/")["collections"]
    assert isinstance(found, list)
    assert [(c["title"], c["can_read"], c["can_write"]) for c in found] == [("Acts", True, False), ("STIX", True, False)]


def test_who_comes_with_a_token_finds_plain_stix_only(shelf: Shelf) -> None:
    reader = Reader(B, ("stix",))
    assert shelf.ask(STIX, reader=reader).status == 200
    assert shelf.ask(ACTS, reader=reader).status == 404


def test_the_collection_of_another_partner_is_not_there(shelf: Shelf) -> None:
    shelf.put(a_domain(1))
    assert shelf.ask(f"{STIX}objects/", reader=Reader(C)).status == 404


@pytest.mark.parametrize("path", ["/taxii2", "/peers", "/peers/collections", STIX.rstrip("/"), f"{STIX}objects"])
def test_older_clients_may_leave_the_last_slash_off(shelf: Shelf, path: str) -> None:
    assert shelf.ask(path).status == 200


@pytest.mark.parametrize("path", ["/peers/nothing/", f"{STIX}nothing/", f"{STIX}objects/a/b/c/", "/peers/status/1/", "/other/"])
def test_what_is_not_there_is_a_404_with_an_error_object(shelf: Shelf, path: str) -> None:
    reply = shelf.ask(path)
    body = json.loads(reply.body)
    assert (reply.status, body["http_status"]) == (404, "404")
    assert body["title"]


@pytest.mark.parametrize(
    ("method", "path"), [("POST", f"{STIX}objects/"), ("DELETE", f"{STIX}objects/{a_domain(1)['id']}/"), ("POST", f"{ACTS}objects/")]
)
def test_nothing_is_taken_in_or_deleted(shelf: Shelf, method: str, path: str) -> None:
    assert shelf.ask(path, method=method).status == 403


# --- types -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "accept",
    [
        "",
        "*/*",
        "application/taxii+json",
        "application/taxii+json;version=2.1",
        "application/taxii+json; version=2.1",
        'application/taxii+json; version="2.1"',
        "application/json, text/plain, */*",
        "text/html;q=0.9, application/taxii+json;version=2.1;q=0.8",
    ],
)
def test_what_clients_say_they_accept_is_served(shelf: Shelf, accept: str) -> None:
    assert shelf.ask("/peers/", accept=accept).status == 200


@pytest.mark.parametrize(
    "accept", ["text/html", "application/taxii+json;version=2.0", "application/taxii+json;version=2.1;q=0", "*/*;q=0.0"]
)
def test_what_cannot_be_served_is_a_406_in_our_own_type(shelf: Shelf, accept: str) -> None:
    reply = shelf.ask("/peers/", accept=accept)
    assert (reply.status, reply.headers["content-type"]) == (406, MEDIA)


@pytest.mark.parametrize("path", ["/taxii2/", "/peers/", STIX, f"{STIX}objects/", "/peers/nothing/", "/peers/status/x/"])
def test_every_response_carries_type_and_version(shelf: Shelf, path: str) -> None:
    assert shelf.ask(path).headers["content-type"] == "application/taxii+json;version=2.1"


# --- objects ---------------------------------------------------------------------------------------------------------


def test_an_envelope_holds_the_stored_bytes_ascending_with_both_dates(shelf: Shelf) -> None:
    shelf.put(a_domain(1), a_note(2), a_domain(3))
    reply = shelf.ask(f"{STIX}objects/")
    assert json.loads(reply.body) == {"more": False, "objects": [a_domain(1), a_note(2), a_domain(3)]}
    assert reply.headers["x-taxii-date-added-first"] == "2026-03-01T09:30:00.000000Z"
    assert reply.headers["x-taxii-date-added-last"] == "2026-03-01T09:30:00.002000Z"


@pytest.mark.parametrize("what", ["objects/", "manifest/"])
def test_an_empty_page_is_an_empty_object_without_lists_and_dates(shelf: Shelf, what: str) -> None:
    reply = shelf.ask(STIX + what)
    assert (reply.status, reply.body) == (200, b"{}")
    assert set(reply.headers) == {"content-type"}


def test_dates_are_a_millisecond_apart_since_opencti_keeps_no_more(shelf: Shelf) -> None:
    shelf.put(*(a_domain(n) for n in range(5)))
    dates = [o["date_added"] for o in json.loads(shelf.ask(f"{STIX}manifest/").body)["objects"]]
    assert [re.sub(r".*\.", "", d) for d in dates] == ["000000Z", "001000Z", "002000Z", "003000Z", "004000Z"]


def test_added_after_leaves_out_the_moment_itself(shelf: Shelf) -> None:
    shelf.put(a_domain(1), a_domain(2), a_domain(3))
    assert shelf.ids(f"{STIX}objects/", added_after="2026-03-01T09:30:00.001000Z") == [a_domain(3)["id"]]


@pytest.mark.parametrize(
    "moment",
    [
        "2026-03-01T09:30:00Z",
        "2026-03-01T09:30:00.000Z",
        "2026-03-01T10:30:00+01:00",
        "2026-03-01T10:30:00 01:00",
        "2026-03-01t09:30:00.0z",
    ],
)
def test_added_after_is_taken_with_any_number_of_digits_and_with_an_offset(shelf: Shelf, moment: str) -> None:
    shelf.put(a_domain(1), a_domain(2))
    assert shelf.ids(f"{STIX}objects/", added_after=moment) == [a_domain(2)["id"]]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("limit", "0"),
        ("limit", "-1"),
        ("limit", "ten"),
        ("limit", "1e3"),
        ("limit", "٣"),
        ("added_after", "yesterday"),
        ("added_after", "2026-02-30T00:00:00Z"),
        ("added_after", "0001-01-01T00:00:00+23:00"),
        ("match[version]", "foo"),
        ("match[version]", "all,last"),
        ("match[id]", "domain-name"),
        ("match[type]", "Domain Name"),
        ("match[spec_version]", "two"),
        ("next", "abc"),
        ("next", "%%%"),
        ("next", "A" * 5000),
        ("match[id]", ",".join(f"note--00000000-0000-4000-8000-{n:012x}" for n in range(1_001))),
    ],
)
def test_a_malformed_parameter_is_a_400(shelf: Shelf, name: str, value: str) -> None:
    assert shelf.ask(f"{STIX}objects/", [(name, value)]).status == 400


@given(
    query=st.lists(
        st.tuples(
            st.sampled_from(["limit", "next", "added_after", "match[id]", "match[type]", "match[version]", "match[spec_version]", "x"]),
            st.text(max_size=60),
        ),
        max_size=6,
    )
)
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_query_breaks_it(shelf: Shelf, query: list[tuple[str, str]]) -> None:
    assert shelf.ask(f"{STIX}objects/", query).status in (200, 400)


def test_an_empty_next_says_nothing_as_misp_sends_it(shelf: Shelf) -> None:
    shelf.put(a_domain(1))
    assert shelf.ids(f"{STIX}objects/", next="") == [a_domain(1)["id"]]


def test_a_limit_is_never_exceeded_and_more_comes_with_next(shelf: Shelf) -> None:
    shelf.put(*(a_domain(n) for n in range(5)))
    shelf.page = 2
    for limit in ("2", "100", "999999999999"):
        page = told(shelf, f"{STIX}objects/", ("limit", limit))
        assert len(page["objects"]) == 2  # type: ignore[arg-type]
        assert page["more"] is True
        assert page["next"]


def test_the_last_page_has_no_next(shelf: Shelf) -> None:
    shelf.put(a_domain(1), a_domain(2))
    assert "next" not in told(shelf, f"{STIX}objects/", ("limit", "2"))


def test_a_cursor_can_be_repeated_and_goes_with_an_old_added_after(shelf: Shelf) -> None:
    shelf.put(*(a_domain(n) for n in range(4)))
    after = "2026-03-01T09:29:59.000Z"
    page = told(shelf, f"{STIX}objects/", ("limit", "2"), ("added_after", after))
    second = [told(shelf, f"{STIX}objects/", ("limit", "2"), ("added_after", after), ("next", str(page["next"]))) for _ in range(2)]
    assert second[0] == second[1] == {"more": False, "objects": [a_domain(2), a_domain(3)]}


def test_a_cursor_of_another_collection_is_a_400(shelf: Shelf) -> None:
    shelf.put(a_domain(1), a_domain(2))
    page = told(shelf, f"{STIX}objects/", ("limit", "1"))
    assert shelf.ask(f"{ACTS}objects/", [("next", str(page["next"]))]).status == 400


def test_fields_hold_together_and_commas_choose(shelf: Shelf) -> None:
    shelf.put(a_domain(1), a_note(2), a_domain(3))
    first, second = str(a_domain(1)["id"]), str(a_note(2)["id"])
    path = f"{STIX}objects/"
    assert shelf.ids(path, **{"match[id]": f"{first},{second}"}) == [first, second]
    assert shelf.ids(path, **{"match[id]": f"{first},{second}", "match[type]": "note"}) == [second]
    assert shelf.ids(path, **{"match[type]": "note,x-unheard-of"}) == [second]
    assert shelf.ids(path, **{"match[type]": "x-unheard-of"}) == []


def test_without_a_version_only_the_last_is_given(shelf: Shelf) -> None:
    shelf.put(a_note(1, 1), a_note(1, 3), a_domain(2))
    shelf.put(a_note(1, 2))
    path = f"{STIX}objects/"

    def versions(asked: str) -> list[object]:
        found = told(shelf, path, ("match[version]", asked), ("match[type]", "note")).get("objects", [])
        assert isinstance(found, list)
        return [str(o["modified"])[8:10] for o in found]

    assert versions("last") == ["03"]
    assert versions("first") == ["01"]
    assert versions("all") == ["01", "03", "02"]
    assert versions("2026-01-02T00:00:00Z") == ["02"]
    assert versions("first,last") == ["01", "03"]
    assert shelf.ids(path) == [a_note(1)["id"], a_domain(2)["id"]]


def test_what_two_acts_say_in_the_same_words_comes_once(shelf: Shelf) -> None:
    shelf.put(a_note(1), act="one")
    shelf.put(a_note(1), act="two")
    for version in ("all", "last"):
        assert shelf.ids(f"{STIX}objects/", **{"match[version]": version}) == [a_note(1)["id"]]


def test_what_one_act_takes_back_another_still_gives(shelf: Shelf) -> None:
    shelf.put(a_note(1), act="one")
    shelf.put(a_note(1), act="two")
    shelf.withdraw("one")
    assert shelf.ids(f"{STIX}objects/") == [a_note(1)["id"]]
    shelf.withdraw("two")
    assert shelf.ids(f"{STIX}objects/") == []


def test_what_no_longer_holds_is_served_no_more(shelf: Shelf) -> None:
    shelf.put(a_note(1), until=releases.stamp(NOW))
    assert shelf.ids(f"{STIX}objects/") == []


@pytest.mark.parametrize(("asked", "count"), [("2.1", 1), ("2.0", 0), ("2.0,2.1", 1)])
def test_everything_is_stix_2_1(shelf: Shelf, asked: str, count: int) -> None:
    shelf.put(a_domain(1))
    assert len(shelf.ids(f"{STIX}objects/", **{"match[spec_version]": asked})) == count


def test_an_object_by_its_id(shelf: Shelf) -> None:
    shelf.put(a_note(1, 1), a_note(1, 2))
    ref = a_note(1)["id"]
    assert told(shelf, f"{STIX}objects/{ref}/")["objects"] == [a_note(1, 2)]
    assert shelf.ids(f"{STIX}objects/{ref}/", **{"match[version]": "all"}) == [ref, ref]
    assert told(shelf, f"{STIX}objects/{ref}/versions/")["versions"] == ["2026-01-01T00:00:00.000Z", "2026-01-02T00:00:00.000Z"]
    assert shelf.ask(f"{STIX}objects/{a_note(7)['id']}/").status == 404
    assert shelf.ask(f"{STIX}objects/{a_note(7)['id']}/versions/").status == 404
    assert shelf.ask(f"{STIX}objects/nobody/").status == 400


def test_what_has_no_versions_has_its_date_added(shelf: Shelf) -> None:
    shelf.put(a_domain(1), a_note(2))
    records = told(shelf, f"{STIX}manifest/")["objects"]
    assert isinstance(records, list)
    assert records[0] == {
        "id": a_domain(1)["id"],
        "date_added": "2026-03-01T09:30:00.000000Z",
        "version": "2026-03-01T09:30:00.000000Z",
        "media_type": "application/stix+json;version=2.1",
    }
    assert records[1]["version"] == "2026-01-01T00:00:00.000Z"


@given(page=st.integers(1, 7), writes=st.lists(st.integers(0, 4), max_size=6), before=st.integers(0, 9))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.parametrize("follows_next", [True, False])
def test_any_page_size_and_writes_between_give_each_object_once(
    tmp_path_factory: pytest.TempPathFactory, follows_next: bool, page: int, writes: list[int], before: int
) -> None:
    shelf = Shelf.empty(tmp_path_factory.mktemp("log"))
    shelf.put(*(a_domain(n) for n in range(before)))
    got, last, next_ = list[str](), "", ""
    for turn in range(100):  # far more than there are pages
        asked = {"limit": str(page), "match[version]": "all", "added_after": last, "next": next_}
        reply = shelf.ask(f"{STIX}objects/", asked.items())
        body = json.loads(reply.body)
        got += [o["id"] for o in body.get("objects", [])]
        next_ = body.get("next", "") if follows_next else ""
        if not next_:  # while it follows `next` it repeats the old `added_after`, as OpenCTI does
            last = reply.headers.get("x-taxii-date-added-last", last)
        if turn < len(writes):
            shelf.put(*(a_domain(shelf.count + n) for n in range(writes[turn])))
        elif not body:
            break
    assert got == [a_domain(n)["id"] for n in range(shelf.count)]
    shelf.database.close()
