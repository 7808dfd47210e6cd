"""What comes to the door, and what becomes of it: bad input is told apart, kept where it may be tried again, and stops nothing else."""

import json
from collections.abc import Iterator

import pytest

from charlevoix.acts.act import Digest, Place, Presentation, Whole
from charlevoix.acts.key import OPERATIONAL, KeyCard, PublicKey, Purpose, Revocation, sign_card
from charlevoix.doors.admission import Admission, case_of_two
from charlevoix.errors import Answer
from charlevoix.house import Station
from charlevoix.languages.catalogue import catalogue, say
from charlevoix.ledger.entry import Door
from charlevoix.node import Query
from charlevoix.safeguards.passage import Unverified
from charlevoix.share import peer
from charlevoix.stix.identifier import Ref
from charlevoix.stix.marking import OFFICIAL
from charlevoix.store import acts
from nodes import (
    PUBLISHER,
    STAMP,
    Letter,
    a_domain,
    a_letter,
    a_note,
    a_report,
    an_incident,
    an_incident_object,
    bring,
    do,
    entries,
    enveloped,
    given,
    introduce,
    nodes,
    process,
    pull,
    roster_of,
    shown_as,
    state,
)

Pair = tuple[Station, Station]


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with nodes(tmp_path_factory.mktemp("pair")) as (a, b):
        yield a, b


def waits(at: Station) -> dict[str, dict[str, object]]:
    """What the quarantine shows, by the hash of its bytes."""
    rows = at.node.find(at.actor(), Query("quarantine", limit=1_000)).rows
    return {str(r.value["raw"]): dict(r.value) for r in rows}


def is_told(admission: Admission, at: Station) -> None:
    """Every reason is a sentence in both languages, and the outcome is on the record."""
    assert admission.reasons
    for reason in admission.reasons:
        for language in ("en", "fr"):
            assert reason.rule in catalogue(language), reason.rule
            assert not reason.advice or reason.advice in catalogue(language), reason.advice
            assert "{" not in say(reason, language)
    if admission.outcome in ("refused", "quarantined"):
        assert admission.entry is not None
        entry = entries(at)[admission.entry]
        assert (entry.door, entry.answer, entry.rule) == (Door.ADMIT, Answer.NO, admission.reasons[0].rule)
    if admission.outcome == "quarantined":
        assert admission.raw.hex() in waits(at)


# --- foreign material ------------------------------------------------------------------------------------------------

NOTE = {"type": "note", "spec_version": "2.1", "id": "note--11111111-1111-4111-8111-111111111111", "created": STAMP, "modified": STAMP}
DEEP = b'{"type":"domain-name","x":' + b"[" * 100 + b"]" * 100 + b"}"

BAD = {
    "truncated": (json.dumps(a_domain("cut.example")).encode()[:-9], "json.syntax"),
    "deep": (DEEP, "json.too-deep"),
    "very deep": (b'{"x":' + b"[" * 200_000, "json.too-deep"),
    "long string": (json.dumps({**a_domain("long.example"), "x_text": "x" * (2**20 + 1)}).encode(), "json.long-string"),
    "too large": (b'{"x":"' + b"x" * (16 * 2**20) + b'"}', "json.too-large"),
    "named twice": (b'{"type":"domain-name","value":"a.example","value":"b.example"}', "json.duplicate-key"),
    "no number": (b'{"type":"domain-name","x":NaN}', "json.not-a-number"),
    "lone surrogate": (rb'{"type":"domain-name","x":"\ud800"}', "json.lone-surrogate"),
    "too big a number": (b'{"type":"domain-name","x":9007199254740993}', "json.big-number"),
    "no UTF-8": (b'{"type":"domain-name","x":"\xff"}', "json.utf8"),
    "no object": (b"[1]", "json.not-object"),
    "empty": (b"", "json.syntax"),
    "wrong type": (json.dumps({**a_domain("wrong.example"), "value": 5}).encode(), "stix.domain-name"),
    "text for a list": (json.dumps({**NOTE, "content": "x", "object_refs": "note--1"}).encode(), "stix.references"),
    "an id that is none": (json.dumps({**a_domain("id.example"), "id": "domain-name--no"}).encode(), "stix.bad-id"),
    "no time": (json.dumps({**NOTE, "content": "x", "object_refs": [PUBLISHER], "modified": "yesterday"}).encode(), "stix.timestamp"),
}


@pytest.mark.mission("S3")
@pytest.mark.parametrize("name", BAD)
def test_a_bad_object_is_kept_with_its_reason_and_the_rest_arrives(pair: Pair, name: str) -> None:
    a, _ = pair
    raw, rule = BAD[name]
    case, _ = a_report(a)
    name = name.replace(" ", "-")
    told = bring(a, case, a_domain(f"before-{name}.example"), raw, a_domain(f"after-{name}.example"))
    assert sorted(x.outcome for x in told) == ["accepted", "accepted", "quarantined"]
    (bad,) = (x for x in told if x.outcome == "quarantined")
    assert rule in [r.rule for r in bad.reasons]
    is_told(bad, a)
    assert len(state(a, "report", case).course.notes) == 2  # opened, and one voucher


def test_the_same_bad_bytes_wait_once(pair: Pair) -> None:
    a, _ = pair
    case, _ = a_report(a)
    bring(a, case, b'{"again"')
    before = len(waits(a))
    bring(a, case, b'{"again"')
    assert len(waits(a)) == before


def test_an_id_that_collides_is_a_conflict_and_both_are_kept(pair: Pair) -> None:
    a, _ = pair
    case, _ = a_report(a)
    ref = f"note--{a.clock.random_id()}"
    one = {**NOTE, "id": ref, "content": "One", "object_refs": [PUBLISHER]}
    (first,) = bring(a, case, one)
    assert bring(a, case, a_domain("taken.example"))[0].outcome == "accepted"
    (observable,) = bring(a, case, {**a_domain("taken.example"), "value": "other.example"})
    assert (observable.outcome, observable.reasons[0].rule) == ("conflict", "object.conflict")
    (second,) = bring(a, case, {**one, "content": "Another"})
    (third,) = bring(a, case, {**one, "created": "2020-01-01T00:00:00.000Z", "modified": "2027-01-01T00:00:00.000Z"})
    assert [first.outcome, second.outcome, third.outcome] == ["accepted", "conflict", "conflict"]
    is_told(second, a)
    rows = a.node.find(a.actor(), Query("wording", (("ref", "=", ref),))).rows
    assert sorted(json.loads(str(r.value["body"]))["content"] for r in rows) == ["Another", "One", "One"]


def test_a_version_that_goes_back_is_history(pair: Pair) -> None:
    a, _ = pair
    case, _ = a_report(a)
    one = {**NOTE, "id": f"note--{a.clock.random_id()}", "content": "One", "object_refs": [PUBLISHER]}
    bring(a, case, {**one, "content": "Two", "modified": "2026-04-01T09:30:00.000Z"})
    (older,) = bring(a, case, one)
    (newer,) = bring(a, case, {**one, "content": "Three", "modified": "2026-05-01T09:30:00.000Z"})
    assert (older.outcome, newer.outcome) == ("known", "accepted")
    assert [r.rule for r in older.reasons] == ["version.older"]
    assert [r.rule for r in newer.reasons] == ["version.newer"]
    is_told(older, a)


def test_somebody_elses_object_under_our_name_is_refused_and_a_copy_of_ours_is_known(pair: Pair) -> None:
    a, _ = pair
    case, _ = a_report(a)
    told = an_incident(a)
    (ours,) = [r.value for r in a.node.find(a.actor(), Query("object", (("ref", "=", told.case),))).rows]
    forged = {**json.loads(str(ours["body"])), "name": "Never said"}
    (refused,) = bring(a, case, forged)
    (copy,) = bring(a, case, str(ours["body"]).encode())
    assert (refused.outcome, refused.reasons[0].rule) == ("refused", "door.our-object")
    assert (copy.outcome, copy.reasons[0].rule) == ("known", "object.ours")
    is_told(refused, a)


def test_objects_that_speak_of_each_other_in_a_circle_come_in(pair: Pair) -> None:
    a, _ = pair
    case, _ = a_report(a)
    one, two = (f"note--{a.clock.random_id()}" for _ in "12")
    told = bring(
        a,
        case,
        {**NOTE, "id": one, "content": "x", "object_refs": [two]},
        {**NOTE, "id": two, "content": "y", "object_refs": [one, two]},
    )
    assert [t.outcome for t in told] == ["accepted", "accepted"]


def test_an_object_without_marking_gets_the_importers_signed_word(pair: Pair) -> None:
    a, _ = pair
    case, _ = a_report(a)
    (said,) = bring(a, case, a_domain("unmarked.example"), marking=None)
    assert said.outcome == "accepted"
    assert said.act is not None
    with a.database.read() as conn:
        voucher = acts.place(conn, Place(said.act, 0))
    assert voucher is not None
    assert voucher.shown is not None
    assert json.loads(voucher.shown.object)["charlevoix_marking"] == OFFICIAL["amber+strict"]


@pytest.mark.mission("C01")
def test_an_unknown_marking_waits_until_it_is_here(pair: Pair) -> None:
    a, _ = pair
    case, _ = a_report(a)
    ref = f"marking-definition--{a.clock.random_id()}"
    rule = {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": ref,
        "created": STAMP,
        "definition_type": "statement",
        "definition": {"statement": "As agreed"},
    }
    told = bring(a, case, a_domain("marked.example", object_marking_refs=[ref]), a_domain("beside.example"))
    held, other = sorted(told, key=lambda t: t.outcome == "accepted")
    assert (held.outcome, held.reasons[0].rule, other.outcome) == ("quarantined", "marking.not-here", "accepted")
    is_told(held, a)
    number = int(str(waits(a)[held.raw.hex()]["id"]))
    again = a.node.settle(a.actor(), number, True)
    assert isinstance(again, Admission)
    assert again.outcome == "quarantined"
    bring(a, case, rule)
    again = a.node.settle(a.actor(), number, True)
    assert isinstance(again, Admission)
    assert again.outcome == "accepted"
    assert held.raw.hex() not in waits(a)


def test_a_marking_that_comes_later_in_the_file_is_waited_for(pair: Pair) -> None:
    a, _ = pair
    case, _ = a_report(a)
    ref = f"marking-definition--{a.clock.random_id()}"
    rule = {"type": "marking-definition", "spec_version": "2.1", "id": ref, "created": STAMP, "definition_type": "statement"}
    told = bring(a, case, a_domain("early.example", object_marking_refs=[ref]), {**rule, "definition": {"statement": "Later"}})
    assert [t.outcome for t in told] == ["accepted", "accepted"]


def test_what_is_put_aside_is_on_the_record_and_its_bytes_stay(pair: Pair) -> None:
    a, _ = pair
    case, _ = a_report(a)
    (held,) = bring(a, case, b'{"aside"')
    number = int(str(waits(a)[held.raw.hex()]["id"]))
    done = a.node.settle(a.actor(), number, False)
    assert isinstance(done, Admission)
    assert done.outcome == "dismissed"
    assert held.raw.hex() not in waits(a)
    assert a.orders.blobs.get(held.raw) == b'{"aside"'
    assert entries(a)[-1].rule == "quarantine.dismissed"


def test_who_may_not_import_is_told_so_and_nothing_comes_in(pair: Pair) -> None:
    a, _ = pair
    case, _ = a_report(a)
    told = bring(a, case, a_domain("nobody.example"), who="Ana")
    assert [(t.outcome, t.reasons[0].rule) for t in told] == [("refused", "authority.role")]
    is_told(told[0], a)
    assert len(state(a, "report", case).course.notes) == 1


# --- partners' acts --------------------------------------------------------------------------------------------------


def came(at: Station, *letters: Letter | Unverified) -> list[Admission]:
    return list(at.node.admit(at.worker(), [x.item if isinstance(x, Letter) else x for x in letters]))


def an_opening(a: Station, b: Station, **how: object) -> Letter:
    return a_letter(b, a, "incident.open", None, an_incident_object(b, [a]), **how)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["truncated", "very deep", "too large", "named twice", "no number", "lone surrogate", "no object"])
def test_bytes_that_are_no_presentation_are_kept_and_the_rest_arrives(pair: Pair, name: str) -> None:
    a, b = pair
    raw, rule = BAD[name]
    told = came(a, an_opening(a, b), Unverified(raw, b.node.me), an_opening(a, b, rests=[Digest(bytes(32))]))
    assert [t.outcome for t in told] == ["accepted", "quarantined", "accepted"] or told[2].outcome == "known"
    assert told[1].reasons[0].rule == rule
    is_told(told[1], a)


def test_a_presentation_for_another_audience_is_refused(pair: Pair) -> None:
    a, b = pair
    (told,) = came(a, an_opening(a, b, audience=b.node.me))
    assert (told.outcome, told.reasons[0].rule) == ("refused", "door.other-audience")
    is_told(told, a)


def test_a_forged_signature_is_refused(pair: Pair) -> None:
    a, b = pair
    letter = an_opening(a, b)
    head, payload, signature = letter.presentation.act.split(b".")
    changed = signature[:10] + (b"A" if signature[10:11] != b"A" else b"B") + signature[11:]
    (told,) = came(a, enveloped(b, a.node.me, Presentation(b".".join((head, payload, changed)), letter.presentation.objects)))
    assert (told.outcome, told.reasons[0].rule) == ("refused", "act.signature")
    is_told(told, a)


def test_an_object_that_the_act_did_not_speak_of_is_refused(pair: Pair) -> None:
    a, b = pair
    letter, other = an_opening(a, b), a_letter(b, a, "incident.open", None, an_incident_object(b, [a], name="Another"))
    (told,) = came(a, shown_as(letter, b, a, *other.presentation.objects))
    assert (told.outcome, told.reasons[0].rule) == ("refused", "disclosure.digest")
    is_told(told, a)


def test_an_act_signed_with_another_nodes_key_is_not_believed(pair: Pair, tmp_path_factory: pytest.TempPathFactory) -> None:
    a, b = pair
    (told,) = came(a, an_opening(a, b, signer=a))
    assert (told.outcome, told.reasons[0].rule) == ("quarantined", "roster.key")
    (ours,) = came(a, an_opening(a, b, author=a.node.me, signer=a))
    assert (ours.outcome, ours.reasons[0].rule) == ("refused", "door.our-name")
    is_told(ours, a)


def test_an_act_of_an_unknown_author_waits_until_she_is_known(tmp_path_factory: pytest.TempPathFactory) -> None:
    with nodes(tmp_path_factory.mktemp("a"), "Demo A") as (a,), nodes(tmp_path_factory.mktemp("c"), "Demo C") as (c,):
        letter = an_opening(a, c)
        (told,) = came(a, letter)
        assert (told.outcome, told.reasons[0].rule) == ("quarantined", "roster.organisation")
        is_told(told, a)
        introduce(a, c)
        again = a.node.settle(a.actor(), int(str(waits(a)[told.raw.hex()]["id"])), True)
        assert isinstance(again, Admission)
        assert (again.outcome, again.act) == ("accepted", letter.digest)
        assert state(a, "incident", letter.case).course.phase == "suspected"


def test_a_replayed_act_changes_nothing(pair: Pair) -> None:
    a, b = pair
    letter = an_opening(a, b)
    came(a, letter)
    before, size = state(a, "incident", letter.case), len(entries(a))
    told = came(a, letter, letter, enveloped(b, a.node.me, letter.presentation))
    assert {(t.outcome, t.reasons[0].rule) for t in told} == {("known", "act.repeated")}
    assert state(a, "incident", letter.case) == before
    assert len(entries(a)) == size


def test_an_act_for_the_wrong_case_is_refused(pair: Pair) -> None:
    a, b = pair
    for kind, case, rule in (
        ("incident.open", Ref(f"attribution--{a.clock.random_id()}"), "door.other-case"),
        ("exchange.recall", case_of_two("exchange", b.node.me, PUBLISHER), "door.other-case"),
        ("report.open", Ref(f"report--{a.clock.random_id()}"), "door.not-exchanged"),
        ("roster.add", roster_of(a), "door.not-exchanged"),
        ("incident.open", Ref(f"incident--{a.clock.random_id()}"), "door.other-opener"),
    ):
        (told,) = came(a, a_letter(b, a, kind, case, an_incident_object(b, [a])))
        assert (told.outcome, told.reasons[0].rule) == ("refused", rule)
        is_told(told, a)


def test_a_kind_of_act_that_we_do_not_know_waits(pair: Pair) -> None:
    a, b = pair
    for kind, rule in (("incident.dance", "act.kind"), ("weather.open", "case.kind")):
        (told,) = came(a, a_letter(b, a, kind, Ref(f"incident--{a.clock.random_id()}"), an_incident_object(b)))
        assert (told.outcome, told.reasons[0].rule) == ("quarantined", rule)
        is_told(told, a)


def test_nobody_else_speaks_for_our_objects(pair: Pair) -> None:
    a, b = pair
    told = an_incident(a, [b])
    pull(a, b)
    forged = {**an_incident_object(b, [a]), "id": told.case, "created_by_ref": a.node.me, "name": "Never said"}
    (refused,) = came(a, a_letter(b, a, "incident.note", told.case, forged, after=[told.act]))
    assert (refused.outcome, refused.reasons[0].rule) == ("refused", "door.our-object")
    is_told(refused, a)


@pytest.mark.mission("S3")
def test_an_act_whose_past_is_missing_shows_as_a_gap_and_heals(pair: Pair) -> None:
    a, b = pair
    opened = an_opening(a, b)
    said = a_letter(b, a, "incident.note", opened.case, a_note(b, opened.case), after=[opened.digest])
    later = a_letter(b, a, "incident.note", opened.case, a_note(b, opened.case), after=[said.digest])
    (first,) = came(a, later)
    assert (first.outcome, first.reasons[0].rule) == ("accepted", "act.past-missing")
    is_told(first, a)
    assert state(a, "incident", opened.case).course.waiting == {later.digest}
    assert process(a, opened.case)["waiting"] == 1
    came(a, opened)
    assert state(a, "incident", opened.case).course.waiting == {later.digest}
    came(a, said)
    course = state(a, "incident", opened.case).course
    assert course.waiting == frozenset()
    assert [n.digest for n in course.notes] == [opened.digest, said.digest, later.digest]


@pytest.mark.mission("S3")
def test_two_tongues_are_kept_and_shown(pair: Pair) -> None:
    a, b = pair
    opened = an_opening(a, b)
    ref = f"incident--{b.clock.random_id()}"
    said = [
        a_letter(
            b,
            a,
            "incident.note",
            opened.case,
            a_note(b, opened.case, id=ref.replace("incident", "note"), content=text),
            after=[opened.digest],
        )
        for text in ("Two sites", "No sites")
    ]
    told = came(a, opened, *said)
    assert [t.outcome for t in told] == ["accepted"] * 3
    found = state(a, "incident", opened.case)
    assert [e.acts for e in found.equivocations] == [tuple(sorted(s.digest for s in said))]
    assert {n.text("content") for n in found.course.of("incident.note")} == {"Two sites", "No sites"}


def test_what_is_shown_later_is_added_and_less_takes_nothing_away(pair: Pair) -> None:
    a, b = pair
    letter = an_opening(a, b)
    stub = shown_as(letter, b, a, None)
    (whole,) = letter.presentation.objects
    assert isinstance(whole, Whole)
    told = [*came(a, stub), *came(a, letter), *came(a, stub)]
    assert [(t.outcome, [r.rule for r in t.reasons]) for t in told] == [
        ("accepted", []),
        ("accepted", ["act.more-shown"]),
        ("known", ["act.repeated"]),
    ]
    assert state(a, "incident", letter.case).title == "Seen elsewhere"


def test_a_suspended_partner_is_still_heard(tmp_path_factory: pytest.TempPathFactory) -> None:
    with nodes(tmp_path_factory.mktemp("s")) as (a, b):
        do(a, "roster", roster_of(a), peer.suspend, b.node.me)
        assert came(a, an_opening(a, b))[0].outcome == "accepted"
        told = an_incident(a, [b])
        assert given(a, b) == []
        do(a, "roster", roster_of(a), peer.restore, b.node.me)
        assert [r["act"] for r in given(a, b)] == [told.act.hex()]


# --- a stolen key ----------------------------------------------------------------------------------------------------


@pytest.mark.mission("C16")
@pytest.mark.parametrize("order", ["the theft becomes known last", "the theft is known before", "the last good act comes last"])
def test_acts_of_a_stolen_key_after_the_last_good_one_no_longer_count(tmp_path_factory: pytest.TempPathFactory, order: str) -> None:
    with nodes(tmp_path_factory.mktemp("stolen")) as (a, b):
        opened = an_opening(a, b)
        good = a_letter(b, a, "incident.note", opened.case, a_note(b, opened.case, content="Hers"), after=[opened.digest])
        bad = a_letter(b, a, "incident.note", opened.case, a_note(b, opened.case, content="The thief's"), after=[good.digest])
        apart = a_letter(b, a, "incident.note", opened.case, a_note(b, opened.case, content="Apart"), after=[opened.digest])
        card = a_card_after_theft(b, good.digest)
        if order == "the theft becomes known last":
            came(a, opened, good, bad, apart)
            do(a, "roster", roster_of(a), peer.renew, card)
        elif order == "the last good act comes last":
            do(a, "roster", roster_of(a), peer.renew, card)
            came(a, bad, opened)
            came(a, apart, good)
        else:
            came(a, opened, good)
            do(a, "roster", roster_of(a), peer.renew, card)
            told = came(a, bad, apart)
            assert [(t.outcome, t.reasons[0].rule) for t in told] == [("accepted", "act.void")] * 2
            is_told(told[0], a)
        course = state(a, "incident", opened.case).course
        assert [n.text("content") for n in course.notes[1:]] == ["Hers"]
        kept = a.node.find(a.actor(), Query("act", (("case", "=", opened.case),))).rows
        assert {r.value["act"]: r.value["void"] for r in kept} == {
            opened.digest.hex(): 0,
            good.digest.hex(): 0,
            bad.digest.hex(): 1,
            apart.digest.hex(): 1,
        }
        assert a.node.refold() > 0
        assert state(a, "incident", opened.case).course == course


def a_card_after_theft(of: Station, last_good: Digest | None) -> str:
    """A newer card, signed with the root key: the present key of acts is revoked, and another takes its place."""
    ring = of.keyring
    new = PublicKey(Purpose.ACTS, bytes(range(32)))
    old = [ring.public(p) for p in OPERATIONAL]
    card = KeyCard(of.node.me, of.settings.name, 2, (new, *old), (Revocation(ring.kid(Purpose.ACTS), last_good),), of.settings.url)
    return sign_card(card, ring.signer(Purpose.ROOT)).decode()
