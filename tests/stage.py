"""A stage: real nodes in real homes, partners of one another, the first with an incident whose foreign nexus was reviewed."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result
from playwright.sync_api import Browser as Chromium

from charlevoix import house
from charlevoix.acts.act import Digest, Place
from charlevoix.assess import nexus, opening
from charlevoix.cli import charlevoix
from charlevoix.doors.admission import case_of_one
from charlevoix.errors import Refused
from charlevoix.house import Station
from charlevoix.housekeeping.serving import build
from charlevoix.intake import report
from charlevoix.node import Node, Query
from charlevoix.safeguards.grounds import Actor
from charlevoix.safeguards.passage import Unverified
from charlevoix.share import peer
from charlevoix.stix.identifier import Ref, observable_id
from charlevoix.stix.marking import OFFICIAL
from web.browser import Visit
from web.server import Server

PUBLISHERS = tuple(Ref(f"identity--{n * 8}-{n * 4}-4{n * 3}-8{n * 3}-{n * 12}") for n in "12")
PEOPLE = (
    ("Ana", {"reviewer-legal"}),
    ("Rui", {"reviewer-rights"}),
    ("Gil", {"reviewer-gender"}),
    ("Ben", {"policy"}),
    ("Duy", {"duty"}),
    ("Pia", {"policy", "duty"}),
)
"""Who works at the first node beside its operator."""


@dataclass
class Stage:
    """Homes by name of node. Incidents of the first one, each reviewed: `incident` for all, `private` for itself alone, `secret` about a person at risk."""

    homes: dict[str, Path]
    incident: Ref
    private: Ref
    secret: Ref

    def run(self, *words: str, at: str = "Demo A", person: str = "") -> Result:
        """`charlevoix WORDS` at this node."""
        before = ["--home", str(self.homes[at]), *(["--as", person] if person else [])]
        return CliRunner().invoke(charlevoix, [*before, *words])

    def told(self, *words: str, at: str = "Demo A", person: str = "", code: int = 0) -> Any:
        """The JSON document of a command that must end with this code."""
        result = self.run(*words, "--json", at=at, person=person)
        assert result.exit_code == code, result.output or result.exception
        return json.loads(result.output)

    def pull(self, from_: str, to: str) -> list[str]:
        """The second node takes what the first gives it; returns the outcomes."""
        with house.opened(self.homes[from_]) as source, house.opened(self.homes[to]) as sink:
            return pull(source, sink)


def pull(source: Station, sink: Station) -> list[str]:
    asks = Actor(sink.node.me, sink.node.me, frozenset({"peer"}))
    given = source.node.find(asks, Query("release", (("collection", "=", "acts"), ("versions", "=", "all")), limit=1_000))
    items = [Unverified(str(row.value["body"]).encode(), source.node.me) for row in given.rows]
    return [admission.outcome for admission in sink.node.admit(sink.worker(), items)]


@contextmanager
def stage(folder: Path, *names: str) -> Iterator[Stage]:
    """Nodes of these names under a folder (Demo A and Demo B where none are given)."""
    homes = {name: folder / name.replace(" ", "-") for name in names or ("Demo A", "Demo B")}
    for name, home in homes.items():
        house.create(home, name)
    with ExitStack() as stack:
        stations = [stack.enter_context(house.opened(home)) for home in homes.values()]
        for one in stations:
            for other in stations:
                if other is not one:
                    _do(one, one.actor(), "roster", case_of_one("roster", one.node.me), peer.add, house.introduction(other, "member"))
        first = stations[0]
        for person, roles in PEOPLE:
            first.hire(person, roles)
        partners = tuple(s.node.me for s in stations)
        incident = _incident(first, "Look-alike news sites", partners)
        private = _incident(first, "A source inside", partners[:1])
        secret = _incident(first, "A person was threatened", partners, protected=True)
    yield Stage(homes, incident, private, secret)


def _incident(at: Station, title: str, partners: tuple[Ref, ...], protected: bool = False) -> Ref:
    """An incident on two names of two publishers, for these organisations, reviewed by another person than its opener."""
    sources = [_source(at, f"{title.replace(' ', '-').lower()}-{n}.example", p) for n, p in enumerate(PUBLISHERS)]
    form = opening.Opening(
        title,
        ("D2.2",),
        ("covert",),
        frozenset(s[0] for s in sources),
        tuple(s[1] for s in sources),
        partners[1:],
        sharing=opening.Sharing("amber", partners),
        protected=protected,
    )
    case = _do(at, at.actor(), "incident", None, opening.open_incident, form).value.case
    evidence = tuple(nexus.Evidence(s[0], p, f"origin {n}") for n, (s, p) in enumerate(zip(sources, PUBLISHERS, strict=True)))
    _do(at, at.actor("Ana"), "incident", case, nexus.review_nexus, nexus.Passing("Two independent sources", evidence))
    return Ref(case)


def _source(at: Station, name: str, publisher: Ref) -> tuple[Digest, Place]:
    """The act of a report and the place of its one domain name."""
    raw = json.dumps(
        {"type": "domain-name", "spec_version": "2.1", "id": observable_id("domain-name", {"value": name}), "value": name}
    ).encode()
    ref = Ref(f"report--{at.clock.random_id()}")
    form = report.Opening(name, publisher, f"{name}.json", hashlib.sha256(raw).hexdigest(), len(raw), "application/json", marking="clear")
    opened = _do(at, at.actor(), "report", ref, report.open_report, form)
    (came,) = at.node.admit(at.actor(), [Unverified(raw, publisher, ref, OFFICIAL["clear"])])
    assert came.act is not None
    assert came.place is not None
    return opened.value.digest, Place(came.act, came.place)


def _do(at: Station, who: Actor, kind: str, ref: Ref | None, verb: Any, form: Any) -> Any:
    done = at.node.do(who, house.cases()[kind], ref, verb, form)
    assert not isinstance(done, Refused), [(r.rule, r.values) for r in done.reasons]
    return done


@contextmanager
def console(played: Stage, at: str = "Demo A") -> Iterator[tuple[Server[Node], Station]]:
    """The console of a node behind a real server. Play what is to be shown first: the node is open here until the end."""
    with house.opened(played.homes[at]) as station, Server(build(station)) as server:
        yield server, station


@contextmanager
def visit(chromium: Chromium, served: tuple[Server[Node], Station], person: str = "operator", width: int = 1280) -> Iterator[Visit]:
    """Somebody of the node, signed in. What a page did that it must not fails at the end."""
    server, station = served
    with Visit(chromium, server.url, width=width) as one:
        one.sign_in(server.link(station.actor(person).person))
        yield one
        assert one.wrong == []


def is_well(one: Visit, width: int) -> bool:
    """No axe violation, and nothing wider than the screen."""
    assert one.axe() == []
    return int(one.page.evaluate("document.documentElement.scrollWidth")) <= width
