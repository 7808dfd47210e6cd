"""Deciding again: what was released until a time is looked at again when that time has come."""

from charlevoix.house import Station

EVERY = 30.0
"""Seconds between looks."""


def redecide(station: Station) -> float:
    station.node.redecide(station.worker())
    return EVERY
