"""Names and lists that no weight was set on: published imitations of other names, and what speaks against a deceit."""

import csv
from pathlib import Path

import pytest

from charlevoix.assess.detectors.lookalikes.detector import watch
from charlevoix.assess.detectors.lookalikes.ordinary import is_ordinary
from charlevoix.assess.detectors.lookalikes.suffixes import is_restricted

APART = Path(__file__).parents[4] / "benchmarks" / "lookalikes-apart.csv"


def _tier(watched: str, host: str) -> str:
    return next((str(h.facts["tier"]) for h in watch(watched).hits([(0, host)])), "none")


def _reasons(watched: str, host: str) -> set[str]:
    return {r.rule for h in watch(watched).hits([(0, host)]) for r in h.reasons}


@pytest.mark.mission("D2.3")
def test_nineteen_of_twenty_published_imitations_of_other_names_alert_with_that_name() -> None:
    with APART.open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    names = sorted({r["impersonates"] for r in rows})
    found = {h.name: h for h in watch("domain\n" + "\n".join(names)).hits(enumerate(r["domain"] for r in rows))}
    missed = [
        r["domain"]
        for r in rows
        if r["domain"] not in found
        or (found[r["domain"]].facts["tier"], found[r["domain"]].facts["target"]) != ("alert", r["impersonates"])
    ]
    assert len(rows) == 142
    assert len(missed) <= len(rows) // 20, missed


def test_a_registered_name_alerts_once_and_what_stands_below_it_waits() -> None:
    hosts = ["a.spiegel.lol", "spiegel.lol", "b.spiegel.lol", "spiegel.pics", "spiegel.hosting.example", "b.spiegel.hosting.example"]
    found = {h.name: h for h in watch("spiegel.de").hits(enumerate(hosts))}
    assert {n: h.facts["tier"] for n, h in found.items()} == {
        "a.spiegel.lol": "alert",
        "spiegel.lol": "queue",
        "b.spiegel.lol": "queue",
        "spiegel.pics": "alert",
        "spiegel.hosting.example": "alert",
        "b.spiegel.hosting.example": "alert",
    }
    assert found["spiegel.lol"].reasons[-1].rule == "lookalikes.again"


@pytest.mark.parametrize("suffix", ["gov", "mil", "edu", "int", "gov.bd", "gob.mx", "gouv.fr", "edu.tr", "ac.uk", "go.jp", "mil.uy"])
def test_a_suffix_of_governments_forces_and_universities_does_not_alert(suffix: str) -> None:
    assert is_restricted(suffix)
    assert _tier("president.example", f"president.{suffix}") == "queue"


@pytest.mark.parametrize("suffix", ["ac", "com", "go.it", "eu.com", "edu-online.com"])
def test_a_suffix_that_is_sold_is_not_restricted(suffix: str) -> None:
    assert not is_restricted(suffix)


@pytest.mark.parametrize(
    ("watched", "host", "tier", "reason"),
    [
        ("zeit.de", "zeit.se", "queue", "mark-ordinary"),
        ("zeit.de", "zeit.cx", "alert", "ending-worldwide"),
        ("diplomatie.gouv.fr", "diplomatic.se", "queue", "mark-word"),
        ("lilith.org", "11117.top", "queue", "mark-digits"),
        ("spiegel.de", "sp1egel.lol", "alert", "alike"),
        ("t-online.de", "zonline.xyz", "queue", "mark-apart"),
        ("t-online.de", "t-onlinl.life", "alert", "slip-exchanged"),
        ("t-online.de", "77online.pro", "queue", "mark-apart"),
        ("t-online.de", "ost-online.net", "queue", "mark-ambiguous"),
        ("t-online.de", "frost-online.de", "none", ""),
        ("t-online.de", "newstonline.net", "alert", "words-known"),
        ("t-online.de", "news-t-online.net", "alert", "token"),
        ("foxnews.com", "boxnews.com", "queue", "mark-apart"),
        ("foxnews.com", "foxnevs.com", "alert", "slip"),
        ("rbc.ua", "rbc.com", "queue", "ending-legacy"),
        ("rbc.ua", "rbc.li", "alert", "ending-worldwide"),
        ("faz.net", "fazz.lol", "alert", "slip-doubled"),
        ("faz.net", "fax.lol", "none", ""),
        ("spiegel.de", "heizspiegel.de", "queue", "ending-own"),
        ("bild.de", "bild-news.com", "alert", "words-known"),
        ("bild.de", "newsbild.online", "alert", "words-known"),
        ("bild.de", "bildit.com", "queue", "start"),
    ],
)
def test_what_speaks_against_a_deceit_counts_and_is_told(watched: str, host: str, tier: str, reason: str) -> None:
    assert _tier(watched, host) == tier
    assert not reason or f"lookalikes.{reason}" in _reasons(watched, host)


@pytest.mark.parametrize(
    ("word", "ordinary"),
    [
        ("liberation", True),
        ("diplomatic", True),
        ("zeit", True),
        ("spiegelr", False),
        ("bildd", False),
        ("t-online", False),
        ("the", False),
    ],
)
def test_an_ordinary_word_is_one_that_the_encoder_holds_whole(word: str, ordinary: bool) -> None:
    assert is_ordinary(word) is ordinary
