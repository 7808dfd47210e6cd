"""A delivery: a file on its way in; looked through, opened as a report, let in object by object, closed with what it was worth."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import msgspec

from charlevoix.acts.act import Digest
from charlevoix.errors import Malformed, Reason, Refused, Unknown
from charlevoix.formats import bundle, table
from charlevoix.intake import report
from charlevoix.intake.quality import Figures, Quality
from charlevoix.intake.report import OUTCOMES, Closing, Opening, ReportCase
from charlevoix.safeguards.grounds import Actor
from charlevoix.safeguards.passage import Unverified
from charlevoix.stix.identifier import Ref, derived_id, is_id, observable_id
from charlevoix.stix.marking import OFFICIAL
from charlevoix.threats.technique_use import TechniqueUse, used

if TYPE_CHECKING:
    from charlevoix.doors.admission import Admission
    from charlevoix.node import Node

UNKNOWN_PUBLISHER = "Unknown publisher"
"""All material of which nobody said who published it counts as one source: two unknowns never confirm each other."""

PATTERNS = 10_000
"""Techniques of one file that are counted."""

STIX, LIST = "application/stix+json;version=2.1", "text/csv"


@dataclass(frozen=True, slots=True)
class Part:
    """The bytes of one object of the file; or of what could not be taken apart, and why."""

    raw: bytes
    broken: Reason | None = None


@dataclass(frozen=True, slots=True)
class Glance:
    """What a look through the file shows before anything of it is let in."""

    format: str  # STIX or LIST
    parts: int
    figures: Figures
    techniques: tuple[TechniqueUse, ...] = ()
    publisher: str = ""  # the one name that the file itself gives of who published it; empty: none, or several


@dataclass(frozen=True, slots=True)
class Labels:
    """What the importer says of a file."""

    name: str  # of the file
    title: str = ""
    publisher: str = ""  # a name or an identity; "me" is ourselves
    marking: str = "amber+strict"  # of objects that bear none
    grade: str = "F6"


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of a file."""

    report: Ref
    labels: Labels
    glance: Glance
    publisher: Ref
    publisher_name: str
    objects: "tuple[Admission, ...]"
    broken: Mapping[Digest, Reason] = field(default_factory=dict)  # why a part could not be taken apart, by the SHA-256 of its bytes

    @property
    def counts(self) -> Mapping[str, int]:
        """How many objects of each outcome; they add up to the objects in the file."""
        found = Counter(a.outcome for a in self.objects)
        return {name: found[name] for name in OUTCOMES}

    @property
    def conflicts(self) -> tuple[Ref, ...]:
        return tuple(dict.fromkeys(a.ref for a in self.objects if a.outcome == "conflict" and a.ref))

    def reasons(self, of: "Admission") -> tuple[Reason, ...]:
        """Why an object fared so: for what could not be taken apart, what is wrong with the file rather than with the remainder."""
        broken = self.broken.get(of.raw)
        return (broken,) if broken and of.outcome == "quarantined" else of.reasons


def look(raw: bytes) -> Glance:
    """Reads the whole file once and keeps counts. Raises Malformed for what is neither JSON nor a list, or empty."""
    form = _format(raw)
    quality, parts = Quality(), 0
    patterns: list[Mapping[str, object]] = []
    names: dict[str, str] = {}
    authors: set[str] = set()
    for part in split(raw, form):
        parts += 1
        one = _read(part)
        if one is None:
            continue
        quality.add(one)
        match one.get("type"):
            case "attack-pattern" if len(patterns) < PATTERNS:
                patterns.append({k: one[k] for k in ("type", "id", "name", "external_references", "x_mitre_id") if k in one})
            case "identity" if len(names) < PATTERNS:
                names[str(one.get("id"))] = str(one.get("name") or "")
            case "report" | "grouping" if one.get("created_by_ref"):
                authors.add(str(one["created_by_ref"]))
    said = {names[a] for a in authors if names.get(a)}
    return Glance(form, parts, quality.figures(), used(patterns), said.pop() if len(said) == len(authors) == 1 else "")


def split(raw: bytes, form: str) -> Iterator[Part]:
    """The objects of a file in their order; a line of a list is a domain name."""
    if form == STIX:
        for piece in bundle.split(raw, limit=len(raw) + 1):
            yield Part(piece.raw, piece.broken.reason if piece.broken else None)
        return
    lines = raw.removeprefix(b"\xef\xbb\xbf").splitlines()
    for row in table.read_domains(raw):
        if isinstance(row, Malformed):
            number = int(row.reason.values[0])
            yield Part(lines[number - 1] if number <= len(lines) else b"", row.reason)
        else:
            value = {"value": row.domain}
            yield Part(_encode({"type": "domain-name", "spec_version": "2.1", "id": observable_id("domain-name", value), **value}))


def deliver(
    node: "Node", who: Actor, raw: bytes, glance: Glance, labels: Labels, told: Callable[[int], None] = lambda n: None
) -> Delivered | Refused:
    """Lets a file in: report opened, each object through the door, report closed. `told` hears of every few objects done.

    Nothing is opened, and Refused returned, where the importer may not import or said something that can't be.
    """
    publisher, name = named(node, who, labels.publisher or glance.publisher)
    # 1. the report, which keeps the file as evidence
    case = ReportCase()
    form = Opening(
        labels.title or labels.name,
        publisher,
        labels.name,
        sha256(raw).hexdigest(),
        len(raw),
        glance.format,
        labels.grade,
        labels.marking,
        name if publisher == derived_id("identity", name) else "",
        raw,
    )
    opened = node.do(who, case, None, report.open_report, form)
    if isinstance(opened, Refused):
        return opened
    ref = opened.value.case
    # 2. each object, whatever became of the others
    broken: dict[Digest, Reason] = {}
    came = []
    for admission in node.admit(who, _items(raw, glance.format, publisher, ref, labels.marking, broken)):
        came.append(admission)
        if not len(came) % 100:
            told(100)
    delivered = Delivered(ref, labels, glance, publisher, name, tuple(came), broken)
    # 3. what it was worth
    closing = Closing(glance.figures, delivered.counts, delivered.conflicts)
    closed = node.do(who, case, ref, report.close_report, closing)
    return closed if isinstance(closed, Refused) else delivered


def _items(raw: bytes, form: str, publisher: Ref, case: Ref, marking: str, broken: dict[Digest, Reason]) -> Iterator[Unverified]:
    for part in split(raw, form):
        if part.broken:
            broken[Digest(sha256(part.raw).digest())] = part.broken
        yield Unverified(part.raw, publisher, case, OFFICIAL[marking])


def named(node: "Node", who: Actor, name: str) -> tuple[Ref, str]:
    """A publisher by its id, "me", the name of a partner, or any name, which always gives the same identity."""
    name = name.strip() or UNKNOWN_PUBLISHER
    if is_id(name) and name.startswith("identity--"):
        return Ref(name), name
    roster = node.partners(who)
    if name == "me":
        return node.me, roster[node.me].name if node.me in roster else name
    try:
        found = node.audience(who, name)
    except Unknown:
        return derived_id("identity", name), name
    return (found.name, name) if found.name in roster else (derived_id("identity", name), name)


def _format(raw: bytes) -> str:
    start = raw[:65_536].removeprefix(b"\xef\xbb\xbf").lstrip()
    if not start:
        raise Malformed("import.empty", advice="import.other-file")
    if start[:1] in b"{[":
        return STIX
    if b"\0" in start or not _is_text(start):
        raise Malformed("import.not-text", advice="import.formats")
    if start[:1] in b"<\"'" and b"<" in start[:200]:
        raise Malformed("import.markup", advice="import.formats")
    return LIST


def _is_text(start: bytes) -> bool:
    try:
        start.decode()
    except UnicodeDecodeError as error:
        return error.start > len(start) - 4  # cut within a character
    return True


def _read(part: Part) -> Mapping[str, object] | None:
    if part.broken:
        return None
    try:
        one = _decode(part.raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return one if isinstance(one, dict) else None


_decode: Any = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode
