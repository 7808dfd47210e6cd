import json
from uuid import UUID

import jsonschema  # type: ignore[import-untyped]
import pytest
import stix2  # type: ignore[import-untyped]

from charlevoix.errors import Unknown
from charlevoix.stix.canonical import canonical
from charlevoix.stix.extension import AUTHOR, EXTENSIONS, OWNER, PREFIX, Extension, declarations
from charlevoix.stix.validity import check

NOUNS = pytest.mark.parametrize("extension", EXTENSIONS.values(), ids=EXTENSIONS)


@NOUNS
def test_each_definition_is_valid_and_stix2_takes_it(extension: Extension) -> None:
    definition = extension.definition()
    assert check(definition) == ()
    stix2.parse(definition, version="2.1")
    assert UUID(extension.ref[-36:]).version == 5
    assert definition["created_by_ref"] == AUTHOR["id"]


def test_the_author_of_the_definitions_is_valid_and_speaks_for_nobody() -> None:
    assert check(AUTHOR) == ()
    assert AUTHOR["identity_class"] == "system"


@NOUNS
def test_each_schema_inside_is_a_json_schema(extension: Extension) -> None:
    schema = json.loads(str(extension.definition()["schema"]))
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["properties"].keys() == extension.properties.keys()


@NOUNS
def test_every_property_is_ours_by_name_and_defined_once(extension: Extension) -> None:
    for name in extension.properties:
        assert name.startswith(PREFIX)
        assert OWNER[name] is extension


def test_the_schemas_tell_right_from_wrong() -> None:
    validator = jsonschema.Draft202012Validator(EXTENSIONS["marking"].schema())
    right = {"charlevoix_until": "2026-01-31T12:00:00.000Z", "charlevoix_protected": True, "type": "marking-definition"}
    assert validator.is_valid(right)
    wrongs: list[dict[str, object]] = [{"charlevoix_until": "tomorrow"}, {"charlevoix_releasable_to": []}, {"charlevoix_protected": 1}]
    for wrong in wrongs:
        assert not validator.is_valid(right | wrong)


def test_an_object_declares_the_extensions_of_its_properties_and_no_other() -> None:
    declared = declarations(["name", "charlevoix_until", "charlevoix_redact", "charlevoix_participants", "x_other"])
    assert declared == {EXTENSIONS[noun].ref: {"extension_type": "toplevel-property-extension"} for noun in ("marking", "case")}
    assert declarations(["name"]) == {}


def test_a_property_that_no_extension_defines_is_refused() -> None:
    with pytest.raises(Unknown, match="charlevoix_nonsense"):
        declarations(["charlevoix_nonsense"])


def test_the_presentation_is_a_type_of_its_own() -> None:
    presentation = EXTENSIONS["presentation"]
    assert presentation.new_type == "charlevoix-presentation"
    assert presentation.definition()["extension_types"] == ["new-sdo"]
    assert "extension_properties" not in presentation.definition()


def test_definitions_are_the_same_bytes_at_every_node() -> None:
    assert canonical(EXTENSIONS["marking"].definition()) == canonical(EXTENSIONS["marking"].definition())
    assert EXTENSIONS["marking"].ref == "extension-definition--24c574b7-6338-52cf-b62d-e0ffd37c4566"
