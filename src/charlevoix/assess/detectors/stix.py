"""A result as a STIX 2.1 bundle: a note that says what was found and what else may explain it, and what was observed; never an incident."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from charlevoix.assess.detectors.detector import Detector, Hit, InStix, Result
from charlevoix.languages.catalogue import Language, say, text
from charlevoix.stix.identifier import Ref, derived_id, observable_id
from charlevoix.stix.marking import OFFICIAL, official
from charlevoix.stix.timestamp import is_timestamp, write

HITS: Final = 1_000
"""Hits that a bundle holds."""

MEMBERS: Final = 200
"""Accounts of a hit that a bundle holds."""

LEVEL: Final = "amber+strict"


def bundle(detector: Detector, result: Result, now: datetime, language: Language) -> str:
    """The bundle as JSON. The ids are derived from the result (UUIDv5), so that the same result gives the same objects; `now` is when they say they were made."""
    marking = official(LEVEL)
    found = detector.objects(result, now) if isinstance(detector, InStix) else list(_objects(result, now, language))
    objects = [dict(one) if "object_marking_refs" in one else {**one, "object_marking_refs": [OFFICIAL[LEVEL]]} for one in found]
    whole = {"type": "bundle", "id": derived_id("bundle", *_source(result)), "objects": [marking, *objects]}
    return json.dumps(whole, ensure_ascii=False, indent=1) + "\n"


def _source(result: Result) -> tuple[str, ...]:
    """What a result is made from: what its ids hang on."""
    settings = json.dumps(dict(sorted(result.parameters.items())), ensure_ascii=False)
    return (result.detector, result.version, result.data.hex(), settings, str(result.seed))


def _objects(result: Result, now: datetime, language: Language) -> Iterator[Mapping[str, Any]]:
    stamp, source = write(now), _source(result)
    tool = {"name": f"Charlevoix: {result.detector}", "version": result.version}
    program = {"type": "software", "spec_version": "2.1", "id": observable_id("software", tool), **tool}
    yield program
    refs: list[Ref] = [Ref(str(program["id"]))]
    for number, hit in enumerate(result.hits[:HITS]):
        made = list(_observed(result, hit, number, stamp))
        refs += [Ref(str(one["id"])) for one in made if one["type"] == "observed-data"]
        yield from made
    common = {"spec_version": "2.1", "created": stamp, "modified": stamp, "lang": language}
    innocent = " ".join(say(reason, language) for reason in result.innocent) or "-"
    lines = [text("detect.material", language, say(result.headline, language), innocent)]
    lines += [say(note, language) for note in result.notes]
    lines += [f"{hit.name}: {' '.join(say(reason, language) for reason in hit.reasons)}" for hit in result.hits[:HITS]]
    note = {"type": "note", "id": derived_id("note", *source), **common, "abstract": say(result.headline, language), "content": "\n".join(lines), "object_refs": refs}
    yield note
    if result.hits:
        about = {"name": text(f"detect.title.{result.detector}", language), "context": "suspicious-activity", "object_refs": [*refs, Ref(str(note["id"]))]}
        yield {"type": "grouping", "id": derived_id("grouping", *source), **common, **about}


def _observed(result: Result, hit: Hit, number: int, stamp: str) -> Iterator[Mapping[str, Any]]:
    """A hit's accounts under pseudonyms that hold for this table only, and when they were seen."""
    accounts: Sequence[Mapping[str, Any]] = []
    for pseudonym in hit.members[:MEMBERS]:
        own = {"user_id": f"{result.data.hex()[:16]}/{pseudonym}"}
        accounts = [*accounts, {"type": "user-account", "spec_version": "2.1", "id": observable_id("user-account", own), **own}]
    if not accounts:
        return
    yield from accounts
    first, last = (str(hit.facts.get(key) or "") for key in ("first", "last"))
    seen = (first, last) if is_timestamp(first) and is_timestamp(last) else (stamp, stamp)
    yield {
        "type": "observed-data",
        "spec_version": "2.1",
        "id": derived_id("observed-data", *_source(result), str(number)),
        "created": stamp,
        "modified": stamp,
        "first_observed": seen[0],
        "last_observed": seen[1],
        "number_observed": max(1, len(hit.rows)),
        "object_refs": [str(one["id"]) for one in accounts],
    }
