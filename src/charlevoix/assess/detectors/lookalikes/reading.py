"""The lines of a list of hosts: a file, packed or not, or what another program writes; whatever comes, a bounded part is held."""

import codecs
import gzip
import hashlib
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader, RawIOBase
from typing import Any, BinaryIO, Final, cast

from charlevoix.assess.detectors.lookalikes.hosts import DOCUMENT, LINE
from charlevoix.errors import Malformed, Unknown

_PART: Final = LINE + 100_000
"""Bytes of a line that are read at once; only one of JSON is read on, up to `DOCUMENT`."""

_BLOCK: Final = 65_536
_PACKED: Final = b"\x1f\x8b"  # RFC 1952, section 2.3.1
_MARKS: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_UTF8: Final = ("utf-8", "utf-8-sig")


class _Told(RawIOBase):
    """The bytes of a file, told to `digest` as they are read."""

    def __init__(self, source: BinaryIO, digest: "hashlib._Hash") -> None:
        self._source, self._digest = source, digest

    def readable(self) -> bool:
        return True

    def readinto(self, into: Any, /) -> int:
        read = self._source.read(len(into))
        self._digest.update(read)
        into[: len(read)] = read
        return len(read)


@contextmanager
def opened(path: str) -> Iterator[BinaryIO]:
    """A file, or for "-" what comes in. Raises Unknown for a file that can't be read."""
    if path == "-":
        yield sys.stdin.buffer
        return
    try:
        source = open(path, "rb")  # noqa: SIM115 (closed below)
    except OSError as error:
        raise Unknown("detect.unreadable", path[:200], error.strerror or type(error).__name__, advice="detect.check-path") from None
    with source:
        yield source


def known(encoding: str) -> None:
    """Raises Malformed for an encoding that nobody knows, or that makes no text of bytes."""
    try:
        b"a".decode(encoding, "replace")
    except (LookupError, UnicodeError):
        raise Malformed("relation.encoding", encoding[:60], advice="relation.encodings") from None


def lines(source: BinaryIO, path: str, digest: "hashlib._Hash", encoding: str) -> Iterator[str]:
    """Lines as they come, `digest` being told the bytes of the file; of a line without end, a bounded part.

    What is packed (gzip) is unpacked, and UTF-16 recognised by its mark. Raises Malformed for a file that ends too early, or can't be unpacked.
    """
    begun = ""  # of a line that is read on
    skipping = False
    try:
        for part in _parts(source, digest, encoding):
            whole = part.endswith("\n")
            if not skipping:
                begun += part
                skipping = not whole and (len(begun) > DOCUMENT or (len(begun) > LINE and begun.lstrip("\ufeff \t")[:1] not in "[{"))
                if whole or skipping:
                    yield begun
                    begun = ""
            elif whole:
                skipping = False
    except (OSError, EOFError, zlib.error) as error:
        raise Malformed("detect.not-a-table", path[:200], str(error)[:300], advice="detect.mend-table") from None
    if begun:
        yield begun


def _parts(source: BinaryIO, digest: "hashlib._Hash", encoding: str) -> Iterator[str]:
    """Lines, and of long ones the parts one by one."""
    ahead = source.peek(2)[:2] if isinstance(source, BufferedReader) else b""
    if ahead == _PACKED:
        source, digest = cast("BinaryIO", gzip.GzipFile(fileobj=BufferedReader(_Told(source, digest)))), hashlib.sha256()
    first = source.readline(_PART)
    codec = codecs.lookup(encoding).name
    if codec in _UTF8 and first.startswith(_MARKS):
        codec = "utf-16"
    if codec.startswith(("utf-16", "utf-32")):
        yield from _wide(source, first, digest, codec)
        return
    while first:
        digest.update(first)
        yield first.decode(codec, "replace")
        first = source.readline(_PART)


def _wide(source: BinaryIO, part: bytes, digest: "hashlib._Hash", codec: str) -> Iterator[str]:
    """Of an encoding in which a byte that looks like the end of a line may be half of a letter."""
    decoder, rest = codecs.getincrementaldecoder(codec)("replace"), ""
    while part:
        digest.update(part)
        *whole, rest = (rest + decoder.decode(part)).split("\n")
        yield from (line + "\n" for line in whole)
        if len(rest) > _PART:
            yield rest
            rest = ""
        part = source.read1(_BLOCK)  # type: ignore[attr-defined]
    if rest:
        yield rest
