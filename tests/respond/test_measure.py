"""A measure, played through: proposed, reviewed by others, decided yes or no with reasons."""

import json
from dataclasses import replace

import pytest
from pymispgalaxies.api import Clusters

from builders import NOW, A, B, digest, grounds
from charlevoix.languages.catalogue import LANGUAGES, catalogue
from charlevoix.respond import measure
from charlevoix.respond.measure import DecisionForm, Measure, MeasureCase, ProposalForm, ReviewForm, Words
from charlevoix.respond.menu import MENU
from charlevoix.respond.review import GenderTest, LegalTest, Test
from charlevoix.safeguards.grounds import Nexus
from charlevoix.safeguards.rights import Balance
from rehearsal import Rehearsal, somebody

PETRA, PAUL = somebody(A, "Petra", "policy"), somebody(A, "Paul", "policy")
LEX = somebody(A, "Lex", "reviewer-legal", "reviewer-rights", "reviewer-gender")
PETRA_REVIEWS = replace(PETRA, roles=frozenset({"policy", "reviewer-legal"}))
BERT = somebody(B, "Bert", "policy", "reviewer-rights")

WHY = "A sentence of reasons."
LEGAL = LegalTest(WHY, WHY, WHY, WHY)
RIGHTS = Balance(frozenset({19}), "", WHY, WHY, WHY, WHY, WHY, WHY)
GENDER = GenderTest(WHY, WHY, WHY, WHY)

pytestmark = [pytest.mark.mission("S4b"), pytest.mark.mission("C01")]


def form(dish: str = "C00119", basis: str = "incident.nexus-passed", nexus: Nexus = Nexus.REVIEWED) -> ProposalForm:
    return ProposalForm(
        "Answer with facts", dish, WHY, WHY, WHY, WHY, digest("nexus"), basis, grounds(nexus), frozenset({B}), NOW.replace(year=2027)
    )


def proposed() -> Rehearsal[Measure]:
    played = Rehearsal(MeasureCase())
    played.does(PETRA, measure.propose, form())
    return played


def reviewed(*tests: Test) -> Rehearsal[Measure]:
    played = proposed()
    for test in tests or (LEGAL, RIGHTS, GENDER):
        played.does(LEX, measure.review, ReviewForm(test, True, WHY))
    return played


def test_what_is_not_on_the_menu_or_rests_on_a_suspicion_cannot_be_proposed() -> None:
    played = Rehearsal(MeasureCase())
    assert played.cannot(PETRA, measure.propose, form("C00016", "report.open", Nexus.SUSPECTED)) == [
        "measure.not-on-menu",
        "measure.basis",
        "measure.nexus",
    ]


def test_what_names_an_actor_needs_an_attribution() -> None:
    played = Rehearsal(MeasureCase())
    assert played.cannot(PETRA, measure.propose, form("demarche")) == ["measure.needs-attribution"]
    played.does(PETRA, measure.propose, form("demarche", "attribution.position"))


@pytest.mark.mission("C13")
def test_a_gender_analysis_is_part_of_every_proposal() -> None:
    assert Rehearsal(MeasureCase()).cannot(PETRA, measure.propose, replace(form(), gender=" ")) == ["form.blank"]


def test_a_yes_is_refused_until_the_three_reviews_are_there_and_says_all_that_lacks() -> None:
    played = proposed()
    assert played.cannot(PETRA, measure.decide, DecisionForm(True, "")) == [
        "review.missing",
        "review.missing",
        "review.missing",
        "authority.same-person",
        "form.blank",
    ]
    played.does(LEX, measure.review, ReviewForm(LEGAL, True, WHY))
    refusal = measure.decide(played.state, PAUL, NOW, DecisionForm(True, WHY))
    assert [r.values for r in refusal.reasons] == [("rights",), ("gender",)]  # type: ignore[union-attr]


def test_a_reviewer_cannot_review_her_own_proposal() -> None:
    assert proposed().cannot(PETRA_REVIEWS, measure.review, ReviewForm(LEGAL, True, WHY)) == ["authority.same-person"]


@pytest.mark.mission("C06")
def test_a_review_needs_its_role_and_an_answer_to_every_question() -> None:
    played = proposed()
    half = ReviewForm(LegalTest(WHY, "", "", WHY), True, WHY)
    assert played.cannot(BERT, measure.review, half) == ["review.role", "review.unanswered", "review.unanswered"]
    assert played.cannot(BERT, measure.review, ReviewForm(Balance(frozenset({7}), "", *[WHY] * 6), True, WHY)) == ["rights.absolute"]


def test_with_all_reviews_another_person_decides_and_it_is_done() -> None:
    played = reviewed()
    assert MeasureCase().grounds(played.state).reviews == {"legal", "rights", "gender"}
    played.does(PAUL, measure.decide, DecisionForm(True, "Facts are enough, and nobody is burdened"))
    assert played.state.decided is not None
    assert (played.state.decided.yes, played.state.decided.reasons) == (True, "Facts are enough, and nobody is burdened")
    assert played.cannot(LEX, measure.review, ReviewForm(LEGAL, False, WHY)) == ["measure.reviewed-too-late"]
    played.does(PAUL, measure.carry_out, Words("Published in two languages"))
    assert (played.state.phase, played.state.effect) == ("done", "Published in two languages")


def test_a_failed_review_of_any_participant_stands_in_the_way_until_it_is_replaced() -> None:
    played = reviewed()
    played.does(BERT, measure.review, ReviewForm(RIGHTS, False, "It chills speech"))
    assert played.cannot(PAUL, measure.decide, DecisionForm(True, WHY)) == ["review.failed"]
    played.does(BERT, measure.review, ReviewForm(RIGHTS, True, "Changed after talks"))
    played.does(PAUL, measure.decide, DecisionForm(True, WHY))


def test_the_review_of_another_party_does_not_stand_for_the_leads_own() -> None:
    played = proposed()
    played.does(BERT, measure.review, ReviewForm(RIGHTS, True, WHY))
    assert played.cannot(PAUL, measure.decide, DecisionForm(True, WHY)).count("review.missing") == 3


def test_a_no_needs_reasons_and_no_reviews() -> None:
    played = proposed()
    played.does(PAUL, measure.decide, DecisionForm(False, "Out of proportion to a low confidence"))
    assert (played.state.phase, played.state.decided and played.state.decided.yes) == ("refused", False)


def test_only_the_lead_decides() -> None:
    assert reviewed().cannot(BERT, measure.decide, DecisionForm(True, WHY)) == ["measure.not-lead"]


def test_an_open_measure_says_which_reviews_and_whose_decision_it_waits_for() -> None:
    assert [(d.what, d.whom) for d in MeasureCase().due(reviewed(LEGAL).state)] == [
        ("measure.review-waits", "reviewer-rights"),
        ("measure.review-waits", "reviewer-gender"),
        ("measure.decision-waits", "policy"),
    ]


def test_every_kind_on_the_menu_has_a_name_and_a_reason_in_both_languages() -> None:
    for language in LANGUAGES:
        assert {f"menu.{k}" for k in MENU} | {f"menu.why.{k}" for k in MENU} <= catalogue(language).keys()


def test_counter_techniques_are_numbers_of_disarm_without_those_that_censor_or_deceive() -> None:
    theirs = {v["meta"]["external_id"]: v["value"] for v in json.loads(Clusters()["disarm-countermeasures"].to_json())["values"]}
    ours = {k for k in MENU if k.startswith("C0")}
    assert ours <= theirs.keys()
    unfit = {
        n
        for n, name in theirs.items()
        if name in ("Censorship", "Infiltrate platforms", "Fake engagement system", "Honeypot social community")
    }
    assert len(unfit) == 4
    assert not ours & unfit
