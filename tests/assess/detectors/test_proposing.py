"""A result lies before the analysts as a report in triage, marked for the house alone; software makes no incident."""

from pathlib import Path

import pytest

from assess.detectors.doubles import Double, found, run_of
from charlevoix import house
from charlevoix.assess.detectors.engine import DuckDB
from charlevoix.assess.detectors.proposing import propose
from charlevoix.desk import REFUSED, Desk
from charlevoix.house import Station
from charlevoix.intake.report import ReportCase
from charlevoix.node import Query
from charlevoix.stix.identifier import Ref


def desk_of(station: Station, person: str = "operator") -> Desk:
    return Desk(station.node, station.actor(person), station.home, station.settings, "en", True, station)


@pytest.mark.mission("C02")
def test_it_is_a_report_in_triage_and_no_incident(tmp_path: Path) -> None:
    house.create(tmp_path / "node", "Demo A")
    with house.opened(tmp_path / "node") as station, DuckDB(str(tmp_path)) as engine:
        desk = desk_of(station)
        report = propose(desk, Double(), run_of(found(), engine), "en")
        state = station.node.state(desk.who, ReportCase(), Ref(report)).value  # type: ignore[union-attr]
        assert (state.course.phase, state.marking, state.publisher, state.grade) == ("received", "amber+strict", station.node.me, "C6")
        assert state.title.startswith("4 accounts in 2 groups")
        assert (state.outcomes.get("quarantined", 0), state.outcomes.get("refused", 0)) == (0, 0)
        assert state.outcomes["accepted"] >= 8
        assert station.node.find(desk.who, Query("incident")).total == 0
        kept = b"".join(p.read_bytes() for p in (tmp_path / "node").rglob("*") if p.is_file())
        assert b"real-name" not in kept, "no account leaves its table"


def test_whoever_may_not_import_is_refused_with_code_three(tmp_path: Path) -> None:
    house.create(tmp_path / "node", "Demo A")
    with house.opened(tmp_path / "node") as station, DuckDB(str(tmp_path)) as engine:
        station.hire("Ana", {"reviewer-legal"})
        with pytest.raises(SystemExit) as ended:
            propose(desk_of(station, "Ana"), Double(), run_of(found(), engine), "en")
        assert ended.value.code == REFUSED
        assert station.node.find(station.actor(), Query("report")).total == 0
