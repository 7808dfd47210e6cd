"""A history takes whatever anybody wrote, and any sight of an act adds to what the others showed."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings

from builders import a_stix_object, an_act, digest, missing, seen
from cases.histories import JSON
from charlevoix.acts.act import Gone, StixObject
from charlevoix.cases.history import History, Note, as_time, note_of
from charlevoix.stix.identifier import Property


def a_note(**known: object) -> Note:
    return sight(0, **known)


@settings(max_examples=100, deadline=None)
@given(JSON)
def test_a_value_is_read_in_each_way_or_as_nothing(value: object) -> None:
    note = a_note(x=value)
    assert note.text("x") == (value if isinstance(value, str) else "")
    assert all(isinstance(t, str) for t in note.texts("x"))
    assert note.number("x") is None or isinstance(note.number("x"), float)
    assert note.time("x") is None or note.time("x").tzinfo  # type: ignore[union-attr]


def test_true_is_no_number() -> None:
    assert a_note(x=True).number("x") is None
    assert a_note(x=3).number("x") == 3.0


@pytest.mark.parametrize("text", ["", "yesterday", "2026-03-01T09:30:00", "2026-13-01T00:00:00Z", "2" * 100, 5, None])
def test_what_is_no_moment_with_a_zone_is_none(text: object) -> None:
    assert as_time(text) is None


def test_a_moment_is_read_with_its_zone() -> None:
    assert as_time("2026-03-01T09:30:00.000Z") == datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


def sight(withheld: int, **known: object) -> Note:
    properties = {Property(name): value for name, value in known.items()}
    return note_of(seen(an_act(), replace(a_stix_object(withheld=withheld), known=properties)), None)


def test_two_redacted_sights_of_one_object_show_what_either_shows() -> None:
    one, two = sight(2, a=1), sight(2, b=2)
    joined = History().extend([one, two]).notes[digest("1")].main
    assert joined == History().extend([two, one]).notes[digest("1")].main
    assert isinstance(joined, StixObject)
    assert dict(joined.known) == {"a": 1, "b": 2}
    assert joined.withheld == 1


def test_an_object_that_came_later_takes_the_place_of_its_stub() -> None:
    stub = note_of(seen(an_act(), missing()), None)
    assert History().extend([sight(0, a=1), stub]) == History().extend([stub, sight(0, a=1)])
    assert History().extend([stub, sight(0, a=1)]).absent() == ()


def test_of_two_reasons_why_something_is_gone_the_final_one_is_told() -> None:
    notes = [note_of(seen(an_act(), missing(why=why)), None) for why in (Gone.ERASED, Gone.NOT_YET_HERE, Gone.RECALLED)]
    assert [why for _, why in History().extend(notes).absent()] == [Gone.ERASED]


def test_a_case_keeps_of_a_voucher_what_it_counts_and_not_its_objects() -> None:
    act = seen(an_act(objects=2), a_stix_object("note", charlevoix_count=5, content="long"), a_stix_object(index=1))
    kept = note_of(act, frozenset({Property("charlevoix_count")}))
    assert [dict(o.known) for o in kept.objects if isinstance(o, StixObject)] == [{"charlevoix_count": 5}]
