"""How long acts take: digests per object in both granularities, checking, reading, signing, verifying. `--json` for machines."""

import argparse
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from charlevoix.acts.act import Presentation, Whole
from charlevoix.acts.disclosure import check, digests, redact
from charlevoix.acts.key import Purpose, key_id
from charlevoix.acts.signature import compose, read_act, sign, verify
from charlevoix.acts.wire import from_wire, to_wire
from charlevoix.stix.identifier import Property, Ref

BARS = {"property by property, us/object": 150.0, "entire, us/object": 30.0}


def incident(number: int) -> bytes:
    """An object of 19 properties, of the size that analysts write."""
    return json.dumps(
        {
            "type": "incident",
            "spec_version": "2.1",
            "id": f"incident--00000000-0000-4000-8000-{number:012x}",
            "created_by_ref": "identity--00000000-0000-4000-8000-000000000000",
            "created": "2026-01-05T09:00:00.000Z",
            "modified": "2026-01-06T09:00:00.000Z",
            "name": f"Copied news sites {number}",
            "description": "Addresses that imitate newspapers, registered within two days. " * 3,
            "labels": ["look-alike", "website", "election"],
            "confidence": 70,
            "lang": "en",
            "object_marking_refs": ["marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421"],
            "external_references": [{"source_name": "example", "url": "https://example.org/report", "description": "p. 4"}],
            "x_threats": ["D2.2", "D2.3"],
            "x_means": ["covert", "malicious"],
            "x_nexus": "suspected",
            "x_rights": ["ICCPR-19", "ICCPR-25"],
            "x_first_seen": "2026-01-02T00:00:00Z",
            "x_target": {"country": "CA", "region": "CA-QC", "institution": "newspaper"},
        }
    ).encode()


def best(work: Callable[[], object], per: int, rounds: int = 5) -> float:
    """Microseconds per unit, the best of some rounds."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times) / per * 1e6


def measure(count: int) -> dict[str, float]:
    key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    public = key.public_key()
    kid = key_id(Purpose.ACTS, public.public_bytes_raw())
    author = Ref("identity--00000000-0000-4000-8000-000000000000")
    case = Ref("incident--00000000-0000-4000-8000-000000000001")
    single = [Whole(incident(n), n.to_bytes(32, "big"), entire=False) for n in range(count)]
    entire = [Whole(incident(n), n.to_bytes(32, "big"), entire=True) for n in range(count)]
    figures = {
        "property by property, us/object": best(lambda: [digests(w, "object") for w in single], count),
        "entire, us/object": best(lambda: [digests(w, "object") for w in entire], count),
    }

    def draft(objects: list[Whole]) -> bytes:
        return sign(compose(author, kid, "incident.open", case, objects, datetime(2026, 1, 6, tzinfo=UTC)), key)

    for name, objects in (("property by property", single), ("entire", entire)):
        act = draft(objects)
        parsed, presentation = read_act(act), Presentation(act, tuple(objects))
        body = to_wire(presentation)
        figures[f"compose and sign {name}, us/object"] = best(partial(draft, objects), count)
        figures[f"read {name}, us/object"] = best(partial(read_act, act), count)
        figures[f"check {name}, us/object"] = best(partial(check, parsed, presentation), count)
        figures[f"from wire {name}, us/object"] = best(partial(from_wire, body), count)
    small = draft(single[:1])

    def believe() -> None:
        for _ in range(500):
            verify(small, public)

    def read_and_believe() -> None:
        for _ in range(500):
            read_act(small)
            verify(small, public)

    figures["redact, us/object"] = best(lambda: [redact(w, frozenset({Property("name")})) for w in single], count)
    figures["verify, acts/s"] = 1e6 / best(believe, 500)
    figures["read and verify, acts/s"] = 1e6 / best(read_and_believe, 500)
    return figures


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON document instead of a table")
    parser.add_argument("--objects", type=int, default=200)
    arguments = parser.parse_args()
    figures = measure(arguments.objects)
    if arguments.json:
        print(json.dumps({"figures": figures, "bars": BARS, "kept": all(figures[k] <= v for k, v in BARS.items())}))
    else:
        for name, figure in figures.items():
            bar = f"  (bar {BARS[name]:g})" if name in BARS else ""
            print(f"{name:45} {figure:10.1f}{bar}")
    return 0 if all(figures[name] <= bar for name, bar in BARS.items()) else 1


if __name__ == "__main__":
    raise SystemExit(main())
