"""The story of the demonstration, first half: from a published list of domains to an incident that is shared, and recalled."""

import csv
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from charlevoix.acts.act import Digest, Place
from charlevoix.assess import nexus, opening
from charlevoix.assess.completeness import completeness
from charlevoix.assess.duplicate import propose
from charlevoix.demo.stage import Player, Stage
from charlevoix.demo.telling import Scene
from charlevoix.doors.admission import case_of_two
from charlevoix.errors import Refused
from charlevoix.formats import table
from charlevoix.intake import delivery, report
from charlevoix.intake.delivery import Delivered, Labels
from charlevoix.intake.quality import Figures
from charlevoix.languages.catalogue import say
from charlevoix.node import Query
from charlevoix.share import exchange
from charlevoix.share import table as shares
from charlevoix.stix.identifier import Ref, observable_id
from charlevoix.threats.technique import status

TICKED = ("bild.asia", "bild.pics", "blld.live", "spiegel.agency", "spiegeli.life")
"""What the analyst ticks: listed by VIGINUM, in its bundle, and named by Qurium in 2022."""

RECALLED = "spiegeli.life"
"""What turns out not to be needed, and is called back."""

VIGINUM, QURIUM = "VIGINUM", "Qurium Media Foundation"
RRN, RRN_LIST = "viginum-rrn.json", "viginum-rrn-domains.csv"
KOMBAT, KOMBAT_LIST = "viginum-portal-kombat.json", "viginum-portal-kombat-domains.csv"
NAMES_2022, GROUP = "qurium-2022-names.csv", "german-2021-coordinated-group.csv"

Step = Callable[[Stage, Scene], None]


def start(on: Stage, scene: Scene) -> None:
    scene.say(
        "Three nodes run on this machine, each a process with a home, a database and keys of its own; none is a real state's.", nodes=3
    )
    for p in on.players:
        scene.figures[p.name] = {"seconds": round(p.seconds, 2), "megabytes": round(p.memory(), 1)}
        scene.tell(f"{p.name}: answers at {p.url} after {p.seconds:.1f} s, {p.memory():.0f} MB of memory")


def import_bundle(on: Stage, scene: Scene) -> None:
    came = deliver(on.a, on.examples / RRN, VIGINUM, "clear")
    on.memory["rrn"] = came
    q, counts = came.glance.figures, came.counts
    scene.say("{file}: {objects} objects.", file=RRN, objects=len(came.objects))
    scene.say(
        "{accepted} accepted, {repaired} repaired, {known} known, {conflict} in conflict, {quarantined} quarantined, {refused} refused.",
        **counts,
    )
    repairs = Counter(r.values[0].partition(":")[0] for a in came.objects for r in a.reasons if r.rule == "object.repaired")
    for rule, times in repairs.most_common(3):
        scene.tell(f"  repaired by Demo A, the importer: {rule}, {times} times")
    scene.figures["repairs"] = dict(repairs)
    scene.say(
        "Quality: {related_to} of {relationships} relations only say related-to; {constant_starts} of {dated} have one and the same start time.",
        related_to=q.related_to, relationships=q.relationships, constant_starts=q.constant_starts, dated=q.dated,
    )  # fmt: skip
    scene.say("{dangling} relation leads nowhere; the file holds {incidents} incidents.", dangling=len(q.dangling), incidents=q.incidents)
    scene.say("{unmarked} objects bear no marking: the importer was asked, said TLP:CLEAR, and signed that.", unmarked=q.unmarked)
    if came.counts["quarantined"]:
        held = next(a for a in came.objects if a.outcome == "quarantined")
        scene.tell(f"  in quarantine, for example {held.ref}: {say(held.reasons[0], 'en')}")


def import_list(on: Stage, scene: Scene) -> None:
    came = deliver(on.a, on.examples / RRN_LIST, VIGINUM, "clear")
    on.memory["list"] = came
    in_bundle = {a.ref for a in on.memory["rrn"].objects if a.ref and a.ref.startswith("domain-name--") and a.outcome != "quarantined"}
    listed = {a.ref for a in came.objects if a.ref}
    scene.say("{file}: {names} names, defanged as published.", file=RRN_LIST, names=len(listed))
    scene.say(
        "{known} are known from the bundle, {new} are new, {bundle_only} stand in the bundle only.",
        known=came.counts["known"], new=came.counts["accepted"], bundle_only=len(in_bundle - listed),
    )  # fmt: skip
    on.memory["bundle only"] = sorted(value_of(on.a, ref) for ref in in_bundle - listed)
    scene.tell(f"  in the bundle only, and so not ticked later: {', '.join(on.memory['bundle only'][:4])} ...")


def import_kombat(on: Stage, scene: Scene) -> None:
    came = deliver(on.a, on.examples / KOMBAT, VIGINUM, "clear")
    names = deliver(on.a, on.examples / KOMBAT_LIST, VIGINUM, "clear")
    listed = [r.domain for r in table.read_domains((on.examples / KOMBAT_LIST).read_bytes()) if isinstance(r, table.DomainRow)]
    held = [json.loads(str(r["body"])) for r in every(on.a, Query("object", (("type", "=", "channel"),), limit=1000))]
    links = propose(sorted(set(listed)), held)
    here = {str(json.loads(str(r["body"]))["value"]) for r in bundle_domains(on.a, came)}
    scene.say("{file}: {objects} objects; its list has {listed} names.", file=KOMBAT, objects=len(came.objects), listed=len(set(listed)))
    scene.say(
        "{linked} of the names are names of channels, {same} of domain names of the bundle: proposed as links, never as the same.",
        linked=len({x.domain for x in links}), same=len(here & set(listed)),
    )  # fmt: skip
    if links:
        scene.tell(f"  for example {links[0].domain}: a channel of this name, with a confidence of {links[0].confidence} %")
    scene.say(
        "{conflicts} objects stand in both bundles otherwise: kept side by side, for a person to look at.",
        conflicts=came.counts["conflict"],
    )
    for ref in [a.ref for a in came.objects if a.outcome == "conflict" and a.ref][:3]:
        told = [json.loads(str(row["body"])) for row in every(on.a, Query("wording", (("ref", "=", ref),)))]
        scene.tell(f"  {told[0].get('name') or ref}: created {' | '.join(sorted({str(one.get('created')) for one in told}))}")
    on.memory["kombat"] = (came, names)


def techniques(on: Stage, scene: Scene) -> None:
    with (on.examples / "viginum-technique-numbers.csv").open(encoding="utf-8") as file:
        numbers = sorted({row["number"] for row in csv.DictReader(file)})
    by = Counter(status(n).value for n in numbers)
    scene.say("The four bundles of VIGINUM use {used} technique numbers.", used=len(numbers))
    scene.say("{current} are current in DISARM 1.7, {retired} are retired, {unknown} are in no table we ship: shown, and none dropped.",
        current=by["current"], retired=by["retired"], unknown=sum(by.values()) - by["current"] - by["retired"],
    )  # fmt: skip
    scene.tell("  for a retired number no successor is named unless a source says which.")


def open_incident(on: Stage, scene: Scene) -> None:
    a, b = on.a, on.b
    rrn, listed = on.memory["rrn"], on.memory["list"]
    ticked = tuple(place_of(listed, value) for value in TICKED)
    form = opening.Opening(
        "Names that imitate newspapers",
        ("D2.2", "D2.3"),
        ("covert", "malicious"),
        frozenset({act_of(a, rrn.report, "report.voucher"), act_of(a, listed.report, "report.voucher")}),
        ticked,
        (b.me,),
        summary=f"{len(TICKED)} of the listed names imitate the names of newspapers under another suffix or spelling.",
        judgement=opening.Judgement("One network registered them, working for somebody abroad.", (55, 80), "moderate"),
        sharing=opening.Sharing("amber", (a.me, b.me), ("charlevoix_assessment",)),
        details=opening.Details(first_seen="2022-06-01T00:00:00.000Z", languages=("de",)),
    )
    opened = a.do("incident", None, opening.open_incident, form)
    case = on.memory["incident"] = Ref(opened.value.case)
    on.memory["opened"] = opened.value.digest
    state = a.state("incident", case)
    scene.say(
        "An analyst opens one incident (D2.2, D2.3) from {ticked} names ticked out of {listed} listed ones.",
        ticked=len(TICKED),
        listed=len(listed.objects),
    )
    scene.tell(f"  {case}: {', '.join(state.domains)}; foreign nexus {state.nexus.value}; TLP:AMBER, for Demo A and Demo B")
    gaps = completeness(state)
    scene.say("It is complete to {have} of {of} points. The three gaps that weigh most:", have=gaps.have, of=gaps.of)
    for reason in gaps.top[:3]:
        scene.tell(f"  {say(reason, 'en')}")
    _review_nexus(on, scene, case)


def _review_nexus(on: Stage, scene: Scene, case: Ref) -> None:
    a, rrn, listed = on.a, on.memory["rrn"], on.memory["list"]
    bundle = nexus.Evidence(act_of(a, rrn.report, "report.voucher"), rrn.publisher, "VIGINUM's investigation of 2023")
    names = nexus.Evidence(act_of(a, listed.report, "report.voucher"), listed.publisher, "VIGINUM's investigation of 2023")
    first = a.attempt("incident", case, nexus.review_nexus, nexus.Passing("Listed and described.", (bundle, names)), "rights reviewer")
    if not isinstance(first, Refused):
        raise AssertionError("one publisher was taken for two")
    scene.say(
        "The review of the nexus is refused (ledger entry {refusal}): bundle and list are of one publisher, which is one source.",
        refusal=first.entry,
    )
    for reason in first.reasons:
        scene.reason(reason, {rrn.publisher: VIGINUM})
    other = deliver(a, on.examples / NAMES_2022, QURIUM, "clear")
    shared = sum(value in TICKED for value in values_of(a, other))
    third = nexus.Evidence(act_of(a, other.report, "report.voucher"), other.publisher, "Qurium's investigation of 2022")
    passed = a.do(
        "incident", case, nexus.review_nexus, nexus.Passing("Two investigations, a year apart.", (bundle, third)), "rights reviewer"
    )
    on.memory["passed"] = passed.value.digest
    scene.say(
        "A second publisher, Qurium (2022, through a secondary copy), names {shared} of the {ticked} as well: the review passes.",
        shared=shared, ticked=len(TICKED),
    )  # fmt: skip
    on.memory["qurium"] = other


def record_group(on: Stage, scene: Scene) -> None:
    a = on.a
    raw = (on.examples / GROUP).read_bytes()
    rows = list(csv.DictReader(raw.decode().splitlines()))
    form = report.Opening(
        "A coordinated group in German posts of 2021", Ref(delivery.named(a.station.node, a.who(), "CooRTweet data set")[0]), GROUP,
        hashlib.sha256(raw).hexdigest(), len(raw), "text/csv", marking="amber", publisher_name="CooRTweet data set", raw=raw,
    )  # fmt: skip
    source = a.do("report", None, report.open_report, form)
    a.do("report", Ref(source.value.case), report.close_report, report.Closing(Figures(), {}, ()))
    found = opening.Opening(
        "Nine accounts that post the same links within a minute",
        ("D2.2",),
        ("covert",),
        frozenset({source.value.digest}),
        summary=f"{len(rows)} accounts, under pseudonyms, shared up to {max(int(r['shared_urls']) for r in rows)} links within 60 seconds of each other.",
        participants=(on.b.me,),
        sharing=opening.Sharing("amber"),
        suspected=False,
    )
    recorded = a.do("incident", None, opening.open_incident, found)
    case = on.memory["recorded"] = Ref(recorded.value.case)
    scene.say(
        "A second incident records {accounts} accounts with {posts} coordinated posts. Nobody has stated a foreign nexus.",
        accounts=len(rows), posts=sum(int(r["coordinated_posts"]) for r in rows),
    )  # fmt: skip
    told = a.station.node.explain(a.who(), case, [a.station.node.audience(a.who(), "Demo B")])
    decision = told[Place(recorded.value.digest, 0), on.b.me]
    scene.say("So it leaves for nobody, not even for a partner who takes part: {answer}.", answer=decision.answer.value)
    for reason in decision.reasons:
        scene.reason(reason)
    given = a.station.node.find(a.who(), Query("release", (("audience", "=", on.b.me), ("collection", "=", "acts")), limit=1000))
    scene.figures["released"] = sum(r.value["act"] == recorded.value.digest.hex() for r in given.rows)


def share(on: Stage, scene: Scene) -> None:
    a, b, case = on.a, on.b, on.memory["incident"]
    node, who = a.station.node, a.who()
    to = [node.audience(who, name) for name in ("Demo B", "Demo C")]
    told = node.explain(who, case, to)
    for audience, name in zip(to, ("Demo B", "Demo C"), strict=True):
        theirs = {p: d for (p, ref), d in told.items() if ref == audience.name}
        counts = Counter(d.answer.value for d in theirs.values())
        scene.say(
            "{partner}: {yes} objects whole, {redact} redacted, {no} refused.",
            partner=name, yes=counts["yes"], redact=counts["redact"], no=counts["no"],
        )  # fmt: skip
        scene.figures[name] = dict(counts)
        first = theirs[Place(on.memory["opened"], 0)]
        for reason in first.reasons[:2]:
            scene.tell(f"  the incident itself: {shares.spoken(reason, node.partners(who), 'en')}")
    refused, answer = a.run("share", case, "--to", "Demo C", "--yes")
    scene.say("To offer it to Demo C all the same ends with exit code {refused}, and is on the record.", refused=refused)
    scene.figures["offer"] = answer
    code, pulled = b.run("sync", "Demo A")
    scene.figures["sync"] = {"exit": code, "document": pulled}
    on.b.station.node.refold()
    scene.say(
        "Demo B pulls over TAXII 2.1 on loopback, each request signed (RFC 9421), from the address pinned in its roster: exit code {code}.",
        code=code,
    )
    here, there = a.row("incident", case), b.row("incident", case)
    scene.say("The process of the case is equal at both: {equal}.", equal="yes" if here["process"] == there["process"] else "no")
    seen = b.state("incident", case)
    scene.say(
        "What Demo B lacks: {withheld} property of the incident, withheld by its marking.", withheld=sum(o.withheld for o in seen.redacted)
    )
    a.pull(b)
    between = a.state("exchange", case_of_two("exchange", a.me, b.me))
    scene.say(
        "Demo A holds {receipts} signed receipt of Demo B, for {places} acts.",
        receipts=len(between.receipts),
        places=sum(len(r.outcomes) for r in between.receipts),
    )


def recall(on: Stage, scene: Scene) -> None:
    a, b, c, case = on.a, on.b, on.c, on.memory["incident"]
    warned = _warn(on, scene)
    places = {b.me: place_in(a, case, RECALLED), c.me: place_in(a, warned, RECALLED)}
    c.halt()
    scene.tell("The process of Demo C is stopped by a signal.")
    sent = {}
    for party, place in places.items():
        form = exchange.RecallForm(party, (place,), "withdraw", "It was sold, and belongs to somebody else now.")
        sent[party] = a.do("exchange", case_of_two("exchange", a.me, party), exchange.recall, form).value.digest
    scene.say("Demo A recalls {domain} from {asked} partners, by place and not by name.", domain=RECALLED, asked=len(sent))
    b.pull(a)
    a.pull(b)
    fates = shares.recalls(a.station.node, a.who())
    for name, party in (("Demo B", b.me), ("Demo C", c.me)):
        one = next(r for r in fates if r.act == sent[party])
        scene.figures[name] = "confirmed" if one.answered_at else "silent"
        scene.tell(f"{name}: {f'confirmed at {one.answered_at}' if one.answered_at else f'silent since {one.at}'}")
    scene.say(
        "At Demo B the incident still names {left} of {before} domains.", left=len(b.state("incident", case).domains), before=len(TICKED)
    )


def _warn(on: Stage, scene: Scene) -> Ref:
    """What Demo C got before: an early warning, TLP:GREEN, that names one of the domains too."""
    a, c, listed = on.a, on.c, on.memory["list"]
    form = opening.Opening(
        "Early warning: a new look-alike name",
        ("D2.3",),
        ("covert",),
        frozenset({act_of(a, listed.report, "report.voucher")}),
        (place_of(listed, RECALLED),),
        (c.me,),
        sharing=opening.Sharing("green"),
    )
    warned = a.do("incident", None, opening.open_incident, form)
    c.pull(a)
    got = c.state("incident", Ref(warned.value.case))
    scene.say("Before, Demo C got an early warning (TLP:GREEN) that names {names} domain.", names=len(got.domains))
    return Ref(warned.value.case)


# --- what the steps share ------------------------------------------------------------------------------------------------


def deliver(at: Player, path: Path, publisher: str, marking: str) -> Delivered:
    raw = path.read_bytes()
    came = delivery.deliver(at.station.node, at.who(), raw, delivery.look(raw), Labels(path.name, path.stem, publisher, marking, "B2"))
    if isinstance(came, Refused):
        raise AssertionError(came.reasons)
    return came


def every(at: Player, query: Query) -> Iterable[Any]:
    after = ""
    while True:
        page = at.station.node.find(at.who(), Query(query.kind, query.where, query.text, query.sort, after, query.limit))
        yield from (row.value for row in page.rows)
        if not page.next:
            return
        after = page.next


def act_of(at: Player, case: Ref, kind: str) -> Digest:
    """The first act of a kind in a case."""
    row = next(r for r in every(at, Query("act", (("case", "=", case),), limit=1000)) if r["kind"] == kind)
    return Digest(bytes.fromhex(row["act"]))


def place_of(came: Delivered, value: str) -> Place:
    """Where a report speaks of a domain."""
    ref = observable_id("domain-name", {"value": value})
    found = next(a for a in came.objects if a.ref == ref)
    if found.act is None or found.place is None:
        raise AssertionError(value)
    return Place(found.act, found.place)


def place_in(at: Player, case: Ref, value: str) -> Place:
    """Where a case speaks of a domain."""
    ref = observable_id("domain-name", {"value": value})
    row = next(r for r in every(at, Query("place", (("case", "=", case),), limit=1000)) if r["ref"] == ref)
    return Place(Digest(bytes.fromhex(row["act"])), int(row["place"]))


def value_of(at: Player, ref: Ref) -> str:
    row = at.station.node.find(at.who(), Query("object", (("ref", "=", ref),), limit=1)).rows[0].value
    return str(json.loads(str(row["body"])).get("value"))


def values_of(at: Player, came: Delivered) -> list[str]:
    return [value_of(at, a.ref) for a in came.objects if a.ref and a.ref.startswith("domain-name--")]


def bundle_domains(at: Player, came: Delivered) -> list[Any]:
    refs = sorted({a.ref for a in came.objects if a.ref and a.ref.startswith("domain-name--")})
    return [at.station.node.find(at.who(), Query("object", (("ref", "=", r),), limit=1)).rows[0].value for r in refs]
