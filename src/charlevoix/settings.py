"""The operator's choices: one commented file, `settings.toml`, in the node's home folder."""

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from ipaddress import ip_address
from pathlib import Path
from typing import Final, cast
from urllib.parse import urlsplit

from charlevoix.errors import Misconfigured
from charlevoix.languages.catalogue import LANGUAGES
from charlevoix.stix.identifier import Ref, is_id

FILE: Final = "settings.toml"
FILE_BYTES: Final = 256 * 2**10
_PREFIX: Final = "CHARLEVOIX_"
_WORD: Final = re.compile(r"[a-z][a-z0-9-]{0,39}", re.ASCII)

MB: Final = 2**20


@dataclass(frozen=True, slots=True)
class Settings:
    """What the operator of a node chose. Sizes in bytes, times as their names say."""

    name: str
    identity: Ref
    host: str = "127.0.0.1"
    port: int = 8420
    url: str = "http://127.0.0.1:8420"
    language: str = "en"
    legal_profile: str = "demo"
    file_bytes: int = 64 * MB
    object_bytes: int = 16 * MB
    page_objects: int = 100
    peer_requests_per_minute: int = 600
    peer_objects_per_hour: int = 200_000
    behind_proxy: bool = False
    retention_days: int = 730


# name -> (lowest, highest); what the numbers may be
_RANGES: Final[Mapping[str, tuple[int, int]]] = {
    "port": (1, 65_535),
    "file_bytes": (64 * 1024, 1024 * MB),
    "object_bytes": (16 * 1024, 16 * MB),
    "page_objects": (1, 1_000),
    "peer_requests_per_minute": (1, 100_000),
    "peer_objects_per_hour": (1, 10_000_000),
    "retention_days": (1, 3_650),
}

# What the file says above each setting, in its order; a blank line stands before a heading.
_COMMENTS: Final[Mapping[str, str]] = {
    "name": "What partners call this node, and who speaks from it (a STIX identity). Partners know the node by these:\n"
    "change them with their knowledge only.",
    "identity": "",
    "host": "Where the console listens. Another address than the machine's own (127.0.0.1) needs TLS in front of it:\n"
    "set behind_proxy = true once a proxy does that, and an https address in `url`.",
    "port": "",
    "behind_proxy": "",
    "url": "The address under which partners and colleagues reach this node.",
    "language": "The language of the command line, and of pages for who has not chosen: en or fr.",
    "legal_profile": "The country's rules for collecting, sharing and answering. \"demo\" is nobody's law.",
    "file_bytes": "The largest file and the largest object taken in, in bytes, and how many objects one page holds.",
    "object_bytes": "",
    "page_objects": "",
    "peer_requests_per_minute": "What one partner may ask and send before it has to wait.",
    "peer_objects_per_hour": "",
    "retention_days": "After how many days material that is in no case is erased.",
}


def read(home: Path, environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings of the node in `home`; `CHARLEVOIX_<NAME>` in the environment goes before the file.

    Raises Misconfigured naming the line for what is not TOML, unknown, of the wrong type, out of range, or dangerous.
    """
    file = home / FILE
    try:
        with file.open("rb") as stream:
            raw = stream.read(FILE_BYTES + 1)
    except FileNotFoundError:
        raise Misconfigured("settings.missing", file, advice="settings.init") from None
    if len(raw) > FILE_BYTES:
        raise Misconfigured("settings.too-large", file, FILE_BYTES)
    text, values = _parse(raw, file)
    places = {name: f"{file}:{_line(text, name)}" for name in values}
    for name in values:
        if name not in _COMMENTS:
            raise Misconfigured("settings.unknown", places[name], name, ", ".join(_COMMENTS))
    for name, text_value in _overrides(environment).items():
        values[name], places[name] = text_value, _PREFIX + name.upper()
    for name in ("name", "identity"):
        if name not in values:
            raise Misconfigured("settings.needed", file, name)
    return _build(values, places)


def write(home: Path, settings: Settings) -> Path:
    """Writes the commented file, in the place of one that is there, whole or not at all. Raises Misconfigured for what `read` would refuse."""
    values: dict[str, object] = {field.name: getattr(settings, field.name) for field in fields(settings)}
    _build(values, {name: name for name in values})
    lines = ["# Charlevoix: this node's settings. CHARLEVOIX_<NAME> in the environment goes before a line here."]
    for name, comment in _COMMENTS.items():
        if comment:
            lines += ["", *(f"# {line}" for line in comment.splitlines())]
        lines.append(f"{name} = {_toml(values[name])}")
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = home / f".{FILE}.part"  # a crash leaves it behind; the next write takes it over
    part.write_text("\n".join(lines) + "\n", encoding="utf-8")
    part.chmod(0o600)
    return part.replace(home / FILE)


def _parse(raw: bytes, file: Path) -> tuple[str, dict[str, object]]:
    try:
        text = raw.decode("utf-8")
        return text, tomllib.loads(text)
    except UnicodeDecodeError as error:
        raise Misconfigured("settings.utf8", file, raw.count(b"\n", 0, error.start) + 1) from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise Misconfigured("settings.toml", file, error) from None


def _line(text: str, name: str) -> int:
    """The line on which a setting (or the table of that name) stands; 1 where TOML spells it in another way."""
    found = re.search(rf"^[ \t]*\[*[ \t]*[\"']?{re.escape(name)}[\"']?[ \t]*[=.\]]", text, re.MULTILINE)
    return text.count("\n", 0, found.end()) + 1 if found else 1


def _overrides(environment: Mapping[str, str]) -> dict[str, object]:
    """Values from the environment, as the type that the setting has; names of others that begin likewise are not ours."""
    found: dict[str, object] = {}
    for field in fields(Settings):
        text = environment.get(_PREFIX + field.name.upper(), "")
        if text:
            found[field.name] = _as_type(field.name, text)
    return found


def _as_type(name: str, text: str) -> object:
    if name in _RANGES:
        if not re.fullmatch(r"[0-9]{1,12}", text):
            raise Misconfigured("settings.type", _PREFIX + name.upper(), name, "int")
        return int(text)
    if name == "behind_proxy":
        if text not in ("true", "false"):
            raise Misconfigured("settings.type", _PREFIX + name.upper(), name, "bool")
        return text == "true"
    return text


def _build(values: Mapping[str, object], places: Mapping[str, str]) -> Settings:
    for field in fields(Settings):
        if field.name not in values:
            continue
        wanted = int if field.name in _RANGES else bool if field.name == "behind_proxy" else str
        if type(values[field.name]) is not wanted:
            raise Misconfigured("settings.type", places[field.name], field.name, wanted.__name__)
    settings = Settings(**values)  # type: ignore[arg-type]  # names and types were checked just now
    _demand_ranges(settings, places)
    _demand_words(settings, places)
    _demand_safety(settings, places)
    return settings


def _demand_ranges(settings: Settings, places: Mapping[str, str]) -> None:
    for name, (lowest, highest) in _RANGES.items():
        value = cast(int, getattr(settings, name))
        if not lowest <= value <= highest:
            raise Misconfigured("settings.range", places.get(name, name), name, lowest, highest)
    if settings.object_bytes > settings.file_bytes:
        raise Misconfigured("settings.object-over-file", places.get("object_bytes", "object_bytes"))


def _demand_words(settings: Settings, places: Mapping[str, str]) -> None:
    if not 1 <= len(settings.name) <= 200 or not settings.name.isprintable():
        raise Misconfigured("settings.name", places["name"])
    if not is_id(settings.identity) or not settings.identity.startswith("identity--"):
        raise Misconfigured("settings.identity", places["identity"])
    if settings.language not in LANGUAGES:
        raise Misconfigured("settings.language", places.get("language", "language"), ", ".join(LANGUAGES))
    if not _WORD.fullmatch(settings.legal_profile):  # it names a file
        raise Misconfigured("settings.legal-profile", places.get("legal_profile", "legal_profile"))
    try:
        ip_address(settings.host)
    except ValueError:
        if settings.host != "localhost":
            raise Misconfigured("settings.host", places.get("host", "host"), settings.host) from None


def _demand_safety(settings: Settings, places: Mapping[str, str]) -> None:
    """Pages hold what must not be read on the way: in the clear they go to this machine only."""
    try:
        parts = urlsplit(settings.url)
        port_is_fine = parts.port is None or parts.port > 0
    except ValueError:
        raise Misconfigured("settings.url", places.get("url", "url")) from None
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None or not port_is_fine:
        raise Misconfigured("settings.url", places.get("url", "url"))
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise Misconfigured("settings.url", places.get("url", "url"))
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise Misconfigured("settings.clear-url", places.get("url", "url"), advice="settings.use-https")
    if not is_loopback(settings.host) and not settings.behind_proxy:
        raise Misconfigured("settings.open-host", places.get("host", "host"), settings.host, advice="settings.use-proxy")


def is_loopback(host: str) -> bool:
    """Does this name or address mean the machine itself?"""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return f"{value:_}" if value >= 10_000 else str(value)
    # printable text only (`_demand_words`): of TOML's escapes these two are left
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'
