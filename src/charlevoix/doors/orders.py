"""Standing orders: what every passage through a door of this node goes by, and one passage while its transaction is open."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from charlevoix.acts.act import Digest, Place
from charlevoix.acts.key import Purpose
from charlevoix.cases.case import AnyCase
from charlevoix.clock import Clock
from charlevoix.errors import Answer, Unknown
from charlevoix.keyring import Keyring
from charlevoix.ledger.entry import Door, NewEntry
from charlevoix.ledger.log import Log
from charlevoix.partners.roster import Roster
from charlevoix.safeguards.legal_profile import LegalProfile
from charlevoix.stix.identifier import Ref
from charlevoix.store.acts import StoredAct
from charlevoix.store.blobs import Blobs

Object = Mapping[str, object]
Repair = Callable[[Object], tuple[Object, tuple[str, ...]]]
"""Foreign habits set right: the object as it should be, and a sentence for each thing changed (none: nothing was)."""


@dataclass(frozen=True, slots=True)
class Orders:
    """Who we are, which kinds of case there are, the law that holds here, the log, the keys, and where evidence lies."""

    me: Ref
    cases: Mapping[str, AnyCase]
    log: Log
    blobs: Blobs
    keyring: Keyring
    clock: Clock
    profile: LegalProfile
    repair: Repair = lambda o: (o, ())

    @property
    def kid(self) -> str:
        return self.keyring.kid(Purpose.ACTS)

    def case(self, kind_or_ref: str) -> AnyCase:
        """The case of a kind of act ("incident.open"), a kind of case, or the id of a case. Raises Unknown."""
        kind = kind_or_ref.partition("--")[0].partition(".")[0]
        if kind not in self.cases:
            raise Unknown("case.kind", kind[:80], ", ".join(sorted(self.cases)))
        return self.cases[kind]


@dataclass(slots=True)
class Passing:
    """One transaction at the doors: its connection, its time, and what is to be put on the record when it commits."""

    orders: Orders
    conn: Connection
    now: datetime
    role: str  # the role that acts, never the person
    roster: Roster
    entries: list[NewEntry] = field(default_factory=list)
    doubted: set[tuple[Ref, str]] = field(default_factory=set)  # author and key of acts that came, where the key is revoked
    kept: dict[Digest, StoredAct] = field(default_factory=dict)  # acts that were stored in this transaction
    _start: int | None = None  # of the log, in this transaction: nobody else writes while it is open

    def record(
        self,
        door: Door,
        answer: Answer,
        rule: str,
        *,
        act: Digest | None = None,
        place: Place | int | None = None,
        audience: Ref | None = None,
    ) -> int:
        """Puts a passage on the record; returns its index in the ledger, which holds once the transaction commits."""
        if isinstance(place, Place):
            act, place = place.act, place.index
        self.entries.append(NewEntry(door, act, place, answer, rule, audience, self.role, self.now))
        if self._start is None:
            self._start = self.orders.log.size(self.conn)
        return self._start + len(self.entries) - 1

    def settle(self) -> range:
        """Appends what was recorded to the log: the last thing before the transaction commits."""
        new, self.entries, self._start = self.entries, [], None
        return self.orders.log.append(self.conn, new)
