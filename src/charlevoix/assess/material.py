"""Material: what reports vouch for, found by value, number or id, so that an incident can speak of it again."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from charlevoix.acts.act import Digest, Place
from charlevoix.docket import act_named, case_named
from charlevoix.errors import Malformed, Unknown
from charlevoix.formats.table import normal, refang
from charlevoix.safeguards.grounds import Actor
from charlevoix.stix.identifier import Ref, is_id, observable_id
from charlevoix.stix.marking import TLP
from charlevoix.threats.technique_use import used

if TYPE_CHECKING:
    from charlevoix.node import Node

MOST = 100_000
"""Objects of a kind or of a report that are looked through."""


@dataclass(frozen=True, slots=True)
class Ticked:
    """An object that a report vouches for: where it stands, and which report that is."""

    place: Place
    ref: Ref
    report: Ref
    label: str


@dataclass(frozen=True, slots=True)
class Source:
    """A report as an incident rests on it: the act that opened it, and who published what it holds."""

    report: Ref
    act: Digest
    title: str
    publisher: Ref
    publisher_name: str


def source(node: "Node", who: Actor, name: str) -> Source:
    """A report by its id or the beginning of it. Raises Unknown."""
    from charlevoix.node import Query

    ref = case_named(node, who, "report", name)
    row = node.find(who, Query("report", where=(("ref", "=", ref),), limit=1)).rows[0].value
    publisher = Ref(str(row.get("publisher") or ""))
    return Source(ref, act_named(node, who, ref).act, str(row["title"]), publisher, str(row.get("publisher_name") or publisher))


def domain(node: "Node", who: Actor, written: str, reports: Iterable[Ref] = ()) -> Ticked:
    """A listed domain, with or without teeth (`bild[.]pics`). Raises Malformed for no domain name, Unknown where no report lists it."""
    value = normal(refang(written.strip()))
    return vouched(node, who, observable_id("domain-name", {"value": value}), value, reports)


def vouched(node: "Node", who: Actor, ref: Ref, label: str, reports: Iterable[Ref] = ()) -> Ticked:
    """Where a report vouches for an object: the first of these, if any are named. Raises Unknown."""
    from charlevoix.node import Query

    among = {r: i for i, r in enumerate(reports)}
    rows = [r.value for r in node.find(who, Query("place", where=(("ref", "=", ref),), limit=1_000)).rows]
    found = [r for r in rows if str(r["kind"]) == "report.voucher" and (not among or r["case"] in among)]
    if not found:
        elsewhere = sorted({str(r["case"]) for r in rows if str(r["kind"]) == "report.voucher"})
        raise Unknown(
            "incident.not-listed-there" if elsewhere else "incident.not-listed", label, ", ".join(elsewhere), advice="incident.import-first"
        )
    one = min(found, key=lambda r: among.get(Ref(str(r["case"])), 0))
    return Ticked(Place(Digest(bytes.fromhex(str(one["act"]))), int(one["place"] or 0)), ref, Ref(str(one["case"])), label)


def object_named(node: "Node", who: Actor, name: str, reports: Iterable[Ref] = ()) -> Ticked:
    """An object of a report by its id. Raises Malformed for what is no id, Unknown where no report vouches for it."""
    if not is_id(name):
        raise Malformed("incident.object-id", name[:100], advice="incident.object-so")
    return vouched(node, who, Ref(name), name, reports)


def technique(node: "Node", who: Actor, number: str, reports: Iterable[Ref]) -> Ticked:
    """The object that names a technique number, of these reports. Raises Unknown."""
    reports = tuple(reports)
    some = [o for report in reports for o in objects_of(node, who, report, "attack-pattern")]
    use = next((u for u in used(some) if u.number == number.strip().upper()), None)
    if use is None:
        raise Unknown("incident.no-technique", number[:40], advice="incident.technique-from")
    return vouched(node, who, use.refs[0], f"{use.number} {use.names[0]}", reports)


def with_markings(node: "Node", who: Actor, ticked: Iterable[Ticked]) -> list[Ticked]:
    """The same, and the definitions of their markings beside them: without those nobody could say how far they may go."""
    from charlevoix.node import Query

    some = list(ticked)
    found = {t.ref for t in some}
    for one in list(some):
        rows = node.find(who, Query("object", where=(("ref", "=", one.ref),), limit=100)).rows
        marks = {Ref(m) for r in rows for m in _decode(str(r.value["body"])).get("object_marking_refs") or () if isinstance(m, str)}
        for mark in sorted(marks - TLP.keys() - found):
            found.add(mark)
            some.append(_near(node, who, mark, one.report))
    return some


def _near(node: "Node", who: Actor, ref: Ref, report: Ref) -> Ticked:
    """As this report vouches for it; as any does, where this one does not."""
    try:
        return vouched(node, who, ref, ref, (report,))
    except Unknown:
        return vouched(node, who, ref, ref)


def objects_of(node: "Node", who: Actor, report: Ref, *types: str) -> Iterator[Mapping[str, Any]]:
    """The objects that a report holds, of these types (all, where none are named), in the order in which they came; each id once."""
    from charlevoix.node import Query

    seen: set[str] = set()
    for type_ in types or ("",):
        after, where = "", (("case", "=", report), *((("type", "=", type_),) if type_ else ()))
        while len(seen) < MOST:
            page = node.find(who, Query("material", where=where, after=after, limit=1_000))
            for row in page.rows:
                if (ref := str(row.value["ref"])) not in seen:
                    seen.add(ref)
                    yield _decode(str(row.value["body"]))
            if not (after := page.next):
                break


def of_type(node: "Node", who: Actor, type_: str) -> Iterator[Mapping[str, Any]]:
    """Every object of a type that is held, each wording of it."""
    from charlevoix.node import Query

    after, seen = "", 0
    while seen < MOST:
        page = node.find(who, Query("object", where=(("type", "=", type_),), after=after, limit=1_000))
        yield from (_decode(str(r.value["body"])) for r in page.rows)
        seen += len(page.rows)
        if not (after := page.next):
            return


_decode: Any = msgspec.json.Decoder().decode
