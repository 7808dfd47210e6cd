"""A report: one import or submission of somebody else's material, graded, marked and taken in hand or turned away."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from charlevoix.acts.act import Digest
from charlevoix.cases import machine
from charlevoix.cases.case import BY, PARTICIPANTS, Case, Course, Proposal, Row
from charlevoix.cases.history import Note
from charlevoix.cases.machine import Kind
from charlevoix.cases.obstacle import obstacles
from charlevoix.errors import Reason, Refused
from charlevoix.intake.quality import Figures
from charlevoix.safeguards.grounds import Actor
from charlevoix.stix.identifier import Property, Ref
from charlevoix.stix.marking import LEVELS

PUBLISHER = Property("charlevoix_publisher")
"""Identity of who published the material: independence of sources is counted on it."""

MARKING = Property("charlevoix_marking")
"""Id of the marking that holds, by the importer's word, for objects that bear none."""

REPAIRS = Property("charlevoix_repairs")
"""Of a voucher: what the importer changed, one sentence each."""

RAW = Property("charlevoix_raw")
"""Of a voucher: SHA-256 (hex) of the bytes of each foreign object as they came, by place."""

COUNT = Property("charlevoix_count")
"""Of a voucher: how many foreign objects follow. A fold keeps this and not the objects."""

REPAIRED = Property("charlevoix_repaired")
"""Of a voucher: how many of them the importer repaired."""

OUTCOMES = ("accepted", "repaired", "known", "conflict", "quarantined", "refused")
"""What can become of an object of a file, in the order in which it is told."""

CONFLICTS = 1_000
"""Ids of conflicts that a report keeps; all of them are in quarantine or held side by side, whatever is kept here."""

TITLE_CHARACTERS = 300
_GRADE = re.compile(r"[A-F][1-6]")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_IDENTITY = re.compile(r"identity--[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Report:
    """What is known of one import: where it came from, what it held, what became of it."""

    course: Course
    ref: Ref | None = None  # the `file` object that the opening act states
    title: str = ""
    publisher: Ref | None = None
    publisher_name: str = ""  # as the importer gave it; empty where it was named by its id
    grade: str = ""  # Admiralty code: reliability of the source A-F, credibility of the content 1-6
    marking: str = ""  # said by the importer for what is unmarked: a TLP level, or empty
    file: str = ""
    sha256: str = ""
    vouched: int = 0  # foreign objects that a voucher speaks of
    repaired: int = 0
    figures: Mapping[str, int | str] = field(default_factory=dict)  # the quality figures of the closing act
    outcomes: Mapping[str, int] = field(default_factory=dict)  # how many objects of each of OUTCOMES
    conflicts: tuple[Ref, ...] = ()  # ids of objects that are held in other words; at most CONFLICTS
    owner: Ref | None = None  # pseudonym of who claimed it
    rejected: str = ""  # why it was turned away
    incidents: frozenset[Ref] = frozenset()


class ReportCase(Case[Report]):
    """Material: vouchers speak of foreign objects for others, and never count as a position of their author."""

    kind: ClassVar[str] = "report"
    version: ClassVar[int] = 2
    material: ClassVar[bool] = True
    kinds: ClassVar[Mapping[str, Kind]] = {
        "report.open": machine.kind("analyst contributor", moves=("none", "arriving")),
        "report.voucher": machine.kind("analyst contributor", keeps=f"{PUBLISHER} {COUNT} {REPAIRED} {PARTICIPANTS} {BY}"),
        "report.close": machine.kind("analyst contributor", moves=("arriving", "received")),
        "report.claim": machine.kind("analyst", moves=("arriving received claimed rejected", "claimed")),
        "report.link": machine.kind("analyst", moves=("received claimed linked", "linked"), rests="incident.open incident.record"),
        "report.reject": machine.kind("analyst", moves=("arriving received claimed", "rejected")),
    }

    def view(self, course: Course, /) -> Report:
        opened, vouchers = course.first("report.open"), course.of("report.voucher")
        closed, claimed, rejected = (
            course.last("report.close"),
            course.last("report.claim"),
            course.last("report.reject"),
        )
        text = opened.text if opened else _nothing
        return Report(
            course,
            ref=opened.main.ref if opened and opened.main else None,
            title=text("charlevoix_title") or text("name"),
            publisher=Ref(text(PUBLISHER)) or None,
            publisher_name=_name(opened),
            grade=text("charlevoix_grade"),
            marking=text("charlevoix_tlp"),
            file=text("name"),
            sha256=_sha256(opened),
            vouched=sum(_count(v, COUNT) for v in vouchers),
            repaired=sum(_count(v, REPAIRED) for v in vouchers),
            figures=_figures(closed),
            outcomes=_outcomes(closed),
            conflicts=tuple(Ref(r) for r in closed.texts("charlevoix_conflicts")) if closed else (),
            owner=Ref(claimed.text(BY)) or None if claimed else None,
            rejected=rejected.text("content") if rejected and course.phase == "rejected" else "",
            incidents=frozenset(Ref(n.text("charlevoix_incident")) for n in course.of("report.link")) - {Ref("")},
        )

    def row(self, state: Report, /) -> Row:
        return {
            "title": state.title,
            "publisher": state.publisher,
            "publisher_name": state.publisher_name,
            "file": state.file,
            "phase": state.course.phase,
            "objects": state.vouched,
            "repaired": state.repaired,
            "grade": state.grade,
            "tlp": state.marking,
            "owner": state.owner,
            "incidents": len(state.incidents),
            **{name: state.outcomes.get(name, 0) for name in ("known", "conflict", "quarantined")},
        }


def _nothing(name: str) -> str:
    return ""


def _name(note: Note | None) -> str:
    found = next((o for o in note.others() if o.type == "identity"), None) if note else None
    name = found.known.get(Property("name")) if found else None
    return name if isinstance(name, str) else ""


def _outcomes(note: Note | None) -> Mapping[str, int]:
    value = note.value("charlevoix_counts") if note else None
    counts = value if isinstance(value, Mapping) else {}
    return {name: n for name in OUTCOMES if isinstance(n := counts.get(name), int) and not isinstance(n, bool) and n > 0}


def _sha256(note: Note | None) -> str:
    hashes = note.value("hashes") if note else None
    value = hashes.get("SHA-256") if isinstance(hashes, Mapping) else None
    return value if isinstance(value, str) else ""


def _count(note: Note, name: Property) -> int:
    value = note.value(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def _figures(note: Note | None) -> Mapping[str, int | str]:
    value = note.value("charlevoix_quality") if note else None
    items = value.items() if isinstance(value, Mapping) else ()
    return {k: v for k, v in items if isinstance(v, int | str) and not isinstance(v, bool)}


# --- verbs ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Opening:
    """What the importer says about the material before anything in it is read."""

    title: str
    publisher: Ref  # identity of who published it
    file: str
    sha256: str  # hex, of the file as it came
    size: int  # bytes
    format: str  # "application/stix+json;version=2.1", "text/csv"
    grade: str = "F6"  # Admiralty code; F6: neither can be judged
    marking: str = "amber+strict"  # TLP 2.0 level for objects that bear no marking
    publisher_name: str = ""  # of a publisher that nothing else here names: an identity object says it
    raw: bytes = field(default=b"", repr=False)  # the file, kept as evidence


def open_report(state: Report, actor: Actor, now: datetime, form: Opening, /) -> Proposal | Refused:
    """The first act of a report. Its object is the STIX `file` that came (STIX 2.1 section 6.7)."""
    bad = obstacles(ReportCase.kinds, "report.open", state.course.phase, actor)
    if not 0 < len(form.title.strip()) <= TITLE_CHARACTERS:
        bad.append(Reason("report.title", (str(TITLE_CHARACTERS),), "report.give-title"))
    if not _IDENTITY.fullmatch(form.publisher):
        bad.append(Reason("report.publisher", (form.publisher,), "report.name-publisher"))
    if not _SHA256.fullmatch(form.sha256):
        bad.append(Reason("report.sha256", (form.sha256[:80],), "report.import-again"))
    if not _GRADE.fullmatch(form.grade):
        bad.append(Reason("report.grade", (form.grade,), "report.grade-source"))
    if form.marking not in LEVELS:
        bad.append(Reason("report.marking", (form.marking, ", ".join(LEVELS)), "report.choose-marking"))
    if bad:
        return Refused(tuple(bad))
    file = {
        "type": "file",
        "name": form.file or form.title,
        "hashes": {"SHA-256": form.sha256},
        "size": form.size,
        "mime_type": form.format,
        "charlevoix_title": form.title.strip(),
        PUBLISHER: form.publisher,
        "charlevoix_grade": form.grade,
        "charlevoix_tlp": form.marking,
        PARTICIPANTS: [actor.organisation],
    }
    named = {"publisher": _identity(form)} if form.publisher_name else {}
    return Proposal("report.open", {"file": file, **named}, evidence=(form.raw,) if form.raw else ())


_SINCE = "2026-11-01T00:00:00.000Z"


def _identity(form: Opening) -> Mapping[str, object]:
    """Who published it, in the same words each time: one publisher is one source, however often it is named."""
    return {"type": "identity", "id": form.publisher, "name": form.publisher_name, "created": _SINCE, "modified": _SINCE}


@dataclass(frozen=True, slots=True)
class Closing:
    """What the file was worth, and what became of its objects."""

    figures: Figures
    outcomes: Mapping[str, int] = field(default_factory=dict)  # of OUTCOMES
    conflicts: tuple[Ref, ...] = ()


def close_report(state: Report, actor: Actor, now: datetime, form: Closing, /) -> Proposal | Refused:
    """All that the file held has been through the door: what it is worth, and what became of it."""
    outcomes = {name: n for name in OUTCOMES if (n := form.outcomes.get(name, 0))}
    more: dict[str, object] = {"charlevoix_quality": dict(form.figures.told())}
    if outcomes:
        more["charlevoix_counts"] = outcomes
    if form.conflicts:
        more["charlevoix_conflicts"] = sorted(set(form.conflicts))[:CONFLICTS]
    return _say(state, actor, "report.close", f"{form.figures.objects} objects", more)


def claim(state: Report, actor: Actor, now: datetime, form: str, /) -> Proposal | Refused:
    """An analyst takes it in hand; `form` is a word for colleagues, and may be empty."""
    return _say(state, actor, "report.claim", form or "Claimed", {})


def reject(state: Report, actor: Actor, now: datetime, form: str, /) -> Proposal | Refused:
    """Turned away, with the reason: whoever sent it is told."""
    bad = () if form.strip() else (Reason("report.reason", (), "report.give-reason"),)
    return _say(state, actor, "report.reject", form, {}, bad)


@dataclass(frozen=True, slots=True)
class Link:
    """The incident that rests on this report, and the act that opened it."""

    incident: Ref
    opened_by: Digest


def link(state: Report, actor: Actor, now: datetime, form: Link, /) -> Proposal | Refused:
    """An incident was opened or went on from this report."""
    said = _say(state, actor, "report.link", "Linked to an incident", {"charlevoix_incident": form.incident})
    return said if isinstance(said, Refused) else Proposal(said.kind, said.objects, frozenset({form.opened_by}))


def _say(state: Report, actor: Actor, kind: str, text: str, more: Mapping[str, object], bad: tuple[Reason, ...] = ()) -> Proposal | Refused:
    """An act of this kind about the file, as a STIX note."""
    bad = (*obstacles(ReportCase.kinds, kind, state.course.phase, actor), *bad)
    if state.ref is None and state.course.notes:
        bad = (*bad, Reason("report.not-here", (), "report.ask-author"))
    if bad:
        return Refused(bad)
    return Proposal(kind, {"note": {"type": "note", "content": text, "object_refs": [state.ref], **more}})
