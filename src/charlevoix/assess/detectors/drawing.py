"""A drawing: a picture as SVG with a title and a description, and the table behind it; nothing but figures go in, so the same figures give the same bytes."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import SequenceMatcher
from html import escape
from typing import TYPE_CHECKING, Any, Final

from charlevoix.assess.detectors.picture import Activity, Bars, Network, Node, Picture, SideBySide
from charlevoix.assess.detectors.report import called
from charlevoix.languages.catalogue import Language, figure, say, text

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

WIDE: Final = 480
"""Units of a drawing's width: few, so that its words can be read where it is scaled down to a telephone."""

WORDS: Final = 15
"""Units of a letter's height in a drawing."""

COLOURS: Final = ("#12436d", "#b0520a", "#28704f", "#801650", "#3d3d3d", "#a2387e", "#5a5300", "#2073bc")
"""Told apart by people who see colours differently (after the Government Analysis Function's categorical palette); a shape and a number say the same."""

STEPS: Final = 120
"""Rounds of the layout of a network."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture ready for a page: `svg` (or, of texts, HTML), and its figures as a table."""

    title: str
    markup: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    more: int = 0  # rows that the table leaves out
    note: str = ""  # what must be read with the picture and with its table
    whole: bool = False  # the picture says by itself all that the table says


BARS: Final = 12
"""Bars that are drawn; the table behind has all."""

LABEL: Final = 24
"""Letters of a bar's name that are drawn."""

TABLE: Final = 200
"""Rows of the table behind a picture."""


def draw(picture: Picture, language: Language, number: int = 1) -> Drawn:
    """`number` keeps ids apart where a page holds several drawings."""
    match picture:
        case Network():
            return _network(picture, language, number)
        case Activity():
            return _activity(picture, language, number)
        case Bars():
            return _bars(picture, language, number)
        case SideBySide():
            return _texts(picture, language)


def _svg(number: int, high: float, title: str, about: str, inside: Sequence[str]) -> str:
    return (
        f'<svg viewBox="0 0 {WIDE} {high:g}" width="{WIDE}" font-size="{WORDS}" role="img" aria-labelledby="t{number} d{number}" xmlns="http://www.w3.org/2000/svg">'
        f'<title id="t{number}">{escape(title)}</title><desc id="d{number}">{escape(about)}</desc>{"".join(inside)}</svg>'
    )


# --- network ----------------------------------------------------------------------------------------------------------------------


def _network(picture: Network, language: Language, number: int) -> Drawn:
    title = say(picture.title, language)
    discs, high = _packed(picture)
    at = _places(picture, discs)
    largest = max((e.weight for e in picture.edges), default=1.0) or 1.0
    lines = [
        f'<line x1="{at[e.a][0]:.1f}" y1="{at[e.a][1]:.1f}" x2="{at[e.b][0]:.1f}" y2="{at[e.b][1]:.1f}" stroke="#3d4a52" '
        f'stroke-opacity="0.6" stroke-width="{0.9 + 2.4 * max(0.0, e.weight) / largest:.2f}"/>'
        for e in picture.edges
    ]
    dots = [_dot(n.group, *at[i]) for i, n in enumerate(picture.nodes)]
    numbers = [
        f'<text x="{x:.1f}" y="{y - r - 10:.1f}" text-anchor="middle" font-weight="bold" fill="#0b0c0c">{group}</text>'
        for group, (x, y, r) in discs.items()
        if group
    ]
    about = text("detect.network-about", language, len(picture.nodes), len(picture.edges))
    note = text("detect.network-note", language, *picture.left_out) if any(picture.left_out) else ""
    svg = _svg(number, high, title, f"{about} {note}".strip(), [*lines, *dots, *numbers])
    rows = tuple(_node(node, drawn, language) for node, drawn in zip(picture.nodes, _drawn(picture), strict=True))
    whole = all(node.partners is not None for node in picture.nodes)
    keys = ("who", "group", "partners" if whole else "partners-drawn", "weight")
    return Drawn(title, svg, tuple(text(f"detect.{k}", language) for k in keys), rows[:TABLE], max(0, len(rows) - TABLE), note)


def _node(node: Node, drawn: int, language: Language) -> tuple[str, ...]:
    partners = drawn if node.partners is None else node.partners
    return called(node.name, language), str(node.group or "-"), figure(str(partners), language), figure(f"{node.size:.15g}", language)


def _drawn(picture: Network) -> list[int]:
    """The lines at each point."""
    ends = [0] * len(picture.nodes)
    for e in picture.edges:
        ends[e.a] += 1
        ends[e.b] += 1
    return ends


def _dot(group: int, x: float, y: float) -> str:
    colour, r = (COLOURS[(group - 1) % len(COLOURS)] if group else "#7b868e"), 4.5
    fill = f'fill="{colour}" stroke="#ffffff" stroke-width="0.8"'
    match group % 4:
        case 1:
            return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{r}" {fill}/>'
        case 2:
            return f'<rect x="{x - r:.1f}" y="{y - r:.1f}" width="{2 * r}" height="{2 * r}" {fill}/>'
        case 3:
            return f'<path d="M{x:.1f} {y - r - 1:.1f}l{r + 0.5} {2 * r}h-{2 * r + 1}z" {fill}/>'
        case _:
            return f'<path d="M{x:.1f} {y - r - 1:.1f}l{r + 1} {r + 1}l-{r + 1} {r + 1}l-{r + 1} -{r + 1}z" {fill}/>'


def _packed(picture: Network) -> tuple[dict[int, tuple[float, float, float]], float]:
    """A disc for each group, by its number: middle and radius, the largest first, in rows; and how high they are together."""
    sizes: dict[int, int] = {}
    for node in picture.nodes:
        sizes[node.group] = sizes.get(node.group, 0) + 1
    discs: dict[int, tuple[float, float, float]] = {}
    x, top, row = 0.0, 0.0, 0.0
    for group, size in sorted(sizes.items(), key=lambda one: (-one[1], one[0])):
        r = 13 * math.sqrt(size) - 4  # two points stand far enough apart to see the line between them
        wide, high = 2 * r + 26, 2 * r + 42  # the number above, and the points themselves
        if x and x + wide > WIDE:
            x, top, row = 0.0, top + row, 0.0
        discs[group] = (x + wide / 2, top + 30 + r, r)
        x, row = x + wide, max(row, high)
    return discs, max(60.0, top + row)


def _places(picture: Network, discs: "dict[int, tuple[float, float, float]]") -> "list[tuple[float, float]]":
    """Each group in its disc, by itself; no chance in it."""
    members: dict[int, list[int]] = {}
    for i, node in enumerate(picture.nodes):
        members.setdefault(node.group, []).append(i)
    at = [(0.0, 0.0)] * len(picture.nodes)
    for group, some in members.items():
        place = {i: j for j, i in enumerate(some)}
        lines = [(place[e.a], place[e.b]) for e in picture.edges if e.a in place and e.b in place]
        x, y, r = discs[group]
        for i, (across, down) in zip(some, _laid(len(some), lines), strict=True):
            at[i] = (x + r * across, y + r * down)
    return at


def _laid(n: int, lines: "Sequence[tuple[int, int]]") -> "list[tuple[float, float]]":
    """Places of a group's points in the unit disc: few in a circle, more by Fruchterman and Reingold (1991)."""
    import numpy as np

    if n == 1:
        return [(0.0, 0.0)]
    if n <= 4:  # two lie level
        return [(math.cos(math.pi * (1 + 2 * i / n)), math.sin(math.pi * (1 + 2 * i / n))) for i in range(n)]
    own = np.arange(n) * 2.399963  # the golden angle spreads points over a disc
    xy = np.sqrt((np.arange(n) + 0.5) / n)[:, None] * np.stack([np.cos(own), np.sin(own)], 1)
    a, b = np.array([x for x, _ in lines], int), np.array([y for _, y in lines], int)
    k = 1.2 / math.sqrt(n)
    for step in range(STEPS):
        apart = xy[:, None, :] - xy[None, :, :]
        far = np.maximum((apart**2).sum(-1), 1e-6)
        push = (apart * (k * k / far)[..., None]).sum(1)
        if len(a):
            along = xy[a] - xy[b]
            pull = along * np.sqrt((along**2).sum(-1, keepdims=True)) / k
            np.add.at(push, a, -pull)
            np.add.at(push, b, pull)
        push -= xy * 0.6  # towards the middle, so that nothing drifts away
        length = np.maximum(np.sqrt((push**2).sum(-1, keepdims=True)), 1e-9)
        xy = xy + push / length * np.minimum(length, 0.12 * (1 - step / STEPS))
    xy = xy - (xy.min(0) + xy.max(0)) / 2
    return [(float(x), float(y)) for x, y in (xy / max(float(np.sqrt((xy**2).sum(1)).max()), 1e-9)).round(4)]


# --- activity ---------------------------------------------------------------------------------------------------------------------


def _activity(picture: Activity, language: Language, number: int) -> Drawn:
    """All lines on one scale, so that they may be compared."""
    title, each = say(picture.title, language), 88.0
    steps = len(picture.series[0].counts) if picture.series else 0
    wide = WIDE / max(steps, 1)
    highest = max((count for line in picture.series for count in line.counts), default=0)
    inside: list[str] = []
    for i, line in enumerate(picture.series):
        bottom, most = i * each + each - 12, max(line.counts, default=0)
        name = text("detect.activity-most", language, say(line.name, language), most)
        inside.append(f'<text x="0" y="{i * each + 18:.0f}" font-weight="bold" fill="#0b0c0c">{escape(name)}</text>')
        inside.append(f'<line x1="0" x2="{WIDE}" y1="{bottom:.0f}" y2="{bottom:.0f}" stroke="#4f5960"/>')
        inside += [
            f'<rect x="{j * wide:.2f}" y="{bottom - 50 * count / highest:.2f}" width="{max(wide - 0.6, 0.8):.2f}" '
            f'height="{50 * count / highest:.2f}" fill="{COLOURS[i % len(COLOURS)]}"/>'
            for j, count in enumerate(line.counts)
            if count
        ]
    high = len(picture.series) * each + 14
    for j in _ticks(steps, picture.step):
        anchor = "start" if j == 0 else "end" if j >= steps - 1 else "middle"
        across = (j + {"start": 0.0, "middle": 0.5, "end": 1.0}[anchor]) * wide
        inside.append(
            f'<text x="{across:.1f}" y="{high - 4:.0f}" text-anchor="{anchor}" fill="#4f5960">'
            f"{_day(picture.start + j * picture.step, picture.step)}</text>"
        )
    names = [say(line.name, language) for line in picture.series]
    busy = [j for j in range(steps) if any(line.counts[j] for line in picture.series)]
    rows = tuple(
        (_day(picture.start + j * picture.step, picture.step), *(figure(str(line.counts[j]), language) for line in picture.series))
        for j in busy
    )
    step = _length(picture.step, language)
    about = text("detect.activity-about", language, ", ".join(names), step)
    note = text("detect.activity-note", language, step, highest)
    head = (text("detect.utc", language), *names)
    return Drawn(title, _svg(number, high, title, about, inside), head, rows[:TABLE], max(0, len(rows) - TABLE), note)


def _ticks(steps: int, step: float) -> list[int]:
    """The steps whose times are written: four dates have room, or three times of day."""
    parts = 3 if step >= _DAYS else 2
    return sorted({i * (steps - 1) // parts for i in range(parts + 1)}) if steps > 0 else []


_DAYS: Final = 21_600
"""Seconds of a step from which its day alone is written."""


def _day(t: float, step: float) -> str:
    try:
        return datetime.fromtimestamp(t, UTC).strftime("%Y-%m-%d" if step >= _DAYS else "%Y-%m-%d %H:%M")
    except (ValueError, OverflowError, OSError):
        return f"{t:g}"


def _length(seconds: float, language: Language) -> str:
    for size, unit in ((86_400, "days"), (3_600, "hours"), (60, "minutes")):
        if seconds >= size:
            return text(f"detect.{unit}", language, figure(f"{seconds / size:g}", language))
    return text("detect.seconds", language, figure(f"{seconds:g}", language))


# --- bars -------------------------------------------------------------------------------------------------------------------------


def _bars(picture: Bars, language: Language, number: int) -> Drawn:
    title, each = say(picture.title, language), 27
    shown = picture.bars[:BARS]
    left = min(216, 16 + math.ceil(8.6 * max((len(name) for name, _ in shown), default=0)))
    most = max((value for _, value in picture.bars), default=1.0) or 1.0
    inside = []
    for i, (name, value) in enumerate(shown):
        y, long = 8 + i * each, (WIDE - left - 70) * value / most
        label = name if len(name) <= LABEL else name[: LABEL - 1] + "…"
        inside.append(f'<text x="{left - 8}" y="{y + 14}" text-anchor="end" fill="#0b0c0c">{escape(label)}</text>')
        inside.append(f'<rect x="{left}" y="{y}" width="{max(long, 1):.1f}" height="18" fill="{COLOURS[0]}"/>')
        said = figure(f"{value:.15g}", language)
        inside.append(f'<text x="{left + max(long, 1) + 6:.1f}" y="{y + 14}" fill="#0b0c0c">{said}</text>')
    more, high = len(picture.bars) - len(shown), 16 + len(shown) * each
    if more:
        further = escape(text("detect.bars-more", language, more))
        inside.append(f'<text x="0" y="{high + 7}" fill="#4f5960">{further}</text>')
        high += each
    about = text("detect.bars-about", language, len(picture.bars))
    head = (text("detect.what", language), text("detect.count", language))
    rows = tuple((name, figure(f"{value:.15g}", language)) for name, value in picture.bars)
    whole = not more and all(len(name) <= LABEL for name, _ in shown)
    return Drawn(title, _svg(number, high, title, about, inside), head, rows, whole=whole)


# --- texts ------------------------------------------------------------------------------------------------------------------------


def _texts(picture: SideBySide, language: Language) -> Drawn:
    title = say(picture.title, language)
    left, right = marked(picture.left.words, picture.right.words)
    sides = "".join(
        f'<div class="side"><p class="label">{escape(text("detect.row", language, one.row + 1))} · {escape(one.label)}</p><blockquote dir="auto">{words}</blockquote></div>'
        for one, words in ((picture.left, left), (picture.right, right))
    )
    head = (text("detect.rows", language), text("detect.label", language), text("detect.text", language))
    rows = tuple((str(one.row + 1), one.label, one.words) for one in (picture.left, picture.right))
    return Drawn(title, f'<p>{escape(say(picture.why, language))}</p><div class="sides cx-columns">{sides}</div>', head, rows, whole=True)


def marked(left: str, right: str) -> tuple[str, str]:
    """Both texts as HTML, with `<mark>` around the words that the other lacks. Texts with nothing in common are not marked at all."""
    one, other = (words if len(words) <= 400 else [*words[:400], "…"] for words in (left.split(" "), right.split(" ")))
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    if matcher.ratio() < 0.2:
        return escape(" ".join(one)), escape(" ".join(other))
    sides: tuple[list[str], list[str]] = ([], [])
    for what, a, b, c, d in matcher.get_opcodes():
        for side, words in ((sides[0], one[a:b]), (sides[1], other[c:d])):
            if words:
                joined = escape(" ".join(words))
                side.append(joined if what == "equal" else f"<mark>{joined}</mark>")
    return " ".join(sides[0]), " ".join(sides[1])
