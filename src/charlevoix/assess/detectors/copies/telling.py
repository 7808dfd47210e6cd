"""Telling of copies: a sentence to quote, what else may explain them, the rows to look at first, texts side by side."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from charlevoix.assess.detectors.copies.finding import KINDS, Found, Link
from charlevoix.assess.detectors.copies.quotation import language, nameless
from charlevoix.assess.detectors.copies.vectors import PIECE, PIECES
from charlevoix.assess.detectors.copies.wording import LONG
from charlevoix.assess.detectors.detector import HITS, ROWS, ErrorRate, Hit, Look, Result, Sheet, Value
from charlevoix.assess.detectors.figures import LINES, instant, over_time, percent
from charlevoix.assess.detectors.picture import Activity, Bars, Picture, SideBySide, Text
from charlevoix.assess.detectors.relation import Relation
from charlevoix.errors import Reason

VERSION: Final = "3"


SIDES: Final = 5
"""Clusters that are shown side by side."""

RATE: Final = 5e-6
"""Unrelated pairs that are taken for one text, as measured by `benchmarks/copies.py`."""

QUOTED: Final = ("“", "«", "„", '"', "「", "RT ", ">")


def result(
    found: Found, table: Mapping[str, Sequence[Any]], relation: Relation, parameters: Mapping[str, str], sheets: Mapping[str, Sheet]
) -> Result:
    """The Result of `copies`. `table`: the columns of the relation, in the order in which `found` counts its rows."""
    # a row whose cells were shifted may hold anything where a language should be
    found = replace(found, languages=tuple(map(language, found.languages)))
    clusters = found.clusters()
    between = _between(found, clusters)
    names = _pseudonyms(clusters, found, table)
    hits = tuple(_hit(n, forms, between[n - 1], found, table, names) for n, forms in enumerate(clusters[:HITS], 1))
    return Result(
        "copies",
        VERSION,
        relation.data,
        hits,
        parameters,
        ErrorRate(RATE, Reason("copies.rate")) if hits else None,
        _headline(clusters, found, table),
        _innocent(clusters, between, found, table),
        tuple(_look_first(clusters, between, found, table)),
        tuple(_notes(found, table)),
        pictures=tuple(_pictures(clusters, between, found, table)),
        sheets=sheets,
        accounts={pseudonym: account for account, pseudonym in names.items()},
    )


def _between(found: Found, clusters: Sequence[Sequence[int]]) -> list[list[Link]]:
    """The links inside each cluster."""
    of = {form: n for n, forms in enumerate(clusters) for form in forms}
    links: list[list[Link]] = [[] for _ in clusters]
    for link in found.links:
        links[of[link.one]].append(link)
    return links


def _pseudonyms(clusters: Sequence[Sequence[int]], found: Found, table: Mapping[str, Sequence[Any]]) -> Mapping[str, str]:
    if "account" not in table:
        return {}
    named: dict[str, str] = {}
    for forms in clusters:
        for row in _rows(forms, found):
            account = table["account"][row]
            if account is not None and account not in named:
                named[account] = f"account {len(named) + 1}"
    return named


def _rows(forms: Sequence[int], found: Found) -> list[int]:
    """Positions of a cluster's rows, ascending."""
    return sorted(row for form in forms for row in found.rows[form])


def kinds_of(forms: Sequence[int], links: Sequence[Link], found: Found) -> tuple[str, ...]:
    """Which kinds of copy a cluster holds."""
    some = {link.kind for link in links} | ({"exact"} if any(len(found.rows[form]) > 1 for form in forms) else set())
    return tuple(kind for kind in KINDS if kind in some)


def _hit(
    number: int, forms: Sequence[int], links: Sequence[Link], found: Found, table: Mapping[str, Sequence[Any]], names: Mapping[str, str]
) -> Hit:
    rows = _rows(forms, found)
    accounts = [names[a] for a in dict.fromkeys(table["account"][r] for r in rows) if a in names] if "account" in table else []
    languages = sorted({found.languages[form] for form in forms})
    kinds = kinds_of(forms, links, found)
    reasons = [Reason("copies.because", (str(len(rows)), str(len(forms)), ", ".join(kinds)))]
    if len(languages) > 1:
        reasons.append(Reason("copies.languages", (str(len(languages)), ", ".join(languages))))
    if accounts:
        reasons.append(Reason("copies.accounts", (str(len(accounts)),)))
    facts: dict[str, Value] = {
        "texts": len(rows),
        "accounts": len(accounts) if "account" in table else None,
        "kinds": ", ".join(kinds),
        "languages": ", ".join(languages),
    }
    if "time" in table:
        times = [float(table["time"][r]) for r in rows if table["time"][r] is not None]
        facts |= {"first": instant(min(times)) if times else None, "last": instant(max(times)) if times else None}
        if times:
            reasons.append(Reason("copies.first-seen", (instant(min(times)), instant(max(times)))))
    score = max([link.score for link in links], default=1.0) if "exact" not in kinds else 1.0
    return Hit(
        round(score, 6), tuple(int(table["row"][r]) for r in rows[:ROWS]), tuple(reasons), f"Text {number}", tuple(accounts[:ROWS]), facts
    )


def _headline(clusters: Sequence[Sequence[int]], found: Found, table: Mapping[str, Sequence[Any]]) -> Reason:
    if not clusters:
        return Reason("copies.nothing", (str(len(table["row"])),))
    texts = sum(len(_rows(forms, found)) for forms in clusters)
    languages = max(len({found.languages[form] for form in forms}) for forms in clusters)
    if "account" in table:
        most = max(len({table["account"][r] for r in _rows(forms, found)}) for forms in clusters)
        return Reason("copies.headline-accounts", (str(texts), str(len(table["row"])), str(len(clusters)), str(most), str(languages)))
    return Reason("copies.headline", (str(texts), str(len(table["row"])), str(len(clusters)), str(languages)))


def _innocent(
    clusters: Sequence[Sequence[int]], between: Sequence[Sequence[Link]], found: Found, table: Mapping[str, Sequence[Any]]
) -> tuple[Reason, ...]:
    """What else makes texts alike, the best fit first, each weighted by the texts of a cluster."""
    if not clusters:
        return ()
    whole = sum(len(_rows(forms, found)) for forms in clusters)

    def share(fits: Sequence[float]) -> float:
        return sum(fit * len(_rows(forms, found)) for fit, forms in zip(fits, clusters, strict=True)) / whole

    texts = table["text"]
    long = share([float(sum(len(found.forms[f]) for f in forms) / len(forms) >= 400) for forms in clusters])
    quoted = share(
        [sum(texts[r].lstrip().startswith(QUOTED) for r in _rows(forms, found)) / len(_rows(forms, found)) for forms in clusters]
    )
    short = share([float(max(len(found.forms[f]) for f in forms) < 60) for forms in clusters])
    word_for_word = share([_alike(forms, links, found) for forms, links in zip(clusters, between, strict=True)])
    translated = share([float(any(link.kind == "translated" for link in links)) for links in between])
    one_hand = share([_one_hand(forms, found, table) for forms in clusters])
    fits = [
        (max(long, 0.15), Reason("copies.innocent.agency", (percent(long),))),
        (max(word_for_word * 0.9, 0.2), Reason("copies.innocent.campaign", (percent(word_for_word),))),
        (quoted, Reason("copies.innocent.quotation", (percent(quoted),))),
        (short, Reason("copies.innocent.saying", (percent(short),))),
        (translated * 0.8, Reason("copies.innocent.translation", (percent(translated),))),
        (one_hand, Reason("copies.innocent.one-hand", (percent(one_hand),))),
    ]
    best = sorted(range(len(fits)), key=lambda i: (-fits[i][0], i))
    return tuple(fits[i][1] for n, i in enumerate(best) if n < 2 or fits[i][0] >= 0.3)


def _alike(forms: Sequence[int], links: Sequence[Link], found: Found) -> float:
    """The share of a cluster's rows that another row has word for word, or nearly."""
    near = {form for link in links if link.kind == "near" for form in (link.one, link.other)}
    rows = [len(found.rows[form]) for form in forms]
    return sum(n for form, n in zip(forms, rows, strict=True) if n > 1 or form in near) / sum(rows)


def _one_hand(forms: Sequence[int], found: Found, table: Mapping[str, Sequence[Any]]) -> float:
    if "account" not in table:
        return 0.0
    return float(len({table["account"][r] for r in _rows(forms, found)}) == 1)


def _look_first(
    clusters: Sequence[Sequence[int]], between: Sequence[Sequence[Link]], found: Found, table: Mapping[str, Sequence[Any]]
) -> Iterator[Look]:
    """The first text of the largest cluster, one side of its least alike pair, and a translation where there is one."""
    if not clusters:
        return
    seen: set[int] = set()
    first = _rows(clusters[0], found)
    candidates = [(first[0], Reason("copies.look.first", (str(len(first)),)))]
    loose = min((link for links in between[:SIDES] for link in links), key=lambda x: (x.score, x.one, x.other), default=None)
    if loose is not None:
        other = found.rows[loose.one][0]
        candidates.append(
            (found.rows[loose.other][0], Reason("copies.look.loosest", (str(int(table["row"][other]) + 1), f"{loose.score:.2f}")))
        )
    across = next((link for links in between for link in links if link.kind == "translated"), None)
    if across is not None:
        names = (found.languages[across.other], found.languages[across.one], str(int(table["row"][found.rows[across.one][0]]) + 1))
        candidates.append((found.rows[across.other][0], Reason("copies.look.translation", names)))
    candidates.append((first[-1], Reason("copies.look.last")))
    candidates += [(_rows(forms, found)[0], Reason("copies.look.next", (str(len(_rows(forms, found))),))) for forms in clusters[1:3]]
    for row, why in candidates:
        if row not in seen and len(seen) < 3:
            seen.add(row)
            yield Look(int(table["row"][row]), why)


def _notes(found: Found, table: Mapping[str, Sequence[Any]]) -> Iterator[Reason]:
    yield Reason("copies.safeguard")
    counts = found.counts()
    if any(counts.values()):
        yield Reason("copies.counts", tuple(str(counts[kind]) for kind in KINDS))
    if left_out := found.unlisted():
        yield Reason("copies.unlisted", (str(left_out), str(found.most)))
    if found.long:
        yield Reason("copies.long", (str(found.long), str(PIECE * PIECES), str(LONG)))
    if "id" in table:
        yield from _about_ids(table["id"])
    if "language" not in table:
        yield Reason("copies.guessed")


def _about_ids(ids: Sequence[Any]) -> Iterator[Reason]:
    """Says of ids that do not tell texts apart, which the files of pairs and clusters name them by."""
    often = Counter(x for x in ids if x is not None)
    if twice := sum(n for n in often.values() if n > 1):
        yield Reason("copies.ids-twice", (str(twice),))
    if without := len(ids) - often.total():
        yield Reason("copies.ids-none", (str(without),))


def _pictures(
    clusters: Sequence[Sequence[int]], between: Sequence[Sequence[Link]], found: Found, table: Mapping[str, Sequence[Any]]
) -> Iterator[Picture]:
    for number, links in enumerate(between[:SIDES], 1):
        link = max(links, key=lambda x: (KINDS.index(x.kind), x.score, -x.one, -x.other), default=None)
        if link is not None:
            rows = [(found.rows[form][0], found.languages[form]) for form in (link.one, link.other)]
            words = nameless(*(table["text"][row] for row, _ in rows))
            left, right = (_text(*one, said, table) for one, said in zip(rows, words, strict=True))
            yield SideBySide(
                Reason("copies.picture.texts", (str(number),)), left, right, Reason(f"copies.as.{link.kind}", (f"{link.score:.2f}",))
            )
    if clusters and "time" in table:
        yield from _activity(clusters[:LINES], found, table)
    if clusters:
        spoken = Counter(found.languages[form] for forms in clusters for form in forms for _ in found.rows[form])
        yield Bars(
            Reason("copies.picture.languages"),
            tuple((name, float(n)) for name, n in sorted(spoken.items(), key=lambda x: (-x[1], x[0]))[:30]),
        )


def _text(row: int, language: str, words: str, table: Mapping[str, Sequence[Any]]) -> Text:
    when = f" · {instant(float(table['time'][row]))}" if "time" in table and table["time"][row] is not None else ""
    return Text(int(table["row"][row]), f"{language}{when}", words)


def _activity(clusters: Sequence[Sequence[int]], found: Found, table: Mapping[str, Sequence[Any]]) -> Iterator[Activity]:
    import numpy as np

    times = [np.array([table["time"][r] for r in _rows(forms, found) if table["time"][r] is not None], float) for forms in clusters]
    lines = [(Reason("copies.text", (str(n),)), some) for n, some in enumerate(times, 1)]
    drawn = over_time(Reason("copies.picture.activity"), lines)
    if drawn and sum(map(len, times)) > 1:
        yield drawn
