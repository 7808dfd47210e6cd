"""Inference: bounds that hold for every choice inside the ranges, and words that say no more than they."""

import math
from dataclasses import replace
from itertools import combinations, pairwise, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytaxonomies.api import Taxonomies

from charlevoix.attribute.evidence_grid import CREDIBILITY, RELIABILITY, Cell, Grade, Grid, Item, seen_by
from charlevoix.attribute.inference import (
    TABLE,
    Confidence,
    Range,
    confidence,
    diagnosticity,
    lead,
    likelihood,
    posterior,
    speaks,
)
from charlevoix.languages.probability import ICD_203, word, words
from charlevoix.stix.identifier import Ref

H = tuple(Ref(f"note--{n}") for n in "abc")
SURE = {"reliability": "a", "credibility": "1"}


def an_item(
    name: str,
    *grades: Grade,
    group: str = "",
    planted: float = 0.0,
    if_planted: tuple[Grade, ...] = (),
    kind: str = "technical",
    reliability: str = "a",
    credibility: str = "1",
) -> Item:
    cells = {h: Cell(g, "why") for h, g in zip(H, grades, strict=False)}
    wishes = {h: Cell(g, "why") for h, g in zip(H, if_planted, strict=False)}
    return Item(Ref(name), name, kind, cells, reliability, credibility, planted, wishes, group)


grades = st.sampled_from(list(Grade))


@st.composite
def grids(draw: st.DrawFn, groups: tuple[str, ...] = ("", "x", "y")) -> Grid:
    hypotheses = H[: draw(st.integers(2, 3))]
    items = [
        an_item(
            f"item-{n}",
            *draw(st.lists(grades, min_size=0, max_size=len(hypotheses))),
            group=draw(st.sampled_from(groups)),
            planted=draw(st.sampled_from([0.0, 0.3, 1.0])),
            if_planted=tuple(draw(st.lists(grades, max_size=len(hypotheses)))),
            reliability=draw(st.sampled_from(sorted(RELIABILITY))),
            credibility=draw(st.sampled_from(sorted(CREDIBILITY))),
        )
        for n in range(draw(st.integers(0, 5)))
    ]
    return Grid(hypotheses, tuple(items))


def point_posterior(hypotheses: tuple[Ref, ...], scores: dict[Ref, float]) -> dict[Ref, float]:
    top = max(scores.values())
    raw = {h: math.exp(scores[h] - top) for h in hypotheses}
    return {h: raw[h] / sum(raw.values()) for h in hypotheses}


@given(grids(), st.data())
@settings(max_examples=100, deadline=None)
def test_any_choice_inside_the_ranges_has_its_posterior_inside_the_bounds(grid: Grid, data: st.DataObject) -> None:
    """Of a group, any weighted mean of its members' logarithms may be the truth."""
    scores = dict.fromkeys(grid.hypotheses, 0.0)
    for group in grid.groups():
        telling = [i for i in group if speaks(i, grid.hypotheses)]
        if not telling:
            continue
        shares = data.draw(st.lists(st.floats(0.01, 1), min_size=len(telling), max_size=len(telling)))
        for item, share in zip(telling, shares, strict=True):
            for h in grid.hypotheses:
                of = likelihood(item, h)
                chosen = of.low + data.draw(st.floats(0, 1)) * of.width
                scores[h] += share / sum(shares) * math.log(chosen)
    bounds = posterior(grid)
    for h, p in point_posterior(grid.hypotheses, scores).items():
        assert bounds[h].low - 1e-9 <= p <= bounds[h].high + 1e-9


@given(grids(groups=("",)))
@settings(max_examples=60, deadline=None)
def test_for_independent_items_both_bounds_are_reached(grid: Grid) -> None:
    bounds = posterior(grid)
    for h in grid.hypotheses:
        for end, own, others in ((bounds[h].low, "low", "high"), (bounds[h].high, "high", "low")):
            scores = {k: sum(math.log(getattr(likelihood(i, k), own if k == h else others)) for i in grid.items) for k in grid.hypotheses}
            assert point_posterior(grid.hypotheses, scores)[h] == pytest.approx(end, abs=1e-9)


@given(grids())
@settings(max_examples=60, deadline=None)
def test_what_is_neutral_to_all_changes_nothing_in_any_group(grid: Grid) -> None:
    silent = [an_item("silent", *[Grade.NEUTRAL] * 3, group=g) for g in ("", "x")]
    for h, bounds in posterior(replace(grid, items=(*grid.items, *silent))).items():
        assert bounds.low == pytest.approx(posterior(grid)[h].low)
        assert bounds.high == pytest.approx(posterior(grid)[h].high)


@given(grids(groups=("",)))
@settings(max_examples=60, deadline=None)
def test_a_group_of_one_is_no_group(grid: Grid) -> None:
    alone = tuple(replace(i, group=f"only {i.ref}") for i in grid.items)
    assert posterior(replace(grid, items=alone)) == posterior(grid)


@given(grids(groups=("",)), st.data())
@settings(max_examples=60, deadline=None)
def test_better_grades_never_lower_a_hypothesis_and_never_raise_a_rival(grid: Grid, data: st.DataObject) -> None:
    rising = [Grade.VERY_INCONSISTENT, Grade.INCONSISTENT, Grade.NEUTRAL, Grade.CONSISTENT, Grade.VERY_CONSISTENT]
    lower, higher = sorted(data.draw(st.tuples(st.integers(0, 4), st.integers(0, 4))))
    base = an_item("new", *[Grade.NEUTRAL] * 3)
    with_grade = [
        posterior(replace(grid, items=(*grid.items, replace(base, grades={**base.grades, H[0]: Cell(rising[n], "why")}))))
        for n in (lower, higher)
    ]
    assert with_grade[0][H[0]].low <= with_grade[1][H[0]].low + 1e-9
    assert with_grade[0][H[0]].high <= with_grade[1][H[0]].high + 1e-9
    assert with_grade[0][H[1]].low >= with_grade[1][H[1]].low - 1e-9
    assert with_grade[0][H[1]].high >= with_grade[1][H[1]].high - 1e-9


@given(grids(groups=("",)), grades)
@settings(max_examples=60, deadline=None)
def test_grading_what_was_ungraded_only_narrows(grid: Grid, grade: Grade) -> None:
    half = an_item("half", Grade.CONSISTENT)
    whole = replace(half, grades={h: half.grades.get(h, Cell(grade, "why")) for h in H})
    before, after = (posterior(replace(grid, items=(*grid.items, i))) for i in (half, whole))
    for h in grid.hypotheses:
        assert before[h].low <= after[h].low + 1e-9
        assert after[h].high <= before[h].high + 1e-9


@given(grids(groups=("",)))
@settings(max_examples=60, deadline=None)
def test_one_more_rival_never_raises_anybody(grid: Grid) -> None:
    two = replace(grid, hypotheses=H[:2])
    fewer, more = posterior(two), posterior(replace(two, hypotheses=H))
    assert all(more[h].low <= fewer[h].low + 1e-9 and more[h].high <= fewer[h].high + 1e-9 for h in H[:2])


@given(grids(), st.sampled_from(sorted(RELIABILITY)))
@settings(max_examples=60, deadline=None)
def test_a_source_of_no_trust_says_nothing(grid: Grid, reliability: str) -> None:
    worthless = an_item("rumour", Grade.VERY_CONSISTENT, Grade.VERY_INCONSISTENT, reliability=reliability, credibility="5")
    assert not speaks(worthless, grid.hypotheses)
    assert posterior(replace(grid, items=(*grid.items, worthless))) == posterior(grid)


def test_two_copies_of_one_trace_count_once() -> None:
    one = an_item("server", Grade.VERY_CONSISTENT, Grade.INCONSISTENT, group="one seizure")
    twice = Grid(H[:2], (one, replace(one, ref=Ref("copy"))))
    assert posterior(twice) == posterior(Grid(H[:2], (one,)))


def test_planted_traces_that_point_elsewhere_turn_the_evidence_round() -> None:
    """Olympic Destroyer, 2018: the header of the file pointed at one group, and somebody else had put it there."""
    naive = an_item("header", Grade.VERY_CONSISTENT, Grade.VERY_INCONSISTENT)
    wary = replace(
        naive,
        planted=0.9,
        if_planted={
            H[0]: Cell(Grade.VERY_INCONSISTENT, "nobody frames himself"),
            H[1]: Cell(Grade.VERY_CONSISTENT, "wishes to be seen as a"),
        },
    )
    assert posterior(Grid(H[:2], (naive,)))[H[0]] == Range(pytest.approx(0.8), pytest.approx(0.95))  # type: ignore[arg-type]
    bounds = posterior(Grid(H[:2], (wary,)))
    assert bounds[H[1]].low > 0.6 > bounds[H[0]].high


@given(grids(), st.booleans())
@settings(max_examples=80, deadline=None)
def test_robustness_is_the_smallest_set_of_groups_that_brings_the_leader_down(grid: Grid, opposite: bool) -> None:
    found = lead(grid, opposite=opposite)
    assert found is not None

    def score(h: Ref, fallen: tuple[int, ...]) -> float:
        total = 0.0
        for n, group in enumerate(grid.groups()):
            weight = sum(math.log(likelihood(i, h).low * likelihood(i, h).high) / 2 for i in group) / len(group)
            total += weight * ((-1 if opposite else 0) if n in fallen else 1)
        return total

    def leads(fallen: tuple[int, ...]) -> bool:
        return all(score(found.hypothesis, fallen) > score(h, fallen) + 1e-9 for h in grid.hypotheses if h != found.hypothesis)

    numbers = range(len(grid.groups()))
    smallest = next((n for n in range(len(grid.groups()) + 1) for fallen in combinations(numbers, n) if not leads(fallen)), None)
    assert found.robustness == smallest


def test_two_hundred_items_do_not_overflow() -> None:
    many = tuple(an_item(str(n), Grade.VERY_CONSISTENT, Grade.VERY_INCONSISTENT) for n in range(2_000))
    bounds = posterior(Grid(H[:2], many))
    assert bounds[H[0]].low == 1.0
    assert bounds[H[1]] == Range(0.0, 0.0)


def test_a_prior_with_width_widens_the_bounds() -> None:
    grid = Grid(H[:2], (an_item("x", Grade.CONSISTENT, Grade.NEUTRAL),))
    sharp = posterior(grid)
    wide = posterior(grid, {H[0]: Range(0.2, 0.8), H[1]: Range(0.2, 0.8)})
    assert wide[H[0]].low < sharp[H[0]].low < sharp[H[0]].high < wide[H[0]].high


def test_diagnosticity_is_nothing_for_what_fits_all_and_grows_with_the_contrast() -> None:
    fits_all = an_item("x", Grade.NEUTRAL, Grade.NEUTRAL)
    contrast = an_item("x", Grade.VERY_CONSISTENT, Grade.VERY_INCONSISTENT)
    assert diagnosticity(fits_all, H[:2]) == Range(0.0, 0.0)
    assert diagnosticity(contrast, H[:2]) == Range(math.log(0.8 / 0.2), math.log(0.95 / 0.05))


def test_trust_is_the_misp_admiralty_scale() -> None:
    scale = Taxonomies()["admiralty-scale"]
    for predicate, ours in (("source-reliability", RELIABILITY), ("information-credibility", CREDIBILITY)):
        theirs = {k: int(e.numerical_value or 0) / 100 for k, e in scale[predicate].entries.items()}
        assert theirs == ours


def test_words_are_those_of_icd_203() -> None:
    """The lower ends, against the MISP taxonomy `estimative-language`."""
    theirs = Taxonomies()["estimative-language"]["likelihood-probability"].entries
    ends = [0, *(round(end * 100) for end, _ in ICD_203[:-1])]
    assert ends == [int(e.numerical_value or 0) for e in theirs.values()]
    assert [word(p) for p in (0.0, 0.049, 0.05, 0.3, 0.5, 0.55, 0.7, 0.95, 0.96, 1.0)] == [
        f"probability.{w}"
        for w in [
            "almost-no-chance",
            "almost-no-chance",
            "very-unlikely",
            "unlikely",
            "roughly-even",
            "roughly-even",
            "likely",
            "very-likely",
            "almost-certain",
            "almost-certain",
        ]
    ]
    assert words(0.6, 0.9) == ("probability.likely", "probability.very-likely")


def test_the_table_rises_without_gaps_that_overlap() -> None:
    rising = [TABLE[g] for g in reversed(list(Grade))]
    assert all(a.high <= b.low and a.low <= a.high for a, b in pairwise(rising))


@pytest.mark.mission("S4a")
def test_confidence_says_what_keeps_it_from_being_higher() -> None:
    kinds = ("technical", "behavioural", "contextual")
    strong = tuple(an_item(f"{k}{n}", Grade.VERY_CONSISTENT, Grade.VERY_INCONSISTENT, kind=k) for k, n in product(kinds, (1, 2)))
    grid = Grid(H[:2], strong)
    first = lead(grid)
    assert first is not None
    assert (first.hypothesis, first.robustness, first.undisputed) == (H[0], 6, True)
    assert confidence(grid, first, posterior(grid)[H[0]]).level is Confidence.HIGH
    partly = confidence(grid, first, posterior(grid)[H[0]], unseen=3)
    assert (partly.level, [r.rule for r in partly.reasons]) == (Confidence.MODERATE, ["confidence.unseen"])
    weak = Grid(H[:2], strong[:1])
    leader = lead(weak)
    assert leader is not None
    poor = confidence(weak, leader, posterior(weak)[H[0]])
    assert (poor.level, [r.rule for r in poor.reasons]) == (
        Confidence.LOW,
        ["confidence.robustness", "confidence.kinds"],
    )


def test_what_an_audience_may_not_see_is_counted() -> None:
    grid = Grid(H[:2], (an_item("open", Grade.CONSISTENT, Grade.NEUTRAL), an_item("closed", Grade.CONSISTENT, Grade.NEUTRAL)))
    shown = seen_by(grid, lambda i: i.name == "open")
    assert ([i.name for i in shown.items], shown.hidden) == (["open"], 1)
