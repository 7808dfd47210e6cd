"""Look-alikes in STIX 2.1: the name, that it was seen, and an indicator that ends by itself; never an incident."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from charlevoix.assess.detectors.detector import Hit, Result
from charlevoix.languages.catalogue import say, text
from charlevoix.stix.identifier import Ref, derived_id, observable_id
from charlevoix.threats.technique import techniques

SHOWN: Final = 1_000
"""Hits that are told, some seven objects each; all are in the file of hits."""

VALID: Final = timedelta(days=90)
"""How long a name is worth watching before somebody looks again."""

SINCE: Final = "2026-11-24T00:00:00.000Z"
"""Since when this software has named itself and the techniques so: `created` and `modified` of what is the same in every result."""

CONFIDENCE: Final[Mapping[str, int]] = {"alert": 50, "queue": 15}
"""By tier: "Med" and "Low" of STIX 2.1, appendix A. A likeness, however strong, says nothing of what a name is for; the score is in the description."""

_ATTACK: Final = ("T1583.001", "Acquire Infrastructure: Domains", "mitre-attack", "https://attack.mitre.org/techniques/T1583/001/")
_DISARM: Final = "T0149.003"


def objects(result: Result, now: datetime, read: tuple[datetime, datetime]) -> Sequence[Mapping[str, object]]:
    """An identity of the software, two attack-patterns, and for each hit domain-name, observed-data, indicator and what the indicator indicates.

    Of the SHOWN strongest hits; where there are more, a note says how many. Every id hangs on the result alone, so that a result told again is the
    same objects with a later `modified` (STIX 2.1 section 3.6). `now` is in `created`, `modified` and the validity of the indicator; `read`, when the
    first and the last line were read, in the times of observing, since nothing else is known of when a name was seen. Identity and attack-patterns
    are the same in every result, to the byte. The attack-patterns go by their numbers (`external_references`): upstream gave one DISARM technique
    several ids.
    """
    if not result.hits:
        return ()
    at = _time(now)
    author = str(derived_id("identity", "detector", result.detector))
    common = {"spec_version": "2.1", "created": at, "modified": at, "created_by_ref": author}
    identity = {
        "type": "identity",
        "id": author,
        "spec_version": "2.1",
        "created": SINCE,
        "modified": SINCE,
        "name": "Charlevoix detector: lookalikes",
        "identity_class": "system",
    }
    disarm = (_DISARM, techniques()[_DISARM].name, "DISARM", "https://github.com/DISARMFoundation/DISARMframeworks")
    patterns = [_technique(*one, {**common, "created": SINCE, "modified": SINCE}) for one in (_ATTACK, disarm)]
    made: list[Mapping[str, object]] = [identity, *patterns]
    for hit in result.hits[:SHOWN]:
        made += _of(hit, result, now, read, common, [str(p["id"]) for p in patterns])
    if len(result.hits) > SHOWN:
        made.append(_more(result, common, author))
    return made


def _more(result: Result, common: Mapping[str, object], author: str) -> Mapping[str, object]:
    told = {"abstract": say(result.headline, "en"), "content": text("detect.more", "en", len(result.hits) - SHOWN), "lang": "en"}
    return {"type": "note", "id": str(_id("note", result)), **common, **told, "object_refs": [author]}


def _id(type_: str, result: Result, *parts: str) -> Ref:
    """An id of what this result says: of the same names, held against the same list, by the same version."""
    parameters = json.dumps(dict(sorted(result.parameters.items())), ensure_ascii=False)
    return derived_id(type_, "detect", result.detector, result.version, bytes(result.data), parameters, *parts)


def _technique(number: str, name: str, source: str, url: str, common: Mapping[str, object]) -> Mapping[str, object]:
    reference = {"source_name": source, "external_id": number, "url": url}
    return {
        "type": "attack-pattern",
        "id": str(derived_id("attack-pattern", "technique", source, number)),
        **common,
        "name": name,
        "external_references": [reference],
    }


def _of(
    hit: Hit, result: Result, now: datetime, read: tuple[datetime, datetime], common: Mapping[str, object], patterns: Sequence[str]
) -> list[Mapping[str, object]]:
    domain, at = hit.name, _time(now)
    seen = str(observable_id("domain-name", {"value": domain}))
    target = str(hit.facts["target"])
    observed, indicator = (str(_id(kind, result, domain)) for kind in ("observed-data", "indicator"))
    return [
        {"type": "domain-name", "id": seen, "spec_version": "2.1", "value": domain},
        {
            "type": "observed-data",
            "id": observed,
            **common,
            "first_observed": _time(read[0]),
            "last_observed": _time(read[1]),
            "number_observed": 1,
            "object_refs": [seen],
        },
        {
            "type": "indicator",
            "id": indicator,
            **common,
            "name": f"{domain} resembles {target}",
            "description": f"Score {round(hit.score * 100)} of 100, {hit.facts['tier']}. "
            + " ".join(say(reason, "en") for reason in hit.reasons),
            "labels": [f"tier-{hit.facts['tier']}"],
            "indicator_types": ["unknown"],
            "pattern": f"[domain-name:value = '{domain}']",
            "pattern_type": "stix",
            "pattern_version": "2.1",
            "valid_from": at,
            "valid_until": _time(now + VALID),
            "confidence": CONFIDENCE[str(hit.facts["tier"])],
        },
        _related(indicator, "based-on", observed, common),
        *(_related(indicator, "indicates", technique, common) for technique in patterns),
    ]


def _related(source: str, kind: str, target: str, common: Mapping[str, object]) -> Mapping[str, object]:
    ends = {"relationship_type": kind, "source_ref": source, "target_ref": target}
    return {"type": "relationship", "id": str(derived_id("relationship", source, kind, target)), **common, **ends}


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
