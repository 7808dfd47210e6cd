"""The commands that any detector has: one that is broken takes none of the others away."""

import json

import pytest
from click.testing import CliRunner

from assess.detectors.doubles import Double
from charlevoix import plugins
from charlevoix.cli import charlevoix
from charlevoix.errors import Misconfigured


class Grumpy(Double):
    """Can be loaded, and not asked what it needs."""

    @property
    def needs(self) -> object:  # type: ignore[override]
        raise ValueError("no [column] today")


def _load(group: str, name: str) -> object:
    if name == "absent":
        raise Misconfigured("plugins.broken", name, "No module named 'clockwork'", advice="plugins.ask-maker")
    if name == "raising":
        raise SyntaxError("invalid syntax")
    return {"double": Double, "grumpy": Grumpy, "none": object}[name]()


def _run(*args: str) -> str:
    ran = CliRunner().invoke(charlevoix, ["detect", "list", *args], catch_exceptions=False)
    assert ran.exit_code == 0, ran.output
    return ran.stdout


def test_the_list_goes_on_past_what_is_broken_and_says_which_and_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugins, "names", lambda group: ("absent", "double", "grumpy", "none", "raising"))
    monkeypatch.setattr(plugins, "load", _load)
    told = json.loads(_run("--json"))
    assert [one["name"] for one in told["detectors"]] == ["double"]
    assert {one["name"]: one["rule"] for one in told["broken"]} == {
        "absent": "plugins.broken",
        "grumpy": "plugins.broken",
        "none": "detect.no-detector",
        "raising": "plugins.broken",
    }
    said = _run()
    for words in (
        "double",
        "No module named 'clockwork'",
        "ValueError: no [column] today",
        "“none” is installed as a detector",
        "SyntaxError: inv",
    ):
        assert words in said


def test_a_list_without_anything_broken_says_nothing_of_it() -> None:
    told = json.loads(_run("--json"))
    assert {"coordination", "copies", "lookalikes"} <= {one["name"] for one in told["detectors"]}
    assert told["broken"] == []
