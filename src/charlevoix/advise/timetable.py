"""A timetable: the steps of a brief planned back from its deadline, in working hours."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

STEPS: tuple[tuple[str, int], ...] = (
    ("draft", 4),
    ("comments", 6),
    ("second-draft", 2),
    ("clearance", 6),
    ("delivery", 1),
)
"""Steps in order, and how many working hours each takes (message key `step.<name>`): a day and a half, and half a day for clearing."""

OPENS, CLOSES = time(9, tzinfo=UTC), time(17, tzinfo=UTC)
"""Working hours, Monday to Friday, in UTC; a holiday is a day among `closed`."""


@dataclass(frozen=True, slots=True)
class Step:
    """From when until when; `late`: it should have begun already."""

    name: str
    begins: datetime
    ends: datetime
    late: bool


def timetable(
    due: datetime, now: datetime, steps: Iterable[tuple[str, int]] = STEPS, closed: frozenset[date] = frozenset()
) -> tuple[Step, ...]:
    """The steps in order, the last one ending at the deadline (or at the close of work before it). `due`, `now`: aware."""
    found, end = [], last_working_moment(due.astimezone(UTC), closed)
    for name, hours in reversed(tuple(steps)):
        begin = before(end, timedelta(hours=hours), closed)
        found.append(Step(name, begin, end, begin < now))
        end = begin
    return tuple(reversed(found))


def before(end: datetime, work: timedelta, closed: frozenset[date] = frozenset()) -> datetime:
    """The moment from which `work` fits into the working hours until `end`."""
    at, left = last_working_moment(end, closed), work
    while left:
        day = timedelta() if at.timetz() <= OPENS else at - datetime.combine(at.date(), OPENS)
        if left <= day:
            return at - left
        left -= day
        at = last_working_moment(datetime.combine(at.date(), OPENS) - timedelta(microseconds=1), closed)
    return at


def last_working_moment(at: datetime, closed: frozenset[date] = frozenset()) -> datetime:
    """`at` itself within working hours, else the last close of work before it."""
    day = at.date()
    while day.weekday() >= 5 or day in closed or (day == at.date() and at.timetz() < OPENS):
        day -= timedelta(days=1)
        at = datetime.combine(day, CLOSES)
    return min(at, datetime.combine(day, CLOSES))
