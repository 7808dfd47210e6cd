import tomllib
from pathlib import Path
from typing import Any

import pytest
import stix2  # type: ignore[import-untyped]
import stix2validator  # type: ignore[import-untyped]
from hypothesis import given, settings
from hypothesis import strategies as st

from charlevoix.languages import catalogue
from charlevoix.stix.validity import KINDS, OBSERVABLES, check

UUID = "00000000-0000-4000-8000-000000000001"
TIME = "2026-01-31T12:00:00.000Z"
LATER = "2026-02-01T12:00:00.000Z"
DOMAIN = f"domain-name--{UUID}"
VERSIONED = {"spec_version": "2.1", "created": TIME, "modified": TIME}

GOOD: dict[str, dict[str, Any]] = {
    "attack-pattern": VERSIONED
    | {"name": "Interest-based networks", "kill_chain_phases": [{"kill_chain_name": "disarm", "phase_name": "p"}]},
    "campaign": VERSIONED | {"name": "RRN", "aliases": ["Doppelgänger"], "first_seen": TIME, "last_seen": TIME},
    "course-of-action": VERSIONED | {"name": "Prebunking"},
    "grouping": VERSIONED | {"context": "suspicious-activity", "object_refs": [DOMAIN]},
    "identity": VERSIONED | {"name": "Demo A", "identity_class": "organization", "sectors": ["government"]},
    "incident": VERSIONED | {"name": "Cloned newspaper"},
    "indicator": VERSIONED
    | {"pattern": "[domain-name:value = 'a.example']", "pattern_type": "stix", "valid_from": TIME, "valid_until": LATER},
    "infrastructure": VERSIONED | {"name": "Redirection servers", "infrastructure_types": ["hosting-malware"]},
    "intrusion-set": VERSIONED | {"name": "BIG", "goals": ["discredit"], "primary_motivation": "ideology"},
    "location": VERSIONED | {"country": "FR", "latitude": 48.9, "longitude": 2.3, "precision": 1000.0},
    "note": VERSIONED | {"content": "Seen", "object_refs": [DOMAIN]},
    "observed-data": VERSIONED | {"first_observed": TIME, "last_observed": TIME, "number_observed": 3, "object_refs": [DOMAIN]},
    "opinion": VERSIONED | {"opinion": "agree", "object_refs": [DOMAIN]},
    "report": VERSIONED | {"name": "A report", "published": TIME, "object_refs": [DOMAIN]},
    "threat-actor": VERSIONED | {"name": "RRN", "threat_actor_types": ["nation-state"], "sophistication": "advanced"},
    "relationship": VERSIONED
    | {
        "relationship_type": "uses",
        "source_ref": f"campaign--{UUID}",
        "target_ref": DOMAIN,
        "start_time": TIME,
        "stop_time": LATER,
    },
    "marking-definition": {"spec_version": "2.1", "created": TIME, "definition_type": "statement", "definition": {"statement": "©"}},
    "extension-definition": VERSIONED
    | {
        "created_by_ref": f"identity--{UUID}",
        "name": "x",
        "schema": "{}",
        "version": "1.0.0",
        "extension_types": ["new-sdo"],
    },
    "task": VERSIONED | {"name": "Ask the registrar"},
    "event": VERSIONED | {"name": "Election day"},
    "channel": VERSIONED | {"name": "a.example", "channel_types": ["website"]},
    "narrative": VERSIONED | {"name": "A narrative"},
    "media-content": {"url": "https://a.example/1", "title": "Title"},
    "text": {"value": "some text"},
    "autonomous-system": {"number": 64496, "name": "AS64496"},
    "domain-name": {"value": "bücher.example", "resolves_to_refs": [f"ipv4-addr--{UUID}"]},
    "email-addr": {"value": "desk@a.example", "belongs_to_ref": f"user-account--{UUID}"},
    "ipv4-addr": {"value": "198.51.100.0/24"},
    "ipv6-addr": {"value": "2001:db8::/32"},
    "url": {"value": "https://a.example/b?c=d%C3%A9"},
    "user-account": {"user_id": "1", "is_disabled": True},
    "x-unknown": {"anything": 1},
}


NOT_COMPARED = {"extensions", "granular_markings", "objects", "pattern", "pattern_type", "definition", "definition_type"}
"""What stix2 looks into and we do not: selectors, embedded observables, the grammar of patterns, markings that are not of the standard."""


def made(type_: str, **changes: Any) -> dict[str, Any]:
    """A good object of a type, changed; a change to `...` leaves the property out."""
    made = {"type": type_, "id": f"{type_}--{UUID}"} | GOOD[type_] | changes
    return {name: value for name, value in made.items() if value is not ...}


def flaws(object_: dict[str, Any]) -> list[tuple[str, str]]:
    return [(reason.rule, reason.values[0]) for reason in check(object_)]


@pytest.mark.parametrize("type_", GOOD)
def test_a_good_object_breaks_no_rule_and_stix2_takes_it(type_: str) -> None:
    common = {"labels": ["a"], "confidence": 50, "lang": "fr-CA", "revoked": False} if "modified" in GOOD[type_] else {}
    good = made(type_, object_marking_refs=[f"marking-definition--{UUID[:-1]}2"], x_own=[{"a": [1]}], **common)
    assert check(good) == ()
    if type_ in stix2.registry.STIX2_OBJ_MAPS["2.1"]["objects"] or type_ in stix2.registry.STIX2_OBJ_MAPS["2.1"]["observables"]:
        stix2.parse(good, allow_custom=True, version="2.1")


@pytest.mark.parametrize("type_", sorted(GOOD.keys() - {"task", "event", "channel", "narrative", "media-content", "text"}))
def test_the_validator_of_oasis_finds_no_error_in_a_good_object(type_: str) -> None:
    result = stix2validator.validate_instance(made(type_), stix2validator.ValidationOptions(version="2.1"))
    assert [str(error) for error in result.errors] == []


def test_every_type_with_rules_has_a_good_object_here() -> None:
    assert KINDS.keys() - {"bundle"} == GOOD.keys() - {"x-unknown"}


@pytest.mark.parametrize("type_", sorted(KINDS.keys() - {"bundle"}))
def test_each_required_property_is_missed(type_: str) -> None:
    for name in KINDS[type_].required - {"type"}:
        assert ("stix.missing", name) in flaws(made(type_, **{name: ...}))


@pytest.mark.parametrize("type_", sorted(KINDS.keys() - {"bundle"}))
def test_no_value_of_the_wrong_shape_gets_through_or_crashes(type_: str) -> None:
    for name, form in KINDS[type_].forms.items():
        for value in (None, [], {}, [[]], [None], {"a": []}, b"x", object()):
            assert (form.rule, name) in flaws(made(type_, **{name: value})), (name, value)


@pytest.mark.parametrize(
    ("type_", "changes", "expected"),
    [
        ("incident", {"spec_version": "2.0"}, ("stix.spec-version", "spec_version")),
        ("incident", {"id": f"campaign--{UUID}"}, ("stix.type-of-id", "incident")),
        ("incident", {"id": UUID}, ("stix.bad-id", "id")),
        ("incident", {"modified": "2026-01-31T11:59:59.999Z"}, ("stix.before", "modified")),
        ("incident", {"created": "2026-01-31T12:00:00+00:00"}, ("stix.timestamp", "created")),
        ("incident", {"created_by_ref": f"campaign--{UUID}"}, ("stix.reference", "created_by_ref")),
        ("incident", {"revoked": "false"}, ("stix.boolean", "revoked")),
        ("incident", {"confidence": 101}, ("stix.confidence", "confidence")),
        ("incident", {"confidence": True}, ("stix.confidence", "confidence")),
        ("incident", {"confidence": 50.0}, ("stix.confidence", "confidence")),
        ("incident", {"lang": "französisch!"}, ("stix.language", "lang")),
        ("incident", {"labels": []}, ("stix.texts", "labels")),
        ("incident", {"labels": "a"}, ("stix.texts", "labels")),
        ("incident", {"name": ""}, ("stix.filled-text", "name")),
        ("incident", {"object_marking_refs": [DOMAIN]}, ("stix.markings", "object_marking_refs")),
        ("incident", {"external_references": [{"source_name": "a"}]}, ("stix.external-references", "external_references")),
        ("incident", {"external_references": [{"url": "https://a.example"}]}, ("stix.external-references", "external_references")),
        (
            "incident",
            {"external_references": [{"source_name": "a", "url": "b", "hashes": {"MD5": "short"}}]},
            ("stix.external-references", "external_references"),
        ),
        ("incident", {"granular_markings": [{"selectors": ["name"]}]}, ("stix.granular-markings", "granular_markings")),
        ("incident", {"extensions": {"anything": {"a": 1}}}, ("stix.extensions", "extensions")),
        ("incident", {"x_empty": []}, ("stix.empty-list", "x_empty")),
        ("incident", {"x_deep": {"a": [{"b": []}]}}, ("stix.empty-list", "x_deep")),
        ("incident", {"x_null": None}, ("stix.null", "x_null")),
        ("incident", {"x_other_ref": "nowhere"}, ("stix.reference", "x_other_ref")),
        ("incident", {"x_other_refs": ["nowhere"]}, ("stix.reference", "x_other_refs")),
        ("incident", {"Name-With": 1}, ("stix.property-name", "Name-With")),
        ("relationship", {"stop_time": TIME}, ("stix.not-after", "stop_time")),
        ("relationship", {"source_ref": f"relationship--{UUID}"}, ("stix.relationship-end", "source_ref")),
        ("relationship", {"target_ref": f"marking-definition--{UUID}"}, ("stix.relationship-end", "target_ref")),
        ("relationship", {"relationship_type": "related to"}, ("stix.relationship-type", "relationship_type")),
        ("campaign", {"first_seen": LATER}, ("stix.before", "last_seen")),
        ("indicator", {"valid_until": TIME}, ("stix.not-after", "valid_until")),
        ("grouping", {"object_refs": []}, ("stix.references", "object_refs")),
        (
            "location",
            {"country": ..., "latitude": ..., "longitude": ..., "precision": ..., "city": "Moscow"},
            ("stix.one-of", "region, country, latitude"),
        ),
        ("location", {"longitude": ...}, ("stix.together", "latitude")),
        ("location", {"latitude": ..., "longitude": ...}, ("stix.needs", "precision")),
        ("location", {"latitude": 90.5}, ("stix.latitude", "latitude")),
        ("location", {"longitude": -181}, ("stix.longitude", "longitude")),
        ("location", {"precision": -1}, ("stix.distance", "precision")),
        ("observed-data", {"number_observed": 0}, ("stix.count", "number_observed")),
        ("observed-data", {"objects": {"0": {"type": "url"}}}, ("stix.exactly-one", "objects")),
        ("observed-data", {"object_refs": ...}, ("stix.exactly-one", "objects")),
        ("opinion", {"opinion": "maybe"}, ("stix.opinion", "opinion")),
        ("marking-definition", {"definition": ...}, ("stix.marking-body", "definition")),
        ("domain-name", {"value": "not a domain"}, ("stix.domain-name", "value")),
        ("domain-name", {"value": "site[.]example"}, ("stix.domain-name", "value")),
        ("domain-name", {"value": "https://a.example"}, ("stix.domain-name", "value")),
        ("domain-name", {"value": "a..example"}, ("stix.domain-name", "value")),
        ("email-addr", {"value": "nobody"}, ("stix.email-address", "value")),
        ("ipv4-addr", {"value": "198.51.100.300"}, ("stix.ipv4", "value")),
        ("ipv4-addr", {"value": "198.51.100.3/33"}, ("stix.ipv4", "value")),
        ("ipv4-addr", {"value": "2001:db8::1"}, ("stix.ipv4", "value")),
        ("ipv6-addr", {"value": "198.51.100.3"}, ("stix.ipv6", "value")),
        ("url", {"value": "urlbox.online"}, ("stix.url", "value")),
        ("media-content", {"url": "àremplir"}, ("stix.url", "url")),
        ("media-content", {"url": "#Corsica"}, ("stix.url", "url")),
        ("autonomous-system", {"number": "64496"}, ("stix.integer", "number")),
        ("user-account", {"user_id": ..., "is_disabled": ...}, ("stix.one-of", "user_id, account_login, display_name, account_type")),
        ("x-unknown", {"confidence": 101}, ("stix.confidence", "confidence")),
        ("x-unknown", {"created": LATER, "modified": TIME}, ("stix.before", "modified")),
        ("x-unknown", {"id": ...}, ("stix.missing", "id")),
    ],
)
def test_a_broken_rule_is_named_with_its_property(type_: str, changes: dict[str, Any], expected: tuple[str, str]) -> None:
    assert flaws(made(type_, **changes)) == [expected]


def test_all_broken_rules_are_told_and_not_the_first() -> None:
    assert flaws({"type": "relationship", "confidence": -1}) == [
        ("stix.missing", "created"),
        ("stix.missing", "id"),
        ("stix.missing", "modified"),
        ("stix.missing", "relationship_type"),
        ("stix.missing", "source_ref"),
        ("stix.missing", "spec_version"),
        ("stix.missing", "target_ref"),
        ("stix.confidence", "confidence"),
    ]


def test_a_reason_is_short_however_long_the_value() -> None:
    (reason,) = check(made("url", value="x" * 10_000))
    assert len(reason.values[1]) == 100


def test_the_name_of_a_type_is_lower_case() -> None:
    assert flaws(made("incident", type="Incident")) == [("stix.type-name", "type"), ("stix.type-of-id", "Incident")]


def test_a_bundle_among_objects_is_refused() -> None:
    assert ("stix.bundle-inside", "type") in flaws({"type": "bundle", "id": f"bundle--{UUID}"})


def test_nothing_at_all_is_refused_and_does_not_crash() -> None:
    assert flaws({}) == [("stix.missing", "id"), ("stix.missing", "type")]
    assert ("stix.type-name", "type") in flaws({"type": ["incident"], "id": f"incident--{UUID}"})


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(sorted(stix2.registry.STIX2_OBJ_MAPS["2.1"]["objects"].keys() & KINDS.keys() - {"bundle"})),
    st.data(),
)
def test_whatever_we_find_valid_stix2_takes(type_: str, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(KINDS[type_].forms.keys() - NOT_COMPARED)))
    value = data.draw(
        st.sampled_from([..., None, "", "x", TIME, LATER, 0, 1, 100, 48.5, True, [], ["x"], [DOMAIN], DOMAIN, {}, {"a": 1}, "en", "agree"])
        | st.text(max_size=10)
        | st.integers(-200, 200)
    )
    changed = made(type_, **{name: value})
    if check(changed) == ():
        stix2.parse(changed, allow_custom=True, version="2.1")


def test_observables_are_told_from_versioned_objects() -> None:
    assert {"domain-name", "file", "media-content", "text"} <= OBSERVABLES
    assert not OBSERVABLES & {"incident", "relationship", "marking-definition", "channel"}


def test_every_rule_has_its_sentence_in_english_and_french() -> None:
    folder = Path(catalogue.__file__).parent
    english, french = (tomllib.loads((folder / f"stix.{language}.toml").read_text()) for language in ("en", "fr"))
    rules = {form.rule for kind in KINDS.values() for form in kind.forms.values()}
    assert rules | {"stix.ask-author", "stix.missing", "stix.null"} <= english.keys()
    assert english.keys() == french.keys()
