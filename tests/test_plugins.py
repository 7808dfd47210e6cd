"""What other packages add is found by name, and loaded only when it is asked for."""

from importlib.metadata import EntryPoint, EntryPoints

import pytest

from charlevoix import plugins
from charlevoix.assess.detectors.detector import Detector
from charlevoix.errors import Misconfigured, Unknown

GROUP = plugins.DETECTORS


class Quiet:
    """A detector that finds nothing."""

    name, version, about, needs, settings = "quiet", "1", "detect.quiet", (), ()

    def run(self, *given: object) -> None:
        return None


def installed(monkeypatch: pytest.MonkeyPatch, *entries: EntryPoint) -> None:
    monkeypatch.setattr(plugins, "entry_points", lambda group: EntryPoints(entries).select(group=group))


def test_a_detector_of_another_package_is_loaded_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch, EntryPoint("quiet", f"{__name__}:Quiet", GROUP), EntryPoint("x", "y:z", "other.group"))
    monkeypatch.setattr(EntryPoint, "load", lambda self: Quiet)
    assert plugins.names(GROUP) == ("quiet",)
    assert isinstance(plugins.load(GROUP, "quiet"), Detector)


def test_a_name_that_nobody_gives_is_unknown() -> None:
    with pytest.raises(Unknown, match=r"plugins\.unknown: nobody"):
        plugins.load(GROUP, "nobody")


def test_a_plugin_that_does_not_import_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch, EntryPoint("broken", "no_such_module_here:Thing", GROUP))
    with pytest.raises(Misconfigured, match="no_such_module_here"):
        plugins.load(GROUP, "broken")


def test_two_packages_that_claim_one_name_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch, EntryPoint("a", "one:A", GROUP), EntryPoint("a", "two:A", GROUP))
    with pytest.raises(Misconfigured, match=r"plugins\.twice"):
        plugins.names(GROUP)
