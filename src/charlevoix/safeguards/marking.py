"""What a marking allows: TLP 2.0 and our releasable-to, purpose, expiry and redaction, read from a marking-definition."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from charlevoix.stix.identifier import Property, Ref, is_id
from charlevoix.stix.marking import LEVELS, PROTECTED, PURPOSE, REDACT, RELEASABLE, TLP, TLP_EXTENSION, UNTIL, tlp_of


@dataclass(frozen=True, slots=True)
class Marking:
    """A marking-definition as a rule."""

    ref: Ref
    tlp: str | None = None  # "clear", "green", "amber", "amber+strict", "red"
    releasable: frozenset[Ref] | None = None  # None: no list
    purpose: frozenset[str] = frozenset()
    until: datetime | None = None
    redact: frozenset[Property] = frozenset()  # properties that only full members and our own roles get
    understood: bool = True
    protected: bool = False  # marks a person at risk


LONGEST = 1_000
"""Most names in one list of a marking, and most characters in one of them."""

_COMMON = frozenset(
    ("type", "spec_version", "id", "created", "modified", "created_by_ref", "name", "lang", "labels", "revoked")
) | frozenset(("definition_type", "definition", "extensions", "external_references", "object_marking_refs", "granular_markings"))
_OURS = frozenset({RELEASABLE, PURPOSE, UNTIL, REDACT, PROTECTED})
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z")
_NAME = re.compile(r"[a-z0-9_]{1,250}")


class _GuessError(Exception):
    """Some part of a marking that we would have to guess."""


def read_marking(definition: Mapping[str, object]) -> Marking:
    """A marking-definition (decoded JSON) as a rule; whatever is malformed or unknown to us gives `understood=False`, never an error.

    Understood: TLP 1 and 2.0 by settled id, by the OASIS extension (`tlp_2_0`) or by `definition_type` "tlp"; `statement`, which says
    whose it is and restricts nothing; our own extension properties. FIRST IEP, ACS and national classifications are not understood yet,
    nor is any property or extension that we don't know: it may be a restriction that we wouldn't keep.
    """
    ref = definition.get("id")
    ref = Ref(ref) if isinstance(ref, str) else Ref("")
    try:
        return _read(ref, definition)
    except _GuessError:
        return Marking(ref, understood=False)


def _read(ref: Ref, definition: Mapping[str, object]) -> Marking:
    _demand(definition.get("type") == "marking-definition" and ref.startswith("marking-definition--"))
    _demand_known(ref, definition)
    level = _level(ref, definition)
    _demand(level is not None or definition.get("definition_type") == "statement" or bool(_OURS & definition.keys()))
    return Marking(
        ref,
        level,
        _refs(definition[RELEASABLE]) if RELEASABLE in definition else None,
        _words(definition.get(PURPOSE, ())),
        _instant(definition[UNTIL]) if UNTIL in definition else None,
        _properties(definition.get(REDACT, ())),
        protected=_flag(definition.get(PROTECTED, False)),
    )


def _demand_known(ref: Ref, definition: Mapping[str, object]) -> None:
    """Nothing here that might restrict without our knowing. What a settled id means is settled, whatever tools add to it."""
    body, kind = definition.get("definition"), definition.get("definition_type")
    if "definition" in definition or "definition_type" in definition:
        _demand(kind in ("tlp", "statement") and isinstance(body, Mapping) and body.keys() == {kind})
        _demand(isinstance(body, Mapping) and isinstance(body.get(kind), str))
    extensions = definition.get("extensions", {})
    if not isinstance(extensions, Mapping):
        raise _GuessError
    if ref in TLP:
        return
    _demand(definition.keys() <= _COMMON | _OURS)
    for key, body in extensions.items():
        if key == TLP_EXTENSION:
            _demand(isinstance(body, Mapping) and body.keys() <= {"extension_type", "tlp_2_0"})
        else:
            _demand(body == {"extension_type": "toplevel-property-extension"} and bool(_OURS & definition.keys()))


def _level(ref: Ref, definition: Mapping[str, object]) -> str | None:
    """The TLP level, on which id, `definition` and extension must agree as far as each is there."""
    level, extensions = tlp_of(definition), definition.get("extensions", {})
    claimed = ref in TLP or definition.get("definition_type") == "tlp"
    claimed = claimed or (isinstance(extensions, Mapping) and TLP_EXTENSION in extensions)
    _demand(level is not None or not claimed)
    return level


def _words(value: object) -> frozenset[str]:
    if not isinstance(value, list | tuple) or len(value) > LONGEST:
        raise _GuessError
    words = frozenset(word for word in value if isinstance(word, str) and 0 < len(word) <= LONGEST)
    _demand(len(words) == len(value))  # no other types, and nothing twice
    return words


def _refs(value: object) -> frozenset[Ref]:
    names = _words(value)
    _demand(all(n.startswith("identity--") and is_id(n) for n in names))
    return frozenset(map(Ref, names))


def _properties(value: object) -> frozenset[Property]:
    names = _words(value)
    _demand(all(_NAME.fullmatch(n) for n in names))
    return frozenset(map(Property, names))


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise _GuessError
    return value


def _instant(value: object) -> datetime:
    if not isinstance(value, str) or not _INSTANT.fullmatch(value):
        raise _GuessError
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        raise _GuessError from None


def _demand(holds: bool) -> None:
    if not holds:
        raise _GuessError


@lru_cache(maxsize=4096)
def combine(markings: tuple[Marking, ...]) -> Marking:
    """The rule that keeps all of them: strictest level, names on every list, all purposes, earliest expiry, every redaction.

    No marking at all is not understood. `ref` is that of the strictest.
    """
    if not markings:
        return Marking(Ref(""), understood=False)
    lists = [m.releasable for m in markings if m.releasable is not None]
    strict = max(markings, key=lambda m: LEVELS.index(m.tlp) if m.tlp in LEVELS else -1)
    return Marking(
        strict.ref,
        strict.tlp,
        frozenset.intersection(*lists) if lists else None,
        frozenset().union(*(m.purpose for m in markings)),
        min((m.until for m in markings if m.until), default=None),
        frozenset().union(*(m.redact for m in markings)),
        all(m.understood and (m.tlp is None or m.tlp in LEVELS) for m in markings),
        any(m.protected for m in markings),
    )
