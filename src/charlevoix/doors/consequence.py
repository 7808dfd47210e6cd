"""Consequences: what follows from acts that came in, in the same transaction: their cases, and what each partner has of them."""

from collections.abc import Iterable, Mapping
from typing import Protocol

from sqlalchemy import Connection

from charlevoix.acts.act import Digest, StixObject
from charlevoix.doors import projection
from charlevoix.doors.admission import case_of_one
from charlevoix.doors.closure import KNOWN_TO_ALL
from charlevoix.doors.orders import Orders, Passing
from charlevoix.doors.projection import Warm
from charlevoix.doors.release import Exit
from charlevoix.partners.roster import Roster
from charlevoix.safeguards.passage import Seen
from charlevoix.stix.identifier import Ref
from charlevoix.store import acts, cases

New = Mapping[Ref, list[Seen]]
"""Acts that came in, by case."""

Some = dict[Ref, frozenset[Digest] | None]
"""What is to be decided again: these acts of a case, or (None) all of them."""

SPEAKS_OF = frozenset({"exchange.offer", "exchange.recall"})
"""Acts between two parties that change what one of them has of other acts: those that they rest on."""


class WithRoster(Protocol):
    """The state of our own roster case: `charlevoix.share.peer` folds it."""

    @property
    def roster(self) -> Roster: ...


def roster(conn: Connection, orders: Orders, warm: Warm) -> Roster:
    """Who takes part, as the acts of our own roster say."""
    found: WithRoster | None = projection.state(conn, orders, warm, _roster_case(orders)) if "roster" in orders.cases else None
    return found.roster if found else Roster.of(orders.me, ())


def follow(passing: Passing, warm: Warm, new: New, again: Iterable[Ref] = ()) -> None:
    """Folds what came into its cases (`again`: cases to be folded from all their acts) and brings what partners have up to date."""
    # 1. the cases
    some: Some = {ref: _fold(passing, warm, ref, seen) for ref, seen in sorted(new.items())}
    enrolled = _roster_case(passing.orders) in new
    if enrolled:
        passing.roster = roster(passing.conn, passing.orders, warm)
    for ref in sorted({*again, *_heed_revocations(passing, every=enrolled)}):
        projection.refold(passing, warm, ref)
        some[ref] = None
    # 2. what has to be decided again because of them
    if not passing.roster.peers():
        return
    if enrolled:  # a standing, a suspension, a new partner
        some = dict.fromkeys(cases.every(passing.conn))
    else:
        _add_spoken_of(passing, new, some)
        _add_same_objects(passing, new, some)
    # 3. what each partner has
    exit_ = Exit(passing, warm)
    for ref, only in sorted(some.items()):
        exit_.refresh(ref, only)
    if not enrolled:
        _refresh_dependants(exit_, {ref for ref, only in some.items() if only is None})


def _roster_case(orders: Orders) -> Ref:
    return case_of_one("roster", orders.me)


def _fold(passing: Passing, warm: Warm, ref: Ref, seen: list[Seen]) -> frozenset[Digest] | None:
    digests = frozenset(s.act.value.digest for s in seen)
    last = max((passing.kept[d].seq for d in digests if d in passing.kept), default=0)  # what is shown anew was here before
    return None if projection.fold_in(passing, warm, ref, seen, last) else digests


def _heed_revocations(passing: Passing, *, every: bool) -> set[Ref]:
    """Acts of a stolen key that are not in the past of its last good act do not count, in whatever order all this came; returns their cases.

    `every`: the roster changed. Else only keys are looked at with which an act of this transaction was signed.
    """
    touched = set[Ref]()
    for organisation in passing.roster:
        for revocation in organisation.card.revoked if organisation.card else ():
            if every or (organisation.ref, revocation.kid) in passing.doubted:
                good = revocation.last_good
                kept = {good, *acts.earlier(passing.conn, good)} if good else set[Digest]()
                touched |= acts.set_void(passing.conn, organisation.ref, revocation.kid, kept)
    return touched


def _add_spoken_of(passing: Passing, new: New, some: Some) -> None:
    """Acts that an offer or a recall speaks of."""
    between = [s.act.value for seen in new.values() for s in seen if s.act.value.kind in SPEAKS_OF]
    for act in acts.find(passing.conn, [d for one in between for d in one.rests]).values():
        known = some.get(act.case, frozenset())
        some[act.case] = None if known is None else known | {act.digest}


def _add_same_objects(passing: Passing, new: New, some: Some) -> None:
    """Acts that speak of an object of which a new act speaks too: a later version binds the earlier, and the strictest case answers."""
    refs = {o.ref for seen in new.values() for s in seen for o in s.objects if isinstance(o, StixObject) and o.ref}
    mine = {s.act.value.digest for seen in new.values() for s in seen}
    for spoken in acts.speaking(passing.conn, (r for r in refs if not r.startswith(KNOWN_TO_ALL))).values():
        for digest, _, case, kind in spoken:
            known = some.get(case, frozenset())
            if digest not in mine and not passing.orders.case(kind).material and known is not None:
                some[case] = known | {digest}


def _refresh_dependants(exit_: Exit, changed: set[Ref]) -> None:
    """Cases that rest on one whose grounds changed or speak of the same objects, and those that rest on them, are decided again too."""
    done, next_ = set(changed), set(changed)
    same = {other for ref in changed for other in acts.cases_speaking_too(exit_.conn, ref, KNOWN_TO_ALL)}
    while next_:
        next_ = ({other for ref in next_ for other in acts.cases_resting_on(exit_.conn, ref)} | same) - done
        same = set()
        done |= next_
        for other in sorted(next_):
            exit_.refresh(other)
