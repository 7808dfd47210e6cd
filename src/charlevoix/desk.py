"""A desk: the command line as a room sees it; whose hands are on it, which node it belongs to, how answers are told."""

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import click
from rich.console import Console

from charlevoix.errors import Reason, Refused
from charlevoix.languages.catalogue import Language, say
from charlevoix.node import Node
from charlevoix.partners.audience import Audience
from charlevoix.safeguards.grounds import Actor
from charlevoix.settings import Settings
from charlevoix.stix.identifier import Ref

DONE, FAILED, MISUSED, REFUSED, HELD_BACK = 0, 1, 2, 3, 4
"""Exit codes: done; could not be done; not understood (click's own); a rule said no; what came is held back, nothing of it got in."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What a command works with. Every command tells one thing: a JSON document with `--json`, words for people otherwise."""

    node: Node
    who: Actor
    home: Path
    settings: Settings
    language: Language
    as_json: bool

    def tell(self, document: Mapping[str, object], words: Callable[[Console], None]) -> None:
        """One answer in two forms: the document is complete, the words are for reading."""
        if self.as_json:
            click.echo(json.dumps(document, ensure_ascii=False, indent=1, default=str))
        else:
            words(console())

    def say(self, reason: Reason) -> str:
        return say(reason, self.language)

    def refuse(self, refused: Refused) -> NoReturn:
        """Tells every obstacle, and ends with the exit code for a no."""
        document = {"refused": [told(r, self.language) for r in refused.reasons], "entry": refused.entry}

        def words(to: Console) -> None:
            for reason in refused.reasons:
                to.print(f"[red]no[/red]  {self.say(reason)}", highlight=False)
            if refused.entry is not None:
                to.print(f"[dim]ledger entry {refused.entry}[/dim]", highlight=False)

        self.tell(document, words)
        sys.exit(REFUSED)

    def partner(self, name: str) -> Audience:
        """The audience of a partner's name or id, of "public", or of "role--...". Raises Unknown."""
        return self.node.audience(self.who, name)


def told(reason: Reason, language: Language) -> Mapping[str, object]:
    """A reason as a JSON document tells it: the rule for programs, the sentence for people."""
    return {"rule": reason.rule, "values": list(reason.values), "says": say(reason, language)}


def console() -> Console:
    """Colours and progress on a terminal; plain lines of full length when piped."""
    return Console(soft_wrap=True) if sys.stdout.isatty() else Console(soft_wrap=True, width=200, force_terminal=False, color_system=None)


def desk() -> Desk:
    """The desk of the command that runs."""
    found = click.get_current_context().find_object(Desk)
    if found is not None:
        return found
    opened: Desk = click.get_current_context().obj()
    return opened


__all__ = ["DONE", "FAILED", "HELD_BACK", "MISUSED", "REFUSED", "Desk", "Ref", "console", "desk", "told"]
