"""The sentences of Charlevoix in English and French: a key and its values in, plain language out."""

import json
import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal, get_args

from charlevoix.errors import Reason

Language = Literal["en", "fr"]
LANGUAGES: tuple[Language, ...] = get_args(Language)

FOLDER = Path(__file__).parent

PLACEHOLDER = re.compile(r"\{(\d)(?::([a-z.-]+))?\}")
"""`{0}` is the first value as it is; `{0:role}` is the sentence of the key `role.<value>`, where there is one, and of a list ("a, b") of each.

`{0:n-pairs}` counts: the first value is put into the sentence of `n-pairs.one` or `n-pairs.other`, whichever the language takes for such a number (`plural`).
"""

FIGURE = "number"
"""`{0:number}` is a number as people write it (`figure`)."""

COUNTED = "n-"
"""What the name of such a pair of forms begins with."""


def say(reason: Reason, language: Language) -> str:
    """The sentence of a rule with its values, then what would change it.

    >>> say(Reason("case.none"), "en")
    'This is in no case, and material that is in no case leaves for nobody.'
    """
    sentence = text(reason.rule, language, *reason.values)
    return f"{sentence} {text(reason.advice, language, *reason.values)}" if reason.advice else sentence


def text(key: str, language: Language, *values: object) -> str:
    """The sentence of a key. A key missing in this language is said in English, and one missing there too as the key itself."""
    sentence = catalogue(language).get(key) or catalogue("en").get(key)
    if sentence is None:
        return f"{key} ({', '.join(map(str, values))})" if values else key

    def fill(found: re.Match[str]) -> str:
        index, words = int(found[1]), found[2]
        if index >= len(values):
            return "?"
        value = str(values[index])
        if words == FIGURE:
            return figure(value, language)
        if words and words.startswith(COUNTED):
            return text(f"{words}.{plural(value, language)}", language, figure(value, language))
        return ", ".join(_word(f"{words}.{v}", language) or v for v in value.split(", ")) if words else value

    return PLACEHOLDER.sub(fill, sentence)


def plural(number: str, language: Language) -> Literal["one", "other"]:
    """The category of a number as it is written, by the cardinal rules of Unicode's CLDR 48; "other" for what is no number.

    French has a third, "many", for whole millions in front of a noun ("un million de paires"); our sentences write figures, and take "other" there.

    >>> [plural(n, "en") for n in ("0", "1", "1.5", "2")], [plural(n, "fr") for n in ("0", "1", "1.5", "2")]
    (['other', 'one', 'other', 'other'], ['one', 'one', 'one', 'other'])
    """
    match = _NUMBER.fullmatch(number)
    if match is None:
        return "other"
    whole, fraction = match[1].lstrip("0"), match[2]
    if language == "fr":
        return "one" if whole in ("", "1") else "other"
    return "one" if whole == "1" and fraction is None else "other"


def figure(number: str, language: Language) -> str:
    """A number as people write it: thousands apart, and the language's decimal sign. What is no number stays as it is.

    >>> figure("849556", "en"), figure("0.5", "fr"), figure("many", "fr")
    ('849,556', '0,5', 'many')
    """
    match = _NUMBER.fullmatch(number)
    if match is None:
        return number
    whole, fraction = f"{int(match[1]):,}", match[2]
    if language == "fr":
        whole = whole.replace(",", "\u202f")
    sign = "-" if number.startswith("-") else ""
    return f"{sign}{whole}" + (f"{',' if language == 'fr' else '.'}{fraction}" if fraction is not None else "")


_NUMBER = re.compile(r"-?([0-9]+)(?:\.([0-9]+))?")


def _word(key: str, language: Language) -> str | None:
    return catalogue(language).get(key) or catalogue("en").get(key)


@cache
def catalogue(language: Language) -> Mapping[str, str]:
    """Every key of a language, from its topic files; a test forbids that two of them hold the same key.

    All are read at once: 2,000 sentences take 2 ms, and a list of which file holds which key would be one more thing to keep right.
    """
    found: dict[str, str] = {}
    for path in sorted(FOLDER.glob(f"*.{language}.toml")):
        found.update(_read(path.read_text("utf-8")))
    return found


def _read(written: str) -> Mapping[str, str]:
    """A flat table. Its lines are JSON but for the sign between key and sentence, and JSON is read seven times as fast as TOML."""
    lines = (line.replace('" = "', '": "', 1) for line in written.splitlines() if line.startswith('"'))
    try:
        read: Mapping[str, str] = json.loads("{" + ",".join(lines) + "}")
    except json.JSONDecodeError:
        read = tomllib.loads(written)
    return read
