"""Rights: the articles of the Covenant that a case or a measure can touch, and the balance test that must hold before it does (C06, C14)."""

from dataclasses import dataclass

from charlevoix.errors import Reason, Refused

ARTICLES = (2, 3, 6, 7, 9, 12, 13, 14, 17, 18, 19, 20, 21, 22, 24, 25, 26, 27)
"""Articles of the International Covenant on Civil and Political Rights (1966) that matter here; titles: key `rights.article-<n>`."""

ABSOLUTE = frozenset({7})
"""Articles that admit no limitation whatever the aim: touching them can't be weighed.

Article 18 is absolute for holding a belief (18(1), 18(2)) and limitable for manifesting it (18(3)), and 19 likewise, so both stay open to
the reviewer; article 4(2) on derogation is another question, and none of ours.
"""

PARTS = ("legality", "aim", "necessity", "alternatives", "proportionality", "safeguards")
"""Parts of the test: Human Rights Committee, General Comment 34 paragraphs 22-35, and General Comment 31 paragraph 6."""

LEAST = 10
"""Fewer characters than this are no answer."""


@dataclass(frozen=True, slots=True)
class Balance:
    """What a reviewer wrote. Each part is prose; `articles` are those touched, or none, with the reason in `untouched`."""

    articles: frozenset[int] = frozenset()
    untouched: str = ""  # why no article is touched
    legality: str = ""  # the basis in law: accessible, precise
    aim: str = ""  # the legitimate aim, of those that the article names
    necessity: str = ""  # why it is needed for that aim
    alternatives: str = ""  # less intrusive ways, and why they don't do
    proportionality: str = ""  # why the harm does not outweigh the good
    safeguards: str = ""  # redress, review, end date


@dataclass(frozen=True, slots=True)
class Assessment:
    """A balance test with every part written. Whether it passes is the reviewer's judgement, said in an act, never computed."""

    articles: tuple[int, ...]
    balance: Balance


def assess(balance: Balance) -> Assessment | Refused:
    """The test as far as its form can be judged: complete, or refused with every part that is missing."""
    missing = [*_articles(balance)]
    if balance.articles:
        missing += [Reason(_RULES[p], (), "rights.complete") for p in PARTS if not _written(getattr(balance, p))]
    if missing:
        return Refused(tuple(missing))
    return Assessment(tuple(sorted(balance.articles)), balance)


def _articles(balance: Balance) -> list[Reason]:
    found = [Reason("rights.article", (str(n),), "rights.name-articles") for n in sorted(balance.articles - set(ARTICLES))]
    found += [Reason("rights.absolute", (str(n),), "rights.drop") for n in sorted(balance.articles & ABSOLUTE)]
    if not balance.articles and not _written(balance.untouched):
        found.append(Reason("rights.articles", (), "rights.name-articles"))
    return found


def _written(text: str) -> bool:
    return len(text.strip()) >= LEAST


_RULES = {part: f"rights.{part}" for part in PARTS}
