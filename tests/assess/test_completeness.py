"""What an incident lacks, the heaviest gap first, each with what to do."""

from dataclasses import replace

from assess.test_incident import FORM, opened
from charlevoix.assess.completeness import ASPECTS, completeness
from charlevoix.assess.opening import Details
from charlevoix.languages.catalogue import catalogue


def test_the_three_heaviest_gaps_come_first() -> None:
    found = completeness(opened().state)
    assert [g.rule for g in found.top] == ["completeness.captured", "completeness.actor", "completeness.techniques"]
    assert [g.advice for g in found.top] == ["completeness.captured-do", "completeness.actor-do", "completeness.techniques-do"]


def test_points_and_gaps_add_up() -> None:
    found = completeness(opened().state)
    weights = {f"completeness.{a.name}": a.weight for a in ASPECTS}
    assert found.have + sum(weights[g.rule] for g in found.gaps) == found.of == sum(weights.values())


def test_what_is_said_is_no_gap() -> None:
    more = Details("Unknown", ("FR",), ("fr",), "Few", "None found", rights=("19",), gender="None", first_seen="2022-03-10T00:00:00Z")
    before, after = completeness(opened().state), completeness(opened(replace(FORM, details=more)).state)
    closed = {g.rule.split(".")[1] for g in before.gaps} - {g.rule.split(".")[1] for g in after.gaps}
    assert closed == {"actor", "target", "language", "reach", "effect", "rights", "gender", "first-seen"}


def test_every_gap_has_its_sentences() -> None:
    keys = {f"completeness.{a.name}{end}" for a in ASPECTS for end in ("", "-do")}
    assert keys <= catalogue("en").keys()
    assert keys <= catalogue("fr").keys()
