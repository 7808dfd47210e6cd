"""`charlevoix open` and what follows, on a real node: nothing is part of an incident but what is named, and a review needs two sources."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from charlevoix import house
from charlevoix.cli import charlevoix
from charlevoix.stix.identifier import observable_id
from stage import Stage, stage

EXAMPLES = Path(__file__).parents[2] / "examples"
OPEN = ("open", "--title", "Clones of media", "--threat", "D2.2", "--means", "covert")
TECHNIQUE: dict[str, object] = {
    "type": "attack-pattern",
    "spec_version": "2.1",
    "id": "attack-pattern--7b9a3f0e-3f53-4c57-8d5b-0a1c2d3e4f50",
    "created": "2024-01-01T00:00:00.000Z",
    "modified": "2024-01-01T00:00:00.000Z",
    "name": "Spoof/Parody Account/Site",
    "external_references": [{"source_name": "DISARM", "external_id": "T0099.002"}],
}


class Desk:
    def __init__(self, home: Path) -> None:
        self.home = home

    def run(self, *words: str, code: int = 0) -> str:
        result = CliRunner().invoke(charlevoix, ["--home", str(self.home), *words])
        assert result.exit_code == code, result.output or result.exception
        return result.output

    def told(self, *words: str, code: int = 0) -> Any:
        return json.loads(self.run(*words, "--json", code=code))

    def fails(self, *words: str) -> str:
        return str(CliRunner().invoke(charlevoix, ["--home", str(self.home), *words]).exception)

    def take_in(self, folder: Path, name: str, publisher: str, *domains: str, objects: tuple[dict[str, object], ...] = ()) -> str:
        listed = [
            {"type": "domain-name", "spec_version": "2.1", "id": observable_id("domain-name", {"value": d}), "value": d} for d in domains
        ]
        (folder / name).write_text(
            json.dumps({"type": "bundle", "id": "bundle--7b9a3f0e-3f53-4c57-8d5b-0a1c2d3e4f50", "objects": [*listed, *objects]})
        )
        return str(self.told("import", str(folder / name), "--publisher", publisher, "--marking", "clear")["report"])


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    house.create(tmp_path / "node", "Demo A")
    made = Desk(tmp_path / "node")
    made.run("people", "--add", "Ana", "--role", "reviewer-legal")
    return made


def test_only_named_domains_become_part_and_their_reports_are_its_sources(desk: Desk, tmp_path: Path) -> None:
    first = desk.take_in(tmp_path, "rrn.json", "VIGINUM", "bild.pics", "bild.asia", "change.example", objects=(TECHNIQUE,))
    told = desk.told(*OPEN, "--domain", "BILD[.]pics", "--technique", "t0099.002", "--source", first[:15], "--target", "DE")
    assert [(o["label"], o["report"]) for o in told["objects"]] == [("bild.pics", first), ("T0099.002 Spoof/Parody Account/Site", first)]
    assert [s["publisher"] for s in told["sources"]] == ["VIGINUM"]
    shown = desk.told("show", told["case"])
    assert shown["domains"] == ["bild.pics"]
    assert [(t["number"], t["status"]) for t in shown["techniques"]] == [("T0099.002", "retired")]
    assert (shown["nexus"], shown["phase"], shown["targets"]) == ("suspected", "suspected", ["DE"])
    assert len(told["completeness"]["gaps"]) == 3
    assert desk.told("show", first)["phase"] == "linked"
    words = desk.run("show", told["case"])
    assert "rests on “rrn.json”, published by VIGINUM" in words
    assert "Nobody else has it yet." in words
    bundle = json.loads(desk.run("show", told["case"], "--stix"))
    assert sorted(o["type"] for o in bundle["objects"]) == ["attack-pattern", "domain-name", "incident", "marking-definition"]


def test_the_report_of_a_domain_is_a_source_by_itself_and_what_nobody_lists_is_said(desk: Desk, tmp_path: Path) -> None:
    first = desk.take_in(tmp_path, "a.json", "X", "bild.pics")
    second = desk.take_in(tmp_path, "b.json", "Y", "bild.asia")
    told = desk.told(*OPEN, "--domain", "bild.pics", "--domain", "bild.asia")
    assert {s["report"] for s in told["sources"]} == {first, second}
    assert "incident.not-listed: nowhere.example" in desk.fails(*OPEN, "--domain", "nowhere.example")
    assert "incident.not-listed-there: bild.pics" in desk.fails(*OPEN, "--domain", "bild.pics", "--source", second)
    assert "domain.form" in desk.fails(*OPEN, "--domain", "no domain")
    assert "incident.no-technique" in desk.fails(*OPEN, "--domain", "bild.pics", "--technique", "T0001")


def test_every_obstacle_is_told_at_once_and_is_on_the_ledger(desk: Desk) -> None:
    refused = desk.told("open", "--title", "", "--threat", "D9", "--means", "covert", "--probability", "80-20", code=3)
    assert [r["rule"] for r in refused["refused"]] == [
        "incident.title",
        "incident.threats",
        "incident.probability",
        "incident.confidence",
        "incident.sources",
    ]
    assert isinstance(refused["entry"], int)
    assert desk.run(*OPEN, "--probability", "high", code=2)


@pytest.mark.mission("C02")
def test_one_publisher_is_one_source_and_whoever_opened_it_reviews_nothing(desk: Desk, tmp_path: Path) -> None:
    a = desk.take_in(tmp_path, "a.json", "VIGINUM", "bild.pics")
    b = desk.take_in(tmp_path, "b.json", "VIGINUM", "bild.pics")
    c = desk.take_in(tmp_path, "c.json", "Qurium", "bild.pics")
    case = str(desk.told(*OPEN, "--domain", "bild.pics")["case"])
    review = ("review", case, "--kind", "nexus", "--pass", "--reason", "Two sources")
    refused = desk.told(*review, "--evidence", f"{a}:VIGINUM", "--evidence", f"{b}:VIGINUM", "--as", "Ana", code=3)
    assert [r["rule"] for r in refused["refused"]] == ["nexus.publishers", "nexus.origins"]
    assert refused["refused"][0]["values"] == ["1", "VIGINUM"]
    assert isinstance(refused["entry"], int), "a refusal is a leaf of the ledger"
    assert "nexus.origins" in {r["rule"] for r in desk.told(*review, "--evidence", a, "--evidence", c, "--as", "Ana", code=3)["refused"]}
    own = desk.told(*review, "--evidence", f"{a}:VIGINUM", "--evidence", f"{c}:Qurium", code=3)["refused"]
    assert {"authority.role", "authority.same-person"} <= {r["rule"] for r in own}
    desk.told(*review, "--evidence", f"{a}:VIGINUM", "--evidence", f"{c}:Qurium", "--as", "Ana")
    shown = desk.told("show", case)
    assert (shown["nexus"], shown["reviews"][0]["passed"]) == ("reviewed", True)
    assert [(e["publisher"], e["origin"]) for e in shown["reviews"][0]["evidence"]] == [("VIGINUM", "VIGINUM"), ("Qurium", "Qurium")]


def test_a_review_that_excludes_takes_it_out_of_the_sharing(desk: Desk, tmp_path: Path) -> None:
    desk.take_in(tmp_path, "a.json", "X", "bild.pics")
    case = str(desk.told(*OPEN, "--domain", "bild.pics")["case"])
    desk.told("review", case, "--kind", "nexus", "--fail", "--reason", "A domestic parody", "--as", "Ana")
    assert desk.told("show", case)["nexus"] == "excluded"
    assert [i["ref"] for i in desk.told("incidents", "--nexus", "excluded")["incidents"]] == [case]


def test_what_nobody_suspects_is_recorded_until_somebody_does(desk: Desk, tmp_path: Path) -> None:
    desk.take_in(tmp_path, "a.json", "X", "bild.pics")
    told = desk.told(*OPEN, "--domain", "bild.pics", "--no-foreign-actor")
    assert told["kind"] == "incident.record"
    assert desk.told("show", told["case"])["nexus"] == "unstated"
    desk.told("suspect", told["case"], "--reason", "Paid from abroad")
    assert desk.told("show", told["case"])["nexus"] == "suspected"


def test_incidents_are_found_by_state_threat_and_words_and_the_empty_list_says_what_next(desk: Desk, tmp_path: Path) -> None:
    assert "charlevoix open" in desk.run("incidents")
    assert desk.told("incidents") == {"incidents": [], "total": 0, "next": None}
    desk.take_in(tmp_path, "a.json", "X", "bild.pics")
    one = desk.told(*OPEN, "--domain", "bild.pics")["case"]
    two = desk.told("open", "--title", "Threats to a candidate", "--threat", "D1.5", "--means", "coercive", "--domain", "bild.pics")["case"]
    for words, found in (
        (("--threat", "D2"), [one]),
        (("--threat", "D1.5"), [two]),
        (("--text", "candidate"), [two]),
        (("--phase", "closed"), []),
    ):
        assert [i["ref"] for i in desk.told("incidents", *words)["incidents"]] == found, words
    page = desk.told("incidents", "--limit", "1", "--sort", "title")
    rest = desk.told("incidents", "--limit", "1", "--sort", "title", "--after", page["next"])
    assert [page["incidents"][0]["ref"], rest["incidents"][0]["ref"]] == [one, two]
    desk.told("note", one, "The registrar answered.")
    desk.told("close", one, "--reason", "Seized.")
    assert [n["content"] for n in desk.told("show", one)["notes"]] == ["The registrar answered.", "Seized."]


def test_anything_is_shown_by_its_id(desk: Desk, tmp_path: Path) -> None:
    desk.take_in(tmp_path, "a.json", "X", "bild.pics")
    told = desk.told(*OPEN, "--domain", "bild.pics")
    act = desk.told("show", told["act"])
    assert (act["kind"], act["case"]) == ("incident.open", told["case"])
    shown = desk.told("show", observable_id("domain-name", {"value": "bild.pics"}))
    assert {p["kind"] for p in shown["places"]} == {"report.voucher", "incident.open"}
    assert "show.no-object" in desk.fails("show", "domain-name--7b9a3f0e-3f53-4c57-8d5b-0a1c2d3e4f50")
    assert "act.none" in desk.fails("show", "0" * 64)
    assert "case.unknown" in desk.fails("show", "incident--ffff")
    assert "show.id" in desk.fails("show", "nonsense--x")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with stage(tmp_path_factory.mktemp("assess")) as made:
        yield made


@pytest.mark.mission("C10")
def test_whoever_has_it_is_named_and_a_partner_may_be_invited(shared: Stage) -> None:
    assert [h["partner"] for h in shared.told("show", shared.incident)["who_has_it"]] == ["Demo B"]
    assert shared.told("show", shared.private)["who_has_it"] == []
    shared.told("invite", shared.private, "Demo B")
    assert shared.told("show", shared.private)["participants"] == ["Demo A", "Demo B"]
    assert [r["rule"] for r in shared.told("invite", shared.private, "Demo B", code=3)["refused"]] == ["incident.nobody-new"]


def test_a_person_at_risk_is_hidden_from_who_need_not_read_it(shared: Stage) -> None:
    rows = {i["ref"]: i for i in shared.told("incidents")["incidents"]}
    assert rows[shared.secret]["title"] == ""
    assert shared.told("show", shared.secret, code=3)["refused"][0]["rule"] == "authority.protected"
    assert shared.told("show", shared.secret, person="Duy")["title"] == "A person was threatened"


def test_channels_that_bear_the_name_of_a_listed_domain_are_proposed_and_stay_two(desk: Desk) -> None:
    desk.told("import", str(EXAMPLES / "viginum-portal-kombat.json"), "--publisher", "VIGINUM", "--marking", "clear")
    listed = desk.told("import", str(EXAMPLES / "viginum-portal-kombat-domains.csv"), "--publisher", "VIGINUM", "--marking", "clear")
    links = desk.told("links", "--report", listed["report"])
    channels = [o["name"] for o in json.loads((EXAMPLES / "viginum-portal-kombat.json").read_text())["objects"] if o["type"] == "channel"]
    rows = (EXAMPLES / "viginum-portal-kombat-domains.csv").read_text("utf-8-sig").splitlines()[1:]
    names = {r.split(",")[0].replace("[.]", ".").lower() for r in rows}
    assert {x["domain"] for x in links["links"] if x["type"] == "channel"} == names & {c.lower() for c in channels}
    assert {x["confidence"] for x in links["links"]} <= {80, 70, 50, 40}
    assert "193 proposed links" in desk.run("links", "--report", listed["report"])
