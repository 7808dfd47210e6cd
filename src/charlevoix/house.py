"""The house: the seven rooms in order, and one node from its settings; wiring only."""

import base64
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from importlib import import_module
from pathlib import Path

from charlevoix import settings as choices
from charlevoix.acts.key import OPERATIONAL, KeyCard, Purpose, sign_card
from charlevoix.cases.case import AnyCase
from charlevoix.clock import Clock
from charlevoix.doors.admission import case_of_one
from charlevoix.doors.orders import Object, Orders
from charlevoix.errors import Misconfigured, Refused
from charlevoix.intake.repair import repair
from charlevoix.keyring import Keyring
from charlevoix.ledger.log import Log
from charlevoix.node import Node
from charlevoix.room import Room
from charlevoix.safeguards import legal_profile
from charlevoix.safeguards.grounds import Actor
from charlevoix.settings import Settings
from charlevoix.share import peer
from charlevoix.share.counter import Progress
from charlevoix.signed_request import sign_request
from charlevoix.stix.identifier import Ref
from charlevoix.store import office
from charlevoix.store.blobs import Blobs
from charlevoix.store.database import Database
from charlevoix.store.office import Person

ROOMS = ("intake", "assess", "share", "attribute", "respond", "advise", "account")
"""Left to right, in the order of the mission."""

OPERATOR = "operator"
"""Who made the node: may do what needs no second person. Reviews need somebody else: `charlevoix people add`."""

OPERATOR_ROLES = frozenset({"analyst", "policy", "administrator"})


@cache
def rooms() -> tuple[Room, ...]:
    """The rooms that announce themselves in a module `doorway`."""
    return tuple(import_module(f"charlevoix.{name}.doorway").ROOM for name in ROOMS)


@cache
def cases() -> Mapping[str, AnyCase]:
    """Every kind of case of every room, by its kind."""
    found = [_load(name)() for room in rooms() for name in room.cases]
    return {case.kind: case for case in found}


def _load(name: str) -> type[AnyCase]:
    module, _, class_ = name.partition(":")
    loaded: type[AnyCase] = getattr(import_module(module), class_)
    return loaded


@dataclass(frozen=True, slots=True)
class Station:
    """One node, opened from its home folder."""

    home: Path
    settings: Settings
    database: Database
    keyring: Keyring
    clock: Clock
    orders: Orders
    node: Node

    def actor(self, name: str = "") -> Actor:
        """Who asks, by name or id. Raises Unknown for somebody who does not work here."""
        with self.database.read() as conn:
            found = office.person(conn, name or OPERATOR)
        return Actor(found.ref, self.orders.me, found.roles)

    def worker(self) -> Actor:
        """The node itself, when nobody's hands are on it: what jobs do."""
        return Actor(Ref(f"person--{self.orders.me.partition('--')[2]}"), self.orders.me, frozenset({"node"}))

    @property
    def counter(self) -> "Counter":
        return Counter(self)

    def hire(self, name: str, roles: Iterable[str]) -> Person:
        """Somebody who works at this node from now on. Raises Malformed where the name is taken."""
        person = Person(Ref(f"person--{self.clock.random_id()}"), name, frozenset(roles))
        with self.database.write() as conn:
            office.add_person(conn, person, self.clock.now().isoformat())
        return person


@dataclass(frozen=True, slots=True)
class Counter:
    """What the room of sharing needs of the office (`charlevoix.share.counter`): cursors, nonces, tokens, and the HTTP key's signature."""

    station: Station

    def progress(self, peer: Ref, /) -> Progress:
        with self.station.database.read() as conn:
            found = office.cursor(conn, peer, "acts")
        return Progress(found.added_after or "", found.heard_at or "", found.failure or "")

    def keep(self, peer: Ref, progress: Progress, /) -> None:
        new = office.Cursor(peer, "acts", progress.added_after or None, progress.heard_at or None, progress.failure or None)
        with self.station.database.write() as conn:
            office.set_cursor(conn, new)

    def fresh(self, kid: str, nonce: str, until: datetime, /) -> bool:
        now = self.station.clock.now().timestamp()
        with self.station.database.write() as conn:
            return office.fresh_nonce(conn, f"{kid} {nonce}", now, until.timestamp() - now)

    def token_of(self, digest: bytes, /) -> Ref | None:
        with self.station.database.read() as conn:
            whose = office.fact(conn, f"token {digest.hex()}")
            current = office.fact(conn, f"token of {whose}") if whose else None
        return Ref(whose) if whose and current == digest.hex() else None

    def set_token(self, peer: Ref, digest: bytes | None, /) -> None:
        with self.station.database.write() as conn:
            office.set_fact(conn, f"token of {peer}", digest.hex() if digest else "")
            if digest:
                office.set_fact(conn, f"token {digest.hex()}", peer)

    def sign(self, method: str, url: str, body: bytes | None, /) -> Mapping[str, str]:
        ring, clock = self.station.keyring, self.station.clock
        return sign_request(
            method,
            url,
            body,
            kid=ring.kid(Purpose.HTTP),
            sign=ring.signer(Purpose.HTTP).sign,
            created=clock.now(),
            nonce=clock.random_bytes(16).hex(),
        )

    def introduction(self) -> peer.Introduction:
        return introduction(self.station, "member")


def create(
    home: Path, name: str, *, url: str = "", port: int | None = None, clock: Clock | None = None, passphrase: str | None = None
) -> Settings:
    """Makes a node: settings, keys, database, its own entry in its roster, and one person. Raises Misconfigured where there is one.

    A crash half-way leaves a folder that `create` refuses: nothing was said with its keys, remove it.
    """
    if (home / choices.FILE).exists():
        raise Misconfigured("house.exists", home, advice="house.other-home")
    clock = clock or Clock()
    me = Ref(f"identity--{clock.random_id()}")
    Keyring.create(home, passphrase)
    Database.in_folder(home).create()
    written = Settings(name, me)
    written = replace(written, url=url or written.url, port=port or written.port)
    choices.write(home, written)
    with opened(home, clock=clock, passphrase=passphrase) as station:
        with station.database.write() as conn:
            office.set_fact(conn, "person-secret", clock.random_bytes(32).hex())
        station.hire(OPERATOR, OPERATOR_ROLES)
    with opened(home, clock=clock, passphrase=passphrase) as station:
        said = station.node.do(station.actor(), cases()["roster"], case_of_one("roster", me), peer.add, introduction(station, "member"))
        if isinstance(said, Refused):
            raise Misconfigured("house.own-card", said.reasons[0].rule)
    return written


@contextmanager
def opened(home: Path, *, clock: Clock | None = None, passphrase: str | None = None) -> Iterator[Station]:
    """The node in a home folder. Raises Misconfigured where there is none, or its keys can't be unlocked."""
    read = choices.read(home)
    database, keyring, clock = Database.in_folder(home), Keyring.open(home, passphrase), clock or Clock()
    try:
        database.check()
        with database.read() as conn:
            secret = bytes.fromhex(office.fact(conn, "person-secret") or "")
        orders = Orders(
            me=read.identity,
            cases=cases(),
            log=Log(origin(read.identity), clock.random_bytes),
            blobs=Blobs(home / "evidence"),
            keyring=keyring,
            clock=clock,
            profile=legal_profile.load(read.legal_profile),
            repair=_repair,
        )
        yield Station(home, read, database, keyring, clock, orders, Node(database, orders, secret))
    finally:
        database.close()


def origin(identity: Ref) -> str:
    """The name of a node's log (C2SP checkpoint origin)."""
    return f"charlevoix/{identity.partition('--')[2]}"


def introduction(station: Station, standing: str) -> peer.Introduction:
    """Our own card and root key, as partners take them into their rosters."""
    ring, set_ = station.keyring, station.settings
    keys = tuple(ring.public(p) for p in OPERATIONAL)
    card = sign_card(KeyCard(set_.identity, set_.name, 1, keys, (), set_.url), ring.signer(Purpose.ROOT))
    root = base64.urlsafe_b64encode(ring.public(Purpose.ROOT).raw).decode().rstrip("=")
    return peer.Introduction(card.decode(), root, standing)


def _repair(object_: Object) -> tuple[Object, tuple[str, ...]]:
    mended, made = repair(object_)
    return mended, tuple(map(str, made))
