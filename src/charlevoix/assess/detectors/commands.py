"""Commands of detection: a table goes in, what is coordinated, copied or imitated in it is told and laid before a person."""

from importlib import import_module
from os.path import isfile
from typing import TYPE_CHECKING, Any

import click

from charlevoix import plugins
from charlevoix.assess.detectors.carrying_out import Asked, asks, carry_out, read_text
from charlevoix.assess.detectors.detector import Detector
from charlevoix.assess.detectors.extra import PACKAGES, needed
from charlevoix.desk import Listing, choices, command, shown, tell, told
from charlevoix.errors import CharlevoixError, Malformed, Misconfigured, Reason
from charlevoix.languages.catalogue import say, text

if TYPE_CHECKING:
    from rich.console import Console

_HERE = "charlevoix.assess.detectors"
_OWN = {name: f"{_HERE}.{name}.commands" for name in ("coordination", "copies", "lookalikes")}
"""Detectors that have a command with options of its own; every other is run by its name with `charlevoix detect run`."""


class Detect(Listing):
    """`charlevoix detect`: the commands of the built-in detectors are imported on use."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*_OWN, *super().list_commands(ctx)]

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name in _OWN:
            found: click.Command = getattr(import_module(_OWN[name]), name)
            return found
        return super().get_command(ctx, name)

    def invoke(self, ctx: click.Context) -> Any:
        with needed():
            return super().invoke(ctx)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return click.Group.parse_args(self, ctx, args) if args and args[0] in _OWN else super().parse_args(ctx, args)


@click.group("detect", cls=Detect, epilog="Example:  charlevoix detect --json")
def detect() -> None:
    """Look for coordinated behaviour, copied text and look-alike domains in a table; software proposes, a person decides."""


@command("list", example="charlevoix detect list --json")
def list_() -> None:
    """The detectors that are installed, what each asks for, and what can be set; of one that can't be used, why."""
    chosen = choices()
    found, broken = _installed()

    def words(to: "Console") -> None:
        from rich.table import Table

        grid = Table(box=None, pad_edge=False)
        for key in ("name", "about", "columns"):
            grid.add_column(text(f"detect.{key}", chosen.language))
        for one in found:
            grid.add_row(one.name, text(one.about, chosen.language), ", ".join(n.role for n in one.needs))
        to.print(grid)
        for name, why in broken.items():
            to.print(shown(text("detect.title-of", chosen.language, name, say(why, chosen.language))))

    not_usable = [{"name": name, **told(why, chosen.language)} for name, why in broken.items()]
    tell({"detectors": [_told(one) for one in found], "broken": not_usable}, words, chosen.as_json)


def _installed() -> tuple[list[Detector], dict[str, Reason]]:
    """The detectors that can be used, and by name why the others can't: one that is broken takes none of the others away."""
    found, broken = [], {}
    for name in plugins.names(plugins.DETECTORS):
        try:
            one = named(name)
            _told(one)
            found.append(one)
        except CharlevoixError as error:
            broken[name] = error.reason
        except Exception as error:  # noqa: BLE001  # a detector of somebody else's: whatever it raises when it is loaded or asked what it needs
            broken[name] = Reason("plugins.broken", (name, f"{type(error).__name__}: {error}"[:300]), "plugins.ask-maker")
    return found, broken


def _told(one: Detector) -> dict[str, object]:
    needs = [{"role": n.role, "kind": n.kind, "required": n.required, "several": n.several} for n in one.needs]
    settings = [{"name": s.name, "default": s.default, "choices": list(s.choices)} for s in one.settings]
    return {"name": one.name, "version": one.version, "about": one.about, "needs": needs, "settings": settings}


@command("run", example="charlevoix detect run coordination posts.csv --column account=user --column object=url --column time=at")
@click.argument("name")
@click.argument("file", metavar="FILE")
@click.option(
    "--column", "columns", multiple=True, metavar="ROLE=COLUMN", help="Which column of the table plays which role; several times."
)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="NAME=VALUE",
    help="A setting of the detector; of a text such as a watch-list also NAME=@FILE. Several times.",
)
@asks
def run(name: str, file: str, columns: tuple[str, ...], settings: tuple[str, ...], asked: Asked) -> None:
    """Run any installed detector by its name (`charlevoix detect list`)."""
    roles: dict[str, list[str]] = {}
    for role, column in map(_pair, columns):
        roles.setdefault(role, []).append(column)
    detector = named(name)
    texts = {s.name for s in detector.settings if not s.default and not s.choices}
    given = {key: _of_file(value) if key in texts else value for key, value in map(_pair, settings)}
    carry_out(detector, file, roles, given, asked)


def _of_file(value: str) -> str:
    """A text, or what stands in the file that `@FILE` or a path names."""
    if value.startswith("@"):
        return read_text(value[1:])
    return read_text(value) if isfile(value) else value


def _pair(written: str) -> tuple[str, str]:
    left, sign, right = written.partition("=")
    if not sign or not left or not right:
        raise Malformed("detect.pair", written[:100], advice="detect.pair-so")
    return left, right


def named(name: str) -> Detector:
    """An installed detector. Raises Unknown for a name that nobody gives, Misconfigured for one that is broken or is no detector."""
    try:
        found = plugins.load(plugins.DETECTORS, name)
    except Misconfigured as broken:
        with needed():  # a package of our own extra is told by the words that install it
            if isinstance(broken.__cause__, ModuleNotFoundError) and (broken.__cause__.name or "") in PACKAGES:
                raise broken.__cause__ from None
        raise
    if not isinstance(found, Detector):
        raise Misconfigured("detect.no-detector", name, advice="plugins.ask-maker")
    return found


detect.add_command(list_)
detect.add_command(run)
