"""A reading: a brief as one reader gets it, by what the node would give them; nothing else reaches the page or the file."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from charlevoix.acts.act import Digest
from charlevoix.advise.brief import Brief, BriefCase, Version
from charlevoix.advise.printing import Act, Around
from charlevoix.advise.typesetting import Page, typeset
from charlevoix.docket import Said, act_named, banner, name_of, names_of, sight
from charlevoix.errors import Refused
from charlevoix.languages.catalogue import Language, text
from charlevoix.node import Node
from charlevoix.partners.people import HOUSE, held
from charlevoix.safeguards.grounds import Actor
from charlevoix.stix.identifier import Ref

CASE = BriefCase()


@dataclass(frozen=True, slots=True)
class Reading:
    """The brief as this reader sees it; `page` is None while there is no version that they may see."""

    brief: Brief
    page: Page | None
    around: Around
    acts: tuple[Said, ...]  # in the order of `around.acts`


def read_brief(node: Node, who: Actor, ref: Ref, language: Language, role: str = "") -> Reading | Refused:
    """For whoever asks; or for a role of our house, and then only what whoever asks may see too, so that nobody reads through another's eyes.

    Raises Unknown for a role or a case that is none.
    """
    mine = node.state(who, CASE, ref)
    if isinstance(mine, Refused):
        return mine
    brief: Brief = mine.value
    sees = sight(node, who, held(who.roles) & HOUSE)
    if role:
        node.audience(who, f"role--{role}")
        theirs = node.state(replace(who, roles=frozenset({role})), CASE, ref)
        if isinstance(theirs, Refused):
            return theirs
        brief, sees = _both(brief, theirs.value), _and(sees, sight(node, who, [role]))
    page = typeset(brief, language, sees)
    return Reading(brief, page, *_around(node, who, brief, page, text(f"role.{role}", language) if role else ""))


def _both(mine: Brief, theirs: Brief) -> Brief:
    """The versions with those sentences that both may see; what only one of them may see is counted as hidden."""
    open_to = {v.act: v for v in mine.versions}
    return replace(theirs, versions=tuple(_shared(v, open_to[v.act]) for v in theirs.versions if v.act in open_to))


def _shared(theirs: Version, mine: Version) -> Version:
    shown = tuple(s for s in theirs.sentences if s in mine.sentences)
    return replace(theirs, sentences=shown, hidden=theirs.hidden + len(theirs.sentences) - len(shown))


def _and(one: Callable[[Digest], bool], other: Callable[[Digest], bool]) -> Callable[[Digest], bool]:
    return lambda act: one(act) and other(act)


def _around(node: Node, who: Actor, brief: Brief, page: Page | None, reader: str) -> tuple[Around, tuple[Said, ...]]:
    roster = node.partners(who)
    rested = dict.fromkeys(d for s in (page.sections if page else ()) for line in s.lines for d in line.rests)
    said = tuple(act_named(node, who, d) for d in rested)
    around = Around(
        banner=banner(brief.course, roster),
        cleared=tuple(names_of(roster, page.cleared)) if page else (),
        not_cleared=tuple(names_of(roster, page.not_cleared)) if page else (),
        dissenters=tuple(name_of(roster, f.party) for f in page.footnotes) if page else (),
        acts=tuple(Act(s.act.hex(), s.kind, s.case, name_of(roster, s.author), s.admitted_at[:10]) for s in said),
        reader=reader,
    )
    return around, said
