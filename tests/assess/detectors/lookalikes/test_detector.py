"""The detector of look-alikes: published imitations are found, owned names are not, and bad input is named."""

import csv
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from charlevoix.assess.detectors.lookalikes import stix
from charlevoix.assess.detectors.lookalikes.detector import LookAlikes, Tally, made, watch
from charlevoix.assess.detectors.lookalikes.hosts import Counts, hosts
from charlevoix.assess.detectors.lookalikes.watchlist import domain_name, read
from charlevoix.assess.detectors.stix import bundle
from charlevoix.errors import Malformed

EXAMPLES = Path(__file__).parents[4] / "examples"
NOW = datetime(2026, 1, 2, tzinfo=UTC)


def _tiers(text: str, *names: str) -> dict[str, str]:
    return {h.name: str(h.facts["tier"]) for h in watch(text).hits(enumerate(names))}


@pytest.mark.mission("D2.3")
def test_published_imitations_alert_with_the_name_they_imitate() -> None:
    clones = list(csv.DictReader((EXAMPLES / "lookalike-clones.csv").open(encoding="utf-8")))
    listed = "domain,alias\n" + "".join(f"{d},{'rbk' if d == 'rbc.ua' else ''}\n" for d in sorted({c["impersonates"] for c in clones}))
    found = {h.name: h for h in watch(listed).hits(enumerate(c["domain"] for c in clones))}
    assert [c["domain"] for c in clones if c["domain"] not in found or found[c["domain"]].facts["target"] != c["impersonates"]] == []
    assert {h.facts["tier"] for h in found.values()} == {"alert"}


def test_a_name_below_another_and_one_with_added_words_alert() -> None:
    names = ("spiegel.de.example.com", "www-spiegel-de.example.net", "spiegel-news.site", "diplomatie.gouv.fm")
    assert set(_tiers("domain\nspiegel.de\ndiplomatie.gouv.fr\n", *names)) == set(names)


def test_what_is_watched_or_owned_and_what_is_below_it_is_never_reported() -> None:
    assert (
        _tiers("domain,owned\nspiegel.de,spiegel.tv spiegel.media\n", "spiegel.de", "www.spiegel.de", "spiegel.tv", "a.spiegel.media") == {}
    )


def test_of_a_long_list_only_marked_names_alert() -> None:
    rows = "domain,alert\n" + "".join(f"outlet-number-{i}.example,\n" for i in range(300)) + "spiegel.de,yes\nreuters.com,\n"
    assert _tiers(rows, "spiegel.lol", "reuters.lol") == {"spiegel.lol": "alert", "reuters.lol": "queue"}


def test_bad_rows_of_a_watch_list_are_named_and_a_list_without_names_is_refused() -> None:
    assert read("domain\nspiegel.de\n192.0.2.1\n").notes[0].values == ("1", "3")
    with pytest.raises(Malformed, match="list-empty"):
        read("domain\n\n")
    with pytest.raises(Malformed, match="list-column"):
        read("name,alias\nspiegel.de,\n")


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("*.Spiegel.LOL.", "spiegel.lol"),
        ("https://a@spiegel.lol:8443/x", "spiegel.lol"),
        ("spiegel[.]lol", "spiegel.lol"),
        ("süddeutsche.de", "xn--sddeutsche-9db.de"),
        ("192.0.2.1", ""),
        ("a" * 300 + ".com", ""),
        ("localhost", ""),
        ("", ""),
    ],
)
def test_a_host_name_has_one_form(written: str, name: str) -> None:
    assert domain_name(written) == name


def test_lines_csv_and_json_of_certificate_logs_are_read_and_the_rest_is_counted() -> None:
    lines = [
        "spiegel.lol",
        "7,bild.pics",
        '{"id":"1","dns_names":["*.faz.lol","faz.lol"]}',
        '{"message_type":"certificate_update","data":{"leaf_cert":{"all_domains":["welt.ltd"]}}}',
        '{"broken',
        "\x00\xff",
    ]
    counts = Counts()
    assert [name for _, name in hosts(lines, counts)] == ["spiegel.lol", "bild.pics", "faz.lol", "welt.ltd"]
    assert (counts.lines, counts.unusable) == (6, 2)


def test_the_result_is_equal_each_time_and_its_objects_hold_no_incident() -> None:
    def once() -> object:
        tally, at_work = Tally(), watch("spiegel.de")
        for hit in at_work.hits([(0, "spiegel.lol")]):
            tally.add(hit)
        return made(tally, at_work, "spiegel.de", 1, bytes(32))

    first = once()
    assert first == once()
    objects = stix.objects(first, NOW, (NOW, NOW))  # type: ignore[arg-type]
    assert {o["type"] for o in objects} == {"identity", "attack-pattern", "domain-name", "observed-data", "indicator", "relationship"}
    assert [o["valid_until"] for o in objects if o["type"] == "indicator"] == ["2026-04-02T00:00:00.000Z"]
    (indicator,) = [o for o in objects if o["type"] == "indicator"]
    assert (indicator["confidence"], indicator["labels"]) == (50, ["tier-alert"]), "a likeness is no near certainty, whatever its score"
    assert str(indicator["description"]).startswith("Score ")
    assert "alert. " in str(indicator["description"])
    assert len(first.innocent) >= 2  # type: ignore[attr-defined]


def test_the_objects_pass_the_validator_of_the_standards_body() -> None:
    from stix2validator import ValidationOptions, validate_instance  # type: ignore[import-untyped, unused-ignore]

    tally, at_work = Tally(), watch("spiegel.de")
    for hit in at_work.hits([(0, "spiegel.lol")]):
        tally.add(hit)
    for one in stix.objects(made(tally, at_work, "spiegel.de", 1, bytes(32)), NOW, (NOW, NOW)):
        assert validate_instance(dict(one), ValidationOptions(version="2.1")).errors == []


def bundles(*hosts: str, at: tuple[datetime, ...] = (NOW,), data: int = 0) -> list[dict[str, Any]]:
    """The bundle of one result, told at several times."""
    tally, at_work = Tally(), watch("spiegel.de")
    for hit in at_work.hits(list(enumerate(hosts))):
        tally.add(hit)
    result = made(tally, at_work, "spiegel.de", len(hosts), bytes([data]) * 32)
    return [json.loads(bundle(LookAlikes((now, now)), result, now, "en")) for now in at]


def test_a_result_told_a_minute_later_is_the_same_objects_of_a_later_moment() -> None:
    one, other = bundles("spiegel.lol", "sp1egel.example", at=(NOW, NOW + timedelta(minutes=1)))
    assert one["id"] == other["id"]
    assert [o["id"] for o in one["objects"]] == [o["id"] for o in other["objects"]]
    for before, after in zip(one["objects"], other["objects"], strict=True):
        assert before == after or before["modified"] < after["modified"]
    (another,) = bundles("spiegel.lol", "sp1egel.example", data=1)
    assert {o["type"] for o in one["objects"] if o in another["objects"]} == {
        "marking-definition",
        "identity",
        "attack-pattern",
        "domain-name",
    }
    own = ("observed-data", "indicator", "relationship")
    assert not {o["id"] for o in one["objects"] if o["type"] in own} & {o["id"] for o in another["objects"]}


def test_of_many_hits_the_strongest_are_told_and_a_note_counts_the_rest() -> None:
    (told,) = bundles("spiegel.lol", *(f"spiegel-{n}.example" for n in range(stix.SHOWN)))
    assert sum(o["type"] == "indicator" for o in told["objects"]) == stix.SHOWN
    (note,) = [o for o in told["objects"] if o["type"] == "note"]
    assert note["content"] == "And 1 more, which is not shown here."
    assert note["object_refs"] == [note["created_by_ref"]]
    (few,) = bundles("spiegel.lol")
    assert not [o for o in few["objects"] if o["type"] == "note"]
