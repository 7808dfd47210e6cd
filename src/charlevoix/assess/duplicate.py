"""Duplicate: that two things may be one is proposed as a link, with a confidence and its reasons; nothing is ever merged."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from charlevoix.errors import Reason
from charlevoix.stix.identifier import Ref

BY_NAME, BY_ALIAS, ONCE_TRIMMED = 80, 50, 10
"""STIX confidence (0 to 100) of a link by name and by alias, and what is taken off where the names are equal only once trimmed."""

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://")
_NAMED = frozenset({"channel", "infrastructure", "campaign", "intrusion-set", "media-content"})


@dataclass(frozen=True, slots=True)
class ProposedLink:
    """A listed domain and an object that bears its name: for a person to confirm, and to undo."""

    domain: str
    ref: Ref
    type: str
    confidence: int  # STIX 2.1 appendix A, "None / Low / Med / High" scale
    reasons: tuple[Reason, ...]


def propose(listed: Iterable[str], held: Iterable[Mapping[str, object]]) -> tuple[ProposedLink, ...]:
    """Links between listed domains and channels (or other named objects) of the same name or alias, by domain.

    A `domain-name` of the same value is no proposal: observables have deterministic ids (STIX 2.1 section 2.9), so it is that domain.
    """
    wanted: dict[str, set[str]] = {}
    for domain in listed:
        wanted.setdefault(_trim(domain), set()).add(domain)
    found: dict[tuple[str, str], ProposedLink] = {}
    for one in held:
        if one.get("type") in _NAMED:
            for link in _links(wanted, one):
                old = found.get((link.domain, link.ref))
                if old is None or link.confidence > old.confidence:
                    found[link.domain, link.ref] = link
    return tuple(found[k] for k in sorted(found))


def _links(wanted: Mapping[str, set[str]], one: Mapping[str, object]) -> Iterable[ProposedLink]:
    ref, type_ = Ref(str(one.get("id", ""))), str(one.get("type", ""))
    for rule, confidence, name in _names(one):
        for domain in sorted(wanted.get(_trim(name), ())):
            exact = domain == name
            reason = Reason(rule if exact else f"{rule}-trimmed", (domain, name, type_), "duplicate.confirm")
            yield ProposedLink(domain, ref, type_, confidence - (0 if exact else ONCE_TRIMMED), (reason,))


def _names(one: Mapping[str, object]) -> Iterable[tuple[str, int, str]]:
    if isinstance(name := one.get("name"), str):
        yield "duplicate.name", BY_NAME, name
    aliases = one.get("aliases")
    for alias in aliases if isinstance(aliases, list | tuple) else ():
        if isinstance(alias, str):
            yield "duplicate.alias", BY_ALIAS, alias


def _trim(name: str) -> str:
    """A host name without case, defanging, scheme, `www.`, and a last slash or dot: `hxxps://WWW.Bild[.]pics/` is `bild.pics`."""
    text = name.strip().casefold().replace("[.]", ".").replace("hxxp", "http")
    return _SCHEME.sub("", text, count=1).removeprefix("www.").rstrip("/.")
