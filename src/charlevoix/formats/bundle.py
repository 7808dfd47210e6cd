"""A bundle: STIX objects in one file or one TAXII envelope, taken apart without holding it whole (STIX 2.1 section 8)."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import msgspec

from charlevoix.errors import Malformed
from charlevoix.stix.identifier import derived_id
from charlevoix.stix.object import SIZE, read_object

LIMIT = 64 * 1024 * 1024
_WINDOW = 1024 * 1024
_KEPT = 1024 * 1024  # bytes of a broken remainder
_ENVELOPE = 1024 * 1024  # bytes around the objects: ids, `more`, `next`

_decode = msgspec.json.Decoder(list[msgspec.Raw]).decode
_encode = msgspec.json.Encoder().encode
_STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_FLAT = rb"[^\"{}\[\]]*+(?:" + _STRING + rb"[^\"{}\[\]]*+)*+"
# a string, a list or an object that holds no other, a bracket, or a lone quote: a string whose end is not here yet
_TOKEN = re.compile(rb"%b|\{%b\}|\[%b\]|[\"{}\[\]]" % (_STRING, _FLAT, _FLAT), re.DOTALL)
_DEEPER = {b"{": 1, b"[": 1, b"}": -1, b"]": -1}
_SCALAR = re.compile(_STRING + rb"|[^\s,\[\]{}\"]++", re.DOTALL)
_SPACE = re.compile(rb"[ \t\r\n]*+")
_LIST = re.compile(rb"\s*+:\s*+\[")
_VALUE = re.compile(rb"\s*+:\s*+\S")
_SEPARATOR = re.compile(rb'\s*+,\s*+\{\s*+"[^"\\]{1,250}"')
_NAME = re.compile(rb'\s*+"[^"]*"$')


@dataclass(frozen=True, slots=True)
class Piece:
    """The bytes of one object and where they begin; or what could not be taken apart, and why."""

    offset: int  # bytes from the start of the file
    raw: bytes  # empty where a broken piece is too large to keep (an object beyond 16 MB, a remainder beyond 1 MB)
    broken: Malformed | None = None


def split(source: BinaryIO | Path | bytes, limit: int = LIMIT) -> Iterator[Piece]:
    """The objects of a STIX bundle, a TAXII envelope, a bare list, or a file that is one object, in their order.

    Reads in windows of 1 MB; an object is at most 16 MB. What is broken is one piece among the others: an object with bad
    syntax inside its braces costs only itself; a missing brace or a truncated file gives what is whole, then one broken
    remainder. A file of more than `limit` bytes ends with a broken piece. Pieces are balanced, not yet valid: `read_object`
    is what reads them. Raises OSError from the file only.
    """
    if isinstance(source, Path):
        with source.open("rb") as stream:
            yield from _Splitter(stream, limit).pieces()
    elif isinstance(source, bytes):
        yield from _Splitter(BytesIO(source), limit).pieces()
    else:
        yield from _Splitter(source, limit).pieces()


def write(objects: Iterable[Mapping[str, object] | bytes]) -> bytes:
    """A STIX 2.1 bundle of these objects; its id follows from its contents. No objects: no `objects` (no empty lists)."""
    parts = [part if isinstance(part, bytes) else _encode(part) for part in objects]
    body = b",".join(parts)
    head = b'{"type":"bundle","id":' + _encode(derived_id("bundle", sha256(body).digest()))
    return head + b',"objects":[' + body + b"]}" if parts else head + b"}"


class _Splitter:
    """One pass over a file: a buffer, where we are in it, and what separates the objects of this file."""

    def __init__(self, stream: BinaryIO, limit: int) -> None:
        self.stream = stream
        self.limit = limit
        self.buffer = b""
        self.base = 0  # offset in the file of buffer[0]
        self.at = 0  # what is before it in the buffer is done with
        self.ended = False
        self.separator = b""  # what stood between two objects, with the name of the second one's first member
        self.slow_until = 0  # offset before which windows are not tried again

    def pieces(self) -> Iterator[Piece]:
        """1. find the list, 2. its elements, by the window or one by one, 3. what stands around it; else the one object."""
        try:
            opening = self._find_list()
            if opening is None:
                yield from self._single()
                return
            first = True
            while self._at_element(first):
                first, done = False, False
                if self.separator and self.base + self.at >= self.slow_until:
                    for piece in self._window():
                        done = True
                        yield piece
                if not done:
                    yield self._one()
            self._check_envelope(opening)
        except Malformed as error:
            yield Piece(self.offset, self._rest(), error)

    def _rest(self) -> bytes:
        """What is left of a broken file, if it is a megabyte at most."""
        try:
            while self.left <= _KEPT and self._more():
                pass
        except Malformed:  # beyond the limit: not kept either
            return b""
        return self.buffer[self.at :] if self.left <= _KEPT else b""

    @property
    def offset(self) -> int:
        """Where we are in the file, in bytes."""
        return self.base + self.at

    @property
    def left(self) -> int:
        """Bytes in the buffer that are not done with."""
        return len(self.buffer) - self.at

    def _more(self) -> bool:
        """Read on, twice as much as is waiting; False at the end of the file. What is done with is let go."""
        chunk = b"" if self.ended else self.stream.read(max(_WINDOW, self.left))
        self.ended = not chunk
        self.base += self.at
        self.buffer = self.buffer[self.at :] + chunk
        self.at = 0
        if self.base + len(self.buffer) > self.limit:
            raise Malformed("bundle.too-large", self.limit, advice="bundle.divide")
        return bool(chunk)

    def _skip_space(self) -> bytes:
        """Move to the first byte that is no white space, and return it; empty at the end of the file."""
        while True:
            self.at = _end(_SPACE, self.buffer, self.at)
            if self.left or not self._more():
                return self.buffer[self.at : self.at + 1]

    def _find_list(self) -> bytes | None:
        """Move behind the `[` of the objects and return what stood before it; None: the file is one object."""
        while self.left < 3 and self._more():
            pass
        if self.buffer.startswith(b"\xef\xbb\xbf"):
            self.at = 3
        first = self._skip_space()
        if first == b"[":
            self.at += 1
            return b""
        if first != b"{":
            raise Malformed("bundle.not-json", self.offset, advice="bundle.check-file")
        depth, seen = 0, 0
        while True:
            for token in _TOKEN.finditer(self.buffer, self.at + seen):
                mark = token[0]
                if mark == b'"':
                    break
                if mark[:1] != b'"':
                    depth += _DEEPER.get(mark, 0)
                    if depth == 0:
                        return None
                elif depth == 1 and mark == b'"objects"':
                    if _VALUE.match(self.buffer, token.end()) is None and not self.ended:
                        break
                    if (found := _LIST.match(self.buffer, token.end())) is not None:
                        opening = self.buffer[self.at : found.end()]
                        self.at = found.end()
                        return opening
                seen = token.end() - self.at
            if self.left > SIZE:
                raise Malformed("bundle.object-too-large", self.offset, SIZE, advice="bundle.divide")
            if not self._more():
                raise Malformed("bundle.truncated", self.offset, advice="bundle.ask-again")

    def _single(self) -> Iterator[Piece]:
        """The file is one object, or a bundle or an envelope without objects."""
        piece = self._one()
        try:
            value = read_object(piece.raw)
        except Malformed:
            value = {"type": ""}  # not ours to explain: whoever reads the piece will
        if "objects" in value and value.get("type", "bundle") == "bundle":
            yield Piece(piece.offset, piece.raw, Malformed("bundle.objects", piece.offset, advice="bundle.check-file"))
        elif value.get("type", "bundle" if value.keys() <= {"more", "next"} else "") != "bundle":
            yield piece
        if self._skip_space():
            raise Malformed("bundle.after-end", self.offset, advice="bundle.check-file")

    def _at_element(self, first: bool) -> bool:
        """Move to the start of the next element; False when the list is closed, and its bracket passed."""
        mark = self._skip_space()
        if mark == b"]":
            self.at += 1
            return False
        if not first and mark:
            comma = mark == b","
            self.at += comma
            mark = self._skip_space()
            if not comma or mark == b"]":
                raise Malformed("bundle.separator", self.offset, advice="bundle.check-file")
        if not mark:
            raise Malformed("bundle.truncated", self.offset, advice="bundle.ask-again")
        return True

    def _window(self) -> Iterator[Piece]:
        """All whole objects of the next megabyte but the last, if a cut can be proven; else nothing.

        What parses as a list up to the cut was cut between two elements: JSON reads from left to right in one way only.
        """
        while self.left < _WINDOW and self._more():
            pass
        for cut in self._cuts():
            try:
                raws = _decode(b"[%b]" % self.buffer[self.at : cut])
            except (msgspec.MsgspecError, RecursionError):
                self.slow_until = max(self.slow_until, self.base + cut)
                continue
            at, self.at, self.slow_until = self.at, cut, 0
            chunk, base = self.buffer, self.base
            for part in raws:
                raw = bytes(part)
                at = chunk.index(raw[:1], at)  # between two values stand only commas and white space
                yield _piece(base + at, raw)
                at += len(raw)
            return

    def _cuts(self) -> Iterator[int]:
        """Where an element may end, from the right: before the separator seen last, or before one with another name."""
        tries = 4
        for separator in (self.separator, _NAME.sub(b"", self.separator)):
            cut = len(self.buffer)
            while tries and (cut := self.buffer.rfind(separator, self.at, cut)) >= 0:
                tries -= 1
                yield cut + 1

    def _one(self) -> Piece:
        """The element where we are, by its brackets."""
        offset = self.offset
        if self.buffer[self.at] not in b"{[":
            return self._scalar()
        size, whole = self._scan()
        end = self.at + size
        raw = self.buffer[self.at : end] if whole else b""
        if whole and raw[-1:] != (b"}" if raw[:1] == b"{" else b"]"):
            raise Malformed("bundle.unbalanced", offset, advice="bundle.check-file")
        if raw[:1] == b"{" and (found := _SEPARATOR.match(self.buffer, end)) is not None:
            self.separator = b"}" + found[0]
        self.at = end
        if not whole:
            return Piece(offset, b"", Malformed("bundle.object-too-large", offset, SIZE, advice="bundle.divide"))
        return _piece(offset, raw)

    def _scan(self) -> tuple[int, bool]:
        """How long the value is that begins where we are, and is all of it still here (at most 16 MB are kept)?"""
        depth, seen, whole = 0, 0, True
        while True:
            for token in _TOKEN.finditer(self.buffer, self.at + seen):
                mark = token[0]
                if mark == b'"':
                    break
                depth += _DEEPER.get(mark, 0)
                if depth == 0:
                    size = token.end() - self.at
                    return size, whole and size <= SIZE
                seen = token.end() - self.at
            if self.left - seen > SIZE:
                raise Malformed("bundle.object-too-large", self.offset, SIZE, advice="bundle.divide")
            if self.left > SIZE:
                self.at += seen
                seen, whole = 0, False
            if not self._more():
                raise Malformed("bundle.truncated", self.offset, advice="bundle.ask-again")

    def _scalar(self) -> Piece:
        while (found := _SCALAR.match(self.buffer, self.at)) is None or found.end() == len(self.buffer):
            if self.left > SIZE or not self._more():
                break
        if found is None:
            raise Malformed("bundle.unbalanced", self.offset, advice="bundle.check-file")
        offset, self.at = self.offset, found.end()
        return _piece(offset, found[0])

    def _check_envelope(self, opening: bytes) -> None:
        """What stands around the list must be JSON with it, say nothing twice, and be a bundle or a TAXII envelope."""
        if not opening:
            if self._skip_space():
                raise Malformed("bundle.after-end", self.offset, advice="bundle.check-file")
            return
        while self.left <= _ENVELOPE and self._more():
            pass
        if len(opening) + self.left > _ENVELOPE:
            raise Malformed("bundle.envelope-too-large", self.offset, _ENVELOPE, advice="bundle.check-file")
        rest = self.buffer[self.at :]
        if not rest.strip():
            raise Malformed("bundle.truncated", self.offset, advice="bundle.ask-again")
        envelope = read_object(opening + b"]" + rest)
        if envelope.get("type", "bundle") != "bundle":
            raise Malformed("bundle.type", envelope["type"], advice="bundle.check-file")


def _end(pattern: re.Pattern[bytes], text: bytes, at: int) -> int:
    found = pattern.match(text, at)
    return at if found is None else found.end()


def _piece(offset: int, raw: bytes) -> Piece:
    if raw[:1] != b"{":
        return Piece(offset, raw, Malformed("bundle.not-object", offset, advice="bundle.check-file"))
    return Piece(offset, raw)
