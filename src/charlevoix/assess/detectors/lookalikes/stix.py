"""Look-alikes in STIX 2.1: the name, that it was seen, and an indicator that ends by itself; never an incident."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from charlevoix.assess.detectors.detector import Hit, Result
from charlevoix.stix.identifier import derived_id, observable_id

VALID: Final = timedelta(days=90)
"""How long a name is worth watching before somebody looks again."""

_TECHNIQUE: Final = (
    ("T1583.001", "Acquire Infrastructure: Domains", "mitre-attack", "https://attack.mitre.org/techniques/T1583/001/"),
    ("T0149.003", "Lookalike Domain", "DISARM", "https://github.com/DISARMFoundation/DISARMframeworks"),
)


def objects(result: Result, now: datetime) -> Sequence[Mapping[str, object]]:
    """An identity of the software, two attack-patterns, and for each hit domain-name, observed-data, indicator and what the indicator indicates."""
    if not result.hits:
        return ()
    at = _time(now)
    author = str(derived_id("identity", "detector", result.detector))
    common = {"spec_version": "2.1", "created": at, "modified": at, "created_by_ref": author}
    identity = {
        "type": "identity",
        "id": author,
        "spec_version": "2.1",
        "created": at,
        "modified": at,
        "name": "Charlevoix detector: lookalikes",
        "identity_class": "system",
    }
    patterns = [_technique(number, name, source, url, common) for number, name, source, url in _TECHNIQUE]
    made: list[Mapping[str, object]] = [identity, *patterns]
    for hit in result.hits:
        made += _of(hit, result, now, common, [str(p["id"]) for p in patterns])
    return made


def _technique(number: str, name: str, source: str, url: str, common: Mapping[str, object]) -> Mapping[str, object]:
    reference = {"source_name": source, "external_id": number, "url": url}
    return {
        "type": "attack-pattern",
        "id": str(derived_id("attack-pattern", "technique", source, number)),
        **common,
        "name": name,
        "external_references": [reference],
    }


def _of(hit: Hit, result: Result, now: datetime, common: Mapping[str, object], techniques: Sequence[str]) -> list[Mapping[str, object]]:
    domain, at = hit.name, _time(now)
    seen = str(observable_id("domain-name", {"value": domain}))
    run = (result.detector, result.version, bytes(result.data), domain, at)
    observed = str(derived_id("observed-data", *run))
    indicator = str(derived_id("indicator", *run))
    return [
        {"type": "domain-name", "id": seen, "spec_version": "2.1", "value": domain},
        {
            "type": "observed-data",
            "id": observed,
            **common,
            "first_observed": at,
            "last_observed": at,
            "number_observed": 1,
            "object_refs": [seen],
        },
        {
            "type": "indicator",
            "id": indicator,
            **common,
            "name": f"{domain} resembles {hit.facts['target']}",
            "indicator_types": ["unknown"],
            "pattern": f"[domain-name:value = '{domain}']",
            "pattern_type": "stix",
            "pattern_version": "2.1",
            "valid_from": at,
            "valid_until": _time(now + VALID),
            "confidence": round(hit.score * 100),
        },
        _related(indicator, "based-on", observed, common),
        *(_related(indicator, "indicates", technique, common) for technique in techniques),
    ]


def _related(source: str, kind: str, target: str, common: Mapping[str, object]) -> Mapping[str, object]:
    ends = {"relationship_type": kind, "source_ref": source, "target_ref": target}
    return {"type": "relationship", "id": str(derived_id("relationship", source, kind, target)), **common, **ends}


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
