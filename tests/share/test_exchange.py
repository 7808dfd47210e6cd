"""The exchange of two parties, played through."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders import A, B, digest
from charlevoix.acts.act import Place
from charlevoix.share import exchange
from charlevoix.share.exchange import Confirmation, ExchangeCase, Offer, Outcome, RecallForm, Received, read_place, write_place
from rehearsal import Rehearsal, somebody

ANALYST, THERE, JOB = somebody(A, "ana", "analyst"), somebody(B, "ben", "analyst"), somebody(B, "node b", "node")
PLACE, OTHER = Place(digest("an act"), 2), Place(digest("an act"), 3)


def a_recall(intent: str = "withdraw", *places: Place) -> RecallForm:
    return RecallForm(B, places or (PLACE,), intent, "Not part of it")


@pytest.mark.mission("C10")
def test_a_receipt_says_what_became_of_each_place() -> None:
    case = Rehearsal(ExchangeCase())
    case.does(ANALYST, exchange.offer, Offer(B, frozenset({PLACE.act})))
    told = (Outcome(PLACE, "accepted"), Outcome(OTHER, "refused", "act.signature"))
    case.does(JOB, exchange.receive, Received(A, "2026-03-01T09:30:00.000000Z", told))
    (receipt,) = case.state.receipts
    assert (receipt.author, receipt.cursor, receipt.outcomes) == (B, "2026-03-01T09:30:00.000000Z", told)
    assert case.state.offered_by(A) == {PLACE.act}
    assert case.state.offered_by(B) == frozenset()


@pytest.mark.mission("C10")
def test_a_recall_is_silent_until_the_other_party_answers() -> None:
    case = Rehearsal(ExchangeCase())
    recalled = case.does(ANALYST, exchange.recall, a_recall())
    assert [r.act for r in case.state.unanswered(B)] == [recalled]
    assert [r.act for r in case.state.silent(A)] == [recalled]
    assert case.state.unanswered(A) == ()
    case.does(JOB, exchange.confirm, Confirmation(recalled))
    assert case.state.unanswered(B) == case.state.silent(A) == ()
    assert case.state.recalls[0].outcomes == (Outcome(PLACE, "withdrawn"),)
    assert case.cannot(JOB, exchange.confirm, Confirmation(recalled)) == ["recall.answered"]


def test_what_is_kept_says_why() -> None:
    case = Rehearsal(ExchangeCase())
    recalled = case.does(ANALYST, exchange.recall, a_recall("withdraw", PLACE, OTHER))
    case.does(THERE, exchange.confirm, Confirmation(recalled, {OTHER: "legal.retention"}))
    assert case.state.recalls[0].outcomes == (Outcome(PLACE, "withdrawn"), Outcome(OTHER, "kept", "legal.retention"))


@pytest.mark.parametrize(("intent", "word", "gone"), [("withdraw", "withdrawn", 1), ("correct", "noted", 0), ("remark", "noted", 0)])
def test_only_a_withdrawal_takes_content_away(intent: str, word: str, gone: int) -> None:
    case = Rehearsal(ExchangeCase())
    recalled = case.does(ANALYST, exchange.recall, a_recall(intent))
    said = exchange.confirm(case.state, JOB, case.now, Confirmation(recalled))
    assert len(said.withdraw) == gone  # type: ignore[union-attr]
    case.does(JOB, exchange.confirm, Confirmation(recalled))
    assert case.state.recalls[0].outcomes == (Outcome(PLACE, word),)


def test_who_recalls_cannot_answer_for_the_other_nor_take_its_answer_away() -> None:
    case = Rehearsal(ExchangeCase())
    recalled = case.does(ANALYST, exchange.recall, a_recall())
    assert case.cannot(ANALYST, exchange.confirm, Confirmation(recalled)) == ["recall.unknown"]
    answer = case.does(JOB, exchange.confirm, Confirmation(recalled))
    forged = exchange._say(ANALYST, "exchange.confirmed", B, "x", {exchange.RECALL: recalled.hex()}, frozenset())
    case.does(ANALYST, lambda state, actor, now, form: forged, None)
    assert case.state.recalls[0].confirmed == answer
    assert case.state.unanswered(B) == ()


@pytest.mark.parametrize(
    ("form", "rules"),
    [
        (RecallForm(B, (), "withdraw", "x"), ["recall.place-count"]),
        (RecallForm(B, (PLACE,), "burn", "x"), ["recall.intent"]),
        (RecallForm(B, (PLACE,), "withdraw", " "), ["recall.reason"]),
        (RecallForm(B, (), "burn", ""), ["recall.place-count", "recall.intent", "recall.reason"]),
    ],
)
def test_all_that_is_wrong_with_a_recall_is_said_at_once(form: RecallForm, rules: list[str]) -> None:
    assert Rehearsal(ExchangeCase()).cannot(ANALYST, exchange.recall, form) == rules


def test_there_is_nothing_to_offer_without_acts() -> None:
    assert Rehearsal(ExchangeCase()).cannot(ANALYST, exchange.offer, Offer(B, frozenset())) == ["exchange.nothing"]


@given(act=st.binary(min_size=32, max_size=32), index=st.integers(0, 999_999))
@settings(max_examples=100, deadline=None)
def test_a_place_is_read_as_it_was_written(act: bytes, index: int) -> None:
    place = Place(digest("x").__class__(act), index)
    assert read_place(write_place(place)) == place


@given(st.text(max_size=80))
@settings(max_examples=100, deadline=None)
def test_no_text_breaks_the_reading_of_a_place(text: str) -> None:
    found = read_place(text)
    assert found is None or write_place(found).lower() == text.lower() or int(text.partition(":")[2]) == found.index
