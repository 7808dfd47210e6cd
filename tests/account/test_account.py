"""An account from a real node to a stranger: published by commands, checked in another process with nothing but the files and one key."""

import functools
import http.server
import json
import re
import subprocess
import sys
import threading
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from charlevoix import house
from charlevoix.account.public_files import parse_figures, parse_opened
from charlevoix.acts import disclosure, wire
from charlevoix.acts.key import Purpose
from charlevoix.acts.signature import read_act, verify
from charlevoix.assess import nexus
from charlevoix.errors import Misconfigured, Refused
from charlevoix.ledger.entry import Door
from stage import Stage, stage

WORDS = (
    *("--title-en", "Look-alike news sites found", "--title-fr", "Faux sites de presse découverts"),
    *("--text-en", "Two sites copied a newspaper.", "--text-fr", "Deux sites ont copié un journal."),
    *("--dissent-en", "One partner names nobody.", "--dissent-fr", "Un partenaire ne désigne personne."),
)
REVIEWERS = (("Ana", "legal"), ("Rui", "rights"), ("Gil", "gender"))

pytestmark = pytest.mark.mission("T1")


@dataclass
class Published:
    """A node whose account was published once, with one publication in it."""

    stage: Stage
    case: str
    directory: Path
    key: Path

    @property
    def files(self) -> dict[str, bytes]:
        found = (p for p in self.directory.rglob("*") if p.is_file())
        return {p.relative_to(self.directory).as_posix(): p.read_bytes() for p in found}

    def check(self, *more: str, directory: Path | None = None) -> tuple[int, set[str]]:
        """Exit code of `charlevoix verify`, and the files it names."""
        result = self.stage.run("verify", str(directory or self.directory), "--key", str(self.key), *more, "--json")
        return result.exit_code, {f["path"] for f in json.loads(result.output)["findings"]}

    def publish(self, to: Path, *more: str, code: int = 0, person: str = "Ben") -> object:
        return self.stage.told("account", "publish", str(to), *more, person=person, code=code)


def written(on: Stage, rests: str, *words: str) -> str:
    """A publication that passed its reviews."""
    case = str(on.told("account", "open", "--rests", rests, *(words or WORDS))["case"])
    for who, kind in REVIEWERS:
        on.told(
            "account", "review", case, "--kind", kind, "--passed", "--test", "Is it lawful?", "--reasons", "Kept inside: it is.", person=who
        )
    return case


def published(folder: Path, on: Stage) -> Published:
    case = written(on, on.incident)
    key = folder / "log.vkey"
    key.write_text(on.told("account", "key")["vkey"] + "\n")
    found = Published(on, case, folder / "account", key)
    found.publish(found.directory, "--case", case, "--reasons", "It is due.", person="operator", code=3)
    found.publish(found.directory, "--case", case, "--reasons", "It is due.")
    return found


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Published]:
    """Read only: tests that change the node make one of their own."""
    folder = tmp_path_factory.mktemp("account")
    with stage(folder / "homes") as on:
        yield published(folder, on)


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Published]:
    with stage(tmp_path / "homes") as on:
        yield published(tmp_path, on)


def copied(once: Published, to: Path) -> Path:
    for path, raw in once.files.items():
        (to / path).parent.mkdir(parents=True, exist_ok=True)
        (to / path).write_bytes(raw)
    return to


# --- a stranger ------------------------------------------------------------------------------------

STRANGER = """
import sys
from charlevoix.cli import main
try:
    main()
finally:
    print(*sorted({"sqlalchemy", "starlette", "jinja2", "httpx2"} & set(sys.modules)), file=sys.stderr)
"""


def test_a_stranger_with_the_files_and_one_key_finds_that_everything_holds(once: Published, tmp_path: Path) -> None:
    words = [sys.executable, "-c", STRANGER, "verify", str(once.directory), "--key", str(once.key)]
    ran = subprocess.run(words, capture_output=True, text=True, env={"PATH": "/usr/bin:/bin"}, cwd=tmp_path, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "Everything that can be checked holds." in ran.stdout
    assert ran.stderr.strip() == ""  # needed neither a database nor a web server nor the network


def test_a_stranger_checks_a_web_site(once: Published) -> None:
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(once.directory))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        ran = once.stage.run("verify", url, "--key", str(once.key))
        server.shutdown()
    assert ran.exit_code == 0, ran.output
    assert "Whether there are files too many can't be seen from here." in ran.output


@pytest.mark.parametrize(
    "path",
    [
        *("account.css", "checkpoint", "figures.json", "fr/index.html", "index.html", "manifest.json", "opened.json", "publication.json"),
        *("publications/CASE.json", "tile/0/000", "tile/1/000.p/1", "tile/entries/000"),
    ],
)
def test_one_changed_byte_in_any_file_is_found_and_the_file_named(once: Published, tmp_path: Path, path: str) -> None:
    path = path.replace("CASE", once.case.partition("--")[2])
    assert len(once.files) == 12
    there = copied(once, tmp_path)
    for at in (0, -1, len(once.files[path]) // 2):
        raw = bytearray(once.files[path])
        raw[at] ^= 1
        (there / path).write_bytes(raw)
        assert once.check(directory=there) == (1, {path})
        (there / path).unlink()
        assert once.check(directory=there) == (1, {path})


def test_a_file_too_many_is_named_whatever_it_is(once: Published, tmp_path: Path) -> None:
    there = copied(once, tmp_path)
    (there / "fr" / "annex.html").write_text("more")
    (there / "link.html").symlink_to(there / "index.html")
    assert once.check(directory=there) == (1, {"fr/annex.html", "link.html"})


def test_a_link_in_place_of_a_file_is_no_file(once: Published, tmp_path: Path) -> None:
    there = copied(once, tmp_path / "there")
    (there / "index.html").rename(tmp_path / "elsewhere.html")
    (there / "index.html").symlink_to(tmp_path / "elsewhere.html")
    assert once.check(directory=there) == (1, {"index.html"})


def test_another_nodes_key_holds_for_nothing(once: Published, tmp_path: Path) -> None:
    other = tmp_path / "other.vkey"
    other.write_text(once.stage.told("account", "key", at="Demo B")["vkey"])
    ran = once.stage.run("verify", str(once.directory), "--key", str(other), "--json")
    assert (ran.exit_code, json.loads(ran.output)["findings"][0]["path"]) == (1, "checkpoint")


# --- what is told ----------------------------------------------------------------------------------


def test_each_number_on_the_page_is_what_its_command_counts(once: Published) -> None:
    page = once.files["index.html"].decode()
    found = re.findall(r"numeric\">([\d,]+)</td><td[^>]*><code>(grep [^<]*)</code>", page)
    assert len(found) == 10
    for number, command in found:
        command = command.replace("&#39;", "'").replace("&#34;", '"')
        ran = subprocess.run(command, shell=True, cwd=once.directory, capture_output=True, text=True, check=False)
        assert ran.stdout.strip() == number.replace(",", ""), command
    assert sum(int(number) for number, _ in found) > 20


def test_the_figures_count_every_passage_but_those_of_persons_at_risk(once: Published) -> None:
    opened, figures = parse_opened(once.files["opened.json"]), parse_figures(once.files["figures.json"])
    with house.opened(once.stage.homes["Demo A"]) as at, at.database.read() as conn:
        log = list(at.orders.log.entries(conn, 0, figures.entries))
    closed = [e for e in log if e.index not in {o.index for o in opened}]
    assert not {o.rule for o in opened} & {"protected.outside", "padding"}
    personal = {e.act for e in log if e.rule == "protected.outside"}
    assert {e.rule for e in closed if e.act in personal} == {"protected.outside", "incident.open", "incident.nexus-passed"}
    assert {e.rule for e in closed if e.act not in personal} == {"padding"}
    assert figures.doors["refuse"] == sum(1 for e in log if e.door is Door.REFUSE and e.rule != "protected.outside") == 1
    assert figures.doors["release"] == sum(1 for e in log if e.door is Door.RELEASE) > 5


def test_what_was_published_stands_on_the_page_with_sources_dissent_and_reviews_in_both_languages(once: Published) -> None:
    english, french = (once.files[p].decode() for p in ("index.html", "fr/index.html"))
    for words in (
        "Look-alike news sites found",
        "Two sites copied a newspaper.",
        "One partner names nobody.",
        "No request to a platform is on record.",
    ):
        assert words in english
    for words in ("Faux sites de presse découverts", "Deux sites ont copié un journal.", "Un partenaire ne désigne personne."):
        assert words in french
    assert "passed review of the foreign involvement: not public. TLP:AMBER does not reach this audience (the public)." in english
    assert "<script" not in english + french
    assert not re.search(r'(?:src|href)="(?:https?:)?//', english + french)


def test_what_is_not_released_is_in_no_files_bytes(once: Published) -> None:
    with house.opened(once.stage.homes["Demo A"]) as at:
        partner = at.node.audience(at.actor(), "Demo B").name
    everything = b"\n".join(once.files.values())
    acts = json.loads(once.files[f"publications/{once.case.partition('--')[2]}.json"])["acts"]
    for one in acts:  # what is behind base64 counts too
        everything += b"".join(urlsafe_b64decode(part + "==") for part in one["act"].split(".")[:2])
    incidents = (once.stage.incident, once.stage.private, once.stage.secret)
    for hidden in (*incidents, partner, "Demo B", "A person was threatened", "threatened-0.example", "Kept inside", "Is it lawful?"):
        assert hidden.encode() not in everything, hidden
    assert once.case.encode() in everything  # the search finds what is there


def test_the_signed_acts_verify_under_the_nodes_own_key(once: Published) -> None:
    body = json.loads(once.files[f"publications/{once.case.partition('--')[2]}.json"])
    with house.opened(once.stage.homes["Demo A"]) as at:
        key = at.keyring.public(Purpose.ACTS)
    kinds = []
    for one in body["acts"]:
        presentation = wire.from_wire(one)
        verify(presentation.act, Ed25519PublicKey.from_public_bytes(key.raw))
        act = read_act(presentation.act)
        disclosure.check(act, presentation)
        kinds.append(act.kind)
    assert kinds == ["publication.open", "publication.publish"]


# --- who may, and what stands in the way -----------------------------------------------------------


def rules(document: object) -> list[str]:
    assert isinstance(document, dict)
    return [r["rule"] for r in document["refused"]]


def test_who_wrote_it_does_not_publish_it_and_every_obstacle_is_told_and_on_the_record(fresh: Published, tmp_path: Path) -> None:
    case = str(fresh.stage.told("account", "open", "--rests", fresh.stage.incident, *WORDS)["case"])
    refused = fresh.publish(tmp_path / "two", "--case", case, "--reasons", "Now", code=3, person="operator")
    assert rules(refused) == ["publication.review-missing"] * 3 + ["authority.same-person"]
    assert isinstance(refused, dict)
    assert refused["entry"] > 0
    assert not (tmp_path / "two").exists()
    assert rules(fresh.publish(tmp_path / "two", code=3, person="Ana")) == ["authority.role"]


def test_what_rests_on_a_person_at_risk_stays_inside_whatever_two_persons_say(fresh: Published, tmp_path: Path) -> None:
    case = written(fresh.stage, fresh.stage.secret, *WORDS)
    refused = fresh.publish(tmp_path / "two", "--case", case, "--reasons", "Now", code=3, person="Pia")
    assert "protected.outside" in rules(refused)
    assert not (tmp_path / "two").exists()
    fresh.publish(tmp_path / "two")
    assert b"".join(p.read_bytes() for p in (tmp_path / "two").rglob("*") if p.is_file()).count(case.encode()) == 0


def test_a_directory_that_holds_something_else_is_left_alone(once: Published, tmp_path: Path) -> None:
    (tmp_path / "diary.txt").write_text("mine")
    ran = once.stage.run("account", "publish", str(tmp_path), person="Ben")
    assert isinstance(ran.exception, Misconfigured)
    assert ran.exception.reason.rule == "account.directory-used"
    assert [p.name for p in tmp_path.iterdir()] == ["diary.txt"]


# --- again and again -------------------------------------------------------------------------------


def test_an_account_published_again_replaces_the_first_and_continues_its_log(fresh: Published, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.write_bytes(fresh.files["checkpoint"])
    fresh.stage.told("account", "correct", fresh.case, "--en", "It was one site.", "--fr", "C’était un seul site.")
    fresh.publish(fresh.directory, "--case", fresh.case, "--reasons", "So it is.")
    assert fresh.check("--remembered", str(kept)) == (0, set())
    assert "It was one site." in fresh.files["index.html"].decode()
    assert fresh.files["checkpoints/256"] == kept.read_bytes()
    assert not list(tmp_path.glob(".account*"))  # nothing is left beside it
    assert fresh.check("--remembered", str(other_history(fresh, tmp_path))) == (1, {"(remembered checkpoint)"})


def other_history(fresh: Published, folder: Path) -> Path:
    """A checkpoint of the same size and key over other entries: what a rewritten log would have shown before."""
    from charlevoix.doors.publication import signer
    from charlevoix.ledger.checkpoint import Checkpoint, sign

    with house.opened(fresh.stage.homes["Demo A"]) as at:
        forged = sign(Checkpoint(at.orders.log.origin, 256, bytes(32)), signer(at.orders))
    (folder / "forged").write_bytes(bytes(forged))
    return folder / "forged"


def test_what_was_taken_back_is_told_as_taken_back_and_its_text_is_gone(fresh: Published) -> None:
    fresh.stage.told("account", "withdraw", fresh.case, "--en", "We were wrong.", "--fr", "Nous avions tort.")
    fresh.publish(fresh.directory)
    everything = b"".join(fresh.files.values())
    assert b"Two sites copied" not in everything
    assert "Withdrawn: Look-alike news sites found." in fresh.files["index.html"].decode()
    assert "We were wrong." in fresh.files["index.html"].decode()
    assert fresh.check() == (0, set())


def test_erased_keys_leave_the_account_valid(fresh: Published) -> None:
    with house.opened(fresh.stage.homes["Demo A"]) as at, at.database.write() as conn:
        for index in (3, 5, 7):
            at.orders.log.erase_keys(conn, index, disclosed=True)
        at.orders.log.erase_keys(conn, 9)
    fresh.publish(fresh.directory)
    assert fresh.check() == (0, set())
    assert {3, 5, 7, 9} & {o.index for o in parse_opened(fresh.files["opened.json"])} == {9}


def test_the_daily_job_signs_the_log_and_signs_the_same_again_where_nothing_happened(fresh: Published) -> None:
    from charlevoix.account.jobs import DAY, checkpoint

    with house.opened(fresh.stage.homes["Demo A"]) as at:
        assert checkpoint(at) == DAY
        first = at.node.checkpoint(at.worker())
        assert at.node.checkpoint(at.worker()) == first
    fresh.publish(fresh.directory)
    assert fresh.check() == (0, set())


@pytest.mark.mission("C02")
def test_once_the_foreign_involvement_is_excluded_nothing_that_rests_on_it_is_told_however_indirectly(fresh: Published) -> None:
    on = fresh.stage
    why = [w for name in ("--title", "--description", "--legal-basis", "--proportionality", "--gender") for w in (name, "Tell readers")]
    measure = str(on.told("respond", "propose", "--rests", on.incident, "--measure", "notice", *why)["case"])
    on.told("respond", "decide", measure, "--no", "--reasons", "Too early", person="Ben")
    second = written(on, measure, *(w.replace("copied", "were looked at") for w in WORDS))
    fresh.publish(fresh.directory, "--case", second, "--reasons", "It is due.")
    assert "Two sites were looked at" in fresh.files["index.html"].decode()
    with house.opened(on.homes["Demo A"]) as at:
        said = at.node.do(at.actor("Ana"), house.cases()["incident"], on.incident, nexus.exclude_nexus, "It was a student.")
        assert not isinstance(said, Refused)
    fresh.publish(fresh.directory)
    page = fresh.files["index.html"].decode()
    assert "Two sites copied" not in page
    assert "Two sites were looked at" not in page
    assert "nexus.ruled-out" in page
