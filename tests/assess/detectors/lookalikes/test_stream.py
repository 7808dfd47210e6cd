"""The command over streams: a golden file, both languages, what is refused, and how a stream ends."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from stix2validator import ValidationOptions, validate_string  # type: ignore[import-untyped, unused-ignore]

from charlevoix import house
from charlevoix.assess.detectors.lookalikes import hosts, watchlist
from charlevoix.assess.detectors.lookalikes.features import Finder
from charlevoix.cli import charlevoix
from charlevoix.errors import Malformed
from charlevoix.node import Query

GOLDEN = Path(__file__).parent / "golden"
PROGRAM = [
    sys.executable,
    "-c",
    "from charlevoix.cli import main; main()",
    "detect",
    "lookalikes",
    "--watchlist",
    str(GOLDEN / "watchlist.csv"),
]


def _run(*args: str, text: str = "", before: tuple[str, ...] = ()) -> str:
    ran = CliRunner().invoke(charlevoix, [*before, "detect", *args], input=text, catch_exceptions=False)
    assert ran.exit_code == 0, ran.output
    return ran.stdout


def _golden(out: Path, *more: str) -> str:
    return _run(
        "lookalikes",
        "--watchlist",
        str(GOLDEN / "watchlist.csv"),
        "--hosts",
        str(GOLDEN / "hosts.txt"),
        "--jsonl",
        str(out),
        "--json",
        *more,
    )


def test_the_hits_of_a_small_list_are_the_bytes_of_the_golden_file(tmp_path: Path) -> None:
    told = json.loads(_golden(tmp_path / "hits.jsonl"))
    assert (tmp_path / "hits.jsonl").read_bytes() == (GOLDEN / "hits.jsonl").read_bytes()
    assert told["result"]["notes"][0]["values"] == ["1", "28", "28"]
    first = json.loads((GOLDEN / "hits.jsonl").read_text("utf-8").splitlines()[0])
    assert set(first) == {"domain", "unicode", "target", "score", "tier", "features"}


def test_the_same_hits_are_explained_in_french(tmp_path: Path) -> None:
    told = json.loads(_golden(tmp_path / "hits.jsonl", "--language", "fr"))
    french = [json.loads(line) for line in (tmp_path / "hits.jsonl").read_text("utf-8").splitlines()]
    english = [json.loads(line) for line in (GOLDEN / "hits.jsonl").read_text("utf-8").splitlines()]
    assert [(h["domain"], h["score"]) for h in french] == [(h["domain"], h["score"]) for h in english]
    assert french[0]["features"][0]["explained"] == "« spiegel » est exactement le nom de spiegel.de."
    assert "à un nom surveillé" in json.dumps(told, ensure_ascii=False)


def test_hits_on_the_terminal_are_json_lines_and_nothing_else() -> None:
    args = ["--watchlist", str(GOLDEN / "watchlist.csv"), "--hosts", str(GOLDEN / "hosts.txt")]
    assert _run("lookalikes", *args, "--jsonl", "-") == (GOLDEN / "hits.jsonl").read_text("utf-8")


def test_the_same_table_through_the_common_interface_gives_the_same_hits(tmp_path: Path) -> None:
    hosts = [h for h in (GOLDEN / "hosts.txt").read_text("utf-8").splitlines() if h[0] != "#"]
    (tmp_path / "t.csv").write_text("n,host\n" + "".join(f"{i},{h}\n" for i, h in enumerate(hosts)), "utf-8")
    listed = (GOLDEN / "watchlist.csv").read_text("utf-8")
    golden = {(h["domain"], h["score"]) for h in map(json.loads, (GOLDEN / "hits.jsonl").read_text("utf-8").splitlines())}
    for value in (f"@{GOLDEN / 'watchlist.csv'}", str(GOLDEN / "watchlist.csv"), listed):
        told = json.loads(
            _run("run", "lookalikes", str(tmp_path / "t.csv"), "--column", "domain=host", "--set", f"watchlist={value}", "--json")
        )
        assert {(h["name"], round(h["score"] * 100)) for h in told["result"]["hits"]} == golden
        assert any(n["rule"] == "lookalikes.unusable" for n in told["result"]["notes"])


def test_what_has_no_meaning_for_a_stream_is_refused(tmp_path: Path) -> None:
    args = ["detect", "lookalikes", "--watchlist", str(GOLDEN / "watchlist.csv"), "--hosts", str(GOLDEN / "hosts.txt")]
    with pytest.raises(Malformed, match=r"lookalikes\.engine"):
        CliRunner().invoke(charlevoix, [*args, "--engine", "spark://127.0.0.1:7077"], catch_exceptions=False)
    for option in ("--skip-bad-rows", "--time-unit=ms", "--time-zone=UTC"):
        assert "No such option" in CliRunner().invoke(charlevoix, [*args, option]).output
    (tmp_path / "t.csv").write_text("host\nspiegel.lol\n")
    by_name = ["detect", "run", "lookalikes", str(tmp_path / "t.csv"), "--column", "domain=host", "--set"]
    with pytest.raises(Malformed, match="list-a-path"):
        CliRunner().invoke(charlevoix, [*by_name, "watchlist=missing.csv"], catch_exceptions=False)


@pytest.mark.mission("D2.3")
def test_the_bundle_passes_the_validator_and_its_fixed_objects_are_equal_each_time(tmp_path: Path) -> None:
    fixed = []
    for name in ("one.json", "two.json"):
        _golden(tmp_path / "h.jsonl", "--stix", str(tmp_path / name))
        text = (tmp_path / name).read_text("utf-8")
        assert validate_string(text, ValidationOptions(version="2.1")).is_valid
        objects = json.loads(text)["objects"]
        assert not {"incident", "threat-actor", "intrusion-set"} & {o["type"] for o in objects}
        fixed.append([o for o in objects if o["type"] in ("identity", "attack-pattern", "domain-name")])
        numbers = [r["external_id"] for o in objects if o["type"] == "attack-pattern" for r in o["external_references"]]
        assert numbers == ["T1583.001", "T0149.003"]
        seen = next(o for o in objects if o["type"] == "observed-data")
        assert seen["first_observed"] <= seen["last_observed"] <= seen["created"]
    assert fixed[0] == fixed[1]


def test_a_proposal_lies_in_triage_and_is_no_incident(tmp_path: Path) -> None:
    house.create(tmp_path / "node", "Demo A")
    args = ["lookalikes", "--watchlist", str(GOLDEN / "watchlist.csv"), "--propose", "--json"]
    told = json.loads(_run(*args, text="spiegel.lol\n", before=("--home", str(tmp_path / "node"))))
    assert str(told["proposed"]).startswith("report--")
    with house.opened(tmp_path / "node") as station:
        assert station.node.find(station.actor(), Query("report")).total == 1
        assert station.node.find(station.actor(), Query("incident")).total == 0


def test_ctrl_c_ends_a_stream_and_what_was_found_is_kept_and_told(tmp_path: Path) -> None:
    out = tmp_path / "hits.jsonl"
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen([*PROGRAM, "--jsonl", str(out), "--json"], **pipes) as running:  # type: ignore[call-overload]
        assert running.stdin
        assert running.stdout
        running.stdin.write(b"example.org\nspiegel.lol\n")
        running.stdin.flush()
        until = time.monotonic() + 30
        while not (out.exists() and out.read_bytes().endswith(b"\n")) and time.monotonic() < until:
            time.sleep(0.02)
        running.send_signal(signal.SIGINT)
        told = json.loads(running.stdout.read())
        assert running.wait(30) == 0
    assert json.loads(out.read_text("utf-8"))["domain"] == "spiegel.lol"
    assert told["result"]["headline"]["values"] == ["1", "2", "1"]


def test_a_reader_who_goes_ends_the_stream_without_a_traceback_and_files_are_written(tmp_path: Path) -> None:
    given, taken = os.pipe()
    bundle = tmp_path / "b.json"
    with subprocess.Popen(
        [*PROGRAM, "--jsonl", "-", "--stix", str(bundle)], stdin=subprocess.PIPE, stdout=taken, stderr=subprocess.PIPE
    ) as running:
        os.close(taken)
        assert running.stdin
        assert running.stderr
        running.stdin.write(b"spiegel.lol\n")
        running.stdin.flush()
        assert json.loads(os.read(given, 10_000))["domain"] == "spiegel.lol"
        os.close(given)
        running.stdin.write(b"spiegel.pics\nexample.org\n")
        running.stdin.close()
        said = running.stderr.read().decode()
        assert running.wait(30) == 1
    assert "Traceback" not in said
    assert {o["value"] for o in json.loads(bundle.read_text("utf-8"))["objects"] if o["type"] == "domain-name"} == {
        "spiegel.lol",
        "spiegel.pics",
    }


ANY_LABEL = st.one_of(
    st.text(max_size=12),
    st.text(st.characters(categories=("Cc", "Cf", "Co", "Cs", "Zl", "L", "Nd")), max_size=6).map(
        lambda text: "xn--" + f"spi{text}egel".encode("punycode", "surrogatepass").decode()
    ),
    st.text("abklmsp0123456789-", max_size=10).map(lambda text: "xn--spiegel-" + text),
    st.sampled_from(["spiegel", "www-spiegel", "spıegel", "\u202espiegel", "spie\x00gel", "spiegel\ud800"]),
)
ANY_LINE = st.one_of(
    st.lists(ANY_LABEL, min_size=1, max_size=3).map(lambda labels: ".".join([*labels, "com"]).encode("utf-8", "surrogatepass")),
    st.lists(ANY_LABEL, min_size=1, max_size=3).map(lambda labels: json.dumps({"dns_names": [f"{x}.com" for x in labels]}).encode()),
    st.binary(max_size=40),
)


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(lines=[b"xn--spiegel-bk47a.com", b"xn--spiegel-676c.com"])
@given(lines=st.lists(ANY_LINE, max_size=12))
def test_no_line_ends_a_stream_and_nothing_that_turns_text_gets_out(tmp_path: Path, lines: list[bytes]) -> None:
    one_each = [line.replace(b"\n", b" ").replace(b"\r", b" ") for line in lines if not line.startswith((b"\xff\xfe", b"\xfe\xff"))]
    jsonl, page, bundle = tmp_path / "h.jsonl", tmp_path / "h.html", tmp_path / "h.json"
    args = ["--watchlist", str(GOLDEN / "watchlist.csv"), "--jsonl", str(jsonl), "--html", str(page), "--stix", str(bundle), "--json"]
    ran = CliRunner().invoke(
        charlevoix, ["detect", "lookalikes", *args], input=b"\n".join([*one_each, b"spiegel.lol\n"]), catch_exceptions=False
    )
    assert ran.exit_code == 0, ran.output
    hits = [json.loads(line) for line in jsonl.read_text("utf-8").split("\n")[:-1]]
    assert "spiegel.lol" in [h["domain"] for h in hits], "the last line was read"
    assert not [n for n in json.loads(ran.stdout)["result"]["notes"] if n["rule"] == "lookalikes.failed"]
    assert json.loads(bundle.read_text("utf-8"))["type"] == "bundle"
    for out in (jsonl, page, bundle):
        assert all(c.isprintable() or c in "\n\t" for c in out.read_text("utf-8")), out.name


def test_a_failure_of_ours_at_one_name_costs_that_name_and_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    likenesses, read = Finder.likenesses, watchlist.domain_name

    def broken(finder: Finder, host: str) -> object:
        if "broken" in host:
            raise IndexError
        return likenesses(finder, host)

    def unread(written: str) -> str:
        if "unread" in written:
            raise KeyError
        return read(written)

    monkeypatch.setattr(Finder, "likenesses", broken)
    monkeypatch.setattr(hosts, "domain_name", unread)
    lines = "broken.example\n*.unread.example\nspiegel.lol\n"
    (tmp_path / "t.csv").write_text("host\nbroken.example\nspiegel.lol\n")
    watched = str(GOLDEN / "watchlist.csv")
    told = json.loads(_run("lookalikes", "--watchlist", watched, "--json", text=lines))["result"]
    assert [h["name"] for h in told["hits"]] == ["spiegel.lol"]
    assert told["notes"][0]["values"] == ["2", "1: “broken.example” (IndexError); 2: (KeyError)"]
    table = ("run", "lookalikes", str(tmp_path / "t.csv"), "--column", "domain=host", "--set", f"watchlist=@{watched}", "--json")
    told = json.loads(_run(*table))["result"]
    assert [h["name"] for h in told["hits"]] == ["spiegel.lol"]
    assert told["notes"][0]["values"] == ["1", "1: “broken.example” (IndexError)"]


def test_a_terminal_of_another_encoding_gets_the_same_hits_in_ascii() -> None:
    ran = subprocess.run(
        [*PROGRAM, "--jsonl", "-"],
        input="моrgenpost.de\n".encode(),
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        check=True,
    )
    (hit,) = map(json.loads, ran.stdout.splitlines())
    assert hit["features"][0]["values"][0] == "моrgenpost"


def test_an_encoding_that_nobody_knows_is_refused_before_the_first_line() -> None:
    for wrong in ("nope", "hex"):
        with pytest.raises(Malformed, match=r"relation\.encoding"):
            _run("lookalikes", "--watchlist", str(GOLDEN / "watchlist.csv"), "--encoding", wrong, text="spiegel.lol\n")
