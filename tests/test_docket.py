"""Cases and acts are found by the beginning of an id, and nothing is found that is not there."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import pytest

from builders import digest
from charlevoix import house
from charlevoix.acts.act import Place, StixObject
from charlevoix.cases.case import Course
from charlevoix.cases.history import Note
from charlevoix.desk import shown
from charlevoix.docket import MOMENT, act_named, banner, basis, case_named, grounds_of, sight
from charlevoix.errors import Malformed, Unknown
from charlevoix.house import Station
from charlevoix.partners.roster import Roster
from charlevoix.stix.identifier import Property, Ref
from charlevoix.stix.marking import OFFICIAL
from stage import Stage, stage


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with stage(tmp_path_factory.mktemp("docket"), "Demo A") as made:
        yield made


@pytest.fixture(scope="module")
def station(played: Stage) -> Iterator[Station]:
    with ExitStack() as stack:
        yield stack.enter_context(house.opened(played.homes["Demo A"]))


def test_a_case_is_found_by_the_beginning_of_its_id(played: Stage, station: Station) -> None:
    node, who = station.node, station.actor()
    assert case_named(node, who, "incident", played.incident) == played.incident
    assert case_named(node, who, "incident", played.incident[:16]) == played.incident
    assert case_named(node, who, "incident", played.incident.removeprefix("incident--")[:12]) == played.incident


@pytest.mark.parametrize("name", ["incident--ffffffff-0000", "", "report--", "%", "incident--%"])
def test_a_name_that_no_case_begins_with_is_unknown(station: Station, name: str) -> None:
    with pytest.raises(Unknown):
        case_named(station.node, station.actor(), "incident", name)


def test_a_beginning_that_several_cases_share_is_refused(station: Station) -> None:
    with pytest.raises(Malformed) as error:
        case_named(station.node, station.actor(), "incident", "incident--")
    assert error.value.reason.rule == "case.several"


def test_an_act_is_named_by_digest_by_case_or_by_kind(played: Stage, station: Station) -> None:
    node, who = station.node, station.actor()
    opened, passed = act_named(node, who, played.incident), act_named(node, who, f"{played.incident}#incident.nexus-passed")
    assert (opened.kind, passed.kind) == ("incident.open", "incident.nexus-passed")
    assert act_named(node, who, passed.act.hex()) == passed
    assert basis(node, who, played.incident, "incident.nexus-passed").said == passed
    assert basis(node, who, played.incident, "incident.nexus-passed").grounds.nexus.value == "reviewed"


def test_who_may_not_read_a_case_still_learns_that_a_person_at_risk_is_concerned(played: Stage, station: Station) -> None:
    """Else what rests on it would not say so."""
    assert [grounds_of(station.node, station.actor(), case).protected for case in (played.incident, played.secret)] == [False, True]
    assert grounds_of(station.node, station.actor("Duy"), played.secret).protected is True


@pytest.mark.parametrize("name", ["0" * 64, "incident--{}#incident.close"])
def test_an_act_that_is_not_there_is_unknown(played: Stage, station: Station, name: str) -> None:
    with pytest.raises(Unknown):
        act_named(station.node, station.actor(), name.format(played.incident.removeprefix("incident--")))


def test_what_does_not_name_an_act_is_malformed(station: Station) -> None:
    with pytest.raises(Malformed):
        act_named(station.node, station.actor(), "the last one")


def test_a_case_without_such_an_act_gives_no_basis(played: Stage, station: Station) -> None:
    with pytest.raises(Unknown) as error:
        basis(station.node, station.actor(), played.incident, "incident.close")
    assert error.value.reason.rule == "case.no-basis"


def test_sight_ends_where_a_person_at_risk_is_concerned(played: Stage, station: Station) -> None:
    node, duty, operator = station.node, station.actor("Duy"), station.actor()
    plain, secret = (act_named(node, duty, case).act for case in (played.incident, played.secret))
    assert [sight(node, duty, ["duty"])(act) for act in (plain, secret)] == [True, True]
    assert [sight(node, duty, ["policy"])(act) for act in (plain, secret)] == [True, False]
    assert [sight(node, operator, ["duty"])(act) for act in (plain, secret)] == [True, False], "nobody reads through another's eyes"


def test_a_moment_is_a_time_or_a_span_from_now() -> None:
    assert MOMENT.convert("2026-11-30", None, None) == datetime(2026, 11, 30, tzinfo=UTC)
    assert MOMENT.convert("2026-11-30T12:00Z", None, None) == datetime(2026, 11, 30, 12, tzinfo=UTC)
    assert abs(MOMENT.convert("+48h", None, None) - datetime.now(UTC) - timedelta(hours=48)) < timedelta(seconds=5)


@pytest.mark.parametrize("text", ["tomorrow", "+h", "+9999999999999d", "+1y", "2026-13-01"])
def test_what_is_no_moment_is_told(text: str) -> None:
    with pytest.raises(Exception, match="is no time"):
        MOMENT.convert(text, None, None)


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("[red]no[/red]", "[red]no[/red]"),
        ("[/bold]", "[/bold]"),
        ("a\x1b[2Jb", "a\ufffd[2Jb"),
        ("\x9b2J\r\x07", "\ufffd2J\ufffd\ufffd"),
        ("\u202ecba", "\ufffdcba"),
        ("é\n“x”", "é\n“x”"),
    ],
)
def test_what_somebody_wrote_is_no_markup_on_a_terminal_and_moves_no_cursor(written: str, seen: str) -> None:
    from io import StringIO

    from rich.console import Console

    paper = StringIO()
    Console(file=paper, width=200, color_system=None).print(shown({"words": [written]})["words"][0], end="")
    assert paper.getvalue() == seen


# --- marking of a page ---------------------------------------------------------------------------------------------


def course(*levels: str | None) -> Course:
    """One act for each level; None is a marking whose definition is not here."""
    refs = [OFFICIAL[level] if level else Ref("marking-definition--00000000-0000-4000-8000-0000000000ff") for level in levels]
    objects = [
        StixObject(
            Place(digest(str(n)), 0),
            Ref(f"note--00000000-0000-4000-8000-00000000000{n}"),
            "note",
            {Property("object_marking_refs"): [ref]},
            0,
        )
        for n, ref in enumerate(refs)
    ]
    notes = tuple(Note(o.at.act, Ref("identity--a"), "incident.note", objects=(o,)) for o in objects)
    return Course(notes=notes)


def test_a_page_bears_the_strictest_marking_of_what_it_shows() -> None:
    roster = Roster.of(Ref("identity--a"), ())
    assert banner(course("clear", "amber", "green"), roster).level == "amber"
    assert banner(course(), roster).level is None


def test_a_marking_that_is_not_here_counts_as_the_strictest() -> None:
    assert banner(course("clear", None), Roster.of(Ref("identity--a"), ())).level == "red"
