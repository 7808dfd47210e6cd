"""A deadline passes when its closing act says what had been heard by then, and nobody can be left out unseen."""

from builders import A, B, C, a_stix_object, an_act, digest, seen
from charlevoix.cases.case import Course
from charlevoix.cases.history import History, note_of
from charlevoix.cases.silence import closing


def course(*heard: str, after: tuple[str, ...]) -> Course:
    acts = (
        seen(an_act("ask", "consultation.open"), a_stix_object(act="ask")),
        seen(an_act("b", "consultation.answer", author=B, after=["ask"]), a_stix_object(act="b")),
        seen(an_act("c", "consultation.answer", author=C, after=["ask"]), a_stix_object(act="c")),
        seen(
            an_act("end", "consultation.close", after=after),
            a_stix_object(act="end", charlevoix_heard=[digest(h).hex() for h in heard]),
        ),
    )
    notes = tuple(note_of(a, None) for a in acts)
    return Course(History().extend(notes), "closed", notes)


def test_who_did_not_answer_before_the_closing_is_silent() -> None:
    found = closing(course("b", after=("b",)), "consultation.close", [B, C], ["consultation.answer"])
    assert found is not None
    assert found.silent == {C}
    assert found.left_out == frozenset()
    assert found.heard == {digest("b")}


def test_an_answer_that_the_lead_had_and_did_not_count_is_shown() -> None:
    found = closing(course("b", after=("b", "c")), "consultation.close", [B, C], ["consultation.answer"])
    assert found is not None
    assert found.silent == frozenset()
    assert found.left_out == {digest("c")}


def test_while_nothing_is_closed_nobody_is_silent() -> None:
    assert closing(Course(), "consultation.close", [A, B], ["consultation.answer"]) is None
