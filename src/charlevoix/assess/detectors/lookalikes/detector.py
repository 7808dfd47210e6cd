"""The detector of look-alikes: host names against a watch-list; a likeness is a question for a person and no accusation."""

import hashlib
import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

from charlevoix.assess.detectors.detector import Bench, ErrorRate, Hit, Need, Result, Setting
from charlevoix.assess.detectors.lookalikes import stix, telling
from charlevoix.assess.detectors.lookalikes.features import Finder, Likeness
from charlevoix.assess.detectors.lookalikes.hosts import Counts
from charlevoix.assess.detectors.lookalikes.recent import FOUND, HOSTS, Recent
from charlevoix.assess.detectors.lookalikes.suffixes import Suffixes, suffixes
from charlevoix.assess.detectors.lookalikes.watchlist import WatchList, domain_name, read
from charlevoix.errors import Malformed, Reason

if TYPE_CHECKING:
    from charlevoix.assess.detectors.relation import Relation

KEPT: Final = 10_000
"""Hits of one run that a result holds, the strongest; all are written to the file of hits."""

CHUNK: Final = 200_000
"""Rows of a table that are held at once."""

PER_NAME: Final = 0.000_015
"""Alerts without a known cause per little visited host and watched name: the worst of twelve lists of 16 names on which nothing was set."""


@dataclass(slots=True)
class Tally:
    """The hits of a run as they come: counted all, kept the strongest."""

    hits: int = 0
    alerts: int = 0
    _heap: list[tuple[float, int, int, Hit]] = field(default_factory=list)

    def add(self, hit: Hit) -> None:
        self.hits += 1
        self.alerts += hit.facts["tier"] == "alert"
        put = heapq.heappush if len(self._heap) < KEPT else heapq.heappushpop
        put(self._heap, (hit.score, -hit.rows[0], -self.hits, hit))

    @property
    def strongest(self) -> tuple[Hit, ...]:
        return tuple(h for *_, h in sorted(self._heap, key=lambda e: (e[3].facts["tier"] != "alert", -e[0], -e[1], -e[2])))


class Watch:
    """A watch-list at work."""

    def __init__(self, names: WatchList, rules: Suffixes) -> None:
        self.names, self._rules = names, rules
        self._finder = Finder(names, rules)

    def hits(self, hosts: Iterable[tuple[int, str]], counts: Counts | None = None) -> Iterator[Hit]:
        """The hosts (row, name as `domain_name` gives it) that resemble a watched name, each once.

        What a registered name resembles alerts once, however many hosts stand below it: the others wait in the queue. What is known of that is what
        came lately (`recent`): a host that was found, and comes again after 100,000 others that were, is found again. A host at which this program
        fails is told to `counts` and passed over; without `counts` the failure is raised.
        """
        likenesses, came, told, alerted = self._finder.likenesses, Recent(HOSTS), Recent(FOUND), Recent(FOUND)
        for row, host in hosts:
            if came.knew(host):
                _again(counts)
                continue
            try:
                found = likenesses(host)
                hit = self._hit(row, host, found, alerted) if found else None
            except Exception as error:
                if counts is None:
                    raise
                counts.fault(row, error, host)
                continue
            if hit and not told.knew(host):
                yield hit
            elif hit:
                _again(counts)

    def _hit(self, row: int, host: str, found: Sequence[Likeness], alerted: Recent) -> Hit | None:
        """The likeness that weighs most, where it weighs enough; `alerted` are registered names, each with what it resembles."""
        one = telling.best(found, self._rules)
        if one is None:
            return None
        points, best = one
        name = f"{best.host.label}.{best.host.suffix} {best.target.domain}"
        hit = telling.hit(row, host, points, best, self._rules, again=name in alerted)
        if hit.facts["tier"] == "alert" and best.kind not in telling.BELOW:
            alerted.knew(name)
        return hit


def _again(counts: Counts | None) -> None:
    if counts is not None:
        counts.again += 1


def watch(text: str) -> Watch:
    """From the text of a watch-list (`watchlist.read`)."""
    rules = suffixes()
    return Watch(read(text, rules), rules)


def result(tally: Tally, at_work: Watch, text: str, names: int, notes: Sequence[Reason]) -> tuple[tuple[Hit, ...], Mapping[str, object]]:
    """The hits that are kept, and what is told of all of them."""
    hits = _without_empty(tally.strongest)
    more = (Reason("lookalikes.more", (str(tally.hits), str(len(hits)))),) if tally.hits > len(hits) else ()
    told = {
        "parameters": {"watchlist": f"sha256:{hashlib.sha256(text.encode()).hexdigest()}", "watched": str(len(at_work.names.watched))},
        "error_rate": error_rate(at_work.names),
        "headline": telling.headline(hits, tally.hits, names, tally.alerts),
        "innocent": telling.innocent(hits),
        "look_first": telling.look_first(hits),
        "notes": (*at_work.names.notes, *notes, *more),
        "pictures": telling.pictures(hits),
        "scale": 100,
    }
    return hits, told


def _without_empty(hits: tuple[Hit, ...]) -> tuple[Hit, ...]:
    """Without the fact that says a name in Unicode, where there is none to say: a table has no column for it then."""
    if any(hit.facts["unicode"] for hit in hits):
        return hits
    return tuple(replace(hit, facts={k: v for k, v in hit.facts.items() if k != "unicode"}) for hit in hits)


def error_rate(names: WatchList) -> ErrorRate:
    """What was measured with other lists, brought to the number of names in this one that may alert."""
    critical = sum(one.critical for one in names.watched)
    value = min(1.0, critical * PER_NAME)
    return ErrorRate(value, Reason("lookalikes.measured", (str(critical), f"{value * 100_000:.0f}")))


class LookAlikes:
    """Names that resemble a watched name, of any list of host names."""

    name = "lookalikes"
    version = "4"
    about = "lookalikes.about"
    needs: Sequence[Need] = (Need("domain", "text", "lookalikes.need-domain"),)
    settings: Sequence[Setting] = (Setting("watchlist", "", "lookalikes.set-watchlist"),)

    def __init__(self, read: tuple[datetime, datetime] | None = None) -> None:
        """`read`: when the first and the last line of a stream were read, where that is not the moment of telling."""
        self._read = read

    def run(self, relation: "Relation", parameters: Mapping[str, str], seed: int, bench: Bench, /) -> Result:
        """`watchlist` is the text of a watch-list: CSV with its header, or names separated by blanks.

        Raises Malformed for one without names, and for a column that holds no host name.
        """
        text = parameters["watchlist"]
        at_work, tally, counts = watch(text), Tally(), Counts()
        for hit in at_work.hits(_hosts(relation, counts, bench), counts):
            tally.add(hit)
        if not counts.names:
            raise no_hosts(relation.source, counts)
        return made(tally, at_work, text, counts.hosts, relation.data, counts.notes, relation.rows)

    def objects(self, result: Result, now: datetime, /) -> Sequence[Mapping[str, object]]:
        return stix.objects(result, now, self._read or (now, now))


def _hosts(relation: "Relation", counts: Counts, bench: Bench) -> Iterator[tuple[int, str]]:
    for start in range(0, max(relation.rows, 1), CHUNK):
        bench.tell(0.1 + 0.9 * start / max(relation.rows, 1), Reason("lookalikes.comparing"))
        some = f"SELECT row, domain FROM {relation.name} WHERE row >= {start} AND row < {start + CHUNK} ORDER BY row"
        for row, written in relation.engine.rows(some):
            counts.lines = int(row) + 1
            try:
                name = domain_name(str(written))
            except Exception as error:  # noqa: BLE001  # as in a stream
                counts.fault(int(row), error)
                continue
            if name:
                counts.names += 1
                yield int(row), name
            else:
                counts.bad(str(written))


def no_hosts(source: str, counts: Counts) -> Malformed:
    """That there was no name in it, and what stands there, for whoever has it."""
    more = ("-but", source[:200], counts.shown) if counts.shown else ("", source[:200])
    return Malformed(f"lookalikes.no-hosts{more[0]}", *more[1:], advice="lookalikes.hosts-so")


def made(tally: Tally, at_work: Watch, text: str, names: int, data: bytes, notes: Sequence[Reason] = (), rows: int = 0) -> Result:
    """The result of a run over `names` host names; `data` is the SHA-256 of what was read."""
    from charlevoix.acts.act import Digest

    hits, told = result(tally, at_work, text, names, notes)
    return Result(LookAlikes.name, LookAlikes.version, Digest(data), hits, rows=rows or names, **told)  # type: ignore[arg-type]
