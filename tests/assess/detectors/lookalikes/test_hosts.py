"""Host names as others hand them over: each form that is promised, and what is no name."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner

from charlevoix.cli import charlevoix

WATCHED = "Domain,alias,owned\nspiegel.de,spon  derspiegel,spiegel.tv spiegel-online.com\nrbc.ua,rbk rbcua,rbc.ru\nsueddeutsche.de,,\n"


def _found(folder: Path, data: bytes, *more: str) -> tuple[list[str], str]:
    (folder / "w.csv").write_text(WATCHED, "utf-8")
    args = ["detect", "lookalikes", "--watchlist", str(folder / "w.csv"), "--jsonl", "-", *more]
    ran = CliRunner().invoke(charlevoix, args, input=data, catch_exceptions=False)
    hits = [json.loads(line) for line in ran.stdout.splitlines()]
    assert all(set(h) == {"domain", "unicode", "target", "score", "tier", "features"} for h in hits)
    assert all(type(h["score"]) is int and 0 <= h["score"] <= 100 and h["tier"] in ("alert", "queue") for h in hits)
    return [h["domain"] for h in hits], ran.stderr


CERTSTREAM = {"message_type": "certificate_update", "data": {"leaf_cert": {"all_domains": ["spiegel.lol", "*.spiegel.lol"]}, "seen": 1.5}}
CRT_SH = [
    {"issuer_ca_id": 1, "common_name": "spiegel.lol", "name_value": "*.spiegel.lol\nspiegel.lol", "not_before": "2026-01-01T00:00:00"},
    {"issuer_ca_id": 1, "common_name": "A Company", "name_value": "a.example\nrbk.media\nsomebody@example.org\nrbk.today"},
]


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        (["SPIEGEL.Lol", "*.spiegel.ltd", "spiegel.pro.", "spiegel.ink:443"], ["spiegel.lol", "spiegel.ltd", "spiegel.pro", "spiegel.ink"]),
        (["https://www.spiegel.fun/x?y=1", "spiegel[.]life", "_dmarc.spiegel.cab"], ["www.spiegel.fun", "spiegel.life", "_dmarc.spiegel.cab"]),
        (["spon.lol", "derspiegel.lol", "rbk.media", "rbcua.top"], ["spon.lol", "derspiegel.lol", "rbk.media", "rbcua.top"]),
        (["spiegel.de", "a.spiegel.tv", "spiegel-online.com", "rbc.ru"], []),
        (["süddeutsche.de", "XN--SDDEUTSCHE-9DB.NET"], ["xn--sddeutsche-9db.de", "xn--sddeutsche-9db.net"]),
        (["num,domain_name,create_date", "1,spiegel.lol,2026-01-01"], ["spiegel.lol"]),
        (['"Domain Name";"created"', '"spiegel.lol";"2026-01-01"'], ["spiegel.lol"]),
        (["\ufeffrank,domain", "1,spiegel.lol"], ["spiegel.lol"]),
        (['{"id":"1","dns_names":["*.spiegel.lol","spiegel.lol","a.example"],"not_before":"2026-01-01T00:00:00Z"}'], ["spiegel.lol"]),
        (['[{"id":"2","dns_names":["rbk.media"]},{"id":"3","dns_names":["rbk.today"]}]'], ["rbk.media", "rbk.today"]),
        ([json.dumps(CERTSTREAM), '{"message_type":"heartbeat","timestamp":1.0}'], ["spiegel.lol"]),
        ([json.dumps(CRT_SH)], ["spiegel.lol", "rbk.media", "rbk.today"]),
        (["[" + json.dumps(CRT_SH[0]) + ",", json.dumps(CRT_SH[1]) + "]"], ["spiegel.lol", "rbk.media", "rbk.today"]),
        (['{"message_type":"dns_entries","data":["spiegel.lol","*.rbk.media"]}'], ["spiegel.lol", "rbk.media"]),
    ],
)  # fmt: skip
def test_a_form_that_is_promised_is_read_and_no_line_of_it_is_called_unusable(
    tmp_path: Path, lines: Sequence[str], found: list[str]
) -> None:
    names, said = _found(tmp_path, ("\n".join(lines) + "\n").encode())
    assert names == found
    assert "hold no host name" not in said


def test_lines_of_a_megabyte_and_bytes_that_are_no_text_are_passed_over_whole(tmp_path: Path) -> None:
    long = b"a" * 1_000_000 + b"\n" + b"spiegel.ltd " * 100_000 + b"spiegel.cab\n" + b"x." * 600_000 + b"\n"
    bad = b"\xff\xfe\x00\n\x00spiegel.ltd\nspie\xffgel.com\n"
    assert _found(tmp_path, b"spiegel.ink\n" + long + bad + b"spiegel.lol\n")[0] == ["spiegel.ink", "spiegel.lol"]


def test_a_certificate_of_many_names_is_read_whole(tmp_path: Path) -> None:
    names = [f"a{i}.example.org" for i in range(30_000)] + ["spiegel.lol"]
    assert _found(tmp_path, json.dumps({"dns_names": names}).encode())[0] == ["spiegel.lol"]


@pytest.mark.parametrize(("encoding", "option"), [("utf-8", "utf-8"), ("utf-16", "utf-16"), ("latin-1", "latin-1")])
def test_the_encoding_that_is_named_is_read(tmp_path: Path, encoding: str, option: str) -> None:
    text = "süddeutsche.com\nexample.org\nspiegel.lol\n"
    assert _found(tmp_path, text.encode(encoding), "--encoding", option)[0] == ["xn--sddeutsche-9db.com", "spiegel.lol"]


def test_the_help_names_no_cluster_for_a_stream() -> None:
    said = CliRunner().invoke(charlevoix, ["detect", "lookalikes", "--help"]).output
    assert "spark" not in said.lower()
