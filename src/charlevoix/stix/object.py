"""A STIX object as it comes from outside: strict JSON, bounded, nothing said twice (STIX 2.1 section 2, RFC 7493)."""

import json
import re
from typing import NoReturn

import msgspec

from charlevoix.errors import Malformed
from charlevoix.stix.canonical import LARGEST

SIZE = 16 * 1024 * 1024
DEPTH = 64
STRING = 1024 * 1024

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(dict[str, object]).decode
_LONG = re.compile(rb"[0-9]{16}")
_LONG_NUMBER = re.compile(rb"[:,\[]\s*+-?+[0-9]{16}")  # a number stands behind one of these, a string behind a quote


def read_object(raw: bytes, *, size: int = SIZE, depth: int = DEPTH, string: int = STRING) -> dict[str, object]:
    """The members of one JSON object.

    Limits: `size` in bytes, `depth` in nested arrays and objects, `string` in UTF-8 bytes. Raises Malformed that names the
    path or offset of: invalid UTF-8, a lone surrogate, NaN, an integer beyond 2^53 - 1, a number no double holds, a member
    named twice at any depth, a syntax error, something else than an object, a limit passed.
    """
    if len(raw) > size:
        raise Malformed("json.too-large", len(raw), size, advice="json.split")
    try:
        value = _decode(raw)
    except RecursionError:
        raise Malformed("json.too-deep", "", depth, advice="json.fix") from None
    except (msgspec.MsgspecError, ValueError) as error:  # ValueError: not UTF-8, or an integer of thousands of digits
        _explain(raw, str(error))
    if raw.count(b"{") + raw.count(b"[") > depth:
        _check_depth(value, depth - 1, "")
    if _names_twice(raw, value):
        _find_double(raw)
    if _LONG.search(raw) and _LONG_NUMBER.search(raw):
        _check_numbers(value, "")
    if len(raw) > string:
        _check_strings(value, string, "")
    return value


def _names_twice(raw: bytes, value: dict[str, object]) -> bool:
    r"""May a member be named twice? Parsers keep the last, so the re-encoded document has fewer colons than the bytes.

    Only an escaped colon (`\u003a`) could make up for a lost one: where there is an escape like it, look closely.
    """
    return raw.count(b":") != _encode(value).count(b":") or b"\\u003" in raw


class _Doubled(dict[str, object]):
    """An object that names a member twice, found while parsing and located after."""

    __slots__ = ("name",)
    name: str


def _collect(pairs: list[tuple[str, object]]) -> dict[str, object]:
    seen = dict(pairs)
    if len(seen) == len(pairs):
        return seen
    doubled = _Doubled(seen)
    names = [name for name, _ in pairs]
    doubled.name = next(name for name in names if names.count(name) > 1)
    return doubled


def _find_double(raw: bytes) -> None:
    try:
        value = json.loads(raw, object_pairs_hook=_collect)
    except RecursionError:  # inside a member that the other parser had dropped
        raise Malformed("json.too-deep", "", DEPTH, advice="json.fix") from None
    for path, part in _walk(value, ""):
        if isinstance(part, _Doubled):
            raise Malformed("json.duplicate-key", f"{path}.{part.name}".lstrip("."), advice="json.fix")


def _walk(value: object, path: str) -> list[tuple[str, object]]:
    """Every part of a value with its path, outermost first."""
    found = [(path, value)]
    for at, part in found:  # the list grows while it is read
        if isinstance(part, dict):
            found.extend((f"{at}.{name}".lstrip("."), inner) for name, inner in part.items())
        elif isinstance(part, list):
            found.extend((f"{at}[{index}]", inner) for index, inner in enumerate(part))
    return found


def _check_depth(value: object, left: int, path: str) -> None:
    if left < 0:
        raise Malformed("json.too-deep", path[:200], DEPTH, advice="json.fix")
    if isinstance(value, dict):
        for name, part in value.items():
            if type(part) is dict or type(part) is list:
                _check_depth(part, left - 1, f"{path}.{name}".lstrip("."))
    elif isinstance(value, list):
        for part in value:
            if type(part) is dict or type(part) is list:
                _check_depth(part, left - 1, f"{path}[]")


def _check_numbers(value: object, path: str) -> None:
    for at, part in _walk(value, path):
        if type(part) is int and not -LARGEST <= part <= LARGEST:
            raise Malformed("json.big-integer", at, part, advice="json.fix")


def _check_strings(value: object, limit: int, path: str) -> None:
    for at, part in _walk(value, path):
        if isinstance(part, str) and len(part) * 4 > limit and len(part.encode()) > limit:
            raise Malformed("json.long-string", at, limit, advice="json.fix")
        if isinstance(part, dict) and any(len(name.encode()) > limit for name in part):
            raise Malformed("json.long-string", at, limit, advice="json.fix")


def _explain(raw: bytes, otherwise: str) -> NoReturn:
    """Say what is wrong with bytes that the fast parser refused, in the words of a slower one."""
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise Malformed("json.utf8", error.start, advice="json.encode-utf8") from None
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise Malformed("json.syntax", error.pos, error.msg, advice="json.fix") from None
    except RecursionError:
        raise Malformed("json.too-deep", "", DEPTH, advice="json.fix") from None
    except ValueError:  # an integer of more digits than Python converts
        raise Malformed("json.big-integer", "", "", advice="json.fix") from None
    for at, part in _walk(value, ""):
        if isinstance(part, float) and part in (float("inf"), float("-inf")):
            raise Malformed("json.big-number", at, advice="json.fix")
        for text in [part] if isinstance(part, str) else list(part) if isinstance(part, dict) else []:
            if any("\ud800" <= char <= "\udfff" for char in text):
                raise Malformed("json.lone-surrogate", at, advice="json.fix")
    if not isinstance(value, dict):
        raise Malformed("json.not-object", type(value).__name__, advice="json.fix")
    raise Malformed("json.syntax", 0, otherwise, advice="json.fix")


def _refuse_constant(name: str) -> NoReturn:
    raise Malformed("json.not-a-number", name, advice="json.fix")
