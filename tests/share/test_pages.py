"""The pages of share on a real node: as a browser gets them, and as people see them."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from charlevoix.acts.act import Place
from charlevoix.house import Station
from charlevoix.housekeeping.serving import build
from charlevoix.node import Node
from charlevoix.share import exchange, jobs
from charlevoix.share.pages import duration
from charlevoix.stix.identifier import Ref
from share.neighbours import incident, neighbours
from web.browser import Visit
from web.client import Client
from web.server import Server


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Station]]:
    with neighbours(tmp_path_factory.mktemp("nodes"), "ABC", {"B": "observer"}) as found:
        yield found


@pytest.fixture(scope="module")
def case(nodes: dict[str, Station]) -> Ref:
    a, b = nodes["A"], nodes["B"]
    case, _ = incident(a, with_=(b.node.me,), redact=("charlevoix_assessment",))
    jobs.sync(b, a.node.me)
    jobs.sync(a, b.node.me)
    return case


@pytest.fixture(scope="module")
def server(nodes: dict[str, Station]) -> Iterator[Server[Node]]:
    with Server(build(nodes["A"])) as running:
        yield running


@pytest.fixture
def analyst(server: Server[Node], nodes: dict[str, Station]) -> Client[Node]:
    return Client(server).sign_in(nodes["A"].actor().person)


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


@pytest.mark.mission("C01")
def test_the_share_table_gives_each_partner_its_answer_and_reason(analyst: Client[Node], case: Ref) -> None:
    shown = words(analyst.get(f"/share/{case}").text)
    assert "TLP:AMBER" in shown
    assert "redacted" in shown
    assert "Demo C is not on the list of those to whom this may be released. Ask the author for a wider marking." in shown
    assert "Demo B : has what it may see." in shown
    assert "Demo C : gets nothing; each cell of the table says why." in shown
    assert "one.example" in shown
    assert "accepted" in shown


def test_it_speaks_french(analyst: Client[Node], case: Ref) -> None:
    shown = words(analyst.get(f"/share/{case}?lang=fr").text)
    assert "Qui le reçoit" in shown
    assert "Demandez à l’auteur un marquage plus large." in shown


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_it_is_exported_with_its_marking(analyst: Client[Node], case: Ref, kind: str) -> None:
    exported = analyst.get(f"/share/{case}?as={kind}").text
    assert "TLP:AMBER" in exported
    assert "one.example" in exported
    assert "redact" in exported


def test_nobody_sees_it_who_is_not_signed_in(server: Server[Node], case: Ref) -> None:
    assert Client(server).get(f"/share/{case}").status_code == 303
    assert Client(server).get("/partners").status_code == 303


def test_a_case_that_is_not_here_is_a_404(analyst: Client[Node]) -> None:
    assert analyst.get("/share/incident--00000000-0000-4000-8000-000000000009").status_code == 404


def test_what_is_ticked_is_offered(analyst: Client[Node], nodes: dict[str, Station]) -> None:
    a, c = nodes["A"], nodes["C"]
    other, _ = incident(a, ("three.example",), tlp="green", releasable=False)
    path = f"/share/{other}"
    assert "may see something of this and has not got it" in words(analyst.get(path).text)
    assert analyst.post(f"{path}/offer", analyst.token(path)).status_code == 422
    assert analyst.post(f"{path}/offer", analyst.token(path), to=c.node.me).status_code == 303
    assert jobs.sync(c, a.node.me).outcomes == {"accepted": 2}
    assert "Demo C : has what it may see." in words(analyst.get(path).text)


@pytest.mark.mission("C10")
def test_a_recall_says_what_it_will_do_and_then_shows_who_is_silent(analyst: Client[Node], nodes: dict[str, Station], case: Ref) -> None:
    a, b = nodes["A"], nodes["B"]
    links = re.findall(rf'href="(/share/{case}/recall\?place=[^"]+)">Recall two\.example', analyst.get(f"/share/{case}").text)
    (path,) = links
    shown = words(analyst.get(path).text)
    assert "The partner deletes it and confirms." in shown
    assert "Demo B" in shown
    assert "Demo C" not in shown
    place, token = path.partition("=")[2], analyst.token(path)
    typed = {"csrf": token, "place": place, "from": b.node.me, "intent": "withdraw"}
    bare = analyst.http.post(f"/share/{case}/recall", data={**typed, "reason": ""})
    assert (bare.status_code, "A recall gives its reason." in bare.text) == (422, True)
    done = analyst.http.post(f"/share/{case}/recall", data={**typed, "reason": "Not part of it"})
    assert done.status_code == 303
    assert "silent" in words(analyst.get("/partners").text)
    jobs.sync(b, a.node.me)
    jobs.sync(a, b.node.me)
    shown = words(analyst.get(f"/share/{case}").text)
    assert "Not part of it" in shown
    assert "withdrawn" in shown


def test_a_place_of_another_case_is_no_place_of_this_one(analyst: Client[Node], nodes: dict[str, Station], case: Ref) -> None:
    _, act = incident(nodes["A"], ("four.example",), tlp="green", releasable=False)
    token = analyst.token("/partners")
    place = exchange.write_place(Place(act, 0))
    assert analyst.get(f"/share/{case}/recall?place={place}").status_code in (400, 422)
    assert analyst.post(f"/share/{case}/recall", token, place=place, reason="x").status_code in (400, 422)


def test_an_administrator_suspends_and_restores_a_partner(analyst: Client[Node], nodes: dict[str, Station]) -> None:
    c = nodes["C"].node.me
    assert analyst.post(f"/partners/{c}/suspend", analyst.token("/partners")).status_code == 303
    assert "suspended" in words(analyst.get("/partners").text)
    assert analyst.post(f"/partners/{c}/restore", analyst.token("/partners")).status_code == 303
    assert "suspended" not in words(analyst.get("/partners").text).replace("Who is suspended", "")


@pytest.mark.parametrize(("seconds", "said"), [(None, None), (0, "0 s"), (119, "119 s"), (120, "2 min"), (7_200, "2 h"), (172_800, "2 d")])
def test_a_duration_is_said_as_people_say_it(seconds: int | None, said: str | None) -> None:
    assert duration(seconds) == said


@pytest.mark.browser
@pytest.mark.parametrize("path", ["/share/{case}", "/partners"])
def test_axe_finds_nothing_and_the_policy_holds(
    chromium: Browser, server: Server[Node], nodes: dict[str, Station], case: Ref, path: str
) -> None:
    with Visit(chromium, server.url) as visit:
        visit.sign_in(server.link(nodes["A"].actor().person))
        visit.go(path.format(case=case))
        assert visit.axe() == []
        assert visit.wrong == []
