"""Settings: a file that explains itself, and refuses what would hurt."""

from dataclasses import fields, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from charlevoix.errors import Misconfigured
from charlevoix.settings import FILE, Settings, read, write
from charlevoix.stix.identifier import Ref

ME = Ref("identity--00000000-0000-4000-8000-00000000000a")
SAFE = Settings("Demo A", ME)
HEAD = f'name = "Demo A"\nidentity = "{ME}"\n'


def from_text(home: Path, text: str, **environment: str) -> Settings:
    (home / FILE).write_text(text, "utf-8")
    return read(home, environment)


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    write(tmp_path, SAFE)
    assert read(tmp_path, {}) == SAFE
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600


@given(
    name=st.text(min_size=1, max_size=30).filter(str.isprintable),
    port=st.integers(1, 65_535),
    size=st.integers(16 * 2**20, 2**30),
    language=st.sampled_from(["en", "fr"]),
)
@settings(max_examples=60, deadline=None)
def test_any_choice_is_read_back(tmp_path_factory: pytest.TempPathFactory, name: str, port: int, size: int, language: str) -> None:
    home = tmp_path_factory.mktemp("home")
    chosen = replace(SAFE, name=name, port=port, file_bytes=size, language=language)
    write(home, chosen)
    assert read(home, {}) == chosen


def test_the_file_explains_every_group_and_names_every_setting(tmp_path: Path) -> None:
    text = write(tmp_path, SAFE).read_text("utf-8")
    for field in fields(Settings):
        assert f"\n{field.name} = " in text
    assert text.count("\n# ") >= 8


def test_the_default_listens_on_this_machine_on_a_port_anybody_may_open(tmp_path: Path) -> None:
    assert (SAFE.host, SAFE.port) == ("127.0.0.1", 8420)
    assert from_text(tmp_path, HEAD) == SAFE


def test_the_environment_goes_before_the_file(tmp_path: Path) -> None:
    found = from_text(
        tmp_path,
        HEAD + "port = 9000\n",
        CHARLEVOIX_PORT="9001",
        CHARLEVOIX_LANGUAGE="fr",
        CHARLEVOIX_HOME="/x",
        CHARLEVOIX_NAME="",
    )
    assert (found.port, found.language, found.name) == (9001, "fr", "Demo A")


@pytest.mark.parametrize(
    ("more", "rule", "where"),
    [
        ("prot = 1\n", "settings.unknown", ":3"),
        ("# a comment\n\n  prot = 1\n", "settings.unknown", ":5"),
        ("[server]\nport = 1\n", "settings.unknown", ":3"),
        ('port = "1"\n', "settings.type", ":3"),
        ("port = 1.0\n", "settings.type", ":3"),
        ("port = true\n", "settings.type", ":3"),
        ("port = 0\n", "settings.range", ":3"),
        ("file_bytes = 99999999999\n", "settings.range", ":3"),
        ("port =\n", "settings.toml", "line 3"),
        ("port = 1\nport = 2\n", "settings.toml", FILE),
        ("file_bytes = 100000\n", "settings.object-over-file", "object_bytes"),
        ('language = "de"\n', "settings.language", ":3"),
        ('legal_profile = "../x"\n', "settings.legal-profile", ":3"),
        ('host = "example.org"\n', "settings.host", ":3"),
        ('host = "0.0.0.0"\n', "settings.open-host", ":3"),
        ('host = "::"\n', "settings.open-host", ":3"),
        ('url = "http://node.example"\n', "settings.clear-url", ":3"),
        ('url = "ftp://127.0.0.1"\n', "settings.url", ":3"),
        ('url = "https://me:secret@node.example"\n', "settings.url", ":3"),
        ('url = "https://node.example/path"\n', "settings.url", ":3"),
        ('url = "https://node.example:99999"\n', "settings.url", ":3"),
        ("x = " + "[" * 5000 + "\n", "settings.toml", FILE),
    ],
)
def test_a_wrong_line_is_refused_and_named(tmp_path: Path, more: str, rule: str, where: str) -> None:
    with pytest.raises(Misconfigured) as raised:
        from_text(tmp_path, HEAD + more)
    assert raised.value.reason.rule == rule
    assert where in " ".join(raised.value.reason.values)


def test_an_open_address_needs_a_proxy_that_encrypts(tmp_path: Path) -> None:
    found = from_text(tmp_path, HEAD + 'host = "0.0.0.0"\nbehind_proxy = true\nurl = "https://node.example"\n')
    assert found.behind_proxy


def test_a_wrong_environment_is_named(tmp_path: Path) -> None:
    for name, value in (("CHARLEVOIX_PORT", "high"), ("CHARLEVOIX_BEHIND_PROXY", "yes")):
        with pytest.raises(Misconfigured, match=name):
            from_text(tmp_path, HEAD, **{name: value})


def test_a_home_without_settings_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured) as raised:
        read(tmp_path, {})
    assert (raised.value.reason.rule, raised.value.reason.advice) == ("settings.missing", "settings.init")


def test_name_and_identity_are_needed(tmp_path: Path) -> None:
    for text in ('name = "Demo A"\n', f'identity = "{ME}"\n'):
        with pytest.raises(Misconfigured, match=r"settings\.needed"):
            from_text(tmp_path, text)


def test_what_could_not_be_read_is_not_written(tmp_path: Path) -> None:
    for wrong in (replace(SAFE, port=0), replace(SAFE, name='a"\nport = 1'), replace(SAFE, identity=Ref("x"))):
        with pytest.raises(Misconfigured):
            write(tmp_path, wrong)
    assert not (tmp_path / FILE).exists()


def test_bytes_that_are_no_text_or_too_many_are_refused(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(HEAD.encode() + b"\xff")
    with pytest.raises(Misconfigured, match=r"settings\.utf8"):
        read(tmp_path, {})
    (tmp_path / FILE).write_bytes(b"#" * 300_000)
    with pytest.raises(Misconfigured, match=r"settings\.too-large"):
        read(tmp_path, {})
