"""How much faster the canonical form is than `rfc8785`, on the same objects in the same run: `python benchmarks/canonical.py --json`."""

import argparse
import gc
import json
import random
import time
from collections.abc import Callable, Sequence

import rfc8785

from charlevoix.stix.canonical import canonical, digest_of

ENGLISH = [
    "A",
    "network",
    "of",
    "sites",
    "copies",
    "the",
    "look",
    "of",
    "known",
    "newspapers",
    "and",
    "sends",
    "visitors",
    "on",
    "by",
    "several",
    "redirections",
]
FRENCH = [
    "Un",
    "réseau",
    "de",
    "sites",
    "imite",
    "l’apparence",
    "de",
    "journaux",
    "connus",
    "et",
    "redirige",
    "les",
    "visiteurs",
    "à",
    "plusieurs",
    "reprises",
    "été",
]


def objects(words: Sequence[str], count: int, seed: int = 1) -> list[dict[str, object]]:
    """STIX-like objects in the proportions of published bundles: mostly relationships, then domains, then long ones."""
    draw = random.Random(seed)  # for shapes, not for secrets

    def ref(type_: str) -> str:
        return f"{type_}--{draw.getrandbits(128):032x}"

    def text(length: int) -> str:
        return " ".join(draw.choice(words) for _ in range(length))

    made: list[dict[str, object]] = []
    for number in range(count):
        base: dict[str, object] = {
            "spec_version": "2.1",
            "created": f"2026-01-{number % 28 + 1:02}T10:00:00.000Z",
            "modified": f"2026-02-{number % 28 + 1:02}T10:00:00.000Z",
            "revoked": False,
            "confidence": number % 101,
            "object_marking_refs": [ref("marking-definition")],
        }
        if number % 10 < 6:
            base |= {"type": "relationship", "id": ref("relationship"), "relationship_type": "uses"}
            base |= {"source_ref": ref("campaign"), "target_ref": ref("domain-name"), "description": text(8)}
        elif number % 10 < 8:
            base |= {
                "type": "domain-name",
                "id": ref("domain-name"),
                "value": f"site-{number}.example",
                "labels": ["a", "b"],
            }
        else:
            base |= {"type": "attack-pattern", "id": ref("attack-pattern"), "name": text(3), "description": text(80)}
            base["external_references"] = [{"source_name": "source", "external_id": f"T{number}", "description": text(20)}]
        made.append(base)
    return made


def seconds(work: Callable[[object], bytes], values: Sequence[object], rounds: int = 5) -> float:
    """The best of several rounds over all values."""
    best = float("inf")
    gc.disable()
    for _ in range(rounds):
        start = time.perf_counter()
        for value in values:
            work(value)
        best = min(best, time.perf_counter() - start)
    gc.enable()
    return best


def measure(count: int) -> dict[str, dict[str, float]]:
    """For each corpus: microseconds per object of both, and their ratio. Both must print the same bytes."""
    figures = {}
    for name, words in (("english", ENGLISH), ("french", FRENCH)):
        corpus = objects(words, count)
        if any(canonical(value) != rfc8785.dumps(value) for value in corpus):  # type: ignore[arg-type]
            raise SystemExit(f"{name}: the two differ")
        ours, theirs = seconds(canonical, corpus), seconds(rfc8785.dumps, corpus)  # type: ignore[arg-type]
        figures[name] = {
            "ours_us": round(ours / count * 1e6, 2),
            "rfc8785_us": round(theirs / count * 1e6, 2),
            "ratio": round(theirs / ours, 2),
            "digest_us": round(seconds(digest_of, corpus) / count * 1e6, 2),
        }
    return figures


def main() -> None:
    """Print the figures, as a sentence for each corpus or as one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON document")
    parser.add_argument("--objects", type=int, default=2000)
    asked = parser.parse_args()
    figures = measure(asked.objects)
    if asked.json:
        print(json.dumps(figures))
        return
    for name, row in figures.items():
        print(f"{name}: {row['ratio']} times rfc8785 ({row['ours_us']} us against {row['rfc8785_us']} us per object)")


if __name__ == "__main__":
    main()
