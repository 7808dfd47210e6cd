"""Who gets what: every combination of the small world against a table, and what must hold whatever the values."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders import HOUR, NOW, A, B, C, a_marking, a_role, a_subject, grounds, verified
from charlevoix.errors import Answer
from charlevoix.languages.catalogue import LANGUAGES, catalogue, say
from charlevoix.partners.audience import STANDINGS, Audience
from charlevoix.safeguards.decision import Decision, decide, strictest
from charlevoix.safeguards.grounds import Grounds, Nexus, Subject
from charlevoix.safeguards.legal_profile import load
from charlevoix.safeguards.marking import Marking
from charlevoix.stix.identifier import Property, Ref
from charlevoix.stix.marking import LEVELS

DEMO = load("demo")
ALL_REVIEWS = ("legal", "rights", "gender", "protected")


def asked(subject: Subject, to: Audience, of: tuple[Grounds, ...], now: datetime = NOW) -> Decision:
    return decide(verified(subject), to, of, DEMO, now)


def rules(decision: Decision) -> set[str]:
    return {reason.rule for reason in decision.reasons}


def peer(standing: str, *agreed: str, suspended: bool = False) -> Audience:
    return Audience(Ref("public") if standing == "public" else B, standing, frozenset(agreed), suspended)


# --- the table: whom a level reaches ------------------------------------------------------------------------------------
# m member, o observer, p partner, n organisation, l platform, u public, h a role of our own house;
# N, L: an organisation or a platform that takes part in the case.

REACHES = {"clear": "mopnlNLuh", "green": "mopnlNLh", "amber": "mopNLh", "amber+strict": "h", "red": "h"}
NEXUS = {
    Nexus.NOT_NEEDED: "mopnlNLuh",
    Nexus.REVIEWED: "mopnlNLuh",
    Nexus.SUSPECTED: "mopNLh",
    Nexus.UNSTATED: "h",
    Nexus.EXCLUDED: "h",
}
NEEDS = {"u": {"legal", "rights", "gender"}, "l": {"legal"}, "L": {"legal"}}
LETTER = {
    "member": "m",
    "observer": "o",
    "partner": "p",
    "organisation": "n",
    "platform": "l",
    "public": "u",
    "role": "h",
}


def letter_of(standing: str, takes_part: bool) -> str:
    letter = LETTER[standing]
    return letter.upper() if takes_part and letter in "nl" else letter


def small_world() -> Iterator[tuple[str, str, Nexus, tuple[str, ...], bool, bool | None, bool]]:
    reviews = [(), ("legal",), ("legal", "rights"), ("legal", "rights", "gender")]
    return product(LEVELS, STANDINGS, Nexus, reviews, (False, True), (None, True, False), (False, True))


@pytest.mark.mission("C01")
@pytest.mark.mission("C02")
@pytest.mark.mission("C04")
def test_every_combination_of_the_small_world_is_answered_as_the_table_says() -> None:
    count = 0
    for level, standing, nexus, reviews, takes_part, listed, recalled in small_world():
        to = a_role() if standing == "role" else peer(standing)
        letter = letter_of(standing, takes_part)
        names = None if listed is None else frozenset({to.name}) if listed else frozenset({C})
        subject = a_subject(a_marking(level, releasable=names), recalled=[to.name] if recalled else []).value
        expected = (
            letter in REACHES[level]
            and letter in NEXUS[nexus]
            and NEEDS.get(letter, set()) <= set(reviews)
            and (letter == "h" or listed is not False)
            and not recalled
        )
        decision = asked(subject, to, (grounds(nexus, *reviews, participants=[to.name] if takes_part else []),))
        assert decision.answer is (Answer.YES if expected else Answer.NO), (
            level,
            standing,
            nexus,
            reviews,
            takes_part,
            listed,
        )
        assert decision.reasons
        count += 1
    assert count == 5 * 7 * 5 * 4 * 2 * 3 * 2


def test_every_obstacle_is_named_not_the_first() -> None:
    subject = a_subject(a_marking("amber", releasable=frozenset({A}), until=NOW - HOUR, purpose=frozenset({"elections"})))
    decision = decide(subject, peer("public"), (grounds(Nexus.UNSTATED, protected=True),), DEMO, NOW)
    assert rules(decision) == {
        "marking.tlp", "marking.releasable", "marking.purpose", "marking.expired", "nexus.not-stated", "reviews.missing", "protected.outside",
    }  # fmt: skip
    missing = [r.values[0] for r in decision.reasons if r.rule == "reviews.missing"]
    assert missing == ["gender", "legal", "rights"]


def test_material_in_no_case_leaves_for_nobody_and_not_even_for_a_role() -> None:
    for to in (peer("member"), peer("public"), a_role()):
        assert rules(decide(a_subject(a_marking("clear")), to, (), DEMO, NOW)) >= {"case.none"}


def test_no_marking_is_a_refusal() -> None:
    unmarked = replace(a_subject().value, markings=())
    for to in (peer("member"), a_role()):
        assert rules(asked(unmarked, to, (grounds(),))) == {"marking.missing"}


def test_what_bears_a_statement_alone_stays_in_our_house_until_it_is_marked() -> None:
    stated = a_subject(a_marking(None)).value
    assert rules(asked(stated, peer("member"), (grounds(),))) == {"marking.missing"}
    assert asked(stated, a_role(), (grounds(),)).answer is Answer.YES


def test_one_marking_that_we_do_not_understand_is_enough_to_refuse() -> None:
    decision = asked(a_subject(a_marking("clear"), a_marking(None, understood=False)).value, peer("member"), (grounds(),))
    assert (decision.answer, rules(decision)) == (Answer.NO, {"marking.unknown"})


def test_red_is_read_by_roles_of_the_author_only() -> None:
    red = a_marking("red")
    assert asked(a_subject(red, author=A).value, a_role(house=A), (grounds(),)).answer is Answer.YES
    for subject, to in ((a_subject(red, author=B), a_role(house=A)), (a_subject(red, author=A), a_role(house=None))):
        assert rules(asked(subject.value, to, (grounds(),))) == {"marking.red-elsewhere"}
    nobodys = asked(a_subject(red, author=None).value, a_role(house=None), (grounds(),))
    assert [(r.rule, r.values) for r in nobodys.reasons] == [("marking.red-elsewhere", ("-",))]
    assert asked(a_subject(red, author=B).value, a_role(house=A), (grounds(),)).reasons[0].values == (B,)


def test_who_comes_to_the_desk_gets_what_the_public_gets() -> None:
    for role in ("contributor", "guest"):
        assert asked(a_subject(a_marking("green")).value, a_role(role), (grounds(),)).answer is Answer.NO
        answered = asked(a_subject(a_marking("clear")).value, a_role(role), (grounds(Nexus.REVIEWED, *ALL_REVIEWS),))
        assert answered.answer is Answer.YES


def test_an_administrator_never_reads_content() -> None:
    for level in LEVELS:
        decision = asked(a_subject(a_marking(level)).value, a_role("administrator"), (grounds(protected=True),))
        assert rules(decision) == {"role.content"}


@pytest.mark.parametrize("to", [Audience(Ref("role--president"), "role", house=A), Audience(B, "friend"), Audience(B, "")])
def test_an_audience_that_we_do_not_know_gets_nothing(to: Audience) -> None:
    decision = asked(a_subject(a_marking("clear")).value, to, (grounds(Nexus.REVIEWED, *ALL_REVIEWS),))
    assert (decision.answer, rules(decision)) == (Answer.NO, {"audience.unknown"})


def test_a_suspended_audience_gets_nothing() -> None:
    assert rules(asked(a_subject().value, peer("member", suspended=True), (grounds(),))) == {"audience.suspended"}


def test_a_purpose_reaches_who_agreed_to_it() -> None:
    subject = a_subject(a_marking(purpose=frozenset({"elections", "research"}))).value
    assert asked(subject, peer("member", "elections", "research", "other"), (grounds(),)).answer is Answer.YES
    assert rules(asked(subject, peer("member", "elections"), (grounds(),))) == {"marking.purpose"}


@pytest.mark.mission("D3")
@pytest.mark.parametrize("by_marking", [False, True])
def test_a_person_at_risk_is_known_to_whoever_must_know(by_marking: bool) -> None:
    subject = a_subject(a_marking(protected=by_marking)).value
    of = grounds(protected=not by_marking)
    inside = {role: asked(subject, a_role(role), (of,)).answer for role in ("analyst", "policy", "auditor")}
    assert set(inside.values()) == {Answer.NO}
    for role in ("duty", "reviewer", "reviewer-legal", "reviewer-rights", "reviewer-gender"):
        assert asked(subject, a_role(role), (of,)).answer is Answer.YES
    assert rules(asked(subject, peer("member"), (of,))) == {"protected.outside"}
    assert asked(subject, peer("member"), (replace(of, reviews=frozenset({"protected"})),)).answer is Answer.YES


def test_the_review_for_a_person_must_be_in_every_case_that_speaks_of_it() -> None:
    of = (grounds(Nexus.REVIEWED, "protected", protected=True), grounds())
    assert rules(asked(a_subject().value, peer("member"), of)) == {"protected.outside"}


def test_a_redaction_leaves_members_and_our_house_the_whole() -> None:
    subject = a_subject(a_marking(redact=frozenset({Property("name")}))).value
    assert asked(subject, peer("partner"), (grounds(),)) == Decision(
        Answer.REDACT, asked(subject, peer("partner"), (grounds(),)).reasons, frozenset({Property("name")}), None
    )
    assert asked(subject, peer("partner"), (grounds(),)).reasons[0].rule == "redaction.withheld"
    for to in (peer("member"), a_role()):
        assert asked(subject, to, (grounds(),)).answer is Answer.YES


def test_what_was_signed_as_one_piece_or_is_common_is_not_redacted_but_refused() -> None:
    marking = a_marking(redact=frozenset({Property("name")}))
    whole = asked(a_subject(marking, whole=True).value, peer("partner"), (grounds(),))
    common = asked(a_subject(marking, common=["name"]).value, peer("partner"), (grounds(),))
    assert (rules(whole), rules(common)) == ({"redaction.whole"}, {"redaction.common"})
    assert {r.advice for d in (whole, common) for r in d.reasons} == {"redaction.restate"}


def test_a_redaction_of_what_is_not_there_hides_nothing() -> None:
    subject = a_subject(a_marking(redact=frozenset({Property("victim")})), whole=True).value
    assert asked(subject, peer("partner"), (grounds(),)).answer is Answer.YES


def test_an_expiry_bounds_the_answer_and_then_ends_it() -> None:
    subject = a_subject(a_marking(until=NOW + 2 * HOUR), a_marking(until=NOW + HOUR), a_marking(None)).value
    assert asked(subject, peer("member"), (grounds(),)).until == NOW + HOUR
    assert asked(subject, peer("member"), (grounds(),), NOW + HOUR).answer is Answer.NO  # at the instant itself it is over
    assert asked(subject, peer("member"), (grounds(),), NOW + HOUR - timedelta(microseconds=1)).answer is Answer.YES


def test_what_the_author_lets_others_have_for_a_time_her_own_house_keeps() -> None:
    subject = a_subject(a_marking(until=NOW - HOUR), author=A).value
    at_home = asked(subject, a_role(house=A), (grounds(),))
    assert (at_home.answer, at_home.until) == (Answer.YES, None)
    for house in (B, None):
        assert rules(asked(subject, a_role(house=house), (grounds(),))) == {"marking.expired"}
    assert rules(asked(replace(subject, author=None), a_role(house=None), (grounds(),))) == {"marking.expired"}


def test_a_standing_without_a_basis_in_law_gets_nothing() -> None:
    lawless = replace(DEMO, sharing=tuple(c for c in DEMO.sharing if "observer" not in c.standings))
    assert rules(decide(a_subject(), peer("observer"), (grounds(),), lawless, NOW)) == {"legal.no-basis"}


# --- what must hold whatever the values ---------------------------------------------------------------------------------

RANK = {Answer.NO: 0, Answer.REDACT: 1, Answer.YES: 2}
names = st.frozensets(st.sampled_from([A, B, C]), max_size=3)
instants = st.integers(-3, 3).map(lambda n: NOW + n * HOUR)
markings = st.builds(
    Marking,
    ref=st.just(Ref("marking-definition--1")),
    tlp=st.sampled_from((*LEVELS, None)),
    releasable=st.none() | names,
    purpose=st.frozensets(st.sampled_from(["elections", "research"])),
    until=st.none() | instants,
    redact=st.frozensets(st.sampled_from([Property("name"), Property("labels")])),
    understood=st.booleans() | st.just(True),
    protected=st.booleans(),
)
levelled = st.lists(markings, min_size=1, max_size=3).filter(lambda ms: any(m.tlp for m in ms)).map(tuple)
cases = st.builds(
    Grounds,
    nexus=st.sampled_from(Nexus),
    reviews=st.frozensets(st.sampled_from(ALL_REVIEWS)) | st.just(frozenset(ALL_REVIEWS)),
    protected=st.booleans(),
    participants=names,
)
audiences = st.one_of(
    st.builds(
        Audience,
        names.map(lambda n: max(n, default=B)),
        st.sampled_from(STANDINGS[:5]),
        st.just(frozenset({"elections"})),
    ),
    st.just(peer("public")),
    st.sampled_from(["analyst", "duty", "reviewer-legal", "auditor", "administrator", "guest"]).map(a_role),
)
subjects = st.builds(
    Subject,
    st.just(a_subject(known={"name": "x", "labels": ["y"], "description": "z"}).value.object),
    levelled,
    st.booleans(),
    st.frozensets(st.sampled_from([Property("name"), Property("description")])),
    names,
    st.sampled_from([A, None]),
)
some = settings(max_examples=100, deadline=None)


def allows_no_more(narrow: Decision, wide: Decision) -> bool:
    if RANK[narrow.answer] > RANK[wide.answer]:
        return False
    if narrow.answer is Answer.NO:
        return True
    sooner = wide.until is None or (narrow.until is not None and narrow.until <= wide.until)
    return narrow.withheld >= wide.withheld and sooner


@some
@given(subjects, audiences, st.lists(cases, min_size=1, max_size=2).map(tuple), markings)
def test_adding_a_marking_never_widens(subject: Subject, to: Audience, of: tuple[Grounds, ...], more: Marking) -> None:
    marked = replace(subject, markings=(*subject.markings, more))
    assert allows_no_more(asked(marked, to, of), asked(subject, to, of))


@some
@given(subjects, audiences, st.lists(cases, min_size=1, max_size=2).map(tuple), cases)
def test_one_more_case_never_widens(subject: Subject, to: Audience, of: tuple[Grounds, ...], more: Grounds) -> None:
    assert allows_no_more(asked(subject, to, (*of, more)), asked(subject, to, of))


@some
@given(subjects, audiences, cases, instants, instants)
def test_time_never_widens(subject: Subject, to: Audience, of: Grounds, one: datetime, other: datetime) -> None:
    early, late = sorted((one, other))
    assert RANK[asked(subject, to, (of,), late).answer] <= RANK[asked(subject, to, (of,), early).answer]


@some
@given(subjects, audiences, cases, instants)
def test_an_answer_holds_until_the_time_it_names(subject: Subject, to: Audience, of: Grounds, now: datetime) -> None:
    decision = asked(subject, to, (of,), now)
    if decision.until is not None:
        assert decision.until > now
        just_before = asked(subject, to, (of,), decision.until - timedelta(microseconds=1))
        assert (just_before.answer, asked(subject, to, (of,), decision.until).answer) == (decision.answer, Answer.NO)


@some
@given(subjects, audiences, cases)
def test_no_rule_reads_a_value(subject: Subject, to: Audience, of: Grounds) -> None:
    other = replace(subject, object=replace(subject.object, known={name: ["other"] for name in subject.object.known}))
    assert asked(other, to, (of,)) == asked(subject, to, (of,))


@some
@given(subjects, audiences, st.lists(cases, min_size=2, max_size=3))
def test_the_order_of_markings_and_cases_changes_nothing(subject: Subject, to: Audience, of: list[Grounds]) -> None:
    turned = replace(subject, markings=subject.markings[::-1])
    one, other = asked(subject, to, tuple(of)), asked(turned, to, tuple(of[::-1]))
    assert (one.answer, one.withheld, one.until) == (other.answer, other.withheld, other.until)
    assert rules(one) == rules(other)


@some
@given(subjects, audiences, st.lists(cases, max_size=2).map(tuple))
def test_every_reason_has_a_sentence_in_english_and_in_french(subject: Subject, to: Audience, of: tuple[Grounds, ...]) -> None:
    for reason in asked(subject, to, of).reasons:
        for language in LANGUAGES:
            assert reason.rule in catalogue(language)
            assert not reason.advice or reason.advice in catalogue(language)
            assert "{" not in say(reason, language)
            assert "?" not in say(reason, language)


@some
@given(subjects, audiences, st.lists(cases, min_size=1, max_size=2).map(tuple))
def test_a_no_advises_for_each_obstacle_and_a_yes_withholds_nothing(subject: Subject, to: Audience, of: tuple[Grounds, ...]) -> None:
    decision = asked(subject, to, of)
    if decision.answer is Answer.NO:
        assert decision.reasons
        assert all(reason.advice for reason in decision.reasons)
    assert (decision.answer is Answer.REDACT) == bool(decision.withheld)


# --- strictest ----------------------------------------------------------------------------------------------------------

YES = asked(a_subject(a_marking(until=NOW + HOUR)).value, peer("member"), (grounds(),))
REDACTED = asked(a_subject(a_marking(redact=frozenset({Property("name")}))).value, peer("partner"), (grounds(),))
NO = asked(a_subject(a_marking("red")).value, peer("member"), (grounds(),))


def test_the_strictest_of_several_decisions_holds() -> None:
    assert strictest([YES, REDACTED]) == Decision(Answer.REDACT, REDACTED.reasons, frozenset({Property("name")}), NOW + HOUR)
    assert strictest([YES, NO, REDACTED]) == NO
    assert strictest([YES]) == YES
    with pytest.raises(ValueError):
        strictest([])
