"""Serving: the console, the exchange with partners and the work that waits, in one process."""

import hashlib
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from starlette.types import ASGIApp

from charlevoix import house
from charlevoix.acts.key import Purpose
from charlevoix.errors import Answer, CharlevoixError, Reason
from charlevoix.house import Station
from charlevoix.housekeeping import working
from charlevoix.node import Node
from charlevoix.partners.people import DESK, HOUSE, ROLES, held
from charlevoix.room import Room
from charlevoix.safeguards.decision import Decision
from charlevoix.safeguards.grounds import Actor
from charlevoix.stix.identifier import Ref
from charlevoix.store import office
from charlevoix.web import sign_in
from charlevoix.web.app import House, create_app
from charlevoix.web.gate import Gate
from charlevoix.web.listening import listener

NAVIGATION = (
    ("nav.today", "/"),
    ("nav.triage", "/triage"),
    ("nav.detect", "/detect"),
    ("nav.incidents", "/incidents"),
    ("nav.attributions", "/attributions"),
    ("nav.measures", "/measures"),
    ("nav.briefs", "/briefs"),
    ("nav.partners", "/partners"),
    ("nav.account", "/account"),
)

UPLOADS: Mapping[str, int] = {"report.open": 65 * 2**20}
"""Acts whose forms may be larger than others: a file of 64 MB and what is typed beside it."""

PUBLIC_ACTS = frozenset({"public"})
"""Acts of pages that anybody may see without signing in."""


def build(station: Station) -> House[Node]:
    """What the web needs of this node."""
    secret = hashlib.sha256(b"charlevoix form tokens\0" + station.keyring.signer(Purpose.HTTP).private_bytes_raw()).digest()
    address = urlsplit(station.settings.url)
    hosts = frozenset({address.hostname or "localhost", "127.0.0.1", "localhost", station.settings.host})
    gate = Gate(hosts=hosts, secret=secret, https=address.scheme == "https", bodies=UPLOADS)
    return House(
        name=station.settings.name,
        node=station.node,
        rooms=house.rooms(),
        sessions=Sessions(station),
        gate=gate,
        now=station.clock.now,
        actor=lambda person: _actor(station, person),
        may=_may(house.rooms()),
        navigation=NAVIGATION,
        machines=_machines(station),
    )


def run(station: Station, host: str, port: int, work: bool = True, ready: Callable[[int], None] | None = None) -> None:
    """Serves until interrupted; with `work` a thread does what waits."""
    app = create_app(build(station))
    stop = threading.Event()
    worker = threading.Thread(target=working.run, args=(station, stop), name="work", daemon=True) if work else None
    if worker:
        worker.start()
    try:
        listener(app, host, port).run()
    finally:
        stop.set()
        if worker:
            worker.join(timeout=10)


def link(station: Station, person: Ref) -> str:
    """The address that signs this person in once."""
    token = sign_in.offer(Sessions(station), person, station.clock.now())
    return f"{station.settings.url.rstrip('/')}/sign-in/{token}"


@dataclass(frozen=True, slots=True)
class Sessions:
    """Sign-in tickets in the node's database: of two takers one gets it, whichever process they are in."""

    station: Station

    def put(self, kind: sign_in.Kind, selector: str, ticket: sign_in.Ticket, /) -> None:
        kept = office.Ticket(Ref(ticket.person), ticket.digest, ticket.until.timestamp())
        with self.station.database.write() as conn:
            office.put_ticket(conn, kind, selector, kept, self.station.clock.now().timestamp())

    def get(self, kind: sign_in.Kind, selector: str, /) -> sign_in.Ticket | None:
        with self.station.database.read() as conn:
            kept = office.ticket(conn, kind, selector)
        return sign_in.Ticket(kept.person, kept.digest, datetime.fromtimestamp(kept.expires_at, UTC)) if kept else None

    def take(self, kind: sign_in.Kind, selector: str, /) -> bool:
        with self.station.database.write() as conn:
            return office.take_ticket(conn, kind, selector)


def _actor(station: Station, person: str) -> Actor | None:
    try:
        return station.actor(person)
    except CharlevoixError:
        return None


def _may(rooms: Sequence[Room]) -> Callable[[Actor | None, str], Decision]:
    """Who may open a page at all. What stands on it is decided by the node, object by object."""
    roles = {kind: declared.roles for case in house.cases().values() for kind, declared in case.kinds.items()}
    roles |= {"read": HOUSE, "office": ROLES - DESK, "public": ROLES}

    def may(who: Actor | None, act: str) -> Decision:
        if act in PUBLIC_ACTS:
            return Decision(Answer.YES, (Reason("web.public"),))
        if who is not None and held(who.roles) & roles.get(act, frozenset()):
            return Decision(Answer.YES, (Reason("authority.role-allows", (", ".join(sorted(who.roles)), act)),))
        wanted = ", ".join(sorted(roles.get(act, ()))) or "-"
        return Decision(Answer.NO, (Reason("authority.role", (act, wanted), "authority.ask-role"),))

    return may


def _machines(station: Station) -> Mapping[str, ASGIApp]:
    """Interfaces for programs, by path: what the room of sharing serves to partners' nodes."""
    from charlevoix.share import endpoint

    found: Mapping[str, ASGIApp] = endpoint.machines(station)
    return found
