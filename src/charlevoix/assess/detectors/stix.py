"""A bundle: a result in STIX 2.1, as a note, one observed-data for each hit and a grouping; material, and never an incident."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Final

from charlevoix.assess.detectors.detector import Detector, Hit, InStix, Result
from charlevoix.assess.detectors.picture import Activity
from charlevoix.errors import Malformed
from charlevoix.languages.catalogue import Language, say, text
from charlevoix.stix.identifier import Ref, derived_id, observable_id
from charlevoix.stix.marking import OFFICIAL, official

SHOWN: Final = 100
"""Hits of a result that are told one by one."""

MEMBERS: Final = 100
"""Accounts of a hit that are named, by pseudonym."""

LEVEL: Final = "amber+strict"
"""What has not been judged stays in the house that found it."""


def bundle(detector: Detector, result: Result, now: datetime, language: Language) -> str:
    """The bundle as JSON. The same result gives the same ids; `now` is in `created` and in the times of observing only.

    Raises Malformed for a detector that makes an incident, which software does not.
    """
    made = list(detector.objects(result, now) if isinstance(detector, InStix) else _objects(result, now, language))
    if any(one.get("type") == "incident" for one in made):
        raise Malformed("detect.made-incident", result.detector)
    held = {str(one["id"]): one for one in (official(LEVEL), *map(_at_least_marked, made))}
    return json.dumps({"type": "bundle", "id": _id("bundle", result), "objects": list(held.values())}, ensure_ascii=False, indent=1) + "\n"


def _objects(result: Result, now: datetime, language: Language) -> Iterator[Mapping[str, object]]:
    """A tool's word, what it saw of each hit, and the grouping that holds them; where nothing was found, the word alone."""
    maker = _maker(result, now)
    hits = [list(_hit(result, number, hit, now, maker)) for number, hit in enumerate(result.hits[:SHOWN])]
    seen = [str(one["id"]) for some in hits for one in some]
    note = _own("note", result, now, maker) | {
        "abstract": say(result.headline, language),
        "content": content(result, language),
        "object_refs": [str(one["id"]) for some in hits for one in some if one["type"] == "observed-data"] or [str(maker["id"])],
        "lang": language,
    }
    yield maker
    for some in hits:
        yield from some
    yield note
    if seen:
        yield _own("grouping", result, now, maker) | {
            "name": say(result.headline, language)[:300],
            "context": "suspicious-activity",
            "object_refs": [*seen, str(note["id"])],
            "lang": language,
        }


def content(result: Result, language: Language) -> str:
    """What must be read with the sentence: what no software can judge, what else may explain it, how often it errs, what was left out."""
    rate = result.error_rate
    told = [
        text("detect.safeguard", language),
        *([text("detect.pseudonyms", language)] if result.accounts else []),
        *([f"{text('detect.innocent', language)}:"] if result.innocent else []),
        *(f"- {say(reason, language)}" for reason in result.innocent),
        f"{text('detect.rate', language)}: {say(rate.measured, language) if rate else text('detect.no-rate', language)}",
        *(say(reason, language) for reason in result.notes),
        *([text("detect.more", language, len(result.hits) - SHOWN)] if len(result.hits) > SHOWN else []),
        f"{text('detect.detector', language)}: {result.detector} {result.version}; {text('detect.seed', language)}: {result.seed}",
        f"{text('detect.fingerprint', language)}: {result.data.hex()}",
    ]
    return "\n".join(told)


def _hit(result: Result, number: int, hit: Hit, now: datetime, maker: Mapping[str, object]) -> Iterator[Mapping[str, object]]:
    """What a hit stands on: pseudonymous accounts, or the rows of the table, which is named by its SHA-256 alone."""
    members = [_account(result, name) for name in hit.members[:MEMBERS]] or [_table(result)]
    yield from members
    first, last = _seen(hit) or _observed(result, now)
    yield _own("observed-data", result, now, maker, number) | {
        "first_observed": _when(first),
        "last_observed": _when(last),
        "number_observed": min(max(len(hit.rows), 1), 999_999_999),
        "object_refs": [str(one["id"]) for one in members],
    }


def _seen(hit: Hit) -> tuple[datetime, datetime] | None:
    """The times that the hit itself tells, as its facts `first` and `last` (RFC 3339)."""
    first, last = hit.facts.get("first"), hit.facts.get("last")
    try:
        times = datetime.fromisoformat(str(first)), datetime.fromisoformat(str(last))
    except ValueError:
        return None
    return times if all(t.tzinfo for t in times) and times[0] <= times[1] else None


def _observed(result: Result, now: datetime) -> tuple[datetime, datetime]:
    """The span that the table speaks of, where a picture of activity tells it; else when it was looked at."""
    for picture in result.pictures:
        if isinstance(picture, Activity) and picture.series:
            try:
                last = picture.start + picture.step * len(picture.series[0].counts)
                return datetime.fromtimestamp(picture.start, UTC), datetime.fromtimestamp(last, UTC)
            except (ValueError, OverflowError, OSError):  # a time that no calendar holds
                break
    return now, now


def _account(result: Result, pseudonym: str) -> dict[str, object]:
    """An account under a pseudonym that belongs to this result only: no two results can be joined on it."""
    value: dict[str, object] = {"user_id": f"{_id('bundle', result).partition('--')[2]}/{pseudonym}"}
    return {
        "type": "user-account",
        "spec_version": "2.1",
        "id": observable_id("user-account", value),
        **value,
        "display_name": pseudonym,
    } | _marked()


def _table(result: Result) -> dict[str, object]:
    value: dict[str, object] = {"hashes": {"SHA-256": result.data.hex()}}
    return {"type": "file", "spec_version": "2.1", "id": observable_id("file", value), **value} | _marked()


def _maker(result: Result, now: datetime) -> dict[str, object]:
    """The program, as a system: its word is nobody's position."""
    ref = derived_id("identity", "detector", result.detector, result.version)
    moment = _when(now)
    about = {"name": f"Charlevoix {result.detector} {result.version}", "identity_class": "system"}
    return {"type": "identity", "spec_version": "2.1", "id": ref, "created": moment, "modified": moment, **about} | _marked()


def _own(type_: str, result: Result, now: datetime, maker: Mapping[str, object], *parts: int) -> dict[str, object]:
    moment = _when(now)
    head = {"type": type_, "spec_version": "2.1", "id": _id(type_, result, *parts), "created": moment, "modified": moment}
    return {**head, "created_by_ref": maker["id"]} | _marked()


def _id(type_: str, result: Result, *parts: int) -> Ref:
    parameters = json.dumps(dict(sorted(result.parameters.items())), ensure_ascii=False)
    return derived_id(type_, "detect", result.detector, result.version, bytes(result.data), parameters, result.seed, *parts)


def _at_least_marked(one: Mapping[str, object]) -> Mapping[str, object]:
    """What a detector left without a marking gets ours."""
    return one if one.get("type") == "marking-definition" or one.get("object_marking_refs") else {**one, **_marked()}


def _marked() -> dict[str, object]:
    return {"object_marking_refs": [OFFICIAL[LEVEL]]}


def _when(now: datetime) -> str:
    return f"{now.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1000:03d}Z"
