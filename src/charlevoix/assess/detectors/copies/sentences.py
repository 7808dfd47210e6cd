"""Sentences: whether two longer texts say the same sentence by sentence. A vector of a whole text is a middle of all that it says, and middles of many things are alike."""

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from charlevoix.assess.detectors.copies import vectors
from charlevoix.assess.detectors.copies.neutral import SENTENCES
from charlevoix.assess.detectors.copies.steadily import spread

if TYPE_CHECKING:
    Array = np.ndarray[Any, Any]

SEVERAL: Final = 4
"""Sentences that each of two texts has, from which on they are held against each other one by one."""

SAME: Final = 0.43
"""How alike they are on average at least, for the text to be the same. Of the rewordings and translations of `benchmarks/copies.py` with so many sentences the least has
0.46; of reviews that were put behind each other at random and taken for rewordings, the most 0.40."""

SHORTEST: Final = 4
"""Characters of a sentence; what is shorter is a number or an exclamation."""

BLOCK: Final = 500
"""Pairs that are looked at between two looks at how far it is."""

_END: Final = re.compile(r"(?<=[.!?…؟])\s+|(?<=[。！？])|\n+")

Encode = Callable[[Sequence[str], Callable[[float], None]], "Array"]


def sentences(text: str) -> list[str]:
    """The sentences of as much of a text as its vector is made of: ended by a sign and a blank, by a sign of Chinese or Japanese, or by the end of a line.

    >>> sentences("It rains. Again?\\nYes! At 3.5 degrees.")
    ['It rains.', 'Again?', 'Yes!', 'At 3.5 degrees.']
    """
    parts = (part.strip() for part in _END.split(text[: vectors.PIECE * vectors.PIECES]))
    return [part for part in parts if len(part) >= SHORTEST]


def borne_out(texts: Sequence[str], i: "Array", j: "Array", encode: Encode) -> "Array":
    """For each pair of positions (i, j) in `texts`: True where the sentences of the two bear out that they are one text, or are too few to say.

    Each sentence of one is held against that of the other which is most like it, and the mean of these cosines (by length, of the two directions the
    smaller) must be `SAME`. Vectors are taken from the middle of sentences that have nothing to do with each other (`neutral`).
    """
    parts = {int(n): sentences(texts[int(n)]) for n in np.unique(np.concatenate([i, j]))}
    asked = np.array([len(parts[a]) >= SEVERAL and len(parts[b]) >= SEVERAL for a, b in zip(i.tolist(), j.tolist(), strict=True)], bool)
    if not asked.any():
        return ~asked
    held = np.unique(np.concatenate([i[asked], j[asked]])).tolist()
    number = {part: n for n, part in enumerate(sorted({part for a in held for part in parts[a]}))}
    said = _centred(encode(list(number), lambda share: None), encode)
    which = {a: np.array([number[part] for part in parts[a]]) for a in held}
    weight = {a: np.array([len(part) for part in parts[a]], np.float64) for a in held}

    def alike(at: "Array") -> list[float]:
        found = []
        for a, b in zip(i[at].tolist(), j[at].tolist(), strict=True):
            cosines = said[which[a]] @ said[which[b]].T
            found.append(min(np.average(cosines.max(axis), weights=weight[x]) for axis, x in ((1, a), (0, b))))
        return found

    at = np.flatnonzero(asked)
    measured = [x for some in spread(alike, [at[n : n + BLOCK] for n in range(0, len(at), BLOCK)]) for x in some]
    borne = np.ones(len(i), bool)
    borne[at] = np.array(measured) >= SAME
    return borne


def _centred(said: "Array", encode: Encode) -> "Array":
    middle = encode([sentence for some in SENTENCES.values() for sentence in some], lambda share: None).mean(0)
    off: Array = said - middle
    off /= np.maximum(np.linalg.norm(off, axis=1, keepdims=True), 1e-9)
    return off
