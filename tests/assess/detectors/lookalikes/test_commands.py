"""The command for look-alikes: what scripts rely on."""

import json
from pathlib import Path

from click.testing import CliRunner

from charlevoix.cli import charlevoix


def test_hits_are_written_one_json_object_a_line_from_a_stream(tmp_path: Path) -> None:
    (tmp_path / "w.csv").write_text("domain,alias,owned\nspiegel.de,,spiegel.tv\n", "utf-8")
    out = tmp_path / "hits.jsonl"
    args = ["detect", "lookalikes", "--watchlist", str(tmp_path / "w.csv"), "--hosts", "-", "--jsonl", str(out), "--json"]
    ran = CliRunner().invoke(charlevoix, args, input=b"spiegel.lol\nspiegel.tv\nexample.org\n")
    assert ran.exit_code == 0, ran.output
    (hit,) = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert (hit["domain"], hit["target"], hit["score"], hit["tier"]) == ("spiegel.lol", "spiegel.de", 94, "alert")
    assert [f["name"] for f in hit["features"]] == ["same", "ending-new"]
    assert json.loads(ran.output)["result"]["headline"]


def test_nothing_found_is_no_failure_and_no_host_is_one(tmp_path: Path) -> None:
    (tmp_path / "w.csv").write_text("domain\nspiegel.de\n", "utf-8")
    args = ["detect", "lookalikes", "--watchlist", str(tmp_path / "w.csv"), "--json"]
    assert CliRunner().invoke(charlevoix, args, input=b"example.org\n").exit_code == 0
    assert CliRunner().invoke(charlevoix, args, input=b"").exit_code != 0
