"""Hypothesis strategies: histories of a case that anybody could have written, of acts of every kind with any JSON in any property."""

from dataclasses import replace

from hypothesis import strategies as st

from builders import A, B, C, an_act, digest, seen
from charlevoix.acts.act import Gone, Missing, Place, StixObject
from charlevoix.cases.case import AnyCase
from charlevoix.safeguards.passage import Seen
from charlevoix.stix.extension import OWNER
from charlevoix.stix.identifier import Property, Ref

INTEGERS = st.integers(-(2**53) + 1, 2**53 - 1)
JSON = st.recursive(
    st.none() | st.booleans() | INTEGERS | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)
TIMES = ("2026-03-01T09:30:00.000Z", "2026-03-04T09:30:00+00:00", "0001-01-01T00:00:00+23:59", "2026-03-01T09:30:00")
WORDS = (
    "passed",
    "failed",
    "legal",
    "rights",
    "nexus",
    "amber",
    "D2.2",
    "B2",
    "moderate",
    "",
    "yes",
    digest("0").hex(),
)
PLAUSIBLE = st.one_of(
    st.sampled_from((*TIMES, *WORDS, A, B, C)),
    st.lists(st.sampled_from((*WORDS, A, B, C)), max_size=3),
    st.lists(st.sampled_from((0, 0.2, 0.7, 1, 2)), min_size=2, max_size=2),
    st.sampled_from((0, 1, 50, 0.5, True)),
)
NAMES = st.sampled_from(
    (
        *OWNER,
        "name",
        "description",
        "content",
        "modified",
        "created",
        "type",
        "value",
        "object_refs",
        "object_marking_refs",
    )
)
TYPES = st.sampled_from(("incident", "note", "domain-name", "attack-pattern", "marking-definition", "opinion", "file"))
REFS = st.sampled_from([Ref(f"incident--00000000-0000-4000-8000-00000000000{n}") for n in range(3)])
PROPERTIES = st.dictionaries(NAMES.map(Property), PLAUSIBLE | JSON, max_size=6)


@st.composite
def objects(draw: st.DrawFn, at: Place, common: frozenset[Property]) -> StixObject | Missing:
    """Any object; where there are common properties, one that states them, mostly, and is never missing."""
    if not common and draw(st.integers(0, 5)) == 0:
        return Missing(at, draw(st.sampled_from(Gone)))
    known = draw(PROPERTIES)
    if draw(st.integers(0, 9)):
        known |= {name: draw(PLAUSIBLE | JSON) for name in sorted(common)}
    return StixObject(at, draw(REFS), draw(TYPES), known, 0)


@st.composite
def histories(draw: st.DrawFn, case: AnyCase, most: int = 8) -> list[Seen]:
    """Acts whose `after` names earlier acts, some of which are not here, and one kind that nobody knows."""
    kinds, acts = [*case.kinds, f"{case.kind}.unheard-of"], []
    for n in range(draw(st.integers(1, most))):
        kind = draw(st.sampled_from(kinds if n else kinds[:1] * 4 + kinds))
        past = draw(st.lists(st.integers(max(0, n - 3), n - 1), max_size=2)) if n else []
        after = [f"act {p}" for p in past] + ([draw(st.just("lost"))] if draw(st.integers(0, 15)) == 0 else [])
        declared = case.kinds.get(kind)
        count = draw(st.integers(1, 3))
        act = an_act(f"act {n}", kind, author=draw(st.sampled_from((A, B, C))), after=after, rests=["x"], objects=count)
        common = declared.common if declared else frozenset()
        shown = [draw(objects(Place(act.digest, i), common if i == 0 else frozenset())) for i in range(count)]
        acts.append(seen(act, *shown))
    return acts


@st.composite
def poorer(draw: st.DrawFn, case: AnyCase, act: Seen) -> Seen:
    """The same act at somebody who got less: every object missing or redacted at will, common properties kept."""
    declared = case.kinds.get(act.act.value.kind)
    common = declared.common if declared else frozenset()
    return Seen(act.act, tuple(draw(_less(o, common if i == 0 else frozenset())) for i, o in enumerate(act.objects)))


@st.composite
def _less(draw: st.DrawFn, one: StixObject | Missing, common: frozenset[Property]) -> StixObject | Missing:
    if isinstance(one, Missing):
        return one
    if not common and draw(st.booleans()):
        return Missing(one.at, draw(st.sampled_from(Gone)))
    keep = frozenset(draw(st.lists(st.sampled_from(sorted(one.known)), max_size=4))) if one.known else frozenset()
    known = {k: v for k, v in one.known.items() if k in keep | common}
    hidden = len(known) < len(one.known) and draw(st.booleans())  # the id among them
    ref, type_ = (None, None) if hidden else (one.ref, one.type)
    return replace(one, ref=ref, type=type_, known=known, withheld=len(one.known) - len(known))
