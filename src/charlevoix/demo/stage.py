"""The stage of the demonstration: three nodes, three processes, three homes, and the people at their desks."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

from charlevoix import house
from charlevoix.cases.case import Case, Verb
from charlevoix.doors.admission import case_of_one
from charlevoix.errors import Misconfigured, Refused
from charlevoix.house import Station
from charlevoix.node import Query
from charlevoix.safeguards.grounds import Actor
from charlevoix.safeguards.passage import Verified
from charlevoix.share import jobs, peer
from charlevoix.stix.identifier import Ref

STANDINGS = {"Demo A": "member", "Demo B": "observer", "Demo C": "member"}
"""The three organisations of the demonstration. They are nobody's, and none of their keys is."""

PEOPLE: Mapping[str, frozenset[str]] = {
    "second analyst": frozenset({"analyst"}),
    "second policy officer": frozenset({"policy"}),
    "legal reviewer": frozenset({"reviewer-legal", "policy"}),
    "rights reviewer": frozenset({"reviewer-rights"}),
    "gender reviewer": frozenset({"reviewer-gender"}),
}
"""Who works at Demo A beside its operator, called by what they do."""

START_SECONDS = 60.0


@dataclass(slots=True)
class Player:
    """One node of the demonstration: its home, its process, and its desk."""

    name: str
    home: Path
    url: str
    station: Station
    process: "subprocess.Popen[bytes]"
    seconds: float  # from start to the first answer

    @property
    def me(self) -> Ref:
        return self.station.node.me

    def who(self, name: str = "") -> Actor:
        return self.station.actor(name)

    def do(self, case: str, ref: Ref | None, verb: Verb[Any, Any], form: object, who: str = "") -> Verified[Any]:
        """Says something that must be possible: the story can't go on without it."""
        said = self.attempt(case, ref, verb, form, who)
        if isinstance(said, Refused):
            raise Misconfigured("demo.stuck", f"{case}: " + "; ".join(f"{r.rule} {r.values}" for r in said.reasons))
        return said

    def attempt(self, case: str, ref: Ref | None, verb: Verb[Any, Any], form: object, who: str = "") -> Verified[Any] | Refused:
        return self.station.node.do(self.who(who), house.cases()[case], ref, verb, form)

    def state(self, case: str, ref: Ref, who: str = "") -> Any:
        found = self.station.node.state(self.who(who), house.cases()[case], ref)
        if isinstance(found, Refused):
            raise Misconfigured("demo.stuck", found.reasons[0].rule)
        return found.value

    def row(self, case: str, ref: Ref) -> Mapping[str, Any]:
        return self.station.node.find(self.who(), Query(case, (("ref", "=", ref),))).rows[0].value

    def kind(self, case: str) -> Case[Any]:
        return house.cases()[case]

    def run(self, *words: str, person: str = "") -> tuple[int, Any]:
        """`charlevoix WORDS --json` in a process of its own at this node: exit code, and the document."""
        return charlevoix(self.home, *words, person=person)

    def pull(self, other: "Player") -> None:
        """Pulls from another node over the network, as its own job would."""
        pulled = jobs.sync(self.station, other.me)
        if pulled.failure is not None:
            raise Misconfigured("demo.stuck", pulled.failure.rule)

    def memory(self) -> float:
        """Megabytes of the serving process that lie in memory, or 0 where the system does not tell."""
        try:
            lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        except OSError:
            return 0.0
        return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS")), 0.0)

    def halt(self) -> None:
        """Stops the process where it stands: it answers nobody, and does nothing, until told to go on."""
        os.kill(self.process.pid, signal.SIGSTOP)

    def go_on(self) -> None:
        os.kill(self.process.pid, signal.SIGCONT)


@dataclass(slots=True)
class Stage:
    """The three players, the folder they live in, and what the story remembers from step to step."""

    folder: Path
    examples: Path
    a: Player
    b: Player
    c: Player
    memory: dict[str, Any] = field(default_factory=dict)

    @property
    def players(self) -> tuple[Player, Player, Player]:
        return self.a, self.b, self.c


def charlevoix(home: Path | None, *words: str, person: str = "") -> tuple[int, Any]:
    """The command line in a process of its own."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("CHARLEVOIX_")}
    if home is not None:
        environment["CHARLEVOIX_HOME"] = str(home)
    if person:
        environment["CHARLEVOIX_PERSON"] = person
    command = [sys.executable, "-m", "charlevoix", *words, "--json"]
    ran = subprocess.run(command, capture_output=True, env=environment, timeout=120, check=False)  # noqa: S603  # our own program
    try:
        return ran.returncode, json.loads(ran.stdout or b"null")
    except json.JSONDecodeError:
        return ran.returncode, {"output": ran.stdout.decode(errors="replace"), "errors": ran.stderr.decode(errors="replace")}


@contextmanager
def raised(folder: Path, examples: Path) -> Iterator[Stage]:
    """Makes the three nodes anew under `folder`, starts them, and stops them at the end, whatever happened between."""
    for old in ("nodes", "public"):
        shutil.rmtree(folder / old, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        a, b, c = (stack.enter_context(_player(folder / "nodes", name)) for name in STANDINGS)
        _introduce([a, b, c])
        for name, roles in PEOPLE.items():
            a.station.hire(name, roles)
        yield Stage(folder, examples, a, b, c)


@contextmanager
def _player(folder: Path, name: str) -> Iterator[Player]:
    home, url = folder / name.replace(" ", "-").lower(), f"http://127.0.0.1:{_free_port()}"
    house.create(home, name, url=url, port=int(url.rpartition(":")[2]))
    start = time.monotonic()
    with house.opened(home) as station, (home / "serve.log").open("wb") as log:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("CHARLEVOIX_")} | {"CHARLEVOIX_HOME": str(home)}
        command = [sys.executable, "-m", "charlevoix", "serve", "--no-work"]
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)  # noqa: S603  # our own program
        try:
            _await(url, process)
            yield Player(name, home, url, station, process, time.monotonic() - start)
        finally:
            _end(process)


def _await(url: str, process: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if process.poll() is not None:
            break
        try:
            httpx2.get(f"{url}/sign-in", timeout=1.0)
        except httpx2.HTTPError:
            time.sleep(0.05)
        else:
            return
    raise Misconfigured("demo.not-started", url)


def _end(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is not None:
        return
    process.send_signal(signal.SIGCONT)  # a process that stands still can't end
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(5)


def _introduce(players: list[Player]) -> None:
    """Each takes the others' cards and root keys into its roster, as if exchanged out of band."""
    for one in players:
        for other in players:
            if other is not one:
                card = house.introduction(other.station, STANDINGS[other.name])
                one.do("roster", case_of_one("roster", one.me), peer.add, card)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
