"""A stranger's command: `charlevoix verify` needs a published account and one public key, and no node."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from charlevoix.account import directory
from charlevoix.account.verification import Read, Report, verify
from charlevoix.desk import FAILED, Choices, choices, command, tell, told
from charlevoix.errors import Unknown, Unreachable
from charlevoix.languages.catalogue import say, text

if TYPE_CHECKING:
    from rich.console import Console

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_KEY_BYTES = 64 * 2**10


@command("verify", example="charlevoix verify ./account --key log.vkey")
@click.argument("where", metavar="DIR|URL")
@click.option(
    "--key", "key", type=_FILE, required=True, help="File with the log's public key (C2SP vkey), got from elsewhere than the account."
)
@click.option("--remembered", type=_FILE, default=None, help="A checkpoint that you kept from an earlier time.")
@click.option(
    "--witness", "witnesses", type=_FILE, multiple=True, help="File with the key of a witness whose cosignatures may stand there."
)
def verify_(where: str, key: Path, remembered: Path | None, witnesses: tuple[Path, ...]) -> None:
    """Check a published account: every file, that the log only grew, that each figure recounts. Ends with 1 where anything does not hold."""
    read, names = _source(where)
    report = verify(read, names, _text(key), [_text(w) for w in witnesses], remembered.read_bytes() if remembered else None)
    _tell(report, choices())
    if not report.holds:
        sys.exit(FAILED)


def _source(where: str) -> tuple[Read, frozenset[str] | None]:
    """What reads a file by its path, and all names there are where that can be known."""
    if where.startswith(("http://", "https://")):
        return _site(where), None
    folder = Path(where)
    return lambda path: directory.read(folder, path), directory.listing(folder)


def _site(url: str) -> Read:
    """A web site: whoever names it on the command line means it, so its origin counts as pinned."""
    from charlevoix.outside import Outside, origin_of

    base, outside = url.rstrip("/") + "/", Outside(frozenset({origin_of(url)}))

    def read(path: str) -> bytes:
        reply = outside.get(base + path, accept="*/*")
        if reply.status in (404, 410):
            raise Unknown("ledger.missing", path)
        if reply.status != 200:
            raise Unreachable("account.status", base + path, reply.status)
        return reply.body

    return read


def _text(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(_KEY_BYTES).decode("utf-8", "replace").strip()


def _tell(report: Report, chosen: Choices) -> None:
    found = report.checkpoint
    document = {
        "holds": report.holds,
        "checkpoint": {"origin": found.origin, "size": found.size, "root": found.root.hex()} if found else None,
        "findings": [{"path": f.path, **told(f.reason, chosen.language)} for f in report.findings],
        "checked": [told(r, chosen.language) for r in report.checked],
    }

    def words(to: "Console") -> None:
        yes, no = (text(f"answer.{a}", chosen.language) for a in ("yes", "no"))
        for finding in report.findings:
            to.print(f"[red]{no:4}[/red] {say(finding.reason, chosen.language)}")
        for reason in report.checked:
            to.print(f"[green]{yes:4}[/green] {say(reason, chosen.language)}")
        to.print(text("verify.holds" if report.holds else "verify.fails", chosen.language, len({f.path for f in report.findings})))

    tell(document, words, chosen.as_json)
