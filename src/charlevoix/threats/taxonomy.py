"""The taxonomy is the list of threats that the Charlevoix commitment names, open to local additions that hang under one of them."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from charlevoix.errors import Malformed, Unknown

_OURS = re.compile(r"D[1-9](?:\.[0-9])?")
_LOCAL = re.compile(r"(D[1-9](?:\.[0-9])?)\.x-[a-z0-9]+(?:-[a-z0-9]+)*")
_LONGEST = 2_000  # characters of one title or description
_LARGEST = 100_000  # characters of a local file


@dataclass(frozen=True, slots=True)
class Threat:
    """One threat; `title` and `plain` hold a sentence for each language ("en", "fr")."""

    id: str
    title: Mapping[str, str]
    plain: Mapping[str, str]

    @property
    def parent(self) -> str | None:
        """The id above: D2 for D2.3; what a local addition hangs under; None for D1, D2, D3.

        A node that lacks somebody's local addition still reads the parent from the id, and counts it there.
        """
        above, dot, _ = self.id.rpartition(".")
        return above if dot else None


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """Threats by id, in the commitment's order, local additions behind what they hang under."""

    threats: Mapping[str, Threat]

    def threat(self, id_: str) -> Threat:
        """The threat of this id. Raises Unknown."""
        found = self.threats.get(id_)
        if found is None:
            raise Unknown("threats.unknown", id_, advice="threats.see-list")
        return found

    def children(self, id_: str) -> tuple[Threat, ...]:
        """What stands directly under a threat. Raises Unknown."""
        self.threat(id_)
        return tuple(t for t in self.threats.values() if t.parent == id_)

    def __iter__(self) -> Iterator[Threat]:
        return iter(self.threats.values())


def threat(id_: str) -> Threat:
    """A threat of the commitment, without local additions. Raises Unknown."""
    return taxonomy().threat(id_)


def children(id_: str) -> tuple[Threat, ...]:
    """What the commitment names under a threat. Raises Unknown."""
    return taxonomy().children(id_)


def broader(id_: str) -> str:
    """The commitment's own id that an id, local or not, counts under: D2.2 for `D2.2.x-cloned-voices`.

    Raises Unknown for what is neither: only ids of the commitment are understood everywhere.
    """
    local = _LOCAL.fullmatch(id_)
    return threat(local[1] if local else id_).id


@cache
def taxonomy() -> Taxonomy:
    """The commitment's own threats."""
    return _read(files("charlevoix.threats").joinpath("data/taxonomy.toml").read_text("utf-8"), "taxonomy.toml")


def with_local(base: Taxonomy, text: str, name: str = "local") -> Taxonomy:
    """`base` and an operator's own threats, from a TOML file of the same form as ours.

    An id is `<id of the commitment>.x-<name>`; nothing that is there can be changed. Raises Malformed.
    """
    if len(text) > _LARGEST:
        raise Malformed("threats.too-large", name, _LARGEST)
    local = _read(text, name)
    for added in local:
        if _LOCAL.fullmatch(added.id) is None or added.parent not in base.threats:
            raise Malformed("threats.local-id", added.id, name, advice="threats.local-form")
        if added.id in base.threats:
            raise Malformed("threats.twice", added.id, name)
    everything = sorted([*base, *local], key=lambda t: t.id)
    return Taxonomy(MappingProxyType({t.id: t for t in everything}))


def _read(text: str, name: str) -> Taxonomy:
    try:
        rows = tomllib.loads(text).get("threat", [])
    except (tomllib.TOMLDecodeError, RecursionError) as wrong:
        raise Malformed("threats.toml", name, wrong, advice="threats.local-form") from wrong
    if not isinstance(rows, list):
        raise Malformed("threats.row", name, advice="threats.local-form")
    found: dict[str, Threat] = {}
    for row in rows:
        one = _threat(row, name)
        if one.id in found:
            raise Malformed("threats.twice", one.id, name)
        found[one.id] = one
    return Taxonomy(MappingProxyType(found))


def _threat(row: object, name: str) -> Threat:
    if not isinstance(row, dict) or row.keys() != {"id", "title", "plain"}:
        raise Malformed("threats.row", name, advice="threats.local-form")
    id_ = row["id"]
    if not isinstance(id_, str) or not (_OURS.fullmatch(id_) or _LOCAL.fullmatch(id_)):
        raise Malformed("threats.local-id", str(id_)[:100], name, advice="threats.local-form")
    return Threat(id_, _both(row["title"], id_, name), _both(row["plain"], id_, name))


def _both(said: object, id_: str, name: str) -> Mapping[str, str]:
    fits = isinstance(said, dict) and said.keys() == {"en", "fr"}
    if not fits or not all(isinstance(s, str) and 0 < len(s) <= _LONGEST for s in said.values()):  # type: ignore[attr-defined]
        raise Malformed("threats.both-languages", id_, name, advice="threats.local-form")
    return MappingProxyType(dict(said))  # type: ignore[call-overload]
