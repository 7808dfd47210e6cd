"""The canonical form: the one byte string that a JSON value is signed and digested as (RFC 8785)."""

import hashlib
from collections.abc import Iterable
from sys import getrecursionlimit

import msgspec
import rfc8785

from charlevoix.errors import Malformed

LARGEST = 2**53 - 1  # I-JSON (RFC 7493 section 2.2): what a double holds exactly

_encode = msgspec.json.Encoder(order="sorted").encode


def canonical(value: object) -> bytes:
    """The RFC 8785 form of a JSON value (dict, list, str, int, float, bool, None), UTF-8.

    Raises Malformed for what has none: lone surrogates, NaN and infinities, integers beyond 2^53 - 1, keys that are not
    strings, other types, nesting beyond the interpreter's recursion limit.
    """
    try:
        if _plain(value):
            return _encode(value)
        return rfc8785.dumps(value)  # type: ignore[arg-type]  # it checks the types itself, and says so by raising
    except RecursionError:
        raise Malformed("json.too-deep", getrecursionlimit(), advice="json.fix") from None
    except (ValueError, TypeError) as error:
        raise Malformed("json.no-canonical-form", error, advice="json.fix") from error


def digest_of(value: object) -> bytes:
    """SHA-256 of the canonical form, 32 bytes."""
    return hashlib.sha256(canonical(value)).digest()


def _plain(value: object) -> bool:
    """Does msgspec print it as RFC 8785 wants? True of ASCII keys (UTF-16 order is byte order), small integers, no floats.

    msgspec's escapes of strings are those of section 3.2.2.2; it refuses lone surrogates by itself. One flat loop, since a
    call for each list and object would cost more than the printing.
    """
    waiting: list[object] = [value]
    for whole in waiting:  # grows while it is read
        parts: Iterable[object]
        if type(whole) is dict:
            if not "".join(whole).isascii():
                return False
            parts = whole.values()
        elif type(whole) is list or type(whole) is tuple:
            parts = whole
        else:
            return False
        for part in parts:
            kind = type(part)
            if kind is str or kind is bool:
                continue
            if kind is int:
                if not -LARGEST <= part <= LARGEST:
                    return False
            elif kind is dict or kind is list or kind is tuple:
                waiting.append(part)
            elif part is not None:
                return False
    return True
