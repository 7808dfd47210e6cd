"""An attribution, played through: A leads, B dissents, C stays silent."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from pytaxonomies.api import Taxonomies

from builders import NOW, A, B, C, an_act, digest, grounds, seen
from charlevoix.acts.act import Digest, StixObject
from charlevoix.attribute import contribution, finding
from charlevoix.attribute.attribution import Attribution, AttributionCase, room_on
from charlevoix.attribute.contribution import Endorsing, EvidenceForm, Holding, HypothesisForm, Transcribing
from charlevoix.attribute.evidence_grid import Cell, Grade, Item
from charlevoix.attribute.finding import DraftForm, FindingForm, OpeningForm, SilenceForm, Words
from charlevoix.attribute.inference import Range, posterior
from charlevoix.attribute.position import RESPONSIBILITY, PositionForm, TranscriptForm, fingerprint
from charlevoix.cases.case import BY
from charlevoix.cases.silence import HEARD
from charlevoix.languages.catalogue import LANGUAGES, catalogue
from charlevoix.safeguards.grounds import Nexus
from charlevoix.safeguards.passage import Seen
from charlevoix.stix.identifier import Ref
from rehearsal import Rehearsal, somebody

ANNA, ADA = somebody(A, "Anna", "policy", "analyst"), somebody(A, "Ada", "policy")
BERT, CARO = somebody(B, "Bert", "policy", "analyst"), somebody(C, "Caro", "policy")
OUTSIDER = somebody(Ref("identity--00000000-0000-4000-8000-00000000000d"), "Dora", "policy")
INCIDENT = Ref("incident--00000000-0000-4000-8000-000000000001")
DAY = timedelta(days=1)

pytestmark = pytest.mark.mission("S4a")


def opening(nexus: Nexus = Nexus.REVIEWED, due: datetime = NOW + DAY) -> OpeningForm:
    return OpeningForm(
        "Copied newspapers", "Who runs the copies?", INCIDENT, digest("nexus"), grounds(nexus), frozenset({B, C}), due, ("Actor X",)
    )


def opened() -> Rehearsal[Attribution]:
    played = Rehearsal(AttributionCase())
    played.does(ANNA, finding.open_attribution, opening())
    return played


def named(played: Rehearsal[Attribution]) -> Ref:
    return next(h.ref for h in played.state.hypotheses if h.sort == "named")


def holds(
    played: Rehearsal[Attribution],
    stance: str = "agree",
    lowest: int = 60,
    highest: int = 80,
    *,
    public: bool = False,
    valid_from: datetime | None = None,
) -> Holding:
    return Holding(
        PositionForm(
            named(played),
            stance,
            lowest,
            highest,
            "Our words",
            "Same servers",
            "For the minister",
            "state-coordinated",
            own_not_shown=True,
            public=public,
            valid_from=valid_from,
        )
    )


def drafted(played: Rehearsal[Attribution]) -> Digest:
    return played.does(ANNA, finding.draft, DraftForm("Finding", "X runs them", named(played), 55, 80, "moderate"))


def test_somebody_else_is_among_the_hypotheses_from_the_first_moment() -> None:
    assert [(h.name, h.sort) for h in opened().state.hypotheses] == [
        ("Actor X", "named"),
        ("An actor whom no other hypothesis names", "somebody-else"),
    ]


def test_opening_needs_a_reviewed_nexus_and_says_all_obstacles_at_once() -> None:
    played = Rehearsal(AttributionCase())
    assert played.cannot(somebody(A, "Carl", "contributor"), finding.open_attribution, opening(Nexus.SUSPECTED, NOW)) == [
        "authority.role",
        "attribution.nexus",
        "form.past",
    ]


def test_the_nexus_of_the_incident_is_restated_for_every_participant() -> None:
    played = opened()
    case = AttributionCase()
    assert case.grounds(played.state).nexus is Nexus.REVIEWED
    assert case.grounds(played.state).participants == {A, B, C}
    assert case.process(played.state)["nexus"] == "reviewed"


def test_an_item_of_evidence_needs_a_grade_with_a_reason_against_every_hypothesis() -> None:
    played = opened()
    one = Item(Ref("x"), "Shared server", "technical", {named(played): Cell(Grade.VERY_CONSISTENT, "its server")}, "b", "2")
    assert played.cannot(ANNA, contribution.state_evidence, EvidenceForm(one)) == ["evidence.ungraded"]
    other = next(h.ref for h in played.state.hypotheses if h.sort == "somebody-else")
    whole = Item(Ref("x"), one.name, one.kind, {**one.grades, other: Cell(Grade.INCONSISTENT, "not sold on")}, "b", "2")
    played.does(ANNA, contribution.state_evidence, EvidenceForm(whole))
    grid = played.state.grid
    assert [(i.name, i.trust) for i in grid.items] == [("Shared server", 0.5625)]
    assert posterior(grid)[named(played)].low > 0.5

    again = Item(grid.items[0].ref, "Shared server, rented", one.kind, whole.grades, "d", "2")
    played.does(ANNA, contribution.state_evidence, EvidenceForm(again))
    assert [(i.name, i.trust) for i in played.state.grid.items] == [("Shared server, rented", 0.1875)]


def test_a_rival_stated_later_leaves_gaps_that_count_as_anything() -> None:
    played = opened()
    cells = {h.ref: Cell(Grade.CONSISTENT, "why") for h in played.state.hypotheses}
    played.does(ANNA, contribution.state_evidence, EvidenceForm(Item(Ref("x"), "Server", "technical", cells, "a", "1")))
    played.does(BERT, contribution.state_hypothesis, HypothesisForm("X, to be seen as Y", false_flag=True))
    assert len(played.state.grid.ungraded()) == 1
    assert played.cannot(BERT, contribution.state_hypothesis, HypothesisForm("actor x")) == ["attribution.hypothesis-told"]


def test_a_position_says_how_much_what_for_and_on_what() -> None:
    played = opened()
    form = PositionForm(Ref("note--unknown"), "maybe", 80, 60, "", "", "x", "state-amused")
    assert played.cannot(OUTSIDER, contribution.take_position, Holding(form)) == [
        "attribution.outsider",
        "attribution.hypothesis-unknown",
        "position.stance",
        "position.range",
        "position.rung",
        "position.evidence",
        "form.blank",
        "form.blank",
    ]


def test_a_newer_position_replaces_and_history_stays() -> None:
    played = opened()
    played.does(BERT, contribution.take_position, holds(played, "agree"))
    played.does(BERT, contribution.take_position, holds(played, "disagree", 10, 30))
    assert [(p.party, p.stance, p.range) for p in played.state.positions] == [(B, "disagree", Range(0.1, 0.3))]
    assert [p.stance for p in played.state.said] == ["agree", "disagree"]
    assert played.state.silent == {A, C}


def test_a_public_position_counts_when_a_second_person_of_the_same_party_stands_up_for_it() -> None:
    played = opened()
    act = played.does(ANNA, contribution.take_position, holds(played, public=True))
    assert played.state.endorsed == frozenset()
    assert played.cannot(ANNA, contribution.endorse, Endorsing(act)) == ["authority.same-person"]
    assert played.cannot(BERT, contribution.endorse, Endorsing(act)) == ["position.others"]
    played.does(ADA, contribution.endorse, Endorsing(act))
    assert played.state.endorsed == {act}


def test_an_endorsement_that_the_same_person_signed_does_not_count_whatever_software_signed_it() -> None:
    played = opened()
    act = played.does(ANNA, contribution.take_position, holds(played, public=True))
    played.does(ADA, contribution.endorse, Endorsing(act))
    honest = played.acts.pop()
    main = honest.objects[0]
    assert isinstance(main, StixObject)
    forged = replace(main, known={**main.known, BY: ANNA.person})
    played.acts.append(Seen(honest.act, (forged, *honest.objects[1:])))
    assert played.state.endorsed == frozenset()


def test_without_a_draft_dissent_is_measured_against_what_the_lead_said_last() -> None:
    played = opened()
    other = next(h.ref for h in played.state.hypotheses if h.sort == "somebody-else")
    mine = holds(played, "agree")
    for form in (mine, replace(mine, position=replace(mine.position, hypothesis=other, stance="disagree")), mine):
        played.does(ANNA, contribution.take_position, form)
    assert played.state.measure == (named(played), Range(0.6, 0.8), 1)


def test_dissent_is_a_position_that_leans_the_other_way_or_whose_range_does_not_meet() -> None:
    played = opened()
    played.does(ANNA, contribution.take_position, holds(played, "agree", 60, 80))
    played.does(BERT, contribution.take_position, holds(played, "agree", 10, 30))
    played.does(CARO, contribution.take_position, holds(played, "neutral", 30, 70))
    assert [p.party for p in played.state.dissent] == [B]
    assert [p.party for p in played.state.abstaining] == [C]
    drafted(played)
    assert [p.party for p in played.state.joined] == [A]


def test_the_room_on_a_day_holds_what_was_valid_then() -> None:
    played = opened()
    january, march = datetime(2026, 1, 10, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)
    played.does(BERT, contribution.take_position, holds(played, "disagree", 10, 30, valid_from=march))
    played.does(BERT, contribution.take_position, holds(played, "agree", valid_from=january))  # said later, valid earlier
    said = TranscriptForm("A state", "https://example.org/statement", date(2026, 2, 1), "We hold X responsible.", named(played))
    played.does(CARO, contribution.transcribe, Transcribing(said))

    def on(day: date) -> tuple[list[str], int]:
        room = room_on(played.state, day)
        return [p.stance for p in room.positions], len(room.transcribed)

    assert on(date(2026, 1, 9)) == ([], 0)
    assert on(date(2026, 1, 10)) == (["agree"], 0)
    assert on(date(2026, 2, 1)) == (["agree"], 1)
    assert on(date(2026, 3, 1)) == (["disagree"], 1)


def test_a_transcript_is_no_position_and_carries_the_hash_of_its_quote() -> None:
    played = opened()
    said = TranscriptForm("A state", "https://example.org/statement", date(2026, 2, 1), "We hold X responsible.", named(played))
    played.does(CARO, contribution.transcribe, Transcribing(said))
    one = played.state.transcribed[0]
    assert (one.by, one.state, one.intact, one.sha256) == (C, "A state", True, fingerprint("We hold X responsible."))
    assert played.state.positions == ()
    wrong = TranscriptForm("A state", "http://example.org", date(2030, 1, 1), "x" * 601, named(played))
    assert played.cannot(CARO, contribution.transcribe, Transcribing(wrong)) == ["transcript.long", "transcript.url", "transcript.future"]


def test_from_draft_through_silence_to_a_finding_that_names_dissent_and_silence() -> None:
    played = opened()
    assert played.cannot(ANNA, finding.ask_silence, SilenceForm(NOW)) == ["case.phase", "attribution.no-draft", "form.past"]
    played.does(ANNA, contribution.take_position, holds(played, "agree", 60, 80))
    played.does(BERT, contribution.take_position, holds(played, "disagree", 10, 30))
    drafted(played)
    assert played.cannot(BERT, finding.ask_silence, SilenceForm(NOW + DAY)) == ["attribution.not-lead"]
    played.does(ANNA, finding.ask_silence, SilenceForm(NOW + DAY))
    assert [(d.what, d.whom) for d in AttributionCase().due(played.state)] == [("attribution.closing-waits", A)]
    assert played.cannot(ANNA, finding.close_silence, None) == ["attribution.early"]
    played.later(2 * DAY)
    played.does(ANNA, finding.close_silence, None)
    assert played.state.silence is not None
    assert (played.state.silence.silent, played.state.silence.left_out) == (frozenset({C}), frozenset())
    played.does(ANNA, finding.find, FindingForm("Interval bounds over the grid", 2))
    state = played.state
    assert state.phase == "found"
    assert state.outcome is not None
    assert state.outcome.draft is not None
    assert state.outcome.draft.range == Range(0.55, 0.8)
    main = state.course.notes[-1]
    assert [main.texts(f"charlevoix_{p}") for p in ("joined", "dissenting", "abstaining", "silent")] == [(A,), (B,), (), (C,)]
    played.does(ANNA, finding.withdraw, Words("The server was leased to another"))
    assert played.state.outcome is not None
    assert played.state.outcome.reasons == "The server was leased to another"


def test_an_objection_within_the_silence_leads_back_to_drafting() -> None:
    played = opened()
    drafted(played)
    played.does(ANNA, finding.ask_silence, SilenceForm(NOW + DAY))
    played.does(BERT, finding.object_to, Words("Not on this evidence"))
    assert played.state.phase == "drafting"
    assert [n.text("content") for n in played.state.objections] == ["Not on this evidence"]
    played.later(2 * DAY)
    assert "case.phase" in played.cannot(ANNA, finding.close_silence, None)


def test_nothing_found_is_an_honest_end_and_can_be_opened_again() -> None:
    played = opened()
    played.does(ANNA, finding.find_nothing, Words("The evidence fits two actors"))
    assert (played.state.phase, played.state.outcome and played.state.outcome.kind) == ("not-found", "attribution.not-found")
    played.does(ANNA, finding.reopen, Words("A server was seized"))
    assert (played.state.phase, played.state.outcome) == ("open", None)


def test_an_act_of_another_than_the_lead_moves_nothing() -> None:
    """B signs "not found" with software of its own: the act is kept, and the case stays where it is."""
    played = opened()
    forged = replace(an_act("forged", "attribution.not-found", author=B), after=frozenset({played.acts[0].act.value.digest}))
    state = AttributionCase().fold([*played.acts, seen(forged)])
    assert (state.phase, len(state.course.notes)) == ("open", 2)
    lead = AttributionCase().fold([*played.acts, seen(replace(forged, author=A))])
    assert lead.phase == "not-found"


def test_an_answer_that_the_lead_left_out_of_its_closing_shows() -> None:
    played = opened()
    drafted(played)
    played.does(ANNA, finding.ask_silence, SilenceForm(NOW + DAY))
    played.does(BERT, contribution.take_position, holds(played, "disagree", 10, 30))
    played.later(2 * DAY)
    played.does(ANNA, finding.close_silence, None)
    closing = played.acts.pop()
    main = closing.objects[0]
    assert isinstance(main, StixObject)
    cut = replace(main, known={**main.known, HEARD: [played.state.draft.act.hex()]})  # type: ignore[union-attr]
    played.acts.append(Seen(closing.act, (cut, *closing.objects[1:])))
    assert played.state.silence is not None
    assert len(played.state.silence.left_out) == 1
    assert played.cannot(ANNA, finding.find, FindingForm("Method")) == ["attribution.left-out"]
    assert AttributionCase().process(played.state)["left_out"] == 1


def test_the_rungs_are_those_of_the_misp_taxonomy() -> None:
    theirs = tuple(p.rstrip(".") for p in Taxonomies()["state-responsibility"])
    assert theirs == RESPONSIBILITY


def test_every_rung_and_stance_has_its_words_in_both_languages() -> None:
    for language in LANGUAGES:
        assert {f"rung.{r}" for r in RESPONSIBILITY} <= catalogue(language).keys()
