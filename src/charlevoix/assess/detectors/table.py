"""A table: somebody's file of rows (CSV, JSON Lines, Parquet), laid into DuckDB as it stands, each row by its number in the file."""

import csv
import gzip
import re
import zlib
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import IO, Any, Final, Literal, TypeVar

from charlevoix.assess.detectors.engine import DuckDB, first_line, literal, quoted
from charlevoix.errors import Malformed, Reason, Unknown

LINE: Final = 16 * 2**20
"""Characters of one row of CSV; a longer one can't be used."""

OBJECT: Final = 32 * 2**20
"""Bytes of one object of JSON."""

SHOWN: Final = 3
"""Rows that a message names."""

_HEADER: Final = 2**20
_GZIP: Final = 18  # bytes of a packed file of nothing
_DELIMITERS: Final = (",", ";", "\t", "|")
_LOST: Final = re.compile("[\udc80-\udcff]")  # what Python makes of a byte that is no letter in the encoding
_ARRAY: Final = re.compile(r"\s*\[\s*(\{|\]|$)")
_UTF8: Final = ("utf-8", "utf8", "utf-8-sig")

T = TypeVar("T")
Kind = Literal["csv", "json", "parquet"]
_ENDINGS: Final[Mapping[str, Kind]] = {
    **dict.fromkeys((".csv", ".tsv", ".txt"), "csv"),
    **dict.fromkeys((".jsonl", ".ndjson", ".json"), "json"),
    **dict.fromkeys((".parquet", ".pq"), "parquet"),
}


@dataclass(frozen=True, slots=True)
class Loaded:
    """A table of DuckDB called `raw`: the columns that were wanted, and the number of each row.

    `row`: the SQL of that number, from 0, the header and blank lines not counted. `broken` says which rows could not be read at all, of each
    sort (values: file, how many, the first of them as a person counts, from 1); they are missing in `raw`, or are all NULL (`empty`).
    """

    row: str
    rows: int  # of the file
    broken: tuple[Reason, ...] = ()
    lost: int = 0  # rows that `broken` speaks of
    empty: str = "false"  # SQL: this row of `raw` is one of them


@dataclass(slots=True)
class Faults:
    """Rows that can't be read, counted by what is wrong with them; the first of each are kept."""

    counts: dict[str, int] = field(default_factory=dict)
    first: dict[str, list[str]] = field(default_factory=dict)

    def add(self, kind: str, row: int, shown: str = "") -> None:
        self.counts[kind] = self.counts.get(kind, 0) + 1
        named = self.first.setdefault(kind, [])
        if len(named) < SHOWN:
            named.append(f"{row + 1}{shown}")

    def reasons(self, file: str, more: str) -> tuple[Reason, ...]:
        return tuple(Reason(f"relation.{k}", (file, str(n), ", ".join(self.first[k]), more)) for k, n in self.counts.items())


def columns(path: str, db: DuckDB, encoding: str = "utf-8") -> Mapping[str, str]:
    """The columns of a file and their types, as DuckDB calls them; every column of CSV is text.

    Raises Malformed for what is no table, Unknown for what can't be read.
    """
    kind = kind_of(path)
    if kind == "csv":
        return dict.fromkeys(_header(path, encoding)[0], "VARCHAR")
    if kind == "json":
        found = keys(path, db)
        if not found:
            _say_why_no_keys(path, db)
        return found
    return _described(f"SELECT * FROM read_parquet({_file(path)})", path, db)


def load(path: str, wanted: Mapping[str, tuple[str, str]], db: DuckDB, encoding: str = "utf-8") -> Loaded:
    """Makes the table `raw`: each wanted column (column of the file, and the SQL to read it by, `{}` for the column) under its name here.

    Raises Malformed for what is no table, for a header that names a wanted column twice, and Unknown for what can't be read.
    """
    by_kind: Mapping[Kind, Callable[[str, Mapping[str, tuple[str, str]], DuckDB, str], Loaded]] = {
        "csv": _load_csv,
        "json": _load_json,
        "parquet": _load_parquet,
    }
    return by_kind[kind_of(path)](path, wanted, db, encoding)


def kind_of(path: str) -> Kind:
    """What a file is, by the ending of its name. Raises Malformed for any other."""
    return _ENDINGS[ending(path).removesuffix(".gz")]


def ending(path: str) -> str:
    """The ending by which a file is known, such as ".csv.gz". Raises Malformed for any other."""
    name = Path(path.lower())
    packed = name.suffix == ".gz"
    found = Path(name.stem).suffix if packed else name.suffix
    if found not in _ENDINGS or (packed and _ENDINGS[found] == "parquet"):
        raise Malformed("detect.ending", Path(path).name[:100], advice="detect.endings")
    return found + ".gz" * packed


def within(path: str, rows: int, size: int, db: DuckDB) -> None:
    """Raises Malformed for a table of more rows, or of more bytes once unpacked: Parquet says both itself, a packed file is read until it is too large.

    A line counts as a row, also within a cell of CSV. Of an array of JSON the bytes count alone.
    """
    if kind_of(path) == "parquet":
        many = ask(db, f"SELECT num_rows FROM parquet_file_metadata({_file(path)})", path)[0][0]
        large = ask(db, f"SELECT coalesce(sum(total_uncompressed_size), 0) FROM parquet_metadata({_file(path)})", path)[0][0]
        _refuse_beyond(path, int(many), int(large), rows, size)
        return
    opens = gzip.open if path.lower().endswith(".gz") else open
    lines = returns = large = 0
    with opens(path, "rb") as stream:
        while some := _readable(path, "", lambda: stream.read(2**20)):
            lines, returns, large = lines + some.count(b"\n"), returns + some.count(b"\r"), large + len(some)
            _refuse_beyond(path, max(lines, returns), large, rows, size)


def _refuse_beyond(path: str, many: int, large: int, rows: int, size: int) -> None:
    if many > rows:
        raise Malformed("detect.too-many-rows", Path(path).name, rows, advice="detect.on-command-line")
    if large > size:
        raise Malformed("detect.too-large", Path(path).name, size // 1_000_000, advice="detect.on-command-line")


def unpacked(path: str) -> int:
    """Bytes of a file once it is unpacked, as its own end says; of what is no table, 0. A packed file of more than 4 GB tells less than it holds."""
    try:
        with open(path, "rb") as stream:
            here = stream.seek(0, 2)
            if not path.lower().endswith(".gz") or here < _GZIP:
                return here
            stream.seek(-4, 2)
            return max(here, int.from_bytes(stream.read(4), "little"))  # RFC 1952, ISIZE
    except OSError:
        return 0


# --- Parquet -----------------------------------------------------------------------------------


def _load_parquet(path: str, wanted: Mapping[str, tuple[str, str]], db: DuckDB, encoding: str) -> Loaded:
    return _made(f"read_parquet({_file(path)})", {as_: sql.format(quoted(c)) for as_, (c, sql) in wanted.items()}, path, db)


# --- JSON Lines --------------------------------------------------------------------------------


def _json(path: str, broken: bool) -> str:
    """Arguments of DuckDB's readers of JSON. `broken`: a line that is no JSON becomes NULL."""
    shape = "array" if _is_array(path) else "newline_delimited"
    return f"{_file(path)}, format = '{shape}', maximum_object_size = {OBJECT}{', ignore_errors = true' if broken and not _is_array(path) else ''}"


def keys(path: str, db: DuckDB, objects: int = 20_000) -> Mapping[str, str]:
    """Keys of the first objects, in the order in which they come, all as text: one column may hold numbers and words."""
    first = f"SELECT json, row_number() OVER () AS n FROM read_json_objects({_json(path, True)}) LIMIT {objects}"
    every = f"SELECT unnest(json_keys(json)) AS key, n FROM ({first}) WHERE json_type(json) = 'OBJECT'"
    found = ask(db, f"SELECT key FROM ({every}) GROUP BY key ORDER BY min(n), key LIMIT 10000", path)
    return {str(key): "VARCHAR" for (key,) in found}


def _say_why_no_keys(path: str, db: DuckDB) -> None:
    """Raises Malformed: the file is empty, is no JSON (DuckDB says where), or holds no objects."""
    many = ask(db, f"SELECT count(*) FROM (SELECT 1 FROM read_json_objects({_json(path, False)}) LIMIT 20000)", path)[0][0]
    if not many:
        raise Malformed("detect.empty", Path(path).name, advice="detect.other-file")
    raise Malformed("detect.no-objects", Path(path).name, advice="detect.objects")


def _load_json(path: str, wanted: Mapping[str, tuple[str, str]], db: DuckDB, encoding: str) -> Loaded:
    types = ", ".join(f"{literal(c)}: 'VARCHAR'" for c in dict.fromkeys(c for c, _ in wanted.values()))
    picked = {as_: sql.format(quoted(c)) for as_, (c, sql) in wanted.items()}

    def scan(broken: bool) -> str:
        return f"read_json({_json(path, broken)}, columns = {{{types}}})"

    try:
        return _made(scan(False), picked, path, db)
    except Malformed:
        if _is_array(path):
            raise
    # DuckDB keeps a line that is no object as a row of nothing but NULL, so that the numbers stay
    made = _made(scan(True), picked, path, db)
    every = f"SELECT row_number() OVER () - 1 AS row, json FROM read_json_objects({_json(path, True)})"
    ask(db, f"CREATE OR REPLACE TABLE broken AS SELECT row FROM ({every}) WHERE json IS NULL OR json_type(json) <> 'OBJECT'", path)
    lost = int(db.rows("SELECT count(*) FROM broken")[0][0])
    first = ", ".join(str(row + 1) for (row,) in db.rows(f"SELECT row FROM broken ORDER BY row LIMIT {SHOWN}"))
    said = (Reason("relation.objects", (Path(path).name, str(lost), first)),) if lost else ()
    return Loaded("rowid", made.rows, said, lost, "rowid IN (SELECT row FROM broken)")


def _is_array(path: str) -> bool:
    """However its blanks and lines are laid. A line that is a list of something else is one line of JSON Lines."""
    with _opened(path, "utf-8") as stream:
        return bool(_ARRAY.match(_readable(path, "utf-8", lambda: stream.read(65_536))))


# --- CSV ---------------------------------------------------------------------------------------


def _load_csv(path: str, wanted: Mapping[str, tuple[str, str]], db: DuckDB, encoding: str) -> Loaded:
    names, delimiter = _header(path, encoding)
    twice = [c for c, _ in wanted.values() if names.count(c) > 1]
    if twice:
        raise Malformed("relation.twice", Path(path).name, twice[0], advice="relation.rename")
    places = {as_: names.index(c) for as_, (c, _) in wanted.items()}
    picked = {as_: sql.format(quoted(f"c{places[as_]}")) for as_, (_, sql) in wanted.items()}
    if encoding.lower() in _UTF8:
        try:
            return _made(_scan_csv(_file(path), [f"c{i}" for i in range(len(names))], delimiter), picked, path, db)
        except (Malformed, Unknown):
            pass  # what is wrong, and in which rows, is for the slow way to find
    return _mended(path, names, delimiter, places, {as_: sql.format(quoted(as_)) for as_, (_, sql) in wanted.items()}, db, encoding)


def _scan_csv(file: str, names: Sequence[str], delimiter: str, number: str = "") -> str:
    """Nothing is guessed: DuckDB would take a row that begins with "#" for a remark, and one wide row for another number of columns."""
    types = ", ".join([*([f"{literal(number)}: 'BIGINT'"] if number else []), *(f"{literal(n)}: 'VARCHAR'" for n in names)])
    return (
        f"read_csv({file}, header = true, auto_detect = false, columns = {{{types}}}, delim = {literal(delimiter)}, quote = '\"', "
        f"escape = '\"', comment = '', max_line_size = {2 * LINE if number else LINE})"
    )


def _mended(
    path: str, names: Sequence[str], delimiter: str, places: Mapping[str, int], picked: Mapping[str, str], db: DuckDB, encoding: str
) -> Loaded:
    """The rows of a CSV file that can be read, through a copy of them with their numbers."""
    faults, rows = Faults(), 0
    copy = str(Path(db.folder) / "mended.csv")
    with _opened(path, encoding) as stream, open(copy, "w", encoding="utf-8", newline="") as to:
        write = csv.writer(to, quoting=csv.QUOTE_ALL)
        write.writerow(["row", *places])
        for row, cells in _readable_rows(path, encoding, stream, len(names), delimiter, faults):
            rows = row + 1
            if cells is not None:
                write.writerow([row, *(cells[i] for i in places.values())])
    made = _made(_scan_csv(literal(copy), list(places), ",", "row"), {"row": '"row"', **picked}, path, db)
    Path(copy).unlink()
    return Loaded('"row"', rows, faults.reasons(Path(path).name, str(len(names))), rows - made.rows)


def _readable_rows(
    path: str, encoding: str, stream: IO[str], wide: int, delimiter: str, faults: Faults
) -> Iterator[tuple[int, list[str] | None]]:
    """(number, cells) of each row below the header; no cells where it can't be read, which is told to `faults`."""
    found = _records(_bounded(stream), delimiter)
    next(found, None)  # the header
    row = 0
    while (record := _readable(path, encoding, lambda: next(found, None))) is not None:
        cells, fault = record
        if cells == []:  # a blank line is a row only where a row is one cell
            if wide > 1:
                continue
            cells = [""]
        fault = fault or _fault(cells, wide)
        if fault:
            faults.add(fault, row, f" ({len(cells)})" if fault == "cells" and cells is not None else "")
        yield row, None if fault else cells
        row += 1


def _fault(cells: list[str] | None, wide: int) -> str:
    if cells is None or len(cells) != wide:
        return "cells"
    text = "".join(cells)
    return "bytes" if not text.isascii() and _LOST.search(text) else ""


def _header(path: str, encoding: str) -> tuple[list[str], str]:
    """The names in the first row of a CSV file, and what stands between them. Raises Malformed for an empty file and for one that is no text."""
    with _opened(path, encoding) as stream:
        line = _readable(path, encoding, lambda: stream.readline(_HEADER))
        outside = re.sub(r'"[^"]*"', "", line)
        delimiter = max(_DELIMITERS, key=outside.count)
        first = _readable(path, encoding, lambda: next(_records(chain([line] if line else [], _bounded(stream)), delimiter), None))
    if first is None or not first[0]:
        raise Malformed("detect.empty", Path(path).name, advice="detect.other-file")
    if any("\0" in name or _LOST.search(name) for name in first[0]):
        raise Malformed("relation.not-encoded", Path(path).name, encoding, advice="relation.say-encoding")
    return first[0], delimiter


def _bounded(stream: IO[str]) -> Iterator[str]:
    """Lines; of one that is too long, so much that it is seen to be."""
    while line := stream.readline(LINE + 2):
        yield line
        while len(line) == LINE + 2 and not line.endswith(("\n", "\r")):
            line = stream.readline(LINE + 2)


class _Lines:
    """Lines, those of the record being read held: a quote that is never closed costs one line, and not the rest of the file."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._again: deque[str] = deque()
        self._held: list[str] = []
        self._size = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._lines)
        self._held.append(line)
        self._size += len(line)
        if self._size > LINE:
            raise csv.Error("field larger than a row may be")
        return line

    def begin(self) -> None:
        self._held, self._size = [], 0

    def give_back(self) -> None:
        self._again.extendleft(reversed(self._held[1:]))


def _records(lines: Iterator[str], delimiter: str) -> Iterator[tuple[list[str] | None, str]]:
    """Rows of RFC 4180 as cells, or what is wrong with the row: "quotes", "long"."""
    csv.field_size_limit(LINE)
    held = _Lines(lines)
    reader = csv.reader(held, delimiter=delimiter, strict=True)
    while True:
        held.begin()
        try:
            yield next(reader), ""
        except StopIteration:
            return
        except csv.Error as error:
            held.give_back()
            reader = csv.reader(held, delimiter=delimiter, strict=True)
            yield None, "long" if "larger" in str(error) else "quotes"


def _opened(path: str, encoding: str) -> IO[str]:
    """Raises Malformed for an encoding that nobody knows, Unknown for a file that can't be read."""
    codec = "utf-8-sig" if encoding.lower() in _UTF8 else encoding
    opens = gzip.open if path.lower().endswith(".gz") else open
    try:
        stream: IO[str] = opens(path, "rt", encoding=codec, errors="surrogateescape", newline="")
    except LookupError:
        raise Malformed("relation.encoding", encoding[:60], advice="relation.encodings") from None
    except OSError as error:
        raise Unknown("detect.unreadable", path[:200], error.strerror or type(error).__name__, advice="detect.check-path") from None
    return stream


def _readable(path: str, encoding: str, doing: Callable[[], T]) -> T:
    try:
        return doing()
    except UnicodeError:
        raise Malformed("relation.not-encoded", Path(path).name, encoding, advice="relation.say-encoding") from None
    except (OSError, EOFError, zlib.error) as error:
        raise Malformed("detect.not-a-table", Path(path).name, str(error)[:300], advice="detect.mend-table") from None


# --- DuckDB ------------------------------------------------------------------------------------


def _file(path: str) -> str:
    """The path as SQL; DuckDB would look for other files where a name holds a star or a bracket."""
    return literal(re.sub(r"([\[*?])", r"[\1]", path))


def _made(scan: str, picked: Mapping[str, str], path: str, db: DuckDB) -> Loaded:
    columns = ", ".join(f"{sql} AS {quoted(as_)}" for as_, sql in picked.items())
    made = ask(db, f"CREATE OR REPLACE TABLE raw AS SELECT {columns or '1'} FROM {scan}", path)
    return Loaded("rowid", int(made[0][0]))


def _described(query: str, path: str, db: DuckDB) -> Mapping[str, str]:
    return {str(name): str(type_) for name, type_, *_ in ask(db, f"DESCRIBE {query}", path)}


def ask(db: DuckDB, sql: str, path: str) -> list[tuple[Any, ...]]:
    """The rows of a statement that reads a file. Raises Malformed for what is no table, Unknown for what can't be read."""
    import duckdb

    try:
        return db.rows(sql)
    except duckdb.IOException as error:
        raise Unknown("detect.unreadable", path[:200], first_line(error), advice="detect.check-path") from None
    except duckdb.Error as error:
        raise Malformed("detect.not-a-table", Path(path).name, first_line(error), advice="detect.mend-table") from None
