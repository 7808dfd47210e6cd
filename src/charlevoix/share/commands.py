"""Commands of share: who gets what and why, pulling from partners, recalling, and the partners themselves."""

import sys
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
import msgspec

from charlevoix.desk import FAILED, REFUSED, Command, Desk, Listing, command, desk, shown, told
from charlevoix.docket import case_named, name_of
from charlevoix.errors import Malformed, Reason, Refused, Unknown
from charlevoix.languages.catalogue import Language, text

if TYPE_CHECKING:
    from rich.console import Console

    from charlevoix.acts.act import Digest, Place
    from charlevoix.safeguards.decision import Decision
    from charlevoix.share.table import Line, Recalled, Table
    from charlevoix.stix.identifier import Ref

INTRODUCTION_BYTES: Final = 256 * 2**10
STANDINGS: Final = ("member", "observer", "partner", "organisation", "platform")


# --- share -----------------------------------------------------------------------------------------------------------


@command("share", example="charlevoix share incident--6f1d --to 'Demo B' --explain")
@click.argument("id_", metavar="ID")
@click.option("--to", "names", multiple=True, help="Name or id of a partner; may be given several times. None: all of them.")
@click.option("--explain", is_flag=True, help="Show who would get what, and why; send nothing.")
@click.option("--yes", is_flag=True, help="Don't ask before something is offered.")
def share(id_: str, names: tuple[str, ...], explain: bool, yes: bool) -> None:
    """Who gets what of a case, object by object, with each reason and what would change it; and give it to who takes no part in the case.

    Participants of a case get what they may see by themselves. Whoever gets nothing is told why, which is on the ledger.
    """
    from charlevoix.share.table import peers, table

    at = desk()
    case = _case(at, id_)
    if not names and not explain:
        raise Malformed("share.to-whom", advice="share.name-partner")
    audiences = tuple(dict.fromkeys(at.audience(n) for n in names)) or peers(at.node, at.who)
    found = table(at.node, at.who, case, audiences)
    if explain:
        at.tell(_document(found, at), lambda to: _explain(found, at, to))
        return
    if not yes and not at.as_json:
        _ask(found, at)
    elif not yes:
        raise Malformed("share.say-yes", advice="share.say-yes-so")
    results = [_give(at, found, a.name) for a, _ in found.columns]
    at.tell({**_document(found, at), "given": results}, lambda to: _tell_given(results, at, to))
    if results and all(r["answer"] == "refused" for r in results):
        sys.exit(REFUSED)


def _case(at: Desk, id_: str) -> "Ref":
    kind = id_.partition("--")[0] if "--" in id_ else "incident"
    return case_named(at.node, at.who, kind, id_)


def _ask(found: "Table", at: Desk) -> None:
    from charlevoix.desk import console

    _explain(found, at, console())
    if any(found.visible(a.name) - found.given(a.name) for a, _ in found.columns):
        click.confirm(text("share.ask", at.language), abort=True)


def _give(at: Desk, found: "Table", to: "Ref") -> dict[str, Any]:
    """Offers what a partner may see and has not got; puts a no on the record."""
    from charlevoix.doors.admission import case_of_two
    from charlevoix.share import exchange

    name, due = next(n for a, n in found.columns if a.name == to), found.visible(to) - found.given(to)
    if not found.visible(to):
        audience = at.audience(to)
        entries = [r.entry for r in at.node.release(at.who, found.case, audience) if isinstance(r, Refused)]
        reasons = [_told(r, at) for r in found.obstacles(to)]
        return {"partner": name, "answer": "refused", "reasons": reasons, "entry": next(iter(entries), None)}
    if not due:
        return {"partner": name, "answer": "has it", "acts": len(found.given(to))}
    case = case_of_two("exchange", at.node.me, to)
    said = at.node.do(at.who, exchange.ExchangeCase(), case, exchange.offer, exchange.Offer(to, due, found.title))
    if isinstance(said, Refused):
        return {"partner": name, "answer": "refused", "reasons": [told(r, at.language) for r in said.reasons], "entry": said.entry}
    return {"partner": name, "answer": "offered", "acts": len(due), "act": said.value.digest.hex()}


def _tell_given(results: list[dict[str, Any]], at: Desk, to: "Console") -> None:
    for r in results:
        to.print(f"[bold]{shown(r['partner'])}[/bold]  {text('share.' + r['answer'].replace(' ', '-'), at.language, r.get('acts', 0))}")
        for reason in r.get("reasons", ()):
            to.print(f"  [red]no[/red]  {shown(reason['says'])}", highlight=False)
        if r.get("entry") is not None:
            to.print(f"  [dim]{text('desk.entry', at.language, r['entry'])}[/dim]")


def _document(found: "Table", at: Desk) -> dict[str, Any]:
    names = {a.name: n for a, n in found.columns}
    return {
        "case": found.case,
        "title": found.title,
        "partners": [{"name": n, "ref": a.name, "standing": a.standing, "suspended": a.suspended} for a, n in found.columns],
        "objects": [
            {
                "place": f"{line.place.act.hex()}:{line.place.index}",
                "ref": line.ref,
                "type": line.type,
                "label": line.label,
                "answers": {names[to]: _answer(d, at) for to, d in line.answers.items()},
            }
            for line in found.lines
        ],
        "fates": [
            {
                "act": f.act.hex(), "partner": names.get(f.to, f.to), "given_at": f.given_at, "received_at": f.received_at or None,
                "outcome": f.outcome or None, "seconds": f.seconds,
            }
            for f in found.fates.values()
            if f.act in found.acts
        ],
    }  # fmt: skip


def _answer(decision: "Decision", at: Desk) -> Mapping[str, object]:
    until = decision.until.isoformat() if decision.until else None
    return {
        "answer": decision.answer.value,
        "withheld": sorted(decision.withheld),
        "reasons": [_told(r, at) for r in decision.reasons],
        "until": until,
    }


def _told(reason: Reason, at: Desk) -> Mapping[str, object]:
    return {**told(reason, at.language), "says": _spoken(reason, at)}


def _spoken(reason: Reason, at: Desk) -> str:
    from charlevoix.share.table import spoken

    return spoken(reason, at.node.partners(at.who), at.language)


_COLOURS: Final = {"yes": "green", "redact": "yellow", "no": "red"}


def _explain(found: "Table", at: Desk, to: "Console") -> None:
    """The table, then each partner's reasons once, with what would change them."""
    from rich.table import Table as Grid

    grid = Grid(title=shown(found.title), title_justify="left", box=None, pad_edge=False)
    grid.add_column(text("share.object", at.language), overflow="fold")
    for _, name in found.columns:
        grid.add_column(shown(name))
    for line in found.lines:
        grid.add_row(shown(f"{line.type}  {line.label}"), *(_cell(line, a.name, at.language) for a, _ in found.columns))
    to.print(grid)
    for audience, name in found.columns:
        to.print(f"\n[bold]{shown(name)}[/bold]")
        for reason, answer in _reasons(found, audience.name):
            to.print(f"  [{_COLOURS[answer]}]{text('answer.' + answer, at.language)}[/]  {shown(_spoken(reason, at))}", highlight=False)


def _cell(line: "Line", to: "Ref", language: Language) -> str:
    decision = line.answers[to]
    word = text("answer." + decision.answer.value, language)
    return f"[{_COLOURS[decision.answer.value]}]{word}[/]" + (f" -{len(decision.withheld)}" if decision.withheld else "")


def _reasons(found: "Table", to: "Ref") -> list[tuple[Reason, str]]:
    told = dict.fromkeys((r, line.answers[to].answer.value) for line in found.lines for r in line.answers[to].reasons)
    return list(told)


# --- sync ------------------------------------------------------------------------------------------------------------


@command("sync", example="charlevoix sync 'Demo B'")
@click.argument("names", nargs=-1, metavar="[NAME]...")
def sync(names: tuple[str, ...]) -> None:
    """Pull what partners added for us, let it in, answer with a signed receipt, and answer what they recalled."""
    from charlevoix.share import jobs

    at = desk()
    roster = at.node.partners(at.who)
    partners = [at.audience(n).name for n in names] or [o.ref for o in jobs.addressed(roster)]
    pulls = [_pull(at, ref, name_of(roster, ref)) for ref in partners]
    at.tell({"pulls": [jobs.document(p) for p in pulls]}, lambda to: _tell_pulls(pulls, at, to))
    if any(p.failure for p in pulls):
        sys.exit(FAILED)


def _pull(at: Desk, ref: "Ref", name: str) -> Any:
    from charlevoix.share import jobs

    if at.as_json or not sys.stderr.isatty():
        return jobs.sync(at.station, ref)
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TextColumn("{task.completed}"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(name, total=None)
        return jobs.sync(at.station, ref, told=lambda n: bar.advance(task, n))


def _tell_pulls(pulls: list[Any], at: Desk, to: "Console") -> None:
    if not pulls:
        to.print(text("sync.nobody", at.language))
    for p in pulls:
        counts = ", ".join(f"{n} {text('outcome.' + word, at.language)}" for word, n in sorted(p.outcomes.items()))
        to.print(f"[bold]{shown(p.name)}[/bold]  {counts or text('sync.nothing-new', at.language)}")
        if p.receipts or p.recalls:
            to.print(f"  {text('sync.answered', at.language, p.receipts, p.recalls)}")
        for n in p.notable:
            to.print(f"  {text('outcome.' + n.outcome, at.language)}  {shown(at.say(n.reason)) if n.reason else ''}", highlight=False)
        if p.failure:
            to.print(f"  [red]{shown(at.say(p.failure))}[/red]", highlight=False)


# --- recall ----------------------------------------------------------------------------------------------------------


@command("recall", example="charlevoix recall --object domain-name--9a3b... --intent withdraw --reason 'Not part of it'")
@click.option("--list", "listing", is_flag=True, help="Every recall, and what came of it.")
@click.option("--place", "places", multiple=True, metavar="ACT:IDX", help="A place: an act of ours and the number of the object in it.")
@click.option("--object", "refs", multiple=True, metavar="ID", help="Every place where we said this object.")
@click.option("--from", "names", multiple=True, help="A partner. None: every partner who was given it.")
@click.option("--intent", type=click.Choice(["correct", "withdraw", "remark"]), default="withdraw", show_default=True)
@click.option("--reason", default="", help="Why, for the partner.")
def recall(listing: bool, places: tuple[str, ...], refs: tuple[str, ...], names: tuple[str, ...], intent: str, reason: str) -> None:
    """Take back what partners were given. Each answers with a signed confirmation; until then it shows as silent since the recall."""
    at = desk()
    if listing:
        _list_recalls(at)
        return
    wanted = _places(at, places, refs)
    roster = at.node.partners(at.who)
    chosen = [at.audience(n).name for n in names]
    whom = {p: sorted(_given(at, p.act) & set(chosen) if chosen else _given(at, p.act)) for p in wanted}
    by_partner = {r: tuple(p for p in wanted if r in whom[p]) for r in sorted({r for some in whom.values() for r in some})}
    if not by_partner:
        raise Unknown("recall.nobody", advice="recall.see-who")
    results = [_recall(at, r, some, intent, reason, name_of(roster, r)) for r, some in by_partner.items()]

    def words(to: "Console") -> None:
        for r in results:
            to.print(f"[bold]{shown(r['partner'])}[/bold]  {text('recall.said', at.language, len(r['places']), intent)}")

    at.tell({"recalls": results}, words)


def _recall(at: Desk, partner: "Ref", places: "tuple[Place, ...]", intent: str, reason: str, name: str) -> dict[str, Any]:
    from charlevoix.doors.admission import case_of_two
    from charlevoix.share import exchange

    form = exchange.RecallForm(partner, places, intent, reason)
    said = at.node.do(at.who, exchange.ExchangeCase(), case_of_two("exchange", at.node.me, partner), exchange.recall, form)
    if isinstance(said, Refused):
        at.refuse(said)
    return {"partner": name, "act": said.value.digest.hex(), "intent": intent, "places": [exchange.write_place(p) for p in places]}


def _places(at: Desk, texts: tuple[str, ...], refs: tuple[str, ...]) -> "list[Place]":
    """Places of ours, as named or found. Raises Malformed for a text that names none, Unknown where an object is none that we said."""
    from charlevoix.share import exchange

    found = []
    for t in texts:
        place = exchange.read_place(t)
        if place is None:
            raise Malformed("recall.place", t[:100])
        found.append(place)
    for ref in refs:
        here = _said_at(at, ref)
        if not here:
            raise Unknown("recall.not-ours", ref[:100])
        found += here
    if not found:
        raise Malformed("recall.what", advice="recall.choose")
    return list(dict.fromkeys(found))


def _said_at(at: Desk, ref: str) -> "list[Place]":
    from charlevoix.acts.act import Digest, Place
    from charlevoix.docket import said_in
    from charlevoix.node import Query
    from charlevoix.stix.identifier import Ref

    rows = [r.value for r in at.node.find(at.who, Query("place", (("ref", "=", ref),), limit=1_000)).rows]
    ours = {s.act for case in {str(r["case"]) for r in rows} for s in said_in(at.node, at.who, Ref(case)) if s.author == at.node.me}
    places = [Place(Digest(bytes.fromhex(str(r["act"]))), int(r["place"] or 0)) for r in rows if not str(r["kind"]).startswith("report.")]
    return [p for p in places if p.act in ours]


def _given(at: Desk, act: "Digest") -> "set[Ref]":
    """Whom an act of ours went to."""
    from charlevoix.node import Query
    from charlevoix.stix.identifier import Ref

    cases = {str(r.value["case"]) for r in at.node.find(at.who, Query("place", (("act", "=", act.hex()),), limit=1)).rows}
    rows = [r.value for case in cases for r in at.node.find(at.who, Query("act", (("case", "=", case),), limit=1_000)).rows]
    return {Ref(a) for r in rows if r["act"] == act.hex() and r["author"] == at.node.me for a in str(r["audiences"]).split()}


def _list_recalls(at: Desk) -> None:
    from charlevoix.share.table import recalls

    found, roster = recalls(at.node, at.who), at.node.partners(at.who)

    def words(to: "Console") -> None:
        if not found:
            to.print(text("recall.none", at.language))
        for r in found:
            key = "recall.ours" if r.ours else "recall.theirs"
            to.print(
                f"[bold]{shown(text(key, at.language, name_of(roster, r.partner)))}[/bold]  "
                f"{shown(text('intent.' + r.intent, at.language))}: {shown(r.reason)}"
            )
            state = text("recall.answered-at", at.language, r.answered_at) if r.answered_at else text("recall.silent", at.language, r.at)
            to.print(f"  {state}; {shown(', '.join(_fates(r, at.language)))}")

    at.tell({"recalls": [_recalled(r, name_of(roster, r.partner)) for r in found]}, words)


def _fates(r: "Recalled", language: Language) -> list[str]:
    counts: dict[str, int] = {}
    for _, outcome, _ in r.outcomes:
        counts[outcome] = counts.get(outcome, 0) + 1
    return [f"{n} {text('outcome.' + word, language)}" for word, n in counts.items()] or [text("recall.places", language, len(r.places))]


def _recalled(r: "Recalled", name: str) -> Mapping[str, object]:
    from charlevoix.share.exchange import write_place

    return {
        "act": r.act.hex(),
        "partner": name,
        "ours": r.ours,
        "intent": r.intent,
        "reason": r.reason,
        "places": [write_place(p) for p in r.places],
        "recalled_at": r.at,
        "confirmed_at": r.answered_at or None,
        "silent_since": None if r.answered_at else r.at,
        "outcomes": [{"place": write_place(p), "outcome": o, "rule": rule} for p, o, rule in r.outcomes],
    }


# --- partners --------------------------------------------------------------------------------------------------------


@click.group("partners", cls=Listing, epilog="Example:  charlevoix partners --json")
def partners() -> None:
    """Who we exchange with: their standing and keys, when they were last heard, and what went wrong."""


def _command(name: str, example: str) -> Callable[[Callable[..., Any]], Command]:
    def declare(function: Callable[..., Any]) -> Command:
        made = command(name, example=f"charlevoix partners {example}")(function)
        partners.add_command(made)
        return made

    return declare


@_command("list", "list --json")
def list_() -> None:
    """All partners."""
    from charlevoix.node import Query

    at = desk()
    rows = [r.value for r in at.node.find(at.who, Query("partner", limit=1_000)).rows]

    def words(to: "Console") -> None:
        for r in rows:
            own = "own" if r["own"] else "suspended" if r["suspended"] else str(r["standing"])
            heard = (
                text("partners.heard", at.language, r["heard_at"])
                if r["heard_at"]
                else ""
                if r["own"]
                else text("partners.unheard", at.language)
            )
            to.print(f"[bold]{shown(r['name'])}[/bold]  {text('standing.' + own, at.language)}  {shown(r['url'])}  {heard}")
            if r["failure"]:
                to.print(f"  [red]{shown(r['failure'])}[/red]", highlight=False)

    at.tell({"partners": [{**r, "own": bool(r["own"]), "suspended": bool(r["suspended"])} for r in rows]}, words)


@_command("card", "card > demo-a.json")
def card() -> None:
    """Print our card and root key as JSON, to hand to a partner by a way that nobody else controls."""
    import json

    at = desk()
    own = at.station.counter.introduction()
    document = {
        "name": at.settings.name,
        "identity": at.settings.identity,
        "card": own.card,
        "root": own.root,
        "fingerprint": fingerprint(own.root),
    }
    at.tell(document, lambda to: click.echo(json.dumps(document, ensure_ascii=False, indent=1)))


@_command("add", "add demo-b.json --standing observer")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--standing", type=click.Choice(STANDINGS), required=True)
@click.option("--agreed", multiple=True, help="A purpose agreed with this partner; may be given several times.")
def add(file: Path, standing: str, agreed: tuple[str, ...]) -> None:
    """Take a partner into the roster, from the file that `charlevoix partners card` printed there. Compare the fingerprint by telephone."""
    from charlevoix.share import peer

    said = _read(file)
    _say(peer.add, peer.Introduction(said.card, said.root, standing, frozenset(agreed)), "partners.added", fingerprint(said.root))


@_command("renew", "renew demo-b.json")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def renew(file: Path) -> None:
    """Take a partner's newer card, after a change of keys; its root key, which we know, has to have signed it."""
    from charlevoix.share import peer

    _say(peer.renew, _read(file).card, "partners.renewed")


@_command("suspend", "suspend 'Demo B'")
@click.argument("name")
def suspend(name: str) -> None:
    """Give a partner nothing more, from this moment."""
    from charlevoix.share import peer

    _say(peer.suspend, desk().audience(name).name, "partners.suspended")


@_command("restore", "restore 'Demo B'")
@click.argument("name")
def restore(name: str) -> None:
    """End a suspension."""
    from charlevoix.share import peer

    _say(peer.restore, desk().audience(name).name, "partners.restored")


@_command("token", "token 'Demo B'")
@click.argument("name")
@click.option("--revoke", is_flag=True, help="Take the token back; make no other.")
def token(name: str, revoke: bool) -> None:
    """Make a token with which a partner's plain STIX client reads its collection. It is shown once; the one before no longer works."""
    import secrets

    from charlevoix.share import taxii

    at = desk()
    if "administrator" not in at.who.roles:
        at.refuse(Refused((Reason("authority.role", ("partners.token", "administrator"), "authority.ask-role"),)))
    peer = at.audience(name).name
    new = "" if revoke else secrets.token_urlsafe(32)
    at.station.counter.set_token(peer, sha256(new.encode()).digest() if new else None)
    id_ = taxii.collection_id(at.node.me, peer, taxii.PLAIN)
    address = f"{at.settings.url.rstrip('/')}{taxii.ROOT}collections/{id_}/"
    document = {
        "partner": name,
        "token": new or None,
        "discovery": at.settings.url.rstrip("/") + taxii.DISCOVERY,
        "collection": id_,
        "address": address,
    }
    key = "partners.token-revoked" if revoke else "partners.token-made"
    at.tell(document, lambda to: to.print(shown(text(key, at.language, name, new, address)), highlight=False))


class _Introduced(msgspec.Struct):
    card: str
    root: str = ""


def _read(file: Path) -> _Introduced:
    with file.open("rb") as stream:
        raw = stream.read(INTRODUCTION_BYTES + 1)
    try:
        return msgspec.json.decode(raw if len(raw) <= INTRODUCTION_BYTES else b"", type=_Introduced)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise Malformed("partners.file", file.name, advice="partners.ask-card") from None


def _say(verb: Any, form: Any, key: str, more: str = "") -> None:
    from charlevoix.doors.admission import case_of_one
    from charlevoix.share.peer import RosterCase

    at = desk()
    said = at.node.do(at.who, RosterCase(), case_of_one("roster", at.node.me), verb, form)
    if isinstance(said, Refused):
        at.refuse(said)
    ref, name = _about(at, said.value.digest)
    document = {"partner": name, "ref": ref, "act": said.value.digest.hex(), **({"fingerprint": more} if more else {})}
    at.tell(document, lambda to: to.print(shown(text(key, at.language, name, more))))


def _about(at: Desk, act: "Digest") -> tuple[str, str]:
    from charlevoix.node import Query

    rows = [r.value for r in at.node.find(at.who, Query("partner", limit=1_000)).rows]
    places = at.node.find(at.who, Query("place", (("act", "=", act.hex()),), limit=1)).rows
    ref = str(places[0].value["ref"]) if places else ""
    return ref, next((str(r["name"]) for r in rows if r["ref"] == ref), ref)


def fingerprint(root: str) -> str:
    """A root key as people compare it: the first 20 bytes of its SHA-256, in groups of four hexadecimal digits."""
    from charlevoix.share.peer import read_root

    digits = sha256(read_root(root)).hexdigest()[:40]
    return " ".join(digits[i : i + 4] for i in range(0, 40, 4))
