"""The page of a report: one file without scripts and without anything from elsewhere, the same on paper."""

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from charlevoix.assess.detectors import report
from charlevoix.assess.detectors.detector import Result
from charlevoix.assess.detectors.drawing import draw
from charlevoix.assess.detectors.running import Run
from charlevoix.languages.catalogue import Language, catalogue, figure, say, text

HITS = 200
"""Hits that the page tells in full; the rest is counted."""

FIRST = 20
"""Hits of the table at the beginning, and those whose reasons are printed on paper; the others stand at the end."""


def html(run: Run, language: Language) -> str:
    """The whole page of a run."""
    return of_result(run.result, run.relation.source, language)


def of_result(result: Result, source: str, language: Language) -> str:
    """The whole page of a result; `source` is the name of the file that was looked at. The same result gives the same bytes."""
    pictures = [draw(picture, language, number) for number, picture in enumerate(result.pictures, 1)]
    caution, notes = report.cautions(result, language)
    return _template().render(
        language=language,
        result=result,
        title=title(result.detector, language),
        source=source,
        pictures=[(drawn, Markup(drawn.markup)) for drawn in pictures],  # noqa: S704 (our own drawing, which escapes every word)
        hits=result.hits[:HITS],
        more=max(0, len(result.hits) - HITS),
        facts=list(result.hits[0].facts) if result.hits else [],
        first=FIRST,
        settings=report.set_to(result, language),
        score=lambda hit: report.score(hit, result, language),
        score_head=report.score_head(result, language),
        figure=lambda number: figure(str(number), language),
        says=lambda reason: say(reason, language),
        text=lambda key, *values: text(key, language, *values),
        fact_name=lambda key: report.fact_name(key, language),
        fact=lambda value, key: report.fact(value, key, language),
        look_first=report.looked_at(result, language),
        caution=caution,
        notes=notes,
        called=lambda name: report.called(name, language),
    )


def title(detector: str, language: Language) -> str:
    """What a detector is called; one that is not ours goes by its own name."""
    key = f"detect.title.{detector}"
    return text(key, language) if key in catalogue("en") else detector


@cache
def _template() -> Template:
    folder = Path(__file__).parent / "pages"
    return Environment(
        loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    ).get_template("report.html")
