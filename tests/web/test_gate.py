"""The gate: headers, hosts, form tokens, bodies, time and budgets."""

import logging
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from charlevoix.web.gate import HEADERS, Budget, Gate, form_token, host_of
from web.client import Client
from web.server import Server
from web.standin.house import Clock, Desk, house

GATE = Gate(hosts=frozenset({"a"}), secret=b"k" * 32, burst=3, per_second=1.0, remembered=5)


@pytest.mark.parametrize("path", ["/", "/nowhere", "/broken", "/sign-in", "/assets/none"])
def test_the_headers_are_on_every_answer(server: Server[Desk], path: str) -> None:
    got = Client(server).get(path).headers
    assert {name: got[name] for name in HEADERS} == dict(HEADERS)
    assert "strict-transport-security" not in got
    assert "server" not in got


def test_nothing_inline_and_nothing_from_elsewhere_is_allowed() -> None:
    policy = dict(part.strip().partition(" ")[::2] for part in HEADERS["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert set(policy.values()) == {"'none'", "'self'"}


@pytest.mark.parametrize(
    ("header", "host"),
    [
        ("node.example", "node.example"),
        ("Node.Example:8443", "node.example"),
        ("[::1]:8000", "[::1]"),
        ("[::1]", "[::1]"),
        ("", ""),
    ],
)
def test_a_host_is_read_without_its_port(header: str, host: str) -> None:
    assert host_of(header) == host


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "evil.example:80"])
def test_another_name_gets_no_page(server: Server[Desk], host: str) -> None:
    page = Client(server).get("/", host=host)
    assert page.status_code == 421
    assert "This node does not answer to that name" in page.text


def test_a_form_without_a_token_changes_nothing(server: Server[Desk]) -> None:
    ada = Client(server).sign_in("ada")
    page = ada.post("/notes/new", text="forged")
    assert page.status_code == 403
    assert "This form was not accepted" in page.text
    assert "forged" not in server.house.node.notes


def test_the_token_of_another_session_is_none(server: Server[Desk]) -> None:
    ada, other = Client(server).sign_in("ada"), Client(server).sign_in("ada")
    assert ada.post("/notes/new", other.token("/notes/new"), text="forged").status_code == 403


@pytest.mark.parametrize(
    "headers",
    [{"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}, {"origin": "https://evil.example"}],
)
def test_a_browser_that_says_the_form_came_from_elsewhere_is_believed(server: Server[Desk], headers: dict[str, str]) -> None:
    ada = Client(server).sign_in("ada")
    assert ada.post("/notes/new", ada.token("/notes/new"), headers=headers, text="forged").status_code == 403


@given(st.text(max_size=40), st.text(max_size=40))
@settings(max_examples=50, deadline=None)
def test_a_token_is_for_one_session(one: str, other: str) -> None:
    assert (form_token(b"k", one) == form_token(b"k", other)) == (one == other)


def test_a_body_over_its_limit_is_refused_whether_or_not_it_says_its_length() -> None:
    with Server(house(body=10_000)) as server:
        ada = Client(server).sign_in("ada")
        token = ada.token("/notes/new")
        assert ada.post("/notes/new", token, text="x" * 20_000).status_code == 413
        chunks = iter([b"csrf=" + token.encode() + b"&text="] + [b"x" * 1000] * 20)
        headers = {"content-type": "application/x-www-form-urlencoded"}
        assert ada.http.post("/notes/new", content=chunks, headers=headers).status_code == 413
        assert server.house.node.notes == []


def test_an_act_that_brings_a_file_may_have_a_larger_body_once_signed_in() -> None:
    with Server(house(body=1000, bodies={"note.write": 50_000})) as server:
        ada = Client(server).sign_in("ada")
        assert ada.post("/notes/new", ada.token("/notes/new"), text="x" * 20_000).status_code == 303
        assert Client(server).post("/notes/new", text="x" * 20_000).status_code == 413


def test_too_many_fields_are_no_form(server: Server[Desk]) -> None:
    ada = Client(server).sign_in("ada")
    fields = {"csrf": ada.token("/notes/new")} | {f"f{n}": "x" for n in range(1100)}
    page = ada.http.post("/notes/new", data=fields)
    assert page.status_code == 400
    assert "This form could not be read" in page.text


def test_a_page_that_takes_too_long_is_given_up() -> None:
    with Server(house(seconds=2.0)) as server:
        page = Client(server).sign_in("ada").get("/slow")
        assert page.status_code == 503
        assert "This took too long" in page.text


def test_a_budget_runs_out_and_comes_back() -> None:
    clock = Clock()
    with Server(house(clock, burst=5, per_second=1.0)) as server:
        client = Client(server)
        assert [client.get("/").status_code for _ in range(6)] == [200] * 5 + [429]
        clock.seconds = 2.0
        assert [client.get("/").status_code for _ in range(3)] == [200, 200, 429]


@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.floats(0, 3)), max_size=60))
@settings(max_examples=60, deadline=None)
def test_a_budget_never_gives_more_than_its_burst_and_its_rate_and_remembers_few(
    asked: list[tuple[str, float]],
) -> None:
    now = 0.0
    budget = Budget(replace(GATE, remembered=8), lambda: now)
    given: dict[str, int] = {}
    for whose, wait in asked:
        now += wait
        given[whose] = given.get(whose, 0) + budget.spend(whose)
        assert given[whose] <= 3 + now
        assert len(budget) <= 8


def test_a_budget_forgets_the_longest_unseen() -> None:
    budget = Budget(GATE, lambda: 0.0)
    for n in range(100):
        budget.spend(str(n))
    assert len(budget) == 5


def test_over_tls_cookies_are_bound_to_the_host() -> None:
    with Server(house(https=True)) as server:
        page = Client(server).get(server.link("ada"))
        assert page.headers["set-cookie"].startswith("__Host-charlevoix-visit=")
        assert "Secure" in page.headers["set-cookie"]
        assert page.headers["strict-transport-security"].startswith("max-age=")


def test_the_operator_gets_the_trace(server: Server[Desk], caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR, "charlevoix.web"):
        page = Client(server).sign_in("ada").get("/broken")
    assert page.headers["x-request-id"] in caplog.text
    assert "the secret of the trace" in caplog.text


def test_a_session_of_a_person_who_is_gone_is_no_session() -> None:
    with Server(house()) as server:
        ada = Client(server).sign_in("ada")
        object.__setattr__(server.house, "actor", lambda person: None)
        assert ada.get("/notes").headers["location"] == "/sign-in"


def test_a_session_ends_after_twelve_hours() -> None:
    clock = Clock()
    with Server(house(clock)) as server:
        ada = Client(server).sign_in("ada")
        clock.now += timedelta(hours=12)
        assert ada.get("/notes").headers["location"] == "/sign-in"
