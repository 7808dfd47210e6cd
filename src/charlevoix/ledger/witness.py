"""A witness: another organisation that saw a checkpoint and says when, so that no log can show two faces (C2SP tlog-cosignature)."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from charlevoix.errors import Forged
from charlevoix.ledger.checkpoint import (
    COSIGNATURE,
    Checkpoint,
    Signature,
    SignedCheckpoint,
    Signer,
    VerifierKey,
    cosigned,
    parse_checkpoint,
    verify_checkpoint,
    verify_line,
)
from charlevoix.ledger.merkle import EMPTY_ROOT, verify_consistency


def cosign(raw: bytes, log: VerifierKey, seen: Checkpoint | None, proof: Sequence[bytes], witness: Signer, now: datetime) -> Signature:
    """The witness's line for a checkpoint that continues the last one it saw of this log (None: it never saw one).

    Raises Malformed or Forged for a checkpoint that the log did not sign, that is of another log than the one seen, or that the
    proof does not lead to; ValueError for a key that is not a witness's.
    """
    if witness.key.kind != COSIGNATURE:
        raise ValueError("a witness signs with a key of its own kind")
    checkpoint = verify_checkpoint(raw, log)
    before = seen or Checkpoint(checkpoint.origin, 0, EMPTY_ROOT)
    if before.origin != checkpoint.origin:
        raise Forged("ledger.origin", before.origin, checkpoint.origin)
    verify_consistency(before.size, checkpoint.size, proof, before.root, checkpoint.root)
    seconds = int(now.timestamp())
    signature = seconds.to_bytes(8, "big") + witness.sign(cosigned(checkpoint, seconds))
    return Signature(witness.key.name, witness.key.hash, signature)


def attach(raw: bytes, lines: Iterable[Signature]) -> bytes:
    """The checkpoint with further lines. Raises Malformed for bytes that are no checkpoint."""
    signed = parse_checkpoint(raw)
    return bytes(SignedCheckpoint(signed.checkpoint, (*signed.signatures, *lines)))


def witnessed(raw: bytes, log: VerifierKey, witnesses: Iterable[VerifierKey], quorum: int) -> dict[str, datetime]:
    """Which witnesses saw the checkpoint, and when. Raises Malformed or Forged; Forged also for fewer than `quorum`."""
    keys = tuple(witnesses)
    verify_checkpoint(raw, log, keys)
    signed = parse_checkpoint(raw)
    seen = {
        key.name: datetime.fromtimestamp(int.from_bytes(line.signature[:8], "big"), UTC)
        for line in signed.signatures
        for key in keys
        if key.kind == COSIGNATURE and verify_line(signed.checkpoint, line, key)
    }
    if len(seen) < quorum:
        raise Forged("ledger.quorum", quorum, len(seen))
    return seen
