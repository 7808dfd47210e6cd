"""Telling: the story as a transcript for people, and as figures for programs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from charlevoix.errors import Reason
from charlevoix.languages.catalogue import say

if TYPE_CHECKING:
    from rich.console import Console


@dataclass(slots=True)
class Scene:
    """One step of the story: what happened, in sentences, and every figure of them by name."""

    number: int
    title: str
    lines: list[str] = field(default_factory=list)
    figures: dict[str, object] = field(default_factory=dict)
    seconds: float = 0.0

    def tell(self, line: str) -> None:
        self.lines.append(line)

    def say(self, sentence: str, **figures: object) -> None:
        """A sentence with its figures in braces; each is kept under its name."""
        self.figures.update(figures)
        self.lines.append(sentence.format(**{k: shown(v) for k, v in figures.items()}))

    def reason(self, reason: Reason, names: Mapping[str, str] | None = None) -> None:
        """A no in its sentence, with names in the place of ids."""
        sentence = say(reason, "en")
        for ref, name in (names or {}).items():
            sentence = sentence.replace(ref, name)
        self.lines.append(f"  no: {sentence}")

    def document(self) -> Mapping[str, object]:
        return {"step": self.number, "title": self.title, "figures": self.figures, "lines": self.lines, "seconds": round(self.seconds, 2)}


def shown(value: object) -> str:
    return f"{value:,.1f}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)


def print_scene(scene: Scene, to: "Console") -> None:
    from rich.markup import escape

    to.print(f"\n[bold]{scene.number:>2}. {escape(scene.title)}[/bold]")
    for line in scene.lines:
        to.print(f"    {escape(line)}")
