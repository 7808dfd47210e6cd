"""The toolkit itself, coordination-network-toolkit 1.5.2, run in an environment of its own (`make .peers/toolkit/.made`), and what of ours is held against it."""

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from charlevoix.assess.detectors.coordination.shares import Shares
from charlevoix.assess.detectors.coordination.toolkit import Asked, network
from charlevoix.assess.detectors.relation import Relation

PEER = Path(__file__).parents[4] / ".peers" / "toolkit" / "bin" / "python"

needs_peer = pytest.mark.skipif(not PEER.exists(), reason="coordination-network-toolkit is not installed: make .peers/toolkit/.made")

SCRIPT = """
import contextlib, json, os, sys
from coordination_network_toolkit import compute_networks as make
from coordination_network_toolkit.graph import get_edge_rows
from coordination_network_toolkit.preprocess import preprocess_data
from coordination_network_toolkit.similarity import get_similarity_fn_from_min_size, message_preprocessor, tokenize
COMPUTE = {
    "co_retweet": make.compute_co_retweet_parallel, "co_link": make.compute_co_link_network, "co_reply": make.compute_co_reply_network,
    "co_tweet": make.compute_co_tweet_network, "co_post": make.compute_co_post_network,
}
given, found = json.load(sys.stdin), []
with contextlib.redirect_stdout(sys.stderr):
    for number, job in enumerate(given["jobs"]):
        path = os.path.join(given["folder"], f"{number}.db")
        preprocess_data(path, job["messages"])
        for kind in job["networks"]:
            if kind == "co_similar_tweet":
                function = get_similarity_fn_from_min_size(job["words"])
                make.compute_co_similar_tweet(path, job["window"], 2, job["similarity"], job["weight"], function)
            else:
                COMPUTE[kind](path, job["window"], n_threads=2, min_edge_weight=job["weight"])
            import sqlite3
            found.append(sqlite3.connect(path).execute(f"select user_1, user_2, weight from {kind}_network where user_1 != user_2").fetchall())
words, sets = [message_preprocessor(text) for text in given["texts"]], [sorted(set(tokenize(text).split())) for text in given["texts"]]
json.dump({"found": found, "words": words, "sets": sets}, sys.stdout)
"""

Edges = dict[tuple[str, str], int]
Message = tuple[str, str, str, str | None, str | None, str, float, list[str]]
"""As the toolkit reads it: message, user, name of the user, message reposted, message replied to, text, time, links."""


@dataclass(frozen=True, slots=True)
class Answer:
    edges: tuple[Edges, ...]
    words: tuple[str, ...]
    sets: tuple[frozenset[str], ...]


def ask(folder: Path, jobs: Sequence[Mapping[str, object]] = (), texts: Sequence[str] = ()) -> Answer:
    """What the toolkit makes of each network of each job, in their order."""
    given = json.dumps({"folder": str(folder), "jobs": jobs, "texts": texts})
    ran = subprocess.run([str(PEER), "-c", SCRIPT], input=given, capture_output=True, text=True, timeout=300, check=False)
    assert ran.returncode == 0, ran.stderr[-2_000:]
    document = json.loads(ran.stdout)
    return Answer(
        tuple({(a, b): w for a, b, w in some} for some in document["found"]),
        tuple(document["words"]),
        tuple(map(frozenset, document["sets"])),
    )


def ours(shares: Shares, relation: Relation, asked: Asked) -> Edges:
    name = network(shares, relation, 1, asked)
    rows = shares.engine.rows(
        f"SELECT x.name, y.name, n.weight FROM {name} AS n JOIN accounts AS x ON x.a = n.a JOIN accounts AS y ON y.a = n.b"
    )
    return {(a, b): int(w) for a, b, w in rows}
