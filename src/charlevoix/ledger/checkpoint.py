"""A checkpoint: the size and root of the log at one moment, signed (C2SP signed-note and tlog-checkpoint)."""

import re
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from charlevoix.errors import Forged, Malformed

ED25519 = 0x01
COSIGNATURE = 0x04
_LARGEST = 1 << 20  # bytes of a note; a checkpoint with sixteen signatures has 3 kB
_LATEST = 253_402_300_799  # seconds: the end of the year 9999, beyond which no calendar here goes
_NAME = re.compile(r"[^\s+]+")


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """The public half of a key that signs notes, and the name it signs under."""

    name: str
    public: bytes  # 32 bytes, Ed25519
    kind: int = ED25519

    @property
    def hash(self) -> bytes:
        """The four bytes by which a signature says whose it is: a hint, never a proof."""
        return sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.hash.hex()}+{b64encode(bytes([self.kind]) + self.public).decode()}"


@dataclass(frozen=True, slots=True)
class Signer:
    """A key and what signs with it: bytes in, 64 bytes of Ed25519 (RFC 8032) out."""

    key: VerifierKey
    sign: Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line: the signer's name, the four-byte hash of the key, and the signature itself."""

    name: str
    hash: bytes
    signature: bytes

    def __str__(self) -> str:
        return f"\u2014 {self.name} {b64encode(self.hash + self.signature).decode()}\n"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What is signed: which log, how many leaves, and the hash over them."""

    origin: str
    size: int
    root: bytes

    @property
    def body(self) -> bytes:
        return f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\n".encode()


@dataclass(frozen=True, slots=True)
class SignedCheckpoint:
    """A checkpoint with its signature lines, in their order."""

    checkpoint: Checkpoint
    signatures: tuple[Signature, ...]

    def __bytes__(self) -> bytes:
        return self.checkpoint.body + b"\n" + "".join(map(str, self.signatures)).encode()


def parse_vkey(text: str) -> VerifierKey:
    """Reads `name+hash+base64(kind || key)`, one line. Raises Malformed; a hash that does not fit the key is one."""
    name, _, rest = text.strip().partition("+")
    _, _, material = rest.partition("+")
    raw = _from_base64(material, "ledger.vkey")
    if not _NAME.fullmatch(name) or len(raw) != 33 or raw[0] not in (ED25519, COSIGNATURE):
        raise Malformed("ledger.vkey", text[:200])
    key = VerifierKey(name, raw[1:], raw[0])
    if str(key) != text.strip():
        raise Malformed("ledger.vkey", text[:200])
    return key


def sign(checkpoint: Checkpoint, signer: Signer) -> SignedCheckpoint:
    """Signs under the log's name."""
    signature = Signature(signer.key.name, signer.key.hash, signer.sign(checkpoint.body))
    return SignedCheckpoint(checkpoint, (signature,))


def parse_checkpoint(raw: bytes) -> SignedCheckpoint:
    """Reads a signed checkpoint; nothing is verified yet. Raises Malformed for bytes that would not print again as they are."""
    try:
        text = raw[: _LARGEST + 1].decode()
        body, separator, lines = text.rpartition("\n\n")
        origin, size, root = body.split("\n")
        checkpoint = Checkpoint(origin, int(size), _from_base64(root, "ledger.checkpoint"))
    except ValueError:
        raise Malformed("ledger.checkpoint", len(raw)) from None
    signed = SignedCheckpoint(checkpoint, tuple(map(_parse_signature, lines.splitlines())))
    if not separator or not origin or len(checkpoint.root) != 32 or not signed.signatures or bytes(signed) != raw:
        raise Malformed("ledger.checkpoint", len(raw))
    return signed


def verify_checkpoint(raw: bytes, log: VerifierKey, others: Iterable[VerifierKey] = ()) -> Checkpoint:
    """The checkpoint, if the log signed it and every line on it is a good signature of a key we know.

    A line of a stranger is refused too, although signed-note would have it ignored: what nobody checks may be changed by anybody.
    Raises Malformed or Forged.
    """
    signed = parse_checkpoint(raw)
    known = {(key.name, key.hash): key for key in (log, *others)}
    seen = set()
    for line in signed.signatures:
        key = known.get((line.name, line.hash))
        if key is None or key in seen or not verify_line(signed.checkpoint, line, key):
            raise Forged("ledger.signature", line.name)
        seen.add(key)
    if log not in seen:
        raise Forged("ledger.unsigned", log.name)
    return signed.checkpoint


def verify_line(checkpoint: Checkpoint, line: Signature, key: VerifierKey) -> bool:
    """Whether the line is this key's signature over the checkpoint: plain, or a cosignature with its time (tlog-cosignature)."""
    message, signature = checkpoint.body, line.signature
    if key.kind == COSIGNATURE:
        seconds = int.from_bytes(signature[:8], "big")
        if seconds > _LATEST:
            return False
        message, signature = cosigned(checkpoint, seconds), signature[8:]
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return (line.name, line.hash) == (key.name, key.hash)


def cosigned(checkpoint: Checkpoint, seconds: int) -> bytes:
    """What a witness signs: that it saw this checkpoint at this POSIX time, and none that contradicts it."""
    return f"cosignature/v1\ntime {seconds}\n".encode() + checkpoint.body


def _parse_signature(line: str) -> Signature:
    dash, _, rest = line.partition(" ")
    name, _, encoded = rest.partition(" ")
    raw = _from_base64(encoded, "ledger.signature")
    if dash != "\u2014" or not _NAME.fullmatch(name) or len(raw) < 5:
        raise Malformed("ledger.checkpoint", line[:200])
    return Signature(name, raw[:4], raw[4:])


def _from_base64(text: str, rule: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except (NotBase64, ValueError):
        raise Malformed(rule, text[:200]) from None
