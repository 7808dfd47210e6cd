"""The command of copies: options, and the working files of the analyst, with ids and accounts as the table has them."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from charlevoix.assess.detectors.carrying_out import AS_IT_STANDS, Asked, asks, carry_out, write_sheet, write_text
from charlevoix.desk import command

if TYPE_CHECKING:
    from charlevoix.assess.detectors.running import Run

_OUT = click.Path(path_type=Path, dir_okay=False)


@command(
    "copies",
    example="charlevoix detect copies posts.csv --text text --id id --account user --time at --pairs pairs.csv --clusters clusters.json",
)
@click.argument("file", metavar="FILE")
@click.option("--text", required=True, metavar="COLUMN", help="The texts.")
@click.option("--id", "id_", default="", metavar="COLUMN", help="What a text is called (default: the number of its row).")
@click.option("--account", default="", metavar="COLUMN", help="Who wrote it.")
@click.option("--time", default="", metavar="COLUMN", help="When: seconds since 1970, or a date and time.")
@click.option(
    "--language",
    default="",
    metavar="COLUMN",
    help="Its language (default: guessed). To be answered in French: charlevoix --language fr detect copies ...",
)
@click.option(
    "--pairs",
    type=_OUT,
    default=None,
    metavar="OUT.csv",
    help=f"Write pairs: source, target, kind (exact, near, reworded, translated), score. {AS_IT_STANDS}",
)
@click.option(
    "--clusters",
    type=_OUT,
    default=None,
    metavar="OUT.json",
    help="Write clusters: the texts that are one text, first seen, accounts, languages.",
)
@click.option(
    "--table",
    type=_OUT,
    default=None,
    metavar="OUT.csv",
    help=f"Write id, account, time and the cluster of each text: a layer for coordination. {AS_IT_STANDS}",
)
@asks
def copies(
    file: str,
    text: str,
    id_: str,
    account: str,
    time: str,
    language: str,
    pairs: Path | None,
    clusters: Path | None,
    table: Path | None,
    asked: Asked,
) -> None:
    """Texts that are one text: word for word, nearly, reworded or translated. Works without a network.

    FILE is a table (CSV, Parquet or JSON Lines). A copied text may be a quotation, an agency's text or a campaign: the result names what it can't exclude.
    """
    from charlevoix.assess.detectors.copies.detector import Copies

    columns = {"text": (text,), "id": (id_,), "account": (account,), "time": (time,), "language": (language,)}

    def write(run: "Run") -> list[str]:
        if pairs is not None:
            write_sheet(run, "pairs", pairs)
        if clusters is not None:
            write_text(clusters, json.dumps(Copies().listed(run.result, run.relation).entries, ensure_ascii=False, indent=1) + "\n")
        if table is not None:
            _write_table(run, table)
        return [str(path) for path in (pairs, clusters, table) if path is not None]

    carry_out(Copies(), file, columns, {}, asked, write, (pairs, clusters, table))


def _write_table(run: "Run", path: Path) -> None:
    import csv

    cluster = {row: number for number, hit in enumerate(run.result.hits, 1) for row in hit.rows}
    there = [role for role in ("id", "account", "time") if role in run.relation.columns]
    rows = run.relation.engine.rows(f"SELECT row{''.join(f', {role}' for role in there)} FROM {run.relation.name} ORDER BY row")
    with path.open("w", encoding="utf-8", newline="") as stream:
        out = csv.writer(stream, lineterminator="\n")
        out.writerow([*there, "text_cluster"])
        out.writerows([*row[1:], cluster.get(int(row[0]), "")] for row in rows)
