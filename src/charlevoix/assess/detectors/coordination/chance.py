"""Chance: what the null model gives when it is played out instead of calculated, for a group and for the whole table.

What is dealt out is posts: what an account shared at one moment as one piece of content, in whatever layers. A link, its domain and a hashtag in one post are one event; were they
dealt out each by itself, chance would seem to vary less than it does. Posts change hands within *strata*: posts of one kind (in each layer as many objects, to
the power of two), in a period of time (of `Layer.per` posts of the kind, the null model's measure). So each account keeps how many posts of a kind it has in each period.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from charlevoix.assess.detectors.coordination.null_model import CROWD, Layer, moments
from charlevoix.assess.detectors.engine import Engine

if TYPE_CHECKING:
    Array = np.ndarray[Any, Any]

TRIALS: Final = 999
"""Plays for a group, so that the smallest p is 0.001."""

AT_ONCE: Final = 1_000_000
"""Posts that are dealt out in one go (half a second): many plays of a small group, few of a large."""

POSTS: Final = 100_000
"""Posts of groups that chance is played out for, all groups together (a minute or so): the smallest groups first; larger ones are judged by their pairs alone."""


@dataclass(frozen=True, slots=True)
class Posts:
    """Every post with a share outside crowds, numbered from 0 by stratum: who is behind it is what chance decides.

    Of the shares, only those with another share of the object within the window: no other can coincide. They are ordered by layer, object and time.
    """

    a: "Array"  # account of each post
    h: "Array"  # stratum of each post
    begins: "Array"  # first post of each stratum; one more at the end
    o: "Array"  # object of each share, another number in each layer
    t: "Array"  # seconds
    first: "Array"  # for each post, where its shares begin in `shares`; one more at the end
    shares: "Array"  # places in `o` and `t`, by post


def posts(engine: Engine, layers: Sequence[Layer], window: float) -> Posts:
    """The posts of some layers, shares in crowds left out (`null_model.CROWD`)."""
    # 1. what is one post: in an order that the order of rows has no part in
    every = " UNION ALL ".join(
        f"SELECT a, c, t, CAST(o AS BIGINT) * {len(layers)} + {i} AS thing, {i} AS layer FROM moments_{x.number} WHERE others <= {CROWD}"
        for i, x in enumerate(layers)
    )
    kinds = [f"n_{i}" for i in range(len(layers))]
    counts = ", ".join(f"CAST(sum(CASE WHEN layer = {i} THEN 1 ELSE 0 END) AS BIGINT) AS n_{i}" for i in range(len(layers)))
    engine.do(
        f"CREATE TABLE dealt_posts AS SELECT a, c, t, {', '.join(kinds)}, CAST(row_number() OVER (ORDER BY t, a, things, c) - 1 AS BIGINT) AS place "
        f"FROM (SELECT a, c, t, {counts}, CAST(sum(thing) AS DOUBLE) AS things FROM ({every}) AS e GROUP BY a, c, t) AS p"
    )
    found = engine.columns(f"SELECT a, t, {', '.join(kinds)} FROM dealt_posts ORDER BY place")
    # 2. strata
    h, order = _strata(np.asarray(found["t"]), [np.asarray(found[n]) for n in kinds], max(x.per for x in layers))
    number = np.empty(len(order), np.int64)
    number[order] = np.arange(len(order))
    engine.put("post_numbers", {"place": np.arange(len(order)), "post": number})
    # 3. shares
    parts = [_near(engine, x, window) for x in layers]
    o, t, post = (np.concatenate([part[name] for part in parts]) for name in ("o", "t", "post"))
    o = o.astype(np.int64) * len(layers) + np.repeat(np.arange(len(layers)), [len(part["o"]) for part in parts])
    shares = np.argsort(post, kind="stable")
    first = np.searchsorted(post[shares], np.arange(len(order) + 1))
    return Posts(np.asarray(found["a"])[order], h, np.searchsorted(h, np.arange(h.max(initial=-1) + 2)), o, t, first, shares)


def _strata(t: "Array", counts: "Sequence[Array]", per: int) -> "tuple[Array, Array]":
    """The stratum of each post, and the posts in that order; a period never ends within a moment. `t` ascends."""
    kind = np.zeros(len(t), np.int64)
    for n in counts:
        kind = np.unique(np.stack([kind, np.frexp(n.astype(float))[1]], 1), axis=0, return_inverse=True)[1].reshape(-1)
    order = np.argsort(kind, kind="stable")
    kind, t = kind[order], t[order]
    begins = np.searchsorted(kind, kind)
    moment = np.flatnonzero(np.r_[True, (np.diff(kind) != 0) | (np.diff(t) != 0)][: len(t)])
    begun = np.repeat(moment, np.diff(np.r_[moment, len(t)]))  # the first post of the kind at that moment
    period = (begun - begins) // per
    return np.cumsum(np.r_[False, (np.diff(kind) != 0) | (np.diff(period) != 0)][: len(t)]), order


def _near(engine: Engine, layer: Layer, window: float) -> "dict[str, Array]":
    """The shares of a layer that have another one of their object within the window: in order, with their posts."""
    beside = "OVER (PARTITION BY o ORDER BY t)"
    shares = f"SELECT a, o, c, t, t - lag(t) {beside} AS since, lead(t) {beside} - t AS until FROM moments_{layer.number} WHERE others <= {CROWD}"
    found = engine.columns(
        f"SELECT n.post AS post, m.o AS o, m.t AS t FROM ({shares}) AS m {_POST} WHERE m.since <= {window!r} OR m.until <= {window!r} ORDER BY m.o, m.t, n.post"
    )
    return {name: np.asarray(found[name]) for name in ("post", "o", "t")}


_POST: Final = "JOIN dealt_posts AS p ON p.a = m.a AND p.c = m.c AND p.t = m.t JOIN post_numbers AS n ON n.place = p.place"


def hold(engine: Engine, layers: Sequence[Layer]) -> None:
    """Makes the tables `held_<number>(row, post, o, c, t)` of all shares that `posts` saw, for `played`."""
    for x in layers:
        engine.do(
            f"CREATE TABLE held_{x.number} AS SELECT m.row AS row, n.post AS post, m.o AS o, m.c AS c, m.t AS t "
            f"FROM moments_{x.number} AS m {_POST} WHERE m.others <= {CROWD}"
        )


def affordable(sizes: Sequence[int]) -> set[int]:
    """Which of the groups with so many posts are within `POSTS`: places in `sizes`."""
    order = np.argsort(sizes, kind="stable")
    return set(order[np.cumsum(np.asarray(sizes, np.int64)[order]) <= POSTS].tolist())


def by_chance(
    own: "Array", x: Posts, window: float, seed: int, trials: int = TRIALS, tell: Callable[[float], None] = lambda share: None
) -> float:
    """The permutation p-value of a group with the posts `own` (numbers that ascend): how often, when posts are dealt out anew within each stratum, the group has as many coincidences as it has.

    Each play is a permutation of all posts, of which only those that come to the members need be drawn; two never come to one place. p = (1 + plays with as many) /
    (1 + plays) (Phipson and Smyth 2010): where chance alone decides, p is at most any number with at most that probability. It is the p-value of this group as
    it stands, not of having searched for it: the rate of false pairs answers for the search. `tell` hears how far it is, twice a second or so.
    """
    members, who = np.unique(x.a[own], return_inverse=True)
    rng = np.random.default_rng([seed, int(members[0]), len(members)])
    seen = _coincidences(x, own[None], who, window)[0]
    at_once = max(1, AT_ONCE // len(own))
    as_many = 0
    for begin in range(0, trials, at_once):
        tell(begin / trials)
        dealt = _dealt(x, own, min(at_once, trials - begin), rng)
        as_many += int((_coincidences(x, dealt, who, window) >= seen).sum())
    return (1 + as_many) / (1 + trials)


def _dealt(x: Posts, own: "Array", plays: int, rng: np.random.Generator) -> "Array":
    """For each play, other posts in place of `own`, each of the same stratum and all different: shape (plays, len(own)), any such choice as likely as any other."""
    h = x.h[own]
    begin, size = x.begins[h], x.begins[h + 1] - x.begins[h]
    most = 2 * np.bincount(h, minlength=1)[h] > size
    dealt = np.empty((plays, len(own)), np.int64)
    dealt[:, ~most] = _drawn(begin[~most], size[~most], plays, len(x.a), rng)
    dealt[:, most] = _shuffled(h[most], x, plays, rng)
    return dealt


def _drawn(begin: "Array", size: "Array", plays: int, posts: int, rng: np.random.Generator) -> "Array":
    """From strata of which less than half is needed: what was drawn twice in a play is drawn again, all but the first, until nothing was.

    Nothing in this tells one post of a stratum from another, so all choices stay equally likely.
    """
    begin, size = np.tile(begin, plays), np.tile(size, plays)
    count = len(begin)
    play = np.repeat(np.arange(plays), count // plays) * posts
    drawn = np.empty(count, np.int64)
    again = np.arange(count)
    while len(again):
        drawn[again] = play[again] + begin[again] + (rng.random(len(again)) * size[again]).astype(np.int64)
        packed = np.sort(drawn * count + np.arange(count))  # one sort of numbers is quicker than of an order
        again = packed[1:][packed[1:] // count == packed[:-1] // count] % count
    return (drawn - play).reshape(plays, -1)


def _shuffled(h: "Array", x: Posts, plays: int, rng: np.random.Generator) -> "Array":
    """From strata of which at least half is needed: all their posts in an order by lot, and of each stratum the first. `h` ascends."""
    strata, many = np.unique(h, return_counts=True)
    size = x.begins[strata + 1] - x.begins[strata]
    begin, needed = np.cumsum(size) - size, np.cumsum(many) - many
    every = np.repeat(x.begins[strata] - begin, size) + np.arange(size.sum())
    lots = np.argsort(np.repeat(np.arange(len(strata)), size) + rng.random((plays, len(every))), axis=1)
    dealt: Array = every[lots[:, np.repeat(begin - needed, many) + np.arange(len(h))]]
    return dealt


def _coincidences(x: Posts, dealt: "Array", who: "Array", window: float) -> "Array":
    """For each play, the neighbours in time on the same object, of different members, within the window, were the posts `dealt` those of `who`."""
    plays, count = dealt.shape
    many = (x.first[dealt + 1] - x.first[dealt]).ravel()
    post = np.repeat(np.arange(dealt.size), many)
    within = np.arange(len(post)) - np.repeat(np.cumsum(many) - many, many)
    place = x.shares[x.first[dealt.ravel()[post]] + within]
    play, number, wide = post // count, who[post % count], int(who.max()) + 1
    packed = np.sort((play * len(x.o) + place) * wide + number)
    number, place = packed % wide, packed // wide
    play, place = place // max(1, len(x.o)), place % max(1, len(x.o))
    left, right = place[:-1], place[1:]
    met = (play[1:] == play[:-1]) & (number[1:] != number[:-1]) & (x.o[left] == x.o[right]) & (x.t[right] - x.t[left] <= window)
    return np.bincount(play[1:][met], minlength=plays)


def dealt_anew(x: Posts, rng: np.random.Generator) -> "Array":
    """The accounts of all posts, dealt out anew within each stratum."""
    dealt: Array = x.a[np.lexsort((rng.random(len(x.h)), x.h))]  # posts are in order of their strata
    return dealt


def played(engine: Engine, layers: Sequence[Layer], x: Posts, window: float, play: int, rng: np.random.Generator) -> Iterator[Layer]:
    """The same layers when posts are dealt out anew, in all of them at once; `play`, from 1, keeps table names apart. Needs what `hold` makes."""
    engine.put(f"dealt_{play}", {"post": np.arange(len(x.a)), "a": dealt_anew(x, rng)})
    for layer in layers:
        number = play * 1_000 + layer.number
        table = f"dealt_{number}"
        engine.do(
            f"CREATE TABLE {table} AS SELECT h.row AS row, d.a AS a, h.o AS o, h.c AS c, h.t AS t "
            f"FROM held_{layer.number} AS h JOIN dealt_{play} AS d ON d.post = h.post"
        )
        count = int(engine.rows(f"SELECT count(*) FROM {table}")[0][0])
        yield moments(engine, number, layer.name, table, window, count)
