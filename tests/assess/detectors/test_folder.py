"""What a run laid down, with names of accounts in it, is gone however its process ended."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from charlevoix.assess.detectors.folder import Folder, clear


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def begun(temporary: Path, table: Path) -> "subprocess.Popen[bytes]":
    """A run of the command line, at the point where names lie in its folder."""
    words = ["detect", "coordination", str(table), "--account", "u", "--object", "o", "--time", "t", "--skip-bad-rows", "--json"]
    env = {**os.environ, "TMPDIR": str(temporary)}
    run = subprocess.Popen([sys.executable, "-m", "charlevoix", *words], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(1_200):
        if any(b"real-name" in path.read_bytes()[:10_000] for path in temporary.glob("charlevoix-detect-*/mended.csv")):
            return run
        assert run.poll() is None, "it ended before"
        time.sleep(0.05)
    raise AssertionError("nothing was laid down")


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "posts.csv"
    path.write_text("u,o,t\n" + "".join(f"real-name-{i % 20_000},o{i % 7_919},{i}\n" for i in range(800_000)) + "broken,row\n")
    return path


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_command_that_is_ended_leaves_nothing(temporary: Path, table: Path, number: signal.Signals) -> None:
    run = begun(temporary, table)
    run.send_signal(number)
    assert run.wait(60) == 128 + number
    assert list(temporary.iterdir()) == []


def test_what_a_killed_command_left_goes_with_the_next_run_and_what_runs_stays(temporary: Path, table: Path, tmp_path: Path) -> None:
    run = begun(temporary, table)
    run.kill()
    run.wait(60)
    (left,) = temporary.iterdir()
    with Folder("detect") as mine:
        (tmp_path / "small.csv").write_text("u,o,t\na,x,1\nb,x,2\n")
        words = ["detect", "coordination", str(tmp_path / "small.csv"), "--account", "u", "--object", "o", "--time", "t"]
        env = {**os.environ, "TMPDIR": str(temporary)}
        subprocess.run([sys.executable, "-m", "charlevoix", *words], env=env, check=True, capture_output=True)
        assert not left.exists()
        assert [str(path) for path in temporary.iterdir()] == [mine]


def test_only_folders_of_ours_that_are_left_over_are_touched(temporary: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    left = temporary / "charlevoix-table-left"
    for folder in (elsewhere, left, temporary / "charlevoix-table-nolock", temporary / "other-in-use"):
        folder.mkdir()
        (folder / "kept.csv").write_text("u\n")
    for folder in (elsewhere, left, temporary / "other-in-use"):
        (folder / "in-use").touch()
    (temporary / "charlevoix-run-link").symlink_to(elsewhere)  # a link to a folder that is no folder of ours
    (left / "away").symlink_to(elsewhere)
    trap = temporary / "charlevoix-run-trap"
    trap.mkdir()
    (trap / "in-use").symlink_to(elsewhere / "in-use")
    clear()
    assert not left.exists()
    assert (elsewhere / "kept.csv").exists()
    assert {path.name for path in temporary.iterdir()} == {
        "charlevoix-run-link",
        "charlevoix-run-trap",
        "charlevoix-table-nolock",
        "other-in-use",
    }


def test_a_folder_is_gone_after_its_block_and_may_be_cleared_twice(temporary: Path) -> None:
    with Folder("run") as name:
        assert Path(name).stat().st_mode & 0o77 == 0
        clear()
        assert Path(name).exists(), "this process holds it"
    folder = Folder("run")
    folder.cleanup()
    folder.cleanup()
    assert list(temporary.iterdir()) == []
