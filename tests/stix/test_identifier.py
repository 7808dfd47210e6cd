from typing import Any
from uuid import UUID

import pytest
import stix2  # type: ignore[import-untyped]
from hypothesis import given, settings
from hypothesis import strategies as st

from charlevoix.errors import Malformed
from charlevoix.stix.identifier import CHARLEVOIX_NAMESPACE, CONTRIBUTING, derived_id, is_id, observable_id, parse_id

GOOD = "domain-name--000cb646-dbef-592a-b013-75c8466459c7"
UUID_PART = GOOD[-36:]

REFERENCES = {
    "from_ref": "email-addr",
    "parent_directory_ref": "directory",
    "src_ref": "ipv4-addr",
    "dst_ref": "domain-name",
}
SAMPLES: list[dict[str, Any]] = [
    {"type": "artifact", "payload_bin": "aGVsbG8=", "mime_type": "text/plain"},
    {"type": "artifact", "url": "https://site.example/a", "hashes": {"SHA-512": "a" * 128, "SHA-256": "b" * 64}},
    {"type": "autonomous-system", "number": 15139, "name": "Example"},
    {"type": "directory", "path": "/srv/données"},
    {"type": "domain-name", "value": "site.example"},
    {"type": "email-addr", "value": "desk@news.example", "display_name": "Desk"},
    {"type": "email-message", "is_multipart": False, "subject": "Bonjour à tous", "body": '…\n\t"x"'},
    {"type": "email-message", "is_multipart": False, "from_ref": f"email-addr--{UUID_PART}"},
    {"type": "file", "name": "ballots.pdf", "size": 4},
    {
        "type": "file",
        "hashes": {"SHA-256": "c" * 64, "MD5": "d" * 32},
        "parent_directory_ref": f"directory--{UUID_PART}",
    },
    {"type": "ipv4-addr", "value": "198.51.100.3"},
    {"type": "ipv6-addr", "value": "2001:db8::1"},
    {"type": "mac-addr", "value": "d2:fb:49:24:37:18"},
    {"type": "mutex", "name": "__CLEANSWEEP__"},
    {
        "type": "network-traffic",
        "protocols": ["ipv4", "tcp"],
        "src_ref": f"ipv4-addr--{UUID_PART}",
        "dst_port": 443,
        "start": "2026-01-02T03:04:05.678Z",
    },
    {"type": "software", "name": "Word", "version": "2002", "vendor": "Éditeur"},
    {"type": "url", "value": "https://site.example/chemin?q=1&r=é"},
    {"type": "user-account", "user_id": "1001", "account_type": "twitter", "display_name": "ignored"},
    {
        "type": "windows-registry-key",
        "key": "hkey_local_machine\\system",
        "values": [{"name": "Foo", "data_type": "REG_SZ"}],
    },
    {"type": "x509-certificate", "serial_number": "36:f7:d4", "issuer": "C=ZZ"},
]


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: f"{sample['type']} by {list(sample)[1]}")
def test_the_deterministic_id_is_the_one_stix2_computes(sample: dict[str, Any]) -> None:
    theirs = stix2.parse(sample | {"spec_version": "2.1"}, version="2.1")
    assert observable_id(sample["type"], sample) == theirs["id"]


def test_every_observable_of_the_standard_has_a_sample_but_process_which_has_no_such_id() -> None:
    assert {sample["type"] for sample in SAMPLES} == CONTRIBUTING.keys() - {"process"}


@pytest.mark.mission("C10")
def test_a_domain_has_the_id_that_published_bundles_give_it() -> None:
    assert observable_id("domain-name", {"value": "lenreuzdeknen.website", "labels": ["rrn"]}) == GOOD


@pytest.mark.parametrize(
    ("type_", "properties"),
    [("process", {"pid": 1}), ("media-content", {"url": "https://a.example"}), ("file", {"size": 1}), ("url", {})],
)
def test_without_contributing_properties_there_is_no_deterministic_id(type_: str, properties: dict[str, object]) -> None:
    with pytest.raises(Malformed, match=r"stix\.no-deterministic-id"):
        observable_id(type_, properties)


@pytest.mark.parametrize("hashes", [{}, "abc", ["MD5"], None])
def test_hashes_that_are_none_are_refused(hashes: object) -> None:
    with pytest.raises(Malformed, match=r"stix\.hashes"):
        observable_id("file", {"hashes": hashes})


def test_an_id_is_a_type_and_a_uuid() -> None:
    assert parse_id(GOOD) == ("domain-name", UUID(UUID_PART))
    assert parse_id(f"x-a1--{UUID_PART}")[0] == "x-a1"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "domain-name",
        f"--{UUID_PART}",
        f"ab--{UUID_PART}",
        f"domain--name--{UUID_PART}",
        f"-domain--{UUID_PART}",
        f"domain---{UUID_PART}",
        f"Domain-name--{UUID_PART}",
        f"domain_name--{UUID_PART}",
        GOOD.upper(),
        "domain-name--000CB646-dbef-592a-b013-75c8466459c7",
        GOOD + "\n",
        " " + GOOD,
        "domain-name--000cb646-dbef-592a-7013-75c8466459c7",  # another variant
        "domain-name--000cb646-dbef-092a-b013-75c8466459c7",  # no version
        "domain-name--{000cb646-dbef-592a-b013-75c8466459c7}",
        f"{'x' * 251}--{UUID_PART}",
    ],
)
def test_what_is_no_id_is_refused(text: str) -> None:
    assert not is_id(text)
    with pytest.raises(Malformed, match=r"stix\.id"):
        parse_id(text)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60) | st.just(GOOD), st.integers(0, 60), st.characters())
def test_whatever_is_taken_for_an_id_stix2_takes_too(text: str, at: int, other: str) -> None:
    for candidate in (text, text[:at] + other + text[at + 1 :]):
        if is_id(candidate):
            stix2.properties.IDProperty(candidate.split("--")[0], spec_version="2.1").clean(candidate)


def test_an_id_of_our_own_depends_on_each_part_and_its_place() -> None:
    one = derived_id("note", "a", 1, b"\xff")
    assert is_id(one)
    assert UUID(one[-36:]).version == 5
    assert one == derived_id("note", "a", 1, b"\xff")
    others = {
        derived_id("note", "a1", b"\xff"),
        derived_id("note", 1, "a", b"\xff"),
        derived_id("task", "a", 1, b"\xff"),
    }
    assert len(others | {one}) == 4


def test_the_namespace_never_changes() -> None:
    assert str(CHARLEVOIX_NAMESPACE) == "2b1f6a0e-7c59-5d43-9a86-c0f1e8d52018"
