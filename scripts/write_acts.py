"""Writes `docs/acts.md` from the kinds of acts that every case of every room declares: `python scripts/write_acts.py`."""

from collections.abc import Iterator
from pathlib import Path

from charlevoix import house
from charlevoix.cases.case import AnyCase
from charlevoix.cases.machine import START, Kind
from charlevoix.languages.catalogue import catalogue

PAGE = Path(__file__).parents[1] / "docs" / "acts.md"

HEAD = """# Acts

Generated from the declared kinds by `scripts/write_acts.py`; a test checks that it is up to date.

An act is what an organisation said or did once, signed once. Each kind belongs to a case and says who may do it, what it moves, on which act of another case it must rest, and which properties every participant of the case sees (*common*): withholding one of these is a no, never a redaction.
"any" means that it is possible in every phase of an opened case and moves nothing.
"""


def page() -> str:
    """The whole page, as it should be."""
    return HEAD + "".join(section for case in house.cases().values() for section in _section(case))


def _section(case: AnyCase) -> Iterator[str]:
    yield f"\n## {case.kind}\n\n"
    yield f"{_sentence(case)}\n\n"
    yield f"Ends in: {_words(case.terminal) or 'no phase'}."
    yield " Speaks of objects for others, never for itself.\n\n" if case.material else "\n\n"
    yield "| act | what it says | who | from | to | rests on | common |\n|---|---|---|---|---|---|---|\n"
    for name, kind in case.kinds.items():
        yield _row(name, kind)


def _sentence(case: AnyCase) -> str:
    return (type(case).__doc__ or "").strip().splitlines()[0]


def _row(name: str, kind: Kind) -> str:
    before, after = (_words(kind.moves[0]).replace(START, "nothing"), kind.moves[1]) if kind.moves else ("any", "")
    said = catalogue("en").get(f"kind.{name}", "")
    cells = (f"`{name}`", said, _words(kind.roles), before, after, _code(kind.rests), _code(kind.common))
    return f"| {' | '.join(cells)} |\n"


def _words(names: frozenset[str]) -> str:
    return ", ".join(sorted(names))


def _code(names: frozenset[str]) -> str:
    return ", ".join(f"`{n}`" for n in sorted(names))


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
