"""`charlevoix import` and what belongs to it, on a real node: the contract of `--json`, exit codes, bad files, quarantine, conflicts."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from charlevoix import house
from charlevoix.cli import charlevoix
from charlevoix.stix.identifier import observable_id

EXAMPLES = Path(__file__).parents[2] / "examples"
COUNTS = ("accepted", "repaired", "known", "conflict", "quarantined", "refused")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    house.create(tmp_path / "node", "Demo A")
    return tmp_path / "node"


def run(home: Path, *words: str, code: int = 0, stdin: bytes | None = None) -> str:
    result = CliRunner().invoke(charlevoix, ["--home", str(home), *words], input=stdin)
    assert result.exit_code == code, result.output or result.exception
    return result.output


def told(home: Path, *words: str, code: int = 0, stdin: bytes | None = None) -> Any:
    return json.loads(run(home, *words, "--json", code=code, stdin=stdin))


def domain(value: str, **more: object) -> dict[str, object]:
    return {"type": "domain-name", "spec_version": "2.1", "id": observable_id("domain-name", {"value": value}), "value": value, **more}


def location(name: str, created: str = "2024-01-01T00:00:00.000Z") -> dict[str, object]:
    ref = "location--7b9a3f0e-3f53-4c57-8d5b-0a1c2d3e4f50"
    return {"type": "location", "spec_version": "2.1", "id": ref, "created": created, "modified": created, "name": name, "country": "FR"}


def bundle(folder: Path, *objects: object, name: str = "b.json") -> str:
    text = json.dumps({"type": "bundle", "id": "bundle--7b9a3f0e-3f53-4c57-8d5b-0a1c2d3e4f51", "objects": objects})
    (folder / name).write_text(text)
    return str(folder / name)


def test_every_object_of_a_real_file_has_an_outcome_and_the_counts_add_up(home: Path) -> None:
    file = EXAMPLES / "viginum-rrn.json"
    objects = json.loads(file.read_text())["objects"]
    answer = told(home, "import", str(file), "--publisher", "VIGINUM", "--marking", "clear", "--grade", "B2")
    assert all(type(answer[name]) is int for name in COUNTS)
    assert sum(answer[name] for name in COUNTS) == len(objects) == len(answer["objects"])
    assert {o["id"] for o in answer["objects"]} == {o["id"] for o in objects}
    for one in answer["objects"]:
        assert set(one) == {"id", "outcome", "reasons", "act", "place"}
        assert all(set(r) == {"rule", "values", "says"} and r["says"] for r in one["reasons"])
        assert (one["act"] is None) == (one["outcome"] in ("quarantined", "refused"))
    relations = [o for o in objects if o["type"] == "relationship"]
    quality = answer["quality"]
    assert quality["related-to"] == sum(o["relationship_type"] == "related-to" for o in relations)
    assert quality["constant-starts"] == quality["dated"] == sum("start_time" in o for o in relations)
    assert (quality["dangling"], quality["incidents"]) == (1, 0)
    assert (answer["file"], answer["marking"], answer["publisher"]["name"]) == ("viginum-rrn.json", "clear", "VIGINUM")
    listed = told(home, "reports")["reports"]
    assert [(r["ref"], r["phase"], r["publisher_name"], r["grade"]) for r in listed] == [(answer["report"], "received", "VIGINUM", "B2")]


def test_the_same_domain_in_a_list_and_in_a_bundle_is_known_and_the_file_is_kept_as_evidence(home: Path, tmp_path: Path) -> None:
    told(home, "import", bundle(tmp_path, domain("bild.pics"), domain("leparisien.re", resolves_to_refs=None)), "--publisher", "X")
    (tmp_path / "list.csv").write_text("domain,created on\nbild[.]pics,10/03/2022\nBILD.asia,2022-03-10\n")
    answer = told(home, "import", str(tmp_path / "list.csv"), "--publisher", "X")
    assert (answer["known"], answer["accepted"]) == (1, 1)
    kept = [p.read_bytes() for p in (home / "evidence").rglob("*") if p.is_file()]
    assert (tmp_path / "list.csv").read_bytes() in kept


def test_one_publisher_is_the_same_identity_however_often_it_is_named_and_unknown_ones_are_one_source(home: Path, tmp_path: Path) -> None:
    files = [bundle(tmp_path, domain(f"{n}.example"), name=f"{n}.json") for n in "abcd"]
    named = [told(home, "import", f, "--publisher", "VIGINUM")["publisher"]["ref"] for f in files[:2]]
    unnamed = [told(home, "import", f)["publisher"]["ref"] for f in files[2:]]
    assert named[0] == named[1]
    assert unnamed[0] == unnamed[1] != named[0]


def test_a_truncated_file_gives_what_is_whole_and_one_quarantined_remainder(home: Path, tmp_path: Path) -> None:
    whole = Path(bundle(tmp_path, domain("a.example"), domain("b.example"), domain("c.example"))).read_text()
    (tmp_path / "cut.json").write_text(whole[: whole.index("c.example")])
    answer = told(home, "import", str(tmp_path / "cut.json"))
    assert (answer["accepted"], answer["quarantined"]) == (2, 1)
    (held,) = [o for o in answer["objects"] if o["outcome"] == "quarantined"]
    assert [r["rule"] for r in held["reasons"]] == ["bundle.truncated"]


@pytest.mark.parametrize(
    ("bad", "rule"),
    [
        ('{"type":"domain-name","spec_version":"2.1","id":"domain-name--1","value":"a.example"}', "stix."),
        ('{"type":"domain-name","type":"domain-name","value":"a.example"}', "json.duplicate-key"),
        ('{"type":"domain-name","value":NaN}', "json."),
        ('{"type":"domain-name","value":"\\ud800"}', "json."),
        ("[" * 300 + "]" * 300, "bundle.not-object"),
        ("17", "bundle.not-object"),
        ('{"type":"domain-name","spec_version":"2.1","id":"domain-name--7b9a3f0e-3f53-4c57-8d5b-0a1c2d3e4f51","value":7}', "stix."),
    ],
)
def test_one_bad_object_is_held_back_with_its_reason_and_the_rest_arrives(home: Path, tmp_path: Path, bad: str, rule: str) -> None:
    objects = f"{json.dumps(domain('a.example'))},{bad},{json.dumps(domain('z.example'))}"
    (tmp_path / "x.json").write_text('{"type":"bundle","id":"bundle--7b9a3f0e-3f53-4c57-8d5b-0a1c2d3e4f51","objects":[' + objects + "]}")
    answer = told(home, "import", str(tmp_path / "x.json"))
    assert (answer["accepted"], answer["quarantined"]) == (2, 1)
    (held,) = [o for o in answer["objects"] if o["outcome"] == "quarantined"]
    assert held["reasons"][0]["rule"].startswith(rule)
    assert told(home, "quarantine")["total"] == 1


def test_a_file_of_which_nothing_gets_in_ends_with_the_code_for_held_back(home: Path, tmp_path: Path) -> None:
    assert told(home, "import", bundle(tmp_path, {"type": "domain-name"}), code=4)["quarantined"] == 1
    assert told(home, "import", bundle(tmp_path), code=0)["objects"] == []


@pytest.mark.parametrize(
    ("content", "rule"),
    [(None, "import.unreadable"), (b"", "import.empty"), (b"\x89PNG\r\n\0\0", "import.not-text"), (b"\xff\xfe\x00", "import.not-text")],
)
def test_a_file_that_cannot_be_read_at_all_says_why_without_a_traceback(
    home: Path, tmp_path: Path, content: bytes | None, rule: str
) -> None:
    path = tmp_path / "file"
    if content is not None:
        path.write_bytes(content)
    done = subprocess.run(
        [sys.executable, "-c", "from charlevoix.cli import main; main()", "--home", str(home), "import", str(path), "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert json.loads(done.stdout)["error"]["rule"] == rule
    assert "Traceback" not in done.stderr


def test_a_file_beyond_the_limit_is_refused_before_it_is_read(home: Path, tmp_path: Path) -> None:
    settings = home / "settings.toml"
    settings.write_text(re.sub(r"(?m)^(file|object)_bytes = .*$", r"\1_bytes = 65536", settings.read_text()))
    (tmp_path / "large.txt").write_text("a.example\n" * 10_000)
    result = CliRunner().invoke(charlevoix, ["--home", str(home), "import", str(tmp_path / "large.txt")])
    assert "import.too-large" in str(result.exception)


def test_a_pipe_is_read_and_several_files_are_counted_together(home: Path, tmp_path: Path) -> None:
    assert told(home, "import", "-", stdin=b"a.example\nb.example\n# no\n\nnot a domain\n")["accepted"] == 2
    answer = told(
        home, "import", bundle(tmp_path, domain("a.example"), name="1.json"), bundle(tmp_path, domain("x.example"), name="2.json")
    )
    assert (answer["known"], answer["accepted"], [f["file"] for f in answer["files"]]) == (1, 1, ["1.json", "2.json"])
    answer = told(home, "import", bundle(tmp_path, domain("y.example")), str(tmp_path / "none"), code=1)
    assert (answer["accepted"], answer["files"][1]["error"]["rule"]) == (1, "import.unreadable")


def test_unmarked_objects_are_strict_unless_the_importer_signs_otherwise(home: Path, tmp_path: Path) -> None:
    assert told(home, "import", bundle(tmp_path, domain("a.example")))["marking"] == "amber+strict"
    assert "TLP:AMBER+STRICT by your word" in run(home, "import", bundle(tmp_path, domain("b.example")))


def test_who_may_not_import_is_refused_and_nothing_is_opened(home: Path, tmp_path: Path) -> None:
    run(home, "people", "--add", "Ana", "--role", "reviewer-legal")
    answer = told(home, "import", bundle(tmp_path, domain("a.example")), "--as", "Ana", code=3)
    assert "authority.role" in {r["rule"] for r in answer["refused"]}
    assert told(home, "reports")["total"] == 0


def test_other_words_under_one_id_are_shown_side_by_side_and_nothing_is_overwritten(home: Path, tmp_path: Path) -> None:
    told(home, "import", bundle(tmp_path, location("Moscow")))
    answer = told(home, "import", bundle(tmp_path, location("Moskva")))
    assert answer["conflict"] == 1
    (clash,) = told(home, "conflicts", answer["report"])["conflicts"]
    (pair,) = clash["pairs"]
    assert [d["property"] for d in pair["differs"]] == ["name"]
    assert {pair["a"]["name"], pair["b"]["name"]} == {"Moscow", "Moskva"}
    assert told(home, "conflicts", location("")["id"]).get("total") == 1  # type: ignore[arg-type]
    words = run(home, "conflicts", answer["report"])
    assert "Moscow" in words
    assert "Moskva" in words


def test_what_waits_for_its_marking_gets_in_once_the_marking_is_here(home: Path, tmp_path: Path) -> None:
    marking = {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": "marking-definition--7b9a3f0e-3f53-4c57-8d5b-0a1c2d3e4f52",
        "created": "2024-01-01T00:00:00.000Z",
        "definition_type": "statement",
        "definition": {"statement": "CC BY"},
    }
    answer = told(home, "import", bundle(tmp_path, domain("a.example", object_marking_refs=[marking["id"]])), code=4)
    assert answer["objects"][0]["reasons"][0]["rule"] == "marking.not-here"
    (held,) = told(home, "quarantine")["quarantine"]
    assert told(home, "quarantine", "--retry", str(held["id"]), code=4)["outcome"] == "quarantined"
    told(home, "import", bundle(tmp_path, marking))
    assert told(home, "quarantine", "--retry", str(held["id"]))["outcome"] == "accepted"
    assert told(home, "quarantine")["total"] == 0


def test_an_item_put_aside_no_longer_waits_and_is_on_the_record(home: Path, tmp_path: Path) -> None:
    told(home, "import", bundle(tmp_path, {"type": "domain-name"}), code=4)
    (held,) = told(home, "quarantine")["quarantine"]
    assert told(home, "quarantine", "--dismiss", str(held["id"]))["outcome"] == "dismissed"
    assert told(home, "quarantine")["total"] == 0
    result = CliRunner().invoke(charlevoix, ["--home", str(home), "quarantine", "--retry", str(held["id"])])
    assert "quarantine.unknown" in str(result.exception)


def test_what_a_file_says_is_neither_markup_nor_a_control_character_on_a_terminal(home: Path, tmp_path: Path) -> None:
    hostile = "[red]\x1b[2Jboo[/red]"
    told(home, "import", bundle(tmp_path, location("Moscow")))
    words = run(home, "import", bundle(tmp_path, location(hostile)), "--publisher", hostile, "--title", hostile)
    assert "\x1b" not in words
    assert "[red]" in words


def test_a_report_is_shown_in_words_and_as_the_objects_it_holds(home: Path, tmp_path: Path) -> None:
    answer = told(home, "import", bundle(tmp_path, domain("a.example"), location("Moscow")), "--publisher", "X", "--marking", "green")
    assert "published by X" in run(home, "show", answer["report"][:14])
    shown = told(home, "show", answer["report"])
    assert (shown["marking"], shown["outcomes"]) == ("green", {"accepted": 2})
    assert {o["type"] for o in json.loads(run(home, "show", answer["report"], "--stix"))["objects"]} >= {"domain-name", "location"}
