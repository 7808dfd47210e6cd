"""Copies beside d3lta 1.0 on the same vectors: `python benchmarks/copies_speed.py --data FOLDER --background FILE.json --d3lta PYTHON --texts 100000 --json`.

Real texts and their vectors; further ones, up to the number asked for, are real vectors turned a little towards another's, with words of their text left out.
Both get texts, languages and vectors, and give pairs and clusters; each is a process of its own. `--d3lta` names the Python of an environment with `pip install d3lta==1.0.2`.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

TURN = 0.3
"""How much of another vector is added, so that the noise has the directions that real texts differ in."""


def table(texts: list[str], languages: list[str], vectors: "np.ndarray", count: int) -> tuple[list[str], list[str], "np.ndarray"]:
    """`count` texts, languages and vectors."""
    rng = np.random.default_rng(5)
    order = rng.permutation(len(texts))[:count]
    more = rng.integers(0, len(texts), max(0, count - len(texts)))
    source = np.concatenate([order, more]).astype(int)
    middle = vectors.mean(0)
    out = vectors[source].astype(np.float32)
    for i in range(len(order), len(out), 10_000):
        some = out[i : i + 10_000]
        some += np.float32(TURN) * (vectors[rng.integers(0, len(vectors), len(some))] - middle)
        some /= np.linalg.norm(some, axis=1, keepdims=True)
    return [texts[s] if i < len(order) else _less(texts[s], rng) for i, s in enumerate(source)], [languages[s] for s in source], out


def _less(text: str, rng: "np.random.Generator") -> str:
    """A tenth of the words (or signs, where there are no blanks) left out."""
    words = text.split() if text.count(" ") > 5 else list(text)
    kept = [w for w, lot in zip(words, rng.random(len(words)), strict=True) if lot > 0.1]
    return (" " if text.count(" ") > 5 else "").join(kept) + f" {rng.integers(1_000_000)}"


def ours(folder: Path) -> dict[str, object]:
    """Finding and its clusters, with the vectors in place of the encoder."""
    from charlevoix.assess.detectors.copies import finding, vectors

    told = json.loads((folder / "table.json").read_text("utf-8"))
    at = {text: i for i, text in enumerate(told["texts"])}

    def given(texts: Sequence[str], told: Callable[[float], None]) -> "np.ndarray":
        if any(t not in at for t in texts):  # sentences of texts, which are encoded: that is part of our time
            return vectors.encode(texts)
        rows = np.array([at[t] for t in texts])
        out = np.empty((len(rows), 512), np.float32)
        kept = np.load(folder / "vectors.npy", mmap_mode="r")
        ordered = (np.diff(rows) > 0).all()
        with (folder / "vectors.npy").open("rb") as stream:  # piece by piece, as an encoder would give them
            for start in range(0, len(kept), 5_000):
                stream.seek(kept.offset + start * 2_048)
                piece = np.fromfile(stream, np.float32, min(5_000, len(kept) - start) * 512).reshape(-1, 512)
                here = slice(*np.searchsorted(rows, (start, start + 5_000))) if ordered else (rows >= start) & (rows < start + 5_000)
                out[here] = piece[rows[here] - start]
        return out

    began, spent = time.perf_counter(), time.process_time()
    found = finding.find(told["texts"], told["languages"], encode=given)
    clusters, pairs = found.clusters(), sum(1 for _ in found.pairs())
    return _measured("charlevoix", began, spent, pairs, len(clusters))


def theirs(folder: Path) -> dict[str, object]:
    """`semantic_faiss`, with the vectors in place of the encoder."""
    import pandas  # type: ignore[import-untyped]
    from d3lta.faissd3lta import semantic_faiss  # type: ignore[import-not-found]

    told = json.loads((folder / "table.json").read_text("utf-8"))
    given = np.load(folder / "vectors.npy")
    names = [str(i) for i in range(len(given))]
    frame = pandas.DataFrame({"original": told["texts"], "language": told["languages"]}, index=names)
    vectors = pandas.DataFrame(given, index=names, copy=False)
    began, spent = time.perf_counter(), time.process_time()
    matches, clusters = semantic_faiss(frame, min_size_txt=1, df_embeddings_use=vectors)
    return _measured("d3lta", began, spent, len(matches), int(clusters["cluster"].nunique()))


def exact(folder: Path) -> dict[str, object]:
    """Links within the cells, held against those of every pair: the share that is found, and how many more."""
    from charlevoix.assess.detectors.copies import neighbours
    from charlevoix.assess.detectors.copies.vectors import evened

    told = json.loads((folder / "table.json").read_text("utf-8"))
    none = np.zeros((0, 512), np.float32)
    vectors = evened(np.load(folder / "vectors.npy"), told["languages"], none, []).vectors
    language = np.unique(np.array(told["languages"]), return_inverse=True)[1]
    found = neighbours.links(vectors, none, language)
    every = neighbours.candidates(vectors, neighbours.around(vectors, none), language)
    every = every.of(neighbours.linked(every, len(vectors)))
    some, whole = (pairs.i.astype(np.int64) * len(vectors) + pairs.j for pairs in (found, every))
    both = len(np.intersect1d(some, whole))
    return {"links": len(whole), "found": round(both / len(whole), 5), "more": round((len(some) - both) / len(whole), 5)}


def _measured(name: str, began: float, spent: float, pairs: int, clusters: int) -> dict[str, object]:
    return {
        "side": name,
        "seconds": round(time.perf_counter() - began, 1),
        "processor_seconds": round(time.process_time() - spent, 1),
        "peak_megabytes": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000),
        "pairs": pairs,
        "clusters": clusters,
    }


def beside(folder: Path, python: Path | None) -> dict[str, object]:
    """Ours, theirs, ours again, one after the other; how many times as fast the slower of ours is, by the clock and by the processor's, and its share of memory."""
    mine = (sys.executable, "ours")
    sides = [("ours", mine), *([("theirs", (str(python), "theirs")), ("ours_again", mine)] if python else [])]
    out: dict[str, dict[str, object]] = {}
    for name, (program, side) in sides:
        ran = subprocess.run([program, __file__, "--side", side, "--folder", str(folder)], capture_output=True, text=True, check=False)
        out[name] = json.loads(ran.stdout.splitlines()[-1]) if not ran.returncode else {"failed": ran.stderr[-400:]}
    if "theirs" in out and not any("failed" in told for told in out.values()):

        def most(key: str) -> float:
            return max(float(str(out[name][key])) for name in ("ours", "ours_again"))

        times = {f"times_{key}": round(float(str(out["theirs"][key])) / most(key), 2) for key in ("seconds", "processor_seconds")}
        return {**out, **times, "share_of_memory": round(most("peak_megabytes") / float(str(out["theirs"]["peak_megabytes"])), 2)}
    return dict(out)


def main() -> None:
    """Print the figures, one a line or as one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON document")
    parser.add_argument("--data", type=Path, default=None, help="folder with d3lta_synthetic.csv.gz")
    parser.add_argument("--background", type=Path, action="append", default=[], help="texts, see copies.py; several times")
    parser.add_argument("--cache", type=Path, default=None, help="folder where vectors are kept")
    parser.add_argument("--d3lta", type=Path, default=None, help="the Python of an environment with d3lta 1.0")
    parser.add_argument("--texts", type=int, default=100_000)
    parser.add_argument("--exact", action="store_true", help="hold our links against those of every pair (a minute or two more)")
    parser.add_argument("--side", choices=("ours", "theirs", "exact"), default=None)
    parser.add_argument("--folder", type=Path, default=None, help="of a table made before")
    asked = parser.parse_args()
    if asked.side:
        print(json.dumps({"ours": ours, "theirs": theirs, "exact": exact}[asked.side](asked.folder)))
        return
    import copies  # type: ignore[import-not-found]

    corpus = copies.corpus(asked.data, asked.background, asked.cache)
    texts, languages, vectors = table(corpus.texts, corpus.languages, corpus.vectors, asked.texts)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "table.json").write_text(json.dumps({"texts": texts, "languages": languages}), "utf-8")
        np.save(folder / "vectors.npy", vectors)
        figures = {"texts": asked.texts, **beside(folder, asked.d3lta)}
        if asked.exact:
            figures["exact"] = exact(folder)
    print(json.dumps(figures) if asked.json else "\n".join(f"{name}: {value}" for name, value in figures.items()))


if __name__ == "__main__":
    main()
