"""Entries: two commitments, each opened, audited or destroyed without the other."""

import hmac
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from builders import NOW, A
from charlevoix.acts.act import Digest
from charlevoix.errors import Answer
from charlevoix.ledger.entry import (
    DESTROYED,
    KEY,
    Audit,
    Door,
    Entry,
    NewEntry,
    OpenedEntry,
    audit,
    blank,
    commit,
    disclose,
    opens,
    settle,
    unfold,
)
from charlevoix.stix.identifier import Ref
from ledger.sample import ORIGIN, passage

some = settings(max_examples=80, deadline=None)
KEYS = bytes(range(64))
times = st.datetimes(datetime(1970, 1, 1), datetime(9999, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
entries = st.builds(
    NewEntry,
    door=st.sampled_from(Door),
    act=st.none() | st.binary(min_size=32, max_size=32).map(Digest),
    place=st.none() | st.integers(0, 10**6),
    answer=st.sampled_from(Answer),
    rule=st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
    audience=st.none() | st.just(A),
    role=st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    at=times,
)


def kept(new: NewEntry, index: int = 7, keys: bytes = KEYS) -> Entry:
    return unfold(ORIGIN, index, settle(new), keys)


@some
@given(entries, st.integers(0, 2**53 - 1), st.binary(min_size=64, max_size=64))
def test_a_leaf_is_two_macs_over_the_canonical_form_of_each_half(new: NewEntry, index: int, keys: bytes) -> None:
    import base64

    assert new.at is not None
    act = None if new.act is None else base64.b64encode(new.act).decode()
    at = new.at.strftime("%Y-%m-%dT%H:%M:%S.%f").removesuffix(".000000") + "Z"
    at = at.rjust(len(at) + 4 - at.index("-"), "0")
    told = rfc8785.dumps([new.door.value, new.answer.value, new.rule])
    hidden = rfc8785.dumps([index, ORIGIN, act, new.place, new.audience, new.role, at])
    expected = hmac.digest(keys[:32], told, "sha256") + hmac.digest(keys[32:], hidden, "sha256")
    assert commit(ORIGIN, index, [settle(new)], keys) == expected


@some
@given(entries)
def test_what_was_disclosed_opens_its_leaf_and_an_auditor_sees_all_of_it(new: NewEntry) -> None:
    entry, leaf = kept(new), commit(ORIGIN, 7, [settle(new)], KEYS)
    assert opens(disclose(entry), leaf)
    assert audit(entry, leaf) is Audit.HOLDS


CHANGES: list[dict[str, Any]] = [
    {"door": Door.RELEASE},
    {"answer": Answer.YES},
    {"rule": "another"},
]


@pytest.mark.parametrize("change", CHANGES)
def test_an_entry_opens_as_nothing_but_what_it_is(change: dict[str, Any]) -> None:
    new = passage(2)  # refuse, no
    leaf, opened = commit(ORIGIN, 7, [new], KEYS), disclose(kept(new))
    assert opens(opened, leaf)
    assert not opens(replace(opened, **change), leaf)


@pytest.mark.parametrize(
    "change",
    [
        {"index": 8},
        {"origin": "other.example/log"},
        {"act": Digest(bytes(32))},
        {"act": None},
        {"place": 5},
        {"audience": None},
        {"audience": Ref("x")},
        {"role": "auditor"},
        {"at": datetime(2026, 1, 1, tzinfo=UTC)},
        *CHANGES,
        {"keys": (KEYS[32:], KEYS[:32])},
        {"keys": (KEYS[:31], KEYS[32:])},
    ],
)
def test_an_auditor_is_shown_every_change(change: dict[str, Any]) -> None:
    new = msgspec.structs.replace(passage(2), audience=A)
    assert audit(replace(kept(new), **change), commit(ORIGIN, 7, [new], KEYS)) is Audit.FALSE


def test_a_key_of_another_length_opens_nothing_even_where_the_mac_would_agree() -> None:
    keys = KEYS[:31] + b"\x00" + KEYS[32:]  # HMAC fills a shorter key with zeros
    leaf, opened = commit(ORIGIN, 7, [passage(2)], keys), disclose(kept(passage(2), keys=keys))
    assert opens(opened, leaf)
    assert not opens(replace(opened, key=keys[:31]), leaf)


def test_what_is_disclosed_tells_neither_whom_nor_what_nor_when() -> None:
    assert set(OpenedEntry.__slots__) == {"index", "key", "door", "answer", "rule"}


def test_two_equal_passages_have_leaves_that_nobody_can_match() -> None:
    leaves = commit(ORIGIN, 0, [passage(2), passage(2)], bytes(range(128)))
    halves = {leaves[at : at + 32] for at in range(0, 128, 32)}
    assert len(halves) == 4


def test_what_is_left_of_an_erased_entry_still_holds() -> None:
    new = passage(2)
    leaf = commit(ORIGIN, 7, [new], KEYS)
    part = kept(blank(new, disclosed=False), keys=KEYS[:KEY] + DESTROYED)
    assert (part.act, part.audience, part.at, part.rule) == (None, None, None, new.rule)
    assert audit(part, leaf) is Audit.PART
    assert opens(disclose(part), leaf)
    gone = kept(blank(new, disclosed=True), keys=DESTROYED * 2)
    assert audit(gone, leaf) is Audit.ERASED
    with pytest.raises(ValueError, match="was destroyed"):
        disclose(gone)


def test_a_time_is_kept_in_utc_and_a_time_without_a_zone_is_refused() -> None:
    east = datetime(2026, 3, 1, 11, 30, tzinfo=timezone(timedelta(hours=2)))
    assert settle(msgspec.structs.replace(passage(), at=east)).at == datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
    with pytest.raises(ValueError, match="needs its zone"):
        settle(msgspec.structs.replace(passage(), at=east.replace(tzinfo=None)))
    with pytest.raises(ValueError, match="expected 128 bytes of keys, got 64"):
        commit(ORIGIN, 0, [passage(), passage()], KEYS)


def test_the_form_of_a_leaf_never_changes() -> None:
    """Written down once: every leaf ever published was made in this form."""
    new = NewEntry(Door.REFUSE, Digest(bytes(32)), 2, Answer.NO, "nexus.unstated", A, "analyst", NOW)
    assert commit(ORIGIN, 7, [new], KEYS).hex() == (
        "805ab84789c97c8997ae3d7243f09da9495f3fecbe3d6721b1b67660570b8188787c788cb8d2b64bd612cd2d4edfa1d55f5f1a1dee0f8a4958b49b2dcab87506"
    )
