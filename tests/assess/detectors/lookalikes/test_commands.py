"""The command for look-alikes: what scripts rely on."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from charlevoix.cli import charlevoix
from charlevoix.errors import Malformed
from charlevoix.languages.catalogue import say


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


def test_nothing_found_and_nothing_coming_are_no_failure_and_rows_without_a_host_are_one(tmp_path: Path) -> None:
    (tmp_path / "w.csv").write_text("domain\nspiegel.de\n", "utf-8")
    args = ["detect", "lookalikes", "--watchlist", str(tmp_path / "w.csv")]
    assert CliRunner().invoke(charlevoix, [*args, "--json"], input=b"example.org\n").exit_code == 0
    for nothing in (b"", b"\n\n", b'{"message_type":"heartbeat"}\n', b"domain\n"):
        ran = CliRunner().invoke(charlevoix, args, input=nothing, catch_exceptions=False)
        assert (ran.exit_code, ran.output.splitlines()[0]) == (0, "No host name came, so none was compared."), nothing
    assert CliRunner().invoke(charlevoix, args, input=b"no name\n").exit_code != 0
    (tmp_path / "none.txt").write_text("\n")
    with pytest.raises(Malformed, match=r"lookalikes\.no-hosts") as caught:
        CliRunner().invoke(charlevoix, [*args, "--hosts", str(tmp_path / "none.txt")], catch_exceptions=False)
    assert say(caught.value.reason, "en").startswith(f"{tmp_path / 'none.txt'} holds no host name. Give one")
    with pytest.raises(Malformed, match=r"lookalikes\.no-hosts-but") as caught:
        CliRunner().invoke(charlevoix, args, input=b"\nno name\n", catch_exceptions=False)
    assert say(caught.value.reason, "en").startswith("- holds no host name; its first rows are 1: “no name”. Give one")
