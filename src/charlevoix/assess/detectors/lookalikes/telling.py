"""What is told of look-alikes: why each was taken for one, what may explain it without ill will, where to look first."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from charlevoix.assess.detectors.detector import Hit, Look
from charlevoix.assess.detectors.lookalikes.features import Likeness, ending
from charlevoix.assess.detectors.lookalikes.scoring import ALERT, LEAST, score
from charlevoix.assess.detectors.lookalikes.skeleton import scripts
from charlevoix.assess.detectors.lookalikes.suffixes import Suffixes
from charlevoix.assess.detectors.lookalikes.watchlist import in_unicode
from charlevoix.assess.detectors.picture import Bars
from charlevoix.errors import Reason

WEAKER: Final = ("ordinary", "word", "digits", "apart", "ambiguous")
"""Marks that speak against a deceit."""

BELOW: Final = frozenset(("below", "below-token", "whole", "suffix-below"))
"""Likenesses that stand in what was made below a registered name."""


def best(found: Sequence[Likeness], rules: Suffixes) -> tuple[int, Likeness] | None:
    """The likeness that weighs most, None where none weighs enough."""
    weighed = [(score(one, rules), one) for one in found]
    points, one = max(weighed, key=lambda w: (w[0], w[1].target.critical, w[1].target.domain), default=(0, None))
    return (points, one) if one is not None and points >= LEAST else None


def tier(points: int, found: Likeness) -> str:
    return "alert" if points >= ALERT and found.target.critical else "queue"


def reasons(found: Likeness, rules: Suffixes) -> tuple[Reason, ...]:
    """Each feature by its name, with what shows it."""
    target, host = found.target, found.host
    said = [Reason(f"lookalikes.{found.kind}", (found.shown, found.name, target.shown, ", ".join(found.rest)))]
    if found.slip and found.slip != "two":
        said.append(Reason(f"lookalikes.slip-{found.slip}", (found.shown, found.name)))
    end = ending(host.suffix, target, rules)
    said.append(Reason(f"lookalikes.ending-{end}", (in_unicode(host.suffix), target.end)))
    said += [Reason(f"lookalikes.words-{m}", (", ".join(found.rest), target.end)) for m in ("known", "suffix") if m in found.marks]
    said += [
        Reason(f"lookalikes.mark-{m}", (found.shown, found.name))
        for m in WEAKER
        if m in found.marks and (m != "ordinary" or end == "country")
    ]
    if found.name != target.label:
        said.append(Reason("lookalikes.alias", (found.name, target.shown)))
    written = sorted(scripts(found.shown))
    if len(written) > 1 or (written and written != ["LATIN"]):
        said.append(Reason("lookalikes.scripts", (found.shown, ", ".join(written))))
    return tuple(said)


def hit(row: int, domain: str, points: int, found: Likeness, rules: Suffixes, again: bool = False) -> Hit:
    """`again`: a host with the same registered name alerted before, so that this one waits in the queue."""
    label = in_unicode(f"{found.host.label}.{found.host.suffix}")
    more = (Reason("lookalikes.again", (label,)),) if again else ()
    spelled = in_unicode(domain)
    facts = {
        "unicode": spelled if spelled != domain else None,
        "target": found.target.domain,
        "tier": "queue" if again else tier(points, found),
        "suffix": found.host.suffix,
        "kind": found.kind,
    }
    return Hit(points / 100, (row,), reasons(found, rules) + more, name=domain, facts=facts)


def innocent(hits: Sequence[Hit]) -> tuple[Reason, ...]:
    """Explanations without ill will, the one that fits most hits first; at least two where there is a hit."""
    if not hits:
        return ()
    counted: Counter[str] = Counter()
    for one in hits:
        rules = {r.rule for r in one.reasons}
        kind = one.facts["kind"]
        counted["owner"] += kind in ("same", "hyphen", "whole")
        counted["namesake"] += kind in ("same", "hyphen") or "lookalikes.ending-country" in rules
        counted["word"] += kind in ("slip", "slips", "alike")
        counted["about"] += kind in ("token", "start", "end", "middle", "below", "below-token")
        counted["parked"] += bool(rules & {"lookalikes.ending-new", "lookalikes.ending-worldwide", "lookalikes.ending-mimic"})
    order = sorted(("owner", "namesake", "word", "about", "parked"), key=lambda n: -counted[n])
    kept = [n for n in order if counted[n]] or order
    return tuple(Reason(f"lookalikes.innocent-{n}", (str(counted[n]), str(len(hits)))) for n in (kept if len(kept) > 1 else order[:2]))


def headline(hits: Sequence[Hit], found: int, names: int, alerts: int) -> Reason:
    if not names:
        return Reason("lookalikes.headline-empty")
    return Reason("lookalikes.headline" if hits else "lookalikes.headline-none", (str(found), str(names), str(alerts)))


def look_first(hits: Sequence[Hit]) -> tuple[Look, ...]:
    """The three strongest, of different names where there are."""
    chosen: list[Hit] = []
    for one in [*hits, *hits]:
        new = one.facts["target"] not in {c.facts["target"] for c in chosen}
        if len(chosen) < 3 and one not in chosen and (new or len({h.facts["target"] for h in hits[:1000]}) <= len(chosen)):
            chosen.append(one)
    return tuple(Look(h.rows[0], h.reasons[0]) for h in chosen)


def pictures(hits: Sequence[Hit]) -> tuple[Bars, ...]:
    if not hits:
        return ()
    targets = Counter(str(h.facts["target"]) for h in hits)
    ends = Counter("." + str(h.facts["suffix"]) for h in hits)
    return tuple(
        Bars(Reason(f"lookalikes.bars-{name}"), tuple((k, float(n)) for k, n in sorted(counts.items(), key=lambda c: (-c[1], c[0]))[:30]))
        for name, counts in (("targets", targets), ("suffixes", ends))
    )
