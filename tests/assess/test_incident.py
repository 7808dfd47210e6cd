"""An incident is opened by an analyst from named sources, and its nexus is passed by somebody else on independent ones."""

from dataclasses import replace
from datetime import timedelta

import pytest

from builders import NOW, A, B, C, a_stix_object, an_act, digest, seen
from cases.play import Play, an_actor
from charlevoix.acts.act import Gone, Missing, Place, StixObject
from charlevoix.assess.incident import Incident, IncidentCase
from charlevoix.assess.nexus import Evidence, Passing, Reviewing, dependence, exclude_nexus, review, review_nexus
from charlevoix.assess.opening import (
    Addition,
    Details,
    Judgement,
    Opening,
    Sharing,
    add,
    close,
    invite,
    note,
    open_incident,
    reopen,
    revise,
)
from charlevoix.errors import Refused
from charlevoix.safeguards.grounds import Nexus
from charlevoix.stix.identifier import Property, Ref
from charlevoix.stix.validity import check

ANALYST, REVIEWER = an_actor("analyst", "analyst"), an_actor("reviewer", "reviewer-rights")
BUNDLE, LIST, OTHER = digest("bundle"), digest("list"), digest("another publisher")
DOMAINS = {Place(BUNDLE, n): a_stix_object("domain-name", "bundle", n, ref=Ref(f"domain-name--{n}"), value=f"{n}.test") for n in (1, 2)}
FORM = Opening(
    "Copied newspapers",
    ("D2.2", "D2.3"),
    ("covert", "malicious"),
    frozenset({BUNDLE, LIST}),
    tuple(DOMAINS),
    (B,),
    judgement=Judgement("State media repeat it", (55, 80), "moderate"),
    sharing=Sharing("amber", (A, B), ("charlevoix_assessment",)),
)
INDEPENDENT = Passing("Two investigations agree", (Evidence(BUNDLE, B, "VIGINUM"), Evidence(OTHER, C, "Qurium")))


def opened(form: Opening = FORM) -> Play[Incident]:
    play = Play(IncidentCase(), elsewhere=DOMAINS)
    assert play.do(ANALYST, open_incident, form) is None
    return play


def rules(said: Refused | None) -> list[str]:
    assert said is not None
    return [r.rule for r in said.reasons]


@pytest.mark.mission("C02", "D2.2", "D2.3")
def test_an_incident_is_what_its_analyst_said() -> None:
    state = opened().state
    assert (state.title, state.threats, state.means) == ("Copied newspapers", ("D2.2", "D2.3"), ("covert", "malicious"))
    assert (state.probability, state.confidence, state.assessment) == ((55, 80), "moderate", "State media repeat it")
    assert (state.nexus, state.course.phase) == (Nexus.SUSPECTED, "suspected")
    assert state.domains == ("1.test", "2.test")
    assert state.sources == {BUNDLE, LIST}
    assert state.participants == {A, B}


def test_its_marking_goes_along_in_the_same_act() -> None:
    marking = opened().state.marking
    assert marking is not None
    assert (marking.tlp, marking.releasable) == ("amber", frozenset({A, B}))
    assert marking.redact == {Property("charlevoix_assessment")}
    plain = opened(replace(FORM, sharing=Sharing("green"))).state.marking
    assert plain is not None
    assert (plain.tlp, plain.releasable) == ("green", None)


def test_a_row_shows_what_a_list_needs() -> None:
    assert dict(IncidentCase().row(opened().state)) == {
        "title": "Copied newspapers",
        "author": A,
        "phase": "suspected",
        "nexus": "suspected",
        "threats": "D2.2 D2.3",
        "tlp": "amber",
        "domains": 2,
        "participants": 2,
        "review_due": "2026-03-04T09:30:00+00:00",
    }


def test_every_obstacle_to_opening_is_told_at_once() -> None:
    bad = Opening(
        " ",
        ("D9.9",),
        ("loud",),
        frozenset(),
        judgement=Judgement("", (80, 55), "sure"),
        sharing=Sharing("purple", redact=("charlevoix_participants",)),
        details=Details(first_seen="last week"),
    )
    assert rules(Play(IncidentCase()).do(an_actor("g", "guest"), open_incident, bad)) == [
        "authority.role",
        "incident.title",
        "incident.threats",
        "incident.means",
        "incident.probability",
        "incident.confidence",
        "incident.marking",
        "redaction.common",
        "incident.time",
        "incident.sources",
    ]


def test_a_local_threat_under_one_of_the_commitment_is_taken() -> None:
    assert opened(replace(FORM, threats=("D2.2.x-cloned-voices",))).state.threats == ("D2.2.x-cloned-voices",)


@pytest.mark.mission("C02")
def test_a_suspicion_waits_for_its_review_for_72_hours() -> None:
    play = opened()
    assert [(d.at, d.what, d.whom) for d in play.case.due(play.state)] == [(NOW + timedelta(hours=72), "incident.review-waits", "reviewer")]
    assert play.do(REVIEWER, review_nexus, INDEPENDENT) is None
    assert list(play.case.due(play.state)) == []


@pytest.mark.mission("C02")
def test_one_publisher_is_one_source_however_much_it_publishes() -> None:
    both_of_one = Passing("They agree", (Evidence(BUNDLE, B, "VIGINUM"), Evidence(LIST, B, "viginum ")))
    assert rules(opened().do(REVIEWER, review_nexus, both_of_one)) == ["nexus.publishers", "nexus.origins"]


def test_two_publishers_who_repeat_one_observation_are_one_source() -> None:
    repeated = (Evidence(BUNDLE, B, "VIGINUM"), Evidence(OTHER, C, "VIGINUM"))
    assert [r.rule for r in dependence(repeated)] == ["nexus.origins"]


def test_evidence_without_an_origin_counts_for_none() -> None:
    assert [r.rule for r in dependence((Evidence(BUNDLE, B, "VIGINUM"), Evidence(OTHER, C, " ")))] == ["nexus.origins"]


def test_independent_evidence_passes_the_review_and_the_act_rests_on_it() -> None:
    play = opened()
    assert play.do(REVIEWER, review_nexus, INDEPENDENT) is None
    assert play.acts[-1].act.value.rests == {BUNDLE, OTHER}
    assert play.case.grounds(play.state).nexus is Nexus.REVIEWED


@pytest.mark.mission("C01")
def test_who_opened_an_incident_does_not_review_it() -> None:
    both = an_actor("analyst", "analyst", "reviewer-rights")
    assert rules(opened().do(both, review_nexus, INDEPENDENT)) == ["authority.same-person"]
    mine = Reviewing("rights", True, "Necessary?", "Yes")
    assert rules(opened().do(both, review, mine)) == ["authority.same-person"]


def test_every_obstacle_to_the_review_is_told_at_once() -> None:
    assert rules(opened().do(ANALYST, review_nexus, Passing("", ()))) == [
        "authority.role",
        "authority.same-person",
        "nexus.publishers",
        "nexus.origins",
        "incident.reason",
    ]


def test_what_is_excluded_is_out_of_the_sharing_until_evidence_brings_it_back() -> None:
    play = opened()
    assert play.do(REVIEWER, exclude_nexus, "A domestic campaign") is None
    assert play.state.course.phase == "excluded"
    assert play.case.grounds(play.state).nexus is Nexus.EXCLUDED
    assert rules(play.do(ANALYST, close, "Done")) == ["case.phase"]
    assert rules(play.do(ANALYST, reopen, "Again")) == ["case.phase"]
    assert play.do(REVIEWER, review_nexus, INDEPENDENT) is None
    assert play.state.nexus is Nexus.REVIEWED


def test_closing_keeps_the_nexus_and_opening_again_makes_it_a_suspicion() -> None:
    play = opened()
    play.do(REVIEWER, review_nexus, INDEPENDENT)
    assert play.do(ANALYST, close, "Sites are gone") is None
    assert (play.state.course.phase, play.state.nexus) == ("closed", Nexus.REVIEWED)
    assert play.do(ANALYST, reopen, "They are back") is None
    assert (play.state.course.phase, play.state.nexus) == ("suspected", Nexus.SUSPECTED)


def test_only_its_author_makes_a_new_version() -> None:
    play = opened()
    assert rules(play.do(an_actor("b", "analyst", of=B), revise, replace(FORM, title="Ours"))) == ["incident.not-yours"]
    ref = play.state.ref
    assert play.do(ANALYST, revise, replace(FORM, title="Copied newspapers and ministries", restate=())) is None
    assert (play.state.title, play.state.ref) == ("Copied newspapers and ministries", ref)
    assert play.state.domains == ("1.test", "2.test")
    assert play.state.review_due == NOW + timedelta(hours=72)


def test_a_new_version_of_somebody_else_changes_nothing_here() -> None:
    play = opened()
    stolen = seen(an_act("x", "incident.revise", author=B, after=["incident.open 0"]), a_stix_object(act="x", name="Ours"))
    play.acts.append(stolen)
    assert play.state.title == "Copied newspapers"
    assert len(play.state.course.notes) == 2


def test_a_review_that_one_participant_passes_and_the_author_does_not_is_not_passed() -> None:
    play = opened()
    theirs = an_actor("r2", "reviewer-rights", of=B)
    assert play.do(theirs, review, Reviewing("rights", True, "Necessary?", "Yes")) is None
    assert (play.state.passed, play.state.failed) == (frozenset(), frozenset())
    assert play.do(REVIEWER, review, Reviewing("rights", True, "Necessary?", "Yes")) is None
    assert play.case.grounds(play.state).reviews == {"rights"}
    assert play.do(theirs, review, Reviewing("rights", False, "Necessary?", "No")) is None
    assert play.state.passed == frozenset()
    assert play.state.failed == {"rights"}


def test_who_takes_no_part_fails_no_review() -> None:
    play = opened()
    play.do(REVIEWER, review, Reviewing("rights", True, "Necessary?", "Yes"))
    assert play.do(an_actor("c", "reviewer-rights", of=C), review, Reviewing("rights", False, "Necessary?", "No")) is None
    assert play.state.failed == frozenset()


def test_two_reviews_that_did_not_know_each_other_both_stand_so_the_stricter_holds() -> None:
    play = opened()
    for name, result in (("yes", "passed"), ("no", "failed")):
        said = a_stix_object("note", name, charlevoix_review="rights", charlevoix_result=result)
        play.acts.append(seen(an_act(name, "incident.review", after=["incident.open 0"]), said))
    assert play.state.failed == {"rights"}
    assert play.do(REVIEWER, review, Reviewing("rights", True, "Necessary?", "Yes, by both")) is None
    assert play.state.passed == {"rights"}


def test_each_review_is_for_its_own_reviewer() -> None:
    said = opened().do(REVIEWER, review, Reviewing("legal", True, "", ""))
    assert rules(said) == ["authority.role", "incident.test"]
    assert rules(opened().do(REVIEWER, review, Reviewing("taste", True, "x", "y"))) == ["incident.review-kind"]
    assert opened().do(an_actor("d", "duty"), review, Reviewing("protected", True, "x", "y")) is None


def test_who_takes_no_part_moves_nothing() -> None:
    play = opened()
    meddling = seen(an_act("x", "incident.nexus-passed", author=C, after=["incident.open 0"]), a_stix_object("note", "x"))
    play.acts.append(meddling)
    assert (play.state.nexus, play.state.course.phase) == (Nexus.SUSPECTED, "suspected")


def test_participants_are_invited_once_and_objects_added() -> None:
    play = opened(replace(FORM, restate=()))
    assert rules(play.do(ANALYST, invite, (B,))) == ["incident.nobody-new"]
    assert play.do(ANALYST, invite, (B, C)) is None
    assert play.state.participants == {A, B, C}
    assert rules(play.do(ANALYST, add, Addition(()))) == ["incident.nothing-to-add"]
    assert play.do(ANALYST, add, Addition((Place(BUNDLE, 1),), frozenset({OTHER}))) is None
    assert play.state.domains == ("1.test",)
    assert play.state.sources == {BUNDLE, LIST, OTHER}


def test_what_is_not_here_is_listed_and_the_process_is_the_same() -> None:
    play = opened()
    first = play.acts[0]
    main = first.objects[0]
    assert isinstance(main, StixObject)
    common = {k: main.known[Property(k)] for k in ("charlevoix_participants", "charlevoix_review_due")}
    redacted = replace(main, known={Property(k): v for k, v in common.items()}, withheld=len(main.known) - 2)
    stubs = tuple(Missing(o.at, Gone.NOT_RELEASED) for o in first.objects[1:])
    state = play.case.fold([seen(first.act.value, redacted, *stubs)])
    assert (state.title, state.domains, len(state.absent), len(state.redacted)) == ("", (), 3, 1)
    assert play.case.process(state) == play.case.process(play.state)


def test_everything_an_incident_says_is_valid_once_it_has_ids_and_times() -> None:
    play = opened()
    play.do(REVIEWER, review_nexus, INDEPENDENT)
    play.do(ANALYST, note, "Seen again")
    times = {"created": "2026-03-01T09:30:00.000Z", "modified": "2026-03-01T09:30:00.000Z", "spec_version": "2.1"}
    for act in play.acts:
        for one in act.objects[: 2 if act.act.value.kind == "incident.open" else 1]:
            assert isinstance(one, StixObject)
            assert check({**times, **{str(k): v for k, v in one.known.items() if k != "id"}, "id": _valid(one)}) == ()


def _valid(one: StixObject) -> str:
    return f"{one.type}--00000000-0000-4000-8000-000000000001"
