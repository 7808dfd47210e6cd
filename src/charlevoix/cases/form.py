"""A form: how verbs write an object, and how folds read one back whatever a partner may have put there."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from charlevoix.acts.act import Digest
from charlevoix.cases.case import Local
from charlevoix.errors import Reason, Refused
from charlevoix.stix import marking
from charlevoix.stix.identifier import Ref

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


def percents(lowest: object, highest: object) -> tuple[int, int] | None:
    """Two ends of a range in whole per cent, or None where they are none."""
    if type(lowest) is not int or type(highest) is not int or not 0 <= lowest <= highest <= 100:
        return None
    return lowest, highest


def digests(values: Iterable[str]) -> tuple[Digest, ...]:
    """The digests among texts: 64 lower-case hexadecimal digits each."""
    return tuple(Digest(bytes.fromhex(v)) for v in values if len(v) == 64 and set(v) <= set("0123456789abcdef"))


# --- obstacles of forms ----------------------------------------------------------------------------


def missing(**texts: str) -> list[Reason]:
    """One obstacle for each text that is blank or too long; the name of the argument is the name of the field."""
    blank = [Reason("form.blank", (name,), "form.fill") for name, text in texts.items() if not text.strip()]
    long = [
        Reason("form.long", (name, str(len(text)), str(LONGEST)), "form.shorten") for name, text in texts.items() if len(text) > LONGEST
    ]
    return blank + long


def unless(holds: bool, rule: str, *values: object, advice: str = "") -> list[Reason]:
    """The obstacle, if something does not hold."""
    return [] if holds else [Reason(rule, tuple(str(v) for v in values), advice)]


def refused(*obstacles: Iterable[Reason]) -> Refused | None:
    """All obstacles as one refusal; None where there is none."""
    all_ = tuple(r for some in obstacles for r in some)
    return Refused(all_) if all_ else None


# --- how widely what a form says may go ------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Handling:
    """A TLP 2.0 level and, if there is one, the list of those who may have it."""

    tlp: str = "amber"
    releasable_to: frozenset[Ref] | None = None


def marked(objects: Mapping[str, Mapping[str, object]], how: Handling) -> Mapping[str, Mapping[str, object]]:
    """The objects under one marking, which the same act commits to, so that no relay can swap the list."""
    plain = marking.official(how.tlp)
    if how.releasable_to is None:
        ref, rule = plain["id"], plain
    else:
        own = {k: v for k, v in plain.items() if k not in ("id", "created")}
        ref, rule = Local("marking"), {**own, marking.RELEASABLE: sorted(how.releasable_to)}
    return {**{name: {**o, "object_marking_refs": [ref]} for name, o in objects.items()}, "marking": rule}


def wrong_handling(how: Handling) -> list[Reason]:
    known = how.tlp in marking.LEVELS and how.releasable_to != frozenset()
    return unless(known, "form.handling", how.tlp, ", ".join(marking.LEVELS), advice="form.choose-handling")
