"""Jobs of account: the log is signed once a day."""

from typing import Protocol

from charlevoix.node import Node
from charlevoix.safeguards.grounds import Actor

DAY = 86_400.0
"""Seconds between checkpoints: more often would tell when something happened."""


class Station(Protocol):
    """What a job of this room works with."""

    @property
    def node(self) -> Node: ...
    def worker(self) -> Actor: ...


def checkpoint(station: Station) -> float:
    """Signs what the log holds now, its last tile filled."""
    station.node.checkpoint(station.worker())
    return DAY
