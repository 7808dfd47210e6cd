"""Evidence: one item of the grid as a party stated it, and as it is read back."""

from collections.abc import Iterable, Mapping

from charlevoix.attribute.evidence_grid import CREDIBILITY, KINDS, RELIABILITY, Cell, Grade, Grid, Item
from charlevoix.cases.form import filled, percents, rows, string
from charlevoix.cases.history import Note
from charlevoix.stix.identifier import Ref


def written(item: Item, about: tuple[Ref, ...]) -> Mapping[str, object]:
    """The STIX note of an item. `about`: the objects that are the evidence; where none can be named, the hypotheses."""
    return filled(
        {
            "type": "note",
            "content": item.name,
            "object_refs": list(about) or sorted(item.grades),
            "charlevoix_evidence_kind": item.kind,
            "charlevoix_reliability": item.reliability,
            "charlevoix_credibility": item.credibility,
            "charlevoix_planted": round(item.planted * 100),
            "charlevoix_group": item.group,
            "charlevoix_grades": _rows(item.grades),
            "charlevoix_if_planted": _rows(item.if_planted),
        }
    )


def _rows(cells: Mapping[Ref, Cell]) -> list[Mapping[str, str]]:
    return [{"hypothesis": h, "grade": c.grade.value, "reason": c.reason} for h, c in sorted(cells.items())]


def items(notes: Iterable[Note]) -> tuple[Item, ...]:
    """The newest statement of each item by its author, in the order of the first ones."""
    found: dict[tuple[Ref, Ref], Item] = {}
    for note in notes:
        item = _read(note)
        if item is not None:
            found[note.author, item.ref] = item
    return tuple(found.values())


def grid(hypotheses: tuple[Ref, ...], of: tuple[Item, ...], notes: Iterable[Note]) -> Grid:
    """The grid, with the number of items whose content is not here."""
    return Grid(hypotheses, of, sum(_read(n) is None for n in notes))


def _read(note: Note) -> Item | None:
    main = note.main
    if main is None or main.ref is None or note.text("charlevoix_evidence_kind") not in KINDS:
        return None
    planted = percents(note.value("charlevoix_planted"), 100)
    return Item(
        ref=main.ref,
        name=note.text("content"),
        kind=note.text("charlevoix_evidence_kind"),
        grades=_cells(note.value("charlevoix_grades")),
        reliability=_known(note.text("charlevoix_reliability"), RELIABILITY, "f"),
        credibility=_known(note.text("charlevoix_credibility"), CREDIBILITY, "6"),
        planted=planted[0] / 100 if planted else 0.0,
        if_planted=_cells(note.value("charlevoix_if_planted")),
        group=note.text("charlevoix_group"),
        author=note.author,
        rests=note.rests,
    )


def _known(code: str, table: Mapping[str, float], otherwise: str) -> str:
    return code if code in table else otherwise


_GRADES = {g.value: g for g in Grade}


def _cells(value: object) -> Mapping[Ref, Cell]:
    read = ((Ref(string(r.get("hypothesis"))), string(r.get("grade")), string(r.get("reason"))) for r in rows(value))
    return {h: Cell(_GRADES[grade], reason) for h, grade, reason in read if h and grade in _GRADES}
