"""What leaves, and what does not: every byte that a partner is served, searched for what was withheld from it."""

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from charlevoix import house
from charlevoix.acts.act import Gone, Place
from charlevoix.assess import nexus, opening
from charlevoix.clock import Clock
from charlevoix.doors.closure import dangling
from charlevoix.errors import Answer, Refused
from charlevoix.house import Station
from charlevoix.ledger.entry import Door
from charlevoix.node import Query
from charlevoix.partners.audience import PUBLIC
from charlevoix.safeguards.grounds import Actor
from charlevoix.share import exchange, peer
from charlevoix.stix.identifier import Property, Ref
from charlevoix.stix.marking import LEVELS
from charlevoix.store import acts
from nodes import (
    Told,
    a_domain,
    a_letter,
    a_note,
    a_report,
    an_incident,
    between,
    bring,
    confirm,
    do,
    entries,
    nodes,
    pass_review,
    process,
    pull,
    recall,
    roster_of,
    state,
)
from nodes import given as served

Three = tuple[Station, Station, Station]


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Three]:
    """Demo B is a member and Demo C an observer of Demo A's."""
    with nodes(tmp_path_factory.mktemp("three"), "Demo A", "Demo B", "Demo C", standings={"Demo C": "observer"}) as (a, b, c):
        yield a, b, c


def of(told: Told, rows: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [r for r in rows if r["act"] == told.act.hex()]


def decisions(at: Station, told: Told, to: Ref) -> Mapping[Place, Any]:
    found = at.node.explain(at.actor("Ana"), told.case, [at.node.audience(at.actor(), to)])
    return {place: d for (place, _), d in found.items() if place.act == told.act}


def test_a_partner_gets_whole_redacted_and_nothing_as_decided(three: Three) -> None:
    a, b, c = three
    told = an_incident(a, [b, c], redact=("charlevoix_assessment",))
    whole, cut = (json.loads(of(told, served(a, x))[0]["body"])["charlevoix_objects"] for x in (b, c))
    assert "charlevoix_assessment" in whole[0]["object"]
    assert "key" in whole[0]
    assert "charlevoix_assessment" not in cut[0]["object"]
    assert "salts" in cut[0]
    assert [o.keys() for o in whole[2:]] == [{"object", "key", "entire"}] * 2


# --- nothing of what is withheld is in the bytes ---------------------------------------------------------------------

WORDS = st.text("abcdefghijklmnop", min_size=12, max_size=16)


@st.composite
def incidents(draw: st.DrawFn) -> dict[str, Any]:
    words = draw(st.lists(WORDS, min_size=5, max_size=5, unique=True))
    return {
        "title": words[0],
        "assessment": words[1],
        "domains": tuple(f"{w}.example" for w in words[2 : 2 + draw(st.integers(1, 3))]),
        "tlp": draw(st.sampled_from(sorted(LEVELS))),
        "releasable": draw(st.sampled_from(["all", "b", "nobody", None])),
        "redact": draw(st.sets(st.sampled_from(["charlevoix_assessment", "name", "description", "value"]))),
        "invited": draw(st.booleans()),
        "suspected": draw(st.booleans()),
        "reviewed": draw(st.booleans()),
        "protected": draw(st.sampled_from([False, False, True])),
    }


@pytest.mark.mission("C01")
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(how=incidents())
def test_a_withheld_value_is_nowhere_in_the_bytes(three: Three, how: dict[str, Any]) -> None:
    a, b, c = three
    told = opened(a, b, c, how)
    for to in (b, c):
        rows = [r for r in [*served(a, to), *served(a, to, "stix")] if r["act"] in case_acts(a, told)]
        text = everything(rows)
        secrets = withheld(a, told, to.node.me)
        assert [s for s in secrets if s in text] == [], (to.settings.name, how)
        plain = [json.loads(r["body"]) for r in served(a, to, "stix", versions="last")]
        assert dangling([{Property(k): v for k, v in o.items()} for o in plain], frozenset()) == ()
    out = a.node.release(a.actor("Ana"), told.case, a.node.audience(a.actor(), PUBLIC))
    text = repr([x.value for x in out if not isinstance(x, Refused)])
    assert [s for s in withheld(a, told, PUBLIC) if s in text] == []


SEARCHED = ("id", "name", "value", "description", "charlevoix_assessment")


def opened(a: Station, b: Station, c: Station, how: dict[str, Any]) -> Told:
    lists = {"all": (a.node.me, b.node.me, c.node.me), "b": (a.node.me, b.node.me), "nobody": (a.node.me,), None: None}
    told = an_incident(
        a,
        [b, c] if how["invited"] else [],
        how["domains"],
        how["title"],
        tlp=how["tlp"],
        releasable_to=lists[how["releasable"]],
        redact=tuple(how["redact"]),
        suspected=how["suspected"],
        protected=how["protected"],
    )
    do(a, "incident", told.case, opening.note, "A word on it")
    if how["reviewed"] and how["suspected"]:
        pass_review(a, told)
    return told


def case_acts(at: Station, told: Told) -> set[str]:
    with at.database.read() as conn:
        return {x.digest.hex() for x in acts.of_case(conn, told.case)}


def withheld(at: Station, told: Told, to: Ref) -> list[str]:
    """What this audience must not have, by the decisions: values, ids of what is withheld, each also in base64."""
    found, shown = set[str](), set[str]()
    with at.database.read() as conn:
        places = acts.places_of(conn, [told.act])[told.act]
    decided = decisions(at, told, to)
    for place in places:
        assert place.shown is not None
        decision, members = decided[place.at], json.loads(place.shown.object)
        if members["type"] == "marking-definition":  # an official one stands for itself
            continue
        hidden = members if decision.answer is Answer.NO else {k: members[k] for k in decision.withheld}
        found |= {v for k, v in hidden.items() if isinstance(v, str) and k in SEARCHED}
        shown |= {v for k, v in members.items() if isinstance(v, str) and k not in hidden}
    secret = found - shown
    coded = {base64.b64encode(b"x" * n + s.encode())[4:-4].decode() for s in secret for n in (0, 1, 2)}
    return sorted({*secret, *(x for x in coded if len(x) > 10)})


def everything(rows: list[Mapping[str, Any]]) -> str:
    """The bytes as they are served, and what is in the acts' own base64."""
    text = "\n".join(r["body"] for r in rows)
    for row in rows:
        body = json.loads(row["body"])
        if "charlevoix_act" in body:
            text += "\n".join(base64.urlsafe_b64decode(p + "==").decode("latin-1") for p in body["charlevoix_act"].split(".")[:2])
    return text


def test_what_would_tell_a_withheld_value_is_withheld_with_it(three: Three) -> None:
    a, b, c = three
    told = an_incident(a, [b, c], ("tell-tale.example",), redact=("value",))
    found = decisions(a, told, c.node.me)[told.place(2)]
    assert found.answer is Answer.REDACT
    assert found.withheld == {"value", "id"}
    assert found.reasons[-1].rule == "redaction.tells"
    assert "tell-tale" not in everything(served(a, c))
    assert "tell-tale" in everything(served(a, b))


@pytest.mark.mission("S3")
def test_a_note_on_what_is_not_whole_there_would_dangle_and_is_left_out_of_plain_stix(three: Three) -> None:
    a, b, c = three
    told = an_incident(a, [b, c], redact=("charlevoix_assessment",))
    note = do(a, "incident", told.case, opening.note, "A word on it").value.digest.hex()
    assert [r["type"] for r in served(a, b, "stix") if r["act"] == note] == ["note"]  # she has the incident whole
    assert [r["type"] for r in served(a, c, "stix") if r["act"] == note] == []  # he has it redacted: no plain object of that id is there
    assert [r["act"] for r in served(a, c) if r["act"] == note] == [note]  # the act itself he has
    recall(a, b, told.place(0))
    assert [r["ref"] for r in served(a, b, "stix") if r["ref"] == told.case or r["act"] == note] == []


# --- what changes is decided again -----------------------------------------------------------------------------------


def shapes(at: Station, to: Station, told: Told) -> list[str]:
    """How each object of the opening act is served now."""
    rows = of(told, served(at, to))
    if not rows:
        return []
    objects = json.loads(rows[-1]["body"])["charlevoix_objects"]
    return ["nothing" if o is None else "whole" if "key" in o else "redacted" for o in objects]


@pytest.mark.mission("C02")
def test_an_excluded_nexus_takes_back_what_was_shared(three: Three) -> None:
    a, b, c = three
    told = an_incident(a, [b, c])
    assert shapes(a, b, told) == ["whole"] * 4
    assert [r["ref"] for r in of(told, served(a, b, "stix"))]
    do(a, "incident", told.case, nexus.exclude_nexus, "Ordinary domestic speech", who="Ana")
    assert shapes(a, b, told) == ["nothing"] * 4
    assert of(told, served(a, b, "stix")) == []
    assert process(a, told.case)["nexus"] == "excluded"


@pytest.mark.mission("C02")
def test_an_excluded_case_takes_what_it_shares_with_another_from_that_too(three: Three) -> None:
    a, b, c = three
    one = an_incident(a, [b, c], ("in-both.example", "in-one.example"))
    other = an_incident(a, [b, c], ("in-both.example",))
    assert shapes(a, b, one) == ["whole"] * 4
    do(a, "incident", other.case, nexus.exclude_nexus, "Ordinary domestic speech", who="Ana")
    shared = one.domains.index("in-both.example") + 2
    assert [s for i, s in enumerate(shapes(a, b, one)) if i != shared] == ["whole"] * 3
    assert shapes(a, b, one)[shared] == "nothing"
    assert "in-both" not in everything([r for r in served(a, b) if r["act"] in {one.act.hex(), other.act.hex()}])


def test_what_was_only_recorded_is_shared_when_a_suspicion_is_stated(three: Three) -> None:
    a, b, c = three
    told = an_incident(a, [b, c], suspected=False)
    assert shapes(a, b, told) == []
    do(a, "incident", told.case, opening.suspect, "Same hosting as a known operation")
    assert shapes(a, b, told) == ["whole"] * 4


@pytest.mark.mission("C04")
def test_a_stricter_version_binds_the_earlier_one(three: Three) -> None:
    a, b, c = three
    told = an_incident(a, [b, c], title="Widely known")
    form = opening.Opening(
        "Kept close", ("D2.2",), ("covert",), frozenset({told.source}), (), (b.node.me, c.node.me),
        sharing=opening.Sharing("amber", (a.node.me, b.node.me)),
    )  # fmt: skip
    do(a, "incident", told.case, opening.revise, form)
    assert shapes(a, b, told)[0] == "whole"
    assert shapes(a, c, told)[0] == "nothing"
    assert "Widely known" not in everything([r for r in served(a, c) if r["act"] in case_acts(a, told)])
    assert told.case not in [r["ref"] for r in served(a, c, "stix")]
    with a.database.read() as conn:
        first, second = (json.loads(p.shown.object) for p in versions(conn, told))
    assert first["created"] == second["created"] < second["modified"]


def versions(conn: Any, told: Told) -> list[Any]:
    said = sorted(acts.speaking(conn, [told.case])[told.case])
    found = [acts.place(conn, Place(d, i)) for d, i, _, _ in said]
    return sorted(found, key=lambda p: json.loads(p.shown.object)["modified"])


def test_nothing_tells_of_a_case_of_which_nothing_was_ever_given(three: Three) -> None:
    a, b, c = three
    told = an_incident(a, [b])
    assert shapes(a, b, told) == ["whole"] * 4
    assert [r for r in served(a, c) if r["act"] in case_acts(a, told)] == []
    do(a, "incident", told.case, nexus.exclude_nexus, "Ordinary domestic speech", who="Ana")
    assert shapes(a, b, told) == ["nothing"] * 4  # a stub, since it was given before
    assert [r for r in served(a, c) if r["act"] in case_acts(a, told)] == []


def test_a_change_of_the_roster_is_decided_on_at_once(tmp_path: Path) -> None:
    with nodes(tmp_path, "Demo A", "Demo B", standings={"Demo B": "member"}) as (a, b):
        told = an_incident(a, [b], redact=("charlevoix_assessment",))
        assert shapes(a, b, told)[0] == "whole"
        do(a, "roster", roster_of(a), peer.suspend, b.node.me)
        assert served(a, b) == []
        size = len(entries(a))
        do(a, "incident", told.case, opening.note, "While it is suspended")
        assert [e.rule for e in entries(a, size) if e.audience == b.node.me] == ["audience.suspended"]
        do(a, "roster", roster_of(a), peer.restore, b.node.me)
        assert shapes(a, b, told)[0] == "whole"
        assert len({r["act"] for r in served(a, b)}) == 2


def test_what_expires_is_served_no_more_and_then_withdrawn(tmp_path: Path) -> None:
    moment = [datetime(2026, 3, 1, 9, 30, tzinfo=UTC)]
    clock = replace(Clock(), now=lambda: moment[0])
    homes = [tmp_path / "a", tmp_path / "b"]
    for home in homes:
        house.create(home, home.name, clock=clock)
    with house.opened(homes[0], clock=clock) as a, house.opened(homes[1], clock=clock) as b:
        do(a, "roster", roster_of(a), peer.add, house.introduction(b, "member"))
        told = an_incident(a, [b], until=moment[0] + timedelta(hours=1))
        assert shapes(a, b, told) == ["whole"] * 4
        moment[0] += timedelta(hours=2)
        assert served(a, b) == served(a, b, "stix") == []
        assert a.node.redecide(a.worker()) == 1
        assert shapes(a, b, told) == ["nothing"] * 4
        assert a.node.redecide(a.worker()) == 0
        assert [e.rule for e in entries(a)][-4:] == ["marking.expired"] * 4


# --- recall ----------------------------------------------------------------------------------------------------------


@pytest.mark.mission("C10")
def test_a_recall_takes_that_place_only(tmp_path: Path) -> None:
    with nodes(tmp_path) as (a, b):
        told = an_incident(a, [b], ("stays.example", "recalled-from-b.example"))
        report, _ = a_report(b)
        bring(b, report, a_domain("stays.example"))
        again = an_incident(b, [a], ("recalled-from-b.example",))
        pull(a, b)
        recall(a, b, told.place(2), told.place(3))
        assert shapes(a, b, told) == ["whole", "whole", "nothing", "nothing"]
        pull(a, b)
        confirm(b, a)
        pull(b, a)
        found = state(b, "incident", told.case)
        assert found.domains == ()
        assert found.absent == ((told.place(2), Gone.RECALLED), (told.place(3), Gone.RECALLED))
        assert state(b, "incident", again.case).domains == ("recalled-from-b.example",)  # her own word, from elsewhere
        rows = b.node.find(b.actor(), Query("object", (("ref", "=", str(a_domain("stays.example")["id"])),))).rows
        assert len(rows) == 1  # what the report holds
        assert state(a, "exchange", between(a, b)).silent(a.node.me) == ()
        assert process(a, told.case) == process(b, told.case)
        assert [(e.door, e.place) for e in entries(b) if e.door is Door.RECALL] == [(Door.RECALL, 2), (Door.RECALL, 3)]


def test_erased_bytes_are_nowhere_in_the_database(tmp_path: Path) -> None:
    with nodes(tmp_path) as (a, b):
        told = an_incident(a, [b], ("unforgettable.example",))
        pull(a, b)
        assert b"unforgettable" in raw(b)
        recall(a, b, told.place(2))
        pull(a, b)
        confirm(b, a)
        assert b"unforgettable" not in raw(b)


def test_erased_words_are_not_in_the_index_of_the_search_either(tmp_path: Path) -> None:
    with nodes(tmp_path) as (a, b):
        told = an_incident(a, [b], title="Zanzibarquux")
        pull(a, b)
        assert b.node.find(b.actor(), Query("incident", text="zanzibarquux")).total == 1
        recall(a, b, told.place(0))
        pull(a, b)
        confirm(b, a)
        assert b"zanzibar" not in raw(b).lower()
        assert b.node.find(b.actor(), Query("incident", text="zanzibarquux")).total == 0


def raw(of: Station) -> bytes:
    return b"".join(p.read_bytes() for p in sorted(of.home.glob("node.sqlite*")))


def test_who_is_no_party_confirms_and_recalls_nothing(three: Three) -> None:
    a, b, c = three
    told = an_incident(a, [b, c])
    recall(a, b, told.place(2))
    asked = state(a, "exchange", between(a, b)).unanswered(b.node.me)[-1]
    answer = a_note(
        c, c.node.me, charlevoix_participants=sorted((b.node.me, a.node.me)), charlevoix_recall=asked.act.hex(), object_refs=[c.node.me]
    )
    (came,) = a.node.admit(a.worker(), [a_letter(c, a, "exchange.confirmed", between(a, b), answer).item])
    assert (came.outcome, came.reasons[0].rule) == ("refused", "door.other-case")
    came = next(iter(a.node.admit(a.worker(), [a_letter(c, a, "exchange.confirmed", between(a, c), answer).item])))
    assert came.outcome == "accepted"
    assert asked in state(a, "exchange", between(a, b)).silent(a.node.me)
    # a recall between others takes nothing of ours
    before = state(c, "incident", an_incident(c, [a]).case)
    confirm(a, c)
    assert before.domains


def test_a_confirmation_takes_nothing_that_the_asking_party_did_not_say(tmp_path: Path) -> None:
    with nodes(tmp_path, "Demo A", "Demo B", "Demo C") as (a, b, c):
        told = an_incident(c, [a, b], ("of-c.example",))
        pull(c, b)
        forged = exchange.RecallForm(b.node.me, (told.place(2),), "withdraw", "It is ours, they say")
        refused = a.node.do(a.actor(), house.cases()["exchange"], between(a, b), exchange.recall, forged)
        if not isinstance(refused, Refused):
            pull(a, b)
        letter = a_letter(
            a, b, "exchange.recall", between(a, b),
            a_note(
                a, a.node.me, charlevoix_participants=sorted((a.node.me, b.node.me)), charlevoix_intent="withdraw",
                charlevoix_places=[f"{told.act.hex()}:2"],
            ),
        )  # fmt: skip
        (came,) = b.node.admit(b.worker(), [letter.item])
        assert came.outcome == "accepted"
        confirm(b, a)
        assert state(b, "incident", told.case).domains == ("of-c.example",)


# --- the record ------------------------------------------------------------------------------------------------------


@pytest.mark.mission("T1")
def test_each_passage_of_each_object_is_one_leaf_and_a_page_view_is_none(three: Three) -> None:
    a, b, _ = three
    size = len(entries(a))
    told = an_incident(a, [b], redact=("charlevoix_assessment",))
    mine = [e for e in entries(a, size) if e.act == told.act and e.audience]
    assert sorted((e.audience or "", e.place or 0, e.door.value) for e in mine) == [(b.node.me, n, "release") for n in range(4)]
    size = len(entries(a))
    a.node.explain(a.actor(), told.case, [a.node.audience(a.actor(), "Demo C")])
    a.node.state(a.actor(), house.cases()["incident"], told.case)
    a.node.find(a.actor(), Query("incident"))
    served(a, b)
    assert len(entries(a)) == size
    out = list(a.node.release(a.actor(), told.case, a.node.audience(a.actor(), "Demo C")))
    refused = [o for o in out if isinstance(o, Refused)]
    assert len(refused) == 1
    assert [(e.place, e.answer, e.rule) for e in entries(a, size)] == [(n, Answer.NO, "marking.releasable") for n in range(4)]
    assert refused[0].entry == size


def test_a_refusal_has_a_leaf_that_says_its_first_rule(three: Three) -> None:
    a, b, _ = three
    told = an_incident(a, [b])
    size = len(entries(a))
    done = a.node.do(a.actor("Ana"), house.cases()["incident"], told.case, opening.close, "Over")
    assert isinstance(done, Refused)
    assert done.entry == size
    (leaf,) = entries(a, size)
    assert (leaf.door, leaf.answer, leaf.rule, leaf.role) == (Door.REFUSE, Answer.NO, done.reasons[0].rule, "reviewer-legal")


def test_a_partner_sees_its_own_audience_only(three: Three) -> None:
    a, b, c = three
    an_incident(a, [b])
    asked = Query("release", (("audience", "=", b.node.me), ("collection", "=", "acts"), ("versions", "=", "all")), limit=1_000)
    as_c = Actor(c.node.me, c.node.me, frozenset({"peer"}))
    assert [r.value["act"] for r in a.node.find(as_c, asked).rows] == [r["act"] for r in served(a, c)]
    stranger = Actor(Ref("identity--99999999-9999-4999-8999-999999999999"), Ref("x"), frozenset({"peer"}))
    assert a.node.find(stranger, asked).rows == ()
