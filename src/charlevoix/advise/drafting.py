"""Drafting: how a brief is asked for, written, cleared, delivered and taken back, in verbs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from charlevoix.acts.act import Digest
from charlevoix.advise.brief import DUE, SECTIONS, SORTS, VERSION, Brief, BriefCase, Sentence
from charlevoix.advise.clearance import ON
from charlevoix.cases.case import PARTICIPANTS, Local, Proposal
from charlevoix.cases.form import Handling, filled, marked, missing, percents, refused, unless, wrong_handling
from charlevoix.cases.leading import LEAD
from charlevoix.cases.obstacle import obstacles
from charlevoix.errors import Reason, Refused
from charlevoix.safeguards.authority import another_person
from charlevoix.safeguards.grounds import Actor
from charlevoix.stix import timestamp
from charlevoix.stix.identifier import Ref
from charlevoix.stix.marking import RELEASABLE, official

TWO_PAGES = 6_500
"""Characters in one language that fit two A4 pages of 11-point text with headings."""

CONFIDENCES = ("low", "moderate", "high")


def _barred(kind: str, state: Brief, actor: Actor, *, lead: bool = False) -> list[Reason]:
    """Role, phase, being no participant, not being the lead."""
    found = obstacles(BriefCase.kinds, kind, state.phase, actor)
    if state.parties is None:
        return found
    inside = actor.organisation in state.parties.all
    found += unless(inside, "brief.outsider", actor.organisation, advice="brief.ask-lead")
    leads = not lead or actor.organisation == state.parties.lead
    return found + unless(leads, "brief.not-lead", state.parties.lead, advice="brief.ask-lead")


def _handling(state: Brief, form: Handling | None) -> Handling:
    return form or Handling("amber", state.parties.all if state.parties else None)


def _about(state: Brief) -> list[Ref]:
    return [state.ref] if state.ref else []


@dataclass(frozen=True, slots=True)
class AskForm:
    """`for_whom`: the office that asks, never a person's name."""

    title: str
    for_whom: str
    due: datetime
    participants: frozenset[Ref] = frozenset()  # who is to clear it, without us
    handling: Handling | None = None


def ask(state: Brief, actor: Actor, now: datetime, form: AskForm, /) -> Proposal | Refused:
    """A leader wants advice by a deadline: the steps are planned back from it (`timetable`)."""
    everybody = form.participants | {actor.organisation}
    how = form.handling or Handling("amber", everybody)
    no = refused(
        _barred("brief.ask", state, actor),
        missing(title=form.title, for_whom=form.for_whom),
        unless(form.due > now, "form.past", timestamp.write(form.due), advice="form.later"),
        wrong_handling(how),
    )
    first = {
        "type": "report",
        "name": form.title,
        "published": timestamp.write(form.due),
        "object_refs": sorted(everybody),
        "charlevoix_for": form.for_whom,
        PARTICIPANTS: sorted(everybody),
        LEAD: actor.organisation,
        DUE: timestamp.write(form.due),
    }
    return no or Proposal("brief.ask", marked({"brief": first}, how))


@dataclass(frozen=True, slots=True)
class DraftForm:
    title: str
    sentences: tuple[Sentence, ...]
    gender: str  # gender analysis of what is advised (C13)
    handling: Handling | None = None
    only: Mapping[int, frozenset[Ref]] = field(default_factory=dict)  # sentence, counted from 1 -> who else may have it, where not all may


def draft(state: Brief, actor: Actor, now: datetime, form: DraftForm, /) -> Proposal | Refused:
    """A new version: clearances of earlier ones say nothing of it. Everything that is wrong with it is said at once."""
    how = _handling(state, form.handling)
    no = refused(
        _barred("brief.draft", state, actor, lead=True),
        missing(title=form.title, gender=form.gender),
        _unfilled(form.sentences),
        (r for n, s in enumerate(form.sentences, 1) for r in _wrong(n, s)),
        _too_long(form.sentences),
        wrong_handling(how),
    )
    if no:
        return no
    first = {
        "type": "report",
        "name": form.title,
        "published": timestamp.write(now),
        "object_refs": _about(state),
        VERSION: len(state.versions) + 1,
        "charlevoix_gender": form.gender,
    }
    texts = {f"sentence-{n}": _written(state, s) for n, s in enumerate(form.sentences, 1)}
    rests = frozenset(d for s in form.sentences for d in s.rests)
    return Proposal("brief.draft", _narrowed(marked({"draft": filled(first), **texts}, how), form.only, how.tlp, actor.organisation), rests)


def _narrowed(
    objects: Mapping[str, Mapping[str, object]], only: Mapping[int, frozenset[Ref]], tlp: str, us: Ref
) -> Mapping[str, Mapping[str, object]]:
    """With a list of its own on each sentence that not every party may have: what it rests on is not for all of them."""
    lists = {n: f"marking-for-{min(m for m, some in only.items() if some == who)}" for n, who in only.items()}
    plain = {k: v for k, v in official(tlp).items() if k not in ("id", "created")}
    rules = {lists[n]: {**plain, RELEASABLE: sorted(who | {us})} for n, who in only.items()}
    bound = {f"sentence-{n}": {**objects[f"sentence-{n}"], "object_marking_refs": [Local(name)]} for n, name in lists.items()}
    return {**objects, **bound, **rules}


def _unfilled(sentences: Iterable[Sentence]) -> list[Reason]:
    there = {s.section for s in sentences}
    return [Reason("brief.section", (name,), "brief.fill-section") for name in SECTIONS if name not in there]


def _wrong(number: int, one: Sentence) -> Iterable[Reason]:
    """Every reason against one sentence; `number` counts from 1."""
    if one.section not in SECTIONS or one.sort not in SORTS:
        yield Reason("brief.sort", (str(number), one.section, one.sort), "brief.choose-sort")
    if not any(one.words.get(language, "").strip() for language in ("en", "fr")):
        yield Reason("brief.words", (str(number),), "brief.write")
    if one.sort == "fact" and not one.rests:
        yield Reason("brief.rests-on-nothing", (str(number), one.said("en")[:80]), "brief.name-act")
    if one.sort == "judgement" and (one.range is None or percents(*one.range) is None):
        yield Reason("brief.range", (str(number),), "position.give-range")
    if one.sort == "judgement" and one.confidence not in CONFIDENCES:
        yield Reason("brief.confidence", (str(number), ", ".join(CONFIDENCES)), "brief.give-confidence")


def _too_long(sentences: tuple[Sentence, ...]) -> list[Reason]:
    longest = max((sum(len(s.words.get(language, "")) for s in sentences) for language in ("en", "fr")), default=0)
    return unless(longest <= TWO_PAGES, "brief.too-long", longest, TWO_PAGES, advice="brief.shorten")


def _written(state: Brief, one: Sentence) -> Mapping[str, object]:
    ends = one.range or (None, None)
    language = "en" if one.words.get("en") else "fr"
    return filled(
        {
            "type": "note",
            "content": one.words[language],
            "lang": language,
            "object_refs": _about(state),
            "charlevoix_words": {k: v for k, v in one.words.items() if v.strip()},
            "charlevoix_section": one.section,
            "charlevoix_sort": one.sort,
            "charlevoix_rests": [d.hex() for d in one.rests],
            "charlevoix_lowest": ends[0],
            "charlevoix_highest": ends[1],
            "charlevoix_confidence": one.confidence,
        }
    )


@dataclass(frozen=True, slots=True)
class ClearForm:
    version: Digest
    footnote: str = ""  # a dissent in the party's own words
    handling: Handling | None = None


def clear(state: Brief, actor: Actor, now: datetime, form: ClearForm, /) -> Proposal | Refused:
    """A party lets the newest version go, with or without a footnote of dissent; whoever drafted it does not clear it too."""
    how, newest = _handling(state, form.handling), state.version
    same = another_person(actor, frozenset({Ref(newest.by)}) if newest and newest.by else frozenset())
    no = refused(
        _barred("brief.clear", state, actor),
        unless(newest is not None and form.version == newest.act, "brief.old-version", advice="brief.read-newest"),
        [same] if same else [],
        missing(footnote=form.footnote or "-"),
        wrong_handling(how),
    )
    said = {
        "type": "note",
        "content": form.footnote.strip() or "Cleared",
        "object_refs": _about(state),
        ON: form.version.hex(),
        "charlevoix_footnote": form.footnote.strip(),
    }
    return no or Proposal("brief.clear", marked({"clearance": filled(said)}, how))


@dataclass(frozen=True, slots=True)
class DeliverForm:
    """`without`: parties that have not cleared and are not waited for, named one by one, with `reasons`."""

    without: frozenset[Ref] = frozenset()
    reasons: str = ""
    handling: Handling | None = None


def deliver(state: Brief, actor: Actor, now: datetime, form: DeliverForm, /) -> Proposal | Refused:
    """On time, and honest about who has not cleared: each party has, or is named as one that is not waited for, with the reason."""
    how, newest = _handling(state, form.handling), state.version
    unsaid = sorted(state.not_cleared - form.without)
    no = refused(
        _barred("brief.deliver", state, actor, lead=True),
        unless(newest is not None, "brief.no-version", advice="brief.draft-first"),
        [Reason("brief.not-cleared", (party,), "brief.ask-or-name") for party in unsaid],
        missing(reasons=form.reasons) if form.without else [],
        wrong_handling(how),
    )
    said = {
        "type": "note",
        "content": form.reasons.strip() or "Delivered",
        "object_refs": _about(state),
        ON: newest.act.hex() if newest else "",
        "charlevoix_without": sorted(form.without & state.not_cleared),
        "charlevoix_reasons": form.reasons.strip(),
    }
    return no or Proposal("brief.deliver", marked({"delivery": filled(said)}, how))


@dataclass(frozen=True, slots=True)
class Words:
    text: str
    handling: Handling | None = None


def withdraw(state: Brief, actor: Actor, now: datetime, form: Words, /) -> Proposal | Refused:
    """The advice is taken back, with reasons."""
    how = _handling(state, form.handling)
    no = refused(_barred("brief.withdraw", state, actor, lead=True), missing(reasons=form.text), wrong_handling(how))
    said = {"type": "note", "content": form.text, "object_refs": _about(state), "charlevoix_reasons": form.text}
    return no or Proposal("brief.withdraw", marked({"withdrawal": filled(said)}, how))
