"""A feature: one way in which a host name resembles a watched name, with what shows it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from charlevoix.assess.detectors.lookalikes import words
from charlevoix.assess.detectors.lookalikes.neighbours import Neighbourhood, slip
from charlevoix.assess.detectors.lookalikes.ordinary import is_ordinary
from charlevoix.assess.detectors.lookalikes.skeleton import folded, readable, skeleton
from charlevoix.assess.detectors.lookalikes.suffixes import LEGACY, SOLD_WORLDWIDE, Split, Suffixes, is_restricted
from charlevoix.assess.detectors.lookalikes.watchlist import CRITICAL, Watched, WatchList

Kind = Literal[
    "same", "alike", "hyphen", "slip", "slips", "token", "start", "end", "middle", "below", "below-token", "whole", "suffix-below"
]
"""How the name is carried: the same label, one that looks the same, one slip, two; as a word of its own, at the start, the end, within; below a
registered name, alone, as a word, or whole with its suffix."""

GRAM: Final = 6
"""A name of at least so many letters is looked for anywhere in a label; a shorter one at its start and end, and between hyphens."""

BLOCK: Final = 4
STRIDE: Final = GRAM + 1 - BLOCK
"""A name of GRAM letters or more, wherever it stands in a label, holds a block of BLOCK letters that begins at a multiple of STRIDE."""

QUEUED: Final = 8
"""A name that is not critical is looked for at the start and end of a label where it has at least so many letters."""

TWO_SLIPS: Final = 10
"""Two slips are looked for in names of at least so many letters, in a list of CRITICAL names at most."""

AT_MOST: Final = 8
"""Likenesses of one host that are weighed."""

WORD: Final = 3
"""Letters, at least, of an added word that counts beside a short name: `welt-news`, and not `i-welt`."""

APART: Final = 3
"""Letters, at most, of what tells a name from a common word in it (`t` of `t-online`): a slip there makes another name, and no typing error."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """How a host resembles a watched name, before it is weighed.

    `rest`: the words around the name. `slip`: which kind of slip. `said`: whether the added words are known, and so on, in `marks`.
    """

    kind: Kind
    target: Watched
    name: str  # of the target: its label or an alias
    host: Split
    shown: str  # the label that resembles it, as a browser shows it
    rest: tuple[str, ...] = ()
    slip: str = ""
    marks: frozenset[str] = frozenset()


class Finder:
    """The watched names, laid out so that a host that resembles none is passed over in a few microseconds."""

    def __init__(self, watch: WatchList, rules: Suffixes) -> None:
        self._rules = rules
        self._owned = watch.owned
        self._by_key: dict[str, list[tuple[Watched, str]]] = {}
        for one in watch.watched:
            for key, name in zip(one.keys, one.names, strict=True):
                self._by_key.setdefault(key, []).append((one, name))
        keys = self._by_key
        critical = {k for k, owners in keys.items() if any(w.critical for w, _ in owners)}
        self._one = Neighbourhood((k for k in keys if len(k) >= (4 if k in critical else 7)), 1)
        self._doubled = {k[: i + 1] + k[i:]: k for k in sorted(critical) if len(k) == 3 for i in range(3)}
        self._two = Neighbourhood((k for k in critical if len(k) >= TWO_SLIPS and len(watch.watched) <= CRITICAL), 2)
        self._grams: dict[str, tuple[str, ...]] = {}
        for key in sorted(k for k in critical if len(k) >= GRAM):
            self._grams[key[:GRAM]] = (*self._grams.get(key[:GRAM], ()), key)
        self._blocks = frozenset(key[i : i + BLOCK] for keys in self._grams.values() for key in keys for i in range(STRIDE))
        self._short = frozenset(k for k in critical if 4 <= len(k) < GRAM)
        self._queued = frozenset(k for k in keys if k not in critical and len(k) >= QUEUED)
        self._heads = frozenset(k[:QUEUED] for k in self._queued)
        self._tails = frozenset(k[-QUEUED:] for k in self._queued)
        self._keys = frozenset(keys)

    def likenesses(self, host: str) -> list[Likeness]:
        """Every way in which a host name (lower case, IDNA) resembles a watched one. None for a name that is watched or owned, or below one."""
        below, label, suffix = self._rules.cut(host)
        if not label:
            return []
        key = folded(label) if label[:4] != "xn--" and label.isascii() else skeleton(label)
        size = len(key)
        here = key in self._keys
        if here and f"{label}.{suffix}" in self._owned:
            return []
        held = (
            not here and size > GRAM - 1 and not self._blocks.isdisjoint([key[i : i + BLOCK] for i in range(0, size - BLOCK + 1, STRIDE)])
        )
        ends = size > 4 and not self._short.isdisjoint((key[:4], key[:5], key[-4:], key[-5:]))
        queued = size > QUEUED and (key[:QUEUED] in self._heads or key[-QUEUED:] in self._tails)
        near = self._one.near(key) if self._one.may_be_near(key) else []
        if size == 4 and not near and key in self._doubled:
            near = [(self._doubled[key], 1)]
        two = bool(self._two) and not near and size >= TWO_SLIPS - 2
        if not (here or held or ends or queued or near or two or below or "-" in label):
            return []
        parts = Split(below, label, suffix)
        found: list[Likeness] = []
        if here:
            self._same(found, key, parts)
        elif held:
            self._within(found, key, label, parts)
        if ends:
            self._at_ends(found, key, label, parts)
        if queued:
            self._queued_ends(found, key, label, parts)
        if "-" in label:
            self._tokens(found, label, parts, "token")
        if near:
            self._slips(found, near, key, label, parts, "slip")
        elif two:
            near = self._two.near(key)
            if near:
                self._slips(found, near, key, label, parts, "slips")
        if below:
            self._below(found, parts)
        if found and f"{label}.{suffix}" in self._owned:
            return []
        return found[:AT_MOST]

    def _owners(self, key: str) -> Sequence[tuple[Watched, str]]:
        return self._by_key.get(key, ())

    def _same(self, found: list[Likeness], key: str, parts: Split) -> None:
        shown = readable(parts.label)
        for target, name in self._owners(key):
            plain = shown == name
            kind: Kind = "same" if plain else "hyphen" if shown.replace("-", "") == name.replace("-", "") else "alike"
            marks = _marks_of_word(shown, name) if kind == "alike" else {"ordinary"} if is_ordinary(name) else set()
            found.append(Likeness(kind, target, name, parts, shown, marks=frozenset(marks)))

    def _within(self, found: list[Likeness], key: str, label: str, parts: Split) -> None:
        for i in range(len(key) - GRAM + 1):
            for name_key in self._grams.get(key[i : i + GRAM], ()):
                if key.startswith(name_key, i):
                    self._added(found, name_key, key[:i], key[i + len(name_key) :], label, parts)

    def _at_ends(self, found: list[Likeness], key: str, label: str, parts: Split) -> None:
        for n in (4, 5):
            if len(key) > n and key[:n] in self._short:
                self._added(found, key[:n], "", key[n:], label, parts)
            if len(key) > n and key[-n:] in self._short:
                self._added(found, key[-n:], key[:-n], "", label, parts)

    def _queued_ends(self, found: list[Likeness], key: str, label: str, parts: Split) -> None:
        for n in range(QUEUED, len(key)):
            if key[:n] in self._queued:
                self._added(found, key[:n], "", key[n:], label, parts)
            if key[-n:] in self._queued:
                self._added(found, key[-n:], key[:-n], "", label, parts)

    def _added(self, found: list[Likeness], key: str, before: str, after: str, label: str, parts: Split) -> None:
        kind: Kind = "middle" if before and after else "end" if before else "start"
        rest = tuple(r for r in (before, after) if r)
        for target, name in self._owners(key):
            marks = self._marks(rest, target)
            # `ticketonline`, `ost-online`, `frost-online` are no `t-online`: its first part is the end of another word
            if before and name.partition("-")[2] in words.KNOWN and "plain" not in marks:
                marks = marks - {"known"} | {"ambiguous"}
            found.append(Likeness(kind, target, name, parts, readable(label), rest, marks=marks))

    def _tokens(self, found: list[Likeness], label: str, parts: Split, kind: Kind) -> None:
        tokens = [t for t in readable(label).split("-") if t]
        for at, n, key in _runs(tokens):
            if n < len(tokens) or kind != "token":
                rest = (*tokens[:at], *tokens[at + n :])
                for target, name in self._owners(key):
                    marks = self._marks(rest, target)
                    whole = tokens[at + n : at + n + target.suffix.count(".") + 1] == target.end.split(".")
                    found.append(Likeness(kind, target, name, parts, readable(label), rest, marks=marks | ({"suffix"} if whole else set())))

    def _marks(self, rest: Sequence[str], target: Watched) -> frozenset[str]:
        marks = set()
        if all(_known(r) for r in rest):
            marks.add("known")
            if all(len(r) >= WORD and (r in _COMMON or r in _COMMON_SKELETONS) for r in rest):
                marks.add("plain")
        if any(r == target.end.replace(".", "") for r in rest):
            marks.add("suffix")
        return frozenset(marks)

    def _slips(self, found: list[Likeness], near: Sequence[tuple[str, int]], key: str, label: str, parts: Split, kind: Kind) -> None:
        for name_key, away in near:
            if away:
                which, shown = slip(key, name_key) if away == 1 else "two", readable(label)
                for target, name in self._owners(name_key):
                    marks = _marks_of_word(shown, name) | ({"word"} if key in _SKELETONS else set())
                    if which == "doubled" and _digits(shown) > _digits(name):
                        which = "added"  # `77online` doubles nothing
                    if which != "doubled" and _is_apart(key, name):
                        marks.add("apart")
                    found.append(Likeness(kind, target, name, parts, shown, slip=which, marks=frozenset(marks)))

    def _below(self, found: list[Likeness], parts: Split) -> None:
        labels = parts.below.split(".")
        for at, one in enumerate(labels):
            if one in words.BELOW:
                continue
            key = skeleton(one)
            for target, name in self._owners(key):
                after = [*labels[at + 1 :], parts.label, *parts.suffix.split(".")]
                ends = target.suffix.split(".")
                whole = after[: len(ends)] == ends
                kind: Kind = "whole" if whole else "suffix-below" if parts.label == ends[0] and len(ends) > 1 else "below"
                found.append(Likeness(kind, target, name, parts, readable(one)))
            if "-" in one and not self._owners(key):
                self._tokens(found, one, parts, "below-token")


def _marks_of_word(shown: str, name: str) -> set[str]:
    """ "word": it is an ordinary word and another than the name. "digits": most of it are digits that would have to be read as letters."""
    marks = set()
    if shown != name and is_ordinary(shown.replace("-", "")):
        marks.add("word")
    if (_digits(shown) - _digits(name)) * 2 >= len(shown):
        marks.add("digits")
    return marks


def _digits(text: str) -> int:
    return sum(c.isdigit() for c in text)


def _is_apart(key: str, name: str) -> bool:
    """Is the common word in a name (`t-online`, `foxnews`) left whole, while the few letters that tell it from others are changed?"""
    plain = name.replace("-", "")
    for n in range(1, min(APART, len(plain) - 4) + 1):
        if plain[n:] in _COMMON and key.endswith(skeleton(plain[n:])):
            return True
        if plain[:-n] in _COMMON and key.startswith(skeleton(plain[:-n])):
            return True
    return False


def _runs(tokens: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    """Neighbouring words joined: where they begin, how many, their skeleton. At most three at once of at most twelve."""
    tokens = tokens[:12]
    for at in range(len(tokens)):
        for n in range(1, min(3, len(tokens) - at) + 1):
            yield at, n, skeleton("".join(tokens[at : at + n]))


_SKELETONS: Final[frozenset[str]] = frozenset(skeleton(w) for w in words.KNOWN)
_COMMON: Final = words.MEDIA | words.WEB | words.OFFICE
_COMMON_SKELETONS: Final = frozenset(skeleton(w) for w in _COMMON)


def _known(word: str) -> bool:
    """Is it made of known words and figures: `news`, `news24`, `onlinenews`?"""
    bare = word.strip("0123456789")
    return (
        not bare
        or bare in words.KNOWN
        or word in _SKELETONS
        or any(_is_word(bare[:i]) and _is_word(bare[i:]) for i in range(2, len(bare) - 1))
    )


def _is_word(part: str) -> bool:
    return part in words.KNOWN or part in _SKELETONS


def ending(suffix: str, target: Watched, rules: Suffixes) -> str:
    """What kind of suffix it is beside the target's: "restricted", "own", "mimic" (a private suffix that reads like a public one), "new", "worldwide",
    "legacy", "country"."""
    if is_restricted(suffix):
        return "restricted"
    if suffix == target.suffix:
        return "own"
    if rules.is_private(suffix) and suffix.rpartition(".")[2] in LEGACY | {target.suffix}:
        return "mimic"
    last = suffix.rpartition(".")[2]
    if last in LEGACY:
        return "legacy"
    if len(last) != 2:
        return "new"
    return "worldwide" if last in SOLD_WORLDWIDE else "country"
