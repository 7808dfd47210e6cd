"""The significance mode as a whole: what is planted is found, what is chance is not, and the same table gives the same result."""

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assess.detectors.coordination.tables import Row, of_rows, organic, planted
from charlevoix.assess.detectors.coordination import telling
from charlevoix.assess.detectors.coordination.detector import Coordination
from charlevoix.assess.detectors.coordination.groups import Found
from charlevoix.assess.detectors.coordination.null_model import alone, moments
from charlevoix.assess.detectors.coordination.shares import intern
from charlevoix.assess.detectors.detector import Bench, Result
from charlevoix.assess.detectors.running import settled
from charlevoix.errors import Malformed

GROUPS = [
    ["q1", "q2", "q3"],
    ["r1", "r2", "r3", "r4", "r5"],
    ["a11", "a12", "a13", "a14"],
]  # the last are people who also share by themselves


def run(
    rows: Sequence[tuple[object, ...]], folder: Path, layers: int = 1, threads: int = 2, seed: int = 0, **parameters: str
) -> tuple[Result, list[tuple[object, ...]]]:
    """The result, and the rows of its file of edges."""
    with of_rows(rows, layers, threads) as relation:
        found = Coordination().run(relation, settled(Coordination(), parameters), seed, Bench(str(folder)))
        return found, relation.engine.rows(f"SELECT * FROM read_parquet('{found.sheets['edges'].path}')")


@pytest.mark.mission("C10")
def test_planted_groups_are_the_groups_and_their_rows_are_their_coincidences(tmp_path: Path) -> None:
    draw = random.Random(1)
    rows = planted(draw, organic(draw), GROUPS)
    found, edges = run(rows, tmp_path)
    assert sorted(sorted(found.accounts[m] for m in hit.members) for hit in found.hits) == sorted(sorted(g) for g in GROUPS)
    assert {(a, b) for a, b, *_ in edges} == {(x, y) for g in GROUPS for x in g for y in g if x < y}
    for hit in found.hits:
        members = {found.accounts[m] for m in hit.members}
        shown = [rows[i] for i in hit.rows]
        assert shown
        for a, o, _, t in shown:
            assert a in members
            assert any(b in members and b != a and p == o and abs(t - u) <= 60 for b, p, _, u in shown)
        assert 0 < hit.score <= 1
        assert hit.facts["p"] == 0.001
    assert len(found.look_first) == 3
    assert len(found.innocent) >= 2
    assert found.error_rate is not None
    assert found.error_rate.value > 0.05  # not what the test was set to
    assert found.error_rate.measured.values[0] == "0"  # pairs that pass when chance is played out on this table


def rate(q: float, pairs: int = 100, played: float | None = 0.0) -> float:
    found = telling._error_rate(Found((), (), (), 0, pairs, played, 60.0, q))
    assert found is not None
    return found.value


@pytest.mark.mission("C10")
@given(st.floats(0.0001, 0.9999), st.floats(0.0001, 0.9999))
def test_the_rate_of_false_pairs_grows_with_what_was_asked_for_and_is_never_less(one: float, other: float) -> None:
    """In proportion, so that no small step of what is asked for makes a large one of what is said; and what chance gave when it was played out is never hidden."""
    q, more = sorted((one, other))
    assert q <= rate(q) <= rate(more) <= 1
    assert rate(more) - rate(q) <= 1.5 * (more - q) + 1e-8
    assert rate(q, 10, 4.0) == max(rate(q), 0.4)
    assert rate(q, 10, None) == rate(q)


def test_at_five_percent_the_rate_is_the_worst_that_the_benchmarks_tell() -> None:
    told = (Path(__file__).parents[4] / "docs" / "benchmarks.md").read_text("utf-8")
    rows = told[told.index("| coordination, q = 0.05") : told.index("| false pairs at half of")].splitlines()
    figures = [float(x) for row in rows for x in re.findall(r"\b0\.\d+", row.split("|")[2].partition("false")[0])]
    assert len(figures) >= len(rows)
    assert rate(0.05) == max(0.05, *figures)


@pytest.mark.mission("C10")
def test_of_what_is_kept_at_five_percent_at_most_seven_are_false_and_most_of_what_is_there_is_kept() -> None:
    """Over twelve tables with bursts, days and nights, few busy accounts, and three groups each."""
    true = {(x, y) for g in GROUPS for x in g for y in g if x < y}
    false = right = 0
    rates = []
    for seed in range(12):
        kept = pairs(planted(draw := random.Random(seed), organic(draw, 300, 100, 4_000), GROUPS, times=4, jitter=50))
        false, right = false + len(kept - true), right + len(kept & true)
        rates.append(len(kept - true) / max(1, len(kept)))
    assert sum(rates) / len(rates) <= 0.07
    assert right / (12 * len(true)) >= 0.8


def test_where_nobody_acts_together_nothing_is_kept() -> None:
    kept = [len(pairs(organic(random.Random(100 + seed), 300, 100, 4_000))) for seed in range(10)]
    assert sum(n > 0 for n in kept) <= 1


def pairs(rows: Sequence[Row], window: float = 60.0) -> set[tuple[str, str]]:
    with of_rows(rows) as relation:
        shares = intern(relation)
        found = alone(shares.engine, moments(shares.engine, 1, "links", shares.tables[0], window, shares.counts[0]), window)
        names = [str(n) for (n,) in shares.engine.rows("SELECT name FROM accounts ORDER BY a")]
    ends = ((names[a], names[b]) for a, b in zip(found.a[found.q <= 0.05], found.b[found.q <= 0.05], strict=True))
    return {(min(x), max(x)) for x in ends}


def test_the_same_table_and_seed_give_an_equal_result_on_one_thread_and_on_two(tmp_path: Path) -> None:
    draw = random.Random(2)
    rows = [(a, o, f"tag {o}", c, t) for a, o, c, t in planted(draw, organic(draw, shares=2_500), GROUPS)]
    runs = [run(rows, tmp_path, 2, threads, seed=3) for threads in (2, 1, 2)]
    assert runs[0][0].hits
    for again in runs[1:]:
        assert replace(again[0], sheets={}) == replace(runs[0][0], sheets={})
        assert again[1] == runs[0][1]


def test_it_is_told_how_far_the_run_is_all_along_so_that_it_can_be_stopped(tmp_path: Path) -> None:
    draw = random.Random(6)
    rows = [(a, o, f"tag {o}", c, t) for a, o, c, t in planted(draw, organic(draw, shares=1_500), GROUPS)]
    told: list[tuple[float, str]] = []
    with of_rows(rows, 2) as relation:
        bench = Bench(str(tmp_path), lambda share, doing: told.append((share, doing.rule)))
        found = Coordination().run(relation, settled(Coordination(), {}), 0, bench)
    assert [share for share, _ in told] == sorted(share for share, _ in told)
    assert told[-1][0] <= 1
    playing = sum(doing == "coordination.playing" for _, doing in told)
    assert playing == len(found.hits) + 1 + 3 * 2  # each group, and each layer of each of three plays


def test_no_account_is_named_but_in_the_list_that_stays(tmp_path: Path) -> None:
    draw = random.Random(3)
    found, _ = run(planted(draw, organic(draw, shares=1_500), [["someone-real", "somebody-real", "also-real"]]), tmp_path)
    assert sorted(found.accounts.values()) == ["also-real", "somebody-real", "someone-real"]
    assert "-real" not in repr(replace(found, accounts={}))


ODD: Mapping[str, list[tuple[object, ...]]] = {
    "one account": [("a", f"o{n % 5}", None, float(n)) for n in range(50)],
    "nothing shared twice": [(f"a{n}", f"o{n}", None, float(n)) for n in range(50)],
    "one row": [("a", "o", None, 0.0)],
    "all in one crowd": [(f"a{n}", o, None, 7.0) for n in range(350) for o in ("x", "y")],
}


@pytest.mark.parametrize("rows", ODD.values(), ids=ODD.keys())
def test_a_table_with_nothing_to_find_gives_a_sentence_and_no_hit(rows: list[tuple[object, ...]], tmp_path: Path) -> None:
    found, edges = run(rows, tmp_path)
    assert (found.hits, found.headline.rule, edges) == ((), "coordination.nothing", [])
    assert (found.innocent, found.look_first, found.pictures, found.accounts) == ((), (), (), {})
    assert found.notes


def test_all_at_the_same_time_is_what_chance_expects(tmp_path: Path) -> None:
    rows = [(f"a{n % 40}", f"o{n % 7}", None, 1_000.0) for n in range(280)]
    found, _ = run(rows, tmp_path)
    assert found.hits == ()


def test_a_layer_without_a_single_object_is_an_empty_layer(tmp_path: Path) -> None:
    draw = random.Random(4)
    rows = [(a, o, None, c, t) for a, o, c, t in planted(draw, organic(draw, shares=1_500), [["q1", "q2", "q3"]])]
    found, edges = run(rows, tmp_path, layers=2)
    assert [sorted(found.accounts[m] for m in hit.members) for hit in found.hits] == [["q1", "q2", "q3"]]
    assert {str(layer) for _, _, layer, *_ in edges} == {"layer-1", "fused"}
    assert ("layer-2", "0", "0", "0") in [note.values for note in found.notes]


@pytest.mark.parametrize("window", ["0", "-1", "nan", "inf", "a minute", "1e12", ""])
def test_a_window_that_is_none_is_refused(window: str, tmp_path: Path) -> None:
    with pytest.raises(Malformed) as refused:
        run([("a", "o", None, 0.0)], tmp_path, window=window)
    assert refused.value.reason.rule == "coordination.window"


@pytest.mark.parametrize("q", ["0", "1", "nan", "-0.5", "five"])
def test_a_rate_that_is_none_is_refused(q: str, tmp_path: Path) -> None:
    with pytest.raises(Malformed) as refused:
        run([("a", "o", None, 0.0)], tmp_path, q=q)
    assert refused.value.reason.rule == "coordination.rate"


def test_every_tested_pair_is_written_when_asked_for(tmp_path: Path) -> None:
    draw = random.Random(5)
    rows = planted(draw, organic(draw, 200, 60, 3_000), [["q1", "q2", "q3"]])
    _, few = run(rows, tmp_path, window="600")
    _, all_ = run(rows, tmp_path, window="600", all_pairs="yes")
    assert set(few) < set(all_)
    assert all(isinstance(q, float) and q > 0.05 for *_, q in set(all_) - set(few))


def test_threads_that_add_in_another_order_change_no_digit(tmp_path: Path) -> None:
    from charlevoix.assess.detectors.coordination.detector import Coordination
    from charlevoix.assess.detectors.relation import Reading
    from charlevoix.assess.detectors.running import Order, running

    posts = Path(__file__).parents[4] / "examples" / "german-2021-posts.parquet"
    columns = {"account": ("account_id",), "object": ("url_id", "domain_id"), "content": ("post_id",), "time": ("timestamp",)}
    order = Order(str(posts), Reading(columns), {"all_pairs": "yes"})
    sheets = []
    for _ in range(3):
        with running(Coordination(), order) as run:
            sheets.append(Path(run.result.sheets["edges"].path).read_bytes())
    assert sheets[0] == sheets[1] == sheets[2]


def test_no_layer_may_be_called_as_all_together_are(tmp_path: Path) -> None:
    rows = [("a", "x", "y", None, 1.0), ("b", "x", "y", None, 2.0)]
    with of_rows(rows, layers=2) as relation:
        named = replace(relation, layers={"object": ("fused", "url")})
        with pytest.raises(Malformed, match=r"coordination\.fused-name"):
            Coordination().run(named, settled(Coordination(), {}), 0, Bench(str(tmp_path)))
