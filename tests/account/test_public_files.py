"""The public files: each has one form, and the manifest lists what it may."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from charlevoix.account.public_files import (
    Figure,
    assemble,
    count,
    draft,
    may_hold,
    parse_figures,
    parse_manifest,
    parse_opened,
    parse_publication,
    print_opened,
    print_publication,
)
from charlevoix.errors import Answer, Malformed
from charlevoix.ledger.entry import Door, OpenedEntry

opened_entries = st.builds(
    OpenedEntry,
    index=st.integers(0, 2**63 - 1),
    key=st.binary(min_size=32, max_size=32),
    door=st.sampled_from(Door),
    answer=st.sampled_from(Answer),
    rule=st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
)


def opened(index: int, door: Door = Door.REFUSE, answer: Answer = Answer.NO, rule: str = "purpose") -> OpenedEntry:
    return OpenedEntry(index, bytes([index]) * 32, door, answer, rule)


@given(st.lists(opened_entries, max_size=8, unique_by=lambda entry: entry.index))
@settings(max_examples=60, deadline=None)
def test_opened_entries_read_back_as_they_were_printed(entries: list[OpenedEntry]) -> None:
    entries.sort(key=lambda entry: entry.index)
    assert parse_opened(print_opened(entries)) == entries


@given(opened_entries)
@settings(max_examples=60, deadline=None)
def test_the_entry_of_a_publication_reads_back_as_it_was_printed(entry: OpenedEntry) -> None:
    assert parse_publication(print_publication(entry)) == entry


def test_figures_count_by_door_answer_and_rule() -> None:
    entries = [opened(1), opened(2, Door.RELEASE, Answer.YES, "tlp"), opened(5), opened(6, rule="nexus.unstated")]
    found = count(9, entries)
    assert (found.entries, found.opened, found.doors) == (9, 4, {"refuse": 3, "release": 1})
    assert found.figures == [
        Figure(Door.REFUSE, Answer.NO, "nexus.unstated", 1),
        Figure(Door.REFUSE, Answer.NO, "purpose", 2),
        Figure(Door.RELEASE, Answer.YES, "tlp", 1),
    ]


def test_a_draft_commits_to_every_file_of_it() -> None:
    files = draft(9, [opened(1)], {5: b"note"}, {"index.html": b"<p>", "fr/index.html": b"<p>"}).files
    assert set(parse_manifest(files["manifest.json"])) == set(files) - {"manifest.json"}
    assert set(files) == {
        "manifest.json",
        "opened.json",
        "figures.json",
        "checkpoints/5",
        "index.html",
        "fr/index.html",
    }
    other = draft(9, [opened(1)], {5: b"note"}, {"index.html": b"<p>", "fr/index.html": b"<b>"})
    assert other.rule != draft(9, [opened(1)], {5: b"note"}, {"index.html": b"<p>", "fr/index.html": b"<p>"}).rule


def test_an_entry_that_commits_to_another_draft_publishes_nothing() -> None:
    drafted = draft(9, [], {}, {})
    entry = opened(9, Door.PUBLISH, Answer.YES, drafted.rule)
    assert set(assemble(drafted, entry, b"c", [("tile/0/000.p/1", b"t")])) == {
        "checkpoint",
        "publication.json",
        "manifest.json",
        "opened.json",
        "figures.json",
        "tile/0/000.p/1",
    }
    for wrong in (opened(9, Door.PUBLISH, Answer.YES, "manifest:00"), opened(9, Door.READ, Answer.YES, drafted.rule)):
        with pytest.raises(ValueError, match="does not commit"):
            assemble(drafted, wrong, b"c", [])


@pytest.mark.parametrize("path", ["index.html", "a/b-c/d_e.txt", "checkpoints/12", "tiles/a"])
def test_a_manifest_may_list_plain_relative_paths(path: str) -> None:
    assert may_hold(path)


@pytest.mark.parametrize(
    "path",
    [
        *("", "/etc/passwd", "../x", "a/../b", "a//b", "a/", ".x", "a\\b", "c:d", "é", "a b", "x\n", "a/" * 600 + "b"),
        *("tile/0/000", "tile", "checkpoint", "manifest.json", "publication.json"),
    ],
)
def test_a_manifest_may_list_nothing_that_leads_elsewhere_or_is_the_logs(path: str) -> None:
    assert not may_hold(path)
    with pytest.raises(ValueError, match="can be called"):
        draft(1, [], {}, {path: b""})


def test_a_page_can_not_take_the_place_of_a_figure_or_a_checkpoint() -> None:
    for path in ("opened.json", "figures.json", "checkpoints/3"):
        with pytest.raises(ValueError, match="can be called"):
            draft(1, [], {}, {path: b""})


def test_entries_out_of_order_or_twice_are_refused() -> None:
    for entries in ([opened(2), opened(1)], [opened(2), opened(2)]):
        with pytest.raises(ValueError, match="in the order"):
            draft(9, entries, {}, {})
        with pytest.raises(Malformed):
            parse_opened(print_opened(entries))


@pytest.mark.parametrize("parse", [parse_figures, parse_manifest, parse_opened, parse_publication])
@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"{}", b"null", b"\xff", b"[" * 100_000, b'{"a": NaN}', b'"\\ud800"'])
def test_what_is_not_in_the_one_form_is_refused(parse: Callable[[bytes], object], raw: bytes) -> None:
    with pytest.raises(Malformed):
        parse(raw)


@pytest.mark.parametrize(
    ("parse", "name"),
    [(parse_figures, "figures.json"), (parse_manifest, "manifest.json"), (parse_opened, "opened.json")],
)
def test_one_blank_or_one_member_more_is_another_form(parse: Callable[[bytes], object], name: str) -> None:
    raw = draft(9, [opened(1)], {}, {"index.html": b""}).files[name]
    parse(raw)
    for changed in (
        raw + b"\n",
        raw.replace(b"{", b'{"x": 1, ', 1),
        raw.replace(b'":', b'" :', 1),
        raw.replace(b"}", b"} ", 1),
    ):
        with pytest.raises(Malformed):
            parse(changed)
