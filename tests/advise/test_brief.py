"""A brief, played through: asked for with a deadline, drafted on acts, cleared with a footnote, delivered on time."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders import NOW, A, B, C, digest
from charlevoix.acts.act import Digest
from charlevoix.advise import drafting
from charlevoix.advise.brief import SECTIONS, Brief, BriefCase, Sentence, for_reader
from charlevoix.advise.drafting import TWO_PAGES, AskForm, ClearForm, DeliverForm, DraftForm
from charlevoix.advise.timetable import CLOSES, OPENS, STEPS, timetable
from charlevoix.advise.typesetting import typeset
from rehearsal import Rehearsal, somebody

ANNA, ADA = somebody(A, "Anna", "policy"), somebody(A, "Ada", "policy")
BERT, CARO = somebody(B, "Bert", "policy"), somebody(C, "Caro", "policy")
OPEN, CLOSED = digest("an act everybody sees"), digest("an act for A alone")

TEXT = (
    Sentence("situation", "fact", {"en": "Copies of papers appeared.", "fr": "Des copies de journaux sont apparues."}, (OPEN,)),
    Sentence("situation", "fact", {"en": "A source saw the invoice."}, (OPEN, CLOSED)),
    Sentence("judgement", "judgement", {"en": "Actor X runs them.", "fr": "L’acteur X les exploite."}, (), (60, 80), "moderate"),
    Sentence("options", "proposal", {"en": "Answer with facts."}),
    Sentence("approach", "proposal", {"en": "Speak on one day."}),
    Sentence("requests", "proposal", {"en": "Agree to the text."}),
)

pytestmark = [pytest.mark.mission("C17"), pytest.mark.mission("C18")]


def asked() -> Rehearsal[Brief]:
    played = Rehearsal(BriefCase())
    played.does(ANNA, drafting.ask, AskForm("Copied newspapers", "The minister", NOW + timedelta(days=2), frozenset({B, C})))
    return played


def drafted() -> tuple[Rehearsal[Brief], Digest]:
    played = asked()
    return played, played.does(ANNA, drafting.draft, DraftForm("Copied newspapers", TEXT, "Women journalists are copied most"))


def test_everything_that_is_wrong_with_a_draft_is_said_at_once() -> None:
    wrong = (
        Sentence("situation", "fact", {"en": "Everybody knows it."}),
        Sentence("judgement", "judgement", {"en": "Surely X."}, (), (80, 60), "certain"),
        Sentence("options", "hope", {}),
        Sentence("options", "proposal", {"fr": "x" * (TWO_PAGES + 1)}),
    )
    assert asked().cannot(ANNA, drafting.draft, DraftForm("Title", wrong, "")) == [
        "form.blank",
        "brief.section",
        "brief.section",
        "brief.rests-on-nothing",
        "brief.range",
        "brief.confidence",
        "brief.sort",
        "brief.words",
        "brief.too-long",
    ]


def test_a_draft_rests_on_the_acts_of_its_facts_and_reads_back_as_written() -> None:
    played, act = drafted()
    assert played.acts[-1].act.value.rests == {OPEN, CLOSED}
    assert played.state.version is not None
    assert (played.state.version.act, played.state.version.number) == (act, 1)
    assert played.state.version.sentences == TEXT


def test_a_reader_gets_no_sentence_that_rests_on_a_closed_act_and_reads_how_many_are_left_out() -> None:
    played, _ = drafted()
    assert played.state.version is not None
    shown = for_reader(played.state.version, lambda act: act != CLOSED)
    assert (len(shown.sentences), shown.hidden) == (5, 1)
    page = typeset(played.state, "en", lambda act: act != CLOSED)
    assert page is not None
    assert page.left_out == 1
    assert "invoice" not in repr(page)
    assert CLOSED.hex() not in repr(page)


def test_a_sentence_that_was_not_sent_counts_as_left_out() -> None:
    played, _ = drafted()
    last = played.acts[-1]
    poorer = type(last)(last.act, last.objects[:2])
    version = BriefCase().fold([played.acts[0], poorer]).version
    assert version is not None
    assert [s.said("en") for s in version.sentences] == ["Copies of papers appeared."]


def test_clearing_speaks_of_one_version_and_another_person_than_the_drafter_does_it() -> None:
    played, first = drafted()
    assert played.cannot(ANNA, drafting.clear, ClearForm(first)) == ["authority.same-person"]
    played.does(ADA, drafting.clear, ClearForm(first))
    assert played.state.not_cleared == {B, C}
    second = played.does(ANNA, drafting.draft, DraftForm("Copied newspapers", TEXT, "As before"))
    assert played.state.not_cleared == {A, B, C}
    assert played.cannot(BERT, drafting.clear, ClearForm(first)) == ["brief.old-version"]
    played.does(BERT, drafting.clear, ClearForm(second, "We hold the range to be lower."))
    assert [(c.party, c.footnote) for c in played.state.footnotes] == [(B, "We hold the range to be lower.")]


def test_a_brief_goes_out_on_time_and_names_who_has_not_cleared_it() -> None:
    played, first = drafted()
    played.does(ADA, drafting.clear, ClearForm(first))
    played.does(BERT, drafting.clear, ClearForm(first, "Lower, we think."))
    assert played.cannot(BERT, drafting.deliver, DeliverForm()) == ["brief.not-lead", "brief.not-cleared"]
    assert played.cannot(ANNA, drafting.deliver, DeliverForm(frozenset({C}))) == ["form.blank"]
    played.does(ANNA, drafting.deliver, DeliverForm(frozenset({C}), "The meeting is at nine"))
    assert played.state.delivered is not None
    assert (played.state.delivered.version, played.state.delivered.without) == (first, frozenset({C}))
    page = typeset(played.state, "fr", lambda _: True)
    assert page is not None
    assert [s.heading for s in page.sections] == [f"brief-section.{s}" for s in SECTIONS]
    assert [line.text for line in page.sections[1].lines] == ["L’acteur X les exploite."]
    assert page.sections[1].lines[0].probability == ("probability.likely", "probability.likely")
    assert ([f.text for f in page.footnotes], page.not_cleared, page.left_out) == (["Lower, we think."], (C,), 0)


def test_a_page_in_a_language_that_a_sentence_lacks_shows_the_one_there_is() -> None:
    played, _ = drafted()
    page = typeset(played.state, "fr", lambda _: True)
    assert page is not None
    assert [line.text for line in page.sections[0].lines] == ["Des copies de journaux sont apparues.", "A source saw the invoice."]


def test_what_waits_has_an_owner_and_the_deadline() -> None:
    played, _ = drafted()
    assert [(d.what, d.whom, d.at) for d in BriefCase().due(played.state)] == [
        *(("brief.clearance-waits", who, NOW + timedelta(days=2)) for who in (A, B, C)),
        ("brief.delivery-waits", A, NOW + timedelta(days=2)),
    ]


def test_a_brief_without_a_version_has_no_page() -> None:
    assert typeset(asked().state, "en", lambda _: True) is None
    assert asked().cannot(ANNA, drafting.deliver, DeliverForm(frozenset({A, B, C}), "x")) == ["case.phase", "brief.no-version"]


# --- the timetable -----------------------------------------------------------------------------------


def test_steps_are_planned_back_over_a_weekend() -> None:
    monday_noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    steps = timetable(monday_noon, monday_noon - timedelta(days=30))
    assert [(s.name, s.begins.strftime("%a %H")) for s in steps] == [
        ("draft", "Thu 09"),
        ("comments", "Thu 13"),
        ("second-draft", "Fri 11"),
        ("clearance", "Fri 13"),
        ("delivery", "Mon 11"),
    ]
    assert not any(s.late for s in steps)


@given(
    st.integers(0, 365 * 24 * 60).map(lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)),
    st.frozensets(st.dates(date(2025, 12, 1), date(2027, 1, 1)), max_size=5),
)
@settings(max_examples=100, deadline=None)
def test_every_step_begins_and_ends_in_working_hours_and_takes_what_it_takes(due: datetime, closed: frozenset[date]) -> None:
    steps = timetable(due, due, closed=closed)
    assert steps[-1].ends <= due
    assert [s.name for s in steps] == [name for name, _ in STEPS]
    for one, (_, hours) in zip(steps, STEPS, strict=True):
        for moment in (one.begins, one.ends):
            assert moment.weekday() < 5
            assert moment.date() not in closed
            assert OPENS <= moment.timetz() <= CLOSES
        assert worked(one.begins, one.ends, closed) == timedelta(hours=hours)


def worked(begins: datetime, ends: datetime, closed: frozenset[date]) -> timedelta:
    """Day by day, counted forward: another way than the product's."""
    total, day = timedelta(), begins.date()
    while day <= ends.date():
        if day.weekday() < 5 and day not in closed:
            start, stop = max(begins, datetime.combine(day, OPENS)), min(ends, datetime.combine(day, CLOSES))
            total += max(timedelta(), stop - start)
        day += timedelta(days=1)
    return total


def test_a_step_that_should_have_begun_is_late() -> None:
    due = datetime(2026, 3, 4, 12, tzinfo=UTC)
    assert [s.late for s in timetable(due, datetime(2026, 3, 3, 12, tzinfo=UTC))] == [True, True, True, False, False]
