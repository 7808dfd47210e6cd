"""A stranger's check: it passes what was published, and names each file that is not what was published."""

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders import NOW
from charlevoix.account import verification
from charlevoix.account.public_files import assemble, count, draft, print_manifest, print_opened, rule_of
from charlevoix.account.verification import REMEMBERED, Report, verify
from charlevoix.errors import Answer, Malformed
from charlevoix.languages.catalogue import say
from charlevoix.ledger import merkle
from charlevoix.ledger.checkpoint import COSIGNATURE, Checkpoint, sign
from charlevoix.ledger.entry import Door, NewEntry, OpenedEntry, disclose
from charlevoix.ledger.log import Log
from charlevoix.ledger.tiles import parse_bundle, print_bundle
from charlevoix.ledger.witness import attach, cosign
from ledger.sample import ORIGIN, memory, passage, signer

KEY = str(signer().key)
PAGES = {"index.html": b"<h1>Account</h1>", "fr/index.html": b"<h1>Compte</h1>"}


@dataclass(frozen=True)
class Published:
    files: Mapping[str, bytes]
    opened: tuple[OpenedEntry, ...]
    remembered: tuple[bytes, ...]


@cache
def published(first: int = 300, then: int = 700, every: int = 3) -> Published:
    """Two publications of one log; the second is what is looked at. `every` third entry is opened."""
    log = Log(ORIGIN, random.Random(1).randbytes)
    notes: list[bytes] = []
    with memory() as conn:
        for more in (first, then):
            start = log.size(conn)
            log.append(conn, [passage(start + n) for n in range(more)])
            opened = [disclose(e) for e in log.entries(conn, 0, log.size(conn)) if e.index % every == 0]
            drafted = draft(log.size(conn), opened, dict(log.checkpoints(conn)), PAGES)
            [index] = log.append(conn, [publish(drafted.rule)])
            if more == then:
                log.pad(conn, NOW)
            notes.append(log.checkpoint(conn, signer()))
            tiles = log.public_files(conn, log.size(conn))
            files = assemble(drafted, disclose(log.entry(conn, index)), notes[-1], tiles)
    return Published(files, tuple(opened), tuple(notes))


def publish(rule: str) -> NewEntry:
    return NewEntry(Door.PUBLISH, None, None, Answer.YES, rule, None, "node", NOW)


def checked(files: Mapping[str, bytes], **kwargs: object) -> Report:
    return verify(files.__getitem__, files, KEY, **kwargs)  # type: ignore[arg-type]


def named(files: Mapping[str, bytes]) -> set[str]:
    """The files that the check finds fault with."""
    return {finding.path for finding in checked(files).findings}


@pytest.mark.mission("T1")
def test_what_was_published_holds_and_is_said_in_the_words_we_promise() -> None:
    report = checked(published().files)
    assert report.findings == ()
    assert report.holds
    assert report.checkpoint is not None
    assert report.checkpoint.size == 1024
    assert [say(reason, "en") for reason in report.checked] == [
        "18 files are as they were published; none is missing.",
        "The log only grows: its 1024 entries begin with those of each of 1 earlier checkpoints.",
        "Each opened entry is in it: 334.",
        "Each figure of the account recounts from opened entries: 21 figures from 334 of 1001 entries.",
        "The rest is the operator's claim, recounted and signed by an auditor who may see the keys: 667 entries stay closed.",
    ]
    assert "21 chiffres, 334 entrées sur 1001" in say(report.checked[3], "fr")


def test_the_figures_are_those_of_the_entries() -> None:
    numbers = range(0, 1001, 3)
    refused = [n for n in numbers if passage(n).door is Door.REFUSE]
    assert count(1001, published().opened).doors["refuse"] == len(refused) == 66


@pytest.mark.parametrize("path", sorted(published().files))
@settings(max_examples=12, deadline=None)
@given(data=st.data())
def test_one_changed_bit_of_any_file_is_found_and_that_file_alone_is_named(path: str, data: st.DataObject) -> None:
    raw = bytearray(published().files[path])
    bit = data.draw(st.integers(0, 8 * len(raw) - 1))
    raw[bit // 8] ^= 1 << bit % 8
    assert named({**published().files, path: bytes(raw)}) == {path}


@pytest.mark.parametrize("path", sorted(published().files))
def test_a_missing_file_is_named(path: str) -> None:
    left = {name: raw for name, raw in published().files.items() if name != path}
    report = checked(left)
    assert [(f.path, f.reason.rule) for f in report.findings] == [(path, "ledger.missing")]
    without_listing = verify(left.__getitem__, None, KEY)
    assert path in {finding.path for finding in without_listing.findings}


@pytest.mark.parametrize("path", sorted(published().files))
@pytest.mark.parametrize("change", [lambda raw: raw + b"\x00", lambda raw: raw[:-1], lambda raw: b"", lambda raw: raw + b"\n"])
def test_a_file_that_is_longer_shorter_or_empty_is_named(path: str, change: object) -> None:
    assert path in named({**published().files, path: change(published().files[path])})  # type: ignore[operator]


@pytest.mark.parametrize(
    "path",
    [
        "more.html",
        "tile/0/004",
        "tile/9/000",
        "tile/entries/000.p/3",
        "checkpoints/9",
        "fr/x",
        "log.vkey",
        "Index.html",
    ],
)
def test_a_file_too_many_is_named(path: str) -> None:
    report = checked({**published().files, path: b""})
    assert [(f.path, f.reason.rule) for f in report.findings] == [(path, "ledger.extra")]
    assert report.checked == ()


def test_two_files_that_changed_places_are_both_named() -> None:
    files = published().files
    assert named({**files, "tile/0/000": files["tile/0/001"], "tile/0/001": files["tile/0/000"]}) == {
        "tile/0/000",
        "tile/0/001",
    }


def test_a_leaf_that_was_changed_with_its_hash_is_named_by_what_lies_above() -> None:
    files = dict(published().files)
    leaves = parse_bundle(files["tile/entries/001"])
    leaves[5] = bytes(64)
    files["tile/entries/001"] = print_bundle(leaves)
    files["tile/0/001"] = b"".join(map(merkle.leaf_hash, leaves))
    assert named(files) >= {"tile/entries/001", "tile/0/001"}


def test_a_log_that_was_rewritten_and_signed_again_is_caught_by_its_earlier_checkpoint() -> None:
    honest, rewritten = published(), published(299)
    report = checked(rewritten.files, remembered=honest.remembered[0])
    assert [(f.path, f.reason.rule) for f in report.findings] == [(REMEMBERED, "ledger.consistency")]
    assert checked(honest.files, remembered=honest.remembered[0]).holds
    assert checked(honest.files, remembered=honest.remembered[1]).holds
    report = checked(published(100, 50).files, remembered=honest.remembered[1])  # a log that shrank
    assert [f.path for f in report.findings] == [REMEMBERED]


def test_another_key_verifies_nothing() -> None:
    report = verify(published().files.__getitem__, published().files, str(signer(seed=2).key))
    assert [(f.path, f.reason.rule) for f in report.findings] == [("checkpoint", "ledger.signature")]
    with pytest.raises(Malformed):
        verify(published().files.__getitem__, published().files, "no key")


# --- an operator who would like to tell another story, and who has the log's key -----------------------------------------------


def told(opened: Iterable[OpenedEntry], entries: int = 10, figures: bytes | None = None) -> dict[str, bytes]:
    """A publication of ten entries by somebody who signs whatever he likes."""
    log, told = Log(ORIGIN, random.Random(2).randbytes), tuple(opened)
    with memory() as conn:
        log.append(conn, [passage(n) for n in range(10)])
        drafted = draft(entries, told, {}, {})
        files = {k: v for k, v in drafted.files.items() if k != "manifest.json"}
        if figures is not None:
            files["figures.json"] = figures
        files["manifest.json"] = print_manifest(files)
        [index] = log.append(conn, [publish(rule_of(files["manifest.json"]))])
        note, entry = log.checkpoint(conn, signer()), disclose(log.entry(conn, index))
        return assemble(replace(drafted, files=files), entry, note, log.public_files(conn, log.size(conn)))


def truth() -> list[OpenedEntry]:
    log = Log(ORIGIN, random.Random(2).randbytes)
    with memory() as conn:
        log.append(conn, [passage(n) for n in range(10)])
        return [disclose(entry) for entry in log.entries(conn, 0, 10)]


def test_the_truth_holds() -> None:
    assert checked(told(truth())).holds


def test_an_entry_that_says_something_else_is_named() -> None:
    lie = [replace(entry, answer=Answer.YES, rule="nothing") if entry.index == 2 else entry for entry in truth()]
    findings = checked(told(lie)).findings
    assert [(f.path, f.reason.rule, f.reason.values) for f in findings] == [("opened.json", "ledger.leaf", ("2",))]


def test_an_entry_that_is_not_in_the_log_is_named() -> None:
    for index in (11, 300, 2**62):
        lie = [*truth(), replace(truth()[0], index=index)]
        assert ("opened.json", "ledger.leaf") in {(f.path, f.reason.rule) for f in checked(told(lie)).findings}


def test_figures_that_do_not_recount_are_named() -> None:
    figures = told(truth()[1:])["figures.json"]
    findings = checked(told(truth(), figures=figures)).findings
    assert [(f.path, f.reason.rule, f.reason.values) for f in findings] == [("figures.json", "ledger.recount", ("9", "10"))]


def test_the_number_of_closed_entries_can_not_be_made_smaller() -> None:
    assert named(told(truth()[:5], entries=5)) == {"figures.json"}


def test_an_account_without_its_figures_is_refused() -> None:
    files = dict(told(truth()))
    with memory() as conn:
        log = Log(ORIGIN)
        rest = {"opened.json": print_opened([])}
        rest["manifest.json"] = print_manifest(rest)
        [index] = log.append(conn, [publish(rule_of(rest["manifest.json"]))])
        note, entry = log.checkpoint(conn, signer()), disclose(log.entry(conn, index))
        files = assemble(replace(draft(0, [], {}, {}), files=rest), entry, note, log.public_files(conn, 1))
    assert [(f.path, f.reason.rule) for f in checked(files).findings] == [("manifest.json", "ledger.unlisted")]


def test_a_root_that_the_files_do_not_have_is_named_at_the_checkpoint() -> None:
    files = dict(told(truth()))
    files["checkpoint"] = bytes(sign(Checkpoint(ORIGIN, 11, bytes(32)), signer()))
    assert {(f.path, f.reason.rule) for f in checked(files).findings} == {("checkpoint", "ledger.root")}


def test_a_size_that_nobody_could_check_is_given_up_early() -> None:
    for size in (2**39, 2**63, 10**30):
        files = {**told(truth()), "checkpoint": bytes(sign(Checkpoint(ORIGIN, size, bytes(32)), signer()))}
        assert 1 <= len(checked(files).findings) <= verification._ENOUGH + 2


def test_a_witness_on_the_checkpoint_is_known_or_refused() -> None:
    files, witness = dict(told(truth())), signer("witness-b.example", 2, COSIGNATURE)
    files["checkpoint"] = attach(files["checkpoint"], [cosign(files["checkpoint"], signer().key, None, (), witness, NOW)])
    assert named(files) == {"checkpoint"}
    assert checked(files, witnesses=[str(witness.key)]).holds


def test_every_path_is_read_once_at_most() -> None:
    seen: list[str] = []

    def read(path: str) -> bytes:
        seen.append(path)
        return published().files[path]

    assert verify(read, published().files, KEY).holds
    assert sorted(seen) == sorted(published().files)


def test_a_web_site_is_checked_without_a_listing_and_the_report_says_what_that_leaves_out() -> None:
    report = verify(published().files.__getitem__, None, KEY)
    assert report.holds
    assert "Whether there are files too many can't be seen from here." in [say(r, "en") for r in report.checked]


def test_a_publication_that_points_to_another_entry_is_named_and_nothing_else() -> None:
    raw = published().files["publication.json"]
    for index in (b"1000", b"1003", b"1000000"):
        assert named({**published().files, "publication.json": raw.replace(b"1001", index)}) == {"publication.json"}
