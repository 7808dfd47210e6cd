"""The command for look-alike domains: a watch-list and a stream of host names in, hits out as they come."""

import hashlib
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TextIO

import click

from charlevoix.assess.detectors.carrying_out import Asked, asks, deliver
from charlevoix.desk import choices, command
from charlevoix.errors import Malformed, Unknown
from charlevoix.languages.catalogue import Language, say

if TYPE_CHECKING:
    from charlevoix.assess.detectors.detector import Hit

_LONGEST = 1_100_000


@command("lookalikes", example="charlevoix detect lookalikes --watchlist names.csv --hosts new-domains.txt --jsonl hits.jsonl")
@click.option("--watchlist", required=True, metavar="W.csv", help="Names to protect: column domain; alias, owned and alert if wanted.")
@click.option(
    "--hosts", default="-", show_default=True, metavar="FILE|-", help="Host names: lines, CSV, JSON of certificate logs; - reads a stream."
)
@click.option("--jsonl", default=None, metavar="OUT", help="Write one JSON object per hit, as they come; - writes them to the terminal.")
@asks
def lookalikes(watchlist: str, hosts: str, jsonl: str | None, asked: Asked) -> None:
    """Find host names that look like a watched name; a likeness is a question for a person and no accusation."""
    from charlevoix.acts.act import Digest
    from charlevoix.assess.detectors.engine import DuckDB
    from charlevoix.assess.detectors.lookalikes.detector import LookAlikes, Tally, made, watch
    from charlevoix.assess.detectors.lookalikes.hosts import Counts
    from charlevoix.assess.detectors.lookalikes.hosts import hosts as names_of
    from charlevoix.assess.detectors.relation import Relation
    from charlevoix.assess.detectors.running import Run
    from charlevoix.errors import Reason

    if asked.engine != "duckdb" and not asked.engine.startswith("spark://"):
        raise Malformed("detect.engine", asked.engine[:100], advice="detect.engines")
    began, language = time.perf_counter(), choices().language
    text = _text(watchlist)
    at_work, tally, counts, digest = watch(text), Tally(), Counts(), hashlib.sha256()
    # 1. each hit is written when it is found: the stream may have no end
    out = _opened(jsonl)
    source = _source(hosts)
    try:
        for hit in at_work.hits(names_of(_lines(source, digest, asked.encoding), counts)):
            tally.add(hit)
            if out is not None:
                out.write(_line(hit, language) + "\n")
                out.flush()
    except KeyboardInterrupt:
        pass  # how a stream without end is ended; what was found is told
    finally:
        if out is not None and out is not sys.stdout:
            out.close()
        if hosts != "-":
            source.close()
    if not counts.names:
        raise Malformed("lookalikes.no-hosts", hosts[:200], "; ".join(counts.first), advice="lookalikes.hosts-so")
    notes = (Reason("lookalikes.unusable", (str(counts.unusable), str(counts.lines), "; ".join(counts.first))),) if counts.unusable else ()
    # 2. what is kept of it is told like any result, over a relation of the hits alone
    found = made(tally, at_work, text, counts.names, digest.digest(), notes, counts.lines)
    with tempfile.TemporaryDirectory(prefix="charlevoix-detect-") as folder, DuckDB(folder, asked.memory) as db:
        db.do("CREATE TABLE relation (row BIGINT, domain VARCHAR)")
        if found.hits:
            db.connection.executemany("INSERT INTO relation VALUES (?, ?)", [(h.rows[0], h.name) for h in found.hits[:1000]])
        data = Digest(digest.digest())
        table = Relation("relation", db, Path(hosts).name, hosts, data, counts.lines, counts.names, {}, notes, ("row", "domain"))
        deliver(LookAlikes(), Run(found, table, time.perf_counter() - began), asked)


def _text(path: str) -> str:
    try:
        raw = Path(path).read_bytes()
    except OSError as error:
        raise Unknown("detect.unreadable", path[:200], error.strerror or type(error).__name__, advice="detect.check-path") from None
    for encoding in ("utf-8-sig", "utf-16") if not raw.startswith((b"\xff\xfe", b"\xfe\xff")) else ("utf-16",):
        try:
            return raw.decode(encoding)
        except UnicodeError:
            continue
    return raw.decode("latin-1")


def _opened(path: str | None) -> TextIO | None:
    if path is None or path == "-":
        return None if path is None else sys.stdout
    try:
        return open(path, "w", encoding="utf-8")
    except OSError as error:
        raise Unknown("detect.unwritable", path[:200], error.strerror or type(error).__name__, advice="detect.check-path") from None


def _source(path: str) -> BinaryIO:
    if path == "-":
        return sys.stdin.buffer
    try:
        return open(path, "rb")
    except OSError as error:
        raise Unknown("detect.unreadable", path[:200], error.strerror or type(error).__name__, advice="detect.check-path") from None


def _lines(source: BinaryIO, digest: "hashlib._Hash", encoding: str) -> Iterator[str]:
    """Lines as they come; of a line without end, a bounded part."""
    while line := source.readline(_LONGEST):
        digest.update(line)
        yield line.decode("utf-8" if encoding == "utf-16" else encoding, "replace")


def _line(hit: "Hit", language: Language) -> str:
    features = [{"name": r.rule.removeprefix("lookalikes."), "values": list(r.values), "explained": say(r, language)} for r in hit.reasons]
    document = {
        "domain": hit.name,
        "target": hit.facts["target"],
        "score": round(hit.score * 100),
        "tier": hit.facts["tier"],
        "features": features,
    }
    return json.dumps(document, ensure_ascii=False)
