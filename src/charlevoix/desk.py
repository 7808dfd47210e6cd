"""A desk: the command line as a room sees it; whose hands are on it, which node it belongs to, how answers are told."""

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn
from unicodedata import category

import click

from charlevoix.errors import Misconfigured, Reason, Refused
from charlevoix.languages.catalogue import LANGUAGES, Language, say, text

if TYPE_CHECKING:  # a command that only tells its help needs neither a node nor colours
    from rich.console import Console

    from charlevoix.node import Node
    from charlevoix.partners.audience import Audience
    from charlevoix.safeguards.grounds import Actor
    from charlevoix.settings import Settings

DONE, FAILED, MISUSED, REFUSED, HELD_BACK = 0, 1, 2, 3, 4
"""Exit codes: done; could not be done; not understood (click's own); a rule said no; all that came is held back."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What a command works with. Every command tells one thing: a JSON document with `--json`, words for people otherwise.

    `station` is the node with all that runs it, for the house's own commands; rooms use `node`, and what their doorway was promised.
    """

    node: "Node"
    who: "Actor"
    home: Path
    settings: "Settings"
    language: Language
    as_json: bool
    station: Any = None

    def tell(self, document: Mapping[str, object], words: "Callable[[Console], None]") -> None:
        """One answer in two forms: the document is complete, the words are for reading."""
        tell(document, words, self.as_json)

    def say(self, reason: Reason) -> str:
        return say(reason, self.language)

    def refuse(self, refused: Refused) -> NoReturn:
        """Tells every obstacle, and ends with the exit code for a no."""
        document = {"refused": [told(r, self.language) for r in refused.reasons], "entry": refused.entry}

        def words(to: "Console") -> None:
            for reason in refused.reasons:
                to.print(f"[red]no[/red]  {shown(self.say(reason))}", highlight=False)
            if refused.entry is not None:
                to.print(f"[dim]{text('desk.entry', self.language, refused.entry)}[/dim]", highlight=False)

        self.tell(document, words)
        sys.exit(REFUSED)

    def audience(self, name: str) -> "Audience":
        """The audience of a partner's name or id, of "public", or of "role--...". Raises Unknown."""
        return self.node.audience(self.who, name)


@dataclass(frozen=True, slots=True)
class Choices:
    """What the options common to all commands say; each may also stand before the command."""

    as_json: bool
    person: str
    language: Language
    home: Path | None


HOME = "CHARLEVOIX_HOME"


def home_of(chosen: Choices) -> Path:
    """The folder that an option or the environment names. Raises Misconfigured where nothing does."""
    if chosen.home is None:
        raise Misconfigured("house.no-home", HOME, advice="house.name-home")
    return chosen.home


Opener = Callable[[click.Context, Choices], Desk]


class Command(click.Command):
    """A command of a desk: adds the options that every command has, and an example to its help."""

    def __init__(self, *args: Any, example: str = "", **kwargs: Any) -> None:
        if example:
            kwargs["epilog"] = f"Example:  {example}"
        super().__init__(*args, **kwargs)
        taken = {p.name for p in self.params}  # a command may give a name another meaning, such as the language of texts
        self._common = [option for option in _common_options() if option.name not in taken]
        self.params += self._common

    def invoke(self, ctx: click.Context) -> Any:
        own = {p.name: ctx.params.pop(str(p.name), None) for p in self._common}
        ctx.meta["charlevoix.choices"] = _choices(ctx, own)
        return super().invoke(ctx)


class Listing(click.Group):
    """A group of commands that lists when nothing else is asked: `charlevoix partners --json` is `charlevoix partners list --json`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0].startswith("-") and args[0] not in ("-h", "--help"):
            args = ["list", *args]
        return super().parse_args(ctx, args or ["list"])


def command(name: str, *, example: str = "") -> Callable[[Callable[..., Any]], Command]:
    """Declares a command: `@command("incidents", example="charlevoix incidents --phase suspected")`."""

    def declare(function: Callable[..., Any]) -> Command:
        made: Command = click.command(name, cls=Command, example=example)(function)
        return made

    return declare


def choices() -> Choices:
    """What the common options say to the command that runs."""
    found: Choices = click.get_current_context().meta["charlevoix.choices"]
    return found


def desk() -> Desk:
    """The desk of the command that runs: opens the node on first use, closes it when the command ends."""
    ctx = click.get_current_context()
    if "charlevoix.desk" not in ctx.meta:
        opener: Opener = ctx.find_root().obj
        ctx.meta["charlevoix.desk"] = opener(ctx, choices())
    found: Desk = ctx.meta["charlevoix.desk"]
    return found


def tell(document: Mapping[str, object], words: "Callable[[Console], None]", as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(document, ensure_ascii=False, indent=1, default=str))
    else:
        words(console())


def shown(told: Any) -> Any:
    """A document made fit for a terminal: what somebody wrote is no markup there, and moves no cursor (`harmless`)."""
    from rich.markup import escape

    if isinstance(told, str):
        return escape(harmless(told))
    if isinstance(told, Mapping):
        return {key: shown(value) for key, value in told.items()}
    return [shown(value) for value in told] if isinstance(told, list | tuple) else told


def harmless(words: str) -> str:
    """Words that a terminal only shows: what is not to be seen, and is neither blank nor a new line, becomes U+FFFD (control characters, signs that turn the direction)."""
    return "".join(c if c.isprintable() or c == "\n" or category(c) == "Zs" else "\ufffd" for c in words)


def told(reason: Reason, language: Language) -> Mapping[str, object]:
    """A reason as a JSON document tells it: the rule for programs, the sentence for people."""
    return {"rule": reason.rule, "values": list(reason.values), "says": say(reason, language)}


def console() -> "Console":
    """Colours on a terminal; plain lines of their full length when piped."""
    from rich.console import Console

    if sys.stdout.isatty():
        return Console(highlight=False)
    return Console(width=200, soft_wrap=True, color_system=None, highlight=False)


def _common_options() -> list[click.Parameter]:
    return [
        click.Option(["--json", "as_json"], is_flag=True, help="Answer with one JSON document."),
        click.Option(["--as", "person"], default="", help="Who you are at this node (default: CHARLEVOIX_PERSON, or the operator)."),
        click.Option(["--language"], type=click.Choice(LANGUAGES), default=None, help="Language of what is said."),
    ]


def _choices(ctx: click.Context, own: Mapping[str, Any]) -> Choices:
    whole = ctx.find_root().params
    language = own.get("language") or whole.get("language") or "en"
    return Choices(
        bool(own.get("as_json") or whole.get("as_json")),
        str(own.get("person") or whole.get("person") or ""),
        language if language in LANGUAGES else "en",
        whole.get("home"),
    )
