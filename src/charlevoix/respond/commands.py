"""Commands of response: measures with their reviews and decisions, and joint texts paragraph by paragraph."""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

import click

from charlevoix.desk import Command, Desk, Listing, desk, shown
from charlevoix.docket import MOMENT, Basis, Declared, act_named, basis, case_named, grounds_of, refs_named, settle, tell_list
from charlevoix.errors import Malformed, Refused
from charlevoix.respond import joint_text, measure
from charlevoix.respond.joint_text import JointText, TextCase
from charlevoix.respond.measure import Measure, MeasureCase
from charlevoix.respond.menu import MENU
from charlevoix.respond.review import NEEDED, GenderTest, LegalTest, Test
from charlevoix.respond.telling import joint_document, measure_document, spoken_measure, spoken_text
from charlevoix.safeguards.rights import Balance
from charlevoix.stix.identifier import Ref

MEASURE, TEXT = MeasureCase(), TextCase()
_BASES: Mapping[str, tuple[str, ...]] = {
    "incident": ("incident.nexus-passed",),
    "attribution": ("attribution.found", "attribution.position"),
    "measure": ("measure.decide",),
}
"""By kind of case, the kinds of acts that carry a response, the strongest first."""


@click.group("respond", cls=Listing, epilog="Example:  charlevoix respond list --json")
def respond() -> None:
    """What is done about it: measures, their reviews and decisions, and what is said together."""


@respond.group("text", cls=Listing, epilog="Example:  charlevoix respond text list --json")
def text() -> None:
    """A joint text: paragraphs, who agrees with which, and each reservation in its own words."""


def _command(name: str, example: str, group: click.Group = respond) -> Declared:
    path = "respond" if group is respond else "respond text"
    return group.command(name, cls=Command, example=f"charlevoix {path} {example}")


def _carried_by(at: Desk, name: str) -> Basis:
    """What a response rests on: an act, or the strongest act of a case."""
    kind, _, _ = name.partition("--")
    if kind in _BASES and "#" not in name:
        return basis(at.node, at.who, case_named(at.node, at.who, kind, name), *_BASES[kind])
    said = act_named(at.node, at.who, name)
    return Basis(said, grounds_of(at.node, at.who, said.case))


# --- measures --------------------------------------------------------------------------------------


@_command("list", "list --phase proposed")
@click.option("--phase", default="", help="proposed, decided, done, refused, withdrawn")
def list_(phase: str) -> None:
    """All measures, the newest change first."""
    tell_list(desk(), "measure", phase, ("title", "phase", "lead", "measure", "reviews", "due"), "measure.empty")


@_command("menu", "menu")
def menu() -> None:
    """What may be proposed; what is not on it, censorship and deception among it, can't be."""
    from charlevoix.languages.catalogue import text as sentence

    at = desk()
    rows = [
        {
            "measure": d.key,
            "name": sentence(f"menu.{d.key}", at.language),
            "why": sentence(f"menu.why.{d.key}", at.language),
            "needs_attribution": d.addresses_somebody,
        }
        for d in MENU.values()
    ]

    def words(to: Any) -> None:
        for row in rows:
            to.print(f"{row['measure']!s:12} {row['name']}. {row['why']}")

    at.tell({"menu": rows}, words)


@_command(
    "propose",
    "propose --rests incident--6f1d --measure notice --title 'Tell the newspapers' --description '...' --legal-basis '...' "
    "--proportionality '...' --gender '...'",
)
@click.option("--rests", required=True, help="An incident, an attribution, or an act of one: CASE, CASE#KIND, or digest.")
@click.option("--measure", "dish", required=True, help="A key of `charlevoix respond menu`.")
@click.option("--title", required=True)
@click.option("--description", required=True)
@click.option("--legal-basis", required=True)
@click.option("--proportionality", required=True, help="To the harm, and to the confidence there is.")
@click.option("--gender", required=True, help="Gender analysis: whom it touches, and whom differently.")
@click.option("--participant", "participants", multiple=True)
@click.option("--due", type=MOMENT, default=None, help="When a decision is wanted.")
def propose(
    rests: str, dish: str, title: str, description: str, legal_basis: str, proportionality: str, gender: str,
    participants: tuple[str, ...], due: datetime | None,
) -> None:  # fmt: skip
    """Propose a measure. It can be decided once the legal, rights and gender reviews are passed."""
    at = desk()
    footing = _carried_by(at, rests)
    others = refs_named(at.node, at.who, participants)
    form = measure.ProposalForm(
        title, dish, description, legal_basis, proportionality, gender, footing.said.act, footing.said.kind, footing.grounds, others, due
    )
    settle(at, at.node.do(at.who, MEASURE, None, measure.propose, form), "respond.proposed", title)


def _measure(at: Desk, name: str) -> tuple[Ref, Measure]:
    ref = case_named(at.node, at.who, "measure", name)
    given = at.node.state(at.who, MEASURE, ref)
    if isinstance(given, Refused):
        at.refuse(given)
    return ref, given.value


@_command(
    "review",
    "review measure--2a7c --sort legal --passed --conclusion '...' --answer basis='...' --answer competence='...' "
    "--answer international='...' --answer prohibitions='...' --as Ana",
)
@click.argument("id_", metavar="ID")
@click.option("--sort", type=click.Choice(NEEDED), required=True)
@click.option("--passed/--failed", "passed", default=None, required=True)
@click.option("--conclusion", required=True)
@click.option("--answer", "answers", multiple=True, help="QUESTION=ANSWER for each question of the test.")
@click.option("--article", "articles", multiple=True, type=int, help="Article of the Covenant that is touched (rights only).")
def review(id_: str, sort: str, passed: bool, conclusion: str, answers: tuple[str, ...], articles: tuple[int, ...]) -> None:
    """Review a measure, in the role that belongs to it, as somebody who did not propose it."""
    at = desk()
    ref, _ = _measure(at, id_)
    form = measure.ReviewForm(filled_test(sort, _answers(answers), articles), passed, conclusion)
    settle(at, at.node.do(at.who, MEASURE, ref, measure.review, form), "respond.reviewed")


def _answers(pairs: Iterable[str]) -> Mapping[str, str]:
    return {name.strip(): answer for name, _, answer in (p.partition("=") for p in pairs)}


def filled_test(sort: str, answers: Mapping[str, str], articles: Iterable[int] = ()) -> Test:
    """The test of a sort of review, filled in; a question that is not answered stays empty. Raises Malformed for one that is none."""
    of: type[Any] = {"legal": LegalTest, "rights": Balance, "gender": GenderTest}[sort]
    asked = [f.name for f in fields(of) if f.name != "articles"]
    if strange := sorted(set(answers) - set(asked)):
        raise Malformed("review.question", ", ".join(strange)[:100], ", ".join(asked), advice="review.name-question")
    filled = {name: answers.get(name, "") for name in asked}
    made: Test = Balance(articles=frozenset(articles), **filled) if sort == "rights" else of(**filled)
    return made


@_command("decide", "decide measure--2a7c --yes --reasons '...' --as Ben")
@click.argument("id_", metavar="ID")
@click.option("--yes/--no", "yes", default=None, required=True)
@click.option("--reasons", required=True)
def decide(id_: str, yes: bool, reasons: str) -> None:
    """Decide, yes or no, with reasons, as somebody who did not propose it; everything that is lacking is said at once."""
    at = desk()
    ref, _ = _measure(at, id_)
    outcome = at.node.do(at.who, MEASURE, ref, measure.decide, measure.DecisionForm(yes, reasons))
    settle(at, outcome, "respond.decided-yes" if yes else "respond.decided-no")


@_command("done", "done measure--2a7c --text 'All four newspapers were told on the same day.'")
@click.argument("id_", metavar="ID")
@click.option("--text", "effect", required=True, help="What became of it.")
def done(id_: str, effect: str) -> None:
    """Say that it was carried out, and with what effect."""
    at = desk()
    ref, _ = _measure(at, id_)
    settle(at, at.node.do(at.who, MEASURE, ref, measure.carry_out, measure.Words(effect)), "respond.done")


@_command("withdraw", "withdraw measure--2a7c --reasons '...'")
@click.argument("id_", metavar="ID")
@click.option("--reasons", required=True)
def withdraw(id_: str, reasons: str) -> None:
    """Take a measure back; a changed one is proposed anew."""
    at = desk()
    ref, _ = _measure(at, id_)
    settle(at, at.node.do(at.who, MEASURE, ref, measure.withdraw, measure.Words(reasons)), "respond.withdrawn")


@_command("show", "show measure--2a7c")
@click.argument("id_", metavar="ID")
def show(id_: str) -> None:
    """A measure: what it rests on, its reviews, what is lacking, and the decision."""
    at = desk()
    ref, state = _measure(at, id_)
    told = measure_document(ref, state, at.node.partners(at.who), at.language)
    at.tell(told, lambda to: spoken_measure(to, shown(told), at.language))


# --- joint texts -----------------------------------------------------------------------------------


def _text(at: Desk, name: str) -> tuple[Ref, JointText]:
    ref = case_named(at.node, at.who, "text", name)
    given = at.node.state(at.who, TEXT, ref)
    if isinstance(given, Refused):
        at.refuse(given)
    return ref, given.value


@_command("list", "list", text)
@click.option("--phase", default="", help="drafting, adopted, withdrawn")
def texts(phase: str) -> None:
    """All joint texts, the newest change first."""
    tell_list(desk(), "text", phase, ("title", "phase", "paragraphs", "reservations", "signatories", "due"), "text.none-yet")


@_command("open", "open --rests measure--2a7c --title 'Joint statement' --participant 'Demo B'", text)
@click.option("--rests", required=True, help="A decided measure, or a finding.")
@click.option("--title", required=True)
@click.option("--participant", "participants", multiple=True)
@click.option("--due", type=MOMENT, default="+48h", show_default=True, help="Until when each party is to have spoken.")
def open_(rests: str, title: str, participants: tuple[str, ...], due: datetime) -> None:
    """Open a joint text that rests on a decision or a finding."""
    at = desk()
    footing = _carried_by(at, rests)
    form = joint_text.OpeningForm(title, footing.said.act, footing.grounds, refs_named(at.node, at.who, participants), due)
    settle(at, at.node.do(at.who, TEXT, None, joint_text.open_text, form), "respond.text-opened", title)


@_command("paragraph", "paragraph text--91ce --number 1 --text 'We have seen ...'", text)
@click.argument("id_", metavar="ID")
@click.option("--number", type=int, required=True, help="1 and up; an existing one gets a new wording.")
@click.option("--text", "wording", required=True)
def paragraph(id_: str, number: int, wording: str) -> None:
    """Word a paragraph, or word it anew: what was said to an earlier wording no longer counts."""
    at = desk()
    ref, _ = _text(at, id_)
    settle(at, at.node.do(at.who, TEXT, ref, joint_text.word, joint_text.ParagraphForm(number, wording)), "respond.worded", number)


def _answer(id_: str, number: int, reservation: str, key: str) -> None:
    at = desk()
    ref, state = _text(at, id_)
    wording = next((p.act for p in state.paragraphs if p.number == str(number)), None)
    if wording is None:
        raise Malformed("text.no-paragraph", number, len(state.paragraphs), advice="text.word-one")
    form = joint_text.StanceForm(wording, reservation)
    settle(at, at.node.do(at.who, TEXT, ref, joint_text.answer, form), key, number)


@_command("agree", "agree text--91ce --number 1", text)
@click.argument("id_", metavar="ID")
@click.option("--number", type=int, required=True)
def agree(id_: str, number: int) -> None:
    """Agree with the newest wording of a paragraph."""
    _answer(id_, number, "", "respond.agreed")


@_command("reserve", "reserve text--91ce --number 2 --text 'We do not join the second sentence.'", text)
@click.argument("id_", metavar="ID")
@click.option("--number", type=int, required=True)
@click.option("--text", "reservation", required=True, help="In our own words.")
def reserve(id_: str, number: int, reservation: str) -> None:
    """Reserve on the newest wording of a paragraph, in our own words."""
    if not reservation.strip():
        raise Malformed("text.reservation-blank", advice="text.write-reservation")
    _answer(id_, number, reservation, "respond.reserved")


@_command("adopt", "adopt text--91ce", text)
@click.argument("id_", metavar="ID")
def adopt(id_: str) -> None:
    """Adopt the wordings as they stand, reservations among them, once every party has spoken to every paragraph."""
    at = desk()
    ref, _ = _text(at, id_)
    settle(at, at.node.do(at.who, TEXT, ref, joint_text.adopt, None), "respond.adopted")


@_command("sign", "sign text--91ce", text)
@click.argument("id_", metavar="ID")
def sign(id_: str) -> None:
    """Sign exactly the wordings that were adopted."""
    at = desk()
    ref, _ = _text(at, id_)
    settle(at, at.node.do(at.who, TEXT, ref, joint_text.sign, None), "respond.signed")


@_command("show", "show text--91ce", text)
@click.argument("id_", metavar="ID")
def show_text(id_: str) -> None:
    """The joint text as it stands: paragraphs, who agrees, who is awaited, and the reservations below."""
    at = desk()
    ref, state = _text(at, id_)
    told = joint_document(ref, state, at.node.partners(at.who))
    at.tell(told, lambda to: spoken_text(to, shown(told), at.language))
