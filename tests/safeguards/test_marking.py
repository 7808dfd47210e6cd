"""What a marking-definition allows, as far as we understand it; and everything else."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders import A, B, a_marking
from charlevoix.safeguards.marking import LONGEST, Marking, combine, read_marking
from charlevoix.stix.identifier import Ref
from charlevoix.stix.marking import LEVELS, TLP, TLP_EXTENSION, official

ID = Ref("marking-definition--00000000-0000-4000-8000-000000000009")
OURS = "extension-definition--00000000-0000-4000-8000-00000000000e"
WHITE = Ref("marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9")


def definition(**properties: object) -> dict[str, object]:
    return {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": ID,
        "created": "2026-03-01T09:00:00.000Z",
        **properties,
    }


def ours(**properties: object) -> dict[str, object]:
    return definition(extensions={OURS: {"extension_type": "toplevel-property-extension"}}, **properties)


@pytest.mark.parametrize("level", LEVELS)
def test_the_official_definition_of_each_level_reads_as_that_level(level: str) -> None:
    assert read_marking(official(level)) == Marking(Ref(str(official(level)["id"])), level)


@pytest.mark.parametrize(("ref", "level"), TLP.items())
def test_a_settled_id_is_enough(ref: Ref, level: str) -> None:
    assert read_marking(definition(id=ref)).tlp == level


def test_tlp_1_white_with_clear_in_it_is_clear() -> None:
    marking = read_marking(definition(id=WHITE, definition_type="tlp", definition={"tlp": "clear"}, name="TLP:CLEAR"))
    assert marking == Marking(WHITE, "clear")


def test_a_level_under_another_id_is_that_level() -> None:
    assert read_marking(definition(definition_type="tlp", definition={"tlp": "amber"})).tlp == "amber"
    assert read_marking(definition(extensions={TLP_EXTENSION: {"extension_type": "property-extension", "tlp_2_0": "red"}})).tlp == "red"


def test_what_a_tool_adds_to_a_settled_id_changes_nothing() -> None:
    added = {
        "x_opencti_color": "#ffffff",
        "extensions": {"extension-definition--00000000-0000-4000-8000-0000000000ff": {"id": "1"}},
    }
    assert read_marking(definition(id=WHITE, **added)) == Marking(WHITE, "clear")


def test_a_statement_is_understood_and_restricts_nothing() -> None:
    marking = read_marking(definition(definition_type="statement", definition={"statement": "CC BY-SA 4.0"}))
    assert marking == Marking(ID)


def test_our_own_rules_are_read() -> None:
    marking = read_marking(
        ours(
            charlevoix_releasable_to=[A, B],
            charlevoix_purpose=["elections"],
            charlevoix_until="2026-03-02T00:00:00Z",
            charlevoix_redact=["name"],
            charlevoix_protected=True,
        )
    )
    assert marking.understood
    assert marking.releasable == frozenset({A, B})
    assert (*marking.purpose, *marking.redact) == ("elections", "name")
    assert (marking.until, marking.protected) == (datetime(2026, 3, 2, tzinfo=UTC), True)


def test_an_empty_list_releases_to_nobody() -> None:
    assert read_marking(ours(charlevoix_releasable_to=[])).releasable == frozenset()


def test_a_list_may_be_as_long_as_the_longest() -> None:
    assert len(read_marking(ours(charlevoix_purpose=[f"purpose {n}" for n in range(LONGEST)])).purpose) == LONGEST


IEP = "extension-definition--762e2e97-ee51-43e5-a9ea-165fbb862c4a"
ACS = "extension-definition--3a65884d-005a-4290-8335-cb2d778a83ce"
STATEMENT = {"definition_type": "statement", "definition": {"statement": "x"}}


@pytest.mark.parametrize(
    "bad",
    [
        definition(),
        definition(type="identity", **STATEMENT),
        definition(id="identity--00000000-0000-4000-8000-000000000009", **STATEMENT),
        definition(id=7, **STATEMENT),
        definition(definition_type="tlp", definition={"tlp": "purple"}),
        definition(definition_type="tlp", definition={"tlp": ["clear"]}),
        definition(definition_type="tlp", definition={"tlp": "clear", "caveat": "on Tuesdays"}),
        definition(definition_type="tlp"),
        definition(definition={"tlp": "clear"}),
        definition(definition_type="tlp", definition="clear"),
        definition(definition_type="secret", definition={"secret": "x"}),
        definition(definition_type="statement", definition={"statement": 7}),
        definition(id=WHITE, definition_type="tlp", definition={"tlp": "red"}),
        ours(id=WHITE, definition_type="tlp", definition={"tlp": "red"}, charlevoix_protected=True),
        ours(definition_type="tlp", definition={"tlp": "purple"}, charlevoix_protected=True),
        ours(definition={"statement": "x"}, charlevoix_protected=True),
        ours(definition_type="statement", charlevoix_protected=True),
        definition(extensions={TLP_EXTENSION: {"tlp_2_0": "purple"}}, charlevoix_protected=True),
        definition(definition_type="tlp", definition={"tlp": "clear"}, extensions={TLP_EXTENSION: {"tlp_2_0": "red"}}),
        definition(extensions={TLP_EXTENSION: {"tlp_2_0": None}}),
        definition(extensions={TLP_EXTENSION: "clear"}),
        definition(extensions={TLP_EXTENSION: {"tlp_2_0": "clear", "caveat": "x"}}),
        definition(extensions=[], **STATEMENT),
        definition(extensions={IEP: {"extension_type": "property-extension"}}),
        definition(extensions={ACS: {"extension_type": "property-extension", "identifier": "x"}}, **STATEMENT),
        definition(extensions={ACS: {"extension_type": "toplevel-property-extension"}}, **STATEMENT),
        definition(x_classification="SECRET", **STATEMENT),
        ours(charlevoix_releasable_to="identity--a"),
        ours(charlevoix_releasable_to=["Demo A"]),
        ours(charlevoix_releasable_to=["identity--a"]),
        ours(charlevoix_releasable_to=["person--00000000-0000-4000-8000-00000000000a"]),
        ours(charlevoix_releasable_to=[A, A]),
        ours(charlevoix_releasable_to=None),
        ours(charlevoix_releasable_to=[A, 7]),
        ours(charlevoix_purpose=[f"purpose {n}" for n in range(LONGEST + 1)]),
        ours(charlevoix_purpose="elections"),
        ours(charlevoix_purpose=[""]),
        ours(charlevoix_purpose=["x" * (LONGEST + 1)]),
        ours(charlevoix_until="2026-03-02"),
        ours(charlevoix_until="2026-13-02T00:00:00Z"),
        ours(charlevoix_until="2026-03-02T00:00:00"),
        ours(charlevoix_until=0),
        ours(charlevoix_redact=["Name!"]),
        ours(charlevoix_redact=[{}]),
        ours(charlevoix_protected="yes"),
        ours(charlevoix_protected=1),
        ours(charlevoix_embargo="x", charlevoix_protected=True),
    ],
)
def test_whatever_is_malformed_or_new_to_us_is_not_understood_and_never_an_error(bad: dict[str, object]) -> None:
    marking = read_marking(bad)
    assert marking == Marking(marking.ref, understood=False)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from([A, "clear", "tlp"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["tlp", "tlp_2_0", TLP_EXTENSION]), inner, max_size=3),
    max_leaves=8,
)
properties = st.sampled_from(
    [
        "id",
        "type",
        "definition",
        "definition_type",
        "extensions",
        "charlevoix_releasable_to",
        "charlevoix_until",
        "charlevoix_redact",
        "x",
    ]
)


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(properties, json_values, max_size=4))
def test_no_json_whatever_makes_it_raise(odd: dict[str, object]) -> None:
    read_marking(odd)
    read_marking({**definition(**STATEMENT), **odd})


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.text(min_size=1, max_size=12).map(lambda name: f"x_{name}"), json_values, min_size=1, max_size=2))
def test_a_property_that_we_do_not_know_is_never_shrugged_off(unknown: dict[str, object]) -> None:
    assert not read_marking(definition(**STATEMENT, **unknown)).understood


def test_combined_markings_keep_the_rules_of_each() -> None:
    early, late = datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 3, tzinfo=UTC)
    one = a_marking("green", releasable=frozenset({A, B}), until=late, purpose=frozenset({"x"}))
    two = a_marking("amber+strict", ref=ID, releasable=frozenset({B}), until=early, purpose=frozenset({"y"}), protected=True)
    assert combine((one, two)) == Marking(
        ID, "amber+strict", frozenset({B}), frozenset({"x", "y"}), early, frozenset(), understood=True, protected=True
    )


def test_no_marking_and_a_level_that_does_not_exist_are_not_understood() -> None:
    assert not combine(()).understood
    assert not combine((a_marking("pink"),)).understood
