import pytest
import stix2  # type: ignore[import-untyped]

from charlevoix.errors import Unknown
from charlevoix.stix.extension import EXTENSIONS
from charlevoix.stix.marking import LEVELS, OFFICIAL, PROTECTED, PURPOSE, REDACT, RELEASABLE, TLP, TLP_EXTENSION, UNTIL, official, tlp_of
from charlevoix.stix.validity import check

WHITE = "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9"
OWN = "marking-definition--00000000-0000-4000-8000-000000000001"


@pytest.mark.parametrize("level", LEVELS)
def test_an_official_marking_is_valid_and_read_as_its_level(level: str) -> None:
    definition = official(level)
    assert check(definition) == ()
    assert tlp_of(definition) == level
    assert TLP[OFFICIAL[level]] == level
    stix2.parse(definition, allow_custom=True)


@pytest.mark.parametrize(
    ("theirs", "level"),
    [(stix2.TLP_WHITE, "clear"), (stix2.TLP_GREEN, "green"), (stix2.TLP_AMBER, "amber"), (stix2.TLP_RED, "red")],
)
def test_the_markings_of_tlp_1_are_known_by_id_and_by_body(theirs: stix2.MarkingDefinition, level: str) -> None:
    body: dict[str, object] = dict(definition_type="tlp", definition={"tlp": str(theirs.definition.tlp)})  # noqa: C408
    assert TLP[theirs.id] == level
    assert tlp_of({"id": theirs.id}) == tlp_of({**body, "id": theirs.id}) == tlp_of({**body, "id": OWN}) == level


def test_the_white_id_with_clear_inside_is_clear() -> None:
    assert tlp_of({"id": WHITE, "definition_type": "tlp", "name": "TLP:CLEAR", "definition": {"tlp": "clear"}}) == "clear"


def test_opencti_calls_amber_strict_a_statement_and_its_id_settles_it() -> None:
    ref = "marking-definition--826578e1-40ad-459f-bc73-ede076f81f37"
    assert tlp_of({"id": ref, "definition_type": "statement", "definition": {"statement": "custom"}}) == "amber+strict"


@pytest.mark.parametrize(
    "definition",
    [
        {"id": OFFICIAL["clear"], "extensions": {TLP_EXTENSION: {"tlp_2_0": "red"}}},
        {"id": OFFICIAL["red"], "definition_type": "tlp", "definition": {"tlp": "white"}},
        {"id": OWN, "extensions": {TLP_EXTENSION: {"tlp_2_0": "green"}}, "definition_type": "tlp", "definition": {"tlp": "red"}},
        {"id": OWN, "definition_type": "tlp", "definition": {"tlp": "ultraviolet"}},
        {"id": OWN, "definition_type": "tlp", "definition": {"tlp": ["clear"]}},
        {"id": OWN, "extensions": {TLP_EXTENSION: {}}},
        {"id": OFFICIAL["clear"], "extensions": {TLP_EXTENSION: {}}},
        {"id": OWN, "definition_type": "statement", "definition": {"statement": "TLP:CLEAR"}},
        {"id": OWN, "name": "TLP:CLEAR"},
        {},
    ],
)
def test_a_marking_that_contradicts_itself_or_names_no_level_has_none(definition: dict[str, object]) -> None:
    assert tlp_of(definition) is None


def test_another_level_is_unknown() -> None:
    with pytest.raises(Unknown, match=r"tlp\.unknown: white"):
        official("white")


def test_changing_an_official_marking_changes_no_other() -> None:
    official("red").clear()
    assert official("red")["id"] == OFFICIAL["red"]


def test_our_own_rules_of_a_marking_are_the_marking_extension() -> None:
    assert {RELEASABLE, PURPOSE, UNTIL, REDACT, PROTECTED} == EXTENSIONS["marking"].properties.keys()
