"""A node as a whole: what is stored is what its acts say, whoever writes at the same time."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from charlevoix import house
from charlevoix.acts.act import Presentation
from charlevoix.assess import nexus, opening
from charlevoix.errors import Malformed, Refused, Unknown
from charlevoix.house import Station
from charlevoix.ledger.inspection import inspect
from charlevoix.node import Query
from charlevoix.store import acts, cases
from nodes import (
    Letter,
    a_letter,
    a_node,
    a_note,
    a_report,
    an_incident,
    an_incident_object,
    as_peer,
    bring,
    confirm,
    do,
    enveloped,
    nodes,
    pull,
    recall,
    refusal,
)
from nodes import given as served

Pair = tuple[Station, Station]


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with nodes(tmp_path_factory.mktemp("pair")) as (a, b):
        yield a, b


def stored(at: Station) -> dict[str, tuple[Any, ...]]:
    """Every case as it is stored, but for the moment at which it was."""
    with at.database.read() as conn:
        found = [cases.get(conn, ref) for ref in cases.every(conn)]
    return {c.ref: tuple(getattr(c, f) for f in c.__slots__ if f != "changed_at") for c in found if c}


# --- folding again ---------------------------------------------------------------------------------------------------

LETTERS = st.permutations(range(7)).flatmap(lambda order: st.tuples(st.just(order), st.lists(st.booleans(), min_size=7, max_size=7)))


def letters(a: Station, b: Station, opened: Letter) -> list[Letter]:
    """A partner's acts of one case: a row, a branch, two tongues, and one that came after what was never sent."""
    first = a_letter(b, a, "incident.note", opened.case, a_note(b, opened.case, content="One"), after=[opened.digest])
    tongue = f"note--{b.clock.random_id()}"
    return [
        opened,
        first,
        a_letter(b, a, "incident.note", opened.case, a_note(b, opened.case, id=tongue, content="Yes"), after=[first.digest]),
        a_letter(b, a, "incident.note", opened.case, a_note(b, opened.case, id=tongue, content="No"), after=[first.digest]),
        a_letter(b, a, "incident.close", opened.case, a_note(b, opened.case), after=[first.digest]),
        a_letter(b, a, "incident.reopen", opened.case, a_note(b, opened.case), after=[opened.digest]),
        a_letter(b, a, "incident.note", opened.case, a_note(b, opened.case), after=[type(opened.digest)(bytes(32))]),
    ]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(how=LETTERS, together=st.integers(1, 7))
def test_what_is_stored_is_what_all_acts_give_in_whatever_order_they_came(
    pair: Pair, how: tuple[list[int], list[bool]], together: int
) -> None:
    a, b = pair
    order, stubs = how
    some = letters(a, b, a_letter(b, a, "incident.open", None, an_incident_object(b, [a])))
    sent = [enveloped(b, a.node.me, Presentation(some[n].presentation.act, (None,))).item for n in order if stubs[n]]
    sent += [some[n].item for n in order]
    for start in range(0, len(sent), together):
        assert {x.outcome for x in a.node.admit(a.worker(), sent[start : start + together])} <= {"accepted", "known"}
    before = stored(a)
    a.node.refold()
    assert stored(a) == before


def test_what_is_stored_after_a_busy_day_is_what_all_acts_give(pair: Pair) -> None:
    a, b = pair
    told = an_incident(a, [b])
    report, _ = a_report(a)
    bring(a, report, b'{"bad"')
    pull(a, b)
    do(a, "incident", told.case, opening.note, "A word")
    do(b, "incident", told.case, opening.note, "Another at the same time")
    pull(b, a)
    recall(a, b, told.place(2))
    pull(a, b)
    confirm(b, a)
    pull(b, a)
    do(a, "incident", told.case, nexus.exclude_nexus, "Ordinary domestic speech", who="Ana")
    for at in (a, b):
        before = stored(at)
        at.node.refold()
        assert stored(at) == before


# --- several at a time -----------------------------------------------------------------------------------------------

NOTES = 12

WRITER = """
import sys
from pathlib import Path
from charlevoix import house
from charlevoix.assess import opening
home, case, name, count = sys.argv[1:]
with house.opened(Path(home)) as station:
    for n in range(int(count)):
        said = station.node.do(station.actor(), house.cases()["incident"], case, opening.note, f"{name} {n}")
        print(said.value.digest.hex(), flush=True)
"""


def test_threads_and_processes_write_one_home_and_no_reader_skips_a_row(tmp_path: Path) -> None:
    with nodes(tmp_path) as (a, b):
        told = an_incident(a, [b])
        said, wrong, done = list[str](), list[BaseException](), threading.Event()

        def write(name: str) -> None:
            try:
                for n in range(NOTES):
                    said.append(do(a, "incident", told.case, opening.note, f"{name} {n}").value.digest.hex())
            except BaseException as e:  # noqa: BLE001  # told below: a thread's failure fails no test by itself
                wrong.append(e)

        read = list[int]()

        def follow() -> None:
            while not done.is_set() or page():
                pass

        def page() -> bool:
            after = str(read[-1]) if read else ""
            query = Query("release", (("collection", "=", "acts"), ("versions", "=", "all")), after=after, limit=5)
            rows = a.node.find(as_peer(b), query).rows
            read.extend(int(str(r.value["seq"])) for r in rows)
            return bool(rows)

        threads = [threading.Thread(target=write, args=(f"thread {n}",)) for n in range(3)]
        reader = threading.Thread(target=follow)
        arguments = [sys.executable, "-c", WRITER, str(a.home), told.case]
        others = [subprocess.Popen([*arguments, f"process {n}", str(NOTES)], stdout=subprocess.PIPE, text=True) for n in range(2)]
        for t in (*threads, reader):
            t.start()
        for t in threads:
            t.join()
        for p in others:
            said += p.communicate(timeout=60)[0].split()
            assert p.returncode == 0
        done.set()
        reader.join()
        assert wrong == []
        assert len(set(said)) == len(said) == 5 * NOTES
        with a.database.read() as conn:
            kept = list(acts.of_case(conn, told.case))
            assert list(inspect(a.orders.log, conn)) == []
        assert {x.digest.hex() for x in kept} == {told.act.hex(), *said}
        assert read == list(range(1, 5 * NOTES + 2))
        assert [r["seq"] for r in served(a, b)] == read
        dates = [str(r["date_added"]) for r in served(a, b)]
        assert dates == sorted(set(dates))
        before = stored(a)
        a.node.refold()
        assert stored(a) == before


# --- answers of the six verbs ----------------------------------------------------------------------------------------


def test_who_may_not_is_refused_and_all_obstacles_are_told(pair: Pair) -> None:
    a, _ = pair
    told = an_incident(a)
    refused = refusal(a, "incident", told.case, opening.close, "", who="Ana")
    assert [r.rule for r in refused.reasons] == ["authority.role", "incident.reason"]


def test_an_act_that_rests_on_what_is_not_here_is_refused(pair: Pair) -> None:
    a, _ = pair
    form = opening.Opening("Clones", ("D2.2",), ("covert",), frozenset({type(an_incident(a).act)(bytes(32))}))
    refused = refusal(a, "incident", None, opening.open_incident, form)
    assert [r.rule for r in refused.reasons] == ["act.rests-missing", "act.rests-on"]


def test_what_is_not_here_is_unknown_and_a_query_that_cannot_be_is_malformed(pair: Pair) -> None:
    a, _ = pair
    nowhere = f"incident--{a.clock.random_id()}"
    with pytest.raises(Unknown):
        a.node.state(a.actor(), house.cases()["incident"], nowhere)  # type: ignore[arg-type]
    with pytest.raises(Unknown):
        bring(a, nowhere.replace("incident", "report"), b"{}")  # type: ignore[arg-type]
    for query in (
        Query("nothing"),
        Query("incident", limit=0),
        Query("incident", sort="colour"),
        Query("incident", (("colour", "=", "red"),)),
    ):
        with pytest.raises(Malformed):
            a.node.find(a.actor(), query)


def test_a_failing_verb_leaves_nothing_behind(pair: Pair) -> None:
    a, _ = pair
    told = an_incident(a)
    before = stored(a)

    def breaks(*_: object) -> Any:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        a.node.do(a.actor(), house.cases()["incident"], told.case, breaks, None)
    assert stored(a) == before
    assert do(a, "incident", told.case, opening.note, "Still works")


def test_a_pseudonym_is_the_same_in_one_case_and_another_in_the_next(tmp_path: Path) -> None:
    with a_node(tmp_path) as a:
        one, two = an_incident(a), an_incident(a)
        names = []
        for told in (one, one, two):
            do(a, "incident", told.case, opening.note, "x")
            found = a.node.state(a.actor(), house.cases()["incident"], told.case)
            assert not isinstance(found, Refused)
            names.append(found.value.course.notes[-1].text("charlevoix_by"))
        assert names[0] == names[1] != names[2]
        assert a.actor().person not in names
