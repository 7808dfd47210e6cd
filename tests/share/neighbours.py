"""Nodes beside each other: each with a home of its own, listening on the loopback, and in the others' rosters."""

import json
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import uvicorn

from charlevoix import house
from charlevoix.acts.act import Digest, Place
from charlevoix.assess import opening
from charlevoix.doors.admission import case_of_one
from charlevoix.errors import Refused
from charlevoix.house import Station
from charlevoix.housekeeping.serving import build
from charlevoix.intake import report
from charlevoix.safeguards.passage import Unverified
from charlevoix.share import peer
from charlevoix.stix.identifier import Ref, observable_id
from charlevoix.stix.marking import OFFICIAL
from charlevoix.web.app import create_app
from charlevoix.web.listening import listener

PUBLISHER = Ref("identity--00000000-0000-4000-8000-00000000000f")


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


@contextmanager
def neighbours(folder: Path, names: str = "AB", standings: Mapping[str, str] = {}) -> Iterator[dict[str, Station]]:
    """Nodes by letter, each listening and each knowing the others."""
    with ExitStack() as stack:
        found = {}
        for name in names:
            port = free_port()
            house.create(folder / name, f"Demo {name}", url=f"http://127.0.0.1:{port}", port=port)
            found[name] = stack.enter_context(house.opened(folder / name))
        for one in names:
            for other in names:
                if one != other:
                    introduce(found[one], found[other], standings.get(other, "member"))
        servers = [stack.enter_context(listening(station)) for station in found.values()]
        yield found
        for server in servers:
            server.should_exit = True  # all at once: each takes a moment to end


@contextmanager
def listening(station: Station) -> Iterator[uvicorn.Server]:
    server = listener(create_app(build(station)), "127.0.0.1", station.settings.port)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + 10
    while not server.started and time.monotonic() < until:
        time.sleep(0.01)
    yield server
    server.should_exit = True
    thread.join(timeout=10)


def introduce(to: Station, other: Station, standing: str = "member") -> None:
    said = to.node.do(to.actor(), house.cases()["roster"], case_of_one("roster", to.node.me), peer.add, house.introduction(other, standing))
    assert not isinstance(said, Refused), said


def incident(
    station: Station,
    domains: tuple[str, ...] = ("one.example", "two.example"),
    with_: tuple[Ref, ...] = (),
    tlp: str = "amber",
    redact: tuple[str, ...] = (),
    releasable: bool = True,
) -> tuple[Ref, Digest]:
    """An incident with these domains restated from a list: its case and its opening act."""
    node, analyst = station.node, station.actor()
    ref = Ref(f"report--{station.clock.random_id()}")
    form = report.Opening("List", PUBLISHER, f"list-{ref}.csv", "0" * 64, 10, "text/csv", marking="clear")
    source = node.do(analyst, house.cases()["report"], ref, report.open_report, form)
    assert not isinstance(source, Refused), source
    objects = [
        {"type": "domain-name", "spec_version": "2.1", "id": observable_id("domain-name", {"value": d}), "value": d} for d in domains
    ]
    told = list(node.admit(analyst, [Unverified(json.dumps(o).encode(), PUBLISHER, ref, OFFICIAL["clear"]) for o in objects]))
    places = tuple(Place(t.act, t.place) for t in told if t.act is not None and t.place is not None)
    sharing = opening.Sharing(tlp, (node.me, *with_) if releasable else None, redact)
    made = opening.Opening(
        "Look-alike sites",
        ("D2.2",),
        ("covert",),
        frozenset({source.value.digest}),
        places,
        with_,
        summary="Two sites look like a newspaper's",
        judgement=opening.Judgement("Probably one operator", (55, 80), "moderate"),
        sharing=sharing,
    )
    said = node.do(analyst, house.cases()["incident"], None, opening.open_incident, made)
    assert not isinstance(said, Refused), said
    return said.value.case, said.value.digest
