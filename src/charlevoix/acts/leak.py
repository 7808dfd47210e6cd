"""A leak: a property that tells what another property of the same object, withheld, was to keep."""

import re
from binascii import b2a_base64
from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import quote, unquote
from uuid import UUID, uuid5

import msgspec

from charlevoix.stix.identifier import CONTRIBUTING, OBSERVABLE_NAMESPACE, Property

SHORTEST: Final = 4
"""Shorter texts ("en", "DE") are everywhere: they are looked for as a whole value only, not inside another text."""

_SINGLE: Final = ("value", "name", "path", "key")  # what the id of an observable is made of where one text suffices
_ID: Final = Property("id")
_TYPE: Final = Property("type")
_Needles = tuple[frozenset[str], frozenset[str]]
# What no deterministic id is made of, by STIX 2.1 section 2.9 nor by the habits of exporters.
_NEVER_IN_IDS: Final = frozenset(
    ("id", "spec_version", "created", "modified", "revoked", "confidence", "lang", "defanged", "labels", "created_by_ref",
     "object_marking_refs", "granular_markings", "external_references")
)  # fmt: skip
_REFANGED: Final = (
    ("[.]", "."), ("(.)", "."), ("{.}", "."), ("[dot]", "."), ("(dot)", "."), ("\\.", "."), ("[:]", ":"), ("[://]", "://"),
    ("[/]", "/"), ("[@]", "@"), ("[at]", "@"), ("(at)", "@"), ("hxxp", "http"), ("meow://", "http://"),
)  # fmt: skip
_FANGS: Final = re.compile(r"[\[({\\]|hxxp|meow")  # what each of these begins with or holds
_encode: Final = msgspec.json.Encoder().encode


def leaks(known: Mapping[Property, object], withheld: frozenset[Property]) -> frozenset[Property]:
    """The further properties that must be withheld so that no withheld value is told: to be added to `withheld`.

    A property leaks if it holds a withheld text (in whole, or within another text if it has four letters or more; in capitals or not,
    defanged, percent-encoded, in base64 or hex), an observable's deterministic id made of it, or the object's own id where that is
    withheld. The id itself leaks where it is a UUIDv5, which whoever guesses the value can recompute. Not found: translations,
    hashes and paraphrases, numbers and truth values.
    """
    if not withheld:
        return frozenset()
    found = {_ID} if _id_is_made_of_content(known, withheld) else set()
    needles = _needles(known, withheld | found)
    found |= _telling(known, withheld, needles)
    if _ID in found:  # what names an id that tells, tells
        found |= _telling(known, withheld, _needles(known, frozenset({_ID})))
    return frozenset(found) - withheld


def _telling(known: Mapping[Property, object], withheld: frozenset[Property], needles: _Needles) -> set[Property]:
    others = ((name, value) for name, value in known.items() if name not in withheld)
    return {name for name, value in others if _tells(_own_words(name, value, withheld), needles)}


def _own_words(name: Property, value: object, withheld: frozenset[Property]) -> object:
    """What of a property its author chose: "incident" as a secret word is not told by the type of every incident."""
    if _TYPE in withheld or not isinstance(value, str):
        return value
    if name == _TYPE and not value.startswith("x-"):
        return None
    return value[-36:] if name == _ID else value


def _id_is_made_of_content(known: Mapping[Property, object], withheld: frozenset[Property]) -> bool:
    ref, kind = known.get(_ID), known.get(_TYPE)
    if not isinstance(ref, str) or ref[-36:][14:15] != "5":
        return False
    if isinstance(kind, str) and kind in CONTRIBUTING:
        return not withheld.isdisjoint(CONTRIBUTING[kind])
    return bool((withheld & known.keys()) - _NEVER_IN_IDS)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield str(key)
            yield from _texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)


def _values(value: object) -> Iterator[str]:
    """The texts of a withheld value; the names inside it are the schema's, no secret."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _values(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _values(item)


def _needles(known: Mapping[Property, object], withheld: frozenset[Property]) -> _Needles:
    """What to look for: texts that must not be a whole value, and texts that must not be within one."""
    values = {text for name in withheld if name in known for text in _values(known[name]) if text}
    within: set[str] = set()
    for value in values:
        if len(value) >= SHORTEST:
            within |= _spellings(value)
    ref = known.get(_ID)
    if _ID in withheld and isinstance(ref, str):
        within.add(ref[-36:].casefold())
    return frozenset(_plain(v) for v in values), frozenset(within)


def _spellings(value: str) -> set[str]:
    plain = _plain(value)
    found = {value, value.casefold(), plain, quote(value, safe="").casefold()}
    for form in {value, plain}:
        raw = form.encode("utf-8", "surrogatepass")
        found |= {raw.hex(), str(_uuid("value", form)), *_base64_cores(raw)}
        found |= {str(_uuid(name, form)) for name in _SINGLE}
        found |= _in_punycode(form)
    return found


def _uuid(name: str, value: str) -> UUID:
    try:
        return uuid5(OBSERVABLE_NAMESPACE, _encode({name: value}).decode())
    except UnicodeEncodeError:
        return OBSERVABLE_NAMESPACE


def _in_punycode(form: str) -> set[str]:
    try:
        return set() if form.isascii() else {form.encode("idna").decode("ascii")}
    except UnicodeError:
        return set()


def _base64_cores(raw: bytes) -> set[str]:
    """The letters that any base64 of a text holding `raw` contains: one core for each of three positions, in both alphabets."""
    cores = set()
    for shift in range(3):
        whole = b2a_base64(b"\0" * shift + raw, newline=False).decode("ascii").rstrip("=")
        last = len(whole) - (1 if (shift + len(raw)) % 3 else 0)
        core = whole[-(-8 * shift // 6) : last]
        if len(core) >= SHORTEST:
            cores |= {core, core.replace("+", "-").replace("/", "_")}
    return cores


def _tells(value: object, needles: _Needles) -> bool:
    exact, within = needles
    forms = {form for text in _texts(value) for form in (text, text.casefold(), _plain(text))}
    if not exact.isdisjoint(forms):
        return True
    everything = "\0".join(forms)  # one search for each needle, not one for each text
    return any(needle in everything for needle in within)


def _plain(text: str) -> str:
    """Refanged, decoded and without capitals."""
    for _ in range(3):  # encoded again where an address stands within an address
        text = unquote(text) if "%" in text else text
    text = text.casefold()
    if not _FANGS.search(text):
        return text
    for fanged, plain in _REFANGED:
        text = text.replace(fanged, plain)
    return text
