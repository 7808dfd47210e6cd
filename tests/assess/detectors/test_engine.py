"""DuckDB in this process: a bounded memory, what is more lies in its folder, nothing is fetched, names and texts are only that."""

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from charlevoix.assess.detectors.engine import DuckDB, literal, quoted
from charlevoix.errors import Malformed

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
