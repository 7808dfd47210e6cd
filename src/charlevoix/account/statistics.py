"""Statistics: the figures of an account in the order in which people ask for them, each with the command that recounts it."""

import re
from collections import Counter
from dataclasses import dataclass

from charlevoix.account.public_files import OPENED, Figures
from charlevoix.errors import Answer
from charlevoix.ledger.entry import Door


@dataclass(frozen=True, slots=True)
class Headline:
    """One figure. `key`: message key of what is counted; `pattern`: the POSIX extended expression that its lines of `opened.json` match."""

    key: str
    pattern: str
    count: int

    @property
    def command(self) -> str:
        """What counts it again, in the published directory."""
        return f"grep -cE '{self.pattern}' {OPENED}"


@dataclass(frozen=True, slots=True)
class Ruled:
    """How often one rule decided."""

    rule: str
    count: int


_HEADLINES = (
    ("statistics.released", '"door":"release"'),
    ("statistics.redacted", '"door":"release","answer":"redact"'),
    ("statistics.refused", '"door":"refuse"'),
    ("statistics.recalled", '"door":"recall"'),
    ("statistics.overridden", '"rule":"override\\.'),
    ("statistics.reviews", '"door":"admit","answer":"yes","rule":"[a-z]+\\.(review|nexus-passed|nexus-excluded)"'),
    ("statistics.unreviewed", '"door":"refuse","answer":"no","rule":"(review\\.missing|reviews\\.missing|publication\\.review-missing)"'),
    ("statistics.admitted", '"door":"admit","answer":"yes"'),
    ("statistics.turned-away", '"door":"admit","answer":"no"'),
    ("statistics.accounts", '"door":"publish"'),
)


def headlines(figures: Figures) -> tuple[Headline, ...]:
    """The figures that an account opens with; none of them counts persons, so none is held back; entries that concern a person at risk are not opened at all."""
    lines = [(f'"door":"{f.door.value}","answer":"{f.answer.value}","rule":"{f.rule}"', f.count) for f in figures.figures]
    return tuple(Headline(key, p, sum(count for line, count in lines if re.search(p, line))) for key, p in _HEADLINES)


def refusals(figures: Figures) -> tuple[Ruled, ...]:
    """What was refused, by the rule that refused it, the most frequent first."""
    counted = Counter[str]()
    for f in figures.figures:
        if f.door is Door.REFUSE and f.answer is Answer.NO:
            counted[f.rule] += f.count
    return tuple(Ruled(rule, count) for rule, count in sorted(counted.items(), key=lambda row: (-row[1], row[0])))
