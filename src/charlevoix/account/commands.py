"""Commands of account: write for the public, review it, publish it, correct it, take it back; the log's public key."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from charlevoix.account import saying
from charlevoix.account.publication import REVIEWS, Publication, PublicationCase
from charlevoix.acts.act import Digest
from charlevoix.desk import Command, Desk, Listing, desk
from charlevoix.docket import Declared, act_named, basis, case_named, settle, tell_list
from charlevoix.errors import Answer, Refused
from charlevoix.languages.catalogue import text
from charlevoix.stix.identifier import Ref

if TYPE_CHECKING:
    from rich.console import Console

CASE = PublicationCase()
_STRONGEST: Mapping[str, tuple[str, ...]] = {
    "incident": ("incident.nexus-passed",),
    "attribution": ("attribution.found", "attribution.not-found", "attribution.position"),
    "measure": ("measure.done", "measure.decide", "measure.refuse"),
    "text": ("text.adopt",),
}
"""By kind of case, the acts that a publication may rest on, the strongest first."""

DAY = click.DateTime(["%Y-%m-%d"])


@click.group("account", cls=Listing, epilog="Example:  charlevoix account list --json")
def account() -> None:
    """Accounting to the public: what was found and done, on what it rests, who said otherwise, and figures that anybody can recount."""


def _command(name: str, example: str) -> Declared:
    return account.command(name, cls=Command, example=f"charlevoix account {example}")


def _publication(at: Desk, name: str) -> tuple[Ref, Publication]:
    ref = case_named(at.node, at.who, "publication", name)
    given = at.node.state(at.who, CASE, ref)
    if isinstance(given, Refused):
        at.refuse(given)
    return ref, given.value


def _rested(at: Desk, name: str) -> Digest:
    kind = name.partition("--")[0]
    if kind in _STRONGEST and "#" not in name:
        return basis(at.node, at.who, case_named(at.node, at.who, kind, name), *_STRONGEST[kind]).said.act
    return act_named(at.node, at.who, name).act


@_command("key", "key > log.vkey")
def key() -> None:
    """Print the public key of this node's log: give it to whoever wants to check the account, by another way than the account."""
    from charlevoix.doors.publication import signer

    at = desk()
    vkey = str(signer(at.station.orders).key)
    at.tell({"vkey": vkey}, lambda to: to.print(vkey, soft_wrap=True))


@_command("list", "list --phase open")
@click.option("--phase", default="", help="open, published, correcting, withdrawn")
def list_(phase: str) -> None:
    """All publications, the newest change first."""
    tell_list(desk(), "publication", phase, ("title", "phase", "reviews", "corrections", "since", "to"), "publication.empty")


@_command(
    "open",
    "open --rests incident--6f1d --title-en 'Look-alike news sites' --title-fr 'Faux sites de presse' --text-en '...' --text-fr '...' "
    "--dissent-en 'Nobody disagrees.' --dissent-fr 'Personne ne le conteste.'",
)
@click.option("--rests", multiple=True, required=True, help="What it rests on: CASE, CASE#KIND, or the digest of an act.")
@click.option("--title-en", required=True)
@click.option("--title-fr", required=True)
@click.option("--text-en", "english", multiple=True, required=True, help="A paragraph; may be given several times.")
@click.option("--text-fr", "french", multiple=True, required=True, help="The same paragraph in French, in the same order.")
@click.option("--dissent-en", required=True, help="What others say otherwise; that nobody does, if so.")
@click.option("--dissent-fr", required=True)
@click.option("--since", type=DAY, default=None, help="First day of the period it covers.")
@click.option("--to", type=DAY, default=None, help="Last day of the period it covers.")
def open_(
    rests: tuple[str, ...], title_en: str, title_fr: str, english: tuple[str, ...], french: tuple[str, ...], dissent_en: str,
    dissent_fr: str, since: date | None, to: date | None,
) -> None:  # fmt: skip
    """Write something for the public, in both languages. It is published once it was reviewed, and by another person."""
    at = desk()
    longest = max(len(english), len(french))
    both = [(*english, *[""] * longest)[:longest], (*french, *[""] * longest)[:longest]]
    form = saying.OpeningForm(
        titles={"en": title_en, "fr": title_fr},
        paragraphs=tuple({"en": en, "fr": fr} for en, fr in zip(*both, strict=True)),
        dissents={"en": dissent_en, "fr": dissent_fr},
        rests=frozenset(_rested(at, name) for name in rests),
        since=_day(since),
        to=_day(to),
    )
    settle(at, at.node.do(at.who, CASE, None, saying.open_publication, form), "publication.opened", title_en)


def _day(when: date | None) -> date | None:
    return date(when.year, when.month, when.day) if when else None


@_command("review", "review publication--77d0 --kind legal --passed --test 'Is there a basis in law?' --reasons '...'")
@click.argument("id_", metavar="ID")
@click.option("--kind", "sort", type=click.Choice(REVIEWS), required=True)
@click.option("--passed/--failed", "passed", required=True)
@click.option("--test", required=True, help="The question that was asked.")
@click.option("--reasons", required=True, help="Stay inside.")
def review(id_: str, sort: str, passed: bool, test: str, reasons: str) -> None:
    """Review a publication, as somebody who did not write it, in the role that belongs to it."""
    at = desk()
    ref, _ = _publication(at, id_)
    outcome = at.node.do(at.who, CASE, ref, saying.review, saying.ReviewForm(sort, passed, test, reasons))
    settle(at, outcome, "publication.reviewed", sort)


@_command("publish", "publish ./account --case publication--77d0 --reasons 'Reviewed, and due.'")
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path))
@click.option("--case", "id_", default="", help="A publication that waits to be published, as another person than who wrote it.")
@click.option("--reasons", default="", help="Why it is published; public.")
def publish(directory: Path, id_: str, reasons: str) -> None:
    """Publish the account of this node into a directory: all that is published, and figures that recount from the log."""
    from charlevoix.account.directory import demand, put
    from charlevoix.account.press import StaticPress

    at = desk()
    demand(directory)
    ref = _let_out(at, id_, reasons) if id_ else None
    files = at.node.publish(at.who, StaticPress(), ref)
    if isinstance(files, Refused):
        at.refuse(files)
    put(directory, files)
    size, root = files["checkpoint"].decode().split("\n")[1:3]
    document = {"directory": str(directory), "files": len(files), "size": int(size), "root": root, "case": ref}
    check = f"charlevoix verify {directory} --key log.vkey"
    at.tell(document, lambda to: to.print(f"{text('publication.put', at.language, len(files), directory, size)}\n[dim]{check}[/dim]"))


def _let_out(at: Desk, name: str, reasons: str) -> Ref:
    """The second person's word, unless it was given; but not where a rule keeps the text from the public whatever anybody says."""
    ref, state = _publication(at, name)
    if state.phase in ("open", "correcting"):
        kept = at.node.explain(at.who, ref, [at.audience("public")])
        said = {state.text.act} if state.text else set()
        bad = [r for (place, _), d in kept.items() if place.act in said and d.answer is Answer.NO for r in d.reasons]
        if other := tuple(dict.fromkeys(r for r in bad if r.rule != "reviews.missing")):  # of these the verb tells more
            at.refuse(Refused(other))
        outcome = at.node.do(at.who, CASE, ref, saying.publish, reasons)
        if isinstance(outcome, Refused):
            at.refuse(outcome)
    return ref


@_command("correct", "correct publication--77d0 --en 'There were 12 sites, not 21.' --fr 'Il y avait 12 sites, et non 21.'")
@click.argument("id_", metavar="ID")
@click.option("--en", required=True, help="What was wrong, and what is right.")
@click.option("--fr", required=True)
def correct(id_: str, en: str, fr: str) -> None:
    """Correct what was published; another person then publishes the correction."""
    at = desk()
    ref, _ = _publication(at, id_)
    settle(at, at.node.do(at.who, CASE, ref, saying.correct, saying.Correcting({"en": en, "fr": fr})), "publication.corrected")


@_command("withdraw", "withdraw publication--77d0 --en 'It was wrong: ...' --fr '...'")
@click.argument("id_", metavar="ID")
@click.option("--en", required=True, help="Why; public if it was published.")
@click.option("--fr", required=True)
def withdraw(id_: str, en: str, fr: str) -> None:
    """Take a publication back: its title, that it is withdrawn, and why stay public."""
    at = desk()
    ref, _ = _publication(at, id_)
    settle(at, at.node.do(at.who, CASE, ref, saying.withdraw, saying.Correcting({"en": en, "fr": fr})), "publication.taken-back")


@_command("show", "show publication--77d0")
@click.argument("id_", metavar="ID")
def show(id_: str) -> None:
    """A publication: text, reviews, corrections, and what still stands in its way."""
    at = desk()
    ref, state = _publication(at, id_)
    document = {
        "case": ref,
        "phase": state.phase,
        "titles": dict(state.text.titles) if state.text else None,
        "paragraphs": [dict(p) for p in state.text.paragraphs] if state.text else [],
        "dissents": dict(state.text.dissents) if state.text else None,
        "reviews": [{"kind": r.sort, "passed": r.passed, "act": r.act.hex()} for r in state.reviews],
        "corrections": [{**c.words, "published": c.published} for c in state.corrections],
        "withdrawn": dict(state.withdrawn) if state.withdrawn else None,
        "rests": sorted(d.hex() for d in state.rests),
    }

    def words(to: "Console") -> None:
        to.print(f"[bold]{state.title}[/bold]  {text(f'publication.phase.{state.phase}', at.language)}")
        for paragraph in state.text.paragraphs if state.text else ():
            to.print(paragraph.get(at.language, ""))
        for sort in REVIEWS:
            how = "passed" if sort in state.passed else "failed" if sort in state.failed else "missing"
            to.print(f"{text(f'review.{sort}', at.language)}: {text(f'publication.review.{how}', at.language)}")

    at.tell(document, words)
