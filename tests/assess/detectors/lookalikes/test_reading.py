"""Lists of hosts as files: packed, in another encoding, with a header; and hosts that come more than once."""

import gzip
import hashlib
import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from charlevoix.assess.detectors.lookalikes import detector
from charlevoix.assess.detectors.lookalikes.detector import watch
from charlevoix.assess.detectors.lookalikes.hosts import Counts
from charlevoix.assess.detectors.lookalikes.recent import Recent
from charlevoix.cli import charlevoix
from charlevoix.errors import Malformed

EXAMPLES = Path(__file__).parents[4] / "examples"
WATCHED = "domain\nspiegel.de\nlemonde.fr\nправда.рф\n"


def _run(*args: str, data: bytes = b"") -> dict[str, Any]:
    ran = CliRunner().invoke(charlevoix, ["detect", *args, "--json"], input=data, catch_exceptions=False)
    assert ran.exit_code == 0, ran.output
    told: dict[str, Any] = json.loads(ran.stdout)["result"]
    return told


def _told(folder: Path, data: bytes, file: str = "", *more: str) -> dict[str, Any]:
    """The result of the command over a file of these bytes, or, without its name, over a stream."""
    (folder / "w.csv").write_text(WATCHED, "utf-8")
    if file:
        (folder / file).write_bytes(data)
    return _run("lookalikes", "--watchlist", str(folder / "w.csv"), "--hosts", str(folder / file) if file else "-", *more, data=data)


def _names(told: dict[str, Any]) -> list[str]:
    return sorted(hit["name"] for hit in told["hits"])


def test_a_row_has_one_number_whichever_way_the_detector_is_reached() -> None:
    clones, listed = str(EXAMPLES / "lookalike-clones.csv"), str(EXAMPLES / "watchlist.csv")
    stream = _run("lookalikes", "--watchlist", listed, "--hosts", clones)
    table = _run("run", "lookalikes", clones, "--column", "domain=domain", "--set", f"watchlist=@{listed}")
    assert stream["rows"] == table["rows"] == 69
    assert stream["look_first"] == table["look_first"]
    assert stream["hits"] == table["hits"]
    assert stream["data"] == table["data"]


@pytest.mark.parametrize("text", ["rank;site\n1;spiegel.lol\n", "\nDomain\n\nspiegel.lol\n", "# names\nspiegel.lol\n", "spiegel.lol\n"])
def test_the_header_and_blank_lines_of_a_list_are_no_rows(tmp_path: Path, text: str) -> None:
    (hit,) = _told(tmp_path, text.encode())["hits"]
    assert hit["rows"] == [1 + text.startswith("#")]


def test_a_host_that_comes_again_is_told_once_with_one_tier_and_counted_once(tmp_path: Path) -> None:
    again, out, bundle = b"lemonde.ltd\n*.lemonde.ltd\nLEMONDE.LTD.\nlemonde.ltd:443\n", tmp_path / "h.jsonl", tmp_path / "b.json"
    told = _told(tmp_path, again, "", "--jsonl", str(out), "--stix", str(bundle))
    (hit,) = map(json.loads, out.read_text("utf-8").splitlines())
    assert (hit["domain"], hit["tier"]) == ("lemonde.ltd", "alert")
    assert told["headline"]["values"] == ["1", "1", "1"]
    assert [n["values"][0] for n in told["notes"] if n["rule"] == "lookalikes.repeats"] == ["3"]
    kinds = [o["type"] for o in json.loads(bundle.read_text("utf-8"))["objects"]]
    assert (kinds.count("domain-name"), kinds.count("indicator")) == (1, 1)
    assert told["rows"] == 4


def test_what_is_remembered_of_hosts_is_bounded_and_of_those_found_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(detector, "HOSTS", 10)
    monkeypatch.setattr(detector, "FOUND", 2)
    others = [f"a{i}.example" for i in range(50)]
    for many, found in ((0, 1), (1, 1), (4, 2)):
        between = [*others, *(f"spiegel-{'x' * (i + 1)}.lol" for i in range(many))]
        counts = Counts()
        names = ["lemonde.ltd", *between, "lemonde.ltd"]
        tiers = [h.facts["tier"] for h in watch(WATCHED).hits(enumerate(names), counts) if h.name == "lemonde.ltd"]
        assert len(tiers) == found, many
        assert counts.again == 2 - found


@given(words=st.lists(st.sampled_from("abcdefghij"), max_size=60), most=st.integers(1, 5))
def test_the_last_different_words_are_known_and_no_more_than_twice_as_many_are_held(words: list[str], most: int) -> None:
    recent = Recent(most)
    for at, word in enumerate(words):
        before = words[:at]
        last = list(dict.fromkeys(reversed(before)))[:most]
        known = word in recent
        assert known or word not in last
        assert not known or word in before
        assert recent.knew(word) == known
        assert word in recent
        assert sum(w in recent for w in "abcdefghij") <= 2 * most


@pytest.mark.parametrize("file", ["h.csv.gz", "h.txt.gz", "packed"])
def test_a_packed_list_is_read(tmp_path: Path, file: str) -> None:
    packed = gzip.compress(b"domain\nspiegel.lol\n") + gzip.compress(b"lemonde.ltd\n")
    told = _told(tmp_path, packed, file)
    assert _names(told) == ["lemonde.ltd", "spiegel.lol"]
    assert told["data"] == hashlib.sha256(packed).hexdigest()


def test_a_packed_list_that_ends_too_early_is_named_and_one_that_unpacks_without_end_is_held_in_parts(tmp_path: Path) -> None:
    packed = gzip.compress(b"".join(b"a%d.example\n" % i for i in range(5000)))
    for broken in (packed[:-200], packed[:100] + b"\0" * 50 + packed[150:]):
        with pytest.raises(Malformed, match=r"detect\.not-a-table"):
            _told(tmp_path, broken, "h.gz")
    long = gzip.compress(b"a" * 100_000_000 + b"\nspiegel.lol\n", 1)
    tracemalloc.start()
    try:
        assert _names(_told(tmp_path, long, "h.gz")) == ["spiegel.lol"]
        assert tracemalloc.get_traced_memory()[1] < 60_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-16-le"])
def test_utf16_is_recognised_by_its_mark_and_asked_for_without_one(tmp_path: Path, encoding: str) -> None:
    text = "домен.example\nspiegel.lol\nправда.com\n"
    marked = ("" if encoding == "utf-16" else "\ufeff") + text
    for file in ("", "h.txt"):
        assert _names(_told(tmp_path, marked.encode(encoding), file)) == ["spiegel.lol", "xn--80aafi6cg.com"]
    bare = text.encode(encoding).removeprefix(b"\xff\xfe")
    with pytest.raises(Malformed, match=r"relation\.not-encoded") as caught:
        _told(tmp_path, bare, "h.txt")
    assert caught.value.reason.advice == "relation.say-encoding"
    named = "utf-16-be" if encoding == "utf-16-be" else "UTF-16LE"
    assert _names(_told(tmp_path, bare, "h.txt", "--encoding", named)) == ["spiegel.lol", "xn--80aafi6cg.com"]


def test_the_certificates_of_a_search_are_read_from_one_long_line(tmp_path: Path) -> None:
    found = [{"common_name": "a.example", "name_value": f"b{i}.example\nc{i}.example", "issuer_name": "x" * 200} for i in range(8_000)]
    found.append({"common_name": "spiegel.lol", "name_value": "*.lemonde.ltd\nwww.lemonde.ltd"})
    assert len(json.dumps(found)) > 2_000_000
    told = _told(tmp_path, json.dumps(found).encode() + b"\nspiegel.cab\n", "crt.json")
    assert _names(told) == ["lemonde.ltd", "spiegel.cab", "spiegel.lol", "www.lemonde.ltd"]
    assert told["rows"] == 2


def test_a_host_in_another_script_is_shown_in_it_beside_its_form_for_machines(tmp_path: Path) -> None:
    out = tmp_path / "h.jsonl"
    told = _told(tmp_path, "правда.com\nspiegel.lol\n".encode(), "", "--jsonl", str(out))
    hits = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert [(h["domain"], h["unicode"]) for h in hits] == [("xn--80aafi6cg.com", "правда.com"), ("spiegel.lol", "spiegel.lol")]
    assert {h["name"]: h["facts"]["unicode"] for h in told["hits"]} == {"xn--80aafi6cg.com": "правда.com", "spiegel.lol": None}
    assert "unicode" not in _told(tmp_path, b"spiegel.lol\n")["hits"][0]["facts"]
    ran = CliRunner().invoke(charlevoix, ["detect", "lookalikes", "--watchlist", str(tmp_path / "w.csv")], input="правда.com\n".encode())
    assert "правда.com" in ran.stdout
    assert "xn--80aafi6cg.com" in ran.stdout
