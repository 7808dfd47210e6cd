"""What a marking allows: TLP 2.0 and our releasable-to, purpose, expiry and redaction, read from a marking-definition."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from charlevoix.stix.identifier import Property, Ref
from charlevoix.stix.marking import LEVELS, PROTECTED, PURPOSE, REDACT, RELEASABLE, TLP, TLP_EXTENSION, UNTIL


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
    ("type", "spec_version", "id", "created", "modified", "created_by_ref", "name", "external_references", "extensions")
    + (
        "object_marking_refs",
        "granular_markings",
        "definition_type",
        "definition",
        "revoked",
        "labels",
        "lang",
        "confidence",
    )
)
_OURS = frozenset({RELEASABLE, PURPOSE, UNTIL, REDACT, PROTECTED})
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z")
_NAME = re.compile(r"[a-z0-9_]{1,250}")


class _GuessError(Exception):
    """Some part of a marking that we would have to guess."""


def read_marking(definition: Mapping[str, object]) -> Marking:
    """A marking-definition (decoded JSON) as a rule; whatever is malformed or unknown to us gives `understood=False`, never an error.

    Understood: TLP 1 and 2.0 by official id, by the OASIS extension (`tlp_2_0`) or by `definition_type` "tlp"; `statement`, which says
    whose it is and restricts nothing; our own extension properties. TLP 1 WHITE and TLP:CLEAR are the same level. FIRST IEP, ACS and
    national classifications are not understood yet.
    """
    ref = definition.get("id")
    ref = Ref(ref) if isinstance(ref, str) else Ref("")
    try:
        return _read(ref, definition)
    except _GuessError:
        return Marking(ref, understood=False)


def _read(ref: Ref, definition: Mapping[str, object]) -> Marking:
    _demand(definition.get("type") == "marking-definition" and ref.startswith("marking-definition--"))
    level, stated = _level(ref, definition), definition.get("definition_type") == "statement"
    _demand(level is not None or stated or bool(_OURS & definition.keys()))
    _demand(definition.keys() <= _COMMON | _OURS)  # a property we don't know may be a restriction we don't keep
    return Marking(
        ref,
        level,
        _refs(definition[RELEASABLE]) if RELEASABLE in definition else None,
        _words(definition.get(PURPOSE, ())),
        _instant(definition[UNTIL]) if UNTIL in definition else None,
        frozenset(Property(p) for p in _words(definition.get(REDACT, ())) if _demand(_NAME.fullmatch(p) is not None)),
        protected=_flag(definition.get(PROTECTED, False)),
    )


def _level(ref: Ref, definition: Mapping[str, object]) -> str | None:
    """The TLP level: id, `definition` and extension must agree as far as each is there."""
    claims = {TLP[ref]} if ref in TLP else set[str]()
    if "definition_type" in definition or "definition" in definition:
        kind, body = definition.get("definition_type"), definition.get("definition")
        _demand(kind in ("tlp", "statement") and isinstance(body, Mapping) and body.keys() == {kind})
        if kind == "tlp":
            claims.add(_tlp(body["tlp"]))  # type: ignore[index]  # seen to be a Mapping one line above
    extensions = definition.get("extensions", {})
    _demand(isinstance(extensions, Mapping))
    for key, body in extensions.items():  # type: ignore[attr-defined]
        _demand(isinstance(body, Mapping))
        if key == TLP_EXTENSION:
            claims.add(_tlp(body.get("tlp_2_0")))
        else:  # ours says nothing but that it is a top-level property extension; anything else may restrict
            _demand(body == {"extension_type": "toplevel-property-extension"} and bool(_OURS & definition.keys()))
    _demand(len(claims) <= 1)
    return claims.pop() if claims else None


def _tlp(value: object) -> str:
    _demand(isinstance(value, str))
    level = str(value).lower().removeprefix("tlp:")
    level = "clear" if level == "white" else level
    _demand(level in LEVELS)
    return level


def _words(value: object) -> frozenset[str]:
    _demand(isinstance(value, list | tuple) and len(value) <= LONGEST)
    _demand(all(isinstance(v, str) and 0 < len(v) <= LONGEST for v in value))  # type: ignore[attr-defined]
    return frozenset(value)  # type: ignore[call-overload,no-any-return]


def _refs(value: object) -> frozenset[Ref]:
    names = _words(value)
    _demand(all(n.startswith("identity--") for n in names))
    return frozenset(map(Ref, names))


def _flag(value: object) -> bool:
    _demand(isinstance(value, bool))
    return bool(value)


def _instant(value: object) -> datetime:
    _demand(isinstance(value, str) and _INSTANT.fullmatch(value) is not None)
    try:
        return datetime.fromisoformat(str(value))
    except ValueError:
        raise _GuessError from None


def _demand(holds: bool) -> bool:
    if not holds:
        raise _GuessError
    return True


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
