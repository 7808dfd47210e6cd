"""Leaks: whoever withholds a value must not tell it next door."""

import json
from base64 import b64encode, urlsafe_b64encode
from urllib.parse import quote

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from acts.sample import DOMAIN, INCIDENT, signed, whole
from charlevoix.acts.act import Presentation
from charlevoix.acts.disclosure import expand, from_base64url, redact
from charlevoix.acts.leak import leaks
from charlevoix.acts.wire import to_wire
from charlevoix.stix.identifier import Property, observable_id

some = settings(max_examples=80, deadline=None)
VALUE = frozenset({Property("value")})


def leaking(withheld: set[str], **more: object) -> set[str]:
    known = {Property(name): value for name, value in {**INCIDENT, **more}.items()}
    return set(leaks(known, frozenset(map(Property, withheld))))


@pytest.mark.parametrize(
    "told",
    [
        "troll.example",
        "TROLL.Example",
        "see https://troll.example/a",
        ["a", {"b": ["troll.example"]}],
        {"troll.example": 1},
        "troll[.]example",
        "hxxps://troll(.)example/",
        "troll[dot]example",
        "troll%2Eexample",
        b64encode(b"troll.example").decode(),
        b64encode(b"x troll.example y").decode(),
        urlsafe_b64encode(b"xy troll.example").decode(),
        b"troll.example".hex(),
        observable_id("domain-name", {"value": "troll.example"}),
        [observable_id("url", {"value": "troll.example"})],
    ],
)
def test_a_property_that_tells_a_withheld_value_is_found(told: object) -> None:
    assert leaking({"x_site"}, x_site="troll.example", x_told=told) == {"x_told"}


def test_a_defanged_secret_is_found_in_its_plain_form() -> None:
    assert leaking({"x_site"}, x_site="troll[.]example", x_told="troll.example") == {"x_told"}


def test_each_text_of_a_withheld_list_is_a_secret() -> None:
    assert leaking({"x_sites"}, x_sites=["troll.example", "other.example"], x_told="other.example") == {"x_told"}


def test_a_short_text_is_a_secret_as_a_whole_value_only() -> None:
    assert leaking({"lang"}, lang="fr", x_same="fr", x_within="front") == {"x_same"}


def test_the_type_is_no_leak_of_a_word_that_everybody_uses() -> None:
    assert leaking({"x_word"}, x_word="incident", x_told="an incident in May") == {"x_told"}
    assert leaking({"type"}) == {"id"}  # unless it is itself withheld
    assert leaking({"x_word"}, x_word="nightfall", type="x-nightfall-case") == {"type"}


def test_nothing_withheld_leaks_nothing() -> None:
    assert leaking(set(), x_told="anything") == set()


def test_the_id_of_an_observable_tells_its_value() -> None:
    known = {Property(name): value for name, value in DOMAIN.items()}
    assert leaks(known, VALUE) == {"id"}
    assert leaks({**known, Property("x_note"): f"see {DOMAIN['id']}"}, VALUE) == {"id", "x_note"}
    assert leaks({**known, Property("x_note"): "nothing"}, frozenset({Property("x_note")})) == set()


def test_a_name_based_id_of_any_type_tells_its_content() -> None:
    assert leaking({"name"}, id="incident--bedb4899-d24b-5401-bc86-8f6b4cc18ec7") == {"id"}
    assert leaking({"name"}) == set()  # a random id tells nothing
    assert leaking({"modified"}, id="incident--bedb4899-d24b-5401-bc86-8f6b4cc18ec7", created="2026-01-01T00:00:00Z") == set()


def test_a_withheld_id_is_found_with_another_type_before_it() -> None:
    uuid = str(INCIDENT["id"])[-36:]
    assert leaking({"id"}, x_told=f"https://example.org/{uuid}") == {"x_told"}


@pytest.mark.mission("C04")
@given(
    st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=6, max_size=20).filter(lambda s: s.strip("-") == s),
    st.lists(st.sampled_from(["plain", "capitals", "defanged", "base64", "percent", "id", "none"]), min_size=1, max_size=4),
    st.text("xyz ", max_size=3),
)
@some
def test_after_widening_the_value_is_nowhere_in_what_is_sent(label: str, forms: list[str], before: str) -> None:
    secret = f"{label}.example"
    written = {
        "plain": secret,
        "capitals": secret.upper(),
        "defanged": secret.replace(".", "[.]"),
        "base64": b64encode((before + secret).encode()).decode(),
        "percent": quote(secret.replace("-", "%2D"), safe=""),
        "id": observable_id("domain-name", {"value": secret}),
        "none": "nothing here",
    }
    more = {f"x_{n}": before + written[form] if form != "base64" else written[form] for n, form in enumerate(forms)}
    value = {**DOMAIN, "value": secret, "id": written["id"], **more}
    assume(secret not in json.dumps(DOMAIN))
    known = {Property(name): item for name, item in value.items()}
    withheld = VALUE | leaks(known, VALUE)
    item = whole(value)
    presentation = Presentation(signed([item]), (redact(item, withheld),))
    pieces = [part for piece in expand(presentation).split(b"~") for part in piece.split(b".") if part]
    everything = json.dumps(to_wire(presentation)).encode() + b"\n".join(from_base64url(part, "") for part in pieces)
    for form in written.values():
        if form != "nothing here":
            assert form.encode() not in everything
    assert {"type", "spec_version"} <= known.keys() - withheld  # what tells nothing stays
