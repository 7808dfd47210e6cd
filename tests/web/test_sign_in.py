"""Signing in by a link that works once."""

import threading
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from charlevoix.web.sign_in import SessionsInMemory, enter, is_good, leave, offer, recognise
from web.client import Client
from web.server import Server
from web.standin.house import NOON, Desk


def test_looking_at_a_link_does_not_use_it_up(server: Server[Desk]) -> None:
    link = server.link("ada")
    for _ in range(3):
        page = Client(server).get(link)
        assert page.status_code == 200
        assert "Sign in on this browser?" in page.text
        assert "charlevoix-session" not in page.headers.get("set-cookie", "")
    client = Client(server)
    assert client.post(link, client.token(link)).status_code == 303
    assert client.get("/notes").status_code == 200


def test_a_link_works_once(server: Server[Desk]) -> None:
    link, first, second = server.link("ada"), Client(server), Client(server)
    token = second.token(link)
    first.post(link, first.token(link))
    assert second.post(link, token).status_code == 410
    assert "This link no longer works" in second.get(link).text


def test_of_many_who_use_a_link_at_the_same_moment_one_gets_in() -> None:
    sessions = SessionsInMemory()
    token = offer(sessions, "ada", NOON)
    got: list[str | None] = []
    threads = [threading.Thread(target=lambda: got.append(enter(sessions, token, NOON))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(one is not None for one in got) == 1


def test_a_link_lives_for_ten_minutes() -> None:
    sessions = SessionsInMemory()
    token = offer(sessions, "ada", NOON)
    assert is_good(sessions, token, NOON + timedelta(minutes=9, seconds=59))
    assert enter(sessions, token, NOON + timedelta(minutes=10)) is None


def test_a_link_is_no_session_and_a_session_no_link() -> None:
    sessions = SessionsInMemory()
    link = offer(sessions, "ada", NOON)
    assert recognise(sessions, link, NOON) is None
    cookie = enter(sessions, link, NOON)
    assert cookie is not None
    assert enter(sessions, cookie, NOON) is None


@given(st.integers(0, 200), st.text(max_size=3))
@settings(max_examples=80, deadline=None)
def test_no_other_token_gets_in(at: int, instead: str) -> None:
    sessions = SessionsInMemory()
    token = offer(sessions, "ada", NOON)
    other = token[:at] + instead + token[at + 1 :]
    assert is_good(sessions, other, NOON) == (other == token)


def test_the_secret_is_not_kept() -> None:
    sessions = SessionsInMemory()
    secret = offer(sessions, "ada", NOON).partition(".")[2]
    assert secret not in repr(sessions._tickets)


def test_signing_out_ends_the_session_wherever_its_cookie_was_copied_to(server: Server[Desk]) -> None:
    ada, thief = Client(server).sign_in("ada"), Client(server)
    thief.http.cookies.update(ada.http.cookies)
    assert thief.get("/notes").status_code == 200
    assert ada.post("/sign-out", ada.token("/notes")).headers["location"] == "/sign-in"
    assert thief.get("/notes").headers["location"] == "/sign-in"


def test_signing_in_again_leaves_the_former_session_behind(server: Server[Desk]) -> None:
    ada = Client(server).sign_in("ada")
    thief = Client(server)
    thief.http.cookies.update(ada.http.cookies)
    ada.sign_in("ada")
    assert thief.get("/notes").headers["location"] == "/sign-in"


def test_the_cookie_is_out_of_reach_of_scripts(server: Server[Desk]) -> None:
    client, link = Client(server), server.link("ada")
    cookie = client.post(link, client.token(link)).headers.get_list("set-cookie")[0]
    assert cookie.startswith("charlevoix-session=")
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie


def test_leaving_twice_does_no_harm() -> None:
    sessions = SessionsInMemory()
    leave(sessions, "nobody")


@pytest.mark.parametrize("token", ["...", "a.b", "a" * 200, "é.ü"])
def test_what_was_never_a_link_is_said_to_be_spent(server: Server[Desk], token: str) -> None:
    page = Client(server).get(f"/sign-in/{token}")
    assert page.status_code == 410
    assert "This link no longer works" in page.text
