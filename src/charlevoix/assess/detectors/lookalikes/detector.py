"""The detector of look-alikes: host names against a watch-list; a likeness is a question for a person and no accusation."""

import hashlib
import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final

from charlevoix.assess.detectors.detector import Bench, ErrorRate, Hit, Need, Result, Setting
from charlevoix.assess.detectors.lookalikes import stix, telling
from charlevoix.assess.detectors.lookalikes.features import Finder
from charlevoix.assess.detectors.lookalikes.suffixes import Suffixes, suffixes
from charlevoix.assess.detectors.lookalikes.watchlist import WatchList, domain_name, read
from charlevoix.errors import Reason

if TYPE_CHECKING:
    from charlevoix.assess.detectors.relation import Relation

KEPT: Final = 10_000
"""Hits of one run that a result holds, the strongest; all are written to the file of hits."""

MEASURED: Final = ErrorRate(0.0001, Reason("lookalikes.measured"))


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

    def hits(self, hosts: Iterable[tuple[int, str]]) -> Iterator[Hit]:
        """The hosts (row, name as `domain_name` gives it) that resemble a watched name."""
        likenesses = self._finder.likenesses
        for row, host in hosts:
            found = likenesses(host)
            if found and (one := telling.best(found, self._rules)):
                yield telling.hit(row, host, *one, self._rules)


def watch(text: str) -> Watch:
    """From the text of a watch-list (`watchlist.read`)."""
    rules = suffixes()
    return Watch(read(text, rules), rules)


def result(tally: Tally, at_work: Watch, text: str, names: int, notes: Sequence[Reason]) -> tuple[tuple[Hit, ...], Mapping[str, object]]:
    """The hits that are kept, and what is told of all of them."""
    hits = tally.strongest
    more = (Reason("lookalikes.more", (str(tally.hits), str(len(hits)))),) if tally.hits > len(hits) else ()
    told = {
        "parameters": {"watchlist": f"sha256:{hashlib.sha256(text.encode()).hexdigest()}", "watched": str(len(at_work.names.watched))},
        "error_rate": MEASURED,
        "headline": telling.headline(hits, tally.hits, names, tally.alerts),
        "innocent": telling.innocent(hits),
        "look_first": telling.look_first(hits),
        "notes": (*at_work.names.notes, *notes, *more),
        "pictures": telling.pictures(hits),
    }
    return hits, told


class LookAlikes:
    """Names that resemble a watched name, of any list of host names."""

    name = "lookalikes"
    version = "1"
    about = "lookalikes.about"
    needs: Sequence[Need] = (Need("domain", "text", "lookalikes.need-domain"),)
    settings: Sequence[Setting] = (Setting("watchlist", "", "lookalikes.set-watchlist"),)

    def run(self, relation: "Relation", parameters: Mapping[str, str], seed: int, bench: Bench, /) -> Result:
        """`watchlist` is the text of a watch-list: CSV with its header, or names separated by blanks. Raises Malformed for one without names."""
        text = parameters["watchlist"]
        at_work, tally = watch(text), Tally()
        rows = relation.engine.rows(f"SELECT row, domain FROM {relation.name} ORDER BY row")
        hosts = ((int(row), name) for row, written in rows if (name := domain_name(str(written))))
        bench.tell(0.3, Reason("lookalikes.comparing"))
        for hit in at_work.hits(hosts):
            tally.add(hit)
        return made(tally, at_work, text, len(rows), relation.data)

    def objects(self, result: Result, now: datetime, /) -> Sequence[Mapping[str, object]]:
        return stix.objects(result, now)


def made(tally: Tally, at_work: Watch, text: str, names: int, data: bytes, notes: Sequence[Reason] = (), rows: int = 0) -> Result:
    """The result of a run over `names` host names; `data` is the SHA-256 of what was read."""
    from charlevoix.acts.act import Digest

    hits, told = result(tally, at_work, text, names, notes)
    return Result(LookAlikes.name, LookAlikes.version, Digest(data), hits, rows=rows or names, **told)  # type: ignore[arg-type]
