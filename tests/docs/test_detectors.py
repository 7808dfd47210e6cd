"""The fourth detector of the page of detectors is installed as any package would be, and run by its name."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from docs.runner import ROOT, blocks

PAGE = ROOT / "docs" / "detectors.md"


def installed(folder: Path) -> dict[str, str]:
    """An environment in which the package of the page is on the path, with its metadata."""
    (module,) = blocks(PAGE, "python")
    (folder / "clockwork.py").write_text(module, "utf-8")
    info = folder / "clockwork-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: clockwork\nVersion: 1.0\n", "utf-8")
    (info / "entry_points.txt").write_text("[charlevoix.detectors]\nclockwork = clockwork:Clockwork\n", "utf-8")
    return {**os.environ, "PYTHONPATH": str(folder), "CHARLEVOIX_HOME": str(folder / "node")}


@pytest.mark.slow
def test_the_fourth_detector_finds_the_account_that_posts_like_clockwork(tmp_path: Path) -> None:
    lines = ["user,at", *(f"clock,{n * 600 + n % 3}" for n in range(40)), *(f"person,{n * n * 37 + 11}" for n in range(40))]
    (tmp_path / "posts.csv").write_text("\n".join(lines) + "\n", "utf-8")
    words = ["detect", "run", "clockwork", "posts.csv", "--column", "account=user", "--column", "time=at", "--json"]
    command = [str(Path(sys.executable).with_name("charlevoix")), *words]
    done = subprocess.run(command, cwd=tmp_path, env=installed(tmp_path), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "1 accounts post at nearly equal distances." in json.dumps(json.loads(done.stdout), ensure_ascii=False)
    assert "clock," not in done.stdout


def test_the_fourth_detector_takes_forty_lines() -> None:
    (module,) = blocks(PAGE, "python")
    assert len([line for line in module.splitlines() if line.strip()]) <= 40
