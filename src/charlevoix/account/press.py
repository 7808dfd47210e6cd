"""A press: prints the public account as plain pages in both languages, and binds them with the log's opened entries."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import msgspec
from jinja2 import Environment, FileSystemLoader, PrefixLoader, StrictUndefined

from charlevoix.account import public_files, statistics
from charlevoix.account.public_files import Draft, Figures
from charlevoix.account.publication import Publication, Words, said
from charlevoix.account.statistics import Headline, Ruled
from charlevoix.acts.wire import to_wire
from charlevoix.doors.publication import Account, Source, Told
from charlevoix.errors import Answer, Reason
from charlevoix.languages.catalogue import LANGUAGES, Language, catalogue, text
from charlevoix.ledger.entry import OpenedEntry

PAGES = Path(__file__).parent / "pages"
STYLE = "account.css"
PLACES: Mapping[Language, tuple[str, str]] = {"en": ("index.html", ""), "fr": ("fr/index.html", "../")}
"""Language -> path of its page, and the way from there to the directory's root."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A source as a page names it. `why`: what keeps it from the public, in words; empty where it is open."""

    kind: str
    act: str
    why: str


@dataclass(frozen=True, slots=True)
class Item:
    """One publication as a page shows it, in one language."""

    id: str
    file: str
    title: str
    day: str
    since: str
    to: str
    paragraphs: tuple[str, ...]
    dissent: str
    sources: tuple[Shown, ...]
    corrections: tuple[str, ...]
    withdrawn: str


@dataclass(frozen=True, slots=True)
class View:
    """An account as a page shows it, in one language."""

    name: str
    origin: str
    language: Language
    figures: Figures
    headlines: tuple[Headline, ...]
    refusals: tuple[Ruled, ...]
    items: tuple[Item, ...]

    @property
    def standing(self) -> tuple[Item, ...]:
        return tuple(i for i in self.items if not i.withdrawn)

    @property
    def corrected(self) -> tuple[Item, ...]:
        return tuple(i for i in self.standing if i.corrections)

    @property
    def withdrawn(self) -> tuple[Item, ...]:
        return tuple(i for i in self.items if i.withdrawn)

    def words(self, rule: str) -> str:
        return rule_words(rule, self.language)


def rule_words(rule: str, language: Language) -> str:
    """The sentence of a rule without the values of any one case, which no account tells.

    >>> rule_words("marking.tlp", "en")
    'TLP:… does not reach this audience (…).'
    """
    return text(rule, language, *("…",) * 10) if rule in catalogue(language) else rule


def view(account: Account, language: Language) -> View:
    """The account for readers of this language."""
    figures = public_files.figures(account.tally.size, account.tally.counted)
    items = sorted((_item(one.value, language) for one in account.told), key=lambda i: (i.day, i.id), reverse=True)
    return View(account.name, account.origin, language, figures, statistics.headlines(figures), statistics.refusals(figures), tuple(items))


def _item(one: Told, language: Language) -> Item:
    state: Publication = one.state
    words = state.text
    return Item(
        id=one.case,
        file=file_of(one),
        title=said(words.titles if words else state.titles or {}, language),
        day=state.day,
        since=words.since if words else "",
        to=words.to if words else "",
        paragraphs=tuple(said(p, language) for p in words.paragraphs) if words else (),
        dissent=said(words.dissents, language) if words else "",
        sources=tuple(_shown(s, language) for s in one.sources),
        corrections=tuple(said(c.words, language) for c in state.corrections if c.published),
        withdrawn=_reason(state.withdrawn, language),
    )


def _reason(words: Words | None, language: Language) -> str:
    return said(words, language) if words else ""


def _shown(source: Source, language: Language) -> Shown:
    why = _why(source.reason, language) if source.answer is not Answer.YES and source.reason else ""
    return Shown(text(f"kind.{source.kind}", language), source.act.hex()[:16], why)


_PLAIN = frozenset({"marking.tlp", "marking.releasable", "nexus.only-suspected", "reviews.missing"})
"""Rules whose values tell nothing of the source but how it is marked, and who asks: the public."""


def _why(reason: Reason, language: Language) -> str:
    if reason.rule in _PLAIN:
        return text(reason.rule, language, *reason.values)
    return rule_words(reason.rule, language)


def file_of(one: Told) -> str:
    """Where the signed acts of a publication lie."""
    return f"publications/{one.case.partition('--')[2]}.json"


def acts_of(one: Told) -> bytes:
    """The signed acts of a publication with what the public has of each: their author's signature can be verified on them."""
    document = {"case": one.case, "acts": [to_wire(act) for act in one.acts]}
    return msgspec.json.format(msgspec.json.encode(document), indent=1) + b"\n"


class StaticPress:
    """Prints for a directory that any web server, or none, can serve."""

    def draft(self, account: Account, opened: Sequence[OpenedEntry], earlier: Mapping[int, bytes], /) -> Draft:
        pages = {PLACES[at][0]: _page(account, at) for at in LANGUAGES}
        acts = {file_of(one.value): acts_of(one.value) for one in account.told}
        return public_files.draft(account.tally.size, opened, earlier, {**pages, **acts, STYLE: (PAGES / STYLE).read_bytes()})

    def assemble(self, drafted: Draft, entry: OpenedEntry, checkpoint: bytes, tiles: Iterable[tuple[str, bytes]], /) -> dict[str, bytes]:
        return public_files.assemble(drafted, entry, checkpoint, tiles)


def _page(account: Account, language: Language) -> bytes:
    _, root = PLACES[language]
    languages = [(one, root + PLACES[one][0]) for one in LANGUAGES]
    template = _environment(language).get_template("account/index.html")
    return template.render(view=view(account, language), files=root, live=False, languages=languages).encode()


@cache
def _environment(language: Language) -> Environment:
    loader = PrefixLoader({"account": FileSystemLoader(PAGES)})
    env = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    env.globals |= {
        "t": lambda key, *values: text(key, language, *values),
        "language": language,
        "number": lambda value: f"{value:,}" if language == "en" else f"{value:,}".replace(",", "\u202f"),
    }
    return env
