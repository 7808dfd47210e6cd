"""A report: what a run found as one document for programs, and in words on a terminal, the sentence to quote first."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from charlevoix import plugins
from charlevoix.assess.detectors.detector import Detector, Hit, Result, Setting, Value
from charlevoix.assess.detectors.running import Run
from charlevoix.desk import shown, told
from charlevoix.errors import CharlevoixError
from charlevoix.languages.catalogue import Language, catalogue, figure, say, text

if TYPE_CHECKING:
    from rich.console import Console

_MOMENT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")

SHOWN: Final = 20
"""Hits that a terminal shows."""


def document(run: Run, language: Language) -> dict[str, Any]:
    """The answer with `--json`. `result` is equal for the same table, settings and seed; what is true of this run only is beside it."""
    table = run.relation
    return {
        "result": of_result(run.result, language),
        "run": {"seconds": round(run.seconds, 3), "engine": table.engine.name, "file": table.source, "rows_used": table.kept},
    }


def of_result(result: Result, language: Language) -> dict[str, Any]:
    """A result as a document; no account is named in it."""
    rate = result.error_rate
    return {
        "detector": result.detector,
        "version": result.version,
        "data": result.data.hex(),
        "rows": result.rows,
        "parameters": dict(sorted(result.parameters.items())),
        "seed": result.seed,
        "headline": told(result.headline, language),
        "innocent": [told(r, language) for r in result.innocent],
        "look_first": [{"row": look.row + 1, "why": told(look.why, language)} for look in result.look_first],
        "error_rate": None if rate is None else {"value": rate.value, "measured": told(rate.measured, language)},
        "hits": [
            {
                "name": hit.name,
                "score": hit.score,
                "facts": dict(hit.facts),
                "reasons": [told(r, language) for r in hit.reasons],
                "members": list(hit.members),
                "rows": [row + 1 for row in hit.rows],
            }
            for hit in result.hits
        ],
        "notes": [told(r, language) for r in result.notes],
        "sheets": {name: {"columns": list(sheet.columns), "rows": sheet.rows} for name, sheet in sorted(result.sheets.items())},
    }


def looked_at(result: Result, language: Language) -> list[tuple[int, str]]:
    """The rows to look at first, counted from 1, each with the name of the hit that it is in and why it is one of them."""
    names = {row: called(hit.name, language) for hit in reversed(result.hits) for row in hit.rows}
    said = [(look.row, say(look.why, language)) for look in result.look_first]
    return [(row + 1, text("detect.title-of", language, names[row], why) if names.get(row) else why) for row, why in said]


def cautions(result: Result, language: Language) -> tuple[str, list[str]]:
    """What must be read with the sentence, and what else is to be known."""
    notes = [say(reason, language) for reason in result.notes]
    if result.notes and result.notes[0].rule.endswith(".safeguard"):
        return notes[0], notes[1:]
    ours = text("detect.safeguard", language)
    return f"{ours} {text('detect.pseudonyms', language)}" if result.accounts else ours, notes


def tell(run: Run, proposed: str | None, language: Language, to: "Console") -> None:
    """One sentence, what else may explain it, three rows to look at first, and only then the table."""
    result = run.result
    to.print(f"[bold]{shown(say(result.headline, language))}[/bold]")
    if result.innocent:
        to.print(f"\n{text('detect.innocent', language)}")
        for reason in result.innocent[:2]:
            to.print(f"  - {shown(say(reason, language))}")
    if result.look_first:
        to.print(f"\n{text('detect.look-first', language)}")
        for row, why in looked_at(result, language):
            to.print(f"  {text('detect.row', language, row)}  {shown(why)}")
    if result.hits:
        to.print("")
        _tell_hits(result, language, to)
    to.print("")
    if result.hits or result.error_rate:
        rate = say(result.error_rate.measured, language) if result.error_rate else text("detect.no-rate", language)
        to.print(f"[dim]{shown(text('detect.title-of', language, text('detect.rate', language), rate))}[/dim]")
    for reason in result.notes:
        to.print(f"[dim]{shown(say(reason, language))}[/dim]")
    to.print(f"[dim]{text('detect.took', language, figure(f'{run.seconds:.1f}', language), result.rows, result.data.hex()[:16])}[/dim]")
    if proposed:
        to.print(f"\n{text('detect.proposed', language)}\n  charlevoix show {proposed}")
    elif result.hits:
        to.print(f"\n{text('detect.next', language)}")


def _tell_hits(result: Result, language: Language, to: "Console") -> None:
    from rich.table import Table

    keys = list(result.hits[0].facts)
    grid = Table(box=None, pad_edge=False)
    grid.add_column(text("detect.hit", language))
    grid.add_column(score_head(result, language), justify="right")
    for key in keys:
        number = isinstance(result.hits[0].facts[key], int | float)
        grid.add_column(fact_name(key, language), justify="right" if number else "left", overflow="fold")
    for hit in result.hits[:SHOWN]:
        grid.add_row(
            shown(called(hit.name, language)),
            score(hit, result, language),
            *(shown(fact(hit.facts.get(key), key, language)) for key in keys),
        )
    to.print(grid)
    if len(result.hits) > SHOWN:
        to.print(f"[dim]{text('detect.more', language, len(result.hits) - SHOWN)}[/dim]")


_CALLED: Final = re.compile(r"(Group|Text|account) ([0-9]+)")


def called(name: str, language: Language) -> str:
    """The name of a hit or a pseudonym in the reader's language; in documents it is the same in all of them, so that it can be looked for."""
    found = _CALLED.fullmatch(name)
    return text(f"detect.called.{found[1].lower()}", language, found[2]) if found else name


def fact_name(key: str, language: Language) -> str:
    """What the head of a column says."""
    found = text(f"fact.{key}", language) if f"fact.{key}" in catalogue("en") else key.replace("_", " ")
    return found if len(found) == 1 else found[:1].upper() + found[1:]


def fact(value: Value, key: str, language: Language) -> str:
    """A figure or a word as a cell shows it; words that a detector of ours uses, in the reader's language."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "✓" if value else "-"
    if isinstance(value, str) and _MOMENT.fullmatch(value):
        return f"{value[:10]} {value[11:16]} UTC"
    if isinstance(value, str):
        known = [f"fact.{key}.{word}" for word in value.split(", ")]
        return ", ".join(text(one, language) if one in catalogue("en") else one[len(f"fact.{key}.") :] for one in known)
    return figure(f"{value:.4g}" if isinstance(value, float) else str(value), language)


def score(hit: Hit, result: Result, language: Language) -> str:
    """A score on the scale of the detector's own files."""
    return figure(f"{100 * hit.score:.0f}" if result.scale == 100 else f"{hit.score:.2f}", language)


def score_head(result: Result, language: Language) -> str:
    """The head of the column of scores; it says of how many where that is not 1."""
    return text("detect.score-of-100" if result.scale == 100 else "detect.score", language)


def set_to(result: Result, language: Language) -> list[tuple[str, str]]:
    """What was set, in words, of what mattered here, and to what; the names on the command line where nobody knows words for them."""
    try:
        found = plugins.load(plugins.DETECTORS, result.detector)
    except CharlevoixError:  # a result of a detector that is not installed here
        found = None
    known = {s.name: s for s in found.settings} if isinstance(found, Detector) else {}
    said = []
    for name, value in sorted(result.parameters.items()):
        own = f"detect.parameter.{name}"
        about = own if own in catalogue("en") else known[name].about if name in known else name
        if name not in known or _mattered(known[name], known, result.parameters):
            words = text(f"answer.{value}", language) if value in ("yes", "no") else figure(_short(value), language)
            said.append((text(about, language).rstrip("."), words or "–"))
    return said


def _mattered(setting: Setting, known: Mapping[str, Setting], parameters: Mapping[str, str]) -> bool:
    if setting.when is None:
        return True
    name, value = setting.when
    return parameters.get(name) == value and (name not in known or _mattered(known[name], known, parameters))


def _short(value: str, most: int = 80) -> str:
    line = " ".join(value.split())
    return line if len(line) <= most else line[: most - 1] + "…"
