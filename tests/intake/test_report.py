"""A report is opened with what its importer says of it, counts what was vouched for, and is taken in hand or turned away."""

import pytest

from builders import B, a_stix_object, an_act, digest, seen
from cases.play import Play, an_actor
from charlevoix.errors import Refused
from charlevoix.intake.quality import Figures
from charlevoix.intake.report import Closing, Link, Opening, Report, ReportCase, claim, close_report, link, open_report, reject
from charlevoix.stix.identifier import Ref
from charlevoix.stix.validity import check

ANALYST = an_actor("analyst", "analyst")
FORM = Opening("RRN, all facts", B, "rrn.json", "ab" * 32, 903_507, "application/stix+json;version=2.1", "B2", "clear")


def opened() -> Play[Report]:
    play = Play(ReportCase())
    assert play.do(ANALYST, open_report, FORM) is None
    return play


def rules(said: Refused | None) -> list[str]:
    assert said is not None
    return [r.rule for r in said.reasons]


def test_a_report_is_what_its_importer_said_of_it() -> None:
    state = opened().state
    assert (state.title, state.publisher, state.grade, state.marking, state.file, state.sha256) == (
        "RRN, all facts",
        B,
        "B2",
        "clear",
        "rrn.json",
        "ab" * 32,
    )
    assert state.course.phase == "arriving"


def test_every_obstacle_to_opening_is_told_at_once() -> None:
    bad = Opening("", Ref("somebody"), "x", "no digest", 0, "", "G9", "purple")
    assert rules(Play(ReportCase()).do(an_actor("g", "guest"), open_report, bad)) == [
        "authority.role",
        "report.title",
        "report.publisher",
        "report.sha256",
        "report.grade",
        "report.marking",
    ]


def test_a_report_is_opened_once() -> None:
    assert rules(opened().do(ANALYST, open_report, FORM)) == ["case.phase"]


def test_vouchers_are_counted_and_their_objects_not_kept() -> None:
    play = opened()
    for n, count in enumerate((5, 7)):
        note = a_stix_object("note", f"v{n}", charlevoix_count=count, charlevoix_repaired=n, charlevoix_raw=["cd" * 32])
        act = an_act(f"v{n}", "report.voucher", after=["report.open 0"], objects=2)
        play.acts.append(seen(act, note, a_stix_object("domain-name", f"v{n}", 1)))
    assert (play.state.vouched, play.state.repaired) == (12, 1)
    assert {len(n.objects) for n in play.state.course.of("report.voucher")} == {1}
    assert ReportCase().row(play.state)["objects"] == 12


def test_the_figures_of_the_closing_act_are_kept() -> None:
    play = opened()
    assert play.do(ANALYST, close_report, Closing(Figures(objects=1054, related_to=542), {"known": 3, "conflict": 1}, (B,))) is None
    assert (play.state.figures["objects"], play.state.figures["related-to"], play.state.figures["incidents"]) == (1054, 542, 0)
    assert (play.state.outcomes, play.state.conflicts) == ({"known": 3, "conflict": 1}, (B,))
    assert play.state.course.phase == "received"


def test_a_report_is_claimed_by_a_person_and_then_linked_to_an_incident() -> None:
    play = opened()
    assert play.do(ANALYST, claim, "") is None
    assert play.state.owner == ANALYST.person
    incident = Ref("incident--00000000-0000-4000-8000-000000000009")
    assert play.do(ANALYST, link, Link(incident, digest("its opening"))) is None
    assert play.state.incidents == {incident}
    assert play.acts[-1].act.value.rests == {digest("its opening")}
    assert play.state.course.phase == "linked"


def test_a_report_is_turned_away_with_a_reason_only_and_can_be_taken_up_again() -> None:
    play = opened()
    assert rules(play.do(ANALYST, reject, " ")) == ["report.reason"]
    assert play.do(ANALYST, reject, "Satire, and says so") is None
    assert (play.state.course.phase, play.state.rejected) == ("rejected", "Satire, and says so")
    assert play.do(ANALYST, claim, "A second look") is None
    assert (play.state.course.phase, play.state.rejected) == ("claimed", "")


@pytest.mark.parametrize("verb", [claim, reject])
def test_only_an_analyst_triages(verb: type) -> None:
    assert rules(opened().do(an_actor("c", "contributor"), verb, "x")) == ["authority.role"]  # type: ignore[arg-type]  # both are verbs


def test_what_a_report_says_is_valid_once_it_has_ids_and_times() -> None:
    play = opened()
    play.do(ANALYST, claim, "")
    for act in play.acts:
        known = {"created": "2026-03-01T09:30:00.000Z", "modified": "2026-03-01T09:30:00.000Z", "spec_version": "2.1"}
        assert check({**known, **{str(k): v for k, v in act.objects[0].known.items()}}) == ()  # type: ignore[union-attr]
