"""The migrations of the database lead to the schema that a new node gets."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import inspect, text

from charlevoix import house
from charlevoix.cli import charlevoix
from charlevoix.errors import Misconfigured
from charlevoix.store.database import REVISION, Database


def _schema(database: Database) -> dict[str, str]:
    """Name -> SQL of every table, index and trigger, with blanks, quotes and the order of constraints' lines made alike."""
    with database.read() as conn:
        rows = conn.execute(text("SELECT type || ' ' || name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name != 'alembic_version'"))
        return {name: " ".join(sql.replace('"', "").split()) for name, sql in rows}


def _made(folder: Path, how: str) -> Database:
    folder.mkdir()
    database = Database.in_folder(folder)
    getattr(database, how)()
    return database


def test_migrating_an_empty_database_gives_the_schema_of_a_new_one(tmp_path: Path) -> None:
    created, migrated = _made(tmp_path / "created", "create"), _made(tmp_path / "migrated", "upgrade")
    assert _schema(migrated) == _schema(created)
    assert "table acts" in _schema(created)
    for of in (created, migrated):
        assert [c["name"] for c in inspect(of.engine).get_columns("alembic_version")] == ["version_num"]
        of.check()


def test_upgrading_what_is_up_to_date_changes_nothing(tmp_path: Path) -> None:
    created = _made(tmp_path / "created", "create")
    before = _schema(created)
    created.upgrade()
    assert _schema(created) == before
    created.check()


def test_a_database_of_a_later_program_is_left_alone(tmp_path: Path) -> None:
    created = _made(tmp_path / "created", "create")
    with created.write() as conn:
        conn.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(Misconfigured) as raised:
        created.upgrade()
    assert raised.value.reason.rule == "store.other-version"
    with created.read() as conn:
        assert conn.execute(text("SELECT version_num FROM alembic_version")).scalar() == "9999" != REVISION


def test_the_doctor_upgrades_and_then_finds_the_node_well(tmp_path: Path) -> None:
    house.create(tmp_path / "home", "Demo")
    told = CliRunner().invoke(charlevoix, ["--home", str(tmp_path / "home"), "doctor", "--upgrade", "--json"])
    assert told.exit_code == 0, told.output


def test_the_doctor_makes_no_database_where_there_is_no_node(tmp_path: Path) -> None:
    told = CliRunner().invoke(charlevoix, ["--home", str(tmp_path), "doctor", "--upgrade"])
    assert isinstance(told.exception, Misconfigured)
    assert not (tmp_path / "node.sqlite").exists()
