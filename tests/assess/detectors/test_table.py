"""A table as a file: JSON however it is laid out, what is too large before it is read, one list of endings."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from charlevoix.assess.detectors.engine import DuckDB
from charlevoix.assess.detectors.table import columns, ending, kind_of, load, unpacked, within
from charlevoix.errors import CharlevoixError, Malformed
from charlevoix.languages.catalogue import LANGUAGES, say

ROWS = [{"u": f"a{i % 2}", "t": i} for i in range(6)]


@pytest.fixture
def db(tmp_path: Path) -> Iterator[DuckDB]:
    with DuckDB(str(tmp_path), threads=1) as opened:
        yield opened


@pytest.mark.parametrize(
    "body",
    [
        json.dumps(ROWS),
        json.dumps(ROWS, indent=1),
        json.dumps(ROWS, indent="\t").replace("\n", "\r\n"),
        "\ufeff [ \n" + ",\n".join(map(json.dumps, ROWS)) + "\n]\n",
        "[" + " " * 70_000 + json.dumps(ROWS)[1:],
        "\n".join(map(json.dumps, ROWS)),
    ],
)
def test_json_is_read_however_its_lines_are_laid(tmp_path: Path, db: DuckDB, body: str) -> None:
    path = tmp_path / "t.json"
    path.write_text(body, "utf-8")
    assert dict(columns(str(path), db)) == {"u": "VARCHAR", "t": "VARCHAR"}
    assert load(str(path), {"account": ("u", "{}"), "time": ("t", "{}")}, db).rows == 6
    assert db.rows("SELECT account, time FROM raw ORDER BY rowid") == [(row["u"], str(row["t"])) for row in ROWS]


@pytest.mark.parametrize(
    ("body", "rule", "said"),
    [
        ("[1, 2]\n[3]\n", "detect.no-objects", "t.jsonl"),
        ("{}\n{}\n", "detect.no-objects", "t.jsonl"),
        ("\n\n", "detect.empty", "t.jsonl"),
        ("[]", "detect.empty", "t.jsonl"),
        ('{"u": "\\ud800 cut"}\n' * 3, "detect.not-a-table", "surrogate"),
        ("plain words\n", "detect.not-a-table", "Malformed JSON"),
    ],
)
def test_where_no_key_is_found_the_reason_is_said_and_no_empty_list_of_columns(
    tmp_path: Path, db: DuckDB, body: str, rule: str, said: str
) -> None:
    (tmp_path / "t.jsonl").write_text(body)
    with pytest.raises(Malformed) as refused:
        columns(str(tmp_path / "t.jsonl"), db)
    assert refused.value.reason.rule == rule
    for language in LANGUAGES:
        assert said in say(refused.value.reason, language)


def test_endings_are_one_list_packed_or_not() -> None:
    for name in ("a.csv", "a.TSV.gz", "a.txt", "a.txt.gz", "a.jsonl.gz", "a.ndjson.gz", "a.json", "a.pq", "a.b.parquet"):
        assert kind_of(name) in ("csv", "json", "parquet")
        assert name.lower().endswith(ending(name))
    assert ending("posts.JSONL.GZ") == ".jsonl.gz"
    for name in ("a.gz", "a.pq.gz", "a.parquet.gz", "a", "a.exe", ".csv.exe", "a.csv.gz.gz"):
        with pytest.raises(Malformed, match=r"detect\.ending"):
            ending(name)


def test_what_is_too_large_once_unpacked_is_refused_before_it_is_read(tmp_path: Path, db: DuckDB) -> None:
    bomb, long, posts = tmp_path / "bomb.csv.gz", tmp_path / "long.csv.gz", str(tmp_path / "posts.pq")
    bomb.write_bytes(gzip.compress(b"u\n" + b"x" * 20_000_000))
    long.write_bytes(gzip.compress(b"u\r" * 20_000))
    db.do(f"COPY (SELECT 'a' AS u FROM range(20000)) TO '{posts}' (FORMAT parquet)")
    for path, rows, size, rule in (
        (str(bomb), 10, 10_000_000, "detect.too-large"),
        (str(long), 19_999, 10**9, "detect.too-many-rows"),
        (posts, 19_999, 10**9, "detect.too-many-rows"),
        (posts, 20_000, 10, "detect.too-large"),
    ):
        with pytest.raises(CharlevoixError) as refused:
            within(path, rows, size, db)
        assert refused.value.reason.rule == rule
    for path in (str(bomb), str(long), posts):
        within(path, 20_000, 30_000_000, db)


def test_a_packed_file_that_is_broken_and_a_parquet_file_that_is_none_are_no_tables(tmp_path: Path, db: DuckDB) -> None:
    (tmp_path / "cut.csv.gz").write_bytes(gzip.compress(b"u\n" * 9_999)[:-9])
    (tmp_path / "none.pq").write_bytes(b"PAR1 and no more")
    for name in ("cut.csv.gz", "none.pq"):
        with pytest.raises(Malformed, match=r"detect\.not-a-table"):
            within(str(tmp_path / name), 20_000, 10**9, db)


def test_how_large_a_file_is_unpacked_stands_at_its_end(tmp_path: Path) -> None:
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(b"u\n" * 50_000))
    (tmp_path / "t.csv").write_bytes(b"u\n" * 5)
    assert [unpacked(str(tmp_path / n)) for n in ("t.csv.gz", "t.csv", "none.csv")] == [100_000, 10, 0]
