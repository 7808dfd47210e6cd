"""How pages look: the rooms' templates inside the house's layout, in the reader's language."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlencode

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PrefixLoader, StrictUndefined

from charlevoix.errors import Misconfigured
from charlevoix.languages.catalogue import LANGUAGES, Language, text
from charlevoix.page import UNMARKED, Banner, Fields, Link, iso
from charlevoix.safeguards.grounds import Actor

FACE = Path(__file__).parent / "face"
ASSETS = FACE / "assets"


class FormToken:
    """The hidden field of a form; remembers that a page used it, so that only pages with forms set a cookie."""

    def __init__(self, value: str) -> None:
        self._value = value
        self.used = False

    def __str__(self) -> str:
        self.used = True
        return self._value


@dataclass(frozen=True, slots=True)
class Here:
    """What the layout knows about the page and its reader."""

    node: str  # name of the node
    path: str
    query: Fields
    language: Language
    who: Actor | None
    request_id: str
    csrf: FormToken
    navigation: tuple[Link, ...] = ()
    banner: Banner = UNMARKED
    crumbs: tuple[Link, ...] = ()
    explain: str = ""

    def again(self, **changes: object) -> str:
        """This page with other values in its query; None takes a name out: `here.again(sort="-seen", after=None)`."""
        values = dict(self.query.values) | {key: (str(value),) for key, value in changes.items() if value is not None}
        kept = {key: value for key, value in values.items() if changes.get(key, "") is not None}
        return f"{self.path}?{urlencode(kept, doseq=True)}" if kept else self.path

    def is_at(self, href: str) -> bool:
        """Is this page the one, or one below the one, that `href` leads to?"""
        return self.path == href or (href != "/" and self.path.startswith(f"{href.rstrip('/')}/"))


class Appearance:
    """One Jinja2 environment per language, so that macros need no context to speak it."""

    def __init__(self, rooms: Mapping[str, Path]) -> None:
        """`rooms`: name -> folder of its templates; "intake/triage.html" is `triage.html` in intake's folder."""
        own = {name: FileSystemLoader(folder) for name, folder in rooms.items()}
        loader = ChoiceLoader([PrefixLoader({**own, "face": FileSystemLoader(FACE)})])
        self._environments = {language: _environment(loader, language) for language in LANGUAGES}

    def render(self, template: str, here: Here, context: Mapping[str, object]) -> str:
        """The page as HTML. Raises jinja2.UndefinedError for a name nobody gave."""
        return self._environments[here.language].get_template(template).render({**context, "here": here, "csrf": here.csrf})


def folders(packages: Iterable[tuple[str, str]]) -> dict[str, Path]:
    """Room name -> `pages` folder of its package, for the rooms that have one."""
    found = {}
    for name, package in packages:
        spec = find_spec(package)
        places = spec.submodule_search_locations if spec else None
        for place in places or ():
            if (Path(place) / "pages").is_dir():
                found[name] = Path(place) / "pages"
    return found


@cache
def asset_version() -> str:
    """Names the assets by their content, so that browsers may keep them for ever. Raises Misconfigured when they were not built."""
    if not (ASSETS / "built" / "charlevoix.css").is_file():
        raise Misconfigured("web.assets-missing", ASSETS / "built", advice="web.assets-build")
    files = sorted(path for path in ASSETS.rglob("*") if path.is_file())
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in files)).hexdigest()[:12]


def _environment(loader: ChoiceLoader, language: Language) -> Environment:
    env = Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    env.globals |= {
        "t": lambda key, *values: text(key, language, *values),
        "say": lambda reason: text(reason.rule, language, *reason.values),
        "advise": lambda reason: text(reason.advice, language, *reason.values) if reason.advice else "",
        "language": language,
        "languages": LANGUAGES,
        "assets": f"/assets/{asset_version()}",
        "number": lambda value: _number(value, language),
        "iso": iso,
        "is_date": lambda value: isinstance(value, datetime),
    }
    env.filters["role"] = lambda role: text(f"role.{role}", language)
    return env


def _number(value: float, language: Language) -> str:
    """Thousands apart: a comma in English, a narrow no-break space in French."""
    return f"{value:,}" if language == "en" else f"{value:,}".replace(",", "\u202f").replace(".", ",")
