"""What came before what is told by `after` alone."""

from builders import A, B, a_stix_object, an_act, digest, seen
from charlevoix.acts.act import Act
from charlevoix.assess.incident import IncidentCase
from charlevoix.cases.causality import equivocations, heads, order, past
from charlevoix.cases.history import History, Note, note_of
from charlevoix.stix.identifier import Ref

RANK = {"incident.nexus-passed": 1, "incident.nexus-excluded": 2}
VERSION = "2026-03-01T09:30:00.000Z"


def history(*acts: Act) -> History:
    return History().extend(note_of(seen(a, a_stix_object(act=a.claimed.isoformat())), None) for a in acts)


def names(notes: tuple[Note, ...]) -> list[str]:
    known = {digest(n): n for n in ("1", "2", "3", "4", "5")}
    return [known[n.digest] for n in notes]


def test_an_act_comes_after_its_past_whatever_its_rank() -> None:
    acts = (an_act("3", "incident.note", after=["2"]), an_act("2", "incident.nexus-excluded", after=["1"]), an_act("1"))
    assert names(order(history(*acts), RANK, {}).notes) == ["1", "2", "3"]


def test_of_two_concurrent_moves_the_stricter_comes_last() -> None:
    acts = (
        an_act("1"),
        an_act("2", "incident.nexus-excluded", after=["1"]),
        an_act("3", "incident.nexus-passed", after=["1"]),
    )
    assert names(order(history(*acts), RANK, {}).notes) == ["1", "3", "2"]


def test_an_act_whose_past_is_not_here_waits_and_so_does_what_came_after_it() -> None:
    acts = (an_act("1"), an_act("2", after=["1", "lost"]), an_act("3", after=["2"]), an_act("4", after=["1"]))
    found = order(history(*acts), RANK, {})
    assert names(found.notes) == ["1", "4"]
    assert found.waiting == {digest("2"), digest("3")}


def test_acts_that_name_each_other_as_their_past_wait_for_ever_and_break_nothing() -> None:
    acts = (an_act("1"), an_act("2", after=["3"]), an_act("3", after=["2"]))
    assert order(history(*acts), RANK, {}).waiting == {digest("2"), digest("3")}
    assert past(history(*acts), digest("2")) == {digest("2"), digest("3")}


def test_an_act_that_is_not_ready_holds_up_what_came_after_it() -> None:
    acts = (an_act("1"), an_act("2", after=["1"]), an_act("3", after=["2"]))
    assert names(order(history(*acts), RANK, {digest("2"): False}).notes) == ["1"]


def test_the_past_of_an_act_goes_all_the_way_back() -> None:
    acts = (an_act("1"), an_act("2", after=["1"]), an_act("3", after=["2", "lost"]))
    assert past(history(*acts), digest("3")) == {digest("1"), digest("2"), digest("lost")}
    assert past(history(*acts), digest("unheard of")) == frozenset()


def test_the_next_act_comes_after_what_nothing_came_after() -> None:
    acts = (an_act("1"), an_act("2", after=["1"]), an_act("3", after=["1"]))
    assert heads(history(*acts)) == {digest("2"), digest("3")}


def said(name: str, by: Ref, *after: str, modified: str = VERSION) -> Note:
    thing = a_stix_object("incident", name, ref=Ref("incident--x"), modified=modified)
    return note_of(seen(an_act(name, author=by, after=after), thing), None)


def test_two_tongues_are_heard_only_of_one_author_side_by_side_about_one_version() -> None:
    two = History().extend([said("1", A), said("2", A)])
    assert [set(e.acts) for e in equivocations(two)] == [{digest("1"), digest("2")}]
    assert equivocations(History().extend([said("1", A), said("2", B)])) == ()
    assert equivocations(History().extend([said("1", A), said("2", A, "1")])) == ()
    assert equivocations(History().extend([said("1", A), said("2", A, modified="2026-03-02T00:00:00.000Z")])) == ()


def test_an_exclusion_holds_over_a_review_that_did_not_know_of_it() -> None:
    case = IncidentCase()
    first = seen(an_act("1"), a_stix_object(charlevoix_participants=[A, B], charlevoix_review_due="2026-03-04T09:30:00.000Z"))
    passed = seen(an_act("2", "incident.nexus-passed", after=["1"]), a_stix_object("note", "2"))
    excluded = seen(an_act("3", "incident.nexus-excluded", author=B, after=["1"]), a_stix_object("note", "3"))
    assert case.fold([first, excluded, passed]).nexus.value == "excluded"
    later = seen(an_act("4", "incident.nexus-passed", after=["3", "2"]), a_stix_object("note", "4"))
    assert case.fold([first, excluded, passed, later]).nexus.value == "reviewed"
