"""Witnesses: they sign what continues what they saw, and a quorum of them can be demanded."""

from datetime import UTC, datetime

import pytest

from charlevoix.errors import Forged
from charlevoix.ledger import merkle
from charlevoix.ledger.checkpoint import COSIGNATURE, Checkpoint, sign, verify_checkpoint
from charlevoix.ledger.witness import attach, cosign, witnessed
from ledger.sample import ORIGIN, signer
from ledger.test_merkle import numbered, reader

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
LOG, WITNESS, OTHER = signer(), signer("witness-b.example", 2, COSIGNATURE), signer("witness-c.example", 3, COSIGNATURE)
NODE = reader(numbered(9))


def at(size: int, origin: str = ORIGIN, start: int = 0) -> Checkpoint:
    return Checkpoint(origin, size, merkle.root(size, reader(numbered(start + size)[start:])))


def test_a_witness_signs_a_log_that_only_grew_and_says_when() -> None:
    raw = bytes(sign(at(9), LOG))
    line = cosign(raw, LOG.key, at(5), merkle.consistency(5, 9, NODE), WITNESS, NOW)
    both = attach(raw, [line, cosign(raw, LOG.key, None, (), OTHER, NOW)])
    assert witnessed(both, LOG.key, [WITNESS.key, OTHER.key], 2) == {WITNESS.key.name: NOW, OTHER.key.name: NOW}


def test_a_witness_refuses_a_second_face_of_the_log() -> None:
    for shown, proof in ((at(9, start=1), merkle.consistency(5, 9, NODE)), (at(4), ()), (at(9, "other.example"), ())):
        with pytest.raises(Forged):
            cosign(bytes(sign(shown, LOG)), LOG.key, at(5), proof, WITNESS, NOW)


def test_a_cosignature_of_another_moment_does_not_hold() -> None:
    raw = bytes(sign(at(9), LOG))
    line = cosign(raw, LOG.key, None, (), WITNESS, NOW)
    for first in (b"\x00", b"\xff"):  # another second, and a year beyond any calendar
        moved = type(line)(line.name, line.hash, first + line.signature[1:7] + b"\x00" + line.signature[8:])
        with pytest.raises(Forged):
            witnessed(attach(raw, [moved]), LOG.key, [WITNESS.key], 1)


def test_fewer_witnesses_than_demanded_are_refused() -> None:
    raw = bytes(sign(at(9), LOG))
    with pytest.raises(Forged, match="quorum"):
        witnessed(raw, LOG.key, [WITNESS.key], 1)


def test_a_log_does_not_sign_as_a_witness() -> None:
    raw = bytes(sign(at(9), LOG))
    with pytest.raises(ValueError, match="a key of its own kind"):
        cosign(raw, LOG.key, None, (), signer("witness-b.example", 2), NOW)
    with pytest.raises(Forged):
        verify_checkpoint(attach(raw, [cosign(raw, LOG.key, None, (), WITNESS, NOW)]), LOG.key)
