"""`charlevoix attribute` on real nodes: two parties, their positions, a dissent, a silence and a finding."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from stage import Stage, stage

QUOTES = Path(__file__).parents[2] / "examples" / "transcribed-positions.json"
GRADES = (
    "--grade",
    "1=very-consistent",
    "--grade",
    "2=inconsistent",
    "--grade",
    "other=neutral",
    "--reason",
    "1=X rented it",
    "--reason",
    "nothing known",
)
HOLD = ("--words", "We hold it likely.", "--technical", "One server", "--political", "A firm for hire", "--own-not-shown")


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with stage(tmp_path_factory.mktemp("attribute")) as made:
        yield made


def opened(played: Stage) -> str:
    """A new attribution that Demo A leads and Demo B takes part in."""
    words = ("--title", "Look-alike sites", "--question", "Who runs them?", "--hypothesis", "Firm X", "--hypothesis", "Firm Y")
    told = played.told("attribute", "open", played.incident, *words, "--participant", "Demo B")
    return str(told["case"])


@pytest.mark.mission("S4a")
def test_each_hypothesis_has_a_range_in_words_and_somebody_else_is_among_them(played: Stage) -> None:
    case = opened(played)
    before = played.told("attribute", "show", case)
    assert [h["name"] for h in before["hypotheses"]] == ["Firm X", "Firm Y", "Somebody else: an actor whom no other hypothesis names"]
    assert [h["range"] for h in before["hypotheses"]] == [None, None, None], "nothing is likely before there is evidence"
    played.told("attribute", "evidence", case, "--item", "Shared server", "--kind", "technical", "--admiralty", "B2", *GRADES)
    after = played.told("attribute", "show", case)
    assert [h["leads"] for h in after["hypotheses"]] == [True, False, False]
    assert after["hypotheses"][0]["words"] == "unlikely to roughly even chance (40 to 48 %)"
    assert (after["robustness"], after["confidence"]) == (1, "low")
    assert after["evidence"][0]["grades"]["1"] == {"grade": "very-consistent", "reason": "X rented it"}
    assert after["evidence"][0]["grades"]["3"] == {"grade": "neutral", "reason": "nothing known"}


def test_an_item_without_a_reason_for_each_grade_is_refused_with_every_obstacle(played: Stage) -> None:
    case = opened(played)
    refused = played.told("attribute", "evidence", case, "--item", "Billing", "--kind", "technical", "--grade", "1=consistent", code=3)
    assert [r["rule"] for r in refused["refused"]] == ["evidence.ungraded"] * 3
    assert isinstance(refused["entry"], int), "the refusal is a leaf of the ledger"


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        (("--grade", "9=consistent"), "attribution.no-such-hypothesis"),
        (("--grade", "Firm=consistent"), "attribution.no-such-hypothesis"),
        (("--grade", "1=certain"), "evidence.no-grade"),
    ],
)
def test_a_grade_that_is_none_is_told(played: Stage, words: tuple[str, ...], rule: str) -> None:
    result = played.run("attribute", "evidence", opened(played), "--item", "X", "--kind", "technical", *words)
    assert result.exit_code == 1
    assert result.exception is not None
    assert rule in str(result.exception)


@pytest.mark.mission("S4a")
def test_a_partners_position_is_dissent_in_its_own_words_and_the_room_has_two_dates(played: Stage) -> None:
    case = opened(played)
    played.told(
        "attribute", "position", case, "--hypothesis", "1", "--stance", "agree", "--range", "55-80", *HOLD, "--valid-from", "2026-01-10"
    )
    played.told("attribute", "transcribe", case, "--file", str(QUOTES), "--hypothesis", "1")
    played.pull("Demo A", "Demo B")
    theirs = ("--words", "We do not see it.", "--technical", "Shared hosting", "--political", "None", "--own-not-shown")
    played.told(
        "attribute", "position", case, "--hypothesis", "Firm X", "--stance", "disagree", "--range", "10-30", *theirs, "--valid-from", "2026-02-10",
        at="Demo B",
    )  # fmt: skip
    played.pull("Demo B", "Demo A")
    early, late = (played.told("attribute", "show", case, "--on", day) for day in ("2026-01-31", "2026-02-28"))
    assert [(p["party"], p["range"]) for p in early["positions"]] == [("Demo A", [55, 80])]
    assert (early["dissent"], early["silent"]) == ([], ["Demo B"])
    assert [(p["party"], p["wording"]) for p in late["positions"]] == [("Demo A", "We hold it likely."), ("Demo B", "We do not see it.")]
    assert (late["dissent"], late["silent"]) == (["Demo B"], [])
    assert [t["signed"] for t in late["transcribed"]] == [False]
    assert played.told("attribute", "show", case, "--on", "2023-06-12")["transcribed"] == [], "not before the day of publication"
    words = played.run("attribute", "show", case).output
    assert "Transcribed, not signed by that state" in words
    assert "“We do not see it.”" in words
    assert "dissent" in words


def test_a_quote_that_was_changed_says_nothing_at_all(played: Stage, tmp_path: Path) -> None:
    case = opened(played)
    rows = json.loads(QUOTES.read_text("utf-8"))
    changed = [*rows, {**rows[0], "quote": rows[0]["quote"].replace("russes", "norvégiens")}]
    (tmp_path / "quotes.json").write_text(json.dumps(changed), "utf-8")
    result = played.run("attribute", "transcribe", case, "--file", str(tmp_path / "quotes.json"), "--hypothesis", "1")
    assert result.exit_code == 1
    assert "transcript.hash" in str(result.exception)
    assert played.told("attribute", "show", case)["transcribed"] == [], "not even the one that was right"


@pytest.mark.parametrize("text", ["", "{", "{}", "[1]", "[" * 5_000, '[{"state": "X", "quote": 1}]'])
def test_a_file_that_is_no_list_of_quotes_is_told(played: Stage, tmp_path: Path, text: str) -> None:
    (tmp_path / "quotes.json").write_text(text)
    result = played.run("attribute", "transcribe", opened(played), "--file", str(tmp_path / "quotes.json"), "--hypothesis", "1")
    assert result.exit_code == 1
    assert "transcript." in str(result.exception)


@pytest.mark.mission("S4a")
def test_a_public_position_counts_when_a_second_person_stood_up_for_it(played: Stage) -> None:
    case = opened(played)
    played.told("attribute", "position", case, "--hypothesis", "1", "--stance", "agree", "--range", "55-80", *HOLD, "--public")
    assert [p["endorsed"] for p in played.told("attribute", "show", case)["positions"]] == [False]
    assert played.told("attribute", "endorse", case, code=3)["refused"][0]["rule"] == "authority.same-person"
    played.told("attribute", "endorse", case, person="Ben")
    assert [p["endorsed"] for p in played.told("attribute", "show", case)["positions"]] == [True]


def test_an_incident_whose_nexus_was_not_reviewed_carries_no_attribution(played: Stage) -> None:
    result = played.run("attribute", "open", "incident--0000", "--title", "X", "--question", "Y")
    assert result.exit_code == 1
    assert "case.unknown" in str(result.exception)


def test_an_attribution_of_what_concerns_a_person_at_risk_is_protected_too(played: Stage) -> None:
    words = ("--title", "Threats", "--question", "Who threatens her?")
    case = str(played.told("attribute", "open", played.secret, *words, person="Pia")["case"])
    assert played.told("attribute", "show", case, person="Duy")["title"] == "Threats"
    assert played.told("attribute", "show", case, code=3)["refused"][0]["rule"] == "authority.protected"
    assert {c["case"]: c["title"] for c in played.told("attribute", "list")["cases"]}[case] == "", "its title is not in the list either"


@pytest.mark.mission("S4a")
def test_a_finding_goes_through_a_silence_and_names_who_was_silent(played: Stage) -> None:
    case = opened(played)
    assert played.told("attribute", "silence", case, code=3)["refused"][0]["rule"] == "case.phase"
    played.told(
        "attribute",
        "draft",
        case,
        "--title",
        "Finding",
        "--text",
        "Firm X runs them.",
        "--hypothesis",
        "1",
        "--range",
        "60-80",
        "--confidence",
        "low",
    )
    asked = time.monotonic()
    played.told("attribute", "silence", case, "--due", "+1s")
    early = played.told("attribute", "close", case, code=3)["refused"]
    assert [r["rule"] for r in early] == ["attribution.early"]
    time.sleep(max(0.0, 1.1 - (time.monotonic() - asked)))
    played.told("attribute", "close", case)
    played.told("attribute", "found", case, "--method", "A grid of one item")
    told = played.told("attribute", "show", case)
    assert (told["phase"], told["outcome"]["kind"]) == ("found", "attribution.found")
    assert told["silence_kept_by"] == ["Demo B"], "silence is recorded as silence"
    played.told("attribute", "withdraw", case, "--reasons", "The server was let to others.")
    assert played.told("attribute", "show", case)["phase"] == "withdrawn"


def test_an_objection_of_a_partner_stops_the_silence(played: Stage) -> None:
    case = opened(played)
    played.told(
        "attribute",
        "draft",
        case,
        "--title",
        "Finding",
        "--text",
        "Firm X.",
        "--hypothesis",
        "1",
        "--range",
        "60-80",
        "--confidence",
        "low",
    )
    played.told("attribute", "silence", case, "--due", "+1h")
    played.pull("Demo A", "Demo B")
    played.told("attribute", "object", case, "--text", "The range is too high.", at="Demo B")
    played.pull("Demo B", "Demo A")
    told = played.told("attribute", "show", case)
    assert told["phase"] == "drafting"
    assert told["objections"] == [{"party": "Demo B", "words": "The range is too high."}]


def test_the_list_says_what_to_do_while_it_is_empty(tmp_path: Path) -> None:
    with stage(tmp_path, "Demo C") as alone:
        assert alone.told("attribute", "list", at="Demo C") == {"cases": [], "total": 0}
        assert "charlevoix attribute open INCIDENT" in alone.run("attribute", "list", at="Demo C").output


def test_a_title_that_would_take_over_the_terminal_is_only_shown(played: Stage) -> None:
    words = ("--title", "[/bold][red]\x1b[2Jgone", "--question", "[link=https://a.example]Who?")
    case = str(played.told("attribute", "open", played.incident, *words)["case"])
    for command in (("show", case), ("list",)):
        said = played.run("attribute", *command)
        assert said.exit_code == 0, said.exception
        assert "[/bold][red]\ufffd[2Jgone" in said.output
        assert "\x1b" not in said.output


def test_a_refusal_that_quotes_such_a_name_is_only_shown_too(played: Stage) -> None:
    case = opened(played)
    played.told("attribute", "hypothesis", case, "[/x] \x1b[31mFirm Z")
    said = played.run("attribute", "evidence", case, "--item", "X", "--kind", "technical")
    assert said.exit_code == 3
    assert "“[/x] \ufffd[31mFirm Z”" in said.output


def test_what_is_shown_is_in_the_readers_language(played: Stage) -> None:
    case = opened(played)
    assert "Quelqu’un d’autre" in played.run("attribute", "show", case, "--language", "fr").output


@pytest.mark.parametrize(
    "name", ["list", "open", "evidence", "position", "endorse", "transcribe", "show", "silence", "object", "close", "found", "withdraw"]
)
def test_each_command_shows_an_example(played: Stage, name: str) -> None:
    told = played.run("attribute", name, "--help")
    assert told.exit_code == 0
    assert f"charlevoix attribute {name}" in " ".join(told.output.split())
    assert "--json" in told.output
