"""DuckDB in this process: a bounded memory, what is more lies in its folder, nothing is fetched, names and texts are only that."""

import csv
import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from charlevoix.assess.detectors.engine import DuckDB, literal, quoted
from charlevoix.errors import Malformed, Misconfigured
from charlevoix.languages.catalogue import LANGUAGES, say

WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0`"), min_size=1, max_size=20)


def test_what_is_more_than_the_memory_is_spilt_into_the_folder(tmp_path: Path) -> None:
    with DuckDB(str(tmp_path), memory=100) as db:
        db.connection.execute("SET threads = 1")
        db.do("CREATE TABLE big AS SELECT range AS n, md5(CAST(range AS VARCHAR)) AS word FROM range(3000000)")
        assert db.rows("SELECT count(*) FROM big") == [(3_000_000,)]
        assert sum(f.stat().st_size for f in (tmp_path / "spill").iterdir()) > 1_000_000


def test_nothing_is_fetched_from_anywhere(tmp_path: Path) -> None:
    with DuckDB(str(tmp_path)) as db:
        asked = "SELECT current_setting('autoinstall_known_extensions'), current_setting('autoload_known_extensions')"
        assert db.rows(asked) == [(False, False)]


@settings(max_examples=60, deadline=None)
@given(WORDS, WORDS)
def test_a_name_is_a_name_and_a_text_a_text_whatever_is_in_it(name: str, text: str) -> None:
    with DuckDB(".") as db:
        assert db.rows(f"SELECT {quoted(name)} FROM (SELECT {literal(text)} AS {quoted(name)})") == [(text,)]


@pytest.mark.parametrize("name", ["", "a\0b", "a`b"])
def test_a_name_that_some_engine_cannot_hold_is_refused(name: str) -> None:
    with pytest.raises(Malformed, match=r"detect\.column-name"):
        quoted(name)


def test_arrays_go_in_and_a_file_comes_out_in_the_order_asked_for(tmp_path: Path) -> None:
    with DuckDB(str(tmp_path)) as db:
        db.put("few", {"n": np.array([2, 1, 3])})
        assert db.write("SELECT n FROM few ORDER BY n DESC", str(tmp_path / "o'ut.parquet")) == 3
        db.read("back", str(tmp_path / "o'ut.parquet"))
        assert db.columns("FROM back")["n"].tolist() == [3, 2, 1]


def test_rows_of_several_queries_are_one_file_of_csv_with_one_header(tmp_path: Path) -> None:
    names = ["plain", 'say "no"', "a,b", "two\nlines", "été", "NULL", "#1"]
    with DuckDB(str(tmp_path)) as db:
        db.connection.register("given", {"name": np.array(names, object), "n": np.arange(len(names))})
        both = [f"SELECT name, n, CAST(NULL AS DOUBLE) AS p FROM given WHERE n {part} ORDER BY n" for part in ("< 3", ">= 3")]
        for path in (tmp_path / "o'ut.csv", tmp_path / "again.csv", tmp_path / "again.csv"):
            db.csv(both, str(path))
            with path.open(encoding="utf-8", newline="") as stream:
                head, *rows = csv.reader(stream)
            assert head == ["name", "n", "p"]
            assert rows == [[name, str(n), ""] for n, name in enumerate(names)]
        with pytest.raises(OSError, match="nowhere"):
            db.csv(both, str(tmp_path / "nowhere" / "out.csv"))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_is_an_error_of_the_system() -> None:
    with DuckDB("/nowhere") as db, pytest.raises(OSError, match="space"):
        db.csv(["SELECT range AS n FROM range(1000000)"], "/dev/full")


LARGE = "SELECT range AS n, md5(CAST(range AS VARCHAR)) AS word FROM range(4000000)"
IN_ONE_PIECE = f"SELECT list(word ORDER BY word) AS words FROM ({LARGE})"
WAYS: dict[str, Callable[[DuckDB, str, str], object]] = {
    "do": lambda db, sql, path: db.do(f"CREATE TABLE t AS {sql}"),
    "rows": lambda db, sql, path: db.rows(sql),
    "columns": lambda db, sql, path: db.columns(sql),
    "write": lambda db, sql, path: db.write(sql, path),
    "csv": lambda db, sql, path: db.csv([sql], path),
}


@pytest.mark.parametrize("way", WAYS)
def test_what_takes_more_memory_than_there_is_is_told_with_its_limit_in_both_languages(tmp_path: Path, way: str) -> None:
    with DuckDB(str(tmp_path), memory=50, threads=1) as db, pytest.raises(Misconfigured, match=r"detect\.memory-full: 50") as told:
        WAYS[way](db, IN_ONE_PIECE, str(tmp_path / "out"))
    for language in LANGUAGES:
        assert "50" in say(told.value.reason, language)
        assert "--memory" in say(told.value.reason, language)


def test_what_is_spilt_is_limited_and_told_too(tmp_path: Path) -> None:
    with DuckDB(str(tmp_path), memory=60, threads=1, spill=20) as db, pytest.raises(Misconfigured, match=r"detect\.spill-full: 60, 20"):
        db.do(f"CREATE TABLE t AS {LARGE}")
    with DuckDB(str(tmp_path), memory=60) as db:
        assert db.rows("SELECT current_setting('max_temp_directory_size')") == [("572.2 MiB",)], "ten times the memory"


def test_a_folder_that_cannot_be_spilt_into_is_told(tmp_path: Path) -> None:
    (tmp_path / "spill").write_text("in the way")
    with DuckDB(str(tmp_path), memory=60, threads=1) as db, pytest.raises(Misconfigured, match=r"detect\.disk-full"):
        db.do(f"CREATE TABLE t AS {LARGE}")


def test_a_signal_ends_a_statement_that_is_one_task(tmp_path: Path) -> None:
    began = time.monotonic()
    threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
    with DuckDB(str(tmp_path), threads=1) as db:
        with pytest.raises(KeyboardInterrupt):
            db.rows("SELECT count(*) FROM range(100000) AS a, range(1000000) AS b WHERE hash(a.range, b.range) = 3")
        assert time.monotonic() - began < 20
        assert db.rows("SELECT 1") == [(1,)], "it can be asked again"
