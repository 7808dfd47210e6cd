import importlib.util
import json
import math
import struct
from pathlib import Path

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from charlevoix.errors import Malformed
from charlevoix.stix.canonical import LARGEST, canonical, digest_of
from charlevoix.stix.object import read_object

TEXT = st.text(max_size=8)  # no surrogates: hypothesis leaves them out of encodable text
SCALARS = st.none() | st.booleans() | st.integers(-LARGEST, LARGEST) | st.floats(allow_nan=False, allow_infinity=False) | TEXT
VALUES = st.recursive(SCALARS, lambda part: st.lists(part, max_size=4) | st.dictionaries(TEXT, part, max_size=4), max_leaves=12)


@settings(max_examples=100, deadline=None)
@given(VALUES)
def test_every_value_prints_as_the_reference_prints_it(value: object) -> None:
    assert canonical(value) == rfc8785.dumps(value)  # type: ignore[arg-type]


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(TEXT, VALUES, max_size=3))
def test_what_is_printed_reads_back_as_the_same_value_unless_a_number_is_too_large(value: dict[str, object]) -> None:
    try:
        read_object(json.dumps(value).encode())
    except Malformed as refusal:
        assert refusal.reason.rule == "json.big-number"  # noqa: PT017
        return
    assert canonical(read_object(canonical(value))) == canonical(value)


def test_every_character_below_the_surrogates_is_escaped_as_the_reference_does() -> None:
    for value in ("".join(map(chr, range(0xD800))), ["".join(map(chr, range(0x80)))], {"a": '\x7f\u2028/\\"'}):
        assert canonical(value) == rfc8785.dumps(value)


def test_the_example_of_rfc_8785_section_3_2_2_gives_the_bytes_of_section_3_2_4() -> None:
    example = r"""{"numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
      "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/", "literals": [null, true, false]}"""
    expected = """
        7b 22 6c 69 74 65 72 61 6c 73 22 3a 5b 6e 75 6c 6c 2c 74 72 75 65 2c 66 61 6c 73 65 5d 2c 22 6e 75 6d 62 65 72 73 22 3a
        5b 33 33 33 33 33 33 33 33 33 2e 33 33 33 33 33 33 33 2c 31 65 2b 33 30 2c 34 2e 35 2c 30 2e 30 30 32 2c 31 65 2d 32 37
        5d 2c 22 73 74 72 69 6e 67 22 3a 22 e2 82 ac 24 5c 75 30 30 30 66 5c 6e 41 27 42 5c 22 5c 5c 5c 5c 5c 22 2f 22 7d"""
    assert canonical(json.loads(example)) == bytes.fromhex(expected)


def test_names_are_sorted_by_utf_16_as_in_rfc_8785_section_3_2_3() -> None:
    names = {
        "\u20ac": "Euro",
        "\r": "CR",
        "\ufb33": "Dalet",
        "1": "One",
        "\U0001f600": "Grin",
        "\u0080": "Control",
        "ö": "Umlaut",
    }
    assert list(json.loads(canonical(names)).values()) == ["CR", "One", "Control", "Umlaut", "Euro", "Grin", "Dalet"]


@pytest.mark.parametrize(
    ("bits", "text"),
    [  # RFC 8785 appendix B
        ("0000000000000000", "0"),
        ("8000000000000000", "0"),
        ("0000000000000001", "5e-324"),
        ("8000000000000001", "-5e-324"),
        ("7fefffffffffffff", "1.7976931348623157e+308"),
        ("ffefffffffffffff", "-1.7976931348623157e+308"),
        ("4340000000000000", "9007199254740992"),
        ("c340000000000000", "-9007199254740992"),
        ("4430000000000000", "295147905179352830000"),
        ("44b52d02c7e14af5", "9.999999999999997e+22"),
        ("44b52d02c7e14af6", "1e+23"),
        ("44b52d02c7e14af7", "1.0000000000000001e+23"),
        ("444b1ae4d6e2ef4e", "999999999999999700000"),
        ("444b1ae4d6e2ef4f", "999999999999999900000"),
        ("444b1ae4d6e2ef50", "1e+21"),
        ("3eb0c6f7a0b5ed8c", "9.999999999999997e-7"),
        ("3eb0c6f7a0b5ed8d", "0.000001"),
        ("41b3de4355555553", "333333333.3333332"),
        ("41b3de4355555554", "333333333.33333325"),
        ("41b3de4355555555", "333333333.3333333"),
        ("41b3de4355555556", "333333333.3333334"),
        ("41b3de4355555557", "333333333.33333343"),
        ("becbf647612f3696", "-0.0000033333333333333333"),
        ("43143ff3c1cb0959", "1424953923781206.2"),
    ],
)
def test_numbers_print_as_in_rfc_8785_appendix_b(bits: str, text: str) -> None:
    (number,) = struct.unpack(">d", bytes.fromhex(bits))
    assert canonical(number) == text.encode()
    assert canonical({"n": [number]}) == f'{{"n":[{text}]}}'.encode()


@pytest.mark.parametrize(
    "value",
    [
        "\ud800",
        {"a": "x\udc00"},
        {"\ud800": 1},
        math.nan,
        [math.inf],
        {"a": -math.inf},
        2**53,
        {"a": [-(2**53)]},
        {1: "a"},
        {"a": {2: 1}},
        {"a": b"x"},
        {"a": {1, 2}},
        object(),
    ],
)
def test_what_has_no_canonical_form_is_refused(value: object) -> None:
    with pytest.raises(Malformed) as refusal:
        canonical(value)
    assert refusal.value.reason.rule == "json.no-canonical-form"


def test_the_largest_integers_still_have_one() -> None:
    assert canonical([2**53 - 1, 1 - 2**53]) == b"[9007199254740991,-9007199254740991]"


def test_bottomless_nesting_is_refused_and_does_not_crash() -> None:
    value: list[object] = []
    for _ in range(100_000):
        value = [value]
    with pytest.raises(Malformed, match=r"json\.too-deep"):
        canonical(value)


def test_tuples_print_as_lists_and_the_order_of_insertion_does_not_matter() -> None:
    assert canonical({"b": (1, True, None), "a": {"d": "é", "c": []}}) == '{"a":{"c":[],"d":"é"},"b":[1,true,null]}'.encode()


def test_a_digest_is_the_sha_256_of_the_canonical_bytes() -> None:
    assert digest_of({}).hex() == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"


def test_the_benchmark_compares_equal_bytes_and_gives_a_ratio() -> None:
    path = Path(__file__).parents[2] / "benchmarks" / "canonical.py"
    spec = importlib.util.spec_from_file_location("benchmark_canonical", path)
    assert spec is not None
    assert spec.loader is not None
    benchmark = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(benchmark)
    figures = benchmark.measure(100)
    assert figures.keys() == {"english", "french"}
    assert all(row["ratio"] > 3 for row in figures.values())  # the bar of 10 is for `make bench`, on a quiet machine
