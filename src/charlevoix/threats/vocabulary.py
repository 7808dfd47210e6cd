"""A vocabulary is a closed list of words with a source, so that analysts of several countries mean the same by them."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from charlevoix.errors import Unknown


@dataclass(frozen=True, slots=True)
class Term:
    """One word: its key, its label in each language, and where it has them a range and a reason."""

    key: str
    label: Mapping[str, str]
    low: int | None = None  # per cent, included
    high: int | None = None  # per cent, included
    why: Mapping[str, str] | None = None  # counter-techniques: why it may be proposed


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Terms in the order of their source."""

    name: str
    title: Mapping[str, str]
    source: str
    terms: tuple[Term, ...]

    def term(self, key: str) -> Term:
        """The term of this key. Raises Unknown."""
        for term in self.terms:
            if term.key == key:
                return term
        keys = ", ".join(term.key for term in self.terms)
        raise Unknown("threats.term", self.name, key[:100], keys, advice="threats.see-terms")

    def __contains__(self, key: object) -> bool:
        return any(term.key == key for term in self.terms)

    def words(self, low: float, high: float) -> tuple[Term, ...]:
        """The terms whose ranges meet the range `low` to `high` (fractions of one), least likely first.

        More than one where the range is wide or stands on an edge; none where it falls into a gap of the source (the UK
        yardstick has gaps on purpose): whoever writes then gives the range alone.
        """
        return tuple(
            term
            for term in self.terms
            if term.low is not None and term.high is not None and term.low <= high * 100 and low * 100 <= term.high
        )


@cache
def vocabularies() -> Mapping[str, Vocabulary]:
    """Every vocabulary that we ship, by name (`data/vocabularies.toml`)."""
    tables = tomllib.loads(files("charlevoix.threats").joinpath("data/vocabularies.toml").read_text("utf-8"))
    return MappingProxyType(
        {
            name: Vocabulary(name, _both(table), table["source"], tuple(_term(row) for row in table["terms"]))
            for name, table in tables.items()
        }
    )


def vocabulary(name: str) -> Vocabulary:
    """The vocabulary of this name. Raises Unknown."""
    found = vocabularies().get(name)
    if found is None:
        raise Unknown("threats.vocabulary", name)
    return found


def _term(row: Mapping[str, str | int]) -> Term:
    low, high = row.get("low"), row.get("high")
    return Term(
        str(row["key"]),
        _both(row),
        low if isinstance(low, int) else None,
        high if isinstance(high, int) else None,
        MappingProxyType({"en": str(row["why_en"]), "fr": str(row["why_fr"])}) if "why_en" in row else None,
    )


def _both(row: Mapping[str, str | int]) -> Mapping[str, str]:
    return MappingProxyType({"en": str(row["en"]), "fr": str(row["fr"])})
