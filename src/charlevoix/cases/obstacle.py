"""What stands in the way of an act whatever its content: the role of who asks, and the phase that the case is in."""

from collections.abc import Mapping

from charlevoix.cases.machine import START, Kind, allows
from charlevoix.errors import Reason
from charlevoix.partners.people import held
from charlevoix.safeguards.grounds import Actor


def obstacles(kinds: Mapping[str, Kind], kind: str, phase: str, actor: Actor) -> list[Reason]:
    """The reasons against an act of this kind by this actor in this phase; empty when nothing stands in the way."""
    of, found = kinds[kind], list[Reason]()
    if not of.roles & held(actor.roles):
        found.append(Reason("authority.role", (kind, ", ".join(sorted(of.roles))), "authority.ask-role"))
    if not allows(of, phase):
        found.append(Reason("case.phase", (kind, phase), "case.open-first" if phase == START else "case.see-moves"))
    return found
