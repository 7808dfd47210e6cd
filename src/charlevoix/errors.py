"""Every way Charlevoix says no."""

from dataclasses import dataclass
from enum import Enum


class Answer(Enum):
    """What a door answers about one object and one audience."""

    YES = "yes"
    REDACT = "redact"
    NO = "no"


@dataclass(frozen=True, slots=True)
class Reason:
    """One rule that decided, the values that decided it, and what would change it.

    `rule` and `advice` are message keys ("marking.releasable", "marking.ask-author"): `charlevoix.languages` holds their
    sentences in each language, with `{0}`, `{1}` for `values`. `advice` is empty where there is nothing to do.
    """

    rule: str
    values: tuple[str, ...] = ()
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """A no with all its obstacles, not the first; `entry` is its leaf in the ledger, once the node has written it."""

    reasons: tuple[Reason, ...]
    entry: int | None = None


class CharlevoixError(Exception):
    """The base of all our errors: what went wrong is in `reason`, for the reader's language to say."""

    def __init__(self, rule: str, *values: object, advice: str = "") -> None:
        self.reason = Reason(rule, tuple(str(v) for v in values), advice)
        super().__init__(f"{rule}: {', '.join(self.reason.values)}" if values else rule)


class Malformed(CharlevoixError):
    """Bytes that are not what they claim to be: the rule names the part, the values tell expected and got."""


class Forged(CharlevoixError):
    """A signature, a digest or a proof that does not hold."""


class Unknown(CharlevoixError):
    """A name (case, partner, key, file) that nothing here answers to."""


class Misconfigured(CharlevoixError):
    """A setting or a home folder that can't be worked with."""


class Unreachable(CharlevoixError):
    """Somebody else's machine that did not answer, or answered what it must not."""


class CharlevoixWarning(UserWarning):
    """Something that works and should not be relied on."""
