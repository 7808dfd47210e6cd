"""TAXII 2.1, read-only: requests in, responses out; what a partner may read comes from a shelf that is handed in."""

import base64
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final
from uuid import UUID

import msgspec

from charlevoix.cases.case import Row
from charlevoix.errors import CharlevoixError, Reason
from charlevoix.languages.catalogue import say
from charlevoix.stix.identifier import Ref, is_id

MEDIA: Final = "application/taxii+json;version=2.1"
STIX: Final = "application/stix+json;version=2.1"
ROOT: Final = "/peers/"
DISCOVERY: Final = "/taxii2/"

ACTS, PLAIN = "acts", "stix"
COLLECTIONS: Final = (ACTS, PLAIN)
"""Presentations, for nodes; plain STIX, for everybody else."""

VALUES: Final = 1_000
"""The most values that one filter takes."""

QUERY_BYTES: Final = 16 * 2**10

_MOMENT: Final = re.compile(r"(\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d)(\.\d{1,6})?([Zz]|[+ -]\d\d:\d\d)", re.ASCII)
_TYPE: Final = re.compile(r"[a-z0-9-]{1,250}", re.ASCII)
_SPEC: Final = re.compile(r"\d\.\d", re.ASCII)
_encode: Final = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads, already known by a signature or a token, and which collections are theirs."""

    peer: Ref
    collections: tuple[str, ...] = COLLECTIONS


@dataclass(frozen=True, slots=True)
class Question:
    """A request, as far as TAXII looks at it. `query` holds decoded pairs, in their order."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    accept: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """A response: always with the media type and its version, errors too (section 3.1)."""

    status: int
    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Rows:
    """A page of a collection, and the sequence number to go on after, or empty."""

    rows: tuple[Row, ...] = ()
    next: str = ""


Shelf = Callable[[str, Mapping[str, str], int, int], Rows]
"""(collection, filters of `charlevoix.doors.enquiry` on releases, sequence number to start after, limit) -> a page in ascending order."""


@dataclass(frozen=True, slots=True)
class Site:
    """What a node says of itself here."""

    node: Ref
    name: str
    page: int = 100  # the most objects on a page
    longest: int = 64 * 2**20  # bytes of a body


class Stop(Exception):
    """A request that gets an error, with its status and reason."""

    def __init__(self, status: int, rule: str, *values: object) -> None:
        self.status, self.reason = status, Reason(rule, tuple(str(v)[:200] for v in values))
        super().__init__(rule)


def collection_id(node: Ref, peer: Ref, name: str) -> str:
    """The id of a peer's collection: the same each time at both ends, and of the form of a UUIDv4, which Sentinel asks for."""
    digest = sha256("\n".join(("charlevoix collection", node, peer, name)).encode()).digest()
    return str(UUID(bytes=digest[:16], version=4))


def answer(asked: Question, reader: Reader, site: Site, shelf: Shelf) -> Reply:
    """The response to any request of a known reader: never raises for what a client sends."""
    try:
        _demand_acceptable(asked.accept)
        return _route(asked, reader, site, shelf)
    except Stop as stop:
        return error(stop.status, stop.reason)
    except CharlevoixError as no:
        return error(400, no.reason)


def error(status: int, reason: Reason, headers: Mapping[str, str] | None = None) -> Reply:
    """A TAXII error object (section 3.6.1)."""
    body = {"title": say(reason, "en"), "error_code": reason.rule, "http_status": str(status)}
    return Reply(status, _encode(body), {"content-type": MEDIA, **(headers or {})})


# --- routes ----------------------------------------------------------------------------------------------------------


def _route(asked: Question, reader: Reader, site: Site, shelf: Shelf) -> Reply:
    parts = [p for p in asked.path.split("/") if p]  # older clients leave the last slash off
    match parts:
        case ["taxii2"]:
            return _get(asked, lambda: _discovery(site))
        case ["peers"]:
            return _get(asked, lambda: _root(site))
        case ["peers", "collections"]:
            return _get(asked, lambda: {"collections": [_collection(site, reader, name) for name in reader.collections]})
        case ["peers", "status", _]:
            raise Stop(404, "taxii.no-status")
        case ["peers", "collections", id_, *rest]:
            return _in_collection(asked, reader, site, shelf, _named(site, reader, id_), rest)
    raise Stop(404, "taxii.nothing-here", asked.path)


def _in_collection(asked: Question, reader: Reader, site: Site, shelf: Shelf, name: str, rest: list[str]) -> Reply:
    outbound = (asked.method == "POST" and rest == ["objects"]) or (asked.method == "DELETE" and len(rest) == 2 and rest[0] == "objects")
    if outbound:
        raise Stop(403, "taxii.read-only")
    if asked.method != "GET":
        raise Stop(405, "taxii.method", asked.method)
    id_ = collection_id(site.node, reader.peer, name)
    match rest:
        case []:
            return _reply(_collection(site, reader, name))
        case ["objects"]:
            return _objects(*_look(asked, site, shelf, name, id_))
        case ["manifest"]:
            return _manifest(*_look(asked, site, shelf, name, id_))
        case ["objects", ref]:
            return _objects(*_look(asked, site, shelf, name, id_, _demand_id(ref)))
        case ["objects", ref, "versions"]:
            return _versions(*_look(asked, site, shelf, name, id_, _demand_id(ref), "all"))
    raise Stop(404, "taxii.nothing-here", asked.path)


def _get(asked: Question, body: Callable[[], Mapping[str, object]]) -> Reply:
    if asked.method != "GET":
        raise Stop(405, "taxii.method", asked.method)
    return _reply(body())


def _discovery(site: Site) -> dict[str, object]:
    return {"title": site.name, "description": "What this Charlevoix node gives to its partners.", "default": ROOT, "api_roots": [ROOT]}


def _root(site: Site) -> dict[str, object]:
    return {"title": site.name, "versions": [MEDIA], "max_content_length": site.longest}


_ABOUT: Final = {
    ACTS: ("Acts", "Acts with what of their objects you may see, for Charlevoix nodes; ask with match[version]=all."),
    PLAIN: ("STIX", "The same objects as plain STIX 2.1, as far as they may be seen whole."),
}


def _collection(site: Site, reader: Reader, name: str) -> dict[str, object]:
    title, about = _ABOUT[name]
    return {
        "id": collection_id(site.node, reader.peer, name),
        "title": title,
        "description": about,
        "alias": name,
        "can_read": True,
        "can_write": False,
        "media_types": [STIX],
    }


def _named(site: Site, reader: Reader, id_: str) -> str:
    """The collection of this id or alias. Another reader's is not there."""
    for name in reader.collections:
        if id_.lower() in (name, collection_id(site.node, reader.peer, name)):
            return name
    raise Stop(404, "taxii.no-collection", id_)


# --- asking ----------------------------------------------------------------------------------------------------------


def _look(asked: Question, site: Site, shelf: Shelf, name: str, id_: str, ref: str = "", version: str = "") -> tuple[Rows, str, bool]:
    """The page that is asked for, the collection's id, and whether the page is empty because of its filters only."""
    typed = _parameters(asked.query)
    limit = min(_limit(typed.get("limit")), site.page)
    after = _read_cursor(typed["next"], id_) if typed.get("next") else 0
    where = _filters(typed, ref, version)
    found = shelf(name, where, after, limit) if _speaks(typed) else Rows()
    if ref and not found.rows and not shelf(name, {"ids": ref, "versions": "all"}, 0, 1).rows:
        raise Stop(404, "taxii.no-object", ref)
    return found, id_, bool(found.next)


def _parameters(query: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Each name once; what is said twice is joined, as commas would. Empty ones, as MISP sends, and unknown ones say nothing."""
    found: dict[str, str] = {}
    for name, value in query:
        if value:
            found[name] = f"{found[name]},{value}" if name in found else value
    return found


def _filters(typed: Mapping[str, str], ref: str, version: str) -> dict[str, str]:
    where = {"versions": version or ",".join(_versions_asked(typed.get("match[version]", "")))}
    if ids := ref or typed.get("match[id]", ""):
        where["ids"] = ",".join(_demand_id(i) for i in _values(ids))
    if (types := typed.get("match[type]", "")) and not ref:
        where["types"] = ",".join(_demand(_TYPE, t, "match[type]") for t in _values(types))
    if "added_after" in typed:
        where["added_after"] = _moment(typed["added_after"], "added_after")
    return where


def _speaks(typed: Mapping[str, str]) -> bool:
    """Everything here is STIX 2.1: does `match[spec_version]` ask for that?"""
    wanted = [_demand(_SPEC, v, "match[spec_version]") for v in _values(typed.get("match[spec_version]", ""))]
    return not wanted or "2.1" in wanted


def _versions_asked(text: str) -> list[str]:
    """`all` stands alone; nothing said means the last (section 3.4.1)."""
    wanted = [v if v in ("all", "first", "last") else _moment(v, "match[version]") for v in _values(text)]
    if "all" in wanted and len(wanted) > 1:
        raise Stop(400, "taxii.all-alone")
    return wanted or ["last"]


def _values(text: str) -> list[str]:
    found = [v for v in text.split(",") if v]
    if len(found) > VALUES:
        raise Stop(400, "taxii.too-many", VALUES)
    return found


def _limit(text: str | None) -> int:
    if text is None:
        return VALUES
    if not text.isascii() or not text.isdigit() or len(text) > 12 or int(text) < 1:
        raise Stop(400, "taxii.limit", text)
    return int(text)


def _moment(text: str, name: str) -> str:
    """A moment as the release log writes it. No to six digits and offsets are taken too: clients send them, though 3.4 wants a 400."""
    found = _MOMENT.fullmatch(text)
    try:
        if found is None:
            raise ValueError(text)
        zone = "+00:00" if found[3] in "Zz" else found[3].replace(" ", "+")  # a plus sign in an address reads as a blank
        when = datetime.fromisoformat(found[1].upper() + (found[2] or "") + zone).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Stop(400, "taxii.moment", name, text) from None
    return when.strftime("%Y-%m-%dT%H:%M:%S.") + f"{when.microsecond:06d}Z"


def _demand_id(text: str) -> str:
    if not is_id(text):
        raise Stop(400, "taxii.id", text)
    return text


def _demand(form: re.Pattern[str], text: str, name: str) -> str:
    if form.fullmatch(text) is None:
        raise Stop(400, "taxii.value", name, text)
    return text


def _demand_acceptable(accept: str) -> None:
    """Section 3.1: a type without version, a list with weights, or anything at all is no 406."""
    if not accept.strip():
        return
    for part in accept[:2_000].split(","):
        media, *parameters = (p.strip().lower() for p in part.split(";"))
        said = dict(p.partition("=")[::2] for p in parameters)
        weight = said.get("q", "1").strip()
        if re.fullmatch(r"0(\.0{0,3})?", weight):
            continue
        if media in ("*/*", "application/*") or (media == "application/taxii+json" and said.get("version", "2.1").strip('" ') == "2.1"):
            return
    raise Stop(406, "taxii.accept", accept, MEDIA)


# --- the cursor ------------------------------------------------------------------------------------------------------


def _write_cursor(seq: str, collection: str) -> str:
    raw = int(seq).to_bytes(8, "big")
    return base64.urlsafe_b64encode(raw + _bound(raw, collection)).decode().rstrip("=")


def _read_cursor(text: str, collection: str) -> int:
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True) if len(text) < 40 else b""
    except ValueError:
        raw = b""
    if len(raw) != 16 or raw[8:] != _bound(raw[:8], collection):
        raise Stop(400, "taxii.cursor", text)
    return min(int.from_bytes(raw[:8], "big"), 2**62)


def _bound(raw: bytes, collection: str) -> bytes:
    """Ties a cursor to its collection, so that one of another collection is an error and not a silent gap."""
    return sha256(b"charlevoix cursor\n" + collection.encode() + b"\n" + raw).digest()[:8]


# --- answering -------------------------------------------------------------------------------------------------------


def _reply(body: Mapping[str, object]) -> Reply:
    return Reply(200, _encode(body), {"content-type": MEDIA})


def _objects(page: Rows, id_: str, more: bool) -> Reply:
    """An envelope (section 3.7) of stored bytes: no object is decoded on its way out."""
    listed = b",".join(str(r["body"]).encode() for r in page.rows)
    return _envelope(page, id_, more, b'"objects":[' + listed + b"]")


def _manifest(page: Rows, id_: str, more: bool) -> Reply:
    records = [{"id": r["ref"], "date_added": r["date_added"], "version": _version(r), "media_type": STIX} for r in page.rows]
    return _envelope(page, id_, more, b'"objects":' + _encode(records))


def _versions(page: Rows, id_: str, more: bool) -> Reply:
    return _envelope(page, id_, more, b'"versions":' + _encode([_version(r) for r in page.rows]))


def _envelope(page: Rows, id_: str, more: bool, content: bytes) -> Reply:
    """`next` goes with `more: true` always, and never alone; an empty page is an empty object, for lists are never empty (section 2)."""
    if not page.rows:
        return _reply({})
    start = _encode({"more": True, "next": _write_cursor(page.next, id_)} if more else {"more": False})
    first, last = str(page.rows[0]["date_added"]), str(page.rows[-1]["date_added"])
    headers = {"content-type": MEDIA, "x-taxii-date-added-first": first, "x-taxii-date-added-last": last}
    return Reply(200, start[:-1] + b"," + content + b"}", headers)


def _version(row: Row) -> str:
    """`modified`; what has no versions has its date_added (section 3.4.1)."""
    return str(row["version"] or row["date_added"])
