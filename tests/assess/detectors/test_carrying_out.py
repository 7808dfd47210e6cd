"""Carrying out: what a command writes for programs is as the table has it, and its help says what that means in a spreadsheet."""

import csv
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from charlevoix.assess.detectors.carrying_out import AS_IT_STANDS
from charlevoix.assess.detectors.commands import detect
from charlevoix.cli import charlevoix


@pytest.mark.parametrize("name", ["coordination", "copies", "lookalikes", "run"])
def test_an_option_that_writes_csv_says_how_its_cells_stand(name: str) -> None:
    command = detect.get_command(click.Context(detect), name)
    assert command
    writes = [option for option in command.params if isinstance(option, click.Option) and option.metavar == "OUT.csv"]
    assert len(writes) == {"coordination": 1, "copies": 2}.get(name, 0)
    assert all((option.help or "").endswith(AS_IT_STANDS) for option in writes)


def test_a_name_is_written_for_programs_as_the_table_has_it(tmp_path: Path) -> None:
    table, pairs = tmp_path / "t.csv", tmp_path / "pairs.csv"
    table.write_text("id,words\n" + "".join(f"=1+{n},the bridge is closed until friday and nobody knows why\n" for n in range(2)), "utf-8")
    args = ["detect", "copies", str(table), "--text", "words", "--id", "id", "--pairs", str(pairs)]
    assert CliRunner().invoke(charlevoix, args, catch_exceptions=False).exit_code == 0
    with pairs.open(encoding="utf-8", newline="") as stream:
        assert [row[:2] for row in csv.reader(stream)][1:] == [["=1+0", "=1+1"]]
