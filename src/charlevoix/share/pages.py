"""Pages of share: who gets what of a case and what became of it, recalls, and the partners."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from charlevoix.acts.act import Place
from charlevoix.docket import name_of
from charlevoix.doors.admission import case_of_one, case_of_two
from charlevoix.errors import Answer, Malformed, Reason, Refused, Unknown
from charlevoix.languages.catalogue import Language, text
from charlevoix.node import Node, Query
from charlevoix.page import UNMARKED, Banner, Cell, Column, Link, Page, PageRequest, Redirect, Response, Tag, export
from charlevoix.partners.roster import Roster
from charlevoix.safeguards.grounds import Actor
from charlevoix.share import exchange, peer
from charlevoix.share.exchange import INTENTS, ExchangeCase
from charlevoix.share.peer import RosterCase
from charlevoix.share.table import Fate, Recalled, Table, named, peers, recalls, table
from charlevoix.stix.identifier import Ref

ROWS = 50
"""Objects of a case on one page."""

COLOURS: Mapping[str, str] = {
    "accepted": "green",
    "known": "green",
    "repaired": "yellow",
    "withdrawn": "green",
    "noted": "blue",
    "kept": "orange",
}

SENT = ("share.partner", "share.given", "share.received", "share.outcome", "share.time-to-partner")
RECALLS = ("recall.who", "recall.to", "recall.why", "recall.count", "recall.since", "recall.state", "recall.answered-column")
NUMBERS = frozenset({"share.time-to-partner", "recall.count"})

Asked = PageRequest[Node]


# --- the share table -------------------------------------------------------------------------------------------------


def share(asked: Asked) -> Response:
    """Rows objects, columns partners; below it what was sent, and what came of it."""
    return _share(asked, ())


def _share(asked: Asked, obstacles: tuple[Reason, ...]) -> Response:
    node, who, case = asked.node, _somebody(asked), Ref(asked.parts["ref"])
    found, roster = table(node, who, case, peers(node, who)), node.partners(who)
    columns, rows = _answers(asked, found, roster)
    if asked.query.one("as"):
        return export(asked.query.one("as"), f"share-{case}", columns, rows, found.banner)
    start = int(asked.query.one("after")) if asked.query.one("after").isdigit() else 0
    mine = [r for r in recalls(node, who) if any(p.act in found.acts for p in r.places)]
    context = {
        "case": case,
        "title": found.title,
        "columns": columns,
        "rows": rows[start : start + ROWS],
        "total": len(rows),
        "next": str(start + ROWS) if start + ROWS < len(rows) else "",
        "due": [(a.name, name, len(found.visible(a.name) - found.given(a.name))) for a, name in found.columns],
        "standing": [_standing(found, a.name, name) for a, name in found.columns],
        "sent": _sent(asked, found),
        "sent_columns": _columns(SENT, asked.language),
        "recalls": _recalls(asked, mine, roster),
        "recall_columns": _columns(RECALLS, asked.language),
        "obstacles": obstacles,
    }
    return Page("share/share.html", context, found.banner, (_case_link(case, found.title),), status=422 if obstacles else 200)


def _answers(asked: Asked, found: Table, roster: Roster) -> tuple[list[Column], list[list[Cell]]]:
    language = asked.language
    columns = [Column("object", text("share.object", language)), Column("type", text("share.type", language))]
    columns += [Column(name, name) for _, name in found.columns]
    columns.append(Column("recall", text("share.recall", language)))
    rows: list[list[Cell]] = []
    for line in found.lines:
        decided: list[Cell] = [named(line.answers[a.name], roster) for a, _ in found.columns]
        given = any(line.place.act in found.given(a.name) and line.answers[a.name].answer is not Answer.NO for a, _ in found.columns)
        place = exchange.write_place(line.place)
        link = Link(text("share.recall-this", language, line.label), f"/share/{found.case}/recall?place={place}") if given else None
        rows.append([line.label, line.type, *decided, link])
    return columns, rows


def _standing(found: Table, to: Ref, name: str) -> tuple[str, str]:
    """A partner, and in one word what it has of this case."""
    if not found.visible(to):
        return name, "refused"
    return name, "due" if found.visible(to) - found.given(to) else "has-it"


def _sent(asked: Asked, found: Table) -> list[tuple[Cell, ...]]:
    """Per act and partner: given, received, outcome, time to partner."""
    names = {a.name: name for a, name in found.columns}
    rows = [f for f in found.fates.values() if f.act in found.acts]
    return [_fate(f, names.get(f.to, f.to), asked.language) for f in sorted(rows, key=lambda f: (f.given_at, f.to))]


def _fate(fate: Fate, name: str, language: Language) -> tuple[Cell, ...]:
    outcome = Tag(text("outcome." + fate.outcome, language), COLOURS.get(fate.outcome, "red")) if fate.outcome else None
    waits = Tag(text("share.no-receipt", language), "yellow")
    return (name, _moment(fate.given_at), _moment(fate.received_at) or waits, outcome, duration(fate.seconds))


def offer(asked: Asked) -> Response:
    """Offers a case to the ticked partners: each gets what it may see and has not got."""
    node, who, case = asked.node, _somebody(asked), Ref(asked.parts["ref"])
    wanted = set(asked.form.all("to"))
    audiences = [a for a in peers(node, who) if a.name in wanted]
    found = table(node, who, case, audiences)
    obstacles = [] if audiences else [Reason("share.to-whom", (), "share.tick-partner")]
    for audience in audiences:
        due = found.visible(audience.name) - found.given(audience.name)
        if not due:
            continue
        form = exchange.Offer(audience.name, due, found.title)
        said = node.do(who, ExchangeCase(), case_of_two("exchange", node.me, audience.name), exchange.offer, form)
        obstacles += said.reasons if isinstance(said, Refused) else ()
    return _share(asked, tuple(obstacles)) if obstacles else Redirect(f"/share/{case}")


# --- recalling -------------------------------------------------------------------------------------------------------


def ask_recall(asked: Asked) -> Response:
    """What a recall will do, in words, before anybody says it."""
    return _ask_recall(asked, asked.query.one("place"), {})


def _ask_recall(asked: Asked, written: str, errors: Mapping[str, str]) -> Response:
    node, who, case = asked.node, _somebody(asked), Ref(asked.parts["ref"])
    found = table(node, who, case, peers(node, who))
    line = next((one for one in found.lines if exchange.write_place(one.place) == written), None)
    if line is None:
        raise Malformed("recall.place", written[:100])
    whom = [(a.name, name) for a, name in found.columns if line.place.act in found.given(a.name)]
    context = {
        "case": case,
        "line": line,
        "place": written,
        "whom": whom,
        "intents": [(i, text("intent." + i, asked.language), text("recall.does-" + i, asked.language)) for i in INTENTS],
        "typed": asked.form,
        "errors": errors,
    }
    crumbs = (_case_link(case, found.title), Link(text("share.title", asked.language), f"/share/{case}"))
    return Page("share/recall.html", context, found.banner, crumbs, status=422 if errors else 200)


def recall(asked: Asked) -> Response:
    node, who, case = asked.node, _somebody(asked), Ref(asked.parts["ref"])
    place, whom = exchange.read_place(asked.form.one("place")), [Ref(r) for r in asked.form.all("from")]
    if place is None or not _in_case(node, who, case, place):
        raise Malformed("recall.place", asked.form.one("place")[:100])
    if not whom:
        return _ask_recall(asked, asked.form.one("place"), {"from": text("recall.from-whom", asked.language)})
    if not asked.form.one("reason"):
        return _ask_recall(asked, asked.form.one("place"), {"reason": text("recall.reason", asked.language)})
    for partner in whom:
        form = exchange.RecallForm(partner, (place,), asked.form.one("intent"), asked.form.one("reason"))
        node.audience(who, partner)  # raises Unknown for who is not in the roster
        said = node.do(who, ExchangeCase(), case_of_two("exchange", node.me, partner), exchange.recall, form)
        if isinstance(said, Refused):
            return _share(asked, said.reasons)
    return Redirect(f"/share/{case}")


def _in_case(node: Node, who: Actor, case: Ref, place: Place) -> bool:
    rows = node.find(who, Query("place", (("act", "=", place.act.hex()),), limit=1_000)).rows
    return any(r.value["case"] == case and r.value["place"] == place.index for r in rows)


def _recalls(asked: Asked, some: Iterable[Recalled], roster: Roster) -> list[tuple[Cell, ...]]:
    language = asked.language
    rows: list[tuple[Cell, ...]] = []
    for r in some:
        state = Tag(text("recall.silence", language), "orange") if not r.answered_at else Tag(_outcomes(r, language), "green")
        who = text("recall.ours" if r.ours else "recall.theirs", language, name_of(roster, r.partner))
        rows.append((who, text("intent." + r.intent, language), r.reason, len(r.places), _moment(r.at), state, _moment(r.answered_at)))
    return rows


def _outcomes(r: Recalled, language: Language) -> str:
    return ", ".join(dict.fromkeys(text("outcome." + word, language) for _, word, _ in r.outcomes)) or "-"


# --- partners --------------------------------------------------------------------------------------------------------


def partners(asked: Asked) -> Response:
    """Whom we exchange with, when each was last heard, and every recall."""
    return _partners(asked, ())


def _partners(asked: Asked, obstacles: tuple[Reason, ...]) -> Response:
    node, who, language = asked.node, _somebody(asked), asked.language
    roster = node.partners(who)
    found = [r.value for r in node.find(who, Query("partner", limit=1_000)).rows]
    keys = ("name", "standing", "address", "heard", "trouble")
    columns = [Column(key, text("partners.column-" + key, language)) for key in keys]
    rows: list[tuple[Cell, ...]] = [
        (
            str(r["name"]),
            Tag(text("standing.suspended", language), "red")
            if r["suspended"]
            else text("standing." + ("own" if r["own"] else str(r["standing"])), language),
            str(r["url"] or ""),
            _moment(str(r["heard_at"] or "")),
            str(r["failure"] or ""),
        )
        for r in found
    ]
    if asked.query.one("as"):
        return export(asked.query.one("as"), "partners", columns, rows, UNMARKED)
    found_recalls = recalls(node, who)
    banner = Banner("amber") if found_recalls else UNMARKED  # as the acts of every exchange are marked
    context = {
        "columns": columns,
        "rows": rows,
        "others": [(str(r["ref"]), str(r["name"]), bool(r["suspended"])) for r in found if not r["own"]],
        "may_change": "administrator" in who.roles,
        "recalls": _recalls(asked, found_recalls, roster),
        "recall_columns": _columns(RECALLS, asked.language),
        "obstacles": obstacles,
    }
    return Page("share/partners.html", context, banner, status=422 if obstacles else 200)


def suspend(asked: Asked) -> Response:
    return _change(asked, peer.suspend)


def restore(asked: Asked) -> Response:
    return _change(asked, peer.restore)


def _change(asked: Asked, verb: object) -> Response:
    node, who = asked.node, _somebody(asked)
    ref = Ref(asked.parts["ref"])
    said = node.do(who, RosterCase(), case_of_one("roster", node.me), verb, ref)  # type: ignore[arg-type]  # either of two verbs
    return _partners(asked, said.reasons) if isinstance(said, Refused) else Redirect("/partners")


# --- small things ----------------------------------------------------------------------------------------------------


def _columns(keys: Iterable[str], language: Language) -> list[Column]:
    return [Column(key, text(key, language), number=key in NUMBERS) for key in keys]


def _somebody(asked: Asked) -> Actor:
    if asked.who is None:
        raise Unknown("person.unknown", "-")
    return asked.who


def _case_link(case: Ref, title: str) -> Link:
    kind = case.partition("--")[0]
    return Link(title, f"/{kind}s/{case}")


def _moment(written: str) -> datetime | None:
    return datetime.fromisoformat(written) if written else None


def duration(seconds: int | None) -> str | None:
    """As people say it: `3 s`, `12 min`, `5 h`, `2 d`."""
    if seconds is None:
        return None
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
