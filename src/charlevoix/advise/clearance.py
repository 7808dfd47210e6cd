"""A clearance: one party lets one version of a brief go, with or without a footnote of dissent in its own words."""

from collections.abc import Iterable
from dataclasses import dataclass

from charlevoix.acts.act import Digest
from charlevoix.cases.form import digests
from charlevoix.cases.history import Note
from charlevoix.stix.identifier import Ref

ON = "charlevoix_draft"


@dataclass(frozen=True, slots=True)
class Clearance:
    act: Digest
    party: Ref
    version: Digest  # the act that drafted it
    footnote: str  # "" where there is no dissent


def clearances(notes: Iterable[Note]) -> tuple[Clearance, ...]:
    """The newest of each party; `notes` in causal order."""
    newest: dict[Ref, Clearance] = {}
    for note in notes:
        for version in digests([note.text(ON)]):
            newest[note.author] = Clearance(note.digest, note.author, version, note.text("charlevoix_footnote"))
    return tuple(newest.values())
