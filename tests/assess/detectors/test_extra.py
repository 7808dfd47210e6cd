"""Without the extra every command of detection says what to install, the page shows what is missing, and nothing breaks."""

import subprocess
import sys
from pathlib import Path

import pytest

from charlevoix.assess.detectors.extra import PACKAGES

ROOT = Path(__file__).parents[3]
GONE = (
    "import sys\nfor name in {gone}: sys.modules[name] = None\nsys.argv = ['charlevoix', *{words}]\nfrom charlevoix.cli import main\nmain()"
)
COMMANDS = [
    "coordination examples/german-2021-posts.parquet --account account_id --object url_id --time timestamp",
    "copies examples/notices.csv --text text",
    "lookalikes --watchlist examples/watchlist.csv --hosts examples/lookalike-clones.csv",
    "run coordination examples/german-2021-posts.parquet",
]


@pytest.mark.parametrize("words", COMMANDS)
def test_a_base_installation_says_what_to_install(words: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", GONE.format(gone=sorted(PACKAGES), words=["detect", *words.split()])],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stdout
    assert "charlevoix[detection]" in done.stderr
    assert "our fault" not in done.stderr


def test_the_list_goes_on_past_detectors_whose_packages_are_missing_and_says_what_to_install() -> None:
    script = GONE.format(gone=sorted(PACKAGES), words=["detect", "list"])
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "charlevoix[detection]" in done.stdout
    assert "our fault" not in done.stdout + done.stderr


def test_the_pages_load_in_a_base_installation() -> None:
    script = f"import sys\nfor name in {sorted(PACKAGES)}: sys.modules[name] = None\nimport charlevoix.assess.detectors.pages"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
