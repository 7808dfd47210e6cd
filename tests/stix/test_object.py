import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from charlevoix.errors import Malformed
from charlevoix.stix.canonical import LARGEST, canonical
from charlevoix.stix.object import read_object

NAMES = st.text(max_size=6)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-LARGEST, LARGEST) | st.floats(-LARGEST, LARGEST) | NAMES,
    lambda part: st.lists(part, max_size=3) | st.dictionaries(NAMES, part, max_size=3),
    max_leaves=10,
)
OBJECTS = st.dictionaries(NAMES, VALUES, max_size=5)


@settings(max_examples=100, deadline=None)
@given(OBJECTS, st.booleans(), st.sampled_from([None, 2]))
def test_any_object_that_json_prints_is_read_as_it_was(value: dict[str, object], ascii_only: bool, indent: int | None) -> None:
    assert read_object(json.dumps(value, ensure_ascii=ascii_only, indent=indent).encode()) == value


@settings(max_examples=100, deadline=None)
@given(OBJECTS.filter(bool), st.data())
def test_any_member_named_twice_is_found(value: dict[str, object], data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(value)))
    twice = json.dumps(name) + ":" + data.draw(st.sampled_from(["1", '"\\u003a"', '{"a":"\\u003A:"}', "[]", '"::"']))
    raw = "{" + twice + "," + json.dumps(value)[1:]
    with pytest.raises(Malformed) as refusal:
        read_object(raw.encode())
    assert refusal.value.reason.rule == "json.duplicate-key"


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=40) | st.text(alphabet='{}[]",:\\u0039aE.-+ntf ', max_size=30).map(str.encode))
def test_whatever_bytes_come_an_object_or_a_refusal_comes_out(raw: bytes) -> None:
    try:
        canonical(read_object(raw))
    except Malformed as refusal:
        assert refusal.reason.rule.startswith("json.")  # noqa: PT017


@pytest.mark.parametrize(
    ("raw", "rule", "values"),
    [
        (b'{"a":1,"a":2}', "json.duplicate-key", ("a",)),
        (b'{"a":1,"\\u0061":2}', "json.duplicate-key", ("a",)),
        (b'{"a":1,"a":2,"b":"\\u003a"}', "json.duplicate-key", ("a",)),  # the escaped colon makes up for the lost one
        (b'{"a":[{"b":{"c":1,"c":1}}]}', "json.duplicate-key", ("a[0].b.c",)),
        (b'{"a":{"b":{"c":1,"c":1}},"a":1}', "json.duplicate-key", ("a",)),
        (b'{"a":{"b":[0,"\\ud800"]}}', "json.lone-surrogate", ("a.b[1]",)),
        (b'{"a":{"\\udc00":1}}', "json.lone-surrogate", ("a",)),
        (b'{"a":NaN}', "json.not-a-number", ("NaN",)),
        (b'{"a":-Infinity}', "json.not-a-number", ("-Infinity",)),
        (b'{"a":[1e400]}', "json.big-number", ("a[0]",)),
        (b'{"a":[{"b":9007199254740992}]}', "json.big-number", ("a[0].b",)),
        (b'{"a":-9007199254740992}', "json.big-number", ("a",)),
        (b'{"a":' + b"9" * 5000 + b"}", "json.big-number", ("",)),
        (b'{"a":1e16}', "json.big-number", ("a",)),
        (b'{"a":"\xff"}', "json.utf8", ("6",)),
        (b'{"a":"\xed\xa0\x80"}', "json.utf8", ("6",)),  # a surrogate in UTF-8
        (b'{"a":1', "json.syntax", ("6", "Expecting ',' delimiter")),
        (b'{"a":1}{}', "json.syntax", ("7", "Extra data")),
        (b'{"a":01}', "json.syntax", ("6", "Expecting ',' delimiter")),
        (b"", "json.syntax", ("0", "Expecting value")),
        (b'\xef\xbb\xbf{"a":1}', "json.syntax", ("0", "Expecting value")),
        (b"[1]", "json.not-object", ("list",)),
        (b'"x"', "json.not-object", ("str",)),
        (b"null", "json.not-object", ("NoneType",)),
    ],
)
def test_what_is_wrong_is_named_with_its_place(raw: bytes, rule: str, values: tuple[str, ...]) -> None:
    with pytest.raises(Malformed) as refusal:
        read_object(raw)
    assert refusal.value.reason.rule == rule
    if rule != "json.syntax" or values[1] != "Expecting value":
        assert refusal.value.reason.values == values


def test_sixty_four_levels_pass_and_sixty_five_do_not() -> None:
    def nested(levels: int) -> bytes:
        return b'{"a":' * (levels - 1) + b"{}" + b"}" * (levels - 1)

    assert "a" in read_object(nested(64))
    for levels in (65, 300, 100_000):
        with pytest.raises(Malformed, match=r"json\.too-deep"):
            read_object(nested(levels))


def test_a_deep_member_hidden_behind_another_of_its_name_does_not_crash() -> None:
    with pytest.raises(Malformed):
        read_object(b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b',"a":1}')
    with pytest.raises(Malformed, match=r"json\.(duplicate-key|too-deep)"):
        read_object(b'{"a":' + b"[" * 900 + b"]" * 900 + b',"a":1}')


def test_the_limits_of_size_and_of_texts_can_be_set() -> None:
    raw = json.dumps({"a": {"b": "é" * 10}}, ensure_ascii=False).encode()
    assert read_object(raw, size=len(raw), string=20, depth=2)
    with pytest.raises(Malformed, match=r"json\.too-large"):
        read_object(raw, size=len(raw) - 1)
    with pytest.raises(Malformed, match=r"json\.long-string: a\.b, 19"):
        read_object(raw, string=19)
    with pytest.raises(Malformed, match=r"json\.long-string"):
        read_object(b'{"aaaaaaaaaaaaaaaaaaaaaaaa":1}', string=20)
    with pytest.raises(Malformed, match=r"json\.too-deep: 1"):
        read_object(raw, depth=1)


def test_by_default_a_text_may_have_a_megabyte_and_an_object_sixteen() -> None:
    assert read_object(b'{"a":"' + b"x" * 2**20 + b'"}')
    with pytest.raises(Malformed, match=r"json\.long-string"):
        read_object(b'{"a":"' + b"x" * (2**20 + 1) + b'"}')
    with pytest.raises(Malformed, match=r"json\.too-large"):
        read_object(b'{"a":"' + b"x" * 2**24 + b'"}')


def test_long_digits_inside_a_text_are_no_integers() -> None:
    assert read_object(b'{"a":",1234567890123456789012","b":0.12345678901234567890}')["a"] == ",1234567890123456789012"
