"""Bad input: each row that can't be used is named as a person counts it, and the good ones are used when the user says so."""

import gzip
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from charlevoix.assess.detectors.detector import Need
from charlevoix.assess.detectors.engine import DuckDB
from charlevoix.assess.detectors.relation import Reading, Relation, header, read
from charlevoix.assess.detectors.times import KNOWN_FORMATS, Unit
from charlevoix.errors import Malformed, Unknown
from charlevoix.languages.catalogue import say

NEEDS = (
    Need("account", "text", "x"),
    Need("time", "time", "x"),
    Need("object", "text", "x", several=True),
    Need("language", "text", "x", required=False),
)
HEAD = b"account,time,object\n"


@pytest.fixture
def db(tmp_path: Path) -> Iterator[DuckDB]:
    with DuckDB(str(tmp_path)) as opened:
        yield opened


class Table:
    """A file with these bytes, read with columns called as their roles."""

    def __init__(self, folder: Path, db: DuckDB) -> None:
        self.folder, self.db = folder, db

    def __call__(
        self,
        body: bytes,
        name: str = "t.csv",
        skip: bool = False,
        unit: Unit = "s",
        zone: str = "",
        encoding: str = "utf-8",
        format_: str = "",
        **more: str,
    ) -> Relation:
        path = self.folder / name
        path.write_bytes(body)
        columns = {"account": ("account",), "time": ("time",), "object": ("object",), **{k: (v,) for k, v in more.items()}}
        return read(str(path), NEEDS, Reading(columns, unit, zone, skip, encoding, format_), self.db)


@pytest.fixture
def table(tmp_path: Path, db: DuckDB) -> Table:
    return Table(tmp_path, db)


def rows(relation: Relation) -> list[tuple[Any, ...]]:
    return relation.engine.rows(f"SELECT row, account, time, object_1 FROM {relation.name} ORDER BY row")


def refused(table: Table, *args: Any, **more: Any) -> tuple[str, tuple[str, ...]]:
    with pytest.raises(Malformed) as caught:
        table(*args, **more)
    for language in ("en", "fr"):
        assert "relation." not in say(caught.value.reason, language)
    return caught.value.reason.rule, caught.value.reason.values


# --- rows that are not as wide as the header, quotes, bytes ------------------------------------


def test_a_ragged_row_is_named_and_the_others_keep_their_numbers(table: Table) -> None:
    body = HEAD + b"a,1,x\nb,2\nc,3,x,y\nd,4,x\n"
    assert refused(table, body) == ("relation.cells", ("t.csv", "2", "2 (2), 3 (4)", "3"))
    found = table(body, skip=True)
    assert rows(found) == [(0, "a", 1.0, "x"), (3, "d", 4.0, "x")]
    assert (found.rows, found.kept) == (4, 2)
    assert [(n.rule, n.values[1:3]) for n in found.notes] == [("relation.cells", ("2", "2 (2), 3 (4)"))]


def test_a_byte_that_is_no_letter_is_named_and_another_encoding_may_be_said(table: Table) -> None:
    body = HEAD + b"a,1,x\ncaf\xe9,2,x\nd,4,x\n"
    assert refused(table, body) == ("relation.bytes", ("t.csv", "1", "2", "3"))
    assert [r[:2] for r in rows(table(body, skip=True))] == [(0, "a"), (2, "d")]


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-16", "utf-8-sig", "UTF-8"])
def test_a_file_in_another_encoding_is_read_when_it_is_named(table: Table, encoding: str) -> None:
    assert rows(table("account,time,object\ncafé,2,x\n".encode(encoding), encoding=encoding)) == [(0, "café", 2.0, "x")]


def test_utf_16_that_nobody_named_and_an_encoding_that_nobody_knows_are_refused(table: Table) -> None:
    assert refused(table, HEAD.decode().encode("utf-16"))[0] == "relation.not-encoded"
    assert refused(table, HEAD.decode().encode("utf-16-le"))[0] == "relation.not-encoded"
    assert refused(table, HEAD + b"a,1,x\n", encoding="klingon")[0] == "relation.encoding"
    assert refused(table, HEAD + b"a,1,x\n", encoding="rot13")[0] == "relation.encoding"
    assert refused(table, b"\xff\xfe\x00", encoding="utf-16")[0] in ("relation.not-encoded", "detect.empty")


def test_a_quote_that_is_never_closed_costs_one_row(table: Table) -> None:
    body = HEAD + b'a,1,x\n"b,2,x\nc,3,x\nd,4,"y"\n'
    assert refused(table, body) == ("relation.quotes", ("t.csv", "1", "2", "3"))
    assert [r[:2] for r in rows(table(body, skip=True))] == [(0, "a"), (2, "c"), (3, "d")]


def test_quoted_newlines_and_doubled_quotes_are_part_of_a_value_and_one_row(table: Table) -> None:
    assert rows(table(HEAD + b'"a\nb",1,"say ""x"", y"\nc,2,z\n')) == [(0, "a\nb", 1.0, 'say "x", y'), (1, "c", 2.0, "z")]


def test_a_row_that_begins_like_a_remark_is_a_row(table: Table) -> None:
    assert [r[1] for r in rows(table(HEAD + b"#a,1,x\nb,2,x\n"))] == ["#a", "b"]


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_semicolons_tabs_and_bars_are_seen(table: Table, delimiter: str) -> None:
    body = HEAD.decode() + 'a,1,"x,y"\n'
    assert rows(table(body.replace(",", delimiter).encode(), name="t.tsv")) == [(0, "a", 1.0, f"x{delimiter}y")]


@pytest.mark.parametrize("newline", [b"\r\n", b"\r"])
def test_line_ends_of_other_systems_and_a_byte_order_mark_are_read(table: Table, newline: bytes) -> None:
    body = b"\xef\xbb\xbf" + HEAD + b"a,1,x\nb,2,y\n"
    assert [r[1] for r in rows(table(body.replace(b"\n", newline)))] == ["a", "b"]


def test_mixed_line_ends_and_blank_lines_change_no_number(table: Table) -> None:
    assert [r[:2] for r in rows(table(HEAD + b"a,1,x\r\n\nb,2,y\n\r\nc,3,z"))] == [(0, "a"), (1, "b"), (2, "c")]


def test_a_column_named_twice_is_refused_only_where_it_is_used(table: Table) -> None:
    assert refused(table, b"account,time,object,account\na,1,x,b\n")[0] == "relation.twice"
    assert rows(table(b"account,time,object,z,z\na,1,x,b,c\n")) == [(0, "a", 1.0, "x")]


def test_names_that_differ_only_in_case_are_two_columns(table: Table) -> None:
    assert rows(table(b"Account,account,time,object\nA,a,1,x\n")) == [(0, "a", 1.0, "x")]


def test_a_row_of_seventeen_megabytes_is_too_long_and_the_next_is_read(table: Table) -> None:
    body = HEAD + b"a,1,x\nb,2," + b"y" * 17 * 2**20 + b"\nc,3,z\n"
    assert refused(table, body) == ("relation.long", ("t.csv", "1", "2", "3"))
    assert [r[:2] for r in rows(table(body, skip=True))] == [(0, "a"), (2, "c")]


def test_a_text_of_two_megabytes_is_cut_and_that_is_said(table: Table) -> None:
    found = table(HEAD + b"a,1," + b"y" * 2_000_000 + b"\n")
    assert len(rows(found)[0][3]) == 1_000_000
    assert [(n.rule, n.values) for n in found.notes] == [("relation.cut", ("object", "1", "1000000"))]


def test_characters_are_counted_and_no_bytes(table: Table) -> None:
    found = table(HEAD + "".join(f"a,{n},{'я' * n}\n" for n in (999_999, 1_000_000, 1_000_001)).encode())
    assert [len(str(row[3])) for row in rows(found)] == [999_999, 1_000_000, 1_000_000]
    assert [n.values for n in found.notes if n.rule == "relation.cut"] == [("object", "1", "1000000")]


def test_emoji_only_is_a_text_and_a_nul_byte_is_none(table: Table) -> None:
    body = HEAD + "🔥🔥,1,x\n".encode() + b"a\0b,2,x\n"
    assert refused(table, body) == ("detect.bad-rows", ("t.csv", "1", "2", "2: account = “a␀b”"))
    assert [r[1] for r in rows(table(body, skip=True))] == ["🔥🔥"]


def test_a_compressed_file_is_read_and_a_broken_one_refused(table: Table) -> None:
    packed = gzip.compress(HEAD + b"a,1,x\n")
    assert rows(table(packed, name="t.csv.gz")) == [(0, "a", 1.0, "x")]
    assert refused(table, packed[:-12], name="u.csv.gz")[0] == "detect.not-a-table"
    assert refused(table, b"no gzip", name="v.csv.gz")[0] == "detect.not-a-table"


@pytest.mark.parametrize("body", [b"", b"\n", HEAD, b"\xef\xbb\xbf"])
def test_an_empty_file_and_a_header_alone_are_empty(table: Table, body: bytes) -> None:
    assert refused(table, body)[0] == "detect.empty"


def test_all_rows_ragged_leaves_nothing_even_when_skipped(table: Table) -> None:
    assert refused(table, HEAD + b"a,1\n", skip=True)[0] == "relation.cells"


# --- files -------------------------------------------------------------------------------------


def test_a_file_that_is_not_there_a_folder_and_an_ending_nobody_reads(table: Table, tmp_path: Path, db: DuckDB) -> None:
    with pytest.raises(Unknown, match=r"detect\.unreadable"):
        header(str(tmp_path / "none.csv"), db)
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(Unknown, match=r"detect\.unreadable"):
        header(str(tmp_path / "folder.csv"), db)
    assert refused(table, b"PK", name="t.xlsx")[0] == "detect.ending"
    assert refused(table, b"not parquet", name="t.parquet")[0] == "detect.not-a-table"


def test_stars_and_brackets_in_a_name_open_that_file_and_no_other(table: Table) -> None:
    table.folder.joinpath("x1.csv").write_bytes(HEAD + b"other,1,x\n")
    for name in ("x*.csv", "x[1].csv", "x?.csv", "it's.csv", "x*.jsonl"):
        body = HEAD + b"a,1,x\n" if name.endswith("csv") else b'{"account": "a", "time": 1, "object": "x"}\n'
        with DuckDB(str(table.folder)) as db:
            assert rows(Table(table.folder, db)(body, name=name)) == [(0, "a", 1.0, "x")]


# --- columns -----------------------------------------------------------------------------------


def test_a_missing_column_is_told_with_those_that_are_there(table: Table) -> None:
    assert refused(table, b"user,time,object\na,1,x\n") == ("detect.no-column", ("account", "t.csv", "user, time, object"))
    assert refused(table, HEAD + b"a,1,x\n", account="")[0] == "detect.no-column-named"
    assert refused(table, HEAD + b"a,1,x\n", colour="account")[0] == "relation.role"


def test_a_role_of_one_column_takes_no_two(table: Table) -> None:
    table(HEAD + b"a,1,x\n")
    with pytest.raises(Malformed, match=r"relation\.one-column"):
        read(
            str(table.folder / "t.csv"),
            NEEDS,
            Reading({"account": ("account", "object"), "time": ("time",), "object": ("object",)}),
            table.db,
        )


def test_layers_keep_their_names_and_an_empty_one_is_no_fault(table: Table) -> None:
    table.folder.joinpath("l.csv").write_bytes(b"account,time,url,tag\na,1,,t\nb,2,u,\n")
    reading = Reading({"account": ("account",), "time": ("time",), "object": ("url", "tag")})
    found = read(str(table.folder / "l.csv"), NEEDS, reading, table.db)
    assert found.layers == {"object": ("url", "tag")}
    assert found.columns == ("row", "account", "time", "object_1", "object_2")
    assert table.db.rows("SELECT object_1, object_2 FROM relation ORDER BY row") == [(None, "t"), ("u", None)]


# --- times -------------------------------------------------------------------------------------

AT = 1_632_650_400.0  # 2021-09-26T10:00:00Z


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("1632650400", AT),
        ("1632650400.25", AT + 0.25),
        ("1.6326504e9", AT),
        ("2021-09-26T10:00:00Z", AT),
        ("2021-09-26 12:00:00+02:00", AT),
        ("2021-09-26 12:00:00+02", AT),
        ("2021-09-26 10:00:00", AT),
        ("2021-09-26 06:00:00 America/Toronto", AT),
        ("2021-09-26 07:00 Etc/GMT+3", AT),
        ("2021-09-26 10:00:00 UTC", AT),
        ("2021-09-26 10:00:00 gmt", AT),
        ("2021-09-26 12:00:00 UTC+2", AT),
        ("2021-09-26", AT - 36_000),
    ],
)
def test_a_time_is_read_as_seconds_and_without_a_zone_as_utc(table: Table, written: str, seconds: float) -> None:
    assert rows(table(HEAD + f"a,{written},x\n".encode()))[0][2] == seconds


def test_times_without_a_zone_are_in_the_one_that_is_named(table: Table) -> None:
    assert rows(table(HEAD + b"a,2021-09-26 12:00:00,x\nb,2021-09-26T10:00:00Z,x\n", zone="Europe/Berlin")) == [
        (0, "a", AT, "x"),
        (1, "b", AT, "x"),
    ]
    assert refused(table, HEAD + b"a,1,x\n", zone="Europe/Nowhere")[0] == "relation.zone"


@pytest.mark.parametrize("format_", KNOWN_FORMATS)
def test_a_known_way_of_writing_times_is_read_as_the_standard_library_reads_it(table: Table, format_: str) -> None:
    moments = [
        datetime(2021, 9, 26, 18, 4, 5, tzinfo=UTC),
        datetime(2024, 2, 29, 0, 0, 59, tzinfo=UTC),
        datetime(2019, 12, 31, 23, 59, 0, tzinfo=UTC),
    ]
    written = [moment.strftime(format_) for moment in moments]
    body = HEAD + "".join(f'a,"{text}",x\n' for text in written).encode()
    plain = [datetime.strptime(text, format_).replace(tzinfo=UTC).timestamp() for text in written]
    assert [row[2] for row in rows(table(body, format_=format_))] == plain


@pytest.mark.parametrize(
    ("written", "format_", "zone", "seconds"),
    [
        ("26/09/2021 12:00", "%d/%m/%Y %H:%M", "Europe/Berlin", AT),
        ("9/26/21 10:00 AM", "%m/%d/%y %I:%M %p", "", AT),
        ("Sun Sep 26 12:00:00 +0200 2021", "%a %b %d %H:%M:%S %z %Y", "America/Toronto", AT),
        ("2021-09-26 06:00:00 America/Toronto", "%Y-%m-%d %H:%M:%S %Z", "", AT),
        ("20210926", "%Y%m%d", "", AT - 36_000),
        ("20210926100000", "%Y%m%d%H%M%S", "", AT),
    ],
)
def test_times_are_read_as_a_format_says_in_the_zone_they_name_or_that_is_named(
    table: Table, written: str, format_: str, zone: str, seconds: float
) -> None:
    assert rows(table(HEAD + f"a,{written},x\n".encode(), format_=format_, zone=zone))[0][2] == seconds


def test_whole_numbers_of_parquet_are_read_as_a_format_says_too(table: Table) -> None:
    made = parquet(table.folder / "t.parquet", "SELECT 'a' AS account, 20210926 AS time, 'x' AS object")
    assert rows(table(made, name="t.parquet", format_="%Y%m%d"))[0][2] == AT - 36_000
    instants = parquet(table.folder / "t.parquet", "SELECT 'a' AS account, DATE '2021-09-26' AS time, 'x' AS object")
    assert refused(table, instants, name="t.parquet", format_="%Y%m%d")[0] == "relation.format-idle"


def test_a_row_that_is_written_otherwise_than_the_format_says_is_named(table: Table) -> None:
    body = HEAD + b"a,26/09/2021 10:00,x\nb,09/26/2021 10:00,x\nc,,x\nd,2021-09-26 10:00,x\n"
    rule, values = refused(table, body, format_="%d/%m/%Y %H:%M")
    assert (rule, values[1:3]) == ("detect.bad-rows", ("3", "4"))
    assert "2: time = “09/26/2021 10:00”" in values[3]
    assert [row[1] for row in rows(table(body, format_="%d/%m/%Y %H:%M", skip=True))] == ["a"]


@pytest.mark.parametrize(
    ("times", "format_"),
    [
        (["20210926", "20211231", "20190101", "20200229", "20210101"], "%Y%m%d"),
        (["202109261000", "201912312359"], "%Y%m%d%H%M"),
        (["20210926100000", "20191231235959"], "%Y%m%d%H%M%S"),
    ],
)
@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_dates_that_look_like_numbers_are_no_seconds(table: Table, times: list[str], format_: str, kind: str) -> None:
    body = HEAD + "".join(f"a,{time},x\n" for time in times).encode()
    if kind == "parquet":
        (table.folder / "n.csv").write_bytes(body)
        body = parquet(table.folder / "t.parquet", f"SELECT * REPLACE (CAST(time AS BIGINT) AS time) FROM '{table.folder}/n.csv'")
    assert refused(table, body, name=f"t.{kind}") == ("relation.digits", ("time", times[0] if len(times) < 5 else "20190101", format_))
    with DuckDB(str(table.folder)) as db:
        read = rows(Table(table.folder, db)(body, name=f"t.{kind}", format_=format_))
    assert [row[2] for row in read] == [datetime.strptime(time, format_).replace(tzinfo=UTC).timestamp() for time in times]


def test_seconds_since_an_experiment_began_are_seconds(table: Table) -> None:
    assert len(rows(table(HEAD + b"".join(b"a,%d,x\n" % (20_000_000 + 7_777 * n) for n in range(9))))) == 9


def test_letters_that_mean_several_zones_are_none_to_a_format_either(table: Table) -> None:
    body = HEAD + b"a,26.09.2021 11:00 BST,x\nb,26.09.2021 12:00 Europe/Berlin,x\n"
    assert refused(table, body, format_="%d.%m.%Y %H:%M %Z")[1][3] == "1: time = “26.09.2021 11:00 BST”"
    assert rows(table(body, format_="%d.%m.%Y %H:%M %Z", skip=True))[0][2] == AT


@pytest.mark.parametrize(("format_", "rule"), [("%Q", "relation.format"), ("%", "relation.format"), ("%H:%M", "relation.format-year")])
def test_what_is_no_format_of_a_date_is_refused(table: Table, format_: str, rule: str) -> None:
    assert refused(table, HEAD + b"a,26/09/2021,x\n", format_=format_) == (rule, (format_,))


@pytest.mark.parametrize(
    ("times", "formats"),
    [
        (["26/09/2021 10:00", "01/02/2021 9:05"], "%d/%m/%Y %H:%M"),
        (["03/09/2021 10:00", "01/02/2021 9:05"], "%d/%m/%Y %H:%M | %m/%d/%Y %H:%M"),
        (["9/26/21 6:00 PM"], "%m/%d/%y %I:%M %p"),
        (["Sun Sep 26 18:00:00 +0000 2021"], "%a %b %d %H:%M:%S %z %Y"),
        (["2021-09-26 18:00:00 CST"], ""),
        (["26/09/2021", "9/26/2021"], ""),
    ],
)
def test_where_no_time_can_be_used_the_formats_that_fit_all_are_named(table: Table, times: list[str], formats: str) -> None:
    body = HEAD + "".join(f"a,{time},x\n" for time in times).encode()
    with pytest.raises(Malformed) as caught:
        table(body)
    reason = caught.value.reason
    assert (reason.rule, reason.advice) == ("detect.all-bad", "detect.say-format" if formats else "detect.check-times")
    assert "".join(reason.values[3:]) == formats
    assert formats in say(reason, "fr")


def test_mixed_zones_are_refused_with_a_row_of_each(table: Table) -> None:
    body = HEAD + b"a,2021-09-26T10:00:00Z,x\nb,2021-09-26 10:00:00,x\n"
    assert refused(table, body) == ("detect.zones", ("time", "1", "2", "1"))


@pytest.mark.parametrize(("value", "unit"), [("1632650400000", "ms"), ("1632650400000000", "us"), ("1632650400000000000", "ns")])
def test_milliseconds_for_seconds_are_refused_until_they_are_called_so(table: Table, value: str, unit: Unit) -> None:
    body = HEAD + f"a,{value},x\n".encode()
    assert refused(table, body) == ("detect.unit", ("1", "time", value, "s"))
    with DuckDB(str(table.folder)) as db:
        assert rows(Table(table.folder, db)(body, unit=unit))[0][2] == AT


@pytest.mark.parametrize(
    "value",
    [
        "NaN",
        "inf",
        "-Infinity",
        "infinity",
        "epoch",
        "1e400",
        "26/09/2021 10:00",
        "soon",
        "",
        " ",
        "1e15",
        "290000-01-01",
        "2021-09-26 06:00 PM",
        "2021-09-26 11:00 BST",
        "2021-09-26 05:00 CST",
        "2021-09-26 10:00 Europe/Nowhere",
    ],
)
def test_what_is_no_time_is_named_with_row_and_column(table: Table, value: str) -> None:
    body = HEAD + f"a,1,x\nb,{value},x\nc,3,x\n".encode()
    assert refused(table, body) == ("detect.bad-rows", ("t.csv", "1", "3", f"2: time = “{value}”"))
    found = table(body, skip=True)
    assert [r[0] for r in rows(found)] == [0, 2]
    assert [(n.rule, n.values) for n in found.notes] == [("detect.left-out", ("1", "3", "2 (time)"))], "what leaves does not quote it"


def test_only_the_first_rows_are_named_and_all_are_counted(table: Table) -> None:
    body = HEAD + b"a,1,x\n" + b",no,x\n" * 5
    found = table(body, skip=True)
    assert found.notes[0].values[:2] == ("5", "6")
    assert found.notes[0].values[2] == "2 (account), 2 (time), 3 (account)"
    assert refused(table, HEAD + b"a,no,x\n", skip=True)[0] == "detect.all-bad"


# --- JSON Lines --------------------------------------------------------------------------------


def lines(*objects: object) -> bytes:
    return b"".join(json.dumps(o, ensure_ascii=False).encode() + b"\n" for o in objects)


GOOD = {"account": "a", "time": 1, "object": "x"}


def test_keys_that_come_late_and_types_that_differ_are_read(table: Table) -> None:
    late = lines(*[{"account": n, "time": n, "object": "x"} for n in range(3)], {**GOOD, "account": True, "lang": "fr"})
    found = table(late, name="t.jsonl", language="lang")
    assert found.engine.rows("SELECT account, language FROM relation ORDER BY row") == [
        ("0", None),
        ("1", None),
        ("2", None),
        ("true", "fr"),
    ]


def test_a_key_that_only_the_thirty_thousandth_object_has_is_found(table: Table) -> None:
    body = lines(GOOD) * 30_000 + lines({**GOOD, "lang": "fr"})
    assert table(body, name="t.jsonl", language="lang").engine.rows("SELECT count(language) FROM relation") == [(1,)]


def test_a_broken_line_is_named_and_the_others_keep_their_numbers(table: Table) -> None:
    body = lines(GOOD) + b'{"account": "b"\n\n' + lines([1], "x", {**GOOD, "account": "c"}) + b'{"account": "caf\xe9", "time": 1}\n'
    assert refused(table, body, name="t.jsonl") == ("relation.objects", ("t.jsonl", "4", "2, 3, 4"))
    found = table(body, name="t.jsonl", skip=True)
    assert [r[:2] for r in rows(found)] == [(0, "a"), (4, "c")]
    assert (found.rows, found.kept) == (6, 2)


def test_an_array_is_read_and_a_broken_one_refused(table: Table) -> None:
    assert rows(table(json.dumps([GOOD, {**GOOD, "account": "b"}]).encode(), name="t.json"))[1][1] == "b"
    assert refused(table, json.dumps([GOOD]).encode()[:-3], name="u.json")[0] == "detect.not-a-table"


def test_a_missing_key_is_a_bad_row_and_a_huge_number_keeps_its_digits(table: Table) -> None:
    body = lines({**GOOD, "account": 123456789012345678901234567890}, {"time": 1, "object": "x"})
    assert refused(table, body, name="t.jsonl") == ("detect.bad-rows", ("t.jsonl", "1", "2", "2: account = “”"))
    assert rows(table(body, name="t.jsonl", skip=True))[0][1] == "123456789012345678901234567890"


# --- Parquet -----------------------------------------------------------------------------------


def parquet(path: Path, query: str) -> bytes:
    with duckdb.connect() as db:
        db.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet)")
    return path.read_bytes()


@pytest.mark.parametrize("type_", ["TIMESTAMP", "TIMESTAMP_NS", "TIMESTAMP_MS", "TIMESTAMP_S", "TIMESTAMPTZ", "VARCHAR"])
def test_times_of_parquet_are_read_whatever_their_type(table: Table, type_: str) -> None:
    at = "TIMESTAMPTZ '2021-09-26 10:00:00+00'" if type_ == "TIMESTAMPTZ" else f"CAST(TIMESTAMP '2021-09-26 10:00:00' AS {type_})"
    made = parquet(table.folder / "t.parquet", f"SELECT 'a' AS account, {at} AS time, 'x' AS object")
    assert rows(table(made, name="t.parquet")) == [(0, "a", AT, "x")]


@pytest.mark.parametrize(
    ("value", "unit"),
    [
        ("1632650400", "s"),
        ("1632650400::HUGEINT", "s"),
        ("1632650400000", "ms"),
        ("1632650400.0::DECIMAL(18,1)", "s"),
        ("1632650400.0::DOUBLE", "s"),
    ],
)
def test_numbers_of_parquet_are_times(table: Table, value: str, unit: Unit) -> None:
    made = parquet(table.folder / "t.parquet", f"SELECT 23678.0::DOUBLE AS account, {value} AS time, 12::UTINYINT AS object")
    assert rows(table(made, name="t.parquet", unit=unit)) == [(0, "23678", AT, "12")]


def test_dates_are_midnight_where_the_user_is(table: Table) -> None:
    made = parquet(table.folder / "t.parquet", "SELECT 'a' AS account, DATE '2021-09-26' AS time, 'x' AS object")
    assert rows(table(made, name="t.parquet", zone="Europe/Berlin"))[0][2] == AT - 43_200


def test_nan_null_infinity_and_wrong_types_of_parquet_are_named(table: Table) -> None:
    made = parquet(
        table.folder / "t.parquet",
        "SELECT * FROM (VALUES ('a', 1.0::DOUBLE, 'x'), ('b', 'NaN', 'x'), ('c', 'inf', 'x'), (NULL, NULL, 'x')) v(account, time, object)",
    )
    assert refused(table, made, name="t.parquet") == (
        "detect.bad-rows",
        ("t.parquet", "3", "4", "2: time = “nan”; 3: time = “inf”; 4: account = “”"),
    )
    assert [r[:2] for r in rows(table(made, name="t.parquet", skip=True))] == [(0, "a")]
    made = parquet(table.folder / "l.parquet", "SELECT 'a' AS account, [1, 2] AS time, 'x' AS object")
    assert refused(table, made, name="l.parquet") == ("detect.all-bad", ("l.parquet", "1", "1: time = “[1, 2]”"))
    made = parquet(table.folder / "i.parquet", "SELECT 'a' AS account, TIMESTAMP 'infinity' AS time, 'x' AS object")
    assert refused(table, made, name="i.parquet")[0] == "detect.all-bad"


# --- one table, three files --------------------------------------------------------------------

WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=12).filter(lambda t: t.strip(" \t\r\n"))
ROW = st.tuples(WORDS, st.integers(-(10**9), 10**10), WORDS | st.none())


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ROW, min_size=1, max_size=6))
def test_what_is_read_from_csv_json_lines_and_parquet_of_the_same_rows_is_equal(
    tmp_path: Path, made: list[tuple[str, int, str | None]]
) -> None:
    found = [rows(read(str(path), NEEDS, Reading({k: (k,) for k in ("account", "time", "object")}), db))
             for path in written(tmp_path, made) for db in [DuckDB(str(tmp_path))]]  # fmt: skip
    assert found[0] == [(i, account, float(at), thing) for i, (account, at, thing) in enumerate(made)]
    assert found[1] == found[0]
    assert found[2] == found[0]


def written(folder: Path, made: Sequence[tuple[str, int, str | None]]) -> list[Path]:
    import csv

    with (folder / "m.csv").open("w", encoding="utf-8", newline="") as to:
        csv.writer(to).writerows([("account", "time", "object"), *made])
    (folder / "m.jsonl").write_bytes(lines(*[dict(zip(("account", "time", "object"), row, strict=True)) for row in made]))
    with duckdb.connect() as db:
        db.execute("CREATE TABLE m (account VARCHAR, time BIGINT, object VARCHAR)")
        db.executemany("INSERT INTO m VALUES (?, ?, ?)", made)
        db.table("m").write_parquet(str(folder / "m.parquet"))
    return [folder / "m.csv", folder / "m.jsonl", folder / "m.parquet"]


# --- what is said of columns --------------------------------------------------------------------


def notes(found: Relation) -> list[tuple[str, tuple[str, ...]]]:
    return [(n.rule, n.values) for n in found.notes]


def test_a_column_that_holds_one_value_or_none_is_named(table: Table) -> None:
    one = HEAD + b"".join(f"a,{n},\n".encode() for n in range(6))
    assert notes(table(one)) == [("relation.one-value", ("account",)), ("relation.no-value", ("object",))]


def test_times_that_are_all_the_same_are_named(table: Table) -> None:
    at_once = HEAD + b"".join(f"a{n},7,x{n}\n".encode() for n in range(6))
    assert notes(table(at_once)) == [("relation.one-value", ("time",))]


@pytest.mark.parametrize(
    ("times", "said"),
    [
        (["2021-08-26", "2021-08-27"], "relation.whole-days"),
        (["2021-08-26 10:00", "2021-08-27 11:00"], "relation.whole-hours"),
        (["2021-08-26 10:01", "2021-08-27 11:02"], "relation.whole-minutes"),
        (["2021-08-26 10:01", "2021-08-27 11:02:01"], ""),
    ],
)
def test_times_without_seconds_or_a_clock_are_named(table: Table, times: list[str], said: str) -> None:
    body = HEAD + b"".join(f"a{n},{times[n % 2]},x{n}\n".encode() for n in range(6))
    assert [rule for rule, _ in notes(table(body))] == [said] * bool(said)


def test_seconds_that_were_called_milliseconds_are_no_times_of_1970(table: Table) -> None:
    body = HEAD + b"".join(f"a{n},{1_632_600_000 + n},x{n}\n".encode() for n in range(6))
    assert refused(table, body, unit="ms") == ("relation.unit-too-fine", ("time", "1632600005", "ms"))


def test_times_that_begin_at_nought_may_be_milliseconds(table: Table) -> None:
    small = HEAD + b"".join(f"a{n},{n * 1_000},x{n}\n".encode() for n in range(6))
    assert notes(table(small, unit="ms")) == []
