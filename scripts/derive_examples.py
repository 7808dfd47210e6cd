# /// script
# requires-python = ">=3.11"
# dependencies = ["duckdb>=1.4"]
# ///
"""Derives `examples/` from files that others published: facts only, and every figure that dropping the rest changes.

    uv run scripts/derive_examples.py PUBLISHED [--to examples] [--techniques src/charlevoix/threats/data/disarm.csv]

PUBLISHED is a folder with `viginum/`, `coordination/` and `lookalike/` as `examples/SOURCES.md` names them. The program and
its tests never need it: what this script wrote is in the repository.

What stays: ids, types, dates, domains, addresses, technique numbers, names of organisations, places and sets, relations,
markings. What goes: every sentence (descriptions, contents, quotations), accounts, persons, e-mail addresses, and the
relations that led to them.
"""

import argparse
import collections
import csv
import hashlib
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

Object = dict[str, object]
Figures = Mapping[str, Mapping[str, list[int]]]  # file -> figure -> [published, examples]

COMMON = {
    "type",
    "spec_version",
    "id",
    "created",
    "modified",
    "revoked",
    "confidence",
    "lang",
    "labels",
    "created_by_ref",
}
COMMON |= {"object_marking_refs", "x_opencti_id", "x_opencti_type", "x_opencti_created_by_ref"}
KEPT: Mapping[str, set[str]] = {
    "marking-definition": {"definition_type", "name", "definition"},
    "report": {"name", "report_types", "published", "external_references", "object_refs"},
    "campaign": {"name", "aliases"},
    "identity": {"name", "identity_class", "x_opencti_organization_type"},
    "attack-pattern": {"name", "x_mitre_id", "kill_chain_phases", "external_references"},
    "location": {"name", "x_opencti_location_type", "city", "country", "region"},
    "threat-actor": {"name", "threat_actor_types", "threat_actor_group"},
    "intrusion-set": {"name"},
    "infrastructure": {"name"},
    "event": {"name"},
    "narrative": {"name"},
    "grouping": {"name", "context"},
    "channel": {"name"},
    "relationship": {"relationship_type", "start_time", "stop_time", "source_ref", "target_ref", "external_references"},
    "domain-name": {"value"},
    "url": {"value"},
    "ipv4-addr": {"value"},
    "autonomous-system": {"number", "name"},
    "media-content": {"url"},
}
"""Per type, the properties that state a fact; a type that is not here is dropped whole."""

REFERENCE = {"source_name", "url", "external_id"}
DOMAIN = re.compile(r"(?:[a-z0-9_](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*", re.IGNORECASE)
PLACEHOLDER = {"àremplir", "a remplir", "aremplir"}  # the publisher's "to be filled in": a defect worth keeping
WINDOW = 60  # seconds between two posts of one URL that count as together
SHARED = 10  # URLs that two accounts must have posted together


# --- bundles -----------------------------------------------------------------------------------


def refang(name: str) -> str:
    return name.strip().replace("[.]", ".").lower()


def is_account_or_person(thing: Object) -> bool:
    """True for what names a person or somebody's account; a channel is a fact only where its name is a domain."""
    kind = thing["type"]
    if kind == "identity":
        return thing.get("identity_class") == "individual"
    if kind == "channel":
        return DOMAIN.fullmatch(str(thing["name"])) is None
    return kind in {"user-account", "email-addr"}


def is_prose(thing: Object) -> bool:
    """True where the one property that should be an address is a sentence."""
    if thing["type"] == "url":
        return " " in str(thing["value"])
    if thing["type"] == "media-content":
        return thing["url"] not in PLACEHOLDER  # what is left is words, or a petition that citizens may have signed
    return thing["type"] not in KEPT


def facts_of(thing: Object, names: Mapping[str, str], gone: set[str]) -> Object:
    """The object with its facts alone, in the publisher's order of properties."""
    keep = COMMON | KEPT[str(thing["type"])]
    out = {key: value for key, value in thing.items() if key in keep}
    if "external_references" in out:
        out["external_references"] = [
            {k: v for k, v in reference.items() if k in REFERENCE}
            for reference in out["external_references"]  # type: ignore[attr-defined]
        ]
    if out["type"] == "attack-pattern":
        number = str(out["x_mitre_id"])
        out["name"] = names.get(number, number)
    if out["type"] == "report":
        out["object_refs"] = [ref for ref in out["object_refs"] if ref not in gone]  # type: ignore[attr-defined]
    for author in ("created_by_ref", "x_opencti_created_by_ref"):
        if out.get(author) in gone:
            del out[author]
    return out


def bundle_facts(bundle: Object, names: Mapping[str, str]) -> tuple[Object, collections.Counter[str]]:
    """The bundle's facts, and a count of what was dropped, by reason and type."""
    dropped: collections.Counter[str] = collections.Counter()
    gone: set[str] = set()
    for thing in objects(bundle):
        why = "account or person" if is_account_or_person(thing) else "prose" if is_prose(thing) else ""
        if why:
            dropped[f"{why}: {thing['type']}"] += 1
            gone.add(str(thing["id"]))
    kept: list[Object] = []
    for thing in objects(bundle):
        if thing["id"] in gone:
            continue
        if thing["type"] == "relationship" and {thing["source_ref"], thing["target_ref"]} & gone:
            dropped["led to something dropped: relationship"] += 1
            gone.add(str(thing["id"]))
            continue
        kept.append(thing)
    out: Object = {"type": "bundle", "id": bundle["id"], "objects": [facts_of(o, names, gone) for o in kept]}
    return out, dropped


def objects(bundle: Object) -> Iterator[Object]:
    yield from bundle["objects"]  # type: ignore[misc]


def technique_uses(bundles: Mapping[str, Object]) -> list[tuple[str, str, str]]:
    """Bundle, number and the framework's label that the publisher gave it, for every attack-pattern."""
    return sorted(
        (name, str(o["x_mitre_id"]), o["kill_chain_phases"][0]["kill_chain_name"])  # type: ignore[index]
        for name, bundle in bundles.items()
        for o in objects(bundle)
        if o["type"] == "attack-pattern"
    )


# --- lists -------------------------------------------------------------------------------------


def list_of_names(raw: bytes) -> bytes:
    """The list as published, once every cell is seen to be a name, a date or a kind of name."""
    rows = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"))))
    for row in rows[1:]:
        for cell in row:
            fact = DOMAIN.fullmatch(refang(cell)) or re.fullmatch(r"(\d\d/\d\d/\d{4})?", cell) or cell in {"domain", "subdomain"}
            if not fact:
                raise ValueError(f"neither name nor date: {cell!r}")
    return raw


def names_in(raw: bytes) -> list[str]:
    return [row[0] for row in list(csv.reader(io.StringIO(raw.decode("utf-8-sig"))))[1:]]


QURIUM = re.compile(
    r'domain: "([^"]+)",\s*matchType[^}]*?source: "Qurium Media Foundation[^"]*",\s*reportUrl: "([^"]+)",\s*identifiedDate: "([^"]+)"'
)


def named_by_qurium(copy: str) -> str:
    """Names that a secondary copy says Qurium published, with the date and the page it gives for each."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(["domain", "date", "publisher", "published_at"])
    rows.writerows([name, date, "Qurium Media Foundation", page] for name, page, date in QURIUM.findall(copy))
    return out.getvalue()


# --- a coordinated group -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Post:
    account: str
    url: int
    post: int
    at: int  # seconds since 1970, UTC


@dataclass(frozen=True, slots=True)
class Member:
    account: str
    partners: int
    shared_urls: int
    coordinated_posts: int
    first: int
    last: int


def together(posts: Iterable[Post], window: int) -> dict[tuple[str, str], list[tuple[Post, Post]]]:
    """Pairs of posts of one URL by two accounts at most `window` seconds apart, by pair of accounts."""
    by_url: dict[int, list[Post]] = collections.defaultdict(list)
    for post in posts:
        by_url[post.url].append(post)
    pairs: dict[tuple[str, str], list[tuple[Post, Post]]] = collections.defaultdict(list)
    for shared in by_url.values():
        shared.sort(key=lambda post: (post.at, post.post))
        for i, one in enumerate(shared):
            for other in shared[i + 1 :]:
                if other.at - one.at > window:
                    break
                if one.account < other.account:
                    pairs[one.account, other.account].append((one, other))
                elif other.account < one.account:
                    pairs[other.account, one.account].append((other, one))
    return pairs


def strongest_group(weights: Mapping[tuple[str, str], int], at_least: int) -> set[str]:
    """Of the groups connected by pairs of weight >= `at_least`, the one whose weights add up to most."""
    strong = {pair: weight for pair, weight in weights.items() if weight >= at_least}
    group: dict[str, set[str]] = {}
    for one, other in sorted(strong):
        merged = group.get(one, {one}) | group.get(other, {other})
        group.update(dict.fromkeys(merged, merged))
    total: dict[str, int] = collections.Counter()
    for (one, _), weight in strong.items():
        total[min(group[one])] += weight
    return group[max(sorted(total), key=total.__getitem__)]


def group_facts(posts: Iterable[Post], window: int, at_least: int) -> tuple[list[Member], Object]:
    """Members under new pseudonyms with counts, and how they were found. Times are cut to the hour."""
    posts = list(posts)
    pairs = together(posts, window)
    weights = {pair: len({one.url for one, _ in found}) for pair, found in pairs.items()}
    strong = {pair for pair, weight in weights.items() if weight >= at_least}
    group = strongest_group(weights, at_least)
    inside = {pair: pairs[pair] for pair in sorted(strong) if pair[0] in group}
    mine: dict[str, set[Post]] = collections.defaultdict(set)
    partners: collections.Counter[str] = collections.Counter()
    for pair, found in inside.items():
        for side, account in enumerate(pair):
            partners[account] += 1
            mine[account] |= {two[side] for two in found}
    unnamed = [
        Member(a, partners[a], len({p.url for p in ps}), len(ps), min(p.at for p in ps), max(p.at for p in ps)) for a, ps in mine.items()
    ]
    unnamed.sort(key=lambda m: (-m.coordinated_posts, -m.shared_urls, m.first))
    pseudonym = {m.account: f"account-{n:02d}" for n, m in enumerate(unnamed, 1)}
    members = [Member(pseudonym[m.account], m.partners, m.shared_urls, m.coordinated_posts, m.first, m.last) for m in unnamed]
    found_by: Object = {
        "rule": "two accounts posted the same URL within the window, for at least so many different URLs",
        "window_seconds": window,
        "at_least_urls": at_least,
        "accounts_with_url": len({p.account for p in posts}),
        "posts_with_url": len(posts),
        "pairs_in_window": len(pairs),
        "pairs_at_least": len(strong),
        "group": len(group),
        "group_urls": len({p.url for ps in mine.values() for p in ps}),
        "group_posts": sum(len(ps) for ps in mine.values()),
        "pairs": sorted((*sorted((pseudonym[a], pseudonym[b])), weights[a, b]) for a, b in inside),
    }
    return members, found_by


def hour(seconds: int) -> str:
    return datetime.fromtimestamp(seconds - seconds % 3600, UTC).strftime("%Y-%m-%dT%H:00:00Z")


def read_posts(path: Path) -> list[Post]:
    import duckdb  # only this script needs it

    query = "select account_id, url_id, post_id, cast(timestamp as bigint) from read_parquet(?) where url_id is not null"
    return [Post(*row) for row in duckdb.execute(query, [str(path)]).fetchall()]


# --- a public position -------------------------------------------------------------------------


def first_sentence(text: str) -> str:
    return re.split(r"(?<=[.!?])\s", text.strip(), maxsplit=1)[0]


def french_position(bundle: Object) -> Object:
    """The one public position of a state whose words are in the data: one sentence, verbatim, with its hash."""
    report = next(o for o in objects(bundle) if o["type"] == "report")
    source = next(r for r in report["external_references"] if r["source_name"] == "France Diplomatie")  # type: ignore[attr-defined]
    quote = first_sentence(source["description"])
    return {
        "state": "France",
        "source_name": source["source_name"],
        "url": source["url"],
        "date": "2023-06-13",
        "date_basis": "not in the bundle; the statement was reported on this day, e.g. "
        "https://www.boursier.com/actualites/reuters/la-france-a-dejoue-une-campagne-numerique-russe-de-desinformation-dit-colonna-330859.html",
        "language": "fr",
        "quote": quote,
        "quote_sha256": hashlib.sha256(quote.encode()).hexdigest(),
        "found_in": {"bundle": bundle["id"], "object": report["id"], "property": "external_references"},
    }


# --- figures -----------------------------------------------------------------------------------


def bundle_figures(bundle: Object, tables: Mapping[str, str]) -> dict[str, int]:
    """What the quality report of an import says of a bundle; `tables` gives the newest table that holds a number."""
    every = list(objects(bundle))
    ids = {o["id"] for o in every}
    relations = [o for o in every if o["type"] == "relationship"]
    starts = collections.Counter(o["start_time"] for o in relations if "start_time" in o)
    kinds = collections.Counter(str(o["type"]) for o in every)
    numbers = {str(o["x_mitre_id"]) for o in every if o["type"] == "attack-pattern"}
    newest = max(tables.values())
    return {
        "objects": len(every),
        "incidents": kinds["incident"],
        "relationships": len(relations),
        "relationships `related-to`": sum(o["relationship_type"] == "related-to" for o in relations),
        "relationships with the most common `start_time`": max(starts.values()),
        "relationships with `stop_time` = `start_time`": sum(
            "start_time" in o and o.get("stop_time") == o["start_time"] for o in relations
        ),
        "relationships with an end that is not there": sum(not {o["source_ref"], o["target_ref"]} <= ids for o in relations),
        "objects without a marking": sum("object_marking_refs" not in o for o in every),
        "attack-patterns": kinds["attack-pattern"],
        "technique numbers": len(numbers),
        "technique numbers: current": sum(tables.get(n) == newest for n in numbers),
        "technique numbers: retired": sum(n in tables and tables[n] != newest for n in numbers),
        "technique numbers: unknown": sum(n not in tables for n in numbers),
        "domain-names": kinds["domain-name"],
        "channels": kinds["channel"],
        "accounts and e-mail addresses": kinds["user-account"] + kinds["email-addr"],
        "identities": kinds["identity"],
        "media-content": kinds["media-content"],
        "urls": kinds["url"],
    }


def list_figures(rrn: Object, rrn_list: bytes, kombat: Object, kombat_list: bytes, clones: bytes, second: set[str]) -> dict[str, int]:
    """What lists and bundles have in common."""
    listed = {refang(name) for name in names_in(rrn_list)}
    known = {refang(str(o["value"])) for o in objects(rrn) if o["type"] == "domain-name"}
    portals = {refang(name) for name in names_in(kombat_list)}
    channels = {refang(str(o["name"])) for o in objects(kombat) if o["type"] == "channel"}
    domains = {refang(str(o["value"])) for o in objects(kombat) if o["type"] == "domain-name"}
    imitations = {refang(name) for name in names_in(clones)}
    shared = {str(o["id"]) for o in objects(rrn)} & {str(o["id"]) for o in objects(kombat)}
    one, other = ({str(o["id"]): o for o in objects(b) if o["id"] in shared} for b in (rrn, kombat))
    return {
        "RRN list: names": len(listed),
        "RRN list: known from the bundle": len(listed & known),
        "RRN list: new": len(listed - known),
        "RRN bundle only": len(known - listed),
        "Portal Kombat list: rows": len(names_in(kombat_list)),
        "Portal Kombat list: names": len(portals),
        "Portal Kombat list: names of channels": len(portals & channels),
        "Portal Kombat list: names of domain-names": len(portals & domains),
        "ids that both bundles hold": len(shared),
        "of these with other bytes": sum(one[i] != other[i] for i in shared),
        "of these with another `created`": sum(one[i].get("created") != other[i].get("created") for i in shared),
        "look-alikes: names": len(imitations),
        "look-alikes: also in the RRN list": len(imitations & listed),
        "look-alikes: also in the RRN bundle": len(imitations & known),
        "look-alikes: in neither": len(imitations - listed - known),
        "named by Qurium: names": len(second),
        "named by Qurium: also in the RRN list": len(second & listed),
        "named by Qurium: also in the RRN bundle": len(second & known),
        "named by Qurium: in list and bundle": len(second & listed & known),
        "named by Qurium: also look-alikes": len(second & imitations),
    }


WHY = {
    "objects": "accounts, persons, sentences and {relations} relations that led to them are gone",
    "relationships": "those with an end that was dropped are gone",
    "relationships `related-to`": "the same",
    "relationships with the most common `start_time`": "the same",
    "relationships with `stop_time` = `start_time`": "the same",
    "objects without a marking": "{unmarked} of what was dropped had none",
    "channels": "channels whose name is no domain are accounts",
    "accounts and e-mail addresses": "none may ship",
    "identities": "persons are gone, organisations stay",
    "media-content": "those that hold words or a petition are gone",
    "urls": "those that hold a sentence are gone",
}

FIGURES = """\
# Figures: as published, and in these examples

Made by `scripts/derive_examples.py`; `tests/examples` recounts the last column from the files by another way.
Where two figures differ, the difference is what was dropped: accounts, persons, e-mail addresses, whatever is only a
sentence, and the relations that led to any of these.

## The story's steps

| step | figure | published | examples |
|---|---|---|---|
{story}
{tables}## What was dropped

{dropped}"""


def share(part: int, whole: int) -> str:
    return f"{part} of {whole} ({100 * part / whole:.1f} %)"


def story_rows(figures: Figures) -> Iterator[tuple[str, str, list[str]]]:
    """What the demonstration says in its steps 2 to 6."""
    rrn, kombat, lists = figures["viginum-rrn.json"], figures["viginum-portal-kombat.json"], figures["lists"]

    def both(table: Mapping[str, list[int]], part: str, of: str = "") -> list[str]:
        return [share(table[part][n], table[of][n]) if of else str(table[part][n]) for n in (0, 1)]

    yield "2", "RRN bundle: objects", both(rrn, "objects")
    yield "2", "incidents", both(rrn, "incidents")
    yield "2", "relations `related-to`", both(rrn, "relationships `related-to`", "relationships")
    yield (
        "2",
        "relations with one constant `start_time`",
        both(rrn, "relationships with the most common `start_time`", "relationships"),
    )
    yield "2", "relations with an end that is not there", both(rrn, "relationships with an end that is not there")
    yield "2", "objects without a marking", both(rrn, "objects without a marking", "objects")
    yield "3", "RRN list: names", both(lists, "RRN list: names")
    yield "3", "known", both(lists, "RRN list: known from the bundle")
    yield "3", "new", both(lists, "RRN list: new")
    yield "3", "in the bundle only", both(lists, "RRN bundle only")
    yield (
        "4",
        "Portal Kombat names that are names of channels",
        both(lists, "Portal Kombat list: names of channels", "Portal Kombat list: names"),
    )
    yield "4", "Portal Kombat names that are domain-names", both(lists, "Portal Kombat list: names of domain-names")
    yield (
        "4",
        "ids in both bundles with other bytes",
        both(lists, "of these with other bytes", "ids that both bundles hold"),
    )
    for name, table in (("RRN", rrn), ("Portal Kombat", kombat)):
        for status in ("current", "retired", "unknown"):
            yield (
                "5",
                f"{name}: technique numbers {status}",
                both(table, f"technique numbers: {status}", "technique numbers"),
            )
    yield "6", "names in list and bundle that Qurium named too", both(lists, "named by Qurium: in list and bundle")


def figures_page(figures: Figures, dropped: Mapping[str, Mapping[str, int]]) -> str:
    story = "".join(f"| {step} | {what} | {was} | {now} |\n" for step, what, (was, now) in story_rows(figures))
    tables = ""
    for name, rows in figures.items():
        tables += f"## {name}\n\n| figure | published | examples | why they differ |\n|---|---:|---:|---|\n"
        for key, (was, now) in rows.items():
            told = {
                "relations": dropped.get(name, {}).get("led to something dropped: relationship", 0),
                "unmarked": rows.get("objects without a marking", [0, 0])[0] - rows.get("objects without a marking", [0, 0])[1],
            }
            why = WHY[key].format_map(told) if was != now else ""
            tables += f"| {key} | {was} | {now} | {why} |\n"
        tables += "\n"
    gone = "".join(
        f"- `{name}`: " + "; ".join(f"{why}, {count}" for why, count in counts.items()) + "\n" for name, counts in dropped.items()
    )
    return FIGURES.format(story=story, tables=tables, dropped=gone)


def use_figures(uses: Iterable[tuple[str, str, str]], tables: Mapping[str, str]) -> dict[str, list[int]]:
    """Numbers used in the four bundles and where they stand; the file holds them all, so that both columns are the same."""
    uses = list(uses)
    numbers, newest = {number for _, number, _ in uses}, max(tables.values())
    figures = {
        "uses": len(uses),
        "numbers": len(numbers),
        "numbers: current": sum(tables.get(n) == newest for n in numbers),
        "numbers: retired": sum(n in tables and tables[n] != newest for n in numbers),
        "numbers: unknown": sum(n not in tables for n in numbers),
        "uses labelled `mitre-attack`": sum(label == "mitre-attack" for _, _, label in uses),
    }
    return {key: [value, value] for key, value in figures.items()}


# --- the whole ---------------------------------------------------------------------------------


def the_one(folder: Path, pattern: str) -> Path:
    found = sorted(folder.glob(pattern))
    if len(found) != 1:
        raise SystemExit(f"expected one {pattern} under {folder}, found {len(found)}")
    return found[0]


def compact(bundle: Object) -> str:
    """One object a line, so that a reader's diff is readable."""
    lines = ",\n".join(json.dumps(o, ensure_ascii=False, separators=(",", ":")) for o in objects(bundle))
    return f'{{"type":"bundle","id":"{bundle["id"]}","objects":[\n{lines}\n]}}\n'


def name_then(row: Mapping[str, str]) -> str:
    """The oldest name that our tables have for a number: the bundles are older than the newest table."""
    return row["earlier_names"].partition(": ")[2].partition("; ")[0] or row["name"]


def technique_table(path: Path, column: Callable[[Mapping[str, str]], str]) -> dict[str, str]:
    """Number -> what `column` takes from its row."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = [line for line in file if not line.startswith("#")]
    return {row["number"]: column(row) for row in csv.DictReader(rows)}


POSTS: Mapping[str, tuple[str, str]] = {
    "german-2021-posts.parquet": (
        "german_elections.parquet",
        'account_id, post_id, url_id, hashtag_id, domain_id, phash_id, CAST("timestamp" AS BIGINT) AS "timestamp"',
    ),
    "russian-retweets.parquet": (
        "russian_coord_tweets.parquet",
        "account_id, object_id, content_id, CAST(timestamp_share AS BIGINT) AS timestamp_share",
    ),
}
"""Tables for the detectors: file here, file there, columns. Ids and times as published, in the order published."""


def write_posts(source: Path, columns: str, to: Path) -> None:
    import duckdb

    with duckdb.connect() as db:
        read = f"SELECT {columns} FROM read_parquet('{source}')"
        db.execute(f"COPY ({read}) TO '{to}' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 19, ROW_GROUP_SIZE 250000)")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("published", type=Path)
    parser.add_argument("--to", type=Path, default=Path("examples"))
    parser.add_argument("--techniques", type=Path, default=Path("src/charlevoix/threats/data/disarm.csv"))
    parser.add_argument("--copy", type=Path, help="Doppelganger.js of M82-project/DIMA; without it that list stays as it is")
    asked = parser.parse_args()
    published, to = asked.published, asked.to
    names = technique_table(asked.techniques, name_then)
    tables = technique_table(asked.techniques, lambda row: row["versions"].split()[-1].replace("galaxy-2", "0"))
    viginum = published / "viginum"
    sources = {
        "viginum-rrn.json": the_one(viginum, "*RRN*/*.json"),
        "viginum-rrn-domains.csv": the_one(viginum, "*RRN*/*.csv"),
        "viginum-portal-kombat.json": the_one(viginum, "*Portal Kombat*/*.json"),
        "viginum-portal-kombat-domains.csv": the_one(viginum, "*Portal Kombat*/*.csv"),
        "german-2021-coordinated-group.csv": published / "coordination" / "german_elections.parquet",
        "lookalike-clones.csv": published / "lookalike" / "clones_train.csv",
    }
    raw = {name: path.read_bytes() for name, path in sources.items()}
    to.mkdir(exist_ok=True)

    # 1. bundles
    whole, facts, dropped = {}, {}, {}
    for name in ("viginum-rrn.json", "viginum-portal-kombat.json"):
        whole[name] = json.loads(raw[name])
        facts[name], dropped[name] = bundle_facts(whole[name], names)
        (to / name).write_text(compact(facts[name]), encoding="utf-8")

    bundles = {path.parent.name: json.loads(path.read_bytes()) for path in sorted(viginum.glob("*/*.json"))}
    uses = technique_uses(bundles)
    with (to / "viginum-technique-numbers.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([("bundle", "number", "label"), *uses])

    # 2. lists
    for name in ("viginum-rrn-domains.csv", "viginum-portal-kombat-domains.csv", "lookalike-clones.csv"):
        (to / name).write_bytes(list_of_names(raw[name]))

    if asked.copy:
        (to / "qurium-2022-names.csv").write_text(named_by_qurium(asked.copy.read_text("utf-8")), encoding="utf-8")
    second = {row["domain"] for row in csv.DictReader((to / "qurium-2022-names.csv").read_text("utf-8").splitlines())}

    # 3. a coordinated group
    members, found_by = group_facts(read_posts(sources["german-2021-coordinated-group.csv"]), WINDOW, SHARED)
    with (to / "german-2021-coordinated-group.csv").open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["account", "partners", "shared_urls", "coordinated_posts", "first", "last"])
        out.writerows([m.account, m.partners, m.shared_urls, m.coordinated_posts, hour(m.first), hour(m.last)] for m in members)
    (to / "german-2021-coordinated-group.json").write_text(json.dumps(found_by, indent=1) + "\n", encoding="utf-8")

    for name, (there, columns) in POSTS.items():
        write_posts(published / "coordination" / there, columns, to / name)
    (to / "watchlist.csv").write_bytes((published / "lookalike" / "watchlist.csv").read_bytes())

    # 4. a public position
    position = json.dumps([french_position(whole["viginum-rrn.json"])], ensure_ascii=False, indent=1)
    (to / "transcribed-positions.json").write_text(position + "\n", encoding="utf-8")

    # 5. what was read, what was dropped, what that changes: for SOURCES.md and FIGURES.md
    lists = [raw[n] for n in ("viginum-rrn-domains.csv", "viginum-portal-kombat-domains.csv", "lookalike-clones.csv")]

    def common(of: Mapping[str, Object]) -> dict[str, int]:
        return list_figures(of["viginum-rrn.json"], lists[0], of["viginum-portal-kombat.json"], lists[1], lists[2], second)

    read = list(sources.items())
    read += [(name, published / "coordination" / there) for name, (there, _) in POSTS.items()]
    read += [("watchlist.csv", published / "lookalike" / "watchlist.csv")]
    read += [("viginum-technique-numbers.csv", p) for p in sorted(viginum.glob("*/*.json"))]
    record = {
        "read": [{"for": n, "file": p.name, "sha256": hashlib.sha256(p.read_bytes()).hexdigest()} for n, p in read],
        "dropped": {n: dict(sorted(c.items())) for n, c in dropped.items()},
        "figures": {n: {k: [v, bundle_figures(facts[n], tables)[k]] for k, v in bundle_figures(whole[n], tables).items()} for n in facts}
        | {"viginum-technique-numbers.csv": use_figures(uses, tables)}
        | {"lists": {k: [v, common(facts)[k]] for k, v in common(whole).items()}},
    }
    (to / "derivation.json").write_text(json.dumps(record, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    (to / "FIGURES.md").write_text(figures_page(record["figures"], record["dropped"]), encoding="utf-8")


if __name__ == "__main__":
    main()
