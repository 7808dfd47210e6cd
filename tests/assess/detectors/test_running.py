"""A run: settings are checked first, and its folder is gone afterwards."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from charlevoix.assess.detectors import running as module
from charlevoix.assess.detectors.detector import Bench, Need, Result, Setting
from charlevoix.assess.detectors.relation import Reading, Relation
from charlevoix.assess.detectors.running import Order, running, settled
from charlevoix.errors import Malformed, Reason, Unknown


class Counting:
    """Counts rows, and leaves a file in its folder."""

    name, version, about = "counting", "1", "x"
    needs = (Need("account", "text", "x"),)
    settings = (Setting("mode", "plain", "x", ("plain", "other")), Setting("window", "60", "x"))
    folder = ""
    fails = False

    def run(self, relation: Relation, parameters: Mapping[str, str], seed: int, bench: Bench, /) -> Result:
        self.folder = bench.folder
        Path(bench.folder, "left.txt").write_text("x", "utf-8")
        if self.fails:
            raise ZeroDivisionError
        bench.tell(0.5, Reason("x"))
        return Result(self.name, self.version, relation.data, (), parameters, notes=(Reason("own"),))


def order(folder: Path, body: str = "account\na\nb\n", **settings: str) -> Order:
    (folder / "t.csv").write_text(body, "utf-8")
    return Order(str(folder / "t.csv"), Reading({"account": ("account",)}, skip_bad=True), settings, seed=7)


def test_a_run_says_what_it_was_and_its_folder_is_gone_afterwards(tmp_path: Path) -> None:
    detector, told = Counting(), []
    with running(detector, order(tmp_path, "account\na\nb,c\n", window="5"), lambda share, doing: told.append(share)) as run:
        assert Path(detector.folder, "left.txt").exists()
    assert not Path(detector.folder).exists()
    assert told == [0.0, 0.5, 1.0]
    assert (run.result.rows, run.result.seed, dict(run.result.parameters)) == (2, 7, {"mode": "plain", "window": "5"})
    assert [note.rule for note in run.result.notes] == ["relation.cells", "own"]


def test_the_folder_is_gone_when_a_detector_fails_too(tmp_path: Path) -> None:
    detector = Counting()
    detector.fails = True
    with pytest.raises(ZeroDivisionError), running(detector, order(tmp_path)):
        pass
    assert not Path(detector.folder).exists()


def test_two_runs_give_an_equal_result(tmp_path: Path) -> None:
    results = []
    for _ in range(2):
        with running(Counting(), order(tmp_path)) as run:
            results.append(run.result)
    assert results[0] == results[1]


def test_a_large_file_is_worked_on_in_a_database_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ON_DISK", 1)
    detector = Counting()
    with running(detector, order(tmp_path)):
        assert Path(detector.folder, "work.duckdb").exists()


def test_settings_are_the_defaults_and_what_is_given_and_nothing_else() -> None:
    assert settled(Counting(), {"mode": "other"}) == {"mode": "other", "window": "60"}
    with pytest.raises(Malformed, match=r"detect\.no-setting: widow, mode, window"):
        settled(Counting(), {"widow": "5"})
    with pytest.raises(Malformed, match=r"detect\.no-choice: mode, third, plain, other"):
        settled(Counting(), {"mode": "third"})


def test_a_file_that_is_not_there_and_an_engine_nobody_has_are_told(tmp_path: Path) -> None:
    with pytest.raises(Unknown, match=r"detect\.unreadable"), running(Counting(), Order("none.csv", Reading({}), {})):
        pass
    from dataclasses import replace

    with pytest.raises(Malformed, match=r"detect\.engine"), running(Counting(), replace(order(tmp_path), engine="oracle")):
        pass
