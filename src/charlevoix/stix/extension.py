"""Our extensions of STIX: which properties we add to which objects, each with its shape (STIX 2.1 section 7.3)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import msgspec

from charlevoix.errors import Unknown
from charlevoix.stix.identifier import Ref, derived_id

Schema = Mapping[str, object]

PREFIX = "charlevoix_"
_SINCE = "2026-11-01T00:00:00.000Z"

_TEXT: Schema = {"type": "string", "minLength": 1}
_TEXTS: Schema = {"type": "array", "minItems": 1, "items": _TEXT}
_REF: Schema = {"type": "string", "pattern": "^[a-z0-9-]+--[0-9a-f-]{36}$"}
_REFS: Schema = {"type": "array", "minItems": 1, "items": _REF}
_TIME: Schema = {"type": "string", "format": "date-time", "pattern": "Z$"}
_YES: Schema = {"type": "boolean"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_PERCENT: Schema = {"type": "integer", "minimum": 0, "maximum": 100}
_SHARE: Schema = {"type": "number", "minimum": 0, "maximum": 1}
_RECORD: Schema = {"type": "object", "minProperties": 1}
_RECORDS: Schema = {"type": "array", "minItems": 1, "items": _RECORD}
_SHA256: Schema = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
_DIGESTS: Schema = {"type": "array", "minItems": 1, "items": _SHA256}


@dataclass(frozen=True, slots=True)
class Extension:
    """One noun of ours: an extension definition with its properties and their JSON Schemas."""

    noun: str
    description: str
    properties: Mapping[str, Schema]
    new_type: str = ""  # a type of our own (`new-sdo`); empty: top-level properties on types of the standard

    @property
    def ref(self) -> Ref:
        return derived_id("extension-definition", self.noun)

    @property
    def kind(self) -> str:
        """`extension_type` as objects declare it."""
        return "new-sdo" if self.new_type else "toplevel-property-extension"

    def schema(self) -> dict[str, object]:
        """JSON Schema (2020-12) of the properties this extension adds; others are not its business."""
        schema: dict[str, object] = {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": f"Charlevoix {self.noun}",
            "description": self.description,
            "type": "object",
            "properties": {name: dict(shape) for name, shape in self.properties.items()},
        }
        if self.new_type:
            schema["required"] = sorted(self.properties)
        return schema

    def definition(self) -> dict[str, object]:
        """The extension-definition object, the same bytes at every node, its schema inside."""
        definition: dict[str, object] = {
            "type": "extension-definition",
            "spec_version": "2.1",
            "id": self.ref,
            "created_by_ref": AUTHOR["id"],
            "created": _SINCE,
            "modified": _SINCE,
            "name": f"Charlevoix {self.noun}",
            "description": self.description,
            "schema": msgspec.json.encode(self.schema(), order="sorted").decode(),
            "version": "1.0.0",
            "extension_types": [self.kind],
        }
        if not self.new_type:
            definition["extension_properties"] = sorted(self.properties)
        return definition


AUTHOR: Mapping[str, object] = {
    "type": "identity",
    "spec_version": "2.1",
    "id": derived_id("identity", "charlevoix"),
    "created": _SINCE,
    "modified": _SINCE,
    "name": "Charlevoix",
    "description": "The software that defines these extensions. It speaks for nobody.",
    "identity_class": "system",
}
"""Who defines the extensions: the standard wants an identity."""

_ALL = (
    Extension(
        "marking",
        "Further rules of a marking: who may have it, for what, until when, what may be left out, and whose safety it concerns.",
        {
            "charlevoix_releasable_to": _REFS,
            "charlevoix_purpose": _TEXTS,
            "charlevoix_until": _TIME,
            "charlevoix_redact": _TEXTS,
            "charlevoix_protected": _YES,
        },
    ),
    Extension(
        "case",
        "What any case says of itself: who takes part, which pseudonym acted, who was heard.",
        {
            "charlevoix_participants": _REFS,
            "charlevoix_by": _TEXT,
            "charlevoix_salt": _TEXT,
            "charlevoix_heard": _TEXTS,
            "charlevoix_lead": _REF,
            "charlevoix_nexus": _TEXT,
            "charlevoix_reasons": _TEXT,
            "charlevoix_draft": _SHA256,
            "charlevoix_on": _DIGESTS,
        },
    ),
    Extension(
        "report",
        "Material as it came in: publisher, title, grade, marking, what was repaired, what was counted.",
        {
            "charlevoix_publisher": _TEXT,
            "charlevoix_title": _TEXT,
            "charlevoix_grade": _TEXT,
            "charlevoix_tlp": _TEXT,
            "charlevoix_marking": _REF,
            "charlevoix_repairs": _TEXTS,
            "charlevoix_repaired": _COUNT,
            "charlevoix_raw": {"type": "array", "minItems": 1, "items": _SHA256},
            "charlevoix_count": _COUNT,
            "charlevoix_quality": _RECORD,
            "charlevoix_counts": _RECORD,
            "charlevoix_conflicts": _REFS,
            "charlevoix_incident": _REF,
        },
    ),
    Extension(
        "incident",
        "An incident of foreign interference: threats of the commitment, means, assessment, reviews.",
        {
            "charlevoix_threats": _TEXTS,
            "charlevoix_means": _TEXTS,
            "charlevoix_review_due": _TIME,
            "charlevoix_assessment": _TEXT,
            "charlevoix_probability": {"type": "array", "minItems": 2, "maxItems": 2, "items": _PERCENT},
            "charlevoix_confidence": _TEXT,
            "charlevoix_suspected_actor": _TEXT,
            "charlevoix_targets": _TEXTS,
            "charlevoix_languages": _TEXTS,
            "charlevoix_reach": _TEXT,
            "charlevoix_effect": _TEXT,
            "charlevoix_election": _REF,
            "charlevoix_gender": _TEXT,
            "charlevoix_first_seen": _TIME,
            "charlevoix_last_seen": _TIME,
            "charlevoix_evidence": _RECORDS,
            "charlevoix_rights": _TEXTS,
        },
    ),
    Extension(
        "review",
        "A review (legal, rights, gender, nexus) as a note: what was tested, with what result, in which role.",
        {
            "charlevoix_review": _TEXT,
            "charlevoix_test": _TEXT,
            "charlevoix_answers": _RECORD,
            "charlevoix_result": _TEXT,
            "charlevoix_role": _TEXT,
        },
    ),
    Extension(
        "position",
        "A position on a hypothesis, beside the opinion: a range, technical and political apart, or a transcription.",
        {
            "charlevoix_lowest": _PERCENT,
            "charlevoix_highest": _PERCENT,
            "charlevoix_basis": _TEXT,
            "charlevoix_rung": _TEXT,
            "charlevoix_caveats": _TEXTS,
            "charlevoix_technical": _TEXT,
            "charlevoix_political": _TEXT,
            "charlevoix_legal": _TEXT,
            "charlevoix_considered": _REFS,
            "charlevoix_own_not_shown": _YES,
            "charlevoix_public": _YES,
            "charlevoix_valid_from": _TIME,
            "charlevoix_transcribed": _RECORD,
        },
    ),
    Extension(
        "attribution",
        "An attribution: rival hypotheses, items of evidence graded against each, deadlines, who stands where in a finding.",
        {
            "charlevoix_hypothesis": _TEXT,
            "charlevoix_positions_due": _TIME,
            "charlevoix_silence_due": _TIME,
            "charlevoix_endorses": _SHA256,
            "charlevoix_evidence_kind": _TEXT,
            "charlevoix_reliability": _TEXT,
            "charlevoix_credibility": _TEXT,
            "charlevoix_planted": _PERCENT,
            "charlevoix_group": _TEXT,
            "charlevoix_grades": _RECORDS,
            "charlevoix_if_planted": _RECORDS,
            "charlevoix_method": _TEXT,
            "charlevoix_not_shown": _COUNT,
            "charlevoix_joined": _REFS,
            "charlevoix_dissenting": _REFS,
            "charlevoix_abstaining": _REFS,
            "charlevoix_silent": _REFS,
        },
    ),
    Extension(
        "brief",
        "Advice for a leader, and a text that several say together: sentences with what they rest on, versions, footnotes.",
        {
            "charlevoix_for": _TEXT,
            "charlevoix_version": _COUNT,
            "charlevoix_section": _TEXT,
            "charlevoix_sort": _TEXT,
            "charlevoix_words": _RECORD,
            "charlevoix_rests": _DIGESTS,
            "charlevoix_footnote": _TEXT,
            "charlevoix_without": _REFS,
            "charlevoix_paragraph": _TEXT,
        },
    ),
    Extension(
        "measure",
        "A measure or a task: what it rests on in law, what it needs, when it is due.",
        {
            "charlevoix_measure": _TEXT,
            "charlevoix_proportionality": _TEXT,
            "charlevoix_legal_basis": _TEXT,
            "charlevoix_preconditions": _TEXTS,
            "charlevoix_due": _TIME,
            "charlevoix_share_of_cost": _SHARE,
        },
    ),
    Extension(
        "publication",
        "What is said to the public, in each language: titles, paragraphs, what others say otherwise, the period it covers.",
        {
            "charlevoix_titles": _RECORD,
            "charlevoix_paragraphs": _RECORDS,
            "charlevoix_dissents": _RECORD,
            "charlevoix_since": _TEXT,
            "charlevoix_to": _TEXT,
        },
    ),
    Extension(
        "exchange",
        "Receipts and recalls: per place of an act, what became of it.",
        {
            "charlevoix_outcomes": _TEXTS,
            "charlevoix_places": _TEXTS,
            "charlevoix_intent": _TEXT,
            "charlevoix_recall": _SHA256,
            "charlevoix_cursor": _TEXT,
        },
    ),
    Extension(
        "partner",
        "An organisation in a node's roster: its root key, its key card, its standing, what was agreed with it.",
        {
            "charlevoix_partner": _REF,
            "charlevoix_root": _TEXT,
            "charlevoix_card": _TEXT,
            "charlevoix_standing": _TEXT,
            "charlevoix_agreed": _TEXTS,
        },
    ),
    Extension(
        "presentation",
        "An act and what one audience gets of it.",
        {"charlevoix_act": _TEXT, "charlevoix_audience": _REF, "charlevoix_objects": {"type": "array"}},
        new_type="charlevoix-presentation",
    ),
)

EXTENSIONS: Mapping[str, Extension] = {extension.noun: extension for extension in _ALL}
"""Noun -> extension."""

OWNER: Mapping[str, Extension] = {name: extension for extension in _ALL for name in extension.properties}
"""Property -> the one extension that defines it."""


def declarations(properties: Iterable[str]) -> dict[str, dict[str, str]]:
    """The `extensions` an object must carry for these property names of ours; other names are passed over.

    Raises Unknown for a `charlevoix_` name that no extension defines: it would be a property without a meaning.
    """
    ours = [name for name in properties if name.startswith(PREFIX)]
    if missing := [name for name in ours if name not in OWNER]:
        raise Unknown("extension.unknown-property", ", ".join(missing))
    owners = {OWNER[name].ref: OWNER[name].kind for name in ours}
    return {ref: {"extension_type": kind} for ref, kind in sorted(owners.items())}
