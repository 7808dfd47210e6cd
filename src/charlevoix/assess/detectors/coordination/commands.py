"""The command of coordination: options, and the two working files of the analyst, with accounts as the table names them."""

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
    "coordination",
    example="charlevoix detect coordination posts.parquet --account user --object url --content id --time at --window 60 --edges edges.csv",
)
@click.argument("file", metavar="FILE")
@click.option("--account", required=True, metavar="COLUMN", help="Who shared.")
@click.option(
    "--object", "objects", required=True, multiple=True, metavar="COLUMN", help="What was shared; several columns are several layers."
)
@click.option("--content", default="", metavar="COLUMN", help="The post it was shared in (default: each row is one).")
@click.option("--time", required=True, metavar="COLUMN", help="When: seconds since 1970, or a date and time.")
@click.option("--window", type=float, default=60.0, show_default=True, help="Seconds within which two shares count as together.")
@click.option("--mode", type=click.Choice(["significance", "coortweet", "toolkit"]), default="significance", show_default=True)
@click.option("--q", type=float, default=0.05, show_default=True, help="Rate of false pairs (significance).")
@click.option("--all-pairs", is_flag=True, help="Edges of every tested pair, not only those that pass (significance).")
@click.option("--min-participation", type=int, default=2, show_default=True, help="Shares that an account needs (coortweet).")
@click.option("--edge-weight", type=float, default=0.5, show_default=True, help="Percentile above which pairs make groups (coortweet).")
@click.option("--min-edge-weight", type=int, default=1, show_default=True, help="Weight that a pair needs (toolkit).")
@click.option(
    "--toolkit-network", type=click.Choice(["co_retweet", "co_link", "co_reply", "co_tweet", "co_similar_tweet", "co_post"]), default="co_retweet",
    show_default=True, help="Which network (toolkit): the first three take the object as it is, the next two as text, co_post takes none.",
)  # fmt: skip
@click.option(
    "--similarity-threshold", type=float, default=0.8, show_default=True, metavar="SHARE",
    help="Share of all their words that two texts need in common, above 0 and up to 1 (toolkit, co_similar_tweet).",
)  # fmt: skip
@click.option("--min-document-size", type=int, default=1, show_default=True, help="Words that a text needs (toolkit, co_similar_tweet).")
@click.option(
    "--edges",
    type=_OUT,
    default=None,
    metavar="OUT.csv",
    help=f"Write pairs: account_a, account_b, layer, weight, p, q. {AS_IT_STANDS}",
)
@click.option("--groups", type=_OUT, default=None, metavar="OUT.json", help="Write groups, with accounts as the table names them.")
@asks
def coordination(
    file: str, account: str, objects: tuple[str, ...], content: str, time: str, window: float, mode: str, q: float, all_pairs: bool,
    min_participation: int, edge_weight: float, min_edge_weight: int, toolkit_network: str, similarity_threshold: float, min_document_size: int,
    edges: Path | None, groups: Path | None, asked: Asked,
) -> None:  # fmt: skip
    """Accounts that share the same things at the same moments more often than their own habits explain.

    FILE is a table (CSV, Parquet or JSON Lines) of who shared what when. With --mode coortweet or toolkit, pairs and weights are those of CooRTweet 2.1.3
    and coordination-network-toolkit 1.5.2.

    Similar texts: --object text --mode toolkit --toolkit-network co_similar_tweet --similarity-threshold 0.7.
    """
    from charlevoix.assess.detectors.coordination.detector import Coordination

    columns = {"account": (account,), "object": objects, "content": (content,), "time": (time,)}
    parameters = {
        "window": f"{window:.15g}", "mode": mode, "q": f"{q:.15g}", "all_pairs": "yes" if all_pairs else "no",
        "participation": str(min_participation), "percentile": f"{edge_weight:.15g}", "weight": str(min_edge_weight),
        "network": toolkit_network, "similarity": f"{similarity_threshold:.15g}", "words": str(min_document_size),
    }  # fmt: skip

    def write(run: "Run") -> list[str]:
        if edges is not None:
            write_sheet(run, "edges", edges)
        if groups is not None:
            write_text(groups, json.dumps(Coordination().listed(run.result, run.relation).entries, ensure_ascii=False, indent=1) + "\n")
        return [str(path) for path in (edges, groups) if path is not None]

    carry_out(Coordination(), file, columns, parameters, asked, write, (edges, groups))
