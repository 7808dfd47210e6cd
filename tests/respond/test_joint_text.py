"""A joint text: two paragraphs, one reservation, and signatures on exactly what was adopted."""

from datetime import timedelta

import pytest

from builders import NOW, A, B, C, digest, grounds
from charlevoix.acts.act import Digest
from charlevoix.respond import joint_text
from charlevoix.respond.joint_text import JointText, OpeningForm, ParagraphForm, StanceForm, TextCase, Words
from charlevoix.safeguards.grounds import Nexus
from rehearsal import Rehearsal, somebody

ANNA, BERT, CARO = somebody(A, "Anna", "policy"), somebody(B, "Bert", "policy"), somebody(C, "Caro", "policy")

pytestmark = pytest.mark.mission("S2")


def opened() -> Rehearsal[JointText]:
    played = Rehearsal(TextCase())
    played.does(
        ANNA, joint_text.open_text, OpeningForm("Joint text", digest("decision"), grounds(), frozenset({B}), NOW + timedelta(days=1))
    )
    return played


def two_paragraphs() -> tuple[Rehearsal[JointText], Digest, Digest]:
    played = opened()
    first = played.does(ANNA, joint_text.word, ParagraphForm(1, "We saw copies of newspapers."))
    second = played.does(ANNA, joint_text.word, ParagraphForm(2, "We hold Actor X responsible."))
    return played, first, second


def test_two_paragraphs_with_one_reservation_are_adopted_and_signed() -> None:
    played, first, second = two_paragraphs()
    played.does(BERT, joint_text.answer, StanceForm(first))
    assert played.cannot(ANNA, joint_text.adopt, None) == ["text.unspoken"]
    played.does(BERT, joint_text.answer, StanceForm(second, "We note the finding, and draw no conclusion of our own."))
    assert [(p.number, [(s.party, s.words) for s in p.reservations]) for p in played.state.paragraphs] == [
        ("1", []),
        ("2", [(B, "We note the finding, and draw no conclusion of our own.")]),
    ]
    assert played.cannot(BERT, joint_text.adopt, None) == ["text.not-lead"]
    assert played.cannot(BERT, joint_text.sign, None) == ["text.not-adopted"]
    played.does(ANNA, joint_text.adopt, None)
    played.does(BERT, joint_text.sign, None)
    assert played.state.adopted == (first, second)
    assert played.state.signatories == {B}
    assert TextCase().row(played.state)["reservations"] == 1


def test_a_new_wording_takes_back_every_agreement_with_the_old_one() -> None:
    played, first, _ = two_paragraphs()
    played.does(BERT, joint_text.answer, StanceForm(first))
    newer = played.does(ANNA, joint_text.word, ParagraphForm(1, "We saw copies of forty newspapers."))
    assert ("1", B) in played.state.waiting
    assert played.state.paragraphs[0].earlier == (first,)
    assert played.cannot(BERT, joint_text.answer, StanceForm(first)) == ["text.wording"]
    played.does(BERT, joint_text.answer, StanceForm(newer))
    assert ("1", B) not in played.state.waiting


def test_a_party_may_change_its_word() -> None:
    played, first, _ = two_paragraphs()
    played.does(BERT, joint_text.answer, StanceForm(first, "Not yet."))
    played.does(BERT, joint_text.answer, StanceForm(first))
    assert played.state.paragraphs[0].reservations == ()


def test_who_takes_no_part_and_what_is_adopted_changes_nothing() -> None:
    played, first, second = two_paragraphs()
    assert played.cannot(CARO, joint_text.word, ParagraphForm(0, "")) == ["text.outsider", "text.number", "form.blank"]
    for wording in (first, second):
        played.does(BERT, joint_text.answer, StanceForm(wording))
    played.does(ANNA, joint_text.adopt, None)
    assert played.cannot(BERT, joint_text.word, ParagraphForm(1, "Other words")) == ["text.not-drafting"]


def test_a_text_is_not_opened_on_a_suspicion_and_not_adopted_empty() -> None:
    form = OpeningForm("Joint text", digest("x"), grounds(Nexus.SUSPECTED), frozenset({B}), NOW)
    assert Rehearsal(TextCase()).cannot(ANNA, joint_text.open_text, form) == ["measure.nexus", "form.past"]
    assert opened().cannot(ANNA, joint_text.adopt, None) == ["text.empty"]


def test_a_withdrawn_text_says_why() -> None:
    played, _, _ = two_paragraphs()
    played.does(ANNA, joint_text.withdraw, Words("Events overtook it"))
    assert played.state.phase == "withdrawn"
    assert [d.whom for d in TextCase().due(opened().state)] == []
