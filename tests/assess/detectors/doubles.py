"""A detector that finds the same each time: what is told of a result is tried on it."""

import math
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from charlevoix.acts.act import Digest
from charlevoix.assess.detectors.detector import Bench, ErrorRate, Hit, Look, Need, Result, Setting, Sheet
from charlevoix.assess.detectors.engine import Engine
from charlevoix.assess.detectors.picture import Activity, Bars, Edge, Network, Node, Series, SideBySide, Text
from charlevoix.assess.detectors.relation import Relation
from charlevoix.assess.detectors.running import Run
from charlevoix.errors import Reason

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def found(hits: int = 2) -> Result:
    """Two groups in one afternoon, with every kind of picture."""
    return Result(
        "double",
        "1.0",
        Digest(b"\x07" * 32),
        hits=tuple(
            Hit(
                0.9 - i / 1000,
                (i, i + 2),
                (Reason("coordination.exclusive", ("40",)),),
                f"Group {i + 1}",
                (f"account {2 * i + 1}", f"account {2 * i + 2}"),
                {"accounts": 2, "share": 0.4},
            )
            for i in range(hits)
        ),
        parameters={"window": "60"},
        error_rate=ErrorRate(0.05, Reason("coordination.rate-by-bound", ("5", "5.8"))),
        headline=Reason("coordination.headline", ("4", "2", "60", "2", "5")),
        innocent=(Reason("coordination.innocent.one-house", ("90",)), Reason("coordination.innocent.busy", ("10",))),
        look_first=tuple(Look(i, Reason("coordination.look.first", (str(i + 1), "3"))) for i in range(3)),
        notes=(Reason("coordination.safeguard"),),
        rows=9,
        pictures=_pictures(),
        accounts={"account 1": "real-name-1", "account 2": "real-name-2"},
    )


def _pictures() -> tuple[Network | Activity | SideBySide | Bars, ...]:
    ring = tuple(Node(f"account {i + 1}", 1 + i // 6 if i < 24 else 0, float(i + 1)) for i in range(26))
    edges = tuple(Edge(i, j, float(1 + (i * j) % 5)) for i in range(24) for j in range(i + 1, 24) if i // 6 == j // 6 or (i, j) == (0, 23))
    text = Reason("coordination.picture.network")
    counts = tuple((i * 7) % 11 if i % 5 else 0 for i in range(48))
    series = tuple(Series(Reason("coordination.group", (str(n),)), counts[n:] + counts[:n]) for n in (1, 2, 3))
    left = Text(0, "en, 2026-01-01", 'They say "the vote is <b>over</b>" and nobody may go there on Sunday')
    right = Text(4, "ar, 2026-01-02", "They say the vote is open and everybody may go there on Sunday")
    bars = tuple((f"layer-{i}", float(40 - 9 * i)) for i in range(4))
    return (
        Network(text, ring, edges, (3, 5)),
        Activity(Reason("coordination.picture.activity"), 1_767_225_600.0, 3600.0, series),
        SideBySide(Reason("coordination.group", ("1",)), left, right, Reason("coordination.safeguard")),
        Bars(Reason("coordination.picture.layers"), bars),
    )


class Double:
    """Looks at nothing, and leaves a sheet."""

    name = "double"
    version = "1.0"
    about = "coordination.about"
    needs: Sequence[Need] = (Need("account", "text", "coordination.need.account"),)
    settings: Sequence[Setting] = (Setting("window", "60", "coordination.need.time"),)

    def run(self, relation: Relation, parameters: Mapping[str, str], seed: int, bench: Bench, /) -> Result:
        path = f"{bench.folder}/edges.parquet"
        relation.engine.write(
            "SELECT 'real-name-1' AS account_a, '=real-name-2' AS account_b, 3 AS weight, CAST(NULL AS DOUBLE) AS p", path
        )
        return replace(found(), sheets={"edges": Sheet(path, ("account_a", "account_b", "weight", "p"), 1)})


class Patient(Double):
    """Goes on until it is ended, and says how far it is."""

    def run(self, relation: Relation, parameters: Mapping[str, str], seed: int, bench: Bench, /) -> Result:
        for i in range(6_000):
            bench.tell(0.1 + i / 10_000, Reason("coordination.pairs"))
            time.sleep(0.01)
        return found()


class Deaf(Double):
    """Works long without telling, once in what can't be interrupted."""

    def run(self, relation: Relation, parameters: Mapping[str, str], seed: int, bench: Bench, /) -> Result:
        bench.tell(0.5, Reason("coordination.pairs"))
        math.factorial(3_000_000)
        time.sleep(60)
        return found()


class Dated(Double):
    """Asks for times too."""

    needs: Sequence[Need] = (Need("account", "text", "coordination.need.account"), Need("time", "time", "coordination.need.time"))


class Broken(Double):
    def run(self, relation: Relation, parameters: Mapping[str, str], seed: int, bench: Bench, /) -> Result:
        print("real-name-1")
        raise ZeroDivisionError("real-name-1")


class Killed(Double):
    """What the system does to whoever takes all memory."""

    def run(self, relation: Relation, parameters: Mapping[str, str], seed: int, bench: Bench, /) -> Result:
        os.kill(os.getpid(), 9)
        return found()


class Insolent(Double):
    """Makes an incident, which no software may."""

    def objects(self, result: Result, now: datetime, /) -> Sequence[Mapping[str, object]]:
        return [{"type": "incident", "id": "incident--1"}]


def run_of(result: Result, engine: Engine) -> Run:
    return Run(result, Relation("relation", engine, "posts.csv", "/tmp/posts.csv", result.data, result.rows, 8, {}), 1.25)
