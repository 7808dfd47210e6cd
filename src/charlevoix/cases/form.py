"""A form: how verbs write an object, and how folds read one back whatever a partner may have put there."""

from collections.abc import Iterable, Mapping

from charlevoix.cases import machine
from charlevoix.cases.machine import Kind
from charlevoix.errors import Reason, Refused

LONGEST = 20_000
"""Characters in one text of a form."""


def filled(object_: Mapping[str, object]) -> Mapping[str, object]:
    """Without what is empty: STIX 2.1 (section 2.9 of lists) has no empty list, and an empty text says nothing."""
    return {k: v for k, v in object_.items() if v is not None and v != "" and v != () and v != []}


def rows(value: object) -> tuple[Mapping[str, object], ...]:
    """The JSON objects of a list, and nothing of anything else."""
    return tuple(v for v in value if isinstance(v, Mapping)) if isinstance(value, list | tuple) else ()


def string(value: object) -> str:
    return value if isinstance(value, str) else ""


def probabilities(low: object, high: object) -> tuple[float, float] | None:
    """Two ends of a range of probabilities, or None where they are none."""
    if isinstance(low, bool) or isinstance(high, bool):
        return None
    if not isinstance(low, int | float) or not isinstance(high, int | float) or not 0 <= low <= high <= 1:
        return None
    return float(low), float(high)


def digests(values: Iterable[str]) -> tuple[bytes, ...]:
    """The 32-byte digests among texts of hexadecimal digits."""
    return tuple(bytes.fromhex(v) for v in values if len(v) == 64 and all(c in "0123456789abcdef" for c in v))


# --- obstacles of forms ----------------------------------------------------------------------------


def wrong_time(kinds: Mapping[str, Kind], kind: str, phase: str) -> list[Reason]:
    """The obstacle, if an act of this kind can't be done in this phase."""
    if machine.allows(kinds[kind], phase):
        return []
    moves = kinds[kind].moves
    when = ", ".join(sorted(moves[0])) if moves else "-"
    return [Reason("form.phase", (kind, phase, when), "form.other-phase")]


def missing(**texts: str) -> list[Reason]:
    """One obstacle for each text that is blank or too long; the name of the argument is the name of the field."""
    blank = [Reason("form.blank", (name,), "form.fill") for name, text in texts.items() if not text.strip()]
    long = [
        Reason("form.long", (name, str(len(text)), str(LONGEST)), "form.shorten")
        for name, text in texts.items()
        if len(text) > LONGEST
    ]
    return blank + long


def unless(holds: bool, rule: str, *values: object, advice: str = "") -> list[Reason]:
    """The obstacle, if something does not hold."""
    return [] if holds else [Reason(rule, tuple(str(v) for v in values), advice)]


def refused(*obstacles: Iterable[Reason]) -> Refused | None:
    """All obstacles as one refusal; None where there is none."""
    all_ = tuple(r for some in obstacles for r in some)
    return Refused(all_) if all_ else None
