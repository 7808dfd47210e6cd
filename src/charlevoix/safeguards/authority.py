"""Who may do what: deny by default, one act at a time, and two persons where one is not enough."""

from datetime import datetime

from charlevoix.errors import Answer, Reason
from charlevoix.partners.people import ADMINISTRATOR, PROTECTED, held
from charlevoix.safeguards.decision import Decision
from charlevoix.safeguards.grounds import Actor, Grounds, Nexus
from charlevoix.stix.identifier import Ref

READ, READ_PROTECTED = "read", "read.protected"
ANSWERS = ("publication.", "attribution.", "measure.")
"""Kinds of acts that go before the public or against somebody: they need a nexus that was reviewed (C02)."""


TAKING_BACK = frozenset(
    {"attribution.withdrawn", "attribution.not-found", "measure.refuse", "measure.withdraw", "publication.correct", "publication.withdraw"}
)
"""Of those, the ones that take something back or say no: they must stay possible when the nexus falls."""


def may(
    actor: Actor,
    act: str,
    grounds: Grounds,
    now: datetime,
    *,
    roles: frozenset[str],
    earlier: frozenset[Ref] = frozenset(),
) -> Decision:
    """Whether this person may do this act (a kind of act, "read" or "read.protected") in a case of these grounds.

    `roles` are those that the kind of act declares: none declared, nobody may. `earlier` are the persons whose acts this one must not come
    from (the opener of what is reviewed, the first of two who widen a release, take a public position or override): see `another_person`.
    """
    mine = held(actor.roles)
    obstacles = [*_role(mine, act, roles), *_protected(mine, act, grounds), *_nexus(act, grounds)]
    if same := another_person(actor, earlier):
        obstacles.append(same)
    if obstacles:
        return Decision(Answer.NO, tuple(obstacles))
    return Decision(Answer.YES, (Reason("authority.role-allows", (sorted(mine & roles)[0], act)),))


def another_person(actor: Actor, earlier: frozenset[Ref]) -> Reason | None:
    """The obstacle, if the actor is one of the persons who acted before. `earlier` holds pseudonyms of the same case.

    Asked for two-person acts (widening a release, a public position, an override) and for reviews: a reviewer is never the opener.
    """
    if actor.person not in earlier:
        return None
    return Reason("authority.same-person", (), "authority.ask-another")


def _role(mine: frozenset[str], act: str, roles: frozenset[str]) -> list[Reason]:
    wanted = roles - {ADMINISTRATOR} if act in (READ, READ_PROTECTED) else roles
    if mine & wanted:
        return []
    if act in (READ, READ_PROTECTED) and ADMINISTRATOR in mine:
        return [Reason("role.content", (ADMINISTRATOR,), "role.ask-analyst")]
    return [Reason("authority.role", (act, ", ".join(sorted(wanted)) or "-"), "authority.ask-role")]


def _protected(mine: frozenset[str], act: str, grounds: Grounds) -> list[Reason]:
    if (act == READ_PROTECTED or (act == READ and grounds.protected)) and not mine & PROTECTED:
        return [Reason("authority.protected", (act,), "protected.ask-duty")]
    return []


def _nexus(act: str, grounds: Grounds) -> list[Reason]:
    if act.startswith(ANSWERS) and act not in TAKING_BACK and grounds.nexus not in (Nexus.REVIEWED, Nexus.NOT_NEEDED):
        return [Reason("authority.nexus", (act, grounds.nexus.value), "nexus.ask-review")]
    return []
