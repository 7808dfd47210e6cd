from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from charlevoix.errors import Malformed
from charlevoix.stix.timestamp import compare, is_timestamp, order, parse, write

MOMENTS = st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001


@pytest.mark.parametrize("digits", range(10))
def test_up_to_nine_digits_of_a_second_are_read(digits: int) -> None:
    text = f"2026-01-31T12:00:05.{'123456789'[:digits]}Z" if digits else "2026-01-31T12:00:05Z"
    micro = int("123456789"[:digits].ljust(6, "0")[:6]) if digits else 0
    assert parse(text) == datetime(2026, 1, 31, 12, 0, 5, micro, UTC)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-01-31",
        "2026-01-31T12:00:00",
        "2026-01-31T12:00:00+00:00",
        "2026-01-31T12:00:00z",
        "2026-01-31t12:00:00Z",
        "2026-01-31 12:00:00Z",
        "2026-01-31T12:00Z",
        "2026-01-31T12:00:00.Z",
        "2026-01-31T12:00:00.1234567890Z",
        "2026-01-31T12:00:00,5Z",
        "20260131T120000Z",
        "2026-01-31T12:00:00Z\n",
        "٢٠٢٦-01-31T12:00:00Z",
        "-026-01-31T12:00:00Z",
    ],
)
def test_another_form_is_refused(text: str) -> None:
    assert not is_timestamp(text)
    with pytest.raises(Malformed, match=r"timestamp\.form"):
        parse(text)


@pytest.mark.parametrize("text", ["2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-01-01T24:00:01Z", "2026-06-30T23:59:60Z"])
def test_a_moment_that_does_not_exist_is_refused(text: str) -> None:
    assert not is_timestamp(text)
    with pytest.raises(Malformed, match=r"timestamp\.no-such-moment"):
        parse(text)


@settings(max_examples=100, deadline=None)
@given(MOMENTS)
def test_what_is_printed_reads_back_to_the_millisecond(moment: datetime) -> None:
    assert parse(write(moment)) == moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def test_another_zone_is_printed_in_utc_and_no_zone_is_refused() -> None:
    assert write(datetime(2026, 1, 1, 1, 30, tzinfo=timezone(timedelta(hours=2)))) == "2025-12-31T23:30:00.000Z"
    with pytest.raises(Malformed, match=r"timestamp\.no-zone"):
        write(datetime(2026, 1, 1))  # noqa: DTZ001


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 3 * 10**9), st.integers(0, 3 * 10**9), st.integers(0, 9), st.integers(0, 9))
def test_comparing_is_exact_to_the_nanosecond(one: int, other: int, digits: int, more: int) -> None:
    def text(nanoseconds: int, keep: int) -> tuple[int, str]:
        kept = nanoseconds // 10 ** (9 - keep) * 10 ** (9 - keep)
        fraction = f"{kept % 10**9:09}"[:keep]
        return kept, f"2026-01-01T00:00:0{kept // 10**9}{'.' if fraction else ''}{fraction}Z"

    (a, first), (b, second) = text(one, digits), text(other, more)
    assert compare(first, second) == (a > b) - (a < b)


def test_zeros_that_say_nothing_do_not_make_two_moments_differ() -> None:
    assert compare("2026-01-01T00:00:00Z", "2026-01-01T00:00:00.000Z") == 0
    assert order("2026-01-01T00:00:10Z") > order("2026-01-01T00:00:09.999999999Z")
