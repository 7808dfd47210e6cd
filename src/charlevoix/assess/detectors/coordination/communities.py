"""Communities: accounts that belong together in a network, found by Leiden (Traag, Waltman and van Eck 2019)."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    Array = np.ndarray[Any, Any]


def communities(a: "Array", b: "Array", weight: "Array", seed: int) -> list["Array"]:
    """The accounts of each community of at least two, in ascending order; the community with most weight inside comes first.

    `a`, `b`, `weight`: one entry for each pair, in any order. The same pairs and seed give the same communities.
    """
    if not len(a):
        return []
    import graspologic_native as native

    order = np.lexsort((b, a))
    a, b, weight = a[order], b[order], weight[order]
    listed = [(str(x), str(y), float(w)) for x, y, w in zip(a.tolist(), b.tolist(), weight.tolist(), strict=True)]
    _, named = native.leiden(listed, resolution=1.0, use_modularity=True, seed=seed, iterations=2, trials=1)
    accounts = np.unique(np.concatenate([a, b]))
    of = np.array([named[str(x)] for x in accounts.tolist()], np.int64)
    # weight inside, by community
    inside = np.zeros(of.max() + 1)
    left, right = of[np.searchsorted(accounts, a)], of[np.searchsorted(accounts, b)]
    same = left == right
    np.add.at(inside, left[same], weight[same])
    order = np.lexsort((accounts, of))
    apart = np.split(accounts[order], np.flatnonzero(np.diff(of[order])) + 1)
    found = [members for members in apart if len(members) > 1]
    return sorted(found, key=lambda members: (-inside[of[np.searchsorted(accounts, members[0])]], int(members[0])))


def membership(found: Sequence["Array"], accounts: int) -> "Array":
    """The number of each account's community, from 1; 0 for none."""
    of = np.zeros(accounts, np.int64)
    for number, members in enumerate(found, 1):
        of[members] = number
    return of
