"""Commands of intake: material comes in, what was held back is looked at, what conflicts is seen side by side."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from charlevoix.desk import FAILED, HELD_BACK, Desk, command, console, desk, shown, told
from charlevoix.docket import case_named, minute, phase_word
from charlevoix.errors import CharlevoixError, Malformed, Refused, Unknown
from charlevoix.languages.catalogue import say, text
from charlevoix.stix.marking import LEVELS

if TYPE_CHECKING:
    from rich.console import Console

    from charlevoix.intake.delivery import Delivered, Glance
    from charlevoix.intake.repair import Repair
    from charlevoix.intake.telling import Clash
    from charlevoix.stix.identifier import Ref

SIDE_BY_SIDE: Final = 5
"""Conflicts that an import shows at once."""

HELD_SHOWN: Final = 10
"""Items held back that an import names at once."""

_COLOURS: Final = {
    "accepted": "green",
    "repaired": "yellow",
    "known": "blue",
    "conflict": "magenta",
    "quarantined": "red",
    "refused": "red",
}


@command("import", example="charlevoix import rrn.json --publisher VIGINUM --marking clear --grade B2")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--publisher", default="", help="Who published it: a name, an identity, or “me”. Sources are counted by publisher.")
@click.option(
    "--marking", type=click.Choice(LEVELS), default=None, help="How widely objects without a marking may go (default: amber+strict)."
)
@click.option("--grade", default="F6", show_default=True, help="Admiralty grade: source A to F, content 1 to 6.")
@click.option("--title", default="", help="What it is, in a few words (default: the name of the file).")
@click.option("--yes", is_flag=True, help="Ask nothing.")
def import_(files: tuple[str, ...], publisher: str, marking: str | None, grade: str, title: str, yes: bool) -> None:
    """Take material in: STIX (a bundle, a TAXII envelope or one object), or a list of domain names, plain or CSV; `-` reads from the pipe.

    Every object is accepted, repaired, known already, in conflict, quarantined or refused, each with its reasons; one bad object never stops
    the rest. What was imported speaks for nobody until an analyst opens an incident on it.
    """
    at = desk()
    done: list[tuple[dict[str, Any], Delivered | None]] = []
    for name in files:
        try:
            done.append(_one(at, name, publisher, marking, grade, title, ask=not yes))
        except CharlevoixError as error:
            if len(files) == 1:
                raise
            done.append(({"file": name, "error": told(error.reason, at.language)}, None))
    at.tell(_together([d for d, _ in done]), lambda to: _tell_all(done, at, to))
    sys.exit(_code(done))


def _one(
    at: Desk, name: str, publisher: str, marking: str | None, grade: str, title: str, ask: bool
) -> "tuple[dict[str, Any], Delivered | None]":
    from charlevoix.intake import delivery
    from charlevoix.intake.telling import delivered_document

    raw = _read(name, at.settings.file_bytes)
    glance = delivery.look(raw)
    ask = ask and not at.as_json and sys.stdin.isatty() and name != "-"
    if ask and not publisher:
        publisher = click.prompt(text("import.ask-publisher", at.language), default=glance.publisher or delivery.UNKNOWN_PUBLISHER)
    if marking is None:
        marking = _ask_marking(at, glance) if ask and glance.figures.unmarked else "amber+strict"
    label = delivery.Labels(Path(name).name if name != "-" else "stdin", title, publisher, marking, grade)
    came = _deliver(at, raw, glance, label)
    if isinstance(came, Refused):
        at.refuse(came)
    return delivered_document(came, at.language), came


def _read(name: str, limit: int) -> bytes:
    """The whole file, which is kept as evidence. Raises Malformed for one that is too large, Unknown for one that can't be read."""
    try:
        if name == "-":
            raw = sys.stdin.buffer.read(limit + 1)
        else:
            with Path(name).open("rb") as stream:
                raw = stream.read(limit + 1)
    except OSError as error:
        raise Unknown("import.unreadable", name[:200], error.strerror or type(error).__name__, advice="import.check-path") from None
    if len(raw) > limit:
        raise Malformed("import.too-large", name[:200], limit, advice="import.divide")
    return raw


def _ask_marking(at: Desk, glance: "Glance") -> str:
    console().print(text("import.unmarked", at.language, glance.figures.unmarked, glance.figures.objects))
    answer: str = click.prompt(text("import.ask-marking", at.language), type=click.Choice(LEVELS), default="amber+strict")
    return answer


def _deliver(at: Desk, raw: bytes, glance: "Glance", label: Any) -> "Delivered | Refused":
    from charlevoix.intake.delivery import deliver

    if at.as_json or not sys.stderr.isatty():
        return deliver(at.node, at.who, raw, glance, label)
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(shown(label.name), total=glance.parts)
        return deliver(at.node, at.who, raw, glance, label, told=lambda n: bar.advance(task, n))


def _together(documents: list[dict[str, Any]]) -> Mapping[str, object]:
    """One file: its document. Several: their counts together, and each file's own beside them."""
    if len(documents) == 1:
        return documents[0]
    from charlevoix.intake.report import OUTCOMES

    objects = [{**o, "file": d["file"]} for d in documents for o in d.get("objects", ())]
    files = [{k: v for k, v in d.items() if k != "objects"} for d in documents]
    return {**{name: sum(d.get(name, 0) for d in documents) for name in OUTCOMES}, "objects": objects, "files": files}


def _code(done: "list[tuple[dict[str, Any], Delivered | None]]") -> int:
    if any("error" in d for d, _ in done):
        return FAILED
    counts = {name: sum(d[name] for d, _ in done) for name in _COLOURS}
    into = sum(counts[name] for name in ("accepted", "repaired", "known", "conflict"))
    return HELD_BACK if not into and counts["quarantined"] + counts["refused"] else 0


# --- in words ------------------------------------------------------------------------------------------------------


def _tell_all(done: "list[tuple[dict[str, Any], Delivered | None]]", at: Desk, to: "Console") -> None:
    for document, came in done:
        if came is None:
            to.print(f"[bold]{shown(document['file'])}[/bold]  [red]{shown(document['error']['says'])}[/red]")
        else:
            _tell(came, at, to)
    last = next((came for _, came in reversed(done) if came is not None), None)
    if last is not None:
        to.print(f"\n{text('import.next', at.language)}\n  charlevoix show {last.report}")
        if at.settings.url:
            to.print(f"  charlevoix sign-in   →   {at.settings.url.rstrip('/')}/triage/{last.report}", highlight=False)


def _tell(came: "Delivered", at: Desk, to: "Console") -> None:
    from charlevoix.intake.telling import quality_lines, technique_lines

    t = at.language
    figures = {**came.glance.figures.told(), "dangling-first": next((d.ref for d in came.glance.figures.dangling), "")}
    to.print(f"[bold]{shown(came.labels.name)}[/bold]  {text('import.by', t, shown(came.publisher_name), came.labels.grade)}")
    parts = [f"[{_COLOURS[name]}]{n} {text(f'outcome.{name}', t)}[/]" for name, n in came.counts.items() if n]
    to.print(f"  {text('import.objects', t, sum(came.counts.values()))}: {', '.join(parts) or '0'}")
    if came.glance.figures.unmarked:
        to.print(f"  {text('import.marked', t, came.glance.figures.unmarked, text(f'tlp.{came.labels.marking}', t))}")
    for mended, n in _repairs(came):
        to.print(f"  [yellow]{n}×[/yellow]  {shown(say(mended.reason(), t))} [dim]({mended.habit})[/dim]")
    to.print(f"\n{text('import.quality', t)}")
    for line in quality_lines(figures, t):
        to.print(f"  {shown(line)}")
    to.print("")
    for line in technique_lines(came.glance.techniques, t):
        to.print(shown(line))
    _tell_held(came, at, to)
    _tell_conflicts(list(came.conflicts), at, to, SIDE_BY_SIDE)


def _repairs(came: "Delivered") -> "list[tuple[Repair, int]]":
    """Each habit that was mended, with how often: the first of its sentences stands for all."""
    from charlevoix.intake.repair import read

    found: dict[str, tuple[Repair, int]] = {}
    for reason in (r for a in came.objects for r in a.reasons if r.rule == "object.repaired"):
        if mended := read(reason.values[0]):
            first, n = found.get(mended.rule, (mended, 0))
            found[mended.rule] = (first, n + 1)
    return list(found.values())


def _tell_held(came: "Delivered", at: Desk, to: "Console") -> None:
    held = [a for a in came.objects if a.outcome in ("quarantined", "refused")]
    if not held:
        return
    to.print(f"\n{text('import.held', at.language, len(held))}")
    for a in held[:HELD_SHOWN]:
        why = " ".join(at.say(r) for r in came.reasons(a)[:3])
        to.print(f"  [red]{text(f'outcome.{a.outcome}', at.language)}[/red]  {shown(a.ref or '-')}  {shown(why)}")
    if len(held) > HELD_SHOWN:
        to.print(f"  {text('import.held-more', at.language, len(held) - HELD_SHOWN)}")


def _tell_conflicts(refs: "list[Ref]", at: Desk, to: "Console", most: int) -> None:
    from charlevoix.intake.telling import clashes

    if not refs:
        return
    to.print(f"\n{text('import.conflicts', at.language, len(refs))}")
    for ref in refs[:most]:
        _tell_clash(ref, clashes(at.node, at.who, ref), at, to)
    if len(refs) > most:
        to.print(f"  {text('import.conflicts-more', at.language, len(refs) - most)}")


def _tell_clash(ref: "Ref", found: "tuple[Clash, ...]", at: Desk, to: "Console") -> None:
    from rich.table import Table

    from charlevoix.intake.telling import label_of, value_words

    for a, b, some in found:
        to.print(f"  [bold]{shown(label_of(a))}[/bold]  [dim]{shown(ref)}[/dim]")
        grid = Table(box=None, pad_edge=False, padding=(0, 2), show_edge=False)
        for key in ("conflict.property", "conflict.one", "conflict.other"):
            indent = "  " if key == "conflict.property" else ""
            grid.add_column(indent + text(key, at.language), overflow="fold", max_width=72)
        versions = [d for d in (("modified", a.get("modified"), b.get("modified")),) if d[1] != d[2]]
        for name, x, y in [*versions, *((d.property, d.held, d.new) for d in some)]:
            grid.add_row(f"  {shown(name)}", shown(value_words(x)), shown(value_words(y)))
        to.print(grid)


# --- reports -------------------------------------------------------------------------------------------------------


@command("reports", example="charlevoix reports --phase received")
@click.option("--phase", type=click.Choice(("arriving", "received", "claimed", "linked", "rejected")), default=None, help="Only these.")
@click.option("--text", "words", default="", help="Only those whose title, publisher or file holds these words.")
@click.option("--after", default="", help="The cursor that the page before ended with.")
@click.option("--limit", type=click.IntRange(1, 1_000), default=100, show_default=True)
def reports(phase: str | None, words: str, after: str, limit: int) -> None:
    """What came in, newest first."""
    from charlevoix.intake.telling import publisher_of_row
    from charlevoix.node import Query

    at = desk()
    where = (("phase", "=", phase),) if phase else ()
    found = at.node.find(at.who, Query("report", where=where, text=words, after=after, limit=limit))
    roster = at.node.partners(at.who)
    rows: list[dict[str, Any]] = [{**r.value, "publisher_name": publisher_of_row(r.value, roster)} for r in found.rows]

    def tell(to: "Console") -> None:
        if not rows:
            to.print(text("reports.none-so" if where or words else "reports.none", at.language))
            return
        for r in shown(rows):
            to.print(f"[bold]{r['title']}[/bold]  {phase_word('report', r['phase'], at.language)}")
            counted = text("reports.line", at.language, r["publisher_name"], r["grade"], r["objects"], r["conflict"], r["quarantined"])
            to.print(f"  {counted}\n  [dim]{r['ref']}  {minute(r['opened_at'])}[/dim]")
        _tell_rest(found.total, found.next, len(rows), at, to)

    at.tell({"reports": rows, "total": found.total, "next": found.next or None}, tell)


def _tell_rest(total: int, after: str, shown_: int, at: Desk, to: "Console") -> None:
    if after:
        to.print(f"[dim]{text('list.more', at.language, shown_, total, after)}[/dim]")


@command("conflicts", example="charlevoix conflicts report--6f1d")
@click.argument("id_", metavar="ID")
@click.option("--limit", type=click.IntRange(1, 1_000), default=50, show_default=True, help="At most so many objects.")
def conflicts(id_: str, limit: int) -> None:
    """Objects that are held in other words, side by side: of a report, or one object by its id. Nothing was overwritten."""
    from charlevoix.intake.report import ReportCase
    from charlevoix.intake.telling import clash_document, clashes
    from charlevoix.stix.identifier import Ref, is_id

    at = desk()
    if id_.startswith("report--") or "--" not in id_:
        case = _report_named(at, id_)
        state = at.node.state(at.who, ReportCase(), case)
        if isinstance(state, Refused):
            at.refuse(state)
        refs = list(state.value.conflicts)
    elif is_id(id_):
        refs = [Ref(id_)]
    else:
        raise Malformed("conflict.id", id_[:100], advice="conflict.name-one")
    found = {ref: clashes(at.node, at.who, ref) for ref in refs[:limit]}

    def tell(to: "Console") -> None:
        if not any(found.values()):
            to.print(text("conflict.none", at.language))
        for ref, some in found.items():
            _tell_clash(ref, some, at, to)
        if len(refs) > limit:
            to.print(text("conflict.more", at.language, len(refs) - limit))

    at.tell({"conflicts": [clash_document(ref, some) for ref, some in found.items()], "total": len(refs)}, tell)


def _report_named(at: Desk, name: str) -> "Ref":
    return case_named(at.node, at.who, "report", name)


# --- quarantine ----------------------------------------------------------------------------------------------------


@command("quarantine", example="charlevoix quarantine --retry 12")
@click.option("--retry", type=click.IntRange(1), default=None, metavar="ID", help="Take this item through the door again.")
@click.option("--dismiss", type=click.IntRange(1), default=None, metavar="ID", help="Put this item aside; its bytes stay as evidence.")
@click.option("--after", default="", help="The cursor that the page before ended with.")
@click.option("--limit", type=click.IntRange(1, 1_000), default=50, show_default=True)
def quarantine(retry: int | None, dismiss: int | None, after: str, limit: int) -> None:
    """What came and did not get in, and why: nothing is lost, and each item can be tried again."""
    at = desk()
    if retry is not None and dismiss is not None:
        raise Malformed("quarantine.one-of", advice="quarantine.choose")
    if retry is not None or dismiss is not None:
        _settle(at, retry or dismiss or 0, again=retry is not None)
        return
    from charlevoix.intake.telling import reasons_of
    from charlevoix.node import Query

    found = at.node.find(at.who, Query("quarantine", after=after, limit=limit))
    rows: list[dict[str, Any]] = [
        {**r.value, "reasons": [told(reason, at.language) for reason in reasons_of(r.value["reasons"])]} for r in found.rows
    ]

    def tell(to: "Console") -> None:
        if not rows:
            to.print(text("quarantine.none", at.language))
            return
        for r in rows:
            to.print(f"[bold]{r['id']}[/bold]  {minute(r['at'])}  {shown(' '.join(one['says'] for one in r['reasons']))}")
            to.print(f"  [dim]{shown(r['case'] or r['source'])}  SHA-256 {r['raw'][:16]}[/dim]")
        _tell_rest(found.total, found.next, len(rows), at, to)
        to.print(text("quarantine.next", at.language))

    at.tell({"quarantine": rows, "total": found.total, "next": found.next or None}, tell)


def _settle(at: Desk, held: int, again: bool) -> None:
    came = at.node.settle(at.who, held, again)
    if isinstance(came, Refused):
        at.refuse(came)
    reasons = [told(r, at.language) for r in came.reasons]
    document = {"id": held, "outcome": came.outcome, "reasons": reasons, "object": came.ref, "act": came.act.hex() if came.act else None}

    def tell(to: "Console") -> None:
        to.print(f"{held}  {text(f'outcome.{came.outcome}', at.language)}")
        for reason in came.reasons if came.outcome != "dismissed" else ():
            to.print(f"  {shown(at.say(reason))}")

    at.tell(document, tell)
    if came.outcome in ("quarantined", "refused"):
        sys.exit(HELD_BACK)
