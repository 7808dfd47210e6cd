"""Repair: what a known habit of a tool or publisher made invalid is made valid, and each change is written down; the bytes stay evidence."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from charlevoix.errors import Reason
from charlevoix.stix.timestamp import is_timestamp, write
from charlevoix.stix.validity import OBSERVABLES

Object = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Repair:
    """One property that was changed, and whose habit made it wrong."""

    rule: str  # message key, "repair.stop-at-start"
    property: str
    was: str  # as text, at most 200 characters; the bytes as they came are kept by their SHA-256
    now: str | None  # None: dropped
    habit: str  # "OpenCTI", "VIGINUM", "MISP", or "any"

    def reason(self) -> Reason:
        """What was done, as a sentence of the reader's language."""
        return Reason(self.rule, (self.property, self.was, self.now or ""))

    def __str__(self) -> str:
        """The line that goes into the voucher."""
        return f"{self.rule}: {self.property} {self.was!r} -> {'dropped' if self.now is None else repr(self.now)} ({self.habit})"


_LINE = re.compile(r"(repair\.[a-z0-9-]+): (\w+) (.+) -> (.+) \(([A-Za-z]+)\)", re.DOTALL)


def read(line: str) -> Repair | None:
    """A repair from its line in a voucher; None where it is none."""
    found = _LINE.fullmatch(line)
    if found is None:
        return None
    rule, name, was, now, habit = found.groups()
    return Repair(rule, name, _unquoted(was), None if now == "dropped" else _unquoted(now), habit)


def _unquoted(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"" else text


@dataclass(frozen=True, slots=True)
class _Change:
    property: str
    value: object  # None: dropped
    rule: str
    habit: str


def repair(object_: Object) -> tuple[Object, tuple[Repair, ...]]:
    """The object as far as it can be made valid without inventing anything, and every change; the same object when there is none.

    Nothing is added that the object does not say itself. What can't be mended this way is left as it is, for validity to refuse:
    a grouping without members, a city without a country, prose where a `url` wants an address.
    """
    made: list[Repair] = []
    mended = object_
    for rule in _RULES:
        for change in list(rule(mended)):
            made.append(_told(mended, change))
            mended = _without(mended, change.property) if change.value is None else {**mended, change.property: change.value}
    return mended, tuple(made)


def _told(of: Object, change: _Change) -> Repair:
    now = None if change.value is None else str(change.value)
    return Repair(change.rule, change.property, str(of.get(change.property, ""))[:200], now, change.habit)


def _without(of: Object, name: str) -> Object:
    return {k: v for k, v in of.items() if k != name}


# --- rules, each a habit -------------------------------------------------------------------------


def _empty(of: Object) -> Iterator[_Change]:
    """A property without a value is no property (STIX 2.1 section 2.2: lists are not empty; null is none of its types)."""
    for name, value in of.items():
        if value is None or value == []:
            yield _Change(name, None, "repair.empty", "any")


_OFFSET = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:z|[+-]\d\d:\d\d)", re.ASCII)
_TIMES = frozenset(
    [
        "created",
        "modified",
        "published",
        "first_seen",
        "last_seen",
        "start_time",
        "stop_time",
        "valid_from",
        "valid_until",
        "first_observed",
        "last_observed",
        "publication_date",
    ]
)


def _offset(of: Object) -> Iterator[_Change]:
    """The same moment with a numeric offset (RFC 3339), where STIX 2.1 section 3.2 wants Z."""
    for name in sorted(_TIMES & of.keys()):
        value = of[name]
        if isinstance(value, str) and not is_timestamp(value) and (moment := _moment(value)):
            yield _Change(name, write(moment), "repair.offset", "MISP")


def _moment(text: str) -> datetime | None:
    if not _OFFSET.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text.upper())
    except ValueError:
        return None


def _stop_at_start(of: Object) -> Iterator[_Change]:
    """A relationship that stops the moment it starts (section 5.1.1: later): OpenCTI writes the day of the report into both."""
    if of.get("type") == "relationship" and "stop_time" in of and of["stop_time"] == of.get("start_time"):
        yield _Change("stop_time", None, "repair.stop-at-start", "OpenCTI")


def _no_modified(of: Object) -> Iterator[_Change]:
    """A first version whose `modified` was left out is as old as the object (section 3.6)."""
    type_ = of.get("type")
    versioned = isinstance(type_, str) and type_ not in OBSERVABLES and type_ != "marking-definition"
    if versioned and "modified" not in of and is_timestamp(of.get("created")):
        yield _Change("modified", of["created"], "repair.no-modified", "any")


_TLP1 = {
    "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9": "white",
    "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da": "green",
    "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82": "amber",
    "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed": "red",
}


def _tlp1(of: Object) -> Iterator[_Change]:
    """TLP 1 markings have one body each (section 7.2.1.4); OpenCTI writes the word of TLP 2.0 under the id of WHITE."""
    level = _TLP1.get(str(of.get("id")))
    body = of.get("definition")
    if level is None or of.get("definition_type") != "tlp" or not isinstance(body, Mapping) or body == {"tlp": level}:
        return
    said = str(body.get("tlp")).lower().removeprefix("tlp:")
    if said == level or (said, level) == (
        "clear",
        "white",
    ):  # another level under this id is a contradiction, not a habit
        yield _Change("definition", {"tlp": level}, "repair.tlp1", "OpenCTI")
        if of.get("name") not in (None, f"TLP:{level.upper()}"):
            yield _Change("name", f"TLP:{level.upper()}", "repair.tlp1", "OpenCTI")


_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!#$%&'()*+,/:;=?@\[\]A-Za-z0-9_.~-]+", re.ASCII)


def _placeholder(of: Object) -> Iterator[_Change]:
    """A `media-content` whose address is none: OpenCTI demands one, so its users fill in "à remplir", a title or a hashtag."""
    value = of.get("url")
    if of.get("type") == "media-content" and isinstance(value, str) and not _URL.fullmatch(value):
        yield _Change("url", None, "repair.placeholder", "VIGINUM")


_RULES: tuple[Callable[[Object], Iterator[_Change]], ...] = (
    _empty,
    _offset,
    _stop_at_start,
    _no_modified,
    _tlp1,
    _placeholder,
)
