"""Typesetting: a brief as two pages of plain structure, in one language, with all that one reader may see and how much that is not."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from charlevoix.acts.act import Digest
from charlevoix.advise.brief import SECTIONS, Brief, Sentence, for_reader
from charlevoix.languages.probability import words
from charlevoix.stix.identifier import Ref


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence to print: its text, the probability words of its range, its confidence, the acts it rests on."""

    text: str
    sort: str
    probability: tuple[str, str] | None  # message keys of both ends
    range: tuple[int, int] | None
    confidence: str
    rests: tuple[str, ...]  # digests, hexadecimal


@dataclass(frozen=True, slots=True)
class Section:
    heading: str  # message key, "brief-section.situation"
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Footnote:
    """A dissent in the party's own words, numbered from 1."""

    number: int
    party: Ref
    text: str


@dataclass(frozen=True, slots=True)
class Page:
    """What the template prints. `left_out`: sentences and footnotes that this reader may not see, said on the page."""

    title: str
    language: str
    for_whom: str
    due: datetime | None
    version: int
    sections: tuple[Section, ...]
    gender: str
    footnotes: tuple[Footnote, ...]
    cleared: tuple[Ref, ...]
    not_cleared: tuple[Ref, ...]
    left_out: int


def typeset(brief: Brief, language: str, may_see: Callable[[Digest], bool]) -> Page | None:
    """The newest version for one reader; None while there is none."""
    if brief.version is None:
        return None
    shown = for_reader(brief.version, may_see)
    sections = tuple(
        Section(f"brief-section.{name}", tuple(_line(s, language) for s in shown.sentences if s.section == name)) for name in SECTIONS
    )
    dissent = [c for c in brief.footnotes if may_see(c.act)]
    return Page(
        title=shown.title,
        language=language,
        for_whom=brief.for_whom,
        due=brief.due,
        version=shown.number,
        sections=sections,
        gender=shown.gender,
        footnotes=tuple(Footnote(n, c.party, c.footnote) for n, c in enumerate(dissent, 1)),
        cleared=tuple(sorted(c.party for c in brief.cleared)),
        not_cleared=tuple(sorted(brief.not_cleared)),
        left_out=shown.hidden + len(brief.footnotes) - len(dissent),
    )


def _line(one: Sentence, language: str) -> Line:
    ends = words(one.range[0] / 100, one.range[1] / 100) if one.range else None
    return Line(one.said(language), one.sort, ends, one.range, one.confidence, tuple(d.hex() for d in one.rests))
