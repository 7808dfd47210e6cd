"""A docket: the cases of a node as commands and pages find them; by the beginning of an id, by what they rest on, by how they are marked."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

import click

from charlevoix.acts.act import Digest, StixObject
from charlevoix.cases.case import Course
from charlevoix.desk import shown
from charlevoix.errors import Answer, Malformed, Refused, Unknown
from charlevoix.languages.catalogue import Language, text
from charlevoix.page import UNMARKED, Banner
from charlevoix.partners.audience import Audience
from charlevoix.partners.people import HOUSE, held
from charlevoix.partners.roster import Roster
from charlevoix.safeguards.grounds import Actor, Grounds, Nexus
from charlevoix.safeguards.marking import combine, read_marking
from charlevoix.stix.identifier import Ref
from charlevoix.stix.marking import TLP

if TYPE_CHECKING:
    from charlevoix.desk import Desk
    from charlevoix.node import Node


# --- finding ---------------------------------------------------------------------------------------


def case_named(node: "Node", who: Actor, kind: str, name: str) -> Ref:
    """The case whose id is, or begins like, this; the kind may be left off. Raises Unknown, or Malformed where several begin so."""
    from charlevoix.node import Query

    wanted = name if name.startswith(f"{kind}--") else f"{kind}--{name}"
    found = node.find(who, Query(kind, where=(("ref", "like", wanted),), limit=2)).rows if name.strip() else ()
    begin = [str(row.value["ref"]) for row in found if str(row.value["ref"]).startswith(wanted)]
    if not begin:
        raise Unknown("case.unknown", wanted, advice="case.list-them")
    if len(begin) > 1:
        raise Malformed("case.several", wanted, advice="case.write-more")
    return Ref(begin[0])


@dataclass(frozen=True, slots=True)
class Said:
    """An act as the register of a case shows it."""

    act: Digest
    kind: str
    case: Ref
    author: Ref
    admitted_at: str


def said_in(node: "Node", who: Actor, case: Ref) -> tuple[Said, ...]:
    """The acts of a case in the order in which they came; those that no longer count are left out."""
    from charlevoix.node import Query

    found: list[Said] = []
    after = ""
    while True:
        page = node.find(who, Query("act", where=(("case", "=", case),), after=after, limit=1_000))
        found += [_said(row.value) for row in page.rows if not row.value["void"]]
        if not page.next:
            return tuple(found)
        after = page.next


def _said(row: Any) -> Said:
    return Said(Digest(bytes.fromhex(row["act"])), row["kind"], Ref(row["case"]), Ref(row["author"]), row["admitted_at"])


def act_named(node: "Node", who: Actor, name: str) -> Said:
    """The act that a text names: 64 hexadecimal digits; a case's id, for its first act; or `CASE#KIND`, for its last act of that kind.

    Raises Unknown where there is none, Malformed where the text names nothing of the sort.
    """
    from charlevoix.node import Query

    if len(name) == 64 and set(name) <= set("0123456789abcdef"):
        rows = node.find(who, Query("place", where=(("act", "=", name),), limit=1)).rows
        there = [s for row in rows for s in said_in(node, who, Ref(str(row.value["case"]))) if s.act.hex() == name]
    else:
        case, _, kind = name.partition("#")
        if "--" not in case:
            raise Malformed("act.unnamed", name[:100], advice="act.name-so")
        ref = case_named(node, who, case.partition("--")[0], case)
        acts = said_in(node, who, ref)
        there = [s for s in reversed(acts) if s.kind == kind] if kind else list(acts[:1])
    if not there:
        raise Unknown("act.none", name[:100], advice="act.name-so")
    return there[0]


@dataclass(frozen=True, slots=True)
class Basis:
    """What a new case rests on: the act, and the grounds of its case as they are now."""

    said: Said
    grounds: Grounds


_ANYBODYS = frozenset({"attribution.position"})
"""Kinds of acts that each party does for itself: a response rests on our own, never on what another holds."""


def basis(node: "Node", who: Actor, case: Ref, *kinds: str) -> Basis:
    """The newest act of the first of these kinds that the case has; of our own, if anybody may do the kind. Raises Unknown where it has none."""
    acts = [s for s in said_in(node, who, case) if s.author == node.me or s.kind not in _ANYBODYS]
    found = next((s for kind in kinds for s in reversed(acts) if s.kind == kind), None)
    if found is None:
        raise Unknown("case.no-basis", case, ", ".join(kinds), advice="case.basis-first")
    return Basis(found, grounds_of(node, who, case))


def grounds_of(node: "Node", who: Actor, case: Ref) -> Grounds:
    """Nexus and protection of a case, as its row says; the node checks with all it knows when the act is said."""
    from charlevoix.node import Query

    kind = case.partition("--")[0]
    rows = node.find(who, Query(kind, where=(("ref", "=", case),), limit=1)).rows
    row = rows[0].value if rows else {}
    nexus = next((n for n in Nexus if n.value == row.get("nexus")), Nexus.UNSTATED)
    return Grounds(nexus, protected=bool(row.get("protected")))


def sight(node: "Node", who: Actor, roles: Iterable[str]) -> Callable[[Digest], bool]:
    """Whether a reader in one of these roles of our house may see all that an act says; asked once for each case.

    All of it: a sentence may repeat any part of the act it rests on, so a part that is withheld closes the act.
    """
    audiences = [node.audience(who, f"role--{role}") for role in sorted(held(roles) & HOUSE)]
    known: dict[Ref, frozenset[Digest]] = {}

    def sees(act: Digest) -> bool:
        from charlevoix.node import Query

        rows = node.find(who, Query("place", where=(("act", "=", act.hex()),), limit=1)).rows
        cases = [Ref(str(row.value["case"])) for row in rows]
        for case in cases:
            if case not in known:
                known[case] = _open_acts(node, who, case, audiences)
        return any(act in known[case] for case in cases)

    return sees


def _open_acts(node: "Node", who: Actor, case: Ref, to: list[Audience]) -> frozenset[Digest]:
    """The acts of a case of which one of these audiences may see every object."""
    try:
        decided = node.explain(who, case, to)
    except Unknown:  # whoever asks may not read the case, so nobody reads it through them
        return frozenset()
    open_to: dict[tuple[Digest, Ref], bool] = {}
    for (place, audience), decision in decided.items():
        open_to[place.act, audience] = open_to.get((place.act, audience), True) and decision.answer is Answer.YES
    return frozenset(act for (act, _), whole in open_to.items() if whole)


def reach(node: "Node", who: Actor, acts: Iterable[Said], parties: Iterable[Ref]) -> frozenset[Ref]:
    """Those of these organisations that may have all that all these acts say: ours as decided now, and each its own."""
    said, to = tuple(acts), [node.audience(who, party) for party in sorted(set(parties) - {node.me})]
    cases = {s.case for s in said if s.author == node.me}
    decided = {key: d for case in sorted(cases) for key, d in node.explain(who, case, to).items()}
    closed = {(place.act, audience) for (place, audience), d in decided.items() if d.answer is not Answer.YES}
    ours = frozenset(s.act for s in said if s.author == node.me)
    foreign = [s for s in said if s.author != node.me]
    return frozenset(a.name for a in to if not {(d, a.name) for d in ours} & closed and all(s.author == a.name for s in foreign))


# --- telling ---------------------------------------------------------------------------------------


def name_of(roster: Roster, ref: Ref | str | None) -> str:
    """What we call an organisation, or its id where we know none."""
    return roster[Ref(ref)].name if ref and Ref(ref) in roster else (ref or "")


def names_of(roster: Roster, refs: Iterable[Ref]) -> list[str]:
    return sorted(name_of(roster, r) for r in refs)


def refs_named(node: "Node", who: Actor, names: Iterable[str]) -> frozenset[Ref]:
    """The organisations of these names or ids. Raises Unknown."""
    return frozenset(node.audience(who, name).name for name in names)


def banner(course: Course, roster: Roster) -> Banner:
    """The strictest marking of everything that a case shows; a marking whose definition is not here counts as the strictest."""
    return banner_of(
        ({str(k): v for k, v in o.known.items()} for n in course.notes for o in n.objects if isinstance(o, StixObject)), roster
    )


def banner_of(objects: Iterable[Mapping[str, object]], roster: Roster) -> Banner:
    """The same for these objects, which hold the definitions of their markings."""
    shown = list(objects)
    rules = {Ref(str(o.get("id"))): read_marking(o) for o in shown if o.get("type") == "marking-definition"}
    used = {r for o in shown for r in _texts(o.get("object_marking_refs"))}
    markings = tuple(rules[Ref(r)] for r in sorted(used) if r in rules)
    unknown = [r for r in used if r not in rules and r not in TLP]
    settled = tuple(read_marking({"type": "marking-definition", "id": r}) for r in sorted(used) if r in TLP and r not in rules)
    whole = combine(markings + settled)
    if not used:
        return UNMARKED
    if unknown or not whole.understood or whole.tlp is None:
        return Banner("red")
    level: Any = whole.tlp
    return Banner(level, tuple(names_of(roster, whole.releasable)) if whole.releasable is not None else ())


def _texts(value: object) -> tuple[str, ...]:
    return tuple(v for v in value if isinstance(v, str)) if isinstance(value, list | tuple) else ()


def settle(at: "Desk", outcome: Any, key: str, *values: object, **more: object) -> None:
    """Ends a command that said something: tells the act and its case, or every obstacle with the exit code for a no."""
    if isinstance(outcome, Refused):
        at.refuse(outcome)
    act = outcome.value
    document = {"act": act.digest.hex(), "kind": act.kind, "case": act.case, **more}
    at.tell(document, lambda to: to.print(f"{text(key, at.language, *shown(values))}\n[dim]{act.case}  {act.digest.hex()[:16]}[/dim]"))


def tell_list(at: "Desk", kind: str, phase: str, columns: tuple[str, ...], empty: str) -> None:
    """The cases of a kind: each with its columns, newest change first; what to do next where there is none."""
    from charlevoix.node import Query

    where = (("phase", "=", phase),) if phase else ()
    found = at.node.find(at.who, Query(kind, where=where, limit=1_000))
    roster = at.node.partners(at.who)
    rows = [{"case": r.value["ref"], **{c: r.value.get(c) for c in columns}} for r in found.rows]

    def words(to: Any) -> None:
        if not rows:
            to.print(text(empty, at.language))
        for row in shown(rows):
            to.print(f"{phase_word(kind, str(row['phase']), at.language):22} {row['title'] or '-'}")
            more = [f"{text(f'column.{c}', at.language)}: {_cell(c, str(row[c]), roster)}" for c in columns[2:] if row[c] not in (None, "")]
            to.print(f"  [dim]{row['case']}  {'; '.join(more)}[/dim]")

    at.tell({"cases": rows, "total": found.total}, words)


def _cell(column: str, value: str, roster: Roster) -> str:
    return minute(value) if column == "due" else name_of(roster, value)


def minute(moment: str | None) -> str:
    """A time of a document to the minute: `2026-11-24 10:41 UTC`."""
    return f"{moment[:16].replace('T', ' ')} UTC" if moment else ""


def phase_word(kind: str, phase: str, language: Language) -> str:
    return text(f"{kind}.phase.{phase}", language)


# --- options ---------------------------------------------------------------------------------------


Declared = Callable[[Callable[..., Any]], click.Command]
"""What declares a command of a group."""


class Moment(click.ParamType):  # type: ignore[type-arg]  # generic in the stubs, not when it runs
    """A time: `2026-11-30`, `2026-11-30T12:00Z`, or from now `+48h`, `+7d`, `+30m`, `+2s`. Without a zone it is UTC."""

    name = "moment"
    _UNITS: ClassVar[Mapping[str, str]] = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            if value.startswith("+"):
                return datetime.now(UTC) + timedelta(**{self._UNITS[value[-1]]: int(value[1:-1])})
            read = datetime.fromisoformat(value)
        except (ValueError, KeyError, OverflowError):
            self.fail(f"{value!r} is no time: write 2026-11-30T12:00Z, or +48h", param, ctx)
        return read if read.tzinfo else read.replace(tzinfo=UTC)


MOMENT = Moment()
