"""A timestamp: a moment in UTC as STIX writes it (STIX 2.1 section 3.2, RFC 3339 with a capital Z)."""

import re
from datetime import UTC, datetime

from charlevoix.errors import Malformed

_FORM = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z", re.ASCII)


def parse(text: str) -> datetime:
    """The moment, aware, UTC. Digits below the microsecond are for `compare`: keep the text, it is what was signed.

    Raises Malformed for another form, a date that does not exist, a leap second, or more than nine digits.
    """
    if _FORM.fullmatch(text) is None:
        raise Malformed("timestamp.form", text[:60], advice="timestamp.write-utc")
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise Malformed("timestamp.no-such-moment", text, advice="timestamp.write-utc") from None


def is_timestamp(text: object) -> bool:
    """Would `parse` take it?"""
    if type(text) is not str or _FORM.fullmatch(text) is None:
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def write(moment: datetime) -> str:
    """Milliseconds and Z, what is below cut off. Raises Malformed when the moment has no time zone."""
    if moment.tzinfo is None:
        raise Malformed("timestamp.no-zone", moment.isoformat())
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def compare(one: str, other: str) -> int:
    """-1, 0 or 1, exact to the nanosecond. Both must be timestamps; `parse` says so."""
    a, b = order(one), order(other)
    return (a > b) - (a < b)


def order(text: str) -> str:
    """A timestamp as a string that sorts as time does: without Z, and without the zeros that say nothing."""
    return text[:-1].rstrip("0").rstrip(".") if "." in text else text[:-1]
