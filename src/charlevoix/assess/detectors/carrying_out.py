"""Carrying out what a command asked of a detector: run, tell how far it is, write what was asked for, say what was found."""

import os
import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from errno import EACCES, ENOENT
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import click

from charlevoix.assess.detectors.detector import Detector
from charlevoix.assess.detectors.relation import Reading
from charlevoix.assess.detectors.running import Order, Run, running
from charlevoix.assess.detectors.times import UNITS, Unit
from charlevoix.desk import choices, tell
from charlevoix.errors import Malformed, Reason, Unknown
from charlevoix.languages.catalogue import Language, say


@dataclass(frozen=True, slots=True)
class Asked:
    """What the options common to all detectors say."""

    stix: Path | None
    html: Path | None
    seed: int
    engine: str
    propose: bool
    encoding: str
    memory: int
    skip_bad: bool = False
    unit: Unit = "s"
    zone: str = ""
    format: str = ""

    def reading(self, columns: Mapping[str, Sequence[str]]) -> Reading:
        picked = {role: tuple(c for c in names if c) for role, names in columns.items()}
        return Reading(picked, self.unit, self.zone, self.skip_bad, self.encoding, self.format)


AS_IT_STANDS: Final = "Each cell stands as in your table: a spreadsheet may run one that begins with =, +, - or @ as a formula."
"""What is said of CSV for programs, whose names must be those of the table; the console's, for people, has an apostrophe before such a cell."""

TEXT: Final = 32_000_000
"""Bytes of a file that is a setting, such as a watch-list."""

_OUT = click.Path(path_type=Path, dir_okay=False)

_OPTIONS = {
    "stix": click.option(
        "--stix", type=_OUT, default=None, metavar="OUT.json", help="Write a STIX 2.1 bundle: material, never an incident."
    ),
    "html": click.option("--html", type=_OUT, default=None, metavar="OUT.html", help="Write a report of one file, with pictures."),
    "seed": click.option(
        "--seed", type=click.IntRange(0, 2**31 - 1), default=0, show_default=True, help="Same table and seed, same result."
    ),
    "engine": click.option(
        "--engine",
        default="duckdb",
        show_default=True,
        help="duckdb, or spark://HOST:PORT for a cluster (coordination).",
    ),
    "propose": click.option("--propose", is_flag=True, help="Lay the result before your node's analysts as material; no incident is made."),
    "skip_bad": click.option("--skip-bad-rows", "skip_bad", is_flag=True, help="Leave out rows that can't be used, and say which."),
    "unit": click.option(
        "--time-unit", "unit", type=click.Choice(list(UNITS)), default="s", show_default=True, help="Of times that are numbers."
    ),
    "zone": click.option("--time-zone", "zone", default="", help="Of times that name none, such as Europe/Berlin (default: UTC)."),
    "format": click.option(
        "--time-format", "format", default="", metavar="FORMAT", help="How times are written, such as '%d/%m/%Y %H:%M' (default: ISO 8601)."
    ),
    "encoding": click.option("--encoding", default="utf-8", show_default=True, help="Of a CSV file: utf-8, latin-1 or utf-16."),
    "memory": click.option(
        "--memory", type=click.IntRange(100, 1_000_000), default=2_000, show_default=True, help="Megabytes to hold before spilling."
    ),
}


_OF_A_STREAM = click.option(
    "--engine", default="duckdb", show_default=True, help="Leave as it is: a stream is compared in this process, on no cluster."
)


def asks(
    function: Callable[..., Any], without: Collection[str] = (), instead: Mapping[str, Callable[..., Any]] = MappingProxyType({})
) -> Callable[..., Any]:
    """Adds the options common to all detectors; the command gets them as one argument, `asked`. `instead`: options said in another way."""

    def asked(**given: Any) -> Any:
        own = {name: given.pop(name) for name in Asked.__dataclass_fields__ if name not in without}
        return function(**given, asked=Asked(**own))

    asked.__name__, asked.__doc__ = function.__name__, function.__doc__
    asked.__click_params__ = list(getattr(function, "__click_params__", []))  # type: ignore[attr-defined]
    for name, option in reversed(_OPTIONS.items()):
        if name not in without:
            instead.get(name, option)(asked)
    return asked


def asks_of_a_stream(function: Callable[..., Any]) -> Callable[..., Any]:
    """`asks`, but for what has no meaning where lines come one by one and hold no times."""
    return asks(function, ("skip_bad", "unit", "zone", "format"), {"engine": _OF_A_STREAM})


def carry_out(
    detector: Detector,
    path: str,
    columns: Mapping[str, Sequence[str]],
    parameters: Mapping[str, str],
    asked: Asked,
    write: Callable[[Run], list[str]] = lambda run: [],
    files: Sequence[Path | None] = (),
) -> None:
    """Runs a detector for a command. `write` writes the `files` that only this detector has, while the sheets of the result are there."""
    chosen = choices()
    check_outputs([path], [*files, asked.html, asked.stix])
    order = Order(path, asked.reading(columns), parameters, asked.seed, asked.engine, asked.memory)
    with told_on_terminal(chosen.as_json, chosen.language) as hears, running(detector, order, hears) as run:
        wrote = [*write(run), *_write(detector, run, asked, chosen.language)]
    _tell(detector, run, asked, wrote)


def check_outputs(read: Sequence[str], written: Sequence[Path | None]) -> None:
    """Before any work is done: raises Malformed where a file that is written is one that is read, or another that is written; Unknown where it can't be written."""
    taken = {os.path.realpath(path): path for path in read if path != "-"}
    for out in filter(None, written):
        real = os.path.realpath(out)
        if str(out) == "-":
            raise Malformed("detect.no-stream", advice="detect.other-name")
        if os.path.exists(real) and not os.path.isfile(real):  # a terminal, a pipe, /dev/null
            continue
        if real in taken:
            raise Malformed("detect.same-file", str(out)[:200], str(taken[real])[:200], advice="detect.other-name")
        taken[real] = str(out)
        if not os.access(real if os.path.exists(real) else os.path.dirname(real), os.W_OK):
            why = os.strerror(EACCES if os.path.isdir(os.path.dirname(real)) else ENOENT)
            raise Unknown("detect.unwritable", str(out)[:200], why, advice="detect.check-path")


def deliver(detector: Detector, run: Run, asked: Asked, aloud: bool = True) -> None:
    """Writes, proposes and, unless its output is taken, tells a run that a command made in its own way, from a stream."""
    _tell(detector, run, asked, _write(detector, run, asked, choices().language), aloud)


def _tell(detector: Detector, run: Run, asked: Asked, wrote: list[str], aloud: bool = True) -> None:
    from charlevoix.assess.detectors import report

    chosen = choices()
    proposed = _propose(detector, run, chosen.language) if asked.propose else None
    if aloud:
        document = {**report.document(run, chosen.language), "proposed": proposed, "files": wrote}
        tell(document, lambda to: report.tell(run, proposed, chosen.language, to), chosen.as_json)


def _write(detector: Detector, run: Run, asked: Asked, language: Language) -> list[str]:
    wrote = []
    if asked.html is not None:
        from charlevoix.assess.detectors import page_of_report

        write_text(asked.html, page_of_report.html(run, language))
        wrote.append(str(asked.html))
    if asked.stix is not None:
        from charlevoix.assess.detectors import stix

        write_text(asked.stix, stix.bundle(detector, run.result, datetime.now(UTC), language))
        wrote.append(str(asked.stix))
    return wrote


def _propose(detector: Detector, run: Run, language: Language) -> str:
    from charlevoix.assess.detectors.proposing import propose
    from charlevoix.desk import desk

    return propose(desk(), detector, run, language)


def write_sheet(run: Run, name: str, path: Path) -> None:
    """Writes a sheet of the result as CSV (RFC 4180, UTF-8). Raises Unknown where it can't be written."""
    from charlevoix.assess.detectors.engine import DuckDB, literal

    sheet, engine = run.result.sheets[name], run.relation.engine
    try:
        if sheet.queries:
            engine.csv(sheet.queries, str(path))
        else:
            with DuckDB(str(Path(sheet.path).parent)) as db:
                db.csv([f"FROM read_parquet({literal(sheet.path)})"], str(path))
    except OSError as error:
        raise Unknown("detect.unwritable", str(path)[:200], error.strerror or type(error).__name__, advice="detect.check-path") from None


def read_text(path: str) -> str:
    """The text of a file that is a setting: UTF-8, UTF-16 with its mark, else Latin-1. Raises Unknown where it can't be read, Malformed for one too long."""
    try:
        with open(path, "rb") as stream:
            raw = stream.read(TEXT + 1)
    except OSError as error:
        raise Unknown("detect.unreadable", path[:200], error.strerror or type(error).__name__, advice="detect.check-path") from None
    if len(raw) > TEXT:
        raise Malformed("detect.text-too-long", path[:200], TEXT // 1_000_000)
    try:
        return raw.decode("utf-16" if raw.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig")
    except UnicodeError:
        return raw.decode("latin-1")


def write_text(path: Path, words: str) -> None:
    """Writes a file whole. Raises Unknown where it can't be written."""
    try:
        path.write_text(words, "utf-8")
    except OSError as error:
        raise Unknown("detect.unwritable", str(path)[:200], error.strerror or type(error).__name__, advice="detect.check-path") from None


@contextmanager
def told_on_terminal(as_json: bool, language: Language) -> Iterator[Callable[[float, Reason], None]]:
    """A progress bar while the block runs, on a terminal only."""
    if as_json or not sys.stderr.isatty():
        yield lambda share, doing: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task: TaskID = bar.add_task("", total=1.0)
        yield lambda share, doing: bar.update(task, completed=share, description=say(doing, language))
