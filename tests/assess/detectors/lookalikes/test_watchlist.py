"""The watch-list: what is written in it has an effect or is named, and a name in another script is compared as people read it."""

import pytest

from charlevoix.assess.detectors.detector import Hit
from charlevoix.assess.detectors.lookalikes.detector import watch
from charlevoix.assess.detectors.lookalikes.watchlist import domain_name, in_unicode, read
from charlevoix.errors import Malformed
from charlevoix.languages.catalogue import say


def _hits(text: str, *names: str) -> list[Hit]:
    return list(watch(text).hits(enumerate(map(domain_name, names))))


def _notes(text: str) -> dict[str, tuple[str, ...]]:
    return {note.rule.removeprefix("lookalikes.list-"): tuple(map(str, note.values)) for note in read(text).notes}


def test_the_very_label_in_another_script_is_the_same_label_and_alerts_as_a_latin_one_does() -> None:
    (other,), (latin,) = _hits("правда.рф", "правда.com"), _hits("novaya.ru", "novaya.com")
    assert (other.facts["kind"], other.facts["tier"], other.score) == ("same", "alert", latin.score)
    assert say(other.reasons[0], "en") == "“правда” is the very label of правда.рф."
    assert "xn--" not in " ".join(say(r, "en") for r in other.reasons)
    assert other.facts["target"] == domain_name("правда.рф")


@pytest.mark.parametrize(
    ("host", "kind"),
    [
        ("прaвда.com", "alike"),  # a Latin а
        ("праавда.com", "slip"),
        ("правда-новости.com", "token"),
        ("правда-рф.com", "token"),
        ("правда.example.com", "below"),
        ("правда.рф.example.com", "whole"),
    ],
)  # fmt: skip
def test_what_resembles_a_name_in_another_script_is_told_in_that_script(host: str, kind: str) -> None:
    (hit,) = _hits("правда.рф", host)
    assert hit.facts["kind"] == kind
    assert not [r for r in hit.reasons if "xn--" in say(r, "en")]
    assert ("lookalikes.words-suffix" in {r.rule for r in hit.reasons}) == (host == "правда-рф.com")


def test_an_alias_in_another_script_is_found_whichever_way_it_is_written() -> None:
    for alias in ("правда", "ПРАВДА", domain_name("правда.com"), "xn--80aafi6cg"):
        (hit,) = _hits(f"domain,alias\npravda.example,{alias}\n", "правда.com")
        assert hit.facts["kind"] == "same", alias
        assert say(hit.reasons[-2], "en") == "“правда” is another name of pravda.example, as the watch-list says."


def test_a_host_is_shown_as_a_browser_may_show_it() -> None:
    assert in_unicode("www.xn--80aafi6cg.xn--p1ai") == "www.правда.рф"
    assert in_unicode("xn--spiegel-bk47a.com") == "xn--spiegel-bk47a.com"  # it decodes to what no browser shows


@pytest.mark.parametrize("between", [" ", ",", ", ", ";", "\n"])
def test_several_names_in_a_cell_are_separated_by_blanks_or_commas(between: str) -> None:
    text = f'domain,owned,alias\nlemonde.fr,"lemonde.ltd{between}spiegel.cab","mondefr{between}lmonde"\n'
    assert read(text).owned == {"lemonde.fr", "lemonde.ltd", "spiegel.cab"}
    assert read(text).watched[0].names == ("lemonde", "mondefr", "lmonde")
    assert read(text).notes == ()


def test_a_value_that_is_no_name_is_named_by_its_line_and_column() -> None:
    text = 'domain,alias,owned\nlemonde.fr,"le@monde",lemonde\nspiegel.de,spon,"spiegel.tv, 192.0.2.1"\nbild.de,b,co.uk\n'
    assert _notes(text) == {"values": ("5", "2 (alias), 2 (owned), 3 (owned)")}
    assert "lookalikes" not in say(read(text).notes[0], "fr")


def test_a_cell_beyond_the_last_column_is_named_by_its_line() -> None:
    assert _notes("domain,owned\nlemonde.fr,lemonde.ltd, spiegel.cab\nbild.de,,\n") == {"cells": ("1", "2")}


def test_an_alert_that_is_neither_yes_nor_no_is_named_and_a_no_is_heeded() -> None:
    text = "domain,alert\nlemonde.fr,maybe\nspiegel.de,No\nbild.de,oui\nfaz.net,\n"
    assert [w.critical for w in read(text).watched] == [True, False, True, True]
    assert _notes(text)["alert"] == ("1", "2")
    said = say(next(n for n in read(text).notes if n.rule == "lookalikes.list-alert"), "en")
    assert said == "In the column alert, 1 value is neither yes nor no and was passed over, first: line 2. Write yes or no."
    assert {h.name: h.facts["tier"] for h in _hits(text, "spiegel.lol", "lemonde.lol")} == {"spiegel.lol": "queue", "lemonde.lol": "alert"}


def test_lines_are_those_of_the_file_where_rows_are_blank_or_take_several() -> None:
    assert _notes('domain,alias\n\nlemonde.fr,"a1\nb2"\n\n192.0.2.1,\n')["left-out"] == ("1", "6")


def test_a_list_without_names_is_refused_without_empty_brackets() -> None:
    for text in ("", "domain\n\n", "domain\n192.0.2.1\n"):
        with pytest.raises(Malformed) as caught:
            read(text)
        for language in ("en", "fr"):
            assert "()" not in say(caught.value.reason, language)
        assert ("192.0.2.1" in say(caught.value.reason, "en")) == ("192" in text)
