"""A reader who types every command of a page, in order, at a node of her own."""

import os
import re
import shlex
import sqlite3
from dataclasses import dataclass, field
from pathlib import Path

import click
from click.testing import CliRunner

from charlevoix.cli import charlevoix
from charlevoix.errors import CharlevoixError

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md", ROOT / "CHANGELOG.md"]

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ENDS = re.compile(r"\s+# ends with (\d)$")
EXAMPLE_ID = re.compile(r"\b(report|incident|attribution|measure|text|brief|publication)--[0-9a-f]{4}\b(?!-)")
LASTING = {"serve", "sync", "demo", "work"}
"""Commands that wait, need a partner's node, or take long: their options are looked up, and other tests run them."""


def blocks(page: Path, *languages: str) -> list[str]:
    return [body for language, body in BLOCK.findall(page.read_text("utf-8")) if language in languages]


def shown(page: Path) -> list[str]:
    """Commands in blocks of plain text, and between the words: not typed, only looked up."""
    text = page.read_text("utf-8")
    lines = [line for block in blocks(page, "text") for line in block.splitlines()]
    return [line for line in [*lines, *re.findall(r"`([^`\n]+)`", text)] if re.match(r"charlevoix [a-z]", line)]


def commands(page: Path) -> list[str]:
    """Every command of the page's shell blocks; a backslash at the end of a line joins the next."""
    lines = "".join(blocks(page, "sh", "console")).replace("\\\n", " ").splitlines()
    return [line.strip().removeprefix("$ ") for line in lines if line.strip() and not line.strip().startswith("#")]


@dataclass
class Reader:
    """`folder` is where she stands, `home` the node she works at. The n-th example id of a kind means the n-th case of that kind."""

    folder: Path
    home: Path
    ids: dict[str, str] = field(default_factory=dict)

    def types(self, line: str) -> str:
        """What the line printed. Fails where it does not end as the page says."""
        wanted = int(found[1]) if (found := ENDS.search(line)) else 0
        words = shlex.split(EXAMPLE_ID.sub(lambda m: self._real(m[0]), ENDS.sub("", line)))
        if words[0] == "make":
            assert re.search(rf"^{re.escape(words[1])}:", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE), line
            return ""
        if words[0] == "export":
            name, _, value = words[1].partition("=")
            assert name == "CHARLEVOIX_HOME", line
            self.home = self.folder / value.removeprefix("~/")
            return ""
        assert words[0] == "charlevoix", f"a page types what no test knows: {line}"
        to = None
        if ">" in words:
            words, to = words[: words.index(">")], self.folder / words[words.index(">") + 1]
        if words[1] in LASTING:
            looked_up(words[1:])
            return ""
        code, said = self._run(words[1:])
        assert code == wanted, f"{line}\nends with {code}:\n{said}"
        if to:
            to.write_text(said, "utf-8")
        return said

    def writes(self, page: Path) -> None:
        """The files that the page shows (their first line is `# NAME.toml`), with her own ids in them."""
        for block in blocks(page, "toml"):
            if (first := re.match(r"# ([a-z-]+\.toml)\n", block)) and not (self.folder / first[1]).exists():
                (self.folder / first[1]).write_text(EXAMPLE_ID.sub(lambda m: self._real(m[0]), block), "utf-8")

    def _run(self, words: list[str]) -> tuple[int, str]:
        before = Path.cwd()
        os.chdir(self.folder)
        try:
            result = CliRunner(env={"CHARLEVOIX_HOME": str(self.home)}).invoke(charlevoix, words, prog_name="charlevoix")
        finally:
            os.chdir(before)
        if isinstance(result.exception, CharlevoixError):
            return result.exit_code, str(result.exception)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.exit_code, result.output

    def _real(self, example: str) -> str:
        if example not in self.ids:
            kind = example.partition("--")[0]
            taken = [e for e in self.ids if e.startswith(f"{kind}--")]
            with sqlite3.connect(self.home / "node.sqlite") as conn:
                query = "SELECT case_ref FROM acts WHERE case_ref LIKE ? GROUP BY case_ref ORDER BY min(seq)"
                cases = [row[0] for row in conn.execute(query, (f"{kind}--%",))]
            assert len(cases) > len(taken), f"{example}: there are only {len(cases)} cases of this kind"
            self.ids[example] = cases[len(taken)]
        return self.ids[example]


def looked_up(words: list[str]) -> None:
    """The command exists and takes these words. Raises click's errors where it does not."""
    command, context, left = _found(words)
    if "--help" not in left:
        command.make_context(command.name, left, parent=context)


def options_of(words: list[str]) -> set[str]:
    """Every option of the command."""
    command, _, _ = _found(words)
    return {name for parameter in command.params for name in parameter.opts}


def _found(words: list[str]) -> tuple[click.Command, click.Context, list[str]]:
    command: click.Command = charlevoix
    context = click.Context(charlevoix, info_name="charlevoix")
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        found = command.get_command(context, words[0])
        assert found is not None, f"no command {words[0]}"
        command, words = found, words[1:]
    return command, context, words
