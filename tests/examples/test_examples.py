"""The example files: facts only, and their figures recounted by another way than the script that derived them."""

import csv
import hashlib
import json
import re
from collections import Counter
from functools import cache
from pathlib import Path

import duckdb
import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
BUNDLES = ("viginum-rrn.json", "viginum-portal-kombat.json")
SENTENCES = {
    "description",
    "x_opencti_description",
    "content",
    "abstract",
    "statement_text",
    "title",
    "contact_information",
}


@cache
def lines(name: str) -> tuple[str, ...]:
    """The bundle's objects as the lines that hold them: counted as text, not as objects."""
    return tuple(line for line in (EXAMPLES / name).read_text("utf-8").splitlines() if '"id":' in line)[1:]


def count(name: str, pattern: str, type_: str = "") -> int:
    return sum(bool(re.search(pattern, line)) for line in lines(name) if f'"type":"{type_}' in line)


def column(name: str, index: int = 0) -> list[str]:
    with (EXAMPLES / name).open(encoding="utf-8-sig", newline="") as file:
        return [row[index] for row in csv.reader(file)][1:]


def plain(names: list[str]) -> set[str]:
    return {name.replace("[.]", ".").lower() for name in names}


def values(name: str, type_: str, key: str) -> set[str]:
    return {found[1].lower() for x in lines(name) if f'"type":"{type_}"' in x and (found := re.search(f'"{key}":"([^"]+)"', x))}


def promised() -> dict[str, dict[str, tuple[int, int]]]:
    """The tables of FIGURES.md: heading -> figure -> (published, examples)."""
    found: dict[str, dict[str, tuple[int, int]]] = {}
    for line in (EXAMPLES / "FIGURES.md").read_text("utf-8").splitlines():
        if line.startswith("## "):
            table = found.setdefault(line[3:], {})
        elif cells := re.fullmatch(r"\| ([^|]+) \| (\d+) \| (\d+) \|.*", line):
            table[cells[1]] = int(cells[2]), int(cells[3])
    return found


@pytest.mark.parametrize("name", BUNDLES)
def test_the_figures_of_a_bundle_recount_line_by_line(name: str) -> None:
    ids = {re.search(r'"id":"([^"]+)"', line)[1] for line in lines(name)}  # type: ignore[index]
    ends = [re.findall(r'"(?:source|target)_ref":"([^"]+)"', line) for line in lines(name)]
    starts = Counter(m[1] for x in lines(name) if (m := re.search(r'"start_time":"([^"]+)"', x)))
    recounted = {
        "objects": len(lines(name)),
        "incidents": count(name, "", 'incident"'),
        "relationships": count(name, "", 'relationship"'),
        "relationships `related-to`": count(name, '"relationship_type":"related-to"'),
        "relationships with the most common `start_time`": starts.most_common(1)[0][1],
        "relationships with `stop_time` = `start_time`": count(name, r'"start_time":("[^"]+"),"stop_time":\1'),
        "relationships with an end that is not there": sum(bool(set(pair) - ids) for pair in ends),
        "objects without a marking": len(lines(name)) - count(name, '"object_marking_refs"'),
        "attack-patterns": count(name, "", 'attack-pattern"'),
        "technique numbers": len(values(name, "attack-pattern", "x_mitre_id")),
        "domain-names": count(name, "", 'domain-name"'),
        "channels": count(name, "", 'channel"'),
        "accounts and e-mail addresses": count(name, "", "user-account") + count(name, "", "email-addr"),
        "identities": count(name, "", 'identity"'),
        "media-content": count(name, "", 'media-content"'),
        "urls": count(name, "", 'url"'),
    }
    assert {k: v for k, (_, v) in promised()[name].items() if not k.startswith("technique numbers: ")} == recounted


def test_the_technique_numbers_of_the_bundles_recount_from_the_table() -> None:
    table = Path(__file__).parents[2] / "src/charlevoix/threats/data/disarm.csv"
    rows = [line.split(",") for line in table.read_text("utf-8").splitlines() if line.startswith("T")]
    numbers, newest = {row[0] for row in rows}, {row[0] for row in rows if "1.7" in ",".join(row)}
    for name in BUNDLES:
        used = {number.upper() for number in values(name, "attack-pattern", "x_mitre_id")}
        told = {k.removeprefix("technique numbers: "): v for k, (_, v) in promised()[name].items() if k.startswith("tech")}
        assert told["current"] == len(used & newest)
        assert told["retired"] == len(used & numbers - newest)
        assert told["unknown"] == len(used - numbers)
        assert told["current"] + told["retired"] + told["unknown"] == told["technique numbers"]


def test_the_technique_numbers_of_all_four_bundles_recount_and_hold_three_that_no_table_knows() -> None:
    table = (Path(__file__).parents[2] / "src/charlevoix/threats/data/disarm.csv").read_text("utf-8")
    numbers = column("viginum-technique-numbers.csv", 1)
    in_newest = {number for number in numbers if re.search(rf"^{re.escape(number)},.*\b1\.7,", table, re.MULTILINE)}
    unknown = {number for number in numbers if f"\n{number}," not in table}
    assert unknown == {"T0019", "T0019.002", "T0099.001"}
    assert {k: v for k, (_, v) in promised()["viginum-technique-numbers.csv"].items()} == {
        "uses": len(numbers),
        "numbers": len(set(numbers)),
        "numbers: current": len(in_newest),
        "numbers: retired": len(set(numbers) - in_newest - unknown),
        "numbers: unknown": len(unknown),
        "uses labelled `mitre-attack`": column("viginum-technique-numbers.csv", 2).count("mitre-attack"),
    }


@pytest.mark.parametrize(
    ("step", "told"),
    [
        ("relations `related-to`", "464 of 485 (95.7 %)"),
        ("relations with one constant `start_time`", "482 of 485 (99.4 %)"),
        ("objects without a marking", "101 of 907 (11.1 %)"),
        ("Portal Kombat names that are names of channels", "193 of 370 (52.2 %)"),
        ("ids in both bundles with other bytes", "15 of 16 (93.8 %)"),
        ("RRN: technique numbers retired", "8 of 36 (22.2 %)"),
        ("names in list and bundle that Qurium named too", "50"),
    ],
)
def test_the_steps_of_the_story_are_told_in_one_table(step: str, told: str) -> None:
    assert re.search(rf"\| \d \| {re.escape(step)} \| .* \| {re.escape(told)} \|", (EXAMPLES / "FIGURES.md").read_text("utf-8"))


def test_the_figures_of_lists_recount_as_sets() -> None:
    rrn, kombat = "viginum-rrn.json", "viginum-portal-kombat.json"
    listed, known = plain(column("viginum-rrn-domains.csv")), values(rrn, "domain-name", "value")
    portals = plain(column("viginum-portal-kombat-domains.csv"))
    imitations, second = plain(column("lookalike-clones.csv")), plain(column("qurium-2022-names.csv"))
    one, other = ({re.search(r'"id":"([^"]+)"', x)[1]: x.rstrip(",") for x in lines(n)} for n in (rrn, kombat))  # type: ignore[index]
    shared = one.keys() & other.keys()
    created = re.compile(r'"created":"([^"]+)"')
    assert {k: v for k, (_, v) in promised()["lists"].items()} == {
        "RRN list: names": len(listed),
        "RRN list: known from the bundle": len(listed & known),
        "RRN list: new": len(listed - known),
        "RRN bundle only": len(known - listed),
        "Portal Kombat list: rows": len(column("viginum-portal-kombat-domains.csv")),
        "Portal Kombat list: names": len(portals),
        "Portal Kombat list: names of channels": len(portals & values(kombat, "channel", "name")),
        "Portal Kombat list: names of domain-names": len(portals & values(kombat, "domain-name", "value")),
        "ids that both bundles hold": len(shared),
        "of these with other bytes": sum(json.loads(one[i]) != json.loads(other[i]) for i in shared),
        "of these with another `created`": sum(created.findall(one[i]) != created.findall(other[i]) for i in shared),
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


def test_the_figures_of_the_story_are_the_published_ones() -> None:
    told = promised()
    lists, rrn = told["lists"], told["viginum-rrn.json"]
    assert lists["RRN list: known from the bundle"] == (341, 341)
    assert lists["RRN list: new"] == (296, 296)
    assert lists["RRN bundle only"] == (11, 11)
    assert lists["Portal Kombat list: names of channels"] == (193, 193)
    assert lists["Portal Kombat list: names of domain-names"] == (0, 0)
    assert rrn["objects without a marking"] == (160, 101)
    assert rrn["incidents"] == (0, 0)
    assert rrn["relationships with an end that is not there"] == (1, 1)


def test_the_defects_of_the_real_bundle_are_still_there() -> None:
    bundle = "viginum-rrn.json"
    assert count(bundle, "indicator--c3959f9c-1ce1-5f32-80de-f9f40ccc9d16", 'relationship"') == 1
    assert not count(bundle, '"id":"indicator--')
    assert count(bundle, r'marking-definition--613f2e26.*"tlp":"clear"', "marking-definition") == 1
    assert count(bundle, '"url":"àremplir"') == 1
    assert sum(name != name.lower() for name in column("viginum-rrn-domains.csv")) == 1
    assert all("[.]" in name for name in column("viginum-rrn-domains.csv"))


@pytest.mark.mission("C06")
@pytest.mark.parametrize("name", BUNDLES)
def test_no_sentence_no_account_no_person_and_no_address_is_left(name: str) -> None:
    for line in lines(name):
        thing = json.loads(line.rstrip(","))
        assert not SENTENCES & thing.keys()
        assert all(not SENTENCES & reference.keys() for reference in thing.get("external_references", []))
        assert thing["type"] not in {"user-account", "email-addr", "note", "opinion", "observed-data", "text"}
        assert thing.get("identity_class") != "individual"
        assert thing["type"] != "channel" or re.fullmatch(r"[\w.-]+\.[a-z]+", thing["name"])
        assert "@" not in line
        assert not re.search(r"//(www\.)?(t\.me|vk\.com|twitter\.com|x\.com|facebook\.com|instagram\.com)/", line)


@pytest.mark.parametrize("name", BUNDLES)
def test_nothing_dangles_but_what_dangled_at_the_publisher(name: str) -> None:
    ids = {re.search(r'"id":"([^"]+)"', line)[1] for line in lines(name)}  # type: ignore[index]
    mentioned = {ref for line in lines(name) for ref in re.findall(r'"([a-z0-9-]+--[0-9a-f-]{36})"', line)}
    allowed = {"indicator--c3959f9c-1ce1-5f32-80de-f9f40ccc9d16"} if name == "viginum-rrn.json" else set()
    assert mentioned - ids <= allowed


@pytest.mark.parametrize("name", ["viginum-rrn-domains.csv", "viginum-portal-kombat-domains.csv", "lookalike-clones.csv"])
def test_a_list_is_byte_for_byte_what_was_published(name: str) -> None:
    record = json.loads((EXAMPLES / "derivation.json").read_text("utf-8"))
    (published,) = [source["sha256"] for source in record["read"] if source["for"] == name]
    assert hashlib.sha256((EXAMPLES / name).read_bytes()).hexdigest() == published


def test_every_example_is_in_the_list_of_sources() -> None:
    told = (EXAMPLES / "SOURCES.md").read_text("utf-8")
    for path in EXAMPLES.iterdir():
        if path.suffix in {".json", ".csv", ".parquet"} and path.name != "german-2021-coordinated-group.json":
            assert f"`{path.name}`" in told
    assert "german-2021-coordinated-group.csv`, `.json`" in told


def test_the_quoted_sentence_has_the_hash_that_stands_beside_it() -> None:
    (position,) = json.loads((EXAMPLES / "transcribed-positions.json").read_text("utf-8"))
    assert hashlib.sha256(position["quote"].encode()).hexdigest() == position["quote_sha256"]
    assert position["language"] == "fr"
    assert position["quote"].count(". ") == 0
    assert position["url"].startswith("https://www.diplomatie.gouv.fr/")
    bundle = json.loads((EXAMPLES / "viginum-rrn.json").read_text("utf-8"))
    assert position["found_in"]["bundle"] == bundle["id"]
    assert position["found_in"]["object"] in {o["id"] for o in bundle["objects"]}


def test_the_coordinated_group_recounts_from_its_pairs_and_bears_new_names_only() -> None:
    found = json.loads((EXAMPLES / "german-2021-coordinated-group.json").read_text("utf-8"))
    accounts = column("german-2021-coordinated-group.csv")
    assert accounts == [f"account-{n:02d}" for n in range(1, 10)]
    assert len(accounts) == found["group"]
    partners = Counter(name for one, other, _ in found["pairs"] for name in (one, other))
    assert [partners[a] for a in accounts] == [int(n) for n in column("german-2021-coordinated-group.csv", 1)]
    assert all(weight >= found["at_least_urls"] for _, _, weight in found["pairs"])
    assert sum(int(n) for n in column("german-2021-coordinated-group.csv", 3)) == found["group_posts"]
    assert all(time.endswith(":00:00Z") for time in column("german-2021-coordinated-group.csv", 4))
    assert not re.search(r"(fb|tw)_\d", (EXAMPLES / "german-2021-coordinated-group.json").read_text("utf-8"))


@pytest.mark.parametrize(
    ("name", "rows", "accounts", "columns"),
    [
        (
            "german-2021-posts.parquet",
            218_971,
            58_317,
            {"account_id", "post_id", "url_id", "hashtag_id", "domain_id", "phash_id", "timestamp"},
        ),
        ("russian-retweets.parquet", 35_125, 9_509, {"account_id", "object_id", "content_id", "timestamp_share"}),
    ],
)
def test_tables_of_posts_hold_ids_and_times_alone(name: str, rows: int, accounts: int, columns: set[str]) -> None:
    with duckdb.connect() as db:
        table = f"read_parquet('{EXAMPLES / name}')"
        assert db.execute(f"SELECT count(*), count(DISTINCT account_id) FROM {table}").fetchall() == [(rows, accounts)]
        assert {row[0] for row in db.execute(f"DESCRIBE FROM {table}").fetchall()} == columns
        assert db.execute(
            f"SELECT count(*) FROM {table} WHERE NOT regexp_full_match(account_id, '(fb|tw)_[0-9]+|[0-9a-f]{{32}}')"
        ).fetchall() == [(0,)]


def test_every_name_that_is_imitated_is_on_the_watch_list() -> None:
    assert set(column("lookalike-clones.csv", 1)) <= set(column("watchlist.csv"))


def test_the_examples_are_small() -> None:
    assert sum(path.stat().st_size for path in EXAMPLES.iterdir()) < 9_000_000
