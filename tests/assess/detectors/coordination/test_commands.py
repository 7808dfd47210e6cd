"""The command for coordination: what scripts rely on."""

import csv
import json
import random
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from assess.detectors.coordination.tables import RUSSIAN, Row, organic, planted
from charlevoix.cli import charlevoix, main
from charlevoix.languages.catalogue import say

GROUP = ["name-of-somebody-1", "name-of-somebody-2", "name-of-somebody-3"]
COLUMNS = ("--account", "who", "--object", "link", "--content", "post", "--time", "at", "--window", "60")
HEAD = ["account_a", "account_b", "layer", "weight", "p", "q"]


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    draw = random.Random(1)
    return written(planted(draw, organic(draw, 200, 80, 2_000), [GROUP]), tmp_path_factory.mktemp("table") / "posts.csv")


def written(rows: list[Row], path: Path) -> Path:
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([("who", "link", "post", "at"), *rows])
    return path


def detect(path: Path, *more: str) -> Result:
    return CliRunner().invoke(charlevoix, ["detect", "coordination", str(path), *COLUMNS, *more])


def edges_in(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.reader(stream))


@pytest.mark.mission("C10")
def test_edges_and_groups_are_written_with_the_accounts_of_the_table(table: Path, tmp_path: Path) -> None:
    edges, groups = tmp_path / "edges.csv", tmp_path / "groups.json"
    ran = detect(table, "--edges", str(edges), "--groups", str(groups))
    assert ran.exit_code == 0, ran.output
    head, *rows = edges_in(edges)
    assert head == HEAD
    assert sorted(row[:3] for row in rows) == [[GROUP[i], GROUP[j], "link"] for i, j in ((0, 1), (0, 2), (1, 2))]
    for *_, weight, p, q in rows:
        assert int(weight) == 8
        assert 0 <= float(p) <= float(q) <= 0.05
    (group,) = json.loads(groups.read_text("utf-8"))
    assert sorted(group["accounts"]) == GROUP
    assert (group["group"], group["pairs"], group["observed"], group["objects"]) == (1, 3, 24, 8)
    table_rows = edges_in(table)[1:]
    assert {table_rows[row - 1][0] for row in group["rows"]} == set(GROUP)


@pytest.mark.mission("C10")
def test_what_may_leave_names_no_account(table: Path, tmp_path: Path) -> None:
    stix, html = tmp_path / "found.json", tmp_path / "found.html"
    ran = detect(table, "--stix", str(stix), "--html", str(html), "--json")
    assert ran.exit_code == 0, ran.output
    told = detect(table)
    for text in (ran.output, told.output, stix.read_text("utf-8"), html.read_text("utf-8")):
        assert "name-of-somebody" not in text
        assert "account 1" in text or text == told.output
    document = json.loads(ran.output)
    assert document["result"]["hits"][0]["members"] == ["account 1", "account 2", "account 3"]
    assert {x["type"] for x in json.loads(stix.read_text("utf-8"))["objects"]}.isdisjoint({"incident", "threat-actor"})


def test_nothing_found_is_no_failure(tmp_path: Path) -> None:
    path = written(organic(random.Random(2), 50, 200, 300), tmp_path / "posts.csv")
    edges, groups = tmp_path / "edges.csv", tmp_path / "groups.json"
    for mode in ("significance", "coortweet", "toolkit"):
        ran = detect(path, "--mode", mode, "--window", "0.001", "--edges", str(edges), "--groups", str(groups), "--json")
        assert ran.exit_code == 0, ran.output
        assert json.loads(ran.output)["result"]["hits"] == []
        assert edges_in(edges) == [HEAD]
        assert json.loads(groups.read_text("utf-8")) == []


def test_the_same_table_and_seed_give_the_same_bytes(table: Path, tmp_path: Path) -> None:
    written_, documents = [], []
    for number in (1, 2):
        edges, groups = tmp_path / f"{number}.csv", tmp_path / f"{number}.json"
        ran = detect(table, "--edges", str(edges), "--groups", str(groups), "--all-pairs", "--seed", "5", "--json")
        written_.append((edges.read_bytes(), groups.read_bytes()))
        documents.append(json.loads(ran.output)["result"])
    assert written_[0] == written_[1]
    assert documents[0] == documents[1]
    assert documents[0]["seed"] == 5


@pytest.mark.parametrize(
    ("mode", "more"),
    [("coortweet", ()), *(("toolkit", ("--toolkit-network", kind)) for kind in ("co_link", "co_post", "co_similar_tweet"))],
)
def test_other_modes_have_the_same_columns_and_no_p(mode: str, more: tuple[str, ...], table: Path, tmp_path: Path) -> None:
    edges = tmp_path / "edges.csv"
    ran = detect(table, "--mode", mode, *more, "--edges", str(edges), "--json")
    assert ran.exit_code == 0, ran.output
    head, *rows = edges_in(edges)
    assert head == HEAD
    assert rows
    assert {(p, q) for *_, p, q in rows} == {("", "")}
    assert json.loads(ran.output)["result"]["error_rate"] is None


def test_the_threshold_decides_which_texts_are_similar(tmp_path: Path) -> None:
    path = written([("a", "one two three four five", "1", 0.0), ("b", "One, two three four!", "2", 9.0)], tmp_path / "posts.csv")
    edges, found = tmp_path / "edges.csv", []
    for threshold in ("0.57", "0.58"):  # four of the seven words and signs of both are in both
        more = ("--mode", "toolkit", "--toolkit-network", "co_similar_tweet", "--similarity-threshold", threshold)
        assert detect(path, *more, "--edges", str(edges)).exit_code == 0
        found.append(edges_in(edges)[1:])
    assert found == [[["a", "b", "link", "1", "", ""], ["b", "a", "link", "1", "", ""]], []]


def test_real_retweets_as_coortweet_counts_them(tmp_path: Path) -> None:
    edges = tmp_path / "edges.csv"
    args = ["--account", "account_id", "--object", "object_id", "--content", "content_id", "--time", "timestamp_share"]
    args = ["detect", "coordination", str(RUSSIAN), *args, "--window", "60", "--mode", "coortweet", "--edges", str(edges), "--json"]
    ran = CliRunner().invoke(charlevoix, args)
    assert ran.exit_code == 0, ran.output
    assert len(edges_in(edges)) == 1 + 3_721


@pytest.mark.parametrize(
    ("more", "word"),
    [
        (("--window", "0"), "0"),
        (("--q", "1.5"), "1.5"),
        (("--object", "nothing"), "nothing"),
        (("--time-unit", "ms", "--time", "who"), "who"),
        (("--mode", "toolkit", "--toolkit-network", "co_similar_tweet", "--similarity-threshold", "0"), "“0”"),
        (("--mode", "toolkit", "--toolkit-network", "co_similar_tweet", "--similarity-threshold", "8"), "“8”"),
        (("--mode", "toolkit", "--toolkit-network", "co_similar_tweet", "--min-document-size", "-1"), "“-1”"),
    ],
)
def test_what_cant_be_worked_with_is_said_in_a_sentence(
    more: tuple[str, ...], word: str, table: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["charlevoix", "detect", "coordination", str(table), *COLUMNS, *more])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code not in (0, None)
    said = capsys.readouterr().err
    assert word in said
    assert "Traceback" not in said


def test_pairs_of_equal_weight_are_said_to_be_there_though_none_is_above_the_percentile(tmp_path: Path) -> None:
    rows: list[Row] = [(who, f"o{n}", f"{who}{n}", n * 1_000.0 + i) for n in range(12) for i, who in enumerate(("p", "q", "r"))]
    edges = tmp_path / "edges.csv"
    ran = detect(written(rows, tmp_path / "t.csv"), "--mode", "coortweet", "--edges", str(edges), "--json")
    assert {int(weight) for *_, weight, _, _ in edges_in(edges)[1:]} == {12}
    assert len(edges_in(edges)) == 1 + 3
    found = json.loads(ran.output)["result"]
    assert found["headline"]["rule"] == "coordination.exact.none-above"
    assert found["headline"]["values"] == ["3", "60", "12", "0.5"]
    assert found["headline"]["says"].startswith("3 pairs ")


def test_a_number_that_will_not_do_is_told_by_what_it_is_for(table: Path) -> None:
    ran = detect(table, "--mode", "coortweet", "--min-participation", "-3")
    assert ran.exit_code == 1
    assert "“-3” won't do here: CooRTweet: shares that an account needs. Give a whole number" in say(ran.exception.reason, "en")  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "out", [("--edges", "t.csv"), ("--edges", "link.csv"), ("--edges", "x.csv", "--groups", "x.csv"), ("--html", "./t.csv")]
)
def test_nothing_is_written_over_what_is_read_or_written_too(
    table: Path, tmp_path: Path, out: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.csv").write_bytes(table.read_bytes())
    (tmp_path / "link.csv").symlink_to("t.csv")
    ran = detect(Path("t.csv"), *out)
    assert ran.exit_code == 1
    assert ran.exception.reason.rule == "detect.same-file"  # type: ignore[union-attr]
    assert (tmp_path / "t.csv").read_bytes() == table.read_bytes()
    assert not (tmp_path / "x.csv").exists()


def test_where_nothing_can_be_written_is_told_before_the_work(table: Path, tmp_path: Path) -> None:
    ran = detect(table, "--edges", str(tmp_path / "edges.csv"), "--html", str(tmp_path / "nowhere" / "r.html"))
    assert ran.exception.reason.rule == "detect.unwritable"  # type: ignore[union-attr]
    assert not (tmp_path / "edges.csv").exists()
