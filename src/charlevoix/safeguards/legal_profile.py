"""A legal profile: on what basis a country collects, shares and responds, what it prohibits, how long it keeps, which reviews it asks for (C15)."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from charlevoix.errors import Malformed, Unknown
from charlevoix.partners.audience import STANDINGS

_FOLDER = Path(__file__).parent / "legal_profiles"
_SECTIONS = ("collecting", "sharing", "responding", "prohibitions")
_NAME = re.compile(r"[a-z][a-z0-9-]{0,63}")
REVIEWS = frozenset({"legal", "rights", "gender", "protected"})
"""The reviews there are; "protected" is that of a person at risk."""


@dataclass(frozen=True, slots=True)
class Clause:
    """One basis or prohibition, in each language; `standings` says for whom a basis of sharing holds."""

    name: str
    words: Mapping[str, str]  # language -> sentence
    standings: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class LegalProfile:
    """What a legal profile says, read from TOML."""

    name: str
    demonstration: bool
    title: Mapping[str, str]  # language -> title
    collecting: tuple[Clause, ...]
    sharing: tuple[Clause, ...]
    responding: tuple[Clause, ...]
    prohibitions: tuple[Clause, ...]
    retention: Mapping[str, int]  # kind of case, or "protected" -> days after its last act
    reviews: Mapping[str, frozenset[str]]  # standing -> reviews that must have been passed

    def basis(self, standing: str) -> Clause | None:
        """The first basis on which something may go to this standing."""
        return next((c for c in self.sharing if standing in c.standings), None)


@cache
def load(name: str) -> LegalProfile:
    """The profile of this name that comes with the package. Raises Unknown, listing those there are."""
    path = _FOLDER / f"{name}.toml"
    if not _NAME.fullmatch(name) or not path.is_file():
        raise Unknown("legal.profile", name, ", ".join(sorted(p.stem for p in _FOLDER.glob("*.toml"))))
    return parse(path.read_text("utf-8"))


def parse(text: str) -> LegalProfile:
    """A profile from TOML. Strict: an unknown key, a missing language or a wrong type raises Malformed naming the place."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Malformed("legal.toml", error) from None
    _keys("", table, {"name", "demonstration", "title", *_SECTIONS, "retention", "reviews"})
    name, demonstration = table["name"], table["demonstration"]
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise Malformed("legal.value", "name", name)
    if not isinstance(demonstration, bool):
        raise Malformed("legal.value", "demonstration", demonstration)
    collecting, sharing, responding, prohibitions = (_clauses(s, table[s]) for s in _SECTIONS)
    return LegalProfile(
        name,
        demonstration,
        _words("title", table["title"]),
        collecting,
        sharing,
        responding,
        prohibitions,
        {k: _days(k, v) for k, v in _table("retention", table["retention"]).items()},
        {k: _reviews(k, v) for k, v in _table("reviews", table["reviews"]).items()},
    )


def _clauses(section: str, value: object) -> tuple[Clause, ...]:
    return tuple(_clause(section, name, _table(f"{section}.{name}", c)) for name, c in _table(section, value).items())


def _clause(section: str, name: str, clause: Mapping[str, object]) -> Clause:
    at = f"{section}.{name}"
    if section != "sharing":
        return Clause(name, _words(at, clause))
    _keys(at, clause, {"en", "fr", "standings"})
    standings = _set(f"{at}.standings", clause["standings"], frozenset(STANDINGS) - {"role"})
    return Clause(name, _words(at, {k: v for k, v in clause.items() if k != "standings"}), standings)


def _words(at: str, value: object) -> Mapping[str, str]:
    words = _table(at, value)
    _keys(at, words, {"en", "fr"})
    for language, sentence in words.items():
        if not isinstance(sentence, str) or not sentence:
            raise Malformed("legal.value", f"{at}.{language}", sentence)
    return {k: str(v) for k, v in words.items()}


def _reviews(standing: str, value: object) -> frozenset[str]:
    if standing not in STANDINGS or standing == "role":
        raise Malformed("legal.key", f"reviews.{standing}", ", ".join(STANDINGS[:-1]))
    return _set(f"reviews.{standing}", value, REVIEWS)


def _set(at: str, value: object, allowed: frozenset[str]) -> frozenset[str]:
    if not isinstance(value, list) or not all(isinstance(v, str) for v in value) or not allowed.issuperset(value):
        raise Malformed("legal.value", at, value)
    return frozenset(value)


def _days(kind: str, value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= 36_525:
        raise Malformed("legal.value", f"retention.{kind}", value)
    return value


def _table(at: str, value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise Malformed("legal.value", at, value)
    return value


def _keys(at: str, table: Mapping[str, object], expected: set[str]) -> None:
    for key in sorted(table.keys() ^ expected):
        raise Malformed("legal.key", f"{at}.{key}".strip("."), ", ".join(sorted(expected)))
