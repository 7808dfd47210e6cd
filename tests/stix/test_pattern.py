import pytest

from charlevoix.stix.pattern import domains_in


@pytest.mark.parametrize(
    ("pattern", "domains"),
    [
        ("[domain-name:value = 'a.example']", ["a.example"]),
        ("[domain-name:value='a.example' OR domain-name:value == 'b.example']", ["a.example", "b.example"]),
        ("[domain-name:value != 'a.example'] AND [domain-name:value NOT = 'b.example']", []),
        ("[url:value = 'domain-name:value = \\'a.example\\'']", []),
        ("[file:name = 'domain-name:value = ' AND domain-name:value = 'b.example']", ["b.example"]),
        (r"[domain-name:value = 'it\'s.\\example']", [r"it's.\example"]),
        ("[domain-name:value = 'unclosed", []),
        ("[x-domain-name:values = 'a.example']", []),
        ("", []),
    ],
)
def test_only_domains_that_the_pattern_wants_are_named(pattern: str, domains: list[str]) -> None:
    assert list(domains_in(pattern)) == domains


def test_a_long_hostile_pattern_takes_no_time() -> None:
    assert list(domains_in("domain-name:value = '" + "\\'" * 100_000)) == []
