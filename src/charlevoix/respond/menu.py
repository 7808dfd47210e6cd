"""The menu: kinds of measure that a democracy may take; what is not on it can't be proposed."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Dish:
    """One kind of measure. Why it is on the menu: message key `menu.why.<key>`; its name: `menu.<key>`."""

    key: str
    addresses_somebody: bool  # it names or burdens an actor, so a reviewed nexus alone does not carry it


_OF = {
    # counter-techniques by their DISARM number: an allow-list, because DISARM also lists censorship, infiltration and faking
    "C00008": False,
    "C00011": False,
    "C00014": False,
    "C00099": False,
    "C00115": True,
    "C00116": True,
    "C00119": False,
    "C00125": False,
    "C00165": False,
    "C00176": False,
    "C00190": False,
    "C00222": False,
    # diplomatic and legal ways
    "notice": False,
    "statement": False,
    "referral": False,
    "support": False,
    "attribution": True,
    "demarche": True,
    "listing": True,
    "expulsion": True,
}

MENU: Mapping[str, Dish] = {key: Dish(key, addresses) for key, addresses in _OF.items()}
