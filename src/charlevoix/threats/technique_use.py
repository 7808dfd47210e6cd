"""Technique use: the numbers of techniques that objects name, each with what became of it in the tables that we ship."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from charlevoix.stix.identifier import Ref
from charlevoix.threats.technique import Status, status

_NUMBER = re.compile(r"T\d{4}(?:\.\d{3})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class TechniqueUse:
    """One number, under whatever names and ids it came. Nothing is dropped: without a number it stands under its own id."""

    number: str  # "T0119"; empty: the object gives none
    status: Status
    names: tuple[str, ...]
    refs: tuple[Ref, ...]


def used(objects: Iterable[Mapping[str, object]]) -> tuple[TechniqueUse, ...]:
    """The techniques that `attack-pattern` objects name, by number; those without one last, each by itself."""
    names: dict[tuple[str, str], set[str]] = {}
    refs: dict[tuple[str, str], set[Ref]] = {}
    chains: dict[str, str] = {}
    for one in objects:
        if one.get("type") != "attack-pattern":
            continue
        ref, name = str(one.get("id", "")), str(one.get("name", ""))
        for number, chain in _numbers(one) or (("", ""),):
            key = (number, "" if number else ref)
            names.setdefault(key, set()).add(name)
            refs.setdefault(key, set()).add(Ref(ref))
            chains.setdefault(number, chain)
    keys = sorted(names, key=lambda k: (not k[0], k))
    return tuple(TechniqueUse(k[0], status(k[0], chains[k[0]]), tuple(sorted(names[k])), tuple(sorted(refs[k]))) for k in keys)


def counts(uses: Iterable[TechniqueUse]) -> Mapping[Status, int]:
    """How many numbers of each status; every status has its count."""
    found = dict.fromkeys(Status, 0)
    for use in uses:
        found[use.status] += 1
    return found


def _numbers(one: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    """(number, chain) of `x_mitre_id` and of external references; an object may name more than one."""
    return tuple(dict(reversed(list(_said(one)))).items())[::-1]  # the first that names a number says its chain


def _said(one: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    references = one.get("external_references")
    for part in references if isinstance(references, list | tuple) else ():
        if isinstance(part, Mapping) and _is_number(part.get("external_id")):
            yield str(part["external_id"]), str(part.get("source_name", ""))
    if _is_number(one.get("x_mitre_id")):
        yield str(one["x_mitre_id"]), ""


def _is_number(value: object) -> bool:
    return isinstance(value, str) and _NUMBER.fullmatch(value) is not None
