"""Coordination beside CooRTweet's published timings and the toolkit in the same run, and on synthetic shares with a viral object: `--json` for machines.

CooRTweet (R) isn't run: its seconds and megabytes are those measured once for 2.1.3 and written down here. The toolkit runs in an environment of its own
(`make .peers/toolkit/.made`), as one process that reads, computes and writes its edges; both sides read the same CSV. Times are the least of some rounds.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from charlevoix.assess.detectors import relation
from charlevoix.assess.detectors.coordination import coortweet
from charlevoix.assess.detectors.coordination.detector import Coordination
from charlevoix.assess.detectors.coordination.shares import intern, many
from charlevoix.assess.detectors.engine import SMALL, DuckDB, literal

HERE = Path(__file__).resolve().parent.parent
POSTS, RETWEETS = "german-2021-posts.parquet", "russian-retweets.parquet"

Columns = dict[str, tuple[str, ...]]

GERMAN: Columns = {"account": ("account_id",), "content": ("post_id",), "time": ("timestamp",)}
RUSSIAN: Columns = {"account": ("account_id",), "object": ("object_id",), "content": ("content_id",), "time": ("timestamp_share",)}
WORKS: dict[str, tuple[str, Columns, float, float]] = {
    "Russian retweets, 60 s": (RETWEETS, RUSSIAN, 60.0, 5.7),
    "German URLs, 60 s": (POSTS, {**GERMAN, "object": ("url_id",)}, 60.0, 10.8),
    "German hashtags, 10 s": (POSTS, {**GERMAN, "object": ("hashtag_id",)}, 10.0, 15.0),
}
"""File, columns, window, and the seconds of CooRTweet 2.1.3."""

SYNTHETIC: Columns = {"account": ("account",), "object": ("object",), "time": ("time",)}

THEIRS = """
import csv, sys
from coordination_network_toolkit.compute_networks import compute_co_retweet_parallel
from coordination_network_toolkit.graph import get_edge_rows
from coordination_network_toolkit.preprocess import preprocess_csv_files
import contextlib, sqlite3
table, database, out = sys.argv[1:]
with contextlib.redirect_stdout(sys.stderr):
    preprocess_csv_files(database, [table])
    compute_co_retweet_parallel(database, 60, n_threads=2)
with open(out, "w", newline="") as stream, sqlite3.connect(database) as db:
    csv.writer(stream).writerows(db.execute("select user_1, user_2, weight from co_retweet_network"))
"""


LAUNCHER = """
import json, os, subprocess, sys, time
began = time.perf_counter()
child = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, used = os.wait4(child.pid, 0)
print(json.dumps([os.waitstatus_to_exitcode(status), time.perf_counter() - began, used.ru_utime + used.ru_stime, used.ru_maxrss]))
"""
"""A child's peak of memory begins at that of the process that starts it, so a small one does."""


def ran(program: Sequence[str], errors: Path) -> dict[str, float]:
    """Seconds, processor seconds and peak megabytes of a whole process. Raises RuntimeError where it failed."""
    with errors.open("wb") as stream:
        told = subprocess.run([sys.executable, "-S", "-c", LAUNCHER, *program], stdout=subprocess.PIPE, stderr=stream, check=True).stdout
    code, seconds, spent, peak = json.loads(told)
    if code:
        raise RuntimeError(errors.read_text("utf-8", "replace")[-400:])
    return {"seconds": round(seconds, 2), "processor_seconds": round(spent, 2), "megabytes": round(peak / 1000)}


def command(path: Path, columns: Columns, mode: str, window: float, edges: Path) -> list[str]:
    named = [part for role, names in columns.items() for name in names for part in (f"--{role}", name)]
    program = [sys.executable, "-m", "charlevoix", "--json", "detect", "coordination", str(path)]
    return [*program, *named, "--mode", mode, "--window", f"{window:g}", "--edges", str(edges)]


def least(rounds: int, work: Callable[[], dict[str, float]]) -> dict[str, float]:
    """Each figure's least of some rounds."""
    all_ = [work() for _ in range(rounds)]
    return {name: min(one[name] for one in all_) for name in all_[0]}


def read_and_network(path: Path, columns: Columns, window: float) -> dict[str, float]:
    """Reading, numbering and CooRTweet's network in this process."""
    began, spent = time.perf_counter(), time.process_time()
    threads = 1 if path.stat().st_size < SMALL else 0
    with tempfile.TemporaryDirectory() as folder, DuckDB(folder, threads=threads) as db:
        table = relation.read(str(path), Coordination.needs, relation.Reading(columns), db)
        coortweet.network(intern(table, window if many(table) else None), 1, window, 2)
        return {"seconds": time.perf_counter() - began, "processor_seconds": time.process_time() - spent}


def beside_coortweet(data: Path, folder: Path, rounds: int) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, (file, columns, window, published) in WORKS.items():
        inside = [read_and_network(data / file, columns, window) for _ in range(rounds)]
        seconds = min(one["seconds"] for one in inside)
        program = command(data / file, columns, "coortweet", window, folder / "edges.csv")
        found[name] = {
            "published_seconds": published,
            "in_process_seconds": round(seconds, 3),
            "in_process_median": round(statistics.median(one["seconds"] for one in inside), 3),
            "in_process_processor_seconds": round(min(one["processor_seconds"] for one in inside), 3),
            "times_as_fast": round(published / seconds, 1),
            "times_as_fast_bar": 100,
            "whole_process": least(rounds, lambda program=program: ran(program, folder / "errors")),  # type: ignore[misc]
        }
    return found


def synthetic(path: Path, count: int, viral: int, hours: float, seed: int = 1) -> None:
    """Heavy-tailed shares of thirty days in a file of Parquet; `viral` of them of one object, evenly over some hours."""
    rng = np.random.default_rng(seed)
    accounts = (count / 10 * rng.random(count) ** 2.5).astype(np.int64)
    objects = (count / 5 * rng.random(count) ** 3).astype(np.int64)
    times = np.floor(1.7e9 + 30 * 86_400 * rng.random(count))
    objects[:viral] = -1
    times[:viral] = np.floor(1.701e9 + hours * 3_600 * rng.random(viral))
    order = rng.permutation(count)
    with DuckDB(str(path.parent)) as db:
        db.put("drawn", {"i": np.arange(count), "a": accounts[order], "o": objects[order], "t": times[order]})
        db.write(
            "SELECT 'user' || a AS account, 'https://example.org/item/' || o AS object, 'post' || i AS id, t AS time FROM drawn", str(path)
        )


def for_toolkit(source: Path, select: str, out: Path) -> None:
    """The toolkit's CSV: `select` gives id, account, object and time."""
    with DuckDB(str(out.parent)) as db:
        db.do(
            "COPY (SELECT id AS message_id, account AS user_id, account AS username, object AS repost_id, '' AS reply_id, '' AS message, "
            f"CAST(time AS BIGINT) AS timestamp, '' AS urls FROM (SELECT {select} FROM read_parquet({literal(str(source))}))) TO {literal(str(out))} (HEADER)"
        )


def beside_toolkit(python: Path, source: Path, select: str, folder: Path, rounds: int) -> dict[str, object]:
    """Both sides, turn about, on one CSV; the edges are compared."""
    table, ours, theirs, database = (folder / name for name in ("toolkit.csv", "ours.csv", "theirs.csv", "toolkit.db"))
    for_toolkit(source, select, table)
    columns: Columns = {"account": ("user_id",), "object": ("repost_id",), "content": ("message_id",), "time": ("timestamp",)}

    def peer() -> dict[str, float]:
        database.unlink(missing_ok=True)
        return ran([str(python), "-c", THEIRS, str(table), str(database), str(theirs)], folder / "errors")

    turns = [(ran(command(table, columns, "toolkit", 60.0, ours), folder / "errors"), peer()) for _ in range(rounds)]
    own, other = ({name: min(turn[side][name] for turn in turns) for name in turns[0][0]} for side in (0, 1))
    return {
        "charlevoix": own,
        "toolkit": other,
        "times_as_fast": round(other["seconds"] / own["seconds"], 2),
        "memory_of_theirs": round(own["megabytes"] / other["megabytes"], 2),
        "edges": len(edges_of(ours, 1, 3)),
        "same_edges": edges_of(ours, 1, 3) == edges_of(theirs, 0, 2),
    }


def edges_of(path: Path, header: int, weight: int) -> set[tuple[str, str, str]]:
    import csv

    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.reader(lines))[header:]
    return {(row[0], row[1], row[weight]) for row in rows if row[0] != row[1]}


def large(folder: Path, millions: int, hours: float) -> dict[str, object]:
    """One million and some more shares, three in a hundred of them viral, in both modes, as whole processes."""
    found: dict[str, object] = {}
    for mode in ("significance", "coortweet"):
        each = {}
        for count in (1, millions):
            path = folder / f"{count}.parquet"
            if not path.exists():
                synthetic(path, count * 1_000_000, count * 30_000, hours)
            try:
                each[count] = ran(command(path, SYNTHETIC, mode, 60.0, folder / "edges.csv"), folder / "errors")
            except RuntimeError as error:
                found[f"{mode}, {count} million"] = {"refused": str(error)}
                continue
            found[f"{mode}, {count} million"] = each[count]
        if len(each) > 1:
            said = (
                " (chance is played out at 1 million only)"
                if mode == "significance"
                else " (pairs grow with the square of the viral object)"
            )
            found[f"{mode}, time per share grows{said}"] = round(each[millions]["seconds"] / each[1]["seconds"] / millions, 2)
    return {"viral_hours": hours, "bars": {"seconds": 60, "megabytes": 4_000, "grows": 1.3}, **found}


def main() -> None:
    """Print the figures, one a line or as one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON document")
    parser.add_argument("--data", type=Path, default=HERE / "examples", help=f"folder with {POSTS} and {RETWEETS}")
    parser.add_argument("--toolkit", type=Path, default=HERE / ".peers/toolkit/bin/python", help="the Python that has the toolkit 1.5.2")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--millions", type=int, default=0, help="also this many million synthetic shares, for example 10")
    parser.add_argument("--hours", type=float, default=24.0, help="over which the viral object is shared")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        figures: dict[str, object] = {"beside CooRTweet": beside_coortweet(asked.data, folder, asked.rounds)}
        if asked.toolkit.exists():
            drawn = folder / "drawn.parquet"
            synthetic(drawn, 200_000, 6_000, asked.hours)
            names = "content_id AS id, account_id AS account, object_id AS object, timestamp_share AS time"
            figures["beside the toolkit, Russian retweets"] = beside_toolkit(
                asked.toolkit, asked.data / RETWEETS, names, folder, asked.rounds
            )
            figures["beside the toolkit, 200,000 drawn shares"] = beside_toolkit(asked.toolkit, drawn, "*", folder, 3)
        if asked.millions > 1:
            figures[f"{asked.millions} million drawn shares"] = large(folder, asked.millions, asked.hours)
    print(json.dumps(figures) if asked.json else "\n".join(f"{name}: {value}" for name, value in figures.items()))


if __name__ == "__main__":
    main()
