"""A dossier: what a drafter hands in as a file, sentence by sentence, each with the acts it rests on."""

import tomllib
from collections.abc import Callable, Mapping
from typing import Any

from charlevoix.acts.act import Digest
from charlevoix.advise.brief import Sentence
from charlevoix.advise.drafting import DraftForm
from charlevoix.errors import Malformed

LARGEST = 200_000
"""Bytes of one dossier: two pages in two languages need a tenth of it."""

_TEXTS = ("section", "sort", "en", "fr", "confidence")
_KNOWN = frozenset({*_TEXTS, "rests", "range"})


def read_dossier(raw: bytes, name: str, act_named: Callable[[str], Digest]) -> DraftForm:
    """`title`, `gender`, and one `[[sentence]]` for each sentence (TOML 1.0): section, sort, en, fr, rests, range, confidence.

    `act_named` finds the act behind each text of `rests`. Raises Malformed for what is no such file, with the place.
    """
    if len(raw) > LARGEST:
        raise Malformed("brief.file-large", name, LARGEST, advice="brief.shorten")
    try:
        read = tomllib.loads(raw.decode())
    except (ValueError, RecursionError) as error:
        raise Malformed("brief.file", name, str(error)[:120], advice="brief.file-so") from None
    rows = read.get("sentence", [])
    if set(read) - {"title", "gender", "sentence"} or not isinstance(rows, list) or not all(isinstance(r, dict) for r in rows):
        strange = ", ".join(sorted(set(read) - {"title", "gender", "sentence"})) or "sentence"
        raise Malformed("brief.file-key", name, strange[:100], advice="brief.file-so")
    sentences = tuple(_sentence(n, row, act_named) for n, row in enumerate(rows, 1))
    return DraftForm(_text(read, "title", 0), sentences, _text(read, "gender", 0))


def _sentence(number: int, row: Mapping[str, Any], act_named: Callable[[str], Digest]) -> Sentence:
    if strange := sorted(set(row) - _KNOWN):
        raise Malformed("brief.sentence-key", number, ", ".join(strange)[:100], advice="brief.file-so")
    section, sort, en, fr, confidence = (_text(row, key, number) for key in _TEXTS)
    rests, ends = row.get("rests", []), row.get("range")
    if not isinstance(rests, list) or not all(isinstance(r, str) for r in rests):
        raise Malformed("brief.sentence-key", number, "rests", advice="brief.file-so")
    if ends is not None and not (isinstance(ends, list) and len(ends) == 2 and all(type(e) is int for e in ends)):
        raise Malformed("brief.sentence-key", number, "range", advice="brief.file-so")
    words = {language: said for language, said in (("en", en), ("fr", fr)) if said}
    return Sentence(section, sort, words, tuple(act_named(r) for r in rests), (ends[0], ends[1]) if ends else None, confidence)


def _text(row: Mapping[str, Any], key: str, number: int) -> str:
    value = row.get(key, "")
    if not isinstance(value, str):
        raise Malformed("brief.sentence-key", number, key, advice="brief.file-so")
    return value.strip()
