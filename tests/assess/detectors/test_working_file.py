"""Working files hold what a run found with accounts as the table names them, line for line, and are given out in pieces."""

import csv
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from charlevoix.assess.detectors import working_file
from charlevoix.assess.detectors.coordination.detector import Coordination
from charlevoix.assess.detectors.detector import Detector
from charlevoix.assess.detectors.relation import Reading
from charlevoix.assess.detectors.running import Order, running
from charlevoix.assess.detectors.working_file import WorkingFile, as_csv, as_json, kept

COLUMNS = {"account": ("who",), "object": ("what",), "content": ("post",), "time": ("at",)}
POSTS = "who,what,post,at\n" + "".join(f"{who},thing-{n},{n}{who},{n * 1_000}\n" for n in range(9) for who in ("@ana", "=rui", "eve"))


@contextmanager
def files(folder: Path, detector: Detector, **parameters: str) -> Iterator[dict[str, WorkingFile]]:
    (folder / "posts.csv").write_text(POSTS)
    with running(detector, Order(str(folder / "posts.csv"), Reading(COLUMNS), parameters)) as run:
        (folder / "kept").mkdir()
        found = kept(run, detector, str(folder / "kept"))
    yield {file.name: file for file in found}  # when nothing of the run is left


def lines(file: WorkingFile) -> list[list[str]]:
    return list(csv.reader(io.StringIO(b"".join(as_csv(file, "TLP:RED")).decode(), newline="")))


@pytest.mark.parametrize("mode", ["coortweet", "toolkit"])
def test_pairs_and_groups_name_accounts_when_the_run_is_over(tmp_path: Path, mode: str) -> None:
    with files(tmp_path, Coordination(), mode=mode, percentile="0", network="co_link") as found:
        edges, groups = found["edges"], found["groups"]
        marking, head, *rows = lines(edges)
        assert (marking, head) == (["TLP:RED"], ["account_a", "account_b", "layer", "weight", "p", "q"])
        assert len(rows) == edges.rows == (6 if mode == "toolkit" else 3)
        assert {name for row in rows for name in row[:2]} == {"'@ana", "'=rui", "eve"}
        document = json.loads(b"".join(as_json(edges, "TLP:RED")))
        assert document["marking"] == "TLP:RED"
        assert {name for row in document["rows"] for name in (row["account_a"], row["account_b"])} == {"@ana", "=rui", "eve"}
        assert {row["weight"] for row in document["rows"]} == {9}
        if mode == "coortweet":  # all pairs are equal: none is above the percentile
            assert groups.rows == 0
            return
        _, head, *rows = lines(groups)
        assert (head[:2], head[-1]) == (["group", "score"], "account")
        assert {(row[0], row[-1]) for row in rows} == {("1", "'@ana"), ("1", "'=rui"), ("1", "eve")}
        assert sorted(json.loads(b"".join(as_json(groups, "TLP:RED")))["rows"][0]["accounts"]) == ["=rui", "@ana", "eve"]


def test_more_rows_than_are_kept_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(working_file, "MOST", 2)
    with files(tmp_path, Coordination(), mode="toolkit", network="co_link") as found:
        edges = found["edges"]
        assert (edges.rows, edges.cut, len(lines(edges))) == (2, 4, 4)


def test_members_of_a_list_have_their_row_beside_them(tmp_path: Path) -> None:
    entry = {"cluster": 1, "members": ["a1", "-b2"], "accounts": ["x"], "score": 1.0, "kinds": "exact", "rows": [3, 7]}
    (tmp_path / "list.json").write_text(json.dumps([entry]))
    file = WorkingFile("clusters", (str(tmp_path / "list.json"),), 1, each="members")
    assert lines(file)[1:] == [
        ["cluster", "score", "kinds", "member", "row"],
        ["1", "1.0", "exact", "a1", "3"],
        ["1", "1.0", "exact", "'-b2", "7"],
    ]
    assert json.loads(b"".join(as_json(file, "")))["rows"] == [entry]


def test_a_list_of_nothing_is_a_head_alone(tmp_path: Path) -> None:
    (tmp_path / "list.json").write_text("[]")
    file = WorkingFile("hits", (str(tmp_path / "list.json"),), 0, each="rows")
    assert lines(file) == [["TLP:RED"], ["row"]]
    assert json.loads(b"".join(as_json(file, ""))) == {"marking": "", "rows": []}


def test_a_long_file_is_given_out_in_pieces(tmp_path: Path) -> None:
    entries = [{"name": f"hit {n}", "rows": [n]} for n in range(20_000)]
    (tmp_path / "list.json").write_text(json.dumps(entries))
    file = WorkingFile("hits", (str(tmp_path / "list.json"),), len(entries), each="rows")
    pieces = list(as_csv(file, "TLP:RED"))
    assert len(pieces) > 3
    assert max(map(len, pieces)) < 70_000
    assert lines(file)[-1] == ["hit 19999", "19999"]
