"""The command for look-alike domains: a watch-list and a stream of host names in, hits out as they come."""

import hashlib
import json
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from charlevoix.assess.detectors.carrying_out import Asked, asks_of_a_stream, check_outputs, deliver, read_text
from charlevoix.desk import choices, command
from charlevoix.errors import Malformed, Unknown
from charlevoix.languages.catalogue import Language, say

if TYPE_CHECKING:
    from charlevoix.assess.detectors.detector import Hit
    from charlevoix.assess.detectors.lookalikes.detector import Tally
    from charlevoix.assess.detectors.lookalikes.hosts import Counts


@command("lookalikes", example="charlevoix detect lookalikes --watchlist names.csv --hosts new-domains.txt --jsonl hits.jsonl")
@click.option("--watchlist", required=True, metavar="W.csv", help="Names to protect: column domain; alias, owned and alert if wanted.")
@click.option(
    "--hosts",
    default="-",
    show_default=True,
    metavar="FILE|-",
    help="Host names: lines, CSV, JSON of certificate logs, packed (gzip) or not; - reads a stream.",
)
@click.option(
    "--jsonl", default=None, metavar="OUT|-", help="Write one JSON object per hit, as they come; - to the terminal, and nothing else."
)
@asks_of_a_stream
def lookalikes(watchlist: str, hosts: str, jsonl: str | None, asked: Asked) -> None:
    """Find host names that look like a watched name; a likeness is a question for a person and no accusation.

    A stream without end is ended with Ctrl-C; what was found until then is told.
    """
    from charlevoix.acts.act import Digest
    from charlevoix.assess.detectors.engine import DuckDB
    from charlevoix.assess.detectors.folder import Folder
    from charlevoix.assess.detectors.lookalikes import reading
    from charlevoix.assess.detectors.lookalikes.detector import LookAlikes, Tally, made, watch
    from charlevoix.assess.detectors.lookalikes.hosts import Counts
    from charlevoix.assess.detectors.lookalikes.hosts import hosts as names_of
    from charlevoix.assess.detectors.relation import Relation
    from charlevoix.assess.detectors.running import Run

    if asked.engine != "duckdb":
        raise Malformed("lookalikes.engine", asked.engine[:100], advice="lookalikes.engine-so")
    check_outputs([watchlist, hosts], [Path(jsonl) if jsonl not in (None, "-") else None, asked.html, asked.stix])
    reading.known(asked.encoding)
    began, since, language = time.perf_counter(), datetime.now(UTC), choices().language
    text = read_text(watchlist)
    at_work, tally, counts, digest = watch(text), Tally(), Counts(), hashlib.sha256()
    # 1. each hit is written when it is found: the stream may have no end
    with reading.opened(hosts) as source, _opened(jsonl) as out:
        found = at_work.hits(names_of(reading.lines(source, hosts, digest, asked.encoding), counts), counts)
        read_on = _write_as_they_come(found, tally, out, jsonl, language)
    if not counts.names and not (hosts == "-" and counts.empty):  # nothing coming from another program is ordinary
        raise _none(hosts, counts, asked.encoding)
    # 2. what is kept of it is told like any result, over a relation of the hits alone
    result = replace(made(tally, at_work, text, counts.hosts, digest.digest(), counts.notes, counts.lines), seed=asked.seed)
    with Folder("detect") as folder, DuckDB(folder, asked.memory) as db:
        db.do("CREATE TABLE relation (row BIGINT, domain VARCHAR)")
        if result.hits:
            db.connection.executemany("INSERT INTO relation VALUES (?, ?)", [(h.rows[0], h.name) for h in result.hits[:1000]])
        data = Digest(digest.digest())
        table = Relation("relation", db, Path(hosts).name, hosts, data, counts.lines, counts.names, {}, counts.notes, ("row", "domain"))
        run = Run(result, table, time.perf_counter() - began)
        deliver(LookAlikes((since, datetime.now(UTC))), run, asked, aloud=jsonl != "-")
    if jsonl == "-":
        click.echo(say(result.headline, language), err=True)
    if not read_on:
        raise BrokenPipeError


def _none(hosts: str, counts: "Counts", encoding: str) -> Malformed:
    from charlevoix.assess.detectors.lookalikes.detector import no_hosts

    if counts.garbled:
        return Malformed("relation.not-encoded", hosts[:200], encoding, advice="relation.say-encoding")
    return no_hosts(hosts, counts)


def _write_as_they_come(found: Iterator["Hit"], tally: "Tally", out: TextIO | None, path: str | None, language: Language) -> bool:
    """Until the stream ends, or somebody ends it with Ctrl-C; False where the reader of the hits has gone."""
    try:
        for hit in found:
            tally.add(hit)
            if out is not None:
                _put(out, _document(hit, language))
    except KeyboardInterrupt:
        return True
    except BrokenPipeError:
        return False
    except OSError as error:
        raise Unknown("detect.unwritable", (path or "")[:200], error.strerror or type(error).__name__, advice="detect.check-path") from None
    return True


def _put(out: TextIO, document: Mapping[str, object]) -> None:
    """One line of JSON; in ASCII (RFC 8259, section 7) where the encoding of a terminal does not hold all of it."""
    try:
        out.write(json.dumps(document, ensure_ascii=False) + "\n")
    except UnicodeEncodeError:
        out.write(json.dumps(document) + "\n")
    out.flush()


@contextmanager
def _opened(path: str | None) -> Iterator[TextIO | None]:
    if path is None or path == "-":
        yield None if path is None else sys.stdout
        return
    try:
        out = open(path, "w", encoding="utf-8")  # noqa: SIM115 (closed below, whatever becomes of it)
    except OSError as error:
        raise Unknown("detect.unwritable", path[:200], error.strerror or type(error).__name__, advice="detect.check-path") from None
    try:
        yield out
    finally:
        with suppress(OSError):  # each line is out already; what is left is for a reader who has gone
            out.close()


def _document(hit: "Hit", language: Language) -> Mapping[str, object]:
    features = [{"name": r.rule.removeprefix("lookalikes."), "values": list(r.values), "explained": say(r, language)} for r in hit.reasons]
    return {
        "domain": hit.name,
        "unicode": hit.facts["unicode"] or hit.name,
        "target": hit.facts["target"],
        "score": round(hit.score * 100),
        "tier": hit.facts["tier"],
        "features": features,
    }
