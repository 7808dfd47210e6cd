"""A house with one room and no real node: enough to open doors on."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from charlevoix.errors import Answer, Reason
from charlevoix.safeguards.decision import Decision
from charlevoix.safeguards.grounds import Actor
from charlevoix.stix.identifier import Ref
from charlevoix.web.app import House
from charlevoix.web.gate import Gate
from charlevoix.web.sign_in import SessionsInMemory

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)

ALLOWED: dict[str, frozenset[str]] = {
    "gallery.read": frozenset({"public", "analyst", "auditor"}),
    "note.read": frozenset({"analyst", "auditor"}),
    "note.write": frozenset({"analyst"}),
}
"""Act -> roles. An act that is not here is nobody's."""


@dataclass
class Desk:
    """What stands in for the node: it keeps notes."""

    notes: list[str] = field(default_factory=list)


@dataclass
class Clock:
    now: datetime = NOON
    seconds: float = 0.0


@dataclass(frozen=True)
class Door:
    path: str
    act: str
    load: str


@dataclass(frozen=True)
class Room:
    name: str
    pages: tuple[Door, ...]


ROOM = Room(
    "standin",
    (
        Door("/", "gallery.read", "web.standin.pages:gallery"),
        Door("/notes", "note.read", "web.standin.pages:notes"),
        Door("/notes/new", "note.write", "web.standin.pages:blank"),
        Door("POST /notes/new", "note.write", "web.standin.pages:write"),
        Door("POST /notes/file", "note.write", "web.standin.pages:file"),
        Door("/slow", "note.read", "web.standin.pages:slow"),
        Door("/broken", "note.read", "web.standin.pages:broken"),
        Door("POST /broken", "note.read", "web.standin.pages:broken"),
        Door("/unknown", "note.read", "web.standin.pages:unknown"),
        Door("/away", "note.read", "web.standin.pages:away"),
        Door("/nobody", "nobody.ever", "web.standin.pages:notes"),
    ),
)

PEOPLE = {
    "ada": Actor(Ref("person--ada"), Ref("identity--demo-a"), frozenset({"analyst"})),
    "tom": Actor(Ref("person--tom"), Ref("identity--demo-a"), frozenset({"auditor"})),
}


def may(actor: Actor | None, act: str) -> Decision:
    roles = actor.roles if actor else frozenset({"public"})
    if roles & ALLOWED.get(act, frozenset()):
        return Decision(Answer.YES, ())
    return Decision(Answer.NO, (Reason("standin.no-role", (act,)),))


def house(clock: Clock | None = None, hosts: Iterable[str] = ("127.0.0.1", "testserver"), **gate: object) -> House[Desk]:
    time = clock or Clock()
    return House(
        name="Demo A",
        node=Desk(),
        rooms=(ROOM,),
        sessions=SessionsInMemory(),
        gate=Gate(hosts=frozenset(hosts), secret=b"s" * 32, **gate),  # type: ignore[arg-type]
        now=lambda: time.now,
        actor=PEOPLE.get,
        may=may,
        navigation=(("Gallery", "/"), ("Notes", "/notes"), ("Nobody's", "/nobody")),
        clock=lambda: time.seconds,
    )
