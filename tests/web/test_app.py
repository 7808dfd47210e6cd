"""Pages over HTTP: deny by default, every route for every role, and a no that keeps what was typed."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from charlevoix.errors import Answer
from charlevoix.languages.catalogue import Language, catalogue
from charlevoix.page import Fields
from charlevoix.web import app, reply
from charlevoix.web.app import OPEN, Entry, create_app
from charlevoix.web.reply import go
from web.client import Client
from web.server import Server
from web.standin.house import PEOPLE, ROOM, Desk, Door, Room, house, may


@pytest.fixture
def ada(server: Server[Desk]) -> Iterator[Client[Desk]]:
    client = Client(server).sign_in("ada")
    yield client
    client.http.close()


@pytest.mark.mission("C01")
@pytest.mark.parametrize("person", [None, *PEOPLE])
def test_every_route_opens_for_the_roles_its_act_names_and_for_nobody_else(server: Server[Desk], person: str | None) -> None:
    client = Client(server) if person is None else Client(server).sign_in(person)
    who = PEOPLE[person] if person else None
    answers = {}
    for door in ROOM.pages:
        method, _, path = door.path.rpartition(" ")
        allowed = may(who, door.act).answer is Answer.YES
        response = client.post(path) if method else client.get(path)
        stopped = "You may not do this" in response.text or "Sign in first" in response.text
        answers[door.path] = allowed == (not stopped and response.headers.get("location") != "/sign-in")
    assert answers == {door.path: True for door in ROOM.pages}


def test_only_sign_in_and_sign_out_are_open_without_asking_may() -> None:
    open_routes = {
        (route.path, method)
        for route in create_app(house()).routes
        if isinstance(route, Route) and isinstance(route.endpoint, Entry) and route.endpoint.act == OPEN
        for method in set(route.methods or ()) - {"HEAD"}
    }
    assert open_routes == {
        ("/sign-in", "GET"),
        ("/sign-in/{token}", "GET"),
        ("/sign-in/{token}", "POST"),
        ("/sign-out", "POST"),
    }


@pytest.mark.parametrize(("path", "act"), [("/x", ""), ("/x", OPEN), ("PUT /x", "a"), ("x", "a")])
def test_a_door_without_an_act_or_with_another_method_stops_the_start(path: str, act: str) -> None:
    with pytest.raises(ValueError, match="a door is"):
        create_app(replace(house(), rooms=(Room("standin", (Door(path, act, "web.standin.pages:notes"),)),)))


def test_the_navigation_shows_what_one_may_open(server: Server[Desk], ada: Client[Desk]) -> None:
    assert 'href="/notes"' not in Client(server).get("/notes/new").text
    page = ada.get("/notes").text
    assert '<a class="govuk-service-navigation__link" href="/notes" aria-current="page">' in page
    assert "Nobody&#39;s" not in page


def test_a_form_writes_and_leads_on(ada: Client[Desk]) -> None:
    done = ada.post("/notes/new", ada.token("/notes/new"), text="<b>one</b> & two")
    assert (done.status_code, done.headers["location"]) == (303, "/notes")
    assert "<li>&lt;b&gt;one&lt;/b&gt; &amp; two</li>" in ada.get("/notes").text


def test_a_form_with_an_error_comes_back_with_what_was_typed(ada: Client[Desk]) -> None:
    page = ada.post("/notes/new", ada.token("/notes/new"), why="because")
    assert page.status_code == 422
    assert '<a href="#text">Write a sentence.</a>' in page.text
    assert 'value="because"' in page.text


def test_a_fault_of_ours_shows_no_trace_and_keeps_what_was_typed(ada: Client[Desk]) -> None:
    page = ada.post("/broken", ada.token("/notes/new"), text="three hours of work", password="hush")
    assert page.status_code == 500
    assert "Something went wrong on our side" in page.text
    assert "three hours of work" in page.text
    assert page.headers["x-request-id"] in page.text
    for secret in ("hush", "Traceback", "RuntimeError", "the secret of the trace"):
        assert secret not in page.text


def test_a_lost_session_keeps_what_was_typed(server: Server[Desk]) -> None:
    page = Client(server).post("/notes/new", text="written before the session ended")
    assert page.status_code == 403
    assert "Sign in first" in page.text
    assert "written before the session ended" in page.text


@pytest.mark.parametrize(
    ("language", "says"),
    [("en", "There is no such page"), ("fr", "Cette page n’existe pas"), ("ja", "There is no such page")],
)
def test_errors_speak_the_browsers_language(server: Server[Desk], language: str, says: str) -> None:
    page = Client(server).get("/nowhere", **{"accept-language": f"{language},de;q=0.5"})
    assert page.status_code == 404
    assert says in page.text.replace("&#39;", "’")


def test_the_language_once_chosen_stays(ada: Client[Desk]) -> None:
    ada.get("/notes?lang=fr")
    assert '<html lang="fr"' in ada.get("/notes").text
    assert '<html lang="en"' in ada.get("/notes?lang=en").text


def test_our_own_errors_have_their_status_and_reason(ada: Client[Desk]) -> None:
    page = ada.get("/unknown")
    assert page.status_code == 404
    assert "This can&#39;t be done" in page.text


def test_a_download_is_saved_and_never_shown(ada: Client[Desk]) -> None:
    token = ada.token("/notes/new")
    files = {"file": ('évil".html', b"<script>1</script>", "text/html")}
    got = ada.http.post("/notes/file", data={"csrf": token}, files=files)
    assert got.content == b"<script>1</script>"
    assert got.headers["content-disposition"].startswith("attachment; filename*=UTF-8''%C3%A9vil")
    assert got.headers["content-security-policy"] == "default-src 'none'; sandbox"


def test_a_list_as_a_file_carries_its_marking_and_no_formula(server: Server[Desk]) -> None:
    lines = Client(server).get("/?as=csv").text.splitlines()
    assert lines[0] == '"TLP:AMBER, releasable to Demo A, Demo B"'
    assert lines[1] == "name,state,seen,evidence,to-b"
    assert lines[2] == "news-site.example,listed,2026-11-20T09:30:00Z,1204,yes"
    assert lines[4].startswith("'=cmd()")
    rows = Client(server).get("/?as=json").json()
    assert rows["marking"] == "TLP:AMBER, releasable to Demo A, Demo B"
    assert rows["rows"][1]["seen"] is None
    assert Client(server).get("/?as=xls").status_code == 422


def test_sorting_keeps_the_other_words_of_the_query(server: Server[Desk]) -> None:
    page = Client(server).get("/?q=news&sort=name&after=c&lang=en").text
    assert 'href="/?q=news&amp;sort=-name"' in page
    assert 'aria-sort="ascending"' in page


@pytest.mark.parametrize("path", ["//elsewhere.example", "https://elsewhere.example", "/\\elsewhere.example", "/a\r\nb", ""])
def test_a_redirect_leads_nowhere_else(path: str) -> None:
    with pytest.raises(ValueError, match="path of this house"):
        go(path)


def test_a_redirect_of_a_room_to_elsewhere_is_a_fault_of_ours(ada: Client[Desk]) -> None:
    assert ada.get("/away").status_code == 500


def test_assets_may_be_kept_for_ever_and_pages_not_at_all(server: Server[Desk]) -> None:
    page = Client(server).get("/")
    assert page.headers["cache-control"] == "no-store"
    style = page.text.split('rel="stylesheet" href="')[1].split('"')[0]
    assert "immutable" in Client(server).get(style).headers["cache-control"]


def test_a_page_without_a_form_sets_no_cookie(server: Server[Desk]) -> None:
    assert "set-cookie" not in Client(server).get("/sign-in").headers


def test_a_day_is_read_from_three_boxes() -> None:
    assert str(Fields({"d-day": ("24",), "d-month": ("11",), "d-year": ("2026",)}).day("d")) == "2026-11-24"
    assert Fields().day("d") is None


def test_an_interface_for_programs_stands_behind_the_same_gate() -> None:
    async def machine(scope: Scope, receive: Receive, send: Send) -> None:
        await PlainTextResponse(f"at {scope['path']}")(scope, receive, send)

    with Server(replace(house(), machines={"/taxii2": machine})) as server:
        got = Client(server).get("/taxii2/")
        assert got.text == "at /taxii2/"
        assert got.headers["x-content-type-options"] == "nosniff"
        assert Client(server).get("/taxii2/", host="evil.example").status_code == 421


def test_an_answer_that_breaks_half_way_is_not_ended_as_if_it_were_whole() -> None:
    async def machine(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"100")]})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        raise RuntimeError("half way")

    with Server(replace(house(), machines={"/half": machine})) as server, pytest.raises(httpx2.RemoteProtocolError):
        Client(server).get("/half/")


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_no_of_the_web_has_its_sentence_and_its_advice(language: Language) -> None:
    source = "".join(Path(module.__file__ or "").read_text("utf-8") for module in (app, reply))
    keys = set(re.findall(r'Stop\([^)]*?"(web\.[a-z-]+)"', source)) | set(re.findall(r'\d{3}: "(web\.[a-z-]+)"', source))
    assert len(keys) >= 8
    assert {key for key in keys for one in (key, f"{key}-advice") if one not in catalogue(language)} == set()
