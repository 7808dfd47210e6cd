"""A publication, played through: written, reviewed, published by another person, corrected, taken back."""

from datetime import date

import pytest

from builders import A, B, digest
from charlevoix.account import saying
from charlevoix.account.publication import Publication, PublicationCase
from charlevoix.account.saying import Correcting, OpeningForm, ReviewForm
from charlevoix.safeguards.grounds import Nexus
from rehearsal import Rehearsal, somebody

ANNA, ADA = somebody(A, "Anna", "policy"), somebody(A, "Ada", "policy")
LEA, RUI, GIL = (somebody(A, name, f"reviewer-{sort}") for name, sort in (("Lea", "legal"), ("Rui", "rights"), ("Gil", "gender")))
BERT = somebody(B, "Bert", "policy", "reviewer-legal")
BASIS = digest("a reviewed nexus")

FORM = OpeningForm(
    titles={"en": "Copied newspapers", "fr": "Journaux copiés"},
    paragraphs=({"en": "Two sites copied a newspaper.", "fr": "Deux sites ont copié un journal."},),
    dissents={"en": "One partner names nobody.", "fr": "Un partenaire ne désigne personne."},
    rests=frozenset({BASIS}),
    since=date(2026, 1, 1),
    to=date(2026, 3, 31),
)
WORDS = Correcting({"en": "It was one site.", "fr": "C’était un seul site."})

pytestmark = [pytest.mark.mission("T1"), pytest.mark.mission("C01")]


def opened() -> Rehearsal[Publication]:
    played = Rehearsal(PublicationCase())
    played.does(ANNA, saying.open_publication, FORM)
    return played


def review(sort: str, passed: bool = True) -> ReviewForm:
    return ReviewForm(sort, passed, "Is it necessary?", "Because it is so.")


def reviewed() -> Rehearsal[Publication]:
    played = opened()
    for who, sort in ((LEA, "legal"), (RUI, "rights"), (GIL, "gender")):
        played.does(who, saying.review, review(sort))
    return played


def published() -> Rehearsal[Publication]:
    played = reviewed()
    played.does(ADA, saying.publish, "It is due.")
    return played


def test_what_was_written_reads_back_and_rests_on_what_was_named() -> None:
    state = opened().state
    assert state.text is not None
    assert (state.text.titles, state.text.paragraphs, state.text.dissents) == (FORM.titles, FORM.paragraphs, FORM.dissents)
    assert (state.text.since, state.text.to) == ("2026-01-01", "2026-03-31")
    assert state.rests == {BASIS}


def test_everything_that_is_wrong_with_a_text_is_said_at_once() -> None:
    wrong = OpeningForm({"en": "Only English"}, (), {}, frozenset(), date(2026, 2, 1), date(2026, 1, 1))
    assert Rehearsal(PublicationCase()).cannot(LEA, saying.open_publication, wrong) == [
        "authority.role",
        "form.blank",  # the French title
        "form.blank",  # dissent, in both languages
        "form.blank",
        "publication.paragraphs",
        "publication.rests",
        "publication.period",
    ]


def test_nothing_is_published_without_each_review_and_a_second_person_and_all_that_is_lacking_is_said() -> None:
    played = opened()
    missing = ["publication.review-missing"] * 3
    assert played.cannot(ANNA, saying.publish, "") == [*missing, "authority.same-person", "form.blank"]
    assert reviewed().cannot(ANNA, saying.publish, "It is due.") == ["authority.same-person"]
    assert played.state.published == frozenset()
    assert published().state.phase == "published"


def test_a_review_is_of_somebody_else_in_the_role_that_belongs_to_it() -> None:
    everything = somebody(A, "Anna", "policy", "reviewer-legal")
    assert opened().cannot(everything, saying.review, review("legal")) == ["authority.same-person"]
    assert opened().cannot(LEA, saying.review, review("rights")) == ["authority.role"]
    assert opened().cannot(LEA, saying.review, review("style")) == ["publication.review-kind"]
    assert published().cannot(LEA, saying.review, review("legal")) == ["publication.too-late"]


def test_a_failed_review_stands_in_the_way_until_a_later_one_of_its_kind_passes() -> None:
    played = reviewed()
    played.does(LEA, saying.review, review("legal", passed=False))
    assert played.cannot(ADA, saying.publish, "It is due.") == ["publication.review-failed"]
    played.does(LEA, saying.review, review("legal"))
    played.does(ADA, saying.publish, "It is due.")


def test_a_publication_needs_no_nexus_of_its_own_and_tells_which_reviews_it_passed() -> None:
    found = PublicationCase().grounds(reviewed().state)
    assert found.nexus is Nexus.NOT_NEEDED
    assert found.reviews == {"legal", "rights", "gender"}


def test_the_public_is_to_have_what_moved_the_case_and_no_review() -> None:
    played = published()
    kinds = {a.act.value.digest: a.act.value.kind for a in played.acts}
    assert {kinds[d] for d in played.state.published} == {"publication.open", "publication.publish"}


def test_a_correction_waits_for_another_person_than_who_wrote_it() -> None:
    played = published()
    act = played.does(ADA, saying.correct, WORDS)
    assert (played.state.phase, act in played.state.published) == ("correcting", False)
    assert played.cannot(ADA, saying.publish, "So it is.") == ["authority.same-person"]
    played.does(ANNA, saying.publish, "So it is.")
    assert act in played.state.published
    assert [(c.words, c.published) for c in played.state.corrections] == [(WORDS.words, True)]


def test_of_what_was_taken_back_only_that_and_why_stay_public() -> None:
    played = published()
    act = played.does(ANNA, saying.withdraw, WORDS)
    assert played.state.published == {act}
    assert played.state.withdrawn == WORDS.words
    assert played.state.titles == FORM.titles
    unpublished = opened()
    unpublished.does(ANNA, saying.withdraw, WORDS)
    assert unpublished.state.published == frozenset()


def test_nobody_else_moves_what_we_say_to_the_public() -> None:
    played = reviewed()
    played.does(BERT, saying.publish, "From elsewhere.")
    assert played.state.phase == "open"
    played = published()
    played.does(BERT, saying.correct, WORDS)
    assert (played.state.phase, played.state.corrections) == ("published", ())
