"""The detector of copies on tables, and its command: what scripts rely on."""

import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from assess.detectors.copies.notices import GROUPS, LIBRARY, NOTICES, WATER
from charlevoix.cli import charlevoix
from charlevoix.errors import Malformed

ACCOUNTS = [f"secret-{n % 9}" for n in range(len(NOTICES))]


def table(path: Path) -> Path:
    """The notices as CSV."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        out = csv.writer(stream)
        out.writerow(["name", "who", "at", "spoken", "words"])
        out.writerows([f"n{n}", ACCOUNTS[n], f"2026-03-02T08:{n:02}:00Z", language, text] for n, (_, language, text) in enumerate(NOTICES))
    return path


def run(*args: object) -> Result:
    return CliRunner().invoke(charlevoix, ["detect", *map(str, args)])


COLUMNS = ("--text", "words", "--id", "name", "--account", "who", "--time", "at", "--language", "spoken")


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of one run with every file that can be asked for."""
    folder = tmp_path_factory.mktemp("copies")
    files = [
        part
        for name in ("pairs.csv", "clusters.json", "table.csv", "html.html", "stix.json")
        for part in (f"--{name.split('.')[0]}", folder / name)
    ]
    ran = run("copies", table(folder / "notices.csv"), *COLUMNS, *files, "--json")
    assert ran.exit_code == 0, ran.output
    (folder / "told.json").write_text(ran.output, "utf-8")
    return folder


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.mark.mission("C10")
def test_pairs_name_texts_as_the_table_does_with_kind_and_score(out: Path) -> None:
    pairs = rows(out / "pairs.csv")
    assert list(pairs[0]) == ["source", "target", "kind", "score"]
    assert {p["kind"] for p in pairs} == {"exact", "near", "reworded", "translated"}
    assert {(p["source"], p["target"]) for p in pairs if p["kind"] == "exact"} == {
        ("n0", "n1"),
        ("n11", "n12"),
        ("n11", "n13"),
        ("n12", "n13"),
    }
    assert all(GROUPS[int(p["source"][1:])] == GROUPS[int(p["target"][1:])] != "" for p in pairs)
    assert all(0 <= float(p["score"]) <= 1 for p in pairs)


def test_clusters_say_first_seen_accounts_and_languages(out: Path) -> None:
    library, water = json.loads((out / "clusters.json").read_text("utf-8"))
    assert sorted(library["members"], key=lambda x: int(x[1:])) == [f"n{n}" for n in range(len(LIBRARY))]
    assert library["languages"] == "ar, de, en, es, fr, ja, ru, zh"
    assert (library["first"], library["last"]) == ("2026-03-02T08:00:00Z", "2026-03-02T08:10:00Z")
    assert set(library["accounts"]) == set(ACCOUNTS[: len(LIBRARY)])
    assert water["texts"] == len(WATER)
    assert water["rows"][0] == len(LIBRARY) + 1


def test_the_table_of_clusters_is_a_layer_for_coordination(out: Path, tmp_path: Path) -> None:
    told = rows(out / "table.csv")
    assert list(told[0]) == ["id", "account", "time", "text_cluster"]
    assert [r["text_cluster"] for r in told] == ["1"] * len(LIBRARY) + ["2"] * len(WATER) + [""] * (
        len(NOTICES) - len(LIBRARY) - len(WATER)
    )
    args = ("--account", "account", "--object", "text_cluster", "--content", "id", "--time", "time", "--window", 600, "--mode", "coortweet")
    edges = tmp_path / "edges.csv"
    ran = run("coordination", out / "table.csv", *args, "--edges", edges, "--groups", tmp_path / "g.json", "--json", "--skip-bad-rows")
    assert ran.exit_code == 0, ran.output
    assert {r["layer"] for r in rows(edges)} == {"text_cluster"}


@pytest.mark.parametrize("name", ["told.json", "html.html", "stix.json"])
def test_no_account_is_named_in_what_may_leave(out: Path, name: str) -> None:
    words = (out / name).read_text("utf-8")
    assert "secret-" not in words
    assert words.strip()


def test_the_result_names_what_it_cannot_exclude_and_rows_to_look_at(out: Path) -> None:
    result = json.loads((out / "told.json").read_text("utf-8"))["result"]
    assert len(result["innocent"]) >= 2
    assert len(result["look_first"]) == 3
    assert "17 of 34 texts" in json.dumps(result["headline"])


def test_the_same_table_gives_the_same_bytes(out: Path, tmp_path: Path) -> None:
    ran = run("copies", out / "notices.csv", *COLUMNS, "--pairs", tmp_path / "p.csv", "--clusters", tmp_path / "c.json", "--json")
    assert ran.exit_code == 0
    assert (tmp_path / "p.csv").read_bytes() == (out / "pairs.csv").read_bytes()
    assert (tmp_path / "c.json").read_bytes() == (out / "clusters.json").read_bytes()


def test_the_column_of_languages_decides_what_is_a_translation(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(f'words,spoken\n"{LIBRARY[0][2]}",xx\n"{LIBRARY[3][2]}",yy\n', "utf-8")
    for more, kind in (((), "reworded"), (("--language", "spoken"), "translated")):
        assert run("copies", path, "--text", "words", *more, "--pairs", tmp_path / "p.csv", "--json").exit_code == 0
        assert [p["kind"] for p in rows(tmp_path / "p.csv")] == [kind]


@pytest.mark.parametrize(
    ("texts", "pairs"),
    [
        (["One text is alone in its table."], []),
        (["🚧🚧", "🎉", "🚧🚧"], [("1", "3", "exact")]),
        ([LIBRARY[0][2], "Der Wanderverein trifft sich am Samstag."], []),
        (["a" * 1_000_000, "a" * 1_000_000 + "b", "town"], [("1", "2", "exact")]),  # cut at a megabyte, and said so
    ],
    ids=["one row", "emoji only", "nothing alike", "a megabyte"],
)
def test_odd_tables_end_well(tmp_path: Path, texts: list[str], pairs: list[tuple[str, str, str]]) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text("".join(json.dumps({"words": t}) + "\n" for t in texts), "utf-8")
    ran = run("copies", path, "--text", "words", "--pairs", tmp_path / "p.csv", "--clusters", tmp_path / "c.json", "--json")
    assert ran.exit_code == 0, ran.output
    assert [(p["source"], p["target"], p["kind"]) for p in rows(tmp_path / "p.csv")] == pairs
    assert len(json.loads((tmp_path / "c.json").read_text("utf-8"))) == (1 if pairs else 0)


def test_an_empty_text_is_named_by_row_and_column_and_may_be_left_out(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("words,n\nThe bridge is closed until Friday,1\n,2\nThe bridge is closed until Friday!,3\n", "utf-8")
    ran = run("copies", path, "--text", "words")
    assert ran.exit_code != 0
    assert isinstance(ran.exception, Malformed)
    assert "2: words" in str(ran.exception)
    ran = run("copies", path, "--text", "words", "--pairs", tmp_path / "p.csv", "--skip-bad-rows", "--json")
    assert ran.exit_code == 0, ran.output
    assert [(p["source"], p["target"]) for p in rows(tmp_path / "p.csv")] == [("1", "3")]


def test_a_table_without_rows_or_without_the_column_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("words\n", "utf-8")
    for column in ("words", "other"):
        ran = run("copies", path, "--text", column)
        assert isinstance(ran.exception, Malformed)


def test_ids_that_tell_no_texts_apart_are_said(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("id,text\n" + "".join(f'{name},"{WATER[0][2]} {n}"\n' for n, name in enumerate(("a", "a", "b", ""))), "utf-8")
    notes = {
        n["rule"]: n["values"] for n in json.loads(run("copies", path, "--text", "text", "--id", "id", "--json").output)["result"]["notes"]
    }
    assert notes["copies.ids-twice"] == ["2"]
    assert notes["copies.ids-none"] == ["1"]
