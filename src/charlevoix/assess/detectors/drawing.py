"""A drawing: a picture as SVG with a title and a description, and the table behind it; nothing but figures go in, so the same figures give the same bytes."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import SequenceMatcher
from html import escape
from typing import TYPE_CHECKING, Any, Final

from charlevoix.assess.detectors.picture import Activity, Bars, Network, Picture, SideBySide
from charlevoix.assess.detectors.report import called
from charlevoix.languages.catalogue import Language, say, text

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

WIDE: Final = 640
"""Units of a drawing's width."""

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


BARS: Final = 12
"""Bars that are drawn; the table behind has all."""

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
        f'<svg viewBox="0 0 {WIDE} {high:g}" width="{WIDE}" role="img" aria-labelledby="t{number} d{number}" xmlns="http://www.w3.org/2000/svg">'
        f'<title id="t{number}">{escape(title)}</title><desc id="d{number}">{escape(about)}</desc>{"".join(inside)}</svg>'
    )


# --- network ----------------------------------------------------------------------------------------------------------------------


def _network(picture: Network, language: Language, number: int) -> Drawn:
    title, high = say(picture.title, language), min(440, 140 + 25 * len(picture.nodes))  # few points need no large field
    at = _places(picture, WIDE, high)
    largest = max((e.weight for e in picture.edges), default=1.0) or 1.0
    lines = [
        f'<line x1="{at[e.a][0]:.1f}" y1="{at[e.a][1]:.1f}" x2="{at[e.b][0]:.1f}" y2="{at[e.b][1]:.1f}" stroke="#7b868e" '
        f'stroke-opacity="0.45" stroke-width="{0.6 + 2.4 * e.weight / largest:.2f}"/>'
        for e in picture.edges
    ]
    dots = [_dot(n.group, *at[i]) for i, n in enumerate(picture.nodes)]
    about = text("detect.network-about", language, len(picture.nodes), len(picture.edges), *picture.left_out)
    weights = dict.fromkeys(range(len(picture.nodes)), 0)
    for e in picture.edges:
        weights[e.a] += 1
        weights[e.b] += 1
    rows = tuple((called(n.name, language), str(n.group or "-"), str(weights[i]), f"{n.size:g}") for i, n in enumerate(picture.nodes))
    head = tuple(text(f"detect.{k}", language) for k in ("who", "group", "partners", "weight"))
    svg = _svg(number, high, title, about, [*lines, *dots, *_numbers(picture, at)])
    return Drawn(title, svg, head, rows[:TABLE], max(0, len(rows) - TABLE))


def _numbers(picture: Network, at: "list[tuple[float, float]]") -> Iterator[str]:
    """The number of each of the first twelve groups, at its middle."""
    groups: dict[int, list[tuple[float, float]]] = {}
    for node, place in zip(picture.nodes, at, strict=True):
        if node.group:
            groups.setdefault(node.group, []).append(place)
    for group, places in sorted(groups.items())[:12]:
        x, y = (sum(c) / len(places) for c in zip(*places, strict=True))
        yield (
            f'<text x="{x:.1f}" y="{y - 12:.1f}" text-anchor="middle" font-size="15" font-weight="bold" paint-order="stroke" stroke="#ffffff" '
            f'stroke-width="4" fill="#0b0c0c">{group}</text>'
        )


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


def _places(picture: Network, wide: float, high: float) -> "list[tuple[float, float]]":
    """Fruchterman and Reingold (1991) in a box, each group begun on a place of its own; no chance in it."""
    import numpy as np

    n = len(picture.nodes)
    if not n:
        return []
    groups = sorted({node.group for node in picture.nodes})
    place = {g: i for i, g in enumerate(groups)}
    turn = np.array([place[node.group] for node in picture.nodes]) * 2.399963 + 0.0  # the golden angle spreads groups over a disc
    out = np.sqrt((np.array([place[node.group] for node in picture.nodes]) + 0.5) / len(groups))
    own = np.arange(n) * 2.399963
    xy = np.stack([out * np.cos(turn) + 0.08 * np.cos(own), out * np.sin(turn) + 0.08 * np.sin(own)], 1)
    a = np.array([e.a for e in picture.edges], int)
    b = np.array([e.b for e in picture.edges], int)
    k = 0.9 / math.sqrt(n)
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
    low, top = xy.min(0), xy.max(0)
    part = min(1.0, 0.25 + math.sqrt(n / 40))  # few points do not spread over the whole box
    scaled = 0.5 + part * ((xy - low) / np.maximum(top - low, 1e-9) - 0.5)
    return [(24 + float(x) * (wide - 48), 24 + float(y) * (high - 48)) for x, y in scaled.round(4)]


# --- activity ---------------------------------------------------------------------------------------------------------------------


def _activity(picture: Activity, language: Language, number: int) -> Drawn:
    title, left, each = say(picture.title, language), 40.0, 92.0
    steps = len(picture.series[0].counts) if picture.series else 0
    wide = (WIDE - left - 16) / max(steps, 1)
    inside: list[str] = []
    for i, line in enumerate(picture.series):
        bottom, most = i * each + each - 14, max(line.counts, default=0)
        colour = COLOURS[i % len(COLOURS)]
        inside.append(
            f'<text x="{left}" y="{i * each + 18:.0f}" font-size="14" font-weight="bold" fill="#0b0c0c">{escape(say(line.name, language))}</text>'
        )
        inside.append(f'<text x="{left - 6}" y="{bottom - 46:.0f}" font-size="12" text-anchor="end" fill="#4f5960">{most}</text>')
        inside.append(f'<line x1="{left}" x2="{WIDE - 16}" y1="{bottom:.0f}" y2="{bottom:.0f}" stroke="#4f5960"/>')
        inside += [
            f'<rect x="{left + j * wide:.2f}" y="{bottom - 50 * count / most:.2f}" width="{max(wide - 0.6, 0.8):.2f}" height="{50 * count / most:.2f}" fill="{colour}"/>'
            for j, count in enumerate(line.counts)
            if count
        ]
    high = len(picture.series) * each + 14
    for j in _ticks(steps):
        anchor = "start" if j == 0 else "end" if j >= steps - 1 else "middle"
        inside.append(
            f'<text x="{left + (j + (0 if j == 0 else 0.5)) * wide:.1f}" y="{high - 4:.0f}" font-size="12" text-anchor="{anchor}" fill="#4f5960">'
            f"{_day(picture.start + j * picture.step, picture.step)}</text>"
        )
    names = [say(line.name, language) for line in picture.series]
    busy = [j for j in range(steps) if any(line.counts[j] for line in picture.series)]
    rows = tuple(
        (_day(picture.start + j * picture.step, min(picture.step, 60)), *(str(line.counts[j]) for line in picture.series)) for j in busy
    )
    about = text("detect.activity-about", language, ", ".join(names), _length(picture.step, language))
    return Drawn(
        title, _svg(number, high, title, about, inside), (text("detect.utc", language), *names), rows[:TABLE], max(0, len(rows) - TABLE)
    )


def _ticks(steps: int) -> list[int]:
    return sorted({0, steps // 3, 2 * steps // 3, steps - 1}) if steps > 4 else list(range(steps))


def _day(t: float, step: float) -> str:
    try:
        return datetime.fromtimestamp(t, UTC).strftime("%Y-%m-%d" if step >= 21_600 else "%Y-%m-%d %H:%M")
    except (ValueError, OverflowError, OSError):
        return f"{t:g}"


def _length(seconds: float, language: Language) -> str:
    for size, unit in ((86_400, "days"), (3_600, "hours"), (60, "minutes")):
        if seconds >= size:
            return text(f"detect.{unit}", language, f"{seconds / size:g}")
    return text("detect.seconds", language, f"{seconds:g}")


# --- bars -------------------------------------------------------------------------------------------------------------------------


def _bars(picture: Bars, language: Language, number: int) -> Drawn:
    title, each = say(picture.title, language), 26
    shown = picture.bars[:BARS]
    left = min(200, 24 + 8 * max((len(name) for name, _ in shown), default=0))
    most = max((value for _, value in picture.bars), default=1.0) or 1.0
    inside = []
    for i, (name, value) in enumerate(shown):
        y, long = 8 + i * each, (WIDE - left - 90) * value / most
        label = name if len(name) <= 26 else name[:25] + "…"
        inside.append(f'<text x="{left - 8}" y="{y + 14}" font-size="14" text-anchor="end" fill="#0b0c0c">{escape(label)}</text>')
        inside.append(f'<rect x="{left}" y="{y}" width="{max(long, 1):.1f}" height="18" fill="{COLOURS[0]}"/>')
        inside.append(f'<text x="{left + max(long, 1) + 6:.1f}" y="{y + 14}" font-size="14" fill="#0b0c0c">{value:g}</text>')
    more, high = len(picture.bars) - len(shown), 16 + len(shown) * each
    if more:
        further = escape(text("detect.bars-more", language, more))
        inside.append(f'<text x="{left}" y="{high + 7}" font-size="14" fill="#4f5960">{further}</text>')
        high += each
    about = text("detect.bars-about", language, len(picture.bars))
    head = (text("detect.what", language), text("detect.count", language))
    return Drawn(title, _svg(number, high, title, about, inside), head, tuple((name, f"{value:g}") for name, value in picture.bars))


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
    return Drawn(title, f'<p>{escape(say(picture.why, language))}</p><div class="sides cx-columns">{sides}</div>', head, rows)


def marked(left: str, right: str) -> tuple[str, str]:
    """Both texts as HTML, with `<mark>` around the words that the other lacks. Texts with nothing in common are not marked at all."""
    one, other = left.split(" ")[:400], right.split(" ")[:400]
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
