"""Presentations as they travel: what is written is read back, and nothing else is read."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acts.sample import DOMAIN, INCIDENT, presented, whole
from charlevoix.acts.act import Missing, Presentation, StixObject, Whole
from charlevoix.acts.disclosure import check, redact
from charlevoix.acts.signature import read_act
from charlevoix.acts.wire import from_wire, to_wire
from charlevoix.errors import Malformed
from charlevoix.stix.identifier import Property

some = settings(max_examples=60, deadline=None)
FULL = presented(whole(INCIDENT), whole(DOMAIN, 1, entire=True), whole(DOMAIN, 2))
REDACTED = redact(whole(INCIDENT), frozenset({Property("name")}))
BODY = to_wire(Presentation(FULL.act, (REDACTED, FULL.objects[1], None)))


def sent(presentation: Presentation) -> Presentation:
    return from_wire(json.loads(json.dumps(to_wire(presentation))))


@given(st.data())
@some
def test_a_presentation_is_read_back_as_it_was_written(data: st.DataObject) -> None:
    withheld = data.draw(st.frozensets(st.sampled_from(sorted(map(Property, INCIDENT)))))
    item = FULL.objects[0]
    assert isinstance(item, Whole)
    first = data.draw(st.sampled_from([item, redact(item, withheld), None]))
    second = data.draw(st.sampled_from([FULL.objects[1], None]))
    presentation = Presentation(FULL.act, (first, second, None))
    again = sent(presentation)
    assert check(read_act(FULL.act), again) == check(read_act(FULL.act), presentation)
    assert sent(again) == again
    assert to_wire(again) == to_wire(presentation)


def test_the_receiver_sees_the_withheld_property_as_one_less() -> None:
    incident, domain, stub = check(read_act(FULL.act), from_wire(BODY))
    assert isinstance(incident, StixObject)
    assert (incident.withheld, Property("name") in incident.known) == (1, False)
    assert isinstance(domain, StixObject)
    assert domain.known == DOMAIN
    assert isinstance(stub, Missing)


def test_numbers_survive_the_way() -> None:
    full = presented(whole({"type": "note", "x_half": 0.5, "x_small": 5e-324, "x_one": 1.0, "x_large": 2**53 - 1}))
    assert check(read_act(full.act), sent(full)) == check(read_act(full.act), full)


KEY = BODY["objects"][1]["key"]  # type: ignore[index]


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        ({}, "presentation.names"),
        ({**BODY, "more": 1}, "presentation.names"),
        ({**BODY, "act": 1}, "presentation.act"),
        ({**BODY, "act": "é"}, "presentation.act"),
        ({**BODY, "objects": {}}, "presentation.objects"),
        ({**BODY, "objects": [None] * 100_001}, "presentation.objects"),
        ({**BODY, "objects": [1]}, "presentation.item"),
        ({**BODY, "objects": [{}]}, "presentation.names"),
        ({**BODY, "objects": [{"object": {}, "key": KEY}]}, "presentation.names"),
        ({**BODY, "objects": [{"object": {}, "key": KEY, "entire": 1}]}, "presentation.item"),
        ({**BODY, "objects": [{"object": [], "key": KEY, "entire": True}]}, "act.no-object"),
        ({**BODY, "objects": [{"object": {}, "key": KEY + "=", "entire": True}]}, "act.base64"),
        ({**BODY, "objects": [{"object": {}, "key": KEY[:-1] + "_", "entire": True}]}, "act.base64"),
        ({**BODY, "objects": [{"object": {}, "key": KEY[:-3], "entire": True}]}, "disclosure.key-length"),
        ({**BODY, "objects": [{"object": {}, "key": "A" * 1000, "entire": True}]}, "disclosure.key-length"),
        ({**BODY, "objects": [{"object": {"a": 1}, "salts": {}}]}, "disclosure.salts"),
        ({**BODY, "objects": [{"object": {}, "salts": {"a": "A" * 22}}]}, "disclosure.salts"),
        ({**BODY, "objects": [{"object": {"a": 1}, "salts": {"a": "A" * 24}}]}, "disclosure.key-length"),
        ({**BODY, "objects": [{"object": {"a": "\ud800"}, "salts": {"a": "A" * 22}}]}, "act.json"),
        ({**BODY, "objects": [{"object": {"a": 1}, "salts": {"a": 1}}]}, "disclosure.key-length"),
    ],
)
def test_anything_else_is_malformed(body: dict[str, object], rule: str) -> None:
    with pytest.raises(Malformed) as raised:
        from_wire(body)
    assert raised.value.reason.rule == rule
