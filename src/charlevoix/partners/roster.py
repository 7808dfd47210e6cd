"""The roster: which organisations take part (C04, C16), in what standing, with which keys, and what was agreed with them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from charlevoix.acts.act import Digest
from charlevoix.acts.key import KeyCard, Purpose, demand_successor, read_card
from charlevoix.errors import Malformed, Unknown
from charlevoix.partners.audience import PUBLIC, STANDINGS, Audience
from charlevoix.partners.people import ADMINISTRATOR, DESK, HOUSE
from charlevoix.stix.identifier import Ref

PEERS = tuple(s for s in STANDINGS if s not in ("public", "role"))
"""Standings that an organisation can have."""

_FOR_OLD_WORDS = frozenset({Purpose.ACTS, Purpose.CHECKPOINTS})
"""What a revoked key signed before it was stolen must still be verified; a connection or a sealed letter must not."""


@dataclass(frozen=True, slots=True)
class Organisation:
    """One organisation as we know it. `root` is its offline key, exchanged out of band; everything else of its keys is on its card."""

    ref: Ref
    name: str
    standing: str  # one of PEERS
    root: bytes  # Ed25519 public key, 32 bytes
    card: KeyCard | None = None  # None: no node yet (a guest desk, or known by name only)
    agreed: frozenset[str] = frozenset()  # purposes agreed with it
    suspended: bool = False
    groups: frozenset[Ref] = frozenset()  # working groups and the secretariat it belongs to

    def __post_init__(self) -> None:
        if self.standing not in PEERS:
            raise Malformed("roster.standing", self.ref, self.standing, ", ".join(PEERS))
        if len(self.root) != 32:
            raise Malformed("roster.root-key", self.ref, len(self.root))
        if self.card is not None and self.card.issuer != self.ref:
            raise Malformed("roster.card", self.ref, self.card.issuer, advice="roster.ask-card")

    @property
    def url(self) -> str:
        return self.card.url if self.card else ""

    @property
    def audience(self) -> Audience:
        return Audience(self.ref, self.standing, self.agreed, self.suspended)

    def renew(self, card: bytes) -> Organisation:
        """With a newer key card, if its root key signed it and it forgets nothing.

        Raises Forged or Malformed of `charlevoix.acts.key`; for another organisation's card Forged("card.other-issuer") or Malformed("roster.card").
        """
        new = read_card(card, self.root)
        if self.card is not None:
            demand_successor(self.card, new)
        return replace(self, name=new.name, card=new)


def from_card(card: bytes, root: bytes, standing: str) -> Organisation:
    """An organisation from its signed key card and the root key that came out of band. Raises Forged or Malformed."""
    read = read_card(card, root)
    return Organisation(read.issuer, read.name, standing, root, read)


@dataclass(frozen=True, slots=True)
class Roster:
    """All organisations that a node knows, its own (`own`) among them."""

    own: Ref
    organisations: Mapping[Ref, Organisation] = field(default_factory=dict)

    @classmethod
    def of(cls, own: Ref, organisations: Iterable[Organisation]) -> Roster:
        """Raises Malformed("roster.twice") when one is named twice."""
        found: dict[Ref, Organisation] = {}
        for organisation in organisations:
            if organisation.ref in found:
                raise Malformed("roster.twice", organisation.ref)
            found[organisation.ref] = organisation
        return cls(own, found)

    def __iter__(self) -> Iterator[Organisation]:
        return iter(self.organisations.values())

    def __contains__(self, ref: object) -> bool:
        return ref in self.organisations

    def __getitem__(self, ref: Ref) -> Organisation:
        """Raises Unknown("roster.organisation")."""
        try:
            return self.organisations[ref]
        except KeyError:
            raise Unknown("roster.organisation", ref, advice="roster.add") from None

    def with_(self, organisation: Organisation) -> Roster:
        """The roster with this organisation added or replaced."""
        return Roster(self.own, {**self.organisations, organisation.ref: organisation})

    def audience(self, ref: Ref) -> Audience:
        """The audience of this name: a peer, "public", or "role--..." of our own house. Raises Unknown for another."""
        if ref == PUBLIC:
            return Audience(PUBLIC, "public")
        role = ref.removeprefix("role--")
        if role != ref:
            if role not in HOUSE | DESK | {ADMINISTRATOR}:
                raise Unknown("roster.role", role)
            return Audience(ref, "role", house=self.own)
        return self[ref].audience

    def expand(self, ref: Ref) -> tuple[Audience, ...]:
        """The audiences behind a name: those of a group are its organisations, in order of their ids, without ourselves."""
        if ref in self or ref == PUBLIC or ref.startswith("role--"):
            return (self.audience(ref),)
        found = tuple(o.audience for o in sorted(self, key=lambda o: o.ref) if ref in o.groups and o.ref != self.own)
        if not found:
            raise Unknown("roster.organisation", ref, advice="roster.add")
        return found

    def peers(self) -> tuple[Audience, ...]:
        """Every other organisation as an audience, in order of their ids; the suspended are among them, and `decide` refuses them."""
        return tuple(o.audience for o in sorted(self, key=lambda o: o.ref) if o.ref != self.own)

    def key(self, author: Ref, kid: str, use: Purpose) -> bytes:
        """The pinned public key (32 bytes) behind a key id, which is only a hint.

        Raises Unknown if the author has no such key for this use, or if it was revoked and the use is a connection or a sealing. A revoked
        key of acts or checkpoints is given, since what it signed before still counts: ask `revoked` and `last_good`.
        """
        card = self[author].card
        found = card.find(use, kid) if card else None
        if card is None or found is None:
            raise Unknown("roster.key", author, kid[:64], use.value, advice="roster.ask-card")
        if use not in _FOR_OLD_WORDS and card.revocation(kid):
            raise Unknown("roster.revoked", author, kid[:64], advice="roster.ask-card")
        return found.raw

    def current(self, author: Ref, use: Purpose) -> bytes:
        """The key that an organisation uses now for a purpose: to seal for it, to expect it on a connection. Raises Unknown."""
        card = self[author].card
        found = card.current(use) if card else None
        if found is None:
            raise Unknown("roster.key", author, "-", use.value, advice="roster.ask-card")
        return found.raw

    def revoked(self, author: Ref, kid: str) -> bool:
        card = self[author].card
        return card is not None and card.revocation(kid) is not None

    def last_good(self, author: Ref, kid: str) -> Digest | None:
        """Of a revoked key: the act up to which (its past included) its signatures count. None: none does, or it isn't revoked."""
        card = self[author].card
        revocation = card.revocation(kid) if card else None
        return revocation.last_good if revocation else None
