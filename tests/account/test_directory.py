"""A published directory appears whole, and replaces another whole."""

import os
from pathlib import Path

import pytest

from charlevoix.account import directory
from charlevoix.account.directory import listing, put, read
from charlevoix.errors import Misconfigured, Unknown

ONE = {"checkpoint": b"1", "manifest.json": b"{}", "tile/0/000": b"one"}
TWO = {"checkpoint": b"2", "manifest.json": b"{}", "fr/index.html": b"two"}


def files(folder: Path) -> dict[str, bytes]:
    return {path: read(folder, path) for path in listing(folder)}


@pytest.mark.parametrize("there", ["absent", "empty"])
def test_files_are_put_where_nothing_is(tmp_path: Path, there: str) -> None:
    target = tmp_path / "deep" / "account"
    if there == "empty":
        target.mkdir(parents=True)
    put(target, ONE)
    assert files(target) == ONE
    assert target.stat().st_mode & 0o777 == 0o755


def test_a_publication_is_replaced_whole(tmp_path: Path) -> None:
    put(tmp_path / "account", ONE)
    put(tmp_path / "account", TWO)
    assert files(tmp_path / "account") == TWO
    assert os.listdir(tmp_path) == ["account"]


def test_it_is_replaced_too_where_the_system_can_not_exchange_two_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(directory, "_EXCHANGE", 1 << 20)  # a flag that no system knows
    put(tmp_path / "account", ONE)
    put(tmp_path / "account", TWO)
    assert files(tmp_path / "account") == TWO
    assert os.listdir(tmp_path) == ["account"]


def test_a_failure_half_way_leaves_what_was_there(tmp_path: Path) -> None:
    put(tmp_path / "account", ONE)
    with pytest.raises(IsADirectoryError):
        put(tmp_path / "account", {**TWO, "fr": b"a file", "fr/more.html": b"in a file"})
    assert files(tmp_path / "account") == ONE
    assert os.listdir(tmp_path) == ["account"]


def test_what_somebody_else_keeps_there_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("mine")
    with pytest.raises(Misconfigured, match="directory-used"):
        put(tmp_path, ONE)
    assert os.listdir(tmp_path) == ["notes"]


def test_only_plain_files_are_read(tmp_path: Path) -> None:
    put(tmp_path / "account", ONE)
    (tmp_path / "account" / "link").symlink_to(tmp_path / "account" / "checkpoint")
    assert "link" in listing(tmp_path / "account")
    for path in ("link", "tile", "nothing"):
        with pytest.raises(FileNotFoundError):
            read(tmp_path / "account", path)
    with pytest.raises(Unknown):
        listing(tmp_path / "nowhere")
