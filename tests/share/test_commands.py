"""The commands of share, as somebody types them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from charlevoix.acts.act import Place
from charlevoix.cli import charlevoix
from charlevoix.doors.admission import case_of_two
from charlevoix.errors import Refused
from charlevoix.house import Station
from charlevoix.share.commands import fingerprint
from charlevoix.share.exchange import ExchangeCase, RecallForm, recall
from charlevoix.stix.identifier import Ref, observable_id
from share.neighbours import incident, neighbours


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Station]]:
    with neighbours(tmp_path_factory.mktemp("nodes"), "ABC", {"B": "observer"}) as found:
        yield found


@pytest.fixture(scope="module")
def case(nodes: dict[str, Station]) -> Ref:
    return incident(nodes["A"], with_=(nodes["B"].node.me,), redact=("charlevoix_assessment",))[0]


def run(at: Station, *typed: str, code: int = 0) -> Result:
    done = CliRunner().invoke(charlevoix, ["--home", str(at.home), *typed], catch_exceptions=False)
    assert done.exit_code == code, done.output
    return done


def told(at: Station, *typed: str, code: int = 0) -> Any:
    return json.loads(run(at, *typed, "--json", code=code).stdout)


@pytest.mark.mission("C01")
def test_explain_shows_objects_by_partners_with_reason_and_remedy(nodes: dict[str, Station], case: Ref) -> None:
    document = told(nodes["A"], "share", case, "--to", "Demo B", "--to", "Demo C", "--explain")
    objects = document["objects"]
    assert isinstance(objects, list)
    opening = objects[0]
    assert (opening["type"], opening["label"]) == ("incident", "Look-alike sites")
    assert opening["answers"]["Demo B"]["answer"] == "redact"
    assert opening["answers"]["Demo B"]["withheld"] == ["charlevoix_assessment"]
    (no,) = opening["answers"]["Demo C"]["reasons"]
    assert no["rule"] == "marking.releasable"
    assert no["says"] == "Demo C is not on the list of those to whom this may be released. Ask the author for a wider marking."
    assert {o["label"] for o in objects} >= {"one.example", "two.example"}


def test_explain_for_reading_is_a_table_and_the_reasons(nodes: dict[str, Station], case: Ref) -> None:
    words = run(nodes["A"], "share", case[:20], "--explain").output
    assert "one.example" in words
    assert "Demo B is on the list" in words
    assert "Demo C is not on the list" in words


def test_who_gets_nothing_is_refused_with_every_reason_on_the_ledger(nodes: dict[str, Station], case: Ref) -> None:
    document = told(nodes["A"], "share", case, "--to", "Demo C", "--yes", code=3)
    (given,) = document["given"]
    assert given["answer"] == "refused"
    assert [r["rule"] for r in given["reasons"]] == ["marking.releasable"]
    assert isinstance(given["entry"], int)


def test_nothing_is_offered_without_a_yes(nodes: dict[str, Station]) -> None:
    a = nodes["A"]
    other, _ = incident(a, ("three.example",), tlp="green", releasable=False)
    done = CliRunner().invoke(charlevoix, ["--home", str(a.home), "share", other, "--to", "Demo C"], input="n\n")
    assert done.exit_code == 1
    assert told(nodes["C"], "sync", "Demo A")["pulls"][0]["outcomes"] == {}
    (given,) = told(a, "share", other, "--to", "Demo C", "--yes")["given"]
    assert given["answer"] == "offered"
    assert told(nodes["C"], "sync", "Demo A")["pulls"][0]["outcomes"] == {"accepted": 2}
    (again,) = told(a, "share", other, "--to", "Demo C", "--yes")["given"]
    assert again["answer"] == "has it"


@pytest.mark.mission("C10")
def test_a_recall_is_silent_until_it_is_answered(nodes: dict[str, Station], case: Ref) -> None:
    a, b = nodes["A"], nodes["B"]
    run(b, "sync", "Demo A")
    ref = observable_id("domain-name", {"value": "one.example"})
    (said,) = told(a, "recall", "--object", ref, "--reason", "Not part of it")["recalls"]
    assert (said["partner"], said["intent"]) == ("Demo B", "withdraw")
    (silent,) = told(a, "recall", "--list")["recalls"]
    assert silent["silent_since"]
    assert "silent since" in run(a, "recall", "--list").output
    run(b, "sync")
    run(a, "sync", "Demo B")
    (answered,) = told(a, "recall", "--list")["recalls"]
    assert answered["silent_since"] is None
    assert [o["outcome"] for o in answered["outcomes"]] == ["withdrawn"]
    (theirs,) = told(b, "recall", "--list")["recalls"]
    assert (theirs["ours"], theirs["partner"]) == (False, "Demo A")


@pytest.mark.parametrize(
    "typed",
    [
        ("recall", "--place", "x:1", "--reason", "r"),
        ("recall", "--object", "domain-name--00000000-0000-5000-8000-000000000001", "--reason", "r"),
        ("recall", "--reason", "r"),
        ("share", "incident--ffffffff"),
        ("sync", "Nobody"),
    ],
)
def test_what_cannot_be_done_is_a_sentence(nodes: dict[str, Station], typed: tuple[str, ...]) -> None:
    done = CliRunner().invoke(charlevoix, ["--home", str(nodes["A"].home), *typed])
    assert done.exit_code == 1
    assert "Traceback" not in done.output


def test_partners_are_listed_and_suspended_and_restored(nodes: dict[str, Station]) -> None:
    a = nodes["A"]
    listed = told(a, "partners")["partners"]
    assert isinstance(listed, list)
    assert [(p["name"], p["standing"], p["own"]) for p in listed] == [
        ("Demo A", "member", True),
        ("Demo B", "observer", False),
        ("Demo C", "member", False),
    ]
    run(a, "partners", "suspend", "Demo C")
    assert "suspended" in run(a, "partners").output
    assert run(nodes["C"], "sync", "Demo A", code=1).output.count("403") == 1
    run(a, "partners", "restore", "Demo C")
    run(nodes["C"], "sync", "Demo A")


def test_a_card_goes_to_a_partner_as_a_file(nodes: dict[str, Station], tmp_path: Path) -> None:
    a, b = nodes["A"], nodes["B"]
    card = told(b, "partners", "card")
    assert card["identity"] == b.node.me
    assert card["fingerprint"] == fingerprint(str(card["root"]))
    file = tmp_path / "b.json"
    file.write_text(json.dumps(card))
    assert [r["rule"] for r in told(a, "partners", "add", str(file), "--standing", "member", code=3)["refused"]] == ["roster.twice"]
    run(a, "partners", "renew", str(file))
    file.write_text("{")
    done = CliRunner().invoke(charlevoix, ["--home", str(a.home), "partners", "add", str(file), "--standing", "member"])
    assert done.exit_code == 1


def test_a_token_is_shown_once_and_taken_back(nodes: dict[str, Station]) -> None:
    a = nodes["A"]
    made = told(a, "partners", "token", "Demo C")
    assert len(str(made["token"])) >= 43
    assert str(made["discovery"]).endswith("/taxii2/")
    assert told(a, "partners", "token", "Demo C", "--revoke")["token"] is None


def test_what_a_partner_wrote_is_neither_markup_nor_a_control_character(nodes: dict[str, Station]) -> None:
    a, b = nodes["A"], nodes["B"]
    _, act = incident(b, ("five.example",), with_=(a.node.me,))
    form = RecallForm(a.node.me, (Place(act, 0),), "correct", "[red]gone[/red] \x1b[2J")
    case = case_of_two("exchange", a.node.me, b.node.me)
    assert not isinstance(b.node.do(b.actor(), ExchangeCase(), case, recall, form), Refused)
    run(a, "sync", "Demo B")
    told_ = run(a, "recall", "--list").output
    assert "[red]gone[/red] \ufffd[2J" in told_
    assert "\x1b" not in told_


@pytest.mark.parametrize("name", ["share", "sync", "recall", "partners"])
def test_each_command_explains_itself_with_an_example(name: str) -> None:
    done = CliRunner().invoke(charlevoix, [name, "--help"])
    assert done.exit_code == 0
    assert "Example:" in done.output
