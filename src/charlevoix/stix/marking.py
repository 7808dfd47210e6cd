"""Markings as objects: the official TLP ids and bodies (FIRST TLP 2.0, STIX 2.1 section 7.2.1.4), and ours."""

from collections.abc import Mapping

from charlevoix.errors import Unknown
from charlevoix.stix.identifier import Ref

TLP_EXTENSION = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"
"""The OASIS extension definition that carries TLP 2.0 in STIX 2.1."""

LEVELS = ("clear", "green", "amber", "amber+strict", "red")
"""The levels of TLP 2.0, from the widest to the strictest."""

OFFICIAL: Mapping[str, Ref] = {
    "clear": Ref("marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487"),
    "green": Ref("marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"),
    "amber": Ref("marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421"),
    "amber+strict": Ref("marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003"),
    "red": Ref("marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"),
}
"""TLP 2.0 level -> id (oasis-open/cti-stix-common-objects, extension-definition-specifications/tlp-2.0)."""

TLP: Mapping[Ref, str] = {
    **{ref: level for level, ref in OFFICIAL.items()},
    # TLP 1, STIX 2.1 section 7.2.1.4; WHITE is CLEAR, and OpenCTI writes `clear` under its id
    Ref("marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9"): "clear",
    Ref("marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da"): "green",
    Ref("marking-definition--f88d31f6-486f-44da-b317-01333bde0b82"): "amber",
    Ref("marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed"): "red",
    # the id that OpenCTI gives to AMBER+STRICT
    Ref("marking-definition--826578e1-40ad-459f-bc73-ede076f81f37"): "amber+strict",
}
"""Every marking id whose TLP level is settled by the id alone -> level of TLP 2.0."""

RELEASABLE = "charlevoix_releasable_to"  # list of identity ids
PURPOSE = "charlevoix_purpose"  # list of purposes agreed
UNTIL = "charlevoix_until"  # timestamp after which it is decided again
REDACT = "charlevoix_redact"  # list of property names that may be left out, and must be for some
PROTECTED = "charlevoix_protected"  # true: a person at risk
"""Our own rules on a marking-definition, top-level properties of `charlevoix.stix.extension.EXTENSIONS["marking"]`."""


def official(level: str) -> dict[str, object]:
    """The marking-definition of a TLP 2.0 level, as OASIS publishes it. Raises Unknown for another level."""
    if level not in OFFICIAL:
        raise Unknown("tlp.unknown", level, ", ".join(LEVELS))
    return {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": OFFICIAL[level],
        "created": "2022-10-01T00:00:00.000Z",
        "name": f"TLP:{level.upper()}",
        "extensions": {TLP_EXTENSION: {"extension_type": "property-extension", "tlp_2_0": level}},
    }


def tlp_of(definition: Mapping[str, object]) -> str | None:
    """The TLP 2.0 level of a marking-definition, or None when it has none or contradicts itself.

    A settled id decides, unless the body names another level; without one the body decides (TLP 2.0 extension, then the
    TLP 1 `definition`).
    """
    settled = TLP.get(Ref(str(definition.get("id"))))
    said = {level for level in (_extension_level(definition), _definition_level(definition)) if level is not None}
    if settled is not None:
        said.add(settled)
    return said.pop() if len(said) == 1 and said <= set(LEVELS) else None


def _extension_level(definition: Mapping[str, object]) -> str | None:
    extensions = definition.get("extensions")
    body = extensions.get(TLP_EXTENSION) if isinstance(extensions, Mapping) else None
    return _level(body.get("tlp_2_0")) if isinstance(body, Mapping) else None


def _definition_level(definition: Mapping[str, object]) -> str | None:
    body = definition.get("definition")
    if not isinstance(body, Mapping) or str(definition.get("definition_type")).lower() != "tlp":
        return None
    return _level(body.get("tlp"))


def _level(text: object) -> str:
    """A level in lower case; what is none stays what it is, so that it contradicts."""
    level = str(text).lower().removeprefix("tlp:")
    return "clear" if level == "white" else level
