"""The command line as others script against it: every command tells an example and answers with JSON."""

import click
import pytest
from click.testing import CliRunner

from charlevoix.cli import charlevoix, doors

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
