"""The command line as others script against it: every command tells an example and answers with JSON."""

import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from charlevoix.cli import charlevoix, doors, language_of
from charlevoix.desk import harmless

PROMISED = frozenset(
    {"init", "demo", "import", "incidents", "show", "share", "sync", "recall", "partners", "attribute", "respond", "advise"}
    | {"account", "verify", "serve", "work", "doctor", "detect"}
)


def every_command() -> list[str]:
    """Every command and subcommand, as one types it."""
    found = []
    for name, door in doors().items():
        command = door.open()
        found.append(name)
        if isinstance(command, click.Group):
            found += [f"{name} {sub}" for sub in command.list_commands(click.Context(command))]
    return found


def test_what_was_promised_is_there() -> None:
    assert doors().keys() >= PROMISED


@pytest.mark.parametrize("words", every_command())
def test_help_shows_an_example_and_the_option_for_json(words: str) -> None:
    told = CliRunner().invoke(charlevoix, [*words.split(), "--help"])
    assert told.exit_code == 0, told.output
    assert "Example" in told.output
    assert "--json" in told.output


@pytest.mark.parametrize("words", [["--language", "fr", "--version=1"], ["detect", "--language=fr"], ["show", "x", "--language", "fr"]])
def test_errors_are_told_in_the_language_that_was_chosen_however_it_is_written(words: list[str]) -> None:
    assert language_of(words) == "fr"


def test_a_word_that_is_no_language_is_none() -> None:
    assert language_of(["detect", "copies", "--language", "lang"]) == "en"


def test_what_a_terminal_shows_moves_no_cursor_and_keeps_the_blank_of_a_figure() -> None:
    assert harmless("\x1b]0;x\x07 137\u202f550 \u00e9\n\u202e") == "\ufffd]0;x\ufffd 137\u202f550 \u00e9\n\ufffd"


def test_an_error_that_quotes_somebody_s_file_is_harmless_on_a_terminal(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text("a\x1b[31mb,c\n1,2\n")
    words = ["detect", "coordination", str(table), "--account", "x", "--object", "c", "--time", "c"]
    done = subprocess.run([sys.executable, "-m", "charlevoix", *words], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert "\x1b[31m" not in done.stderr
    assert "a\ufffd[31mb" in done.stderr
