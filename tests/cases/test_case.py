"""What holds for every case of every room."""

import json
from dataclasses import dataclass, replace
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builders import a_stix_object, an_act, seen, verified
from cases.every_case import ALL_CASES
from cases.histories import histories, poorer
from charlevoix.acts.act import Digest
from charlevoix.cases import machine
from charlevoix.cases.case import AnyCase, Case, Course, Due, Row
from charlevoix.cases.machine import Kind
from charlevoix.safeguards.grounds import Grounds
from charlevoix.safeguards.passage import Seen

every_case = pytest.mark.parametrize("case", ALL_CASES, ids=lambda c: c.kind)
moderate = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@every_case
@moderate
@given(data=st.data())
def test_any_order_and_any_repetition_give_the_same_state(case: AnyCase, data: st.DataObject) -> None:
    acts = data.draw(histories(case))
    other = data.draw(st.permutations(acts + data.draw(st.lists(st.sampled_from(acts), max_size=3))))
    assert case.fold(other) == case.fold(acts)


@every_case
@moderate
@given(data=st.data())
def test_a_step_gives_what_the_fold_over_all_acts_gives(case: AnyCase, data: st.DataObject) -> None:
    acts = data.draw(histories(case))
    cut = data.draw(st.integers(0, len(acts)))
    state = case.fold(acts[:cut])
    for act in acts[cut:]:
        state = case.step(state, act)
    assert state == case.fold(acts)


@every_case
@moderate
@given(data=st.data())
def test_a_case_that_grows_in_a_row_is_what_the_fold_gives_and_so_is_its_process(case: AnyCase, data: st.DataObject) -> None:
    acts = in_a_row(data.draw(histories(case)))
    state = case.fold(acts[:1])
    bare = case.bare(state)
    for act in acts[1:]:
        state, bare = case.grow(state, [case.note(act)]), case.grow(bare, [case.common(case.note(act))])
    assert state == case.fold(acts)
    assert case.told(bare) == case.process(case.fold(acts))


def in_a_row(acts: list[Seen]) -> list[Seen]:
    """The same acts, each after the one before."""
    row: list[Seen] = []
    for one in {a.act.value.digest: a for a in acts}.values():
        after = frozenset({row[-1].act.value.digest}) if row else frozenset[Digest]()
        row.append(Seen(verified(replace(one.act.value, after=after), one.act.by), one.objects))
    return row


@every_case
@moderate
@given(data=st.data())
def test_two_holders_of_different_contents_have_the_same_process(case: AnyCase, data: st.DataObject) -> None:
    acts = data.draw(histories(case))
    less = [data.draw(poorer(case, a)) for a in acts]
    assert case.process(case.fold(less)) == case.process(case.fold(acts))


@every_case
@moderate
@given(data=st.data())
def test_what_comes_later_of_an_act_is_joined_to_what_was_here(case: AnyCase, data: st.DataObject) -> None:
    acts = data.draw(histories(case))
    less = [data.draw(poorer(case, a)) for a in acts]
    assert case.fold(less + acts) == case.fold(acts + less) == case.fold(acts)


@every_case
@moderate
@given(data=st.data())
def test_no_act_of_anybody_breaks_what_is_read_from_a_case(case: AnyCase, data: st.DataObject) -> None:
    state = case.fold(data.draw(histories(case)))
    row, told = case.row(state), case.process(state)
    assert isinstance(row["title"], str)
    assert all(v is None or isinstance(v, str | int) for v in (*row.values(), *told.values()))
    json.dumps([dict(row), dict(told)])
    assert isinstance(case.grounds(state), Grounds)
    assert all(isinstance(d, Due) and d.at.tzinfo for d in case.due(state))


@every_case
def test_a_case_without_acts_is_read_like_any_other(case: AnyCase) -> None:
    empty = case.fold([])
    assert empty.course.phase == "none"
    assert isinstance(case.row(empty)["title"], str)
    assert list(case.due(empty)) == []


@every_case
def test_every_kind_of_act_says_who_may_do_it(case: AnyCase) -> None:
    assert [k for k, of in case.kinds.items() if not of.roles] == []


@dataclass(frozen=True, slots=True)
class Told:
    course: Course


class Curious(Case[Told]):
    """A case that tells more than its common properties hold."""

    kind: ClassVar[str] = "curious"
    terminal: ClassVar[frozenset[str]] = frozenset({"open"})
    kinds: ClassVar[dict[str, Kind]] = {"curious.open": machine.kind("analyst", moves=("none", "open"), common="shown")}

    def view(self, course: Course, /) -> Told:
        return Told(course)

    def row(self, state: Told, /) -> Row:
        return {"title": ""}

    def shared(self, state: Told, /) -> Row:
        first = state.course.first("curious.open")
        return {"shown": first.text("shown"), "hidden": first.text("hidden")} if first else {}


def test_a_process_is_told_from_common_properties_alone() -> None:
    act = seen(an_act("1", "curious.open"), a_stix_object(shown="a", hidden="b"))
    process = Curious().process(Curious().fold([act]))
    assert dict(process) == {"shown": "a", "hidden": "", "phase": "open", "acts": 1, "waiting": 0}


def test_an_act_without_a_common_property_waits() -> None:
    act = seen(an_act("1", "curious.open"), a_stix_object(hidden="b"))
    assert Curious().fold([act]).course.waiting == {act.act.value.digest}
