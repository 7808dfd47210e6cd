"""Checkpoints and the keys that sign them, held against what a log of others has signed."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from charlevoix.errors import Forged, Malformed
from charlevoix.ledger.checkpoint import (
    Checkpoint,
    SignedCheckpoint,
    VerifierKey,
    parse_checkpoint,
    parse_vkey,
    sign,
    verify_checkpoint,
)
from ledger.sample import ORIGIN, signer

# A checkpoint and the public key of the Go project's checksum database: signed by code that is not ours.
GO_KEY = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"
GO_CHECKPOINT = (
    "go.sum database tree\n6476701\nmb8QLQIs0Z0yP5Cstq6guj87oXWeC9gEM8oVikmm9Wk=\n\n"
    "\u2014 sum.golang.org Az3grsLX85Gz+s1SiTbgkuqxgItqFq7gsMUEyVnrsa9LM7Us9S+1xbFIGu95949rj4nPRYfvimWEPWL+o3GeoWwOoAw=\n"
).encode()

# The example of C2SP tlog-cosignature: a log's signature and a witness's.
EXAMPLE = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "\u2014 example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    "\u2014 witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"
).encode()

OURS = signer()
RAW = bytes(sign(Checkpoint(ORIGIN, 300, bytes(range(32))), OURS))


def test_a_checkpoint_that_another_log_signed_verifies() -> None:
    found = verify_checkpoint(GO_CHECKPOINT, parse_vkey(GO_KEY))
    assert (found.origin, found.size, found.root.hex()[:8]) == ("go.sum database tree", 6476701, "99bf102d")


def test_a_key_of_another_log_prints_as_it_was() -> None:
    key = parse_vkey(GO_KEY)
    assert (key.name, key.hash.hex(), str(key)) == ("sum.golang.org", "033de0ae", GO_KEY)


def test_the_example_of_the_specification_prints_again_byte_for_byte() -> None:
    signed = parse_checkpoint(EXAMPLE)
    assert bytes(signed) == EXAMPLE
    assert [line.name for line in signed.signatures] == ["example.com/behind-the-sofa", "witness.example.com/w1"]


def test_our_checkpoint_verifies_with_our_key_and_no_other() -> None:
    assert verify_checkpoint(RAW, OURS.key) == Checkpoint(ORIGIN, 300, bytes(range(32)))
    for other in (signer(seed=2).key, signer("other.example/log").key):
        with pytest.raises(Forged):
            verify_checkpoint(RAW, other)


@given(
    st.text(st.characters(exclude_categories=("Zs", "Zl", "Zp", "Cc", "Cs"), exclude_characters="+"), min_size=1),
    st.binary(min_size=32, max_size=32),
)
@settings(max_examples=60, deadline=None)
def test_a_key_reads_back_as_it_was_printed(name: str, public: bytes) -> None:
    key = VerifierKey(name, public)
    assert parse_vkey(f"{key}\n") == key


@given(st.integers(0, len(RAW) * 8 - 1))
@settings(max_examples=100, deadline=None)
def test_a_checkpoint_with_one_changed_bit_is_refused(bit: int) -> None:
    changed = bytearray(RAW)
    changed[bit // 8] ^= 1 << bit % 8
    with pytest.raises((Malformed, Forged)):
        verify_checkpoint(bytes(changed), OURS.key)


@pytest.mark.parametrize(
    "changed",
    [
        RAW + b"\n",
        RAW[:-1],
        RAW.replace(b"300", b"0300"),
        RAW.replace(b"300", b"+300"),
        RAW.replace(b"300", "\u0663\u0660\u0660".encode()),  # digits all the same
        RAW.replace(b"\n\n", b"\nan extension line\n\n"),
        RAW.replace(b"\n", b"\r\n"),
        RAW.replace(b"=\n\n", b"\n\n"),
        b"",
        b"\n\n",
        RAW.partition(b"\n\n")[0] + b"\n\n",
    ],
)
def test_a_checkpoint_in_any_other_form_is_refused(changed: bytes) -> None:
    with pytest.raises(Malformed):
        verify_checkpoint(changed, OURS.key)


def test_a_line_of_a_stranger_and_a_line_given_twice_are_refused() -> None:
    stranger = sign(Checkpoint(ORIGIN, 300, bytes(range(32))), signer("stranger.example", 9)).signatures
    mine = parse_checkpoint(RAW)
    for lines in ((*mine.signatures, *stranger), mine.signatures * 2):
        with pytest.raises(Forged):
            verify_checkpoint(bytes(SignedCheckpoint(mine.checkpoint, lines)), OURS.key)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name",
        "a+b+c",
        GO_KEY.replace("033de0ae", "033de0af"),
        GO_KEY.replace("sum.golang.org", "sum.golang.com"),
        GO_KEY[:-1],
        GO_KEY + "A",
        f"{GO_KEY}\n{GO_KEY}",
        "white space+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8",
    ],
)
def test_a_key_that_does_not_fit_its_own_hash_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        parse_vkey(text)
