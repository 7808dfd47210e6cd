"""The command line: finds a command by name and imports it on use."""

import os
import signal
import sys
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import NoReturn

import click

from charlevoix.desk import FAILED, HOME, Choices, Desk, harmless, home_of, tell, told
from charlevoix.errors import CharlevoixError
from charlevoix.languages.catalogue import LANGUAGES, Language, say, text
from charlevoix.room import Door

ROOMS = ("demo", "housekeeping", "intake", "assess", "share", "attribute", "respond", "advise", "account")


def doors() -> dict[str, Door]:
    """Every command by its name: the house's own, then those of the rooms from left to right."""
    modules = [import_module(f"charlevoix.{name}.doorway") for name in ROOMS]
    return {door.path: door for module in modules for door in module.ROOM.commands}


class Commands(click.Group):
    """The commands of the rooms; only the one that is called is imported."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(doors())

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        door = doors().get(name)
        if door is None:
            return None
        found: click.Command = door.open()
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section(text("cli.commands", "en")):
            formatter.write_dl([(name, text(door.about, "en") if door.about else "") for name, door in doors().items()])


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="charlevoix", message="%(prog)s %(version)s")
@click.option("--home", type=click.Path(path_type=Path, file_okay=False), envvar=HOME, help=f"The node's folder ({HOME}).")
@click.option("--as", "person", envvar="CHARLEVOIX_PERSON", default="", help="Who you are at this node (CHARLEVOIX_PERSON).")
@click.option("--language", type=click.Choice(LANGUAGES), envvar="CHARLEVOIX_LANGUAGE", default=None, help="Language of what is said.")
@click.option("--json", "as_json", is_flag=True, help="Answer with one JSON document.")
@click.pass_context
def charlevoix(ctx: click.Context, home: Path | None, person: str, language: str | None, as_json: bool) -> None:
    """Democracies defend themselves together against foreign interference."""
    ctx.obj = open_desk


def open_desk(ctx: click.Context, chosen: Choices) -> Desk:
    """The desk at the node in the home folder, closed when the command ends."""
    from charlevoix import house

    station = ctx.with_resource(house.opened(home_of(chosen)))
    person = chosen.person or house.OPERATOR
    return Desk(station.node, station.actor(person), station.home, station.settings, chosen.language, chosen.as_json, station)


def main() -> None:
    """The program `charlevoix`. Ends with an exit code of `charlevoix.desk`; no traceback reaches a user unless CHARLEVOIX_DEBUG is set."""
    as_json = "--json" in sys.argv
    language = language_of(sys.argv[1:])
    _end_in_order()
    try:
        charlevoix.main(prog_name="charlevoix")
    except CharlevoixError as error:
        if os.environ.get("CHARLEVOIX_DEBUG"):
            raise
        _fail({"error": told(error.reason, language)}, say(error.reason, language), as_json)
    except BrokenPipeError:  # the reader of a pipe has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(FAILED)
    except Exception as error:  # whatever was forgotten: a sentence and a file, never a traceback on the screen
        if os.environ.get("CHARLEVOIX_DEBUG"):
            raise
        sentence = text("cli.broken", language, type(error).__name__, _keep_trace())
        _fail({"error": {"rule": "cli.broken", "values": [type(error).__name__], "says": sentence}}, sentence, as_json)


def language_of(words: list[str]) -> Language:
    """The language that the words of a command line or the environment choose: errors are told before, and after, a command has read its options."""
    said = " ".join(words).replace("--language=", "--language ").split()
    named = [after for before, after in pairwise(said) if before == "--language"]
    for word in (*named, os.environ.get("CHARLEVOIX_LANGUAGE")):
        for language in LANGUAGES:
            if word == language:
                return language
    return "en"


def _end_in_order() -> None:
    """Whoever ends a command (SIGTERM, SIGHUP) lets it clear away what it laid down: it ends with 128 and the signal's number, as a shell says it.

    `charlevoix serve` ends in uvicorn's way, which comes to the same afterwards.
    """

    def end(number: int, frame: object) -> NoReturn:
        signal.signal(number, signal.SIG_IGN)  # once: the clearing away is not broken off by the next
        sys.exit(128 + number)

    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) == signal.SIG_DFL:  # else somebody, such as nohup, wants it otherwise
            signal.signal(number, end)


def _fail(document: dict[str, object], sentence: str, as_json: bool) -> None:
    if as_json:
        tell(document, lambda _: None, True)
    else:
        click.echo(click.style("charlevoix: ", fg="red") + harmless(sentence), err=True)
    sys.exit(FAILED)


def _keep_trace() -> str:
    """Writes the traceback of a fault of ours where the operator finds it; returns the path, or an empty text."""
    import tempfile
    import traceback

    try:
        with tempfile.NamedTemporaryFile("w", prefix="charlevoix-", suffix=".trace", delete=False) as file:
            file.write(traceback.format_exc())
        return file.name
    except OSError:
        return ""
