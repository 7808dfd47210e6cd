"""A stranger's check of what an account published: with the files, one public key, and no trust in the operator."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import takewhile

from charlevoix.account import public_files
from charlevoix.account.public_files import CHECKPOINT, FIGURES, MANIFEST, OPENED, PUBLICATION
from charlevoix.errors import CharlevoixError, Forged, Malformed, Reason, Unknown
from charlevoix.ledger import merkle
from charlevoix.ledger.checkpoint import Checkpoint, VerifierKey, parse_vkey, verify_checkpoint
from charlevoix.ledger.entry import Door, OpenedEntry, opens
from charlevoix.ledger.reading import Reading
from charlevoix.ledger.tiles import HASH, WIDTH, Tile, parse_bundle, public_tiles, tiles_of

Read = Callable[[str], bytes]
"""The bytes of a file by its path; raises Unknown, KeyError or FileNotFoundError where there is none."""

REMEMBERED = "(remembered checkpoint)"
_ENOUGH = 1_000  # findings; who misses that many files need not be told of each
_MOST = 1 << 40  # leaves; beyond that a size is a trap for whoever loops over it


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that does not hold, and the file that it was found in."""

    path: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class Report:
    """What was checked, in the words of the commitment we make, and what does not hold."""

    checkpoint: Checkpoint | None
    findings: tuple[Finding, ...]
    checked: tuple[Reason, ...]  # what does hold, and what nobody but an auditor can check; empty where something does not hold

    @property
    def holds(self) -> bool:
        return not self.findings


def verify(read: Read, listing: Iterable[str] | None, vkey: str, witnesses: Sequence[str] = (), remembered: bytes | None = None) -> Report:
    """Checks a published directory: every file of it, and that none is missing or too many.

    `read` gets each path once at most. `listing` names all files there are; None where that can't be known (a web site), and then
    a file too many stays unseen. `witnesses` are the keys whose cosignatures may stand on checkpoints; `remembered` is an earlier
    checkpoint that the reader kept. Raises Malformed for a vkey that is none; whatever is wrong with the files is a finding.
    """
    log, others = parse_vkey(vkey), tuple(map(parse_vkey, witnesses))
    files = _Files(read, None if listing is None else frozenset(listing))
    # 1. the checkpoint, which everything hangs on
    checkpoint = _checkpoint(files, CHECKPOINT, files.get(CHECKPOINT), log, others)
    if checkpoint is None:
        return Report(None, tuple(files.findings), ())
    # 2. the manifest and the files it lists; nothing of them is believed before the log is seen to commit to it
    publication, manifest = _publication(files), files.get(MANIFEST)
    listed = _listed(files, publication, manifest)
    _check_pages(files, listed or {})
    opened, figures = _opened(files, listed), _figures(files, listed)
    earlier = _earlier(files, listed, remembered, log, others)
    # 3. the tree, and in it the opened entries and the roots of earlier checkpoints
    wanted = {OPENED: opened or [], PUBLICATION: [publication] if publication else []}
    published = {size for size in map(public_files.earlier_size, listed or ()) if size is not None}
    tree = _Tree(files, checkpoint, published, {c.size for _, c in earlier}, wanted)
    tree.check()
    if files.blames(PUBLICATION):  # then it can't say what is wrong elsewhere
        publication = None
    _check_manifest(files, publication, manifest)
    _check_growth(files, tree, earlier)
    # 4. the figures
    if publication and opened is not None and figures:
        _recount(files, figures, publication.index, opened)
    # 5. nothing else is there: but without the manifest, or the whole tree, nobody knows what belongs here
    if listed is not None and not tree.given_up:
        files.name_extra()
    return Report(checkpoint, tuple(files.findings), _said(checkpoint, earlier, opened, figures, files))


@dataclass(slots=True)
class _Files:
    read: Read
    listing: frozenset[str] | None
    findings: dict[Finding, None] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)

    def get(self, path: str) -> bytes | None:
        self.asked.add(path)
        try:
            if self.listing is None or path in self.listing:
                return self.read(path)
        except (Unknown, KeyError, FileNotFoundError):
            pass
        self.blame(path, Reason("ledger.missing", (path,)))
        return None

    def blame(self, path: str, reason: Reason) -> None:
        self.findings[Finding(path, reason)] = None

    def blames(self, path: str) -> bool:
        return any(finding.path == path for finding in self.findings)

    def name_extra(self) -> None:
        for path in sorted((self.listing or frozenset()) - self.asked):
            self.blame(path, Reason("ledger.extra", (path,)))


def _checkpoint(files: _Files, path: str, raw: bytes | None, log: VerifierKey, others: Iterable[VerifierKey]) -> Checkpoint | None:
    if raw is None:
        return None
    try:
        found = verify_checkpoint(raw, log, others)
        if found.origin != log.name:
            raise Forged("ledger.origin", log.name, found.origin)
        if found.size > _MOST:
            raise Malformed("ledger.checkpoint", len(raw))
    except CharlevoixError as e:
        files.blame(path, e.reason)
        return None
    return found


def _publication(files: _Files) -> OpenedEntry | None:
    raw = files.get(PUBLICATION)
    if raw is None:
        return None
    try:
        entry = public_files.parse_publication(raw)
        if entry.door is not Door.PUBLISH:
            raise Malformed("ledger.file", PUBLICATION)
    except Malformed as e:
        files.blame(PUBLICATION, e.reason)
        return None
    return entry


def _listed(files: _Files, publication: OpenedEntry | None, manifest: bytes | None) -> dict[str, str] | None:
    if publication is None or manifest is None or public_files.rule_of(manifest) != publication.rule:
        return None
    try:
        return public_files.parse_manifest(manifest)
    except Malformed as e:
        files.blame(MANIFEST, e.reason)
        return None


def _check_manifest(files: _Files, publication: OpenedEntry | None, manifest: bytes | None) -> None:
    """Once the log is seen to hold the publication's entry, it is the manifest that is wrong where the two differ."""
    if publication is not None and manifest is not None and public_files.rule_of(manifest) != publication.rule:
        files.blame(MANIFEST, Reason("ledger.changed", (MANIFEST,)))


def _content(files: _Files, listed: Mapping[str, str], path: str) -> bytes | None:
    raw = files.get(path)
    if raw is not None and sha256(raw).hexdigest() != listed[path]:
        files.blame(path, Reason("ledger.changed", (path,)))
        return None
    return raw


def _check_pages(files: _Files, listed: Mapping[str, str]) -> None:
    for path in sorted(set(listed) - {OPENED, FIGURES}):
        if public_files.earlier_size(path) is None:
            _content(files, listed, path)


def _opened(files: _Files, listed: Mapping[str, str] | None) -> list[OpenedEntry] | None:
    raw = None if listed is None else _required(files, listed, OPENED)
    try:
        return None if raw is None else public_files.parse_opened(raw)
    except Malformed as e:
        files.blame(OPENED, e.reason)
        return None


def _figures(files: _Files, listed: Mapping[str, str] | None) -> public_files.Figures | None:
    raw = None if listed is None else _required(files, listed, FIGURES)
    try:
        return None if raw is None else public_files.parse_figures(raw)
    except Malformed as e:
        files.blame(FIGURES, e.reason)
        return None


def _required(files: _Files, listed: Mapping[str, str], path: str) -> bytes | None:
    if path in listed:
        return _content(files, listed, path)
    files.blame(MANIFEST, Reason("ledger.unlisted", (path,)))
    return None


def _earlier(
    files: _Files,
    listed: Mapping[str, str] | None,
    remembered: bytes | None,
    log: VerifierKey,
    others: tuple[VerifierKey, ...],
) -> list[tuple[str, Checkpoint]]:
    """Checkpoints that the tree must continue, with where each was found."""
    listed = listed or {}
    paths = [path for path in sorted(listed) if public_files.earlier_size(path) is not None]
    notes = [(path, _content(files, listed, path)) for path in paths]
    found = []
    for path, raw in [*notes, (REMEMBERED, remembered)]:
        checkpoint = _checkpoint(files, path, raw, log, others)
        if checkpoint is None:
            continue
        if path != REMEMBERED and checkpoint.size != public_files.earlier_size(path):
            files.blame(path, Reason("ledger.changed", (path,)))
            continue
        found.append((path, checkpoint))
    return found


def _check_growth(files: _Files, tree: "_Tree", earlier: Iterable[tuple[str, Checkpoint]]) -> None:
    for path, before in earlier:
        if before.size > tree.checkpoint.size or (tree.node and merkle.root(before.size, tree.node) != before.root):
            files.blame(path, Reason("ledger.consistency", (str(before.size), str(tree.checkpoint.size))))


def _recount(files: _Files, figures: public_files.Figures, entries: int, opened: Sequence[OpenedEntry]) -> None:
    expected = public_files.count(entries, opened)
    if figures != expected:
        files.blame(FIGURES, Reason("ledger.recount", (str(figures.opened), str(expected.opened))))
    if opened and opened[-1].index >= entries:
        files.blame(OPENED, Reason("ledger.leaf", (str(opened[-1].index),)))


def _said(
    checkpoint: Checkpoint,
    earlier: Sequence[tuple[str, Checkpoint]],
    opened: Sequence[OpenedEntry] | None,
    figures: public_files.Figures | None,
    files: _Files,
) -> tuple[Reason, ...]:
    if files.findings or opened is None or figures is None:
        return ()
    hidden = figures.entries - figures.opened
    return (
        Reason("ledger.said.files", (str(len(files.asked)),)),
        *([Reason("ledger.said.no-listing")] if files.listing is None else []),
        Reason("ledger.said.grows", (str(checkpoint.size), str(len(earlier)))),
        Reason("ledger.said.opened", (str(len(opened)),)),
        Reason("ledger.said.recounts", (str(len(figures.figures)), str(figures.opened), str(figures.entries))),
        Reason("ledger.said.claim", (str(hidden),)),
    )


class _Tree:
    """The tree as the files have it: recomputed from the entries, compared with the tiles, tile by tile, and with the root."""

    def __init__(
        self,
        files: _Files,
        checkpoint: Checkpoint,
        published: Iterable[int],
        roots: Iterable[int],
        wanted: Mapping[str, Sequence[OpenedEntry]],
    ) -> None:
        self.files = files
        self.checkpoint = checkpoint
        self.node: merkle.Node | None = None  # once the tree is seen to have the checkpoint's root
        self.given_up = False
        self._published = {checkpoint.size, *(size for size in published if size <= checkpoint.size)}
        self._edges = {size // WIDTH for size in (*self._published, *roots)}  # tiles that some root needs a part of
        self._wanted: dict[int, list[tuple[str, OpenedEntry]]] = {}
        for path, entries in wanted.items():
            for entry in entries:
                self._wanted.setdefault(entry.index // WIDTH, []).append((path, entry))
        self._apart: list[tuple[Tile, Tile]] = []  # bundles and tiles that do not belong together

    def check(self) -> None:
        """Names each file of the tree that is not what the checkpoint's root stands for."""
        from_bundles, from_tiles = Reading(), Reading()
        for bundle in takewhile(lambda tile: tile.level is None, tiles_of(self.checkpoint.size)):
            self._compare(bundle, from_bundles, from_tiles)
            if len(self.files.findings) > _ENOUGH:
                self.given_up = True
                return
        root = self.checkpoint.root
        if from_bundles.root(self.checkpoint.size) == root:  # the bundles are right, so it is the tiles that are not
            self._settle(from_bundles, [tile for _, tile in self._apart])
        elif from_tiles.root(self.checkpoint.size) == root:
            self._settle(from_tiles, [bundle for bundle, _ in self._apart])
        else:
            self._suspect(from_bundles)

    def _settle(self, right: Reading, wrong: Iterable[Tile]) -> None:
        self.node = right.node
        for tile in wrong:
            self._changed(tile)
        self._compare_above(right)
        for number in self._wanted:
            if number * WIDTH >= self.checkpoint.size:
                self._misses(number)

    def _suspect(self, hashes: Reading) -> None:
        """Neither reading has the signed root: names whatever files contradict each other, or else the checkpoint."""
        before = len(self.files.findings)
        for bundle, tile in self._apart:
            self._contradicts(bundle)
            self._contradicts(tile)
        for tile in self._above():
            raw = self._hashes(tile)
            if raw is None or not hashes.complete or raw == hashes.tile(tile):
                continue
            self._contradicts(tile)
            for number in _differing(raw, hashes.tile(tile)) if tile.level == 1 else ():
                for level in (None, 0):
                    self._contradicts(Tile(level, tile.number * WIDTH + number, WIDTH))
        if len(self.files.findings) == before:
            self.files.blame(CHECKPOINT, Reason("ledger.root", (str(self.checkpoint.size),)))

    def _compare(self, bundle: Tile, from_bundles: Reading, from_tiles: Reading) -> None:
        """Reads one bundle and its tile, notes where they differ, and looks at the entries that are opened in it."""
        tile = Tile(0, bundle.number, bundle.width)
        leaves, hashes = self._leaves(bundle), self._tile(tile)
        made = None if leaves is None else b"".join(map(merkle.leaf_hash, leaves))
        keep = bundle.number in self._edges
        from_bundles.add(bundle.number, hashes if made is None else made, keep)
        from_tiles.add(bundle.number, made if hashes is None else hashes, keep)
        if made is not None and hashes is not None and made != hashes:
            self._apart.append((bundle, tile))
        elif leaves is not None:
            for path, entry in self._wanted.pop(bundle.number, []):
                at = entry.index % WIDTH
                if at >= len(leaves) or not opens(entry, leaves[at]):
                    self.files.blame(path, Reason("ledger.leaf", (str(entry.index),)))

    def _compare_above(self, right: Reading) -> None:
        for tile in self._above():
            raw = self._hashes(tile)
            if raw is not None and raw != right.tile(tile):
                self._changed(tile)

    def _above(self) -> list[Tile]:
        """The tiles above the leaves, and the partial ones that earlier checkpoints need."""
        done = {tile for tile in tiles_of(self.checkpoint.size) if not tile.level}
        return [tile for tile in public_tiles(self._published) if tile not in done]

    def _hashes(self, tile: Tile) -> bytes | None:
        if tile.level is not None:
            return self._tile(tile)
        leaves = self._leaves(tile)
        return None if leaves is None else b"".join(map(merkle.leaf_hash, leaves))

    def _misses(self, number: int) -> None:
        for path, entry in self._wanted[number]:
            self.files.blame(path, Reason("ledger.leaf", (str(entry.index),)))

    def _leaves(self, bundle: Tile) -> list[bytes] | None:
        raw = self.files.get(bundle.path)
        try:
            leaves = None if raw is None else parse_bundle(raw)
        except Malformed:
            leaves = []
        if leaves is not None and len(leaves) != bundle.width:
            self._changed(bundle)
            return None
        return leaves

    def _tile(self, tile: Tile) -> bytes | None:
        raw = self.files.get(tile.path)
        if raw is not None and len(raw) != tile.width * HASH:
            self._changed(tile)
            return None
        return raw

    def _changed(self, tile: Tile) -> None:
        self.files.blame(tile.path, Reason("ledger.changed", (tile.path,)))

    def _contradicts(self, tile: Tile) -> None:
        self.files.blame(tile.path, Reason("ledger.contradicts", (tile.path,)))


def _differing(some: bytes, others: bytes) -> list[int]:
    return [at // HASH for at in range(0, len(some), HASH) if some[at : at + HASH] != others[at : at + HASH]]
