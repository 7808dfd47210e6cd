"""Printing: a brief as two A4 pages in one self-contained HTML file, with its marking, its deadline and who has not cleared it."""

from dataclasses import dataclass
from functools import cache

from jinja2 import Environment, StrictUndefined, Template

from charlevoix.advise.typesetting import Line, Page
from charlevoix.languages.catalogue import Language, text
from charlevoix.page import Banner, iso

STYLE = """
:root { --ink: #0b0c0c; --soft: #505a5f; --line: #b1b4b6; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 178mm; padding: 0 8px; color: var(--ink); background: #fff; font: 10.5pt/1.36 "Noto Serif", Georgia, serif; }
.marking { background: #000; color: #fff; margin: 0 0 4mm; padding: 1.5mm 3mm; font: 700 9.5pt/1.3 "Noto Sans", Arial, sans-serif; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
.marking .amber { color: #ffc000; } .marking .red { color: #ff2b2b; } .marking .green { color: #33ff00; }
.marking.foot { margin: 4mm 0 0; }
h1 { font: 700 17pt/1.2 "Noto Sans", Arial, sans-serif; margin: 0 0 2mm; }
h2 { font: 700 11pt/1.25 "Noto Sans", Arial, sans-serif; margin: 3.2mm 0 .8mm; border-bottom: .3mm solid var(--line); break-after: avoid; }
p { margin: 0 0 1.2mm; orphans: 2; widows: 2; }
dl { display: grid; grid-template-columns: auto 1fr; gap: 0 4mm; margin: 0 0 2mm; font: 9.5pt/1.4 "Noto Sans", Arial, sans-serif; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
.open { font-weight: 700; }
.estimate { font: 9pt/1.3 "Noto Sans", Arial, sans-serif; color: var(--soft); }
sup { font: 7.5pt/1 "Noto Sans", Arial, sans-serif; } sup a { color: #1d4f91; }
.small { font: 8.5pt/1.35 "Noto Sans", Arial, sans-serif; } .small li { margin: 0 0 .5mm; overflow-wrap: anywhere; }
ol.small { margin: .5mm 0 0; padding-left: 6mm; }
.left-out { border-left: 1mm solid var(--ink); padding-left: 2.5mm; font-weight: 700; }
:target { background: #fff3c4; }
@page { size: A4; margin: 13mm 16mm 14mm; }
@media print { body { max-width: none; padding: 0; font-size: 9.6pt; line-height: 1.3; } h1 { font-size: 15pt; } .small { font-size: 7.6pt; } }
"""

TEMPLATE = """<!DOCTYPE html>
<html lang="{{ language }}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="robots" content="noindex">
<title>{{ page.title }}</title>
<style>{{ style|safe }}</style>
</head>
<body>
{% macro marking(place) %}<p class="marking {{ place }}">{% if banner.level %}<span class="{{ banner.level.partition("+")[0] }}">{{ t("tlp." ~ banner.level) }}</span> {{ t("web.tlp-" ~ banner.level) }}{% if banner.releasable %} {{ t("web.releasable", banner.releasable|join(", ")) }}{% endif %}{% else %}{{ t("web.unmarked") }}{% endif %}</p>{% endmacro %}
<header>
{{ marking("head") }}
<h1>{{ page.title }}</h1>
<dl>
{% if page.for_whom %}<dt>{{ t("brief.for") }}</dt><dd>{{ page.for_whom }}</dd>{% endif %}
{% if page.due %}<dt>{{ t("brief.due") }}</dt><dd><time datetime="{{ page.due.isoformat() }}">{{ iso(page.due) }}</time></dd>{% endif %}
<dt>{{ t("brief.version") }}</dt><dd>{{ page.version }}{% if reader %}; {{ t("brief.as-read-by", reader) }}{% endif %}</dd>
<dt>{{ t("brief.cleared") }}</dt><dd>{{ cleared|join(", ") or t("brief.nobody") }}</dd>
<dt>{{ t("brief.not-cleared-yet") }}</dt><dd{% if not_cleared %} class="open"{% endif %}>{{ not_cleared|join(", ") or t("brief.nobody") }}</dd>
</dl>
</header>
<main>
{% for section in page.sections %}
<h2>{{ t(section.heading) }}</h2>
{% for line in section.lines %}
<p>{{ line.text }}{% if line.rests %}<sup>{% for one in line.rests %}{% if one in numbers %}{{ ", " if not loop.first }}<a href="#act-{{ numbers[one] }}">{{ numbers[one] }}</a>{% endif %}{% endfor %}</sup>{% endif %}
{% if line.range %} <span class="estimate">[{{ estimate(line) }}]</span>{% endif %}</p>
{% else %}
<p>{{ t("brief.nothing-shown") }}</p>
{% endfor %}
{% endfor %}
<h2>{{ t("field.gender")|capitalize }}</h2>
<p>{{ page.gender }}</p>
{% if page.left_out %}<p class="left-out">{{ t("brief.left-out", page.left_out) }}</p>{% endif %}
{% if page.footnotes %}
<h2>{{ t("brief.dissent") }}</h2>
<ol class="small">{% for note in page.footnotes %}<li><strong>{{ dissenters[note.number] }}</strong>: {{ note.text }}</li>{% endfor %}</ol>
{% endif %}
{% if acts %}
<h2>{{ t("brief.rests") }}</h2>
<ol class="small">{% for act in acts %}<li id="act-{{ loop.index }}">{{ t("kind." ~ act.kind) }}, {{ act.author }}, {{ act.at }}; {{ act.case }}; {{ t("brief.act", act.digest[:16]) }}</li>{% endfor %}</ol>
{% endif %}
</main>
<footer>{{ marking("foot") }}</footer>
</body>
</html>
"""


@dataclass(frozen=True, slots=True)
class Act:
    """One act that a sentence of fact rests on, as the list at the end names it."""

    digest: str  # hexadecimal
    kind: str
    case: str
    author: str  # name of the organisation
    at: str  # day on which it came here


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around the text: names for ids, the marking, and for whom the file is made ("" for whoever makes it)."""

    banner: Banner
    cleared: tuple[str, ...]
    not_cleared: tuple[str, ...]
    dissenters: tuple[str, ...]  # in the order of the footnotes
    acts: tuple[Act, ...]
    reader: str = ""


def printed(page: Page, language: Language, around: Around) -> str:
    """The whole file. It asks nothing of the network, holds no script, and nothing that `page` and `around` do not hold."""

    def t(key: str, *values: object) -> str:
        return text(key, language, *values)

    def estimate(line: Line) -> str:
        (first, last), (low, high) = line.probability or ("", ""), line.range or (0, 0)
        words = t(first) if first == last else t("brief.from-to", t(first), t(last))
        return t("brief.estimate", words, low, high, t(f"confidence.{line.confidence}"))

    return _template().render(
        page=page,
        language=language,
        style=STYLE,
        banner=around.banner,
        t=t,
        iso=iso,
        estimate=estimate,
        cleared=around.cleared,
        not_cleared=around.not_cleared,
        dissenters=dict(enumerate(around.dissenters, 1)),
        acts=around.acts,
        numbers={act.digest: n for n, act in enumerate(around.acts, 1)},
        reader=around.reader,
    )


@cache
def _template() -> Template:
    env = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return env.from_string(TEMPLATE)
