"""Commands of the house itself: init, people, sign-in, serve, work, doctor, completion."""

import sys
import threading
from typing import TYPE_CHECKING

import click

from charlevoix.desk import FAILED, choices, command, desk, home_of, tell
from charlevoix.errors import Malformed
from charlevoix.languages.catalogue import text

if TYPE_CHECKING:
    from rich.console import Console


@command("init", example="CHARLEVOIX_HOME=~/node charlevoix init --name 'Election Desk' --non-interactive")
@click.option("--name", default="", help="What partners call this node.")
@click.option("--url", default="", help="The address under which partners and colleagues reach it.")
@click.option("--port", type=click.IntRange(1, 65535), default=None, help="Where the console listens.")
@click.option("--non-interactive", is_flag=True, help="Ask nothing; take safe defaults.")
def init(name: str, url: str, port: int | None, non_interactive: bool) -> None:
    """Make a node: its settings, keys and database, in the folder that CHARLEVOIX_HOME names."""
    from charlevoix import house

    home, chosen = home_of(choices()), choices()
    if not name:
        name = (
            home.resolve().name
            if non_interactive
            else click.prompt("Name of the node, as partners will see it", default=home.resolve().name)
        )
    made = house.create(home, name, url=url or (f"http://127.0.0.1:{port}" if port else ""), port=port)
    document = {"home": str(home), "name": made.name, "identity": made.identity, "url": made.url, "person": house.OPERATOR}

    def words(to: "Console") -> None:
        to.print(f"{made.name} is ready in {home}.")
        to.print(text("init.next", chosen.language, made.identity))

    tell(document, words, chosen.as_json)


@command("people", example="charlevoix people --add 'Ana' --role reviewer-legal")
@click.option("--add", "new", default="", help="Name of somebody who works here from now on.")
@click.option("--role", "roles", multiple=True, help="A role of theirs; may be given several times.")
@click.option("--remove", "old", default="", help="Name of somebody who works here no longer.")
def people(new: str, roles: tuple[str, ...], old: str) -> None:
    """Who works at this node, and in which roles. A review needs another person than who asks for it."""
    from charlevoix.partners.people import ROLES
    from charlevoix.store import office

    at = desk()
    if new:
        if not roles or set(roles) - ROLES:
            raise Malformed(
                "account.role", ", ".join(sorted(set(roles) - ROLES)) or "-", ", ".join(sorted(ROLES)), advice="account.choose-role"
            )
        at.station.hire(new, roles)
    if old:
        with at.station.database.write() as conn:
            office.dismiss_person(conn, office.person(conn, old).ref)
    with at.station.database.read() as conn:
        everybody = office.everybody(conn)
    document = {"people": [{"name": p.name, "roles": sorted(p.roles), "active": p.active} for p in everybody]}

    def words(to: "Console") -> None:
        for p in everybody:
            to.print(f"{p.name:24} {', '.join(sorted(p.roles))}{'' if p.active else '  (left)'}")

    at.tell(document, words)


@command("sign-in", example="charlevoix sign-in --as Ana")
def sign_in() -> None:
    """Print a link that signs you in to the console once, within ten minutes."""
    from charlevoix.housekeeping.serving import link

    at = desk()
    address = link(at.station, at.who.person)
    at.tell({"link": address}, lambda to: to.print(address, soft_wrap=True))


@command("serve", example="charlevoix serve --port 8420")
@click.option("--host", default=None, help="Address to listen on (default: the settings').")
@click.option("--port", type=click.IntRange(0, 65535), default=None, help="Port to listen on (default: the settings').")
@click.option("--no-work", is_flag=True, help="Serve only; `charlevoix work` runs elsewhere.")
def serve(host: str | None, port: int | None, no_work: bool) -> None:
    """Serve the console and the exchange with partners, and do what waits, until interrupted."""
    from charlevoix.housekeeping.serving import run

    at = desk()
    run(at.station, host or at.settings.host, at.settings.port if port is None else port, work=not no_work)


@command("work", example="charlevoix work --once")
@click.option("--once", is_flag=True, help="Do what is due now, then end.")
def work(once: bool) -> None:
    """Do what waits: pull from partners, decide again, sign checkpoints."""
    from charlevoix.housekeeping import working

    at = desk()
    if once:
        count = working.drain(at.station)
        at.tell({"done": count}, lambda to: to.print(f"{count} done"))
        return
    stop = threading.Event()
    try:
        working.run(at.station, stop)
    except KeyboardInterrupt:
        stop.set()


@command("doctor", example="charlevoix doctor --refold")
@click.option("--refold", is_flag=True, help="Fold every case from its acts again.")
@click.option("--upgrade", is_flag=True, help="First bring the database to the schema of this version.")
def doctor(refold: bool, upgrade: bool) -> None:
    """Look whether the node is well: database, keys, ledger, cases, waiting work."""
    from charlevoix.housekeeping.health import examine

    if upgrade:
        from charlevoix import settings
        from charlevoix.store.database import Database

        home = home_of(choices())
        settings.read(home)  # there is a node, or nothing is made here
        Database.in_folder(home).upgrade()
    at = desk()
    found = examine(at.station, refold=refold)

    def words(to: "Console") -> None:
        for one in found:
            mark = {"well": "[green]well[/green]", "note": "[yellow]note[/yellow]", "ill": "[red]ill[/red] "}[one.state]
            to.print(f"{mark}  {text(one.key, at.language, *one.values)}")

    document = {
        "checks": [{"state": c.state, "check": c.key, "values": list(c.values), "says": text(c.key, at.language, *c.values)} for c in found]
    }
    at.tell(document, words)
    if any(c.state == "ill" for c in found):
        sys.exit(FAILED)


@command("completion", example="charlevoix completion bash >> ~/.bashrc")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print what makes your shell complete commands and options."""
    from click.shell_completion import get_completion_class

    root = click.get_current_context().find_root().command
    cls = get_completion_class(shell)
    if cls is None:
        raise Malformed("cli.shell", shell)
    click.echo(cls(root, {}, "charlevoix", "_CHARLEVOIX_COMPLETE").source())
