"""Coordination beside CooRTweet's published timings and the toolkit in the same run, and on synthetic shares with a viral object: `--json` for machines.

CooRTweet (R) isn't run: its seconds and megabytes are those measured once for 2.1.3 and written down here. The toolkit runs in an environment of its own
(`make .peers/toolkit/.made`), as one process that reads, computes and writes its edges, and helpers that it starts; both sides read the same CSV. Times are
the least of some rounds; modules are compiled once, as an installation does, and not at every start. Memory is the peak of the largest process
(`megabytes`), and of all of them together (`megabytes_together`: what they share is counted once, of files the largest process's pages).
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from charlevoix.assess.detectors import relation
from charlevoix.assess.detectors.coordination import coortweet
from charlevoix.assess.detectors.coordination.detector import Coordination
from charlevoix.assess.detectors.coordination.shares import intern, many
from charlevoix.assess.detectors.engine import SMALL, DuckDB, literal

HERE = Path(__file__).resolve().parent.parent
POSTS, RETWEETS = "german-2021-posts.parquet", "russian-retweets.parquet"

Columns = dict[str, tuple[str, ...]]
Array = np.ndarray[Any, Any]

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

def family(pid):
    found = [pid]
    for thread in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{thread}/children") as children:
            found += [y for x in children.read().split() for y in family(int(x))]
    return found

def held(pid):
    with open(f"/proc/{pid}/smaps_rollup") as lines:
        own = sum(int(line.split()[1]) for line in lines if line.startswith(("Pss_Anon:", "Pss_Shmem:")))
    with open(f"/proc/{pid}/status") as lines:
        return own, next((int(line.split()[1]) for line in lines if line.startswith("RssFile:")), 0)

def together(pid):
    try:
        own, files = zip(*map(held, family(pid)))
    except OSError:  # one has ended meanwhile
        return 0
    return sum(own) + max(files)

watched = sys.argv[1] == "watched"
began = time.perf_counter()
child = subprocess.Popen(sys.argv[2:], stdout=subprocess.DEVNULL)
pid, peak = 0, 0
while watched and not pid:
    peak = max(peak, together(child.pid))
    time.sleep(0.005)
    pid, status, used = os.wait4(child.pid, os.WNOHANG)
if not watched:
    _, status, used = os.wait4(child.pid, 0)
print(json.dumps([os.waitstatus_to_exitcode(status), time.perf_counter() - began, used.ru_utime + used.ru_stime, used.ru_maxrss, peak]))
"""
"""A child's peak of memory begins at that of the process that starts it, so a small one does."""


def ran(program: Sequence[str], errors: Path, watched: bool = False) -> dict[str, float]:
    """Seconds, processor seconds and peak megabytes of a whole process, or, `watched`, of it and its children together. Raises RuntimeError where it failed."""
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    env["PYTHONPYCACHEPREFIX"] = str(errors.parent / "compiled")
    launcher = [sys.executable, "-S", "-c", LAUNCHER, "watched" if watched else "timed"]
    with errors.open("wb") as stream:
        told = subprocess.run([*launcher, *program], stdout=subprocess.PIPE, stderr=stream, check=True, env=env).stdout
    code, seconds, spent, peak, together = json.loads(told)
    if code:
        raise RuntimeError(errors.read_text("utf-8", "replace")[-400:])
    if watched:
        return {"megabytes_together": round(together / 1000)}
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
    put(path, accounts[order], objects[order], times[order])


def put(path: Path, accounts: Array, objects: Array, times: Array) -> None:
    """Writes shares to a file of Parquet."""
    with DuckDB(str(path.parent)) as db:
        db.put("drawn", {"i": np.arange(len(times)), "a": accounts, "o": objects, "t": times})
        db.write(
            "SELECT 'user' || a AS account, 'https://example.org/item/' || o AS object, 'post' || i AS id, t AS time FROM drawn", str(path)
        )


def zipfian(path: Path, count: int, exponent: float, viral: int, days: float, seed: int = 1) -> None:
    """Shares whose objects and accounts both follow Zipf's law with an exponent, evenly over some days; `viral` of them of one object within a day."""
    rng = np.random.default_rng(seed)

    def drawn(among: int) -> Array:
        up_to = np.cumsum(np.arange(1, among + 1, dtype=float) ** -exponent)
        return np.asarray(np.searchsorted(up_to, rng.random(count) * up_to[-1]))

    objects, accounts = drawn(count // 5), drawn(count // 10)
    times = np.floor(1.7e9 + 86_400 * days * rng.random(count))
    objects[:viral] = -1
    times[:viral] = np.floor(1.7003e9 + 86_400 * rng.random(viral))
    order = rng.permutation(count)
    put(path, accounts[order], objects[order], times[order])


def for_toolkit(source: Path, select: str, out: Path) -> None:
    """The toolkit's CSV: `select` gives id, account, object and time."""
    with DuckDB(str(out.parent)) as db:
        shares = f"(SELECT {select} FROM read_parquet({literal(str(source))}))"
        query = "id AS message_id, account AS user_id, account AS username, object AS repost_id, '' AS reply_id, '' AS message"
        db.csv([f"SELECT {query}, CAST(time AS BIGINT) AS timestamp, '' AS urls FROM {shares}"], str(out))


def beside_toolkit(python: Path, source: Path, select: str, folder: Path, rounds: int) -> dict[str, object]:
    """Both sides, turn about, on one CSV; the edges are compared."""
    table, ours, theirs, database = (folder / name for name in ("toolkit.csv", "ours.csv", "theirs.csv", "toolkit.db"))
    for_toolkit(source, select, table)
    columns: Columns = {"account": ("user_id",), "object": ("repost_id",), "content": ("message_id",), "time": ("timestamp",)}

    def mine(watched: bool = False) -> dict[str, float]:
        return ran(command(table, columns, "toolkit", 60.0, ours), folder / "errors", watched)

    def peer(watched: bool = False) -> dict[str, float]:
        database.unlink(missing_ok=True)
        return ran([str(python), "-c", THEIRS, str(table), str(database), str(theirs)], folder / "errors", watched)

    turns = [(mine(), peer()) for _ in range(rounds)]
    own, other = ({name: min(turn[side][name] for turn in turns) for name in turns[0][0]} for side in (0, 1))
    own, other = own | mine(watched=True), other | peer(watched=True)
    edges, differ = compared(ours, theirs, folder)
    return {
        "charlevoix": own,
        "toolkit": other,
        "times_as_fast": round(other["seconds"] / own["seconds"], 2),
        "times_fewer_processor_seconds": round(other["processor_seconds"] / own["processor_seconds"], 2),
        "memory_of_theirs": round(own["megabytes"] / other["megabytes"], 2),
        "memory_together_of_theirs": round(own["megabytes_together"] / max(1, other["megabytes_together"]), 2),
        "edges": edges,
        "same_edges": not differ,
    }


def compared(ours: Path, theirs: Path, folder: Path) -> tuple[int, int]:
    """How many edges between two accounts there are, and how many of them only one side has or with another weight."""
    with DuckDB(str(folder)) as db:
        db.do(
            f"CREATE TABLE ours AS SELECT account_a, account_b, weight FROM read_csv({literal(str(ours))}, header = true, all_varchar = true)"
        )
        db.do(
            f"CREATE TABLE theirs AS SELECT * FROM read_csv({literal(str(theirs))}, header = false, all_varchar = true, "
            "names = ['account_a', 'account_b', 'weight']) WHERE account_a <> account_b"
        )
        both = ("(FROM ours EXCEPT ALL FROM theirs)", "(FROM theirs EXCEPT ALL FROM ours)", "ours")
        only, other, edges = (db.rows(f"SELECT count(*) FROM {query}")[0][0] for query in both)
    return int(edges), int(only + other)


def draws(python: Path, counts: Sequence[int], folder: Path) -> dict[str, object]:
    """The toolkit beside us on heavy-tailed draws: every one of them is told."""
    found: dict[str, object] = {}
    for count, days, exponent, share in product(counts, (7, 1), (1.1, 1.3, 1.5), (0, 3)):
        path, viral = folder / "zipfian.parquet", count * share // 100
        zipfian(path, count, exponent, viral, days)
        name = f"{count:,} shares in {days} days, exponent {exponent}, {f'{viral:,} of one object' if viral else 'nothing viral'}"
        found[name] = beside_toolkit(python, path, "*", folder, 2 if count <= 200_000 else 1)
    return found


def large(folder: Path, millions: int, hours: float) -> dict[str, object]:
    """One million and some more shares, three in a hundred of them viral, in both modes, as whole processes. Pairs grow with the square of the viral object,
    so that CooRTweet's network is also made of one million with as many pairs for each share (the viral object is there in as much less time).
    """
    found: dict[str, object] = {}
    edges = folder / "edges.csv"
    for mode in ("significance", "coortweet"):
        each = {}
        for name, count, over in (
            ("1 million", 1, hours),
            ("1 million as dense", 1, hours / millions),
            (f"{millions} million", millions, hours),
        ):
            path = folder / f"{name}.parquet"
            if not path.exists():
                synthetic(path, count * 1_000_000, count * 30_000, over)
            try:
                one = ran(command(path, SYNTHETIC, mode, 60.0, edges), folder / "errors")
            except RuntimeError as error:
                found[f"{mode}, {name}"] = {"refused": str(error)}
                continue
            each[name] = one["seconds"]
            with edges.open("rb") as lines:
                written = sum(block.count(b"\n") for block in iter(lambda: lines.read(2**20), b"")) - 1
            found[f"{mode}, {name}"] = {**one, "edges": written}
            edges.unlink()
        for name in each:
            if name != f"{millions} million" and f"{millions} million" in each:
                found[f"{mode}, time per share from {name}"] = round(each[f"{millions} million"] / each[name] / millions, 2)
    return {"viral_hours": hours, "bars": {"seconds": 60, "megabytes": 4_000, "grows": 1.3}, **found}


def main() -> None:
    """Print the figures, one a line or as one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON document")
    parser.add_argument("--data", type=Path, default=HERE / "examples", help=f"folder with {POSTS} and {RETWEETS}")
    parser.add_argument("--toolkit", type=Path, default=HERE / ".peers/toolkit/bin/python", help="the Python that has the toolkit 1.5.2")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--millions", type=int, default=0, help="also this many million synthetic shares, for example 10")
    parser.add_argument("--shares", type=int, nargs="*", default=[200_000], help="of the heavy-tailed draws beside the toolkit")
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
            figures["beside the toolkit, 200,000 shares of thirty days"] = beside_toolkit(asked.toolkit, drawn, "*", folder, 3)
            figures["beside the toolkit, Zipf's law"] = draws(asked.toolkit, asked.shares, folder)
        if asked.millions > 1:
            figures[f"{asked.millions} million drawn shares"] = large(folder, asked.millions, asked.hours)
    print(json.dumps(figures) if asked.json else "\n".join(f"{name}: {value}" for name, value in figures.items()))


if __name__ == "__main__":
    main()
