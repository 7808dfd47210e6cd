"""The command `demo`: the whole story on three nodes of this machine, on real input, in under a minute."""

import shutil
import sys
import time
from pathlib import Path

import click

from charlevoix.desk import choices, command, console
from charlevoix.errors import Misconfigured


def examples_folder() -> Path:
    """`examples/` of the project's folder. Raises Misconfigured where the program was installed without it."""
    found = Path(__file__).parents[3] / "examples"
    if not (found / "viginum-rrn.json").is_file():
        raise Misconfigured("demo.no-examples", found, advice="demo.name-examples")
    return found


@command("demo", example="charlevoix demo --folder .demo")
@click.option(
    "--folder", type=click.Path(path_type=Path, file_okay=False), default=Path(".demo"), show_default=True, help="Where the nodes live."
)
@click.option(
    "--examples", type=click.Path(path_type=Path, exists=True, file_okay=False), default=None, help="The examples (default: the project's)."
)
@click.option("--serve/--no-serve", default=None, help="Keep Demo A's console open at the end (default: on a terminal).")
def demo(folder: Path, examples: Path | None, serve: bool | None) -> None:
    """Run the whole story on three nodes of this machine, on real input."""
    import json

    from charlevoix.demo.programme import PROGRAMME, perform
    from charlevoix.demo.stage import raised
    from charlevoix.demo.telling import print_scene
    from charlevoix.housekeeping.serving import link

    as_json, to = choices().as_json, console()
    start, scenes = time.monotonic(), []
    with raised(folder.resolve(), examples or examples_folder()) as on:
        for number in range(1, len(PROGRAMME) + 1):
            scene = perform(on, number)
            scenes.append(scene)
            if not as_json:
                print_scene(scene, to)
        seconds, address = time.monotonic() - start, link(on.a.station, on.a.who().person)
        if as_json:
            click.echo(
                json.dumps(
                    {"seconds": round(seconds, 1), "folder": str(folder), "steps": [s.document() for s in scenes]}, indent=1, default=str
                )
            )
            return
        home = on.a.home
        to.print(f"\nDone in {seconds:.0f} s. What the public gets is in {folder / 'public'}, the brief in {folder / 'brief.en.html'}.")
        to.print("Check the account as a stranger would:")
        to.print(f"  charlevoix verify {folder / 'public'} --key {folder / 'log.vkey'}")
        if serve if serve is not None else sys.stdout.isatty():
            to.print(f"The console of Demo A is open: {address}\n(the link signs you in once; Ctrl-C ends it)")
            to.print(f"Your turn, in another terminal:  CHARLEVOIX_HOME={home} {_program()} import YOURFILE")
            try:
                on.a.process.wait()
            except KeyboardInterrupt:
                to.print("\nClosed.")
            return
    to.print(f"The console of Demo A: {on.a.url}, once you run  CHARLEVOIX_HOME={home} {_program()} serve")
    to.print(f"Your turn:  CHARLEVOIX_HOME={home} {_program()} import YOURFILE")


def _program() -> str:
    return "charlevoix" if shutil.which("charlevoix") else str(Path(sys.argv[0]))
