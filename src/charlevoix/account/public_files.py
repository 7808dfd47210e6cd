"""The public files of an account: opened entries, the figures counted from them, and the manifest that the log commits to.

A published directory holds
`checkpoint` and `tile/...`, the log (C2SP tlog-tiles);
`publication.json`, the opened entry of this publication, whose rule is `manifest:` and the SHA-256 of
`manifest.json`, which lists every other file with its SHA-256:
`opened.json`, `figures.json`, `checkpoints/<size>` for each checkpoint published before, and the pages.
So each byte hangs on the checkpoint's signature: the tree's by its root, the others' by the manifest. Every file of ours has
one form only: bytes that would not print again as they are, are refused, so that no two readers see two things in them.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from typing import TypeVar

import msgspec

from charlevoix.errors import Answer, Malformed
from charlevoix.ledger.entry import KEY, Door, OpenedEntry

T = TypeVar("T")

CHECKPOINT = "checkpoint"
PUBLICATION = "publication.json"
MANIFEST = "manifest.json"
OPENED = "opened.json"
FIGURES = "figures.json"
LARGEST = 256 * 2**20  # bytes of one file that is parsed
_RULE = "manifest:"
_EARLIER = re.compile(r"checkpoints/(0|[1-9][0-9]{0,18})")
_PART = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}")


class Figure(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How often one thing happened."""

    door: Door
    answer: Answer
    rule: str
    count: int


class Figures(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the account counts: of the first `entries` entries of the log, `opened` are disclosed and counted, the rest is hidden."""

    entries: int
    opened: int
    doors: dict[str, int]
    figures: list[Figure]


class Listed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file of the manifest: its path, and the SHA-256 of its bytes in hexadecimal."""

    path: str
    sha256: str


class _Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    files: list[Listed]


class _Opened(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    index: int
    key: str
    door: Door
    answer: Answer
    rule: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A publication that is not in the log yet: the log is to hold an entry of door `publish` with `rule`."""

    files: Mapping[str, bytes]

    @property
    def rule(self) -> str:
        return rule_of(self.files[MANIFEST])


def rule_of(manifest: bytes) -> str:
    """The rule by which an entry commits to a manifest."""
    return _RULE + sha256(manifest).hexdigest()


def draft(entries: int, opened: Sequence[OpenedEntry], earlier: Mapping[int, bytes], pages: Mapping[str, bytes]) -> Draft:
    """The files of a publication, up to its manifest.

    `entries` is the size of the log now, before the publication's own entry; `opened` are entries in the order of the log;
    `earlier` the checkpoints published before, by size; `pages` any further files by path. Raises ValueError for a path that is
    not relative, plain ASCII and free, and for entries out of order.
    """
    if any(a.index >= b.index for a, b in pairwise(opened)):
        raise ValueError("opened entries go in the order of the log")
    files = {f"checkpoints/{size}": note for size, note in earlier.items()}
    for path, content in pages.items():
        if not may_hold(path) or _EARLIER.fullmatch(path) or path in (OPENED, FIGURES):
            raise ValueError(f"no page of a publication can be called {path!r}")
        files[path] = content
    files[OPENED] = print_opened(opened)
    files[FIGURES] = _print(count(entries, opened))
    files[MANIFEST] = print_manifest(files)
    return Draft(files)


def assemble(drafted: Draft, publication: OpenedEntry, checkpoint: bytes, tiles: Iterable[tuple[str, bytes]]) -> dict[str, bytes]:
    """All files of the directory by path: `publication` is the opened entry that commits to the draft, in the tree of `checkpoint`.

    Raises ValueError for an entry that commits to something else.
    """
    if publication.rule != drafted.rule or publication.door is not Door.PUBLISH:
        raise ValueError("this entry does not commit to this draft")
    return {**drafted.files, PUBLICATION: print_publication(publication), CHECKPOINT: checkpoint, **dict(tiles)}


def count(entries: int, opened: Iterable[OpenedEntry]) -> Figures:
    """The figures: how many entries of each door, and of each door, answer and rule."""
    return figures(entries, Counter((e.door, e.answer, e.rule) for e in opened))


def figures(entries: int, counted: Mapping[tuple[Door, Answer, str], int]) -> Figures:
    """The same from how often each door, answer and rule was counted."""
    rows = sorted(counted.items(), key=lambda row: (row[0][0].value, row[0][1].value, row[0][2]))
    doors = Counter[str]()
    for (door, _, _), number in rows:
        doors[door.value] += number
    each = [Figure(door, answer, rule, number) for (door, answer, rule), number in rows]
    return Figures(entries, sum(counted.values()), dict(sorted(doors.items())), each)


def earlier_size(path: str) -> int | None:
    """The size whose checkpoint the path holds; None for any other path."""
    match = _EARLIER.fullmatch(path)
    return int(match[1]) if match else None


def may_hold(path: str) -> bool:
    """Whether the manifest may list this path: relative, of plain parts, outside what the log's own files are called."""
    parts = path.split("/")
    own = parts[0] == "tile" or path in (CHECKPOINT, PUBLICATION, MANIFEST)
    return not own and len(path) <= 1000 and all(map(_PART.fullmatch, parts))


def print_manifest(files: Mapping[str, bytes]) -> bytes:
    """The manifest of these files."""
    return _print(_Manifest([Listed(path, sha256(files[path]).hexdigest()) for path in sorted(files)]))


def parse_manifest(raw: bytes) -> dict[str, str]:
    """SHA-256 in hexadecimal by path. Raises Malformed for a path that may not be there or is there twice."""
    manifest = _decode(raw, _Manifest, MANIFEST)
    paths = {file.path: file.sha256 for file in manifest.files}
    if len(paths) != len(manifest.files) or not all(map(may_hold, paths)) or _print(manifest) != raw:
        raise Malformed("ledger.file", MANIFEST)
    return paths


def print_opened(opened: Iterable[OpenedEntry]) -> bytes:
    """Opened entries, one a line, as a JSON array."""
    return b"[\n" + b",\n".join(msgspec.json.encode(_to_json(entry)) for entry in opened) + b"\n]\n"


def parse_opened(raw: bytes) -> list[OpenedEntry]:
    """Opened entries in the order of the log. Raises Malformed where one is listed twice or out of order."""
    opened = [_from_json(entry, OPENED) for entry in _decode(raw, list[_Opened], OPENED)]
    ordered = all(a.index < b.index for a, b in pairwise(opened))
    if not ordered or print_opened(opened) != raw:
        raise Malformed("ledger.file", OPENED)
    return opened


def print_publication(entry: OpenedEntry) -> bytes:
    """The opened entry of the publication."""
    return _print(_to_json(entry))


def parse_publication(raw: bytes) -> OpenedEntry:
    """The opened entry of the publication: nothing but its own form covers this file. Raises Malformed."""
    entry = _from_json(_decode(raw, _Opened, PUBLICATION), PUBLICATION)
    if print_publication(entry) != raw:
        raise Malformed("ledger.file", PUBLICATION)
    return entry


def parse_figures(raw: bytes) -> Figures:
    """The figures as they are claimed. Raises Malformed."""
    figures = _decode(raw, Figures, FIGURES)
    if _print(figures) != raw:
        raise Malformed("ledger.file", FIGURES)
    return figures


def _to_json(entry: OpenedEntry) -> _Opened:
    return _Opened(entry.index, entry.key.hex(), entry.door, entry.answer, entry.rule)


def _from_json(entry: _Opened, path: str) -> OpenedEntry:
    try:
        key = bytes.fromhex(entry.key)
    except ValueError:
        raise Malformed("ledger.file", path) from None
    if len(key) != KEY or not 0 <= entry.index < 2**63:
        raise Malformed("ledger.file", path)
    return OpenedEntry(entry.index, key, entry.door, entry.answer, entry.rule)


def _print(value: msgspec.Struct) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n"


def _decode(raw: bytes, form: type[T], path: str) -> T:
    try:
        if len(raw) > LARGEST:
            raise Malformed("ledger.file", path)
        return msgspec.json.decode(raw, type=form)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Malformed("ledger.file", path) from None
