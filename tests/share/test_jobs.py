"""Two nodes exchange over HTTP on the loopback: what is pulled, receipted, recalled and confirmed."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from hashlib import sha256

import pytest

from charlevoix import house
from charlevoix.acts.act import Digest, Place
from charlevoix.assess.incident import Incident
from charlevoix.doors.admission import AUDIENCE, case_of_one, case_of_two
from charlevoix.errors import Refused
from charlevoix.house import Station
from charlevoix.node import Query
from charlevoix.outside import Limits, Outside, origin_of
from charlevoix.share import exchange, jobs, peer
from charlevoix.share.exchange import Exchange
from charlevoix.share.jobs import EXCHANGE, Pulled, sync
from charlevoix.share.table import recalls, table
from charlevoix.stix.identifier import Ref, observable_id
from share.neighbours import incident, introduce, neighbours

C = house.cases()


@pytest.fixture
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Station, Station]]:
    with neighbours(tmp_path_factory.mktemp("nodes"), "AB", {"B": "observer"}) as found:
        yield found["A"], found["B"]


def pull(by: Station, of: Station) -> Pulled:
    pulled = sync(by, of.node.me)
    assert pulled.failure is None, pulled.failure
    return pulled


def case_of(a: Station, b: Station) -> Ref:
    return case_of_two("exchange", a.node.me, b.node.me)


def between(at: Station, other: Station) -> Exchange:
    state = at.node.state(at.actor(), EXCHANGE, case_of(at, other))
    assert not isinstance(state, Refused)
    found: Exchange = state.value
    return found


def state_at(station: Station, ref: Ref) -> Incident:
    state = station.node.state(station.actor(), C["incident"], ref)
    assert not isinstance(state, Refused)
    found: Incident = state.value
    return found


def process_at(station: Station) -> object:
    (row,) = station.node.find(station.actor(), Query("incident")).rows
    return row.value["process"]


def recall(a: Station, b: Station, place: Place, intent: str = "withdraw") -> None:
    form = exchange.RecallForm(b.node.me, (place,), intent, "It was not part of it")
    assert not isinstance(a.node.do(a.actor(), EXCHANGE, case_of(a, b), exchange.recall, form), Refused)


def place_of(a: Station, case: Ref, domain: str) -> Place:
    ref = observable_id("domain-name", {"value": domain})
    rows = [r.value for r in a.node.find(a.actor(), Query("place", (("case", "=", case),))).rows]
    (row,) = [r for r in rows if r["ref"] == ref]
    return Place(Digest(bytes.fromhex(str(row["act"]))), int(row["place"] or 0))


@pytest.mark.mission("C10")
def test_a_partner_pulls_an_incident_and_answers_with_a_signed_receipt(nodes: tuple[Station, Station]) -> None:
    a, b = nodes
    case, act = incident(a, with_=(b.node.me,), redact=("charlevoix_assessment",))
    assert pull(b, a).outcomes == {"accepted": 1}
    assert process_at(a) == process_at(b)
    there = state_at(b, case)
    assert there.domains == ("one.example", "two.example")
    assert [(o.type, o.withheld) for o in there.redacted] == [("incident", 1)]
    assert b"Probably one operator" not in b"".join(raw_objects(b))
    assert pull(a, b).outcomes == {"accepted": 1}
    (receipt,) = between(a, b).receipts
    assert receipt.author == b.node.me
    assert receipt.outcomes == (exchange.Outcome(Place(act, 0), "accepted"),)
    (fate,) = [f for f in table(a.node, a.actor(), case, [a.node.audience(a.actor(), "Demo B")]).fates.values() if f.act == act]
    assert fate.outcome == "accepted"
    assert fate.seconds is not None


def raw_objects(station: Station) -> Iterator[bytes]:
    with station.database.read() as conn:
        for table_, column in (("objects", "body"), ("places", "body")):
            yield from (bytes(r[0]) for r in conn.exec_driver_sql(f"SELECT {column} FROM {table_}") if r[0])


def test_the_node_itself_reads_its_exchanges_and_no_other_case(nodes: tuple[Station, Station]) -> None:
    a, b = nodes
    case, _ = incident(a, with_=(b.node.me,))
    pull(b, a)
    assert not isinstance(b.node.state(b.worker(), EXCHANGE, case_of(a, b)), Refused)
    refused = b.node.state(b.worker(), C["incident"], case)
    assert isinstance(refused, Refused)
    assert [r.rule for r in refused.reasons] == ["authority.role"]


def test_receipts_are_not_receipted_and_an_exchange_comes_to_rest(nodes: tuple[Station, Station]) -> None:
    a, b = nodes
    incident(a, with_=(b.node.me,))
    for _ in range(3):
        pull(b, a)
        pull(a, b)
    assert len(between(a, b).receipts) == 1
    assert pull(a, b).outcomes == pull(b, a).outcomes == {}


@pytest.mark.mission("C10")
def test_a_recall_takes_the_content_away_and_both_ledgers_keep_that_it_existed(nodes: tuple[Station, Station]) -> None:
    a, b = nodes
    case, _ = incident(a, with_=(b.node.me,))
    pull(b, a)
    place = place_of(a, case, "one.example")
    recall(a, b, place)
    (silent,) = recalls(a.node, a.actor())
    assert (silent.ours, silent.answered_at, silent.outcomes) == (True, "", ())
    assert silent.at
    assert pull(b, a).recalls == 1
    assert state_at(b, case).domains == ("two.example",)
    assert b"one.example" not in b"".join(raw_objects(b))
    assert state_at(a, case).domains == ("one.example", "two.example")
    pull(a, b)
    (answered,) = recalls(a.node, a.actor())
    assert answered.outcomes == ((place, "withdrawn", ""),)
    assert answered.answered_at
    assert process_at(a) == process_at(b)
    assert pull(b, a).recalls == 0


def test_a_recall_that_only_corrects_deletes_nothing(nodes: tuple[Station, Station]) -> None:
    a, b = nodes
    case, _ = incident(a, with_=(b.node.me,))
    pull(b, a)
    place = place_of(a, case, "one.example")
    recall(a, b, place, "correct")
    pull(b, a)
    pull(a, b)
    (answered,) = recalls(a.node, a.actor())
    assert answered.outcomes == ((place, "noted", ""),)


def test_who_takes_no_part_gets_what_is_offered(nodes: tuple[Station, Station]) -> None:
    a, b = nodes
    case, act = incident(a, tlp="green", releasable=False)
    assert pull(b, a).outcomes == {}
    form = exchange.Offer(b.node.me, frozenset({act}))
    assert not isinstance(a.node.do(a.actor(), EXCHANGE, case_of(a, b), exchange.offer, form), Refused)
    assert pull(b, a).outcomes == {"accepted": 2}  # the offer and what was offered
    assert state_at(b, case).domains == ("one.example", "two.example")


# --- what goes wrong -------------------------------------------------------------------------------------------------


@dataclass
class Tampering:
    """The real client, whose answers somebody changes on the way."""

    inner: Outside
    change: Callable[[bytes], bytes]

    def get(self, url: str, **more: object) -> object:
        reply = self.inner.get(url, **more)  # type: ignore[arg-type]
        return replace(reply, body=self.change(reply.body))


def tampered(b: Station, a: Station, change: Callable[[bytes], bytes]) -> Pulled:
    with Outside(frozenset({origin_of(a.settings.url)}), Limits()) as inner:
        return sync(b, a.node.me, outside=Tampering(inner, change))  # type: ignore[arg-type]


def test_a_bad_object_is_in_both_receipts_and_the_rest_arrives(nodes: tuple[Station, Station]) -> None:
    a, b = nodes
    incident(a, with_=(b.node.me,))
    bad = b'{"type": "charlevoix-presentation", "type": "note"}'
    pulled = tampered(b, a, lambda body: body.replace(b'"objects":[', b'"objects":[' + bad + b","))
    assert pulled.outcomes == {"accepted": 1, "quarantined": 1}
    pull(a, b)
    (receipt,) = between(a, b).receipts
    assert [o.outcome for o in receipt.outcomes] == ["quarantined", "accepted"]
    assert receipt.outcomes[0].place == Place(Digest(sha256(bad).digest()), 0)
    assert receipt.outcomes[0].rule


def test_a_changed_signature_is_refused_and_the_sender_reads_why(nodes: tuple[Station, Station]) -> None:
    a, b = nodes
    _, act = incident(a, with_=(b.node.me,))

    def forge(body: bytes) -> bytes:
        envelope = json.loads(body)
        head, payload, signature = envelope["objects"][0]["charlevoix_act"].split(".")
        envelope["objects"][0]["charlevoix_act"] = ".".join((head, payload, ("A" if signature[0] != "A" else "B") + signature[1:]))
        return json.dumps(envelope).encode()

    assert tampered(b, a, forge).outcomes == {"refused": 1}
    pull(a, b)
    (outcome,) = between(a, b).receipts[0].outcomes
    assert (outcome.outcome, outcome.rule) == ("refused", "act.signature")
    assert outcome.place.act != act  # the forged act is another; its name says so


def test_a_presentation_for_another_audience_is_refused(nodes: tuple[Station, Station]) -> None:
    a, b = nodes
    incident(a, with_=(b.node.me,))

    def readdress(body: bytes) -> bytes:
        envelope = json.loads(body)
        envelope["objects"][0][AUDIENCE] = "identity--00000000-0000-4000-8000-000000000001"
        return json.dumps(envelope).encode()

    pulled = tampered(b, a, readdress)
    assert pulled.outcomes == {"refused": 1}
    assert [n.reason.rule for n in pulled.notable if n.reason] == ["door.other-audience"]
    assert b.node.find(b.actor(), Query("incident")).total == 0


def test_after_a_failure_in_between_the_next_pull_goes_on_where_it_stopped(nodes: tuple[Station, Station]) -> None:
    a, b = nodes
    for n in range(3):
        incident(a, (f"site-{n}.example",), with_=(b.node.me,))
    small = replace(b, settings=replace(b.settings, page_objects=1))
    answers = iter((lambda body: body, lambda body: b"not a page"))
    first = tampered(small, a, lambda body: next(answers)(body))  # noqa: PLW0108 - another each time
    assert first.failure is not None
    assert (first.failure.rule, first.outcomes, first.receipts) == ("sync.no-envelope", {"accepted": 1}, 1)
    failing = next(r.value for r in b.node.find(b.actor(), Query("partner")).rows if r.value["ref"] == a.node.me)
    assert "TAXII" in str(failing["failure"])
    assert pull(b, a).outcomes == {"accepted": 2}
    well = next(r.value for r in b.node.find(b.actor(), Query("partner")).rows if r.value["ref"] == a.node.me)
    assert (well["failure"], bool(well["heard_at"])) == (None, True)


def test_who_is_suspended_is_told_and_what_it_says_still_comes_in(nodes: tuple[Station, Station]) -> None:
    a, b = nodes
    incident(b, with_=(a.node.me,))
    a.node.do(a.actor(), C["roster"], case_of_one("roster", a.node.me), peer.suspend, b.node.me)
    refused = sync(b, a.node.me)
    assert refused.failure is not None
    assert (refused.failure.rule, refused.failure.values[1]) == ("sync.answer", "403")
    assert pull(a, b).outcomes == {"accepted": 1}


def test_a_partner_that_is_not_there_stops_no_other(nodes: tuple[Station, Station], tmp_path_factory: pytest.TempPathFactory) -> None:
    a, b = nodes
    incident(a, with_=(b.node.me,))
    home = tmp_path_factory.mktemp("gone") / "G"
    house.create(home, "Demo 0", url="http://127.0.0.1:9")  # the port `discard`, where nobody listens
    with house.opened(home) as gone:
        introduce(b, gone)
    assert jobs.pull(b) == 60.0
    rows = {r.value["name"]: r.value for r in b.node.find(b.actor(), Query("partner")).rows}
    assert "127.0.0.1:9" in str(rows["Demo 0"]["failure"])
    assert rows["Demo A"]["failure"] is None
    assert b.node.find(b.actor(), Query("incident")).total == 1


def test_the_name_in_a_receipt_is_the_digest_of_the_act_or_of_the_bytes() -> None:
    assert jobs.named(b"[") == (sha256(b"[").digest(), "")
    assert jobs.named(b'{"charlevoix_act": "a.b.c"}') == (sha256(b'{"charlevoix_act": "a.b.c"}').digest(), "")
