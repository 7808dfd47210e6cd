"""A playbook names the first steps for one threat: what to check and whom to ask, each a prompt and never an order."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from charlevoix.threats.taxonomy import broader


class Kind(Enum):
    """What a step asks of the analyst."""

    CHECK = "check"
    ASK = "ask"


@dataclass(frozen=True, slots=True)
class Step:
    """One step; `say` holds its sentence for each language ("en", "fr")."""

    key: str
    kind: Kind
    say: Mapping[str, str]


def playbook(id_: str) -> tuple[Step, ...]:
    """The first steps for a threat, in order; a local addition has those of what it hangs under. Raises Unknown."""
    return _playbooks()[broader(id_)]


@cache
def _playbooks() -> Mapping[str, tuple[Step, ...]]:
    read = tomllib.loads(files("charlevoix.threats").joinpath("data/playbooks.toml").read_text("utf-8"))
    steps = {key: Step(key, Kind(row["kind"]), MappingProxyType({"en": row["en"], "fr": row["fr"]})) for key, row in read["steps"].items()}
    return MappingProxyType({id_: tuple(steps[key] for key in keys) for id_, keys in read["playbooks"].items()})
