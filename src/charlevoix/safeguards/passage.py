"""What has come through a door: only a door can make these, and nothing else is believed or sent."""

from dataclasses import dataclass
from typing import Generic, NoReturn, TypeVar

from charlevoix.acts.act import Act, Missing, StixObject
from charlevoix.safeguards.decision import Decision
from charlevoix.stix.identifier import Ref

T_co = TypeVar("T_co", covariant=True)

_SEALS: dict[str, object] = {}


def claim(door: str) -> object:
    """The seal of a door ("admission", "release"): handed out once, to the module that is that door.

    Raises RuntimeError when asked a second time: whoever asks second is not the door.
    """
    if door not in ("admission", "release") or door in _SEALS:
        raise RuntimeError(f"the seal of {door!r} is taken: only charlevoix.doors.{door} makes what passes it")
    return _SEALS.setdefault(door, object())


@dataclass(frozen=True, slots=True)
class Unverified:
    """Bytes from outside, one object or one presentation each: nothing is believed yet."""

    raw: bytes
    source: Ref  # an authenticated peer, or the identity that published the file; independence of sources is counted on it
    case: Ref | None = None  # where a foreign object's voucher goes: the report being imported; None for a peer's act
    marking: Ref | None = None  # what the importer says holds where the object says nothing; None: TLP:AMBER+STRICT


class Verified(Generic[T_co]):
    """Made by `doors.admission` only; the only thing a fold takes. Can't be copied, replaced or unpickled."""

    __slots__ = ("by", "value")
    value: T_co
    by: Ref

    def __init__(self, value: T_co, by: Ref, seal: object) -> None:
        _demand("admission", seal)
        object.__setattr__(self, "value", value)
        object.__setattr__(self, "by", by)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("what a door verified does not change")

    def __reduce__(self) -> NoReturn:
        raise TypeError("what a door verified is not pickled or copied: take it through the door again")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Verified) and (self.value, self.by) == (other.value, other.by)

    def __hash__(self) -> int:
        return hash((self.value, self.by))

    def __repr__(self) -> str:
        return f"Verified({self.value!r}, by={self.by!r})"


class Released(Generic[T_co]):
    """Made by `doors.release` only; the only thing a page, an exporter or a peer takes. Carries the decision with its reasons."""

    __slots__ = ("decision", "value")
    value: T_co
    decision: Decision

    def __init__(self, value: T_co, decision: Decision, seal: object) -> None:
        _demand("release", seal)
        object.__setattr__(self, "value", value)
        object.__setattr__(self, "decision", decision)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("what a door released does not change")

    def __reduce__(self) -> NoReturn:
        raise TypeError("what a door released is not pickled or copied: ask the door again")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Released) and (self.value, self.decision) == (other.value, other.decision)

    def __hash__(self) -> int:
        return hash((self.value, self.decision))

    def __repr__(self) -> str:
        return f"Released({self.value!r}, {self.decision.answer.value})"


def _demand(door: str, seal: object) -> None:
    if door not in _SEALS or seal is not _SEALS[door]:
        raise TypeError(f"only charlevoix.doors.{door} makes this: call its functions instead")


@dataclass(frozen=True, slots=True)
class Seen:
    """An act as this node holds it: verified, with each object as far as it is here."""

    act: Verified[Act]
    objects: tuple[StixObject | Missing, ...]
