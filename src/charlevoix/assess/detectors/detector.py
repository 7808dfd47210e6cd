"""A detector: a relation in, hits with their reasons out; it knows no node and no store."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from charlevoix.acts.act import Digest
from charlevoix.errors import Reason


@dataclass(frozen=True, slots=True)
class Hit:
    """What was found: rows of the relation that belong together, how strongly, and every reason for it."""

    score: float  # 0 to 1
    rows: tuple[int, ...]  # from 0, in the order of the relation
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """One run, so that anybody who has the data can do it again."""

    detector: str
    version: str
    data: Digest  # SHA-256 of the bytes of the relation
    hits: tuple[Hit, ...]
    parameters: Mapping[str, str] = field(default_factory=dict)
    error_rate: float | None = None  # share of false hits, as measured on other data; None: not measured


@runtime_checkable
class Detector(Protocol):
    """What an entry point of the group `charlevoix.plugins.DETECTORS` gives when it is called without arguments.

    Pure: the same relation, parameters and seed give the same result. Raises Malformed for a relation that it can't read.
    """

    def run(self, relation: str, parameters: Mapping[str, str], seed: int, /) -> Result:
        """`relation` is the path of a Parquet, CSV or Arrow file."""
        ...
