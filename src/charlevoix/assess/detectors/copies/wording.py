"""Wording: how much of their words two texts share, for many pairs at once."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    Array = np.ndarray[Any, Any]

SHINGLE: Final = 5
"""Characters of a shingle: every run of them; a shorter text is one."""

LONG: Final = 20_000
"""Characters of a text that are compared."""

AT_ONCE: Final = 6_000_000
"""Characters, of both texts of each pair, that are compared at once."""

PAIRS_AT_ONCE: Final = 50_000
_BITS: Final = 44
"""Of a shingle's number; two different ones of a pair of posts are the same in one of a thousand million pairs."""


def likenesses(forms: Sequence[str], i: "Array", j: "Array") -> "Array":
    """Jaccard's coefficient of the shingles of each two forms: what both have over what either has."""
    out = np.zeros(len(i))
    there, at = np.unique(np.concatenate([i, j]).astype(np.int64), return_inverse=True)
    size = np.array([min(len(forms[n]), LONG) for n in there.tolist()], np.int64)[at]
    for a, b in _pieces(size[: len(i)] + size[len(i) :]):
        some, at = np.unique(np.concatenate([i[a:b], j[a:b]]), return_inverse=True)
        out[a:b] = _likenesses([forms[n][:LONG] for n in some.tolist()], at[: b - a], at[b - a :])
    return out


def _pieces(size: "Array") -> Iterator[tuple[int, int]]:
    """Cuts so that no piece is of more than about AT_ONCE characters."""
    ends, a = np.cumsum(size), 0
    while a < len(size):
        before = int(ends[a - 1]) if a else 0
        b = min(max(a + 1, int(np.searchsorted(ends, before + AT_ONCE))), a + PAIRS_AT_ONCE)
        yield a, b
        a = b


def _likenesses(forms: Sequence[str], i: "Array", j: "Array") -> "Array":
    from scipy.sparse import csr_array

    row, number = _shingled(forms)
    ends = np.searchsorted(row, np.arange(len(forms) + 1))
    holds = csr_array((np.ones(len(row), np.int32), number, ends), shape=(len(forms), 1 << _BITS))
    has = np.diff(ends)
    both = np.asarray(holds[i].multiply(holds[j]).sum(1)).ravel()
    like: Array = both / (has[i] + has[j] - both)
    return like


def _shingled(forms: Sequence[str]) -> "tuple[Array, Array]":
    """(form, number of a shingle), ascending, each once."""
    padded = [form.ljust(SHINGLE, "\0") for form in forms]
    long = np.array([len(form) for form in padded], np.int64)
    signs = np.frombuffer("".join(padded).encode("utf-32-le", "surrogatepass"), np.uint32)
    of = np.repeat(np.arange(len(forms)), long)
    ends = np.cumsum(long)
    starts = np.flatnonzero(np.arange(len(signs)) <= ends[of] - SHINGLE)
    number = np.zeros(len(starts), np.uint64)
    for k in range(SHINGLE):
        number = (number ^ signs[starts + k].astype(np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
        number ^= number >> np.uint64(29)
    key = (of[starts].astype(np.uint64) << np.uint64(_BITS)) | (number >> np.uint64(64 - _BITS))
    key.sort()
    once = key[np.concatenate([[True], key[1:] != key[:-1]])]
    return (once >> np.uint64(_BITS)).astype(np.int64), (once & np.uint64((1 << _BITS) - 1)).astype(np.int64)
