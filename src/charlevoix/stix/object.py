"""A STIX object as it comes from outside: strict JSON, bounded, nothing said twice (STIX 2.1 section 2, RFC 7493)."""

import json
import re
from collections.abc import Callable, Iterable
from typing import NoReturn

import msgspec

from charlevoix.errors import Malformed
from charlevoix.stix.canonical import LARGEST

SIZE = 16 * 1024 * 1024
DEPTH = 64
STRING = 1024 * 1024

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(dict[str, object]).decode
_SURROGATE = re.compile("[\ud800-\udfff]")


def read_object(raw: bytes, *, size: int = SIZE, depth: int = DEPTH, string: int = STRING) -> dict[str, object]:
    """The members of one JSON object.

    Limits: `size` in bytes, `depth` in nested arrays and objects, `string` in UTF-8 bytes. Raises Malformed that names the
    path or offset of: invalid UTF-8, a lone surrogate, NaN, a number beyond 2^53 - 1, a member
    named twice at any depth, a syntax error, something else than an object, a limit passed.
    """
    if len(raw) > size:
        raise Malformed("json.too-large", len(raw), size, advice="json.split")
    try:
        value = _decode(raw)
    except RecursionError:
        raise Malformed("json.too-deep", depth, advice="json.fix") from None
    except (msgspec.MsgspecError, ValueError) as error:  # ValueError: not UTF-8, or an integer of thousands of digits
        _explain(raw, str(error))
    _check_inside(value, depth)
    if _names_twice(raw, value):
        _find_double(raw)
    if len(raw) > string and (path := _find(value, lambda part: _too_long(part, string))) is not None:
        raise Malformed("json.long-string", path, string, advice="json.fix")
    return value


def _check_inside(value: dict[str, object], depth: int) -> None:
    """Level by level: no number beyond 2^53 - 1, and no more than `depth` levels.

    Not even a float: 1e16 has the canonical form of an integer that nobody may read back.
    """
    level: list[object] = [value]
    for _ in range(depth):
        below: list[object] = []
        for whole in level:
            for part in whole.values() if type(whole) is dict else whole:  # type: ignore[attr-defined]  # a list
                kind = type(part)
                if kind is str:
                    continue
                if kind is dict or kind is list:
                    below.append(part)
                elif (kind is int or kind is float) and not -LARGEST <= part <= LARGEST:
                    raise Malformed("json.big-number", _find(value, _too_big), advice="json.fix")
        if not below:
            return
        level = below
    raise Malformed("json.too-deep", depth, advice="json.fix")


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
    doubled: list[str] = []

    def is_doubled(part: object) -> bool:
        if isinstance(part, _Doubled):
            doubled.append(part.name)
        return bool(doubled)

    try:
        path = _find(json.loads(raw, object_pairs_hook=_collect), is_doubled)
    except RecursionError:  # inside a member that the other parser had dropped
        raise Malformed("json.too-deep", DEPTH, advice="json.fix") from None
    if path is not None:
        raise Malformed("json.duplicate-key", f"{path}.{doubled[0]}".lstrip("."), advice="json.fix")


def _find(value: object, wrong: Callable[[object], bool]) -> str | None:
    """The path of the first part that is wrong (`external_references[0].url`), or None."""
    if wrong(value):
        return ""
    if isinstance(value, dict):
        for name, part in value.items():
            if (path := _find(part, wrong)) is not None:
                return f"{name}{path}" if path[:1] in ("", "[") else f"{name}.{path}"
    elif isinstance(value, list):
        for index, part in enumerate(value):
            if (path := _find(part, wrong)) is not None:
                return f"[{index}]{path}" if path[:1] in ("", "[") else f"[{index}].{path}"
    return None


def _too_big(part: object) -> bool:
    return type(part) in (int, float) and not -LARGEST <= part <= LARGEST  # type: ignore[operator]


def _texts(part: object) -> Iterable[str]:
    """The strings that are in this very part: itself, or its names."""
    return (part,) if isinstance(part, str) else part if isinstance(part, dict) else ()


def _too_long(part: object, limit: int) -> bool:
    return any(len(text) * 4 > limit and len(text.encode()) > limit for text in _texts(part))


def _has_surrogate(part: object) -> bool:
    return any(_SURROGATE.search(text) is not None for text in _texts(part))


def _explain(raw: bytes, otherwise: str) -> NoReturn:
    """Say what is wrong with bytes that the fast parser refused, in the words of a slower one."""
    try:
        text = raw.decode()
        value = json.loads(text, parse_constant=_refuse_constant)
        for rule, wrong in (("json.big-number", _too_big), ("json.lone-surrogate", _has_surrogate)):
            if (path := _find(value, wrong)) is not None:
                raise Malformed(rule, path, advice="json.fix")
    except UnicodeDecodeError as error:
        raise Malformed("json.utf8", error.start, advice="json.encode-utf8") from None
    except json.JSONDecodeError as error:
        raise Malformed("json.syntax", error.pos, error.msg, advice="json.fix") from None
    except RecursionError:
        raise Malformed("json.too-deep", DEPTH, advice="json.fix") from None
    except ValueError:  # an integer of more digits than Python converts
        raise Malformed("json.big-number", "", advice="json.fix") from None
    if not isinstance(value, dict):
        raise Malformed("json.not-object", type(value).__name__, advice="json.fix")
    raise Malformed("json.syntax", 0, otherwise, advice="json.fix")


def _refuse_constant(name: str) -> NoReturn:
    raise Malformed("json.not-a-number", name, advice="json.fix")
