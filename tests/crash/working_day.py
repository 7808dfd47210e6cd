"""A working day of a node that may be killed at any boundary of a write: run as a program, it counts them and dies at the one it is told.

    python working_day.py HOME FEED REPORT N

N is the boundary to die at (0: none). What is acknowledged is printed at once, a line of JSON each; with 0 the boundaries are printed too.
"""

import hashlib
import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import event

from charlevoix import house
from charlevoix.acts.act import Digest, Place
from charlevoix.assess import opening
from charlevoix.errors import Refused
from charlevoix.house import Station
from charlevoix.intake import report
from charlevoix.safeguards.passage import Unverified
from charlevoix.stix.identifier import Ref, observable_id
from charlevoix.stix.marking import OFFICIAL
from charlevoix.store.blobs import Blobs

PUBLISHER = Ref("identity--99999999-9999-4999-8999-999999999999")
NAMES = ("one.example", "two.example", "three.example")
Tell = Callable[[str, str], None]


def play(station: Station, feed: Path, ref: Ref, tell: Tell) -> None:
    """The day: a report is opened, foreign objects come in (one is unreadable), a partner's acts come in, an incident is opened for the
    partner, handed out, and the log is signed. `tell` is called with what was acknowledged."""
    node, me = station.node, station.actor()
    opened = _said(node.do(me, house.cases()["report"], ref, report.open_report, report_form()))
    tell("act", opened.digest.hex())
    came = list(node.admit(me, [Unverified(raw, PUBLISHER, ref, OFFICIAL["clear"]) for raw in (*map(domain_object, NAMES), b"{not JSON")]))
    assert [c.outcome for c in came if c.place is None] == ["quarantined"]
    for one in came:
        tell("quarantined" if one.place is None else "object", one.raw.hex() if one.place is None else str(one.ref))
    partner, *bodies = json.loads(feed.read_text())
    for admitted in node.admit(station.worker(), [Unverified(body.encode(), Ref(partner)) for body in bodies]):
        assert admitted.outcome in ("accepted", "known")
        assert admitted.act is not None
        tell("act", admitted.act.hex())
    first = next(c for c in came if c.act and c.place)
    assert first.act is not None
    assert first.place is not None
    incident = _said(node.do(me, house.cases()["incident"], None, opening.open_incident, _incident(station, opened.digest, first, partner)))
    tell("act", incident.digest.hex())
    told = list(node.release(me, incident.case, node.audience(me, partner)))
    tell("released", str(len(told)))
    tell("checkpoint", node.checkpoint(me).decode())


def report_form() -> report.Opening:
    raw = b"what the publisher wrote"
    return report.Opening("Names", PUBLISHER, "names.json", hashlib.sha256(raw).hexdigest(), len(raw), "application/json", marking="clear")


def domain_object(name: str) -> bytes:
    return json.dumps(
        {"type": "domain-name", "spec_version": "2.1", "id": observable_id("domain-name", {"value": name}), "value": name}
    ).encode()


def _incident(station: Station, source: Digest, first: Any, partner: str) -> opening.Opening:
    both = (station.node.me, Ref(partner))
    return opening.Opening(
        "Look-alike names",
        ("D2.2",),
        ("covert",),
        frozenset({source}),
        (Place(first.act, first.place),),
        both[1:],
        sharing=opening.Sharing("amber", both),
    )


def _said(done: Any) -> Any:
    assert not isinstance(done, Refused), done.reasons
    return done.value


class Boundaries:
    """Counts where a write begins and ends, and kills this process at the n-th such place."""

    def __init__(self, station: Station, last: int) -> None:
        self.last, self.passed = last, list[str]()
        event.listen(station.database.engine, "before_cursor_execute", self._sql("before"))
        event.listen(station.database.engine, "after_cursor_execute", self._sql("after"))
        dialect: Any = station.database.engine.dialect
        dialect.do_commit = self._around("commit", dialect.do_commit)
        blobs: Any = Blobs
        blobs.put = self._around("blob", Blobs.put)
        system: Any = os
        system.fsync = self._around("fsync", os.fsync)
        paths: Any = Path
        paths.replace = self._around("rename", Path.replace)

    def passes(self, what: str) -> None:
        self.passed.append(what)
        if len(self.passed) == self.last:
            os.kill(os.getpid(), signal.SIGKILL)

    def _sql(self, when: str) -> Callable[..., None]:
        def hook(_conn: object, _cursor: object, statement: str, *_: object) -> None:
            words = statement.split()
            if words[0] in ("INSERT", "UPDATE", "DELETE"):
                self.passes(f"{when} {words[0]} {words[1 if words[0] == 'UPDATE' else 2]}")

        return hook

    def _around(self, what: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def around(*given: Any, **named: Any) -> Any:
            self.passes(f"before {what}")
            result = work(*given, **named)
            self.passes(f"after {what}")
            return result

        return around


def main(home: str, feed: str, ref: str, last: str) -> None:
    def tell(what: str, value: str) -> None:
        print(json.dumps([what, value]), flush=True)

    with house.opened(Path(home)) as station:
        boundaries = Boundaries(station, int(last))
        play(station, Path(feed), Ref(ref), tell)
    if last == "0":
        print(json.dumps(["boundaries", boundaries.passed]), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
