"""A peer: an organisation that we know by a root key exchanged out of band, the standing it has, and whether it is suspended."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar

from charlevoix.acts.key import read_card
from charlevoix.cases import machine
from charlevoix.cases.case import PARTICIPANTS, Case, Course, Proposal, Row
from charlevoix.cases.history import Note
from charlevoix.cases.machine import Kind
from charlevoix.errors import CharlevoixError, Reason, Refused
from charlevoix.partners.roster import PEERS, Organisation, Roster
from charlevoix.safeguards.grounds import Actor
from charlevoix.stix.identifier import Property, Ref
from charlevoix.stix.marking import OFFICIAL

CARD = Property("charlevoix_card")
"""The organisation's key card: compact JWS signed by its root key."""

ROOT = Property("charlevoix_root")
"""The root public key, base64url, as it was exchanged out of band."""

STANDING = Property("charlevoix_standing")
AGREED = Property("charlevoix_agreed")


@dataclass(frozen=True, slots=True)
class Peers:
    """The roster of this node, and the acts of it that could not be followed, with the reason."""

    course: Course
    roster: Roster
    odd: tuple[tuple[str, Reason], ...] = ()


class RosterCase(Case[Peers]):
    """A node has one roster, with itself; partners never get it. Changes are acts, so the ledger holds who was let in and when."""

    kind: ClassVar[str] = "roster"
    kinds: ClassVar[Mapping[str, Kind]] = {
        "roster.open": machine.kind("administrator", moves=("none", "kept")),
        "roster.add": machine.kind("administrator"),
        "roster.renew": machine.kind("administrator node"),
        "roster.restore": machine.kind("administrator"),
        "roster.suspend": machine.kind("administrator node", moves=("kept", "kept")),
    }

    def view(self, course: Course, /) -> Peers:
        own = course.notes[0].author if course.notes else Ref("")
        roster, odd = Roster.of(own, ()), list[tuple[str, Reason]]()
        for note in course.notes:
            try:
                roster = _follow(roster, note)
            except CharlevoixError as e:
                odd.append((note.digest.hex(), e.reason))
        return Peers(course, roster, tuple(odd))

    def row(self, state: Peers, /) -> Row:
        return {"title": "Roster", "partners": len(state.roster.organisations), "odd": len(state.odd)}


def _follow(roster: Roster, note: Note) -> Roster:
    ref = note.main.ref if note.main and note.main.ref else Ref(note.text("charlevoix_partner"))
    match note.kind:
        case "roster.open" | "roster.add":
            return roster.with_(_organisation(note))
        case "roster.renew":
            return roster.with_(roster[ref].renew(note.text(CARD).encode()))
        case "roster.suspend":
            return roster.with_(replace(roster[ref], suspended=True))
        case "roster.restore":
            return roster.with_(replace(roster[ref], suspended=False))
    return roster


def _organisation(note: Note) -> Organisation:
    root = read_root(note.text(ROOT))
    card = read_card(note.text(CARD).encode(), root)
    return Organisation(card.issuer, card.name, note.text(STANDING) or "member", root, card, frozenset(note.texts(AGREED)))


def read_root(text: str) -> bytes:
    """A root key from base64url; what is none has another length than 32, and the roster refuses it."""
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return b""


# --- verbs -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Introduction:
    """An organisation as it is taken into the roster."""

    card: str
    root: str
    standing: str
    agreed: frozenset[str] = frozenset()


def add(state: Peers, actor: Actor, now: datetime, form: Introduction, /) -> Proposal | Refused:
    """The first one is our own, and opens the roster."""
    if form.standing not in PEERS:
        return Refused((Reason("roster.standing", (form.standing, ", ".join(PEERS)), "roster.choose-standing"),))
    try:
        card = read_card(form.card.encode(), read_root(form.root))
    except CharlevoixError as e:
        return Refused((e.reason,))
    if card.issuer in state.roster:
        return Refused((Reason("roster.twice", (card.name,), "roster.renew-instead"),))
    more: dict[str, object] = {
        CARD: form.card,
        ROOT: form.root,
        STANDING: form.standing,
        **({AGREED: sorted(form.agreed)} if form.agreed else {}),
    }
    return Proposal("roster.add" if state.course.notes else "roster.open", {"identity": _identity(card.issuer, card.name, now, more)})


def renew(state: Peers, actor: Actor, now: datetime, form: str, /) -> Proposal | Refused:
    """A newer card (compact JWS), for a rotation or after a theft. It has to be signed by the root key that we know."""
    reasons = []
    for organisation in state.roster:
        try:
            organisation.renew(form.encode())
        except CharlevoixError as e:
            reasons.append(e.reason)
            continue
        return Proposal("roster.renew", {"identity": _identity(organisation.ref, organisation.name, now, {CARD: form})})
    told = [r for r in reasons if r.rule != "card.signature"]  # what the organisation says whose root key did sign it
    return Refused(tuple(dict.fromkeys(told or reasons[:1] or [Reason("roster.empty", (), "roster.add")])))


def suspend(state: Peers, actor: Actor, now: datetime, form: Ref, /) -> Proposal | Refused:
    """Nothing more goes there, from this moment; what it says is still let in."""
    return _about(state, "roster.suspend", form, now)


def restore(state: Peers, actor: Actor, now: datetime, form: Ref, /) -> Proposal | Refused:
    return _about(state, "roster.restore", form, now)


def _about(state: Peers, kind: str, ref: Ref, now: datetime) -> Proposal | Refused:
    if ref not in state.roster:
        return Refused((Reason("roster.organisation", (ref,), "roster.add"),))
    if ref == state.roster.own:
        return Refused((Reason("roster.ourselves"),))
    return Proposal(kind, {"identity": _identity(ref, state.roster[ref].name, now, {})})


def _identity(ref: Ref, name: str, now: datetime, more: Mapping[str, object]) -> dict[str, object]:
    return {
        "type": "identity",
        "id": ref,
        "name": name,
        "identity_class": "organization",
        "object_marking_refs": [OFFICIAL["amber+strict"]],
        PARTICIPANTS: [ref],
        **more,
    }
