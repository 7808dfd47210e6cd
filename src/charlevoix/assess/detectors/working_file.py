"""A working file: pairs, groups or clusters of a run with accounts as the table names them, for the analyst who ran it and for nobody else.

It is no part of a result, so that it is in no report, no STIX and nothing that is proposed or exchanged.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from charlevoix.assess.detectors.detector import Detector, Hit, Listing, Lists, Value
from charlevoix.assess.detectors.engine import DuckDB, literal
from charlevoix.page import harmless

if TYPE_CHECKING:
    from charlevoix.assess.detectors.running import Run

Kind = Literal["csv", "json"]

MOST: Final = 2_000_000
"""Rows of a sheet that are kept; the command line writes all."""


@dataclass(frozen=True, slots=True)
class WorkingFile:
    """`paths`: of a sheet, Parquet, one after the other; of a list, JSON. `rows`: of the sheet, entries of the list; `cut`: rows of the sheet that are not kept."""

    name: str
    paths: tuple[str, ...]
    rows: int
    columns: tuple[str, ...] = ()  # of a sheet
    each: str = ""  # of a list
    cut: int = 0


def kept(run: "Run", detector: Detector, folder: str) -> tuple[WorkingFile, ...]:
    """Keeps the sheets and the list of a detector's run in a folder, while the run is open."""
    sheets = (_sheet(run, name, str(Path(folder) / f"{n}")) for n, name in enumerate(sorted(run.result.sheets)))
    listing = detector.listed(run.result, run.relation) if isinstance(detector, Lists) else _hits(run)
    path = Path(folder) / "list.json"
    path.write_text(json.dumps(listing.entries, ensure_ascii=False), "utf-8")
    return (*sheets, WorkingFile(listing.name, (str(path),), len(listing.entries), each=listing.each))


def _sheet(run: "Run", name: str, path: str) -> WorkingFile:
    sheet, written = run.result.sheets[name], 0
    paths: list[str] = []
    with DuckDB(str(Path(path).parent)) as db:
        engine = run.relation.engine if sheet.queries else db
        for query in sheet.queries or (f"SELECT * FROM read_parquet({literal(sheet.path)})",):
            if written < MOST:
                paths.append(f"{path}-{len(paths)}.parquet")
                written += engine.write(f"{query} LIMIT {MOST - written}", paths[-1])
    return WorkingFile(name, tuple(paths), written, sheet.columns, cut=sheet.rows - written)


def _hits(run: "Run") -> Listing:
    called = run.result.accounts

    def entry(hit: Hit) -> dict[str, object]:
        members = {"accounts": [called.get(name, name) for name in hit.members]} if hit.members else {}
        return {"name": hit.name, "score": hit.score, **hit.facts, **members, "rows": [row + 1 for row in hit.rows]}

    return Listing("hits", "rows", [entry(hit) for hit in run.result.hits])


# --- as it is given out ---------------------------------------------------------------------------------------------------------------


def rows(file: WorkingFile) -> tuple[tuple[str, ...], Iterator[Sequence[Value]]]:
    """The head and the rows of a file as a table: a sheet as it is, a list with a line for each account or member."""
    if file.columns:
        return file.columns, _of_sheet(file)
    entries: list[dict[str, object]] = json.loads(Path(file.paths[0]).read_text("utf-8"))
    return _of_list(entries, file.each)


def _of_sheet(file: WorkingFile) -> Iterator[Sequence[Value]]:
    with DuckDB(str(Path(file.paths[0]).parent)) as db:
        for path in file.paths:
            found = db.connection.execute(f"FROM read_parquet({literal(path)})")
            while some := found.fetchmany(10_000):
                yield from some


def _of_list(entries: Sequence[Mapping[str, object]], each: str) -> tuple[tuple[str, ...], Iterator[Sequence[Value]]]:
    """Figures and words of an entry stand on each of its lines. Members have their row beside them."""
    plain = [key for key, value in (entries[0] if entries else {}).items() if not isinstance(value, list)]
    beside = each == "members"
    head = (*plain, {"accounts": "account", "members": "member", "rows": "row"}.get(each, each), *(("row",) if beside else ()))

    def lines() -> Iterator[Sequence[Value]]:
        for entry in entries:
            for n, one in enumerate(_listed(entry, each)):
                yield (*(_value(entry.get(key)) for key in plain), _value(one), *((_value(_listed(entry, "rows")[n]),) if beside else ()))

    return head, lines()


def _listed(entry: Mapping[str, object], key: str) -> Sequence[object]:
    found = entry.get(key)
    return found if isinstance(found, list) else ()


def _value(found: object) -> Value:
    return found if isinstance(found, str | int | float | bool) or found is None else str(found)


def as_csv(file: WorkingFile, marking: str) -> Iterator[bytes]:
    """As `page.export` writes a list: the marking first, then the names of the columns; a cell that a spreadsheet would run begins with an apostrophe."""
    head, found = rows(file)
    out = io.StringIO(newline="")
    write = csv.writer(out)
    write.writerows([[marking], head])
    for row in found:
        write.writerow([harmless(cell) for cell in row])
        if out.tell() > _CHUNK:
            yield _taken(out)
    yield _taken(out)


def as_json(file: WorkingFile, marking: str) -> Iterator[bytes]:
    """An object with `marking` and `rows`: those of the sheet, or the entries of the list, unchanged."""
    out, first = io.StringIO(), True
    out.write(f'{{"marking": {json.dumps(marking)}, "rows": [')
    for one in _documents(file):
        out.write(("\n" if first else ",\n") + json.dumps(one, ensure_ascii=False, default=str))
        first = False
        if out.tell() > _CHUNK:
            yield _taken(out)
    out.write("\n]}\n")
    yield _taken(out)


_CHUNK: Final = 65_536


def _taken(out: io.StringIO) -> bytes:
    written = out.getvalue().encode()
    out.seek(0)
    out.truncate()
    return written


def _documents(file: WorkingFile) -> Iterable[object]:
    if not file.columns:
        entries: list[object] = json.loads(Path(file.paths[0]).read_text("utf-8"))
        return entries
    return (dict(zip(file.columns, row, strict=True)) for row in _of_sheet(file))
