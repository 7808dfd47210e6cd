"""A technique is a way of interfering that the DISARM framework numbers; what we ship tells whether a number is still in use."""

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from charlevoix.errors import Unknown

_ATTACK = re.compile(r"T[1-9]\d{3}(?:\.\d{3})?")  # DISARM's numbers begin with T0
_ATTACK_CHAINS = frozenset({"mitre-attack", "mitre-mobile-attack"})


class Status(Enum):
    """Where a number stands in the tables that we ship. Whatever it is, the number is shown and never dropped."""

    CURRENT = "current"  # in the newest table
    RETIRED = "retired"  # in an earlier table, not in the newest; no successor is invented
    OTHER = "other framework"  # has the form of an ATT&CK number and says so; ATT&CK's own table does not ship
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Technique:
    """One number of the DISARM red framework, as the newest table that holds it names it.

    Keyed by number, never by the STIX id of upstream: from version 1.6 to 1.7 175 of 378 techniques got another id.
    """

    number: str
    name: str
    tactic: str
    versions: tuple[str, ...]  # the tables that hold it, oldest first
    earlier_names: tuple[str, ...]  # "galaxy-2: Create Personas"


@cache
def techniques() -> Mapping[str, Technique]:
    """Number -> technique, of every table that we ship (`data/disarm.csv`: DISARM Foundation, CC BY-SA 4.0)."""
    text = files("charlevoix.threats").joinpath("data/disarm.csv").read_text("utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    return MappingProxyType(
        {
            row["number"]: Technique(
                row["number"],
                row["name"],
                row["tactic"],
                tuple(row["versions"].split()),
                tuple(name for name in row["earlier_names"].split("; ") if name),
            )
            for row in rows
        }
    )


VERSIONS = ("galaxy-2", "1.6", "1.7")
"""The tables that we ship, oldest first: MISP's cluster (what `pymispgalaxies` 1.1 holds), then DISARM's own."""


def technique(number: str) -> Technique:
    """The technique of this number. Raises Unknown; ask `status` first where the number came from outside."""
    found = techniques().get(number)
    if found is None:
        raise Unknown("threats.technique", number, advice="threats.keep-number")
    return found


def status(number: str, chain: str = "") -> Status:
    """Current, retired, of another framework, or unknown.

    `chain` is the `kill_chain_name` or `source_name` that came with the number. It counts only for numbers that no table of
    ours holds: VIGINUM's and DISARM's own exports label DISARM numbers `mitre-attack`.
    """
    known = techniques().get(number)
    if known is not None:
        return Status.CURRENT if VERSIONS[-1] in known.versions else Status.RETIRED
    if chain in _ATTACK_CHAINS and _ATTACK.fullmatch(number):
        return Status.OTHER
    return Status.UNKNOWN
