"""Disclosures: what was committed to is what is shown, and nothing else fits."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acts.sample import DOMAIN, INCIDENT, presented, reference, signed, whole
from charlevoix.acts.act import Gone, Missing, Place, Presentation, Redacted, StixObject, Whole
from charlevoix.acts.disclosure import check, disclosures, expand, from_base64url, redact, salt, to_base64url
from charlevoix.acts.signature import read_act
from charlevoix.errors import Forged, Malformed
from charlevoix.stix.identifier import Property

names = st.text("abcdefghij_", min_size=1, max_size=8).filter(lambda n: n not in ("_sd", "object", "id", "type"))
scalars = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(-1e15, 1e15) | st.text(max_size=20)
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3), max_leaves=8)
objects = st.dictionaries(names, values, min_size=2, max_size=6)
some = settings(max_examples=60, deadline=None)


def shown(presentation: Presentation) -> tuple[StixObject | Missing, ...]:
    return check(read_act(presentation.act), presentation)


def only(presentation: Presentation) -> StixObject:
    (found,) = shown(presentation)
    assert isinstance(found, StixObject)
    return found


def test_a_disclosure_is_salt_name_and_value_in_canonical_form() -> None:
    (first, *_) = disclosures(whole(INCIDENT))
    secret = to_base64url(salt(whole(INCIDENT).key, "type"))
    assert from_base64url(first, "") == f'["{secret}","type","incident"]'.encode()


def test_an_entire_object_is_one_disclosure() -> None:
    (one,) = disclosures(whole(DOMAIN, entire=True))
    assert json.loads(from_base64url(one, ""))[1:] == ["object", DOMAIN]


@pytest.mark.mission("C10")
@given(objects, st.booleans())
@some
def test_the_reference_implementation_sees_what_we_see(value: dict[str, object], entire: bool) -> None:
    presentation = presented(whole(value, entire=entire))
    (theirs,) = reference(presentation)
    assert (theirs["object"] if entire else theirs) == only(presentation).known == json.loads(json.dumps(value))


@given(objects, st.data())
@some
def test_the_reference_implementation_sees_the_same_redaction(value: dict[str, object], data: st.DataObject) -> None:
    withheld = data.draw(st.sets(st.sampled_from(sorted(value)), min_size=1))
    full = presented(whole(value), whole(DOMAIN, 1))
    item = full.objects[0]
    assert isinstance(item, Whole)
    presentation = Presentation(full.act, (redact(item, frozenset(map(Property, withheld))), None))
    ours, stub = shown(presentation)
    assert isinstance(ours, StixObject)
    assert ours.withheld == len(withheld)
    assert reference(presentation) == [ours.known, {}]
    assert stub == Missing(Place(read_act(full.act).digest, 1), Gone.NOT_RELEASED)


@pytest.mark.mission("C04")
@given(st.text("abcdefghijklmnopqrstuvwxyz0123456789.", min_size=12, max_size=30))
@some
def test_a_withheld_value_is_nowhere_in_the_bytes(secret: str) -> None:
    value = {**INCIDENT, "x_secret": secret}
    item = whole(value)
    redacted = redact(item, frozenset({Property("x_secret")}))
    presentation = Presentation(signed([item]), (redacted,))
    sent = expand(presentation)
    opened = b"\n".join(from_base64url(part, "") for piece in sent.split(b"~") for part in piece.split(b".") if part)
    for form in (secret.encode(), to_base64url(salt(item.key, "x_secret")).encode(), to_base64url(item.key).encode()):
        assert form not in sent
        assert form not in opened
        assert form not in redacted.object


def test_withholding_the_id_leaves_no_id() -> None:
    item = whole(DOMAIN)
    presentation = Presentation(signed([item]), (redact(item, frozenset({Property("id"), Property("value")})),))
    found = only(presentation)
    assert (found.ref, found.type, found.withheld) == (None, "domain-name", 2)


@given(st.frozensets(st.sampled_from(sorted(INCIDENT))), st.frozensets(st.sampled_from(sorted(INCIDENT))))
@some
def test_redacting_twice_is_redacting_both(first: frozenset[str], second: frozenset[str]) -> None:
    item = whole(INCIDENT)
    one, other = frozenset(map(Property, first)), frozenset(map(Property, second))
    twice = redact(redact(item, one), other)
    assert twice == redact(item, one | other)
    assert only(Presentation(signed([item]), (twice,))).withheld == len(first | second)


def test_an_entire_object_can_not_be_redacted() -> None:
    with pytest.raises(Malformed, match=r"act\.entire"):
        redact(whole(DOMAIN, entire=True), frozenset({Property("value")}))


@given(st.sampled_from(sorted(INCIDENT)), st.sampled_from(sorted(INCIDENT)))
@some
def test_a_changed_value_is_forged_and_the_error_does_not_tell_it(name: str, other: str) -> None:
    presentation = presented(whole(INCIDENT))
    changed = whole({**INCIDENT, name: "something else"})
    with pytest.raises(Forged) as raised:
        shown(replace(presentation, objects=(changed,)))
    assert raised.value.reason.values == ("objects[0]", name)
    with pytest.raises(Forged):
        shown(replace(presentation, objects=(redact(changed, frozenset({Property(other)}) - {Property(name)}),)))


@given(st.sampled_from(sorted(INCIDENT)))
@some
def test_a_whole_object_must_account_for_every_digest(name: str) -> None:
    presentation = presented(whole(INCIDENT))
    less = {key: value for key, value in INCIDENT.items() if key != name}
    with pytest.raises(Forged, match=r"disclosure\.incomplete"):
        shown(replace(presentation, objects=(whole(less),)))


def test_a_property_that_was_not_committed_to_is_forged() -> None:
    presentation = presented(whole(INCIDENT))
    with pytest.raises(Forged, match="x_more"):
        shown(replace(presentation, objects=(whole({**INCIDENT, "x_more": 1}),)))


@given(objects, objects)
@some
def test_a_disclosure_of_one_object_never_fits_another(one: dict[str, object], other: dict[str, object]) -> None:
    presentation = presented(whole(one, 1), whole(other, 2))
    first, second = presentation.objects
    with pytest.raises(Forged):
        shown(replace(presentation, objects=(second, first)))
    twice = presented(whole(one, 1), whole(one, 2))  # the same content under two keys
    with pytest.raises(Forged):
        shown(replace(twice, objects=(twice.objects[1], None)))


def test_the_reference_implementation_drops_a_forged_disclosure_that_we_refuse() -> None:
    presentation = presented(whole(INCIDENT))
    forged = replace(presentation, objects=(whole({**INCIDENT, "name": "Something else"}),))
    (theirs,) = reference(forged)
    assert "name" not in theirs
    with pytest.raises(Forged):
        shown(forged)


def test_an_entire_object_can_not_pose_as_a_property() -> None:
    item = whole(DOMAIN, entire=True)
    posing = Redacted(json.dumps({"object": DOMAIN}).encode(), {Property("object"): salt(item.key, "object")})
    with pytest.raises(Malformed, match=r"act\.reserved-name"):
        shown(Presentation(signed([item]), (posing,)))


@pytest.mark.parametrize("value", [{"_sd": []}, {"...": "x"}, {"a": [{"_sd": ["x"]}]}, {"a": {"b": {"...": "x"}}}, {"_sd_alg": "x"}])
def test_names_that_verifiers_act_upon_are_refused_at_any_depth(value: dict[str, object]) -> None:
    for entire in (False, True):
        with pytest.raises(Malformed, match=r"act\.reserved-name"):
            disclosures(whole({"type": "note", **value}, entire=entire))


def test_values_that_look_like_reserved_names_are_fine() -> None:
    presentation = presented(whole({"type": "note", "content": '"_sd"', "x": "...", "labels": ["_sd", "..."]}))
    assert only(presentation).known[Property("labels")] == ["_sd", "..."]


def test_a_presentation_must_have_one_item_for_each_object() -> None:
    presentation = presented(whole(INCIDENT), whole(DOMAIN, 1))
    with pytest.raises(Forged, match=r"disclosure\.count"):
        shown(replace(presentation, objects=presentation.objects[:1]))


def test_a_presentation_of_another_act_is_refused() -> None:
    one, other = presented(whole(INCIDENT)), presented(whole(INCIDENT, 1))
    with pytest.raises(Forged, match=r"disclosure\.other-act"):
        check(read_act(one.act), other)


@pytest.mark.parametrize(
    ("raw", "rule"),
    [
        (b"[]", "json.not-object"),
        (b'{"a":1,"a":2}', "json.duplicate-key"),
        (b'{"a":NaN}', "json"),
        (b'{"a":', "json.syntax"),
    ],
)
def test_what_is_no_object_is_malformed(raw: bytes, rule: str) -> None:
    with pytest.raises(Malformed, match=rule):
        disclosures(Whole(raw, b"k" * 32, entire=False))


def test_a_number_that_readers_would_round_is_not_signed() -> None:
    for number in (2**53, 1e16):
        with pytest.raises(Malformed, match="json"):
            signed([whole({"type": "note", "x_number": number})])


def test_keys_and_salts_have_one_length() -> None:
    presentation = presented(whole(INCIDENT))
    with pytest.raises(Malformed, match="key-length"):
        shown(replace(presentation, objects=(replace(whole(INCIDENT), key=b"short"),)))
    redacted = redact(whole(INCIDENT), frozenset())
    with pytest.raises(Malformed, match="key-length"):
        shown(replace(presentation, objects=(replace(redacted, salts={**redacted.salts, Property("name"): b"x"}),)))
    with pytest.raises(Malformed, match="salts"):
        shown(replace(presentation, objects=(replace(redacted, salts={}),)))


@given(st.binary(max_size=40))
@some
def test_base64url_has_one_spelling(data: bytes) -> None:
    text = to_base64url(data)
    assert from_base64url(text, "") == data
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for last in alphabet if len(data) % 3 else "":
        if last != text[-1]:
            try:
                assert from_base64url(text[:-1] + last, "") != data
            except Malformed as error:
                assert error.reason.rule == "act.base64"  # noqa: PT017
    for wrong in (text + "=", text + "\n", "+" + text, text + "/", "A" + text + "é"):
        with pytest.raises(Malformed):
            from_base64url(wrong, "")
