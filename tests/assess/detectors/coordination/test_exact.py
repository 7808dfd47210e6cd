"""The exact modes: the same result whatever is left out early, written in stretches, or done by more threads."""

import random
from dataclasses import replace
from pathlib import Path

import pytest

from assess.detectors.coordination.tables import Row, of_rows, organic, planted
from charlevoix.assess.detectors.coordination import exact, shares
from charlevoix.assess.detectors.coordination.detector import Coordination
from charlevoix.assess.detectors.detector import Bench, Result
from charlevoix.assess.detectors.running import settled

Edges = list[tuple[object, ...]]

GROUPS = [[f"g{i}" for i in range(5)], [f"h{i}" for i in range(3)]]


@pytest.fixture(scope="module")
def rows() -> list[tuple[object, ...]]:
    """Two layers; some posts have several rows, some rows no name, some no object."""
    draw = random.Random(4)
    made: list[Row] = planted(draw, organic(draw, 150, 60, 3_000), GROUPS)
    return [(a, o if n % 5 else None, f"tag{n % 40}", None if n % 9 == 0 else f"p{n // 2}", t) for n, (a, o, _, t) in enumerate(made)]


def run(rows: list[tuple[object, ...]], folder: Path, parameters: dict[str, str], threads: int = 2) -> tuple[Result, Edges]:
    with of_rows(rows, layers=2, threads=threads) as relation:
        found = Coordination().run(relation, settled(Coordination(), parameters), 0, Bench(str(folder)))
        edges = [row for query in found.sheets["edges"].queries for row in relation.engine.rows(query)]
        assert len(edges) == found.sheets["edges"].rows
        return replace(found, sheets={}), edges


MODES = [
    {"mode": "coortweet"},
    {"mode": "coortweet", "participation": "4"},
    {"mode": "toolkit"},
    {"mode": "toolkit", "network": "co_link", "weight": "2"},
]


@pytest.mark.parametrize("parameters", MODES, ids=lambda p: " ".join(p.values()))
def test_what_is_left_out_early_changes_nothing(
    parameters: dict[str, str], rows: list[tuple[object, ...]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = run(rows, tmp_path, parameters)
    monkeypatch.setattr(shares, "MANY", 1)
    some = run(rows, tmp_path, parameters)
    assert some == whole
    assert len(whole[1]) > 100
    assert whole[0].hits


@pytest.mark.parametrize("mode", ["coortweet", "toolkit"])
def test_edges_are_in_the_order_of_names_in_whatever_stretches_and_threads(
    mode: str, rows: list[tuple[object, ...]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, edges = run(rows, tmp_path, {"mode": mode})
    layers = list(dict.fromkeys(str(e[2]) for e in edges))
    assert edges == sorted(edges, key=lambda e: (layers.index(str(e[2])), str(e[0]), str(e[1])))
    monkeypatch.setattr(exact, "WRITTEN", 1)
    for threads in (1, 3):
        assert run(rows, tmp_path, {"mode": mode}, threads) == (found, edges)


def test_a_group_is_told_with_its_heaviest_pair_and_its_strongest_accounts_first(tmp_path: Path) -> None:
    rows = [
        (a, f"o{n}", "same", None, 1_000.0 * n + i) for n, who in enumerate(["ab", "ab", "ab", "bc", "bc", "xy"]) for i, a in enumerate(who)
    ]
    found, _ = run([(a, o, None, c, t) for a, o, _, c, t in rows], tmp_path, {"mode": "toolkit"})
    assert [[found.accounts[m] for m in hit.members] for hit in found.hits] == [["b", "a", "c"], ["x", "y"]]
    assert [(hit.facts["pairs"], hit.facts["observed"], hit.facts["weight"]) for hit in found.hits] == [(2, 10, 6), (1, 2, 2)]
    assert found.hits[0].score == pytest.approx(2 / 3, abs=1e-6)
