"""Plugins: what other packages add to this node, found by entry points and loaded only when somebody asks for it by name."""

from collections.abc import Mapping
from importlib.metadata import EntryPoint, entry_points

from charlevoix.errors import Misconfigured, Unknown

DETECTORS = "charlevoix.detectors"


def names(group: str) -> tuple[str, ...]:
    """What is installed in a group, without importing any of it. Raises Misconfigured where two packages claim one name."""
    return tuple(sorted(_found(group)))


def load(group: str, name: str) -> object:
    """What an entry point names, called without arguments where it is a class or a function.

    Raises Unknown for a name that no package gives, Misconfigured when its package can't be imported or has no such thing.
    """
    entry = _found(group).get(name)
    if entry is None:
        raise Unknown("plugins.unknown", name, group, advice="plugins.install")
    try:
        made = entry.load()
    except (ImportError, AttributeError) as wrong:
        raise Misconfigured("plugins.broken", name, wrong, advice="plugins.ask-maker") from wrong
    return made() if callable(made) else made


def _found(group: str) -> Mapping[str, EntryPoint]:
    found: dict[str, EntryPoint] = {}
    for entry in entry_points(group=group):
        if entry.name in found and entry != found[entry.name]:
            raise Misconfigured("plugins.twice", entry.name, group, advice="plugins.remove-one")
        found[entry.name] = entry
    return found
