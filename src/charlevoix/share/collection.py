"""A partner's collection, read page by page to an end, whatever the partner's server does."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final
from urllib.parse import urlencode

import msgspec

from charlevoix.errors import Unreachable
from charlevoix.stix.timestamp import is_timestamp, order

PAGES: Final = 1_000
"""The most pages of one reading; the rest waits for the next."""

LIMIT: Final = 1_000
"""The most objects that one page may hold, whatever was asked for."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What a server said: status, headers in lower case, body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


Get = Callable[[str], Answered]


@dataclass(frozen=True, slots=True)
class Arrived:
    """A page: objects as they came, and the partner's own time of the last of them (empty where it does not say)."""

    objects: tuple[bytes, ...]
    last: str


class _Envelope(msgspec.Struct):
    objects: list[msgspec.Raw] = msgspec.field(default_factory=list)
    more: bool = False
    next: str | None = None


_read: Final = msgspec.json.Decoder(_Envelope).decode


def read(get: Get, objects_url: str, added_after: str, *, page: int, most: int) -> Iterator[Arrived]:
    """Pages of what was added after a moment, in the order of the log, at most about `most` objects.

    Ends in any case: a page that brings nothing new where more was promised raises Unreachable("sync.repeats"), as does an answer that is no
    page. What came before is good, and its `last` is where to go on.
    """
    seen: set[bytes] = set()
    next_, after = "", added_after
    for _ in range(PAGES):
        envelope, last = _page(get(_url(objects_url, after, next_, page)), objects_url)
        new = [raw for raw in map(bytes, envelope.objects) if sha256(raw).digest() not in seen]
        seen.update(sha256(raw).digest() for raw in new)
        if new:
            yield Arrived(tuple(new), last)
        if not envelope.more or len(seen) >= most:
            return
        further = envelope.next or ""
        if not new or (not further and not _later(last, after)):
            raise Unreachable("sync.repeats", objects_url)
        next_, after = further, after if further else last
    return


def _url(objects_url: str, after: str, next_: str, page: int) -> str:
    asked = {"limit": str(page), "match[version]": "all", **({"added_after": after} if after else {}), **({"next": next_} if next_ else {})}
    return f"{objects_url}?{urlencode(asked)}"


def _page(reply: Answered, url: str) -> tuple[_Envelope, str]:
    if reply.status != 200:
        raise Unreachable("sync.answer", url, reply.status, _title(reply.body))
    try:
        envelope = _read(reply.body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Unreachable("sync.no-envelope", url, str(error)[:200]) from None
    if len(envelope.objects) > LIMIT or len(envelope.next or "") > 1_000:
        raise Unreachable("sync.too-many", url, LIMIT)
    last = reply.headers.get("x-taxii-date-added-last", "")
    return envelope, last if len(last) <= 40 and is_timestamp(last) else ""


def _later(last: str, after: str) -> bool:
    return bool(last) and (not after or order(last) > order(after))


class _Error(msgspec.Struct):
    title: str = ""


def _title(body: bytes) -> str:
    """What the other side says went wrong, as far as it says it in the form of TAXII."""
    try:
        title = msgspec.json.decode(body[:20_000], type=_Error).title
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return "-"
    return "".join(c for c in title if c.isprintable())[:300] or "-"
