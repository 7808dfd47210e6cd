"""How fast a whole node works, every door included, and how much memory it takes: `python benchmarks/node.py --json`; exits 1 below a bar."""

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from charlevoix import house
from charlevoix.acts.act import Digest, Place, Presentation, Whole
from charlevoix.acts.key import Purpose
from charlevoix.acts.signature import compose, sign
from charlevoix.assess import opening
from charlevoix.doors.admission import case_of_one, case_of_opener
from charlevoix.doors.release import presentation_object
from charlevoix.errors import Refused
from charlevoix.formats import bundle
from charlevoix.house import Station
from charlevoix.intake import report
from charlevoix.safeguards.passage import Unverified
from charlevoix.share import peer
from charlevoix.stix import timestamp
from charlevoix.stix.identifier import Ref, observable_id
from charlevoix.stix.marking import OFFICIAL

PUBLISHER = Ref("identity--99999999-9999-4999-8999-999999999999")

LEAST = {
    "foreign objects, per second": 4_000.0,
    "acts of 100 objects, entire, objects per second": 3_000.0,
    "acts of 100 objects, property by property, objects per second": 1_500.0,
    "do on a small case, per second": 300.0,
}
MOST = {
    "start of --help, ms": 200.0,
    "start of --version, ms": 200.0,
    "idle serve, MB": 90.0,
    "growth in importing 40 MB, MB": 20.0,
}


@contextmanager
def a_node(name: str, folder: Path) -> Iterator[Station]:
    house.create(folder / name, name)
    with house.opened(folder / name) as station:
        yield station


def said(at: Station, kind: str, ref: Ref | None, verb: Any, form: Any) -> Any:
    done = at.node.do(at.actor(), house.cases()[kind], ref, verb, form)
    if isinstance(done, Refused):
        raise SystemExit(f"{kind}: {done.reasons}")
    return done.value


def domain(number: int) -> bytes:
    value = f"copied-news-{number}.example"
    return json.dumps(
        {"type": "domain-name", "spec_version": "2.1", "id": observable_id("domain-name", {"value": value}), "value": value}
    ).encode()


def indicator(number: int, me: Ref = PUBLISHER) -> bytes:
    stamp = "2026-01-05T09:00:00.000Z"
    return json.dumps(
        {
            "type": "indicator",
            "spec_version": "2.1",
            "id": f"indicator--00000000-0000-4000-8000-{number:012x}",
            "created": stamp,
            "modified": stamp,
            "created_by_ref": me,
            "name": f"Copied news site {number}",
            "description": "Addresses that imitate newspapers, registered within two days.",
            "indicator_types": ["anomalous-activity"],
            "pattern": f"[domain-name:value = 'copied-news-{number}.example']",
            "pattern_type": "stix",
            "valid_from": stamp,
            "object_marking_refs": [OFFICIAL["clear"]],
        }
    ).encode()


def a_report(at: Station) -> tuple[Ref, Digest]:
    ref = Ref(f"report--{at.clock.random_id()}")
    form = report.Opening("Names", PUBLISHER, "names.json", hashlib.sha256(b"names").hexdigest(), 5, "application/json", marking="clear")
    return ref, said(at, "report", ref, report.open_report, form).digest


def foreign(at: Station, count: int) -> float:
    ref, _ = a_report(at)
    items = [Unverified(indicator(n) if n % 2 else domain(n), PUBLISHER, ref, OFFICIAL["clear"]) for n in range(count)]
    start = time.perf_counter()
    outcomes = {a.outcome for a in at.node.admit(at.actor(), items)}
    took = time.perf_counter() - start
    assert outcomes == {"accepted"}, outcomes
    return count / took


def signed(source: Station, sink: Station, entire: bool, acts: int) -> float:
    """Acts of the source, whose key the sink knows, admitted by the sink."""
    items, me = [], source.node.me
    for n in range(acts):
        salt = source.clock.random_bytes(16).hex()
        case = case_of_opener("incident", me, salt)
        bodies = [json.loads(indicator(1_000_000 + entire * 500_000 + 100 * n + i, me)) for i in range(100)]
        bodies[0]["charlevoix_salt"] = salt
        wholes = [Whole(json.dumps(b).encode(), source.clock.random_bytes(32), entire and bool(i)) for i, b in enumerate(bodies)]
        draft = compose(me, source.orders.kid, "incident.open", case, wholes, source.clock.now(), after=frozenset(), rests=frozenset())
        jwt = sign(draft, source.keyring.signer(Purpose.ACTS))
        stamp = timestamp.write(source.clock.now())
        ref = Ref(f"charlevoix-presentation--{source.clock.random_id()}")
        items.append(Unverified(presentation_object(ref, sink.node.me, Presentation(jwt, tuple(wholes)), stamp), me))
    start = time.perf_counter()
    told = list(sink.node.admit(sink.worker(), items))
    took = time.perf_counter() - start
    assert {t.outcome for t in told} == {"accepted"}, told[0]
    return 100 * acts / took


def an_incident(at: Station) -> Ref:
    ref, digest = a_report(at)
    (came,) = at.node.admit(at.actor(), [Unverified(domain(10_000_000), PUBLISHER, ref, OFFICIAL["clear"])])
    assert came.act is not None
    assert came.place is not None
    form = opening.Opening("Copied news", ("D2.2",), ("covert",), frozenset({digest}), (Place(came.act, came.place),), ())
    return Ref(said(at, "incident", None, opening.open_incident, form).case)


def notes(at: Station, case: Ref, count: int) -> float:
    start = time.perf_counter()
    for _ in range(count):
        said(at, "incident", case, opening.note, "Seen again today.")
    return count / (time.perf_counter() - start)


def start_of(option: str) -> float:
    times = []
    for _ in range(7):
        start = time.perf_counter()
        subprocess.run([str(Path(sys.executable).with_name("charlevoix")), option], capture_output=True, check=True)
        times.append(1_000 * (time.perf_counter() - start))
    return min(times)


def memory(pid: int | str) -> float:
    """Resident megabytes of a process."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def idle(home: Path) -> float:
    program = str(Path(sys.executable).with_name("charlevoix"))
    serving = subprocess.Popen([program, "--home", str(home), "serve", "--port", "0"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        time.sleep(4)
        return memory(serving.pid)
    finally:
        serving.terminate()
        serving.wait(10)


def import_growth(at: Station, megabytes: int) -> float:
    """By how much the largest of this process grows while a bundle is read in pieces and admitted."""
    ref, _ = a_report(at)
    list(at.node.admit(at.actor(), [Unverified(domain(n), PUBLISHER, ref, OFFICIAL["clear"]) for n in range(20_000_000, 20_002_000)]))
    path, count = at.home / "large.json", megabytes * 1_000_000 // len(indicator(30_000_000))
    with path.open("wb") as file:
        file.write(b'{"type":"bundle","id":"bundle--00000000-0000-4000-8000-000000000000","objects":[')
        for n in range(count):
            file.write((b"," if n else b"") + indicator(30_000_000 + n))
        file.write(b"]}")
    before = most = memory("self")
    with path.open("rb") as stream:
        items = (Unverified(piece.raw, PUBLISHER, ref, OFFICIAL["clear"]) for piece in bundle.split(stream))
        for n, _ in enumerate(at.node.admit(at.actor(), items)):
            most = max(most, memory("self")) if n % 1_000 == 0 else most
    path.unlink()
    return most - before


def measure(quick: bool) -> dict[str, float]:
    folder = Path(tempfile.mkdtemp(prefix="charlevoix-bench-"))
    try:
        with a_node("A", folder) as a, a_node("B", folder) as b:
            for one, other in ((a, b), (b, a)):
                said(one, "roster", case_of_one("roster", one.node.me), peer.add, house.introduction(other, "member"))
            found = {"foreign objects, per second": foreign(a, 2_000 if quick else 20_000)}
            found["acts of 100 objects, entire, objects per second"] = signed(a, b, True, 5 if quick else 30)
            found["acts of 100 objects, property by property, objects per second"] = signed(a, b, False, 5 if quick else 30)
            case = an_incident(a)
            notes(a, case, 20)
            found["do on a small case, per second"] = notes(a, case, 100)
            if not quick:
                notes(a, case, 1_900)
                found["do on a case of 2,000 acts, per second"] = notes(a, case, 50)
                found["growth in importing 40 MB, MB"] = import_growth(b, 40)
        found["start of --help, ms"] = start_of("--help")
        found["start of --version, ms"] = start_of("--version")
        found["idle serve, MB"] = idle(folder / "A")
        return found
    finally:
        shutil.rmtree(folder)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true", help="Small amounts; no case of 2,000 acts, no large file.")
    chosen = parser.parse_args()
    found = measure(chosen.quick)
    missed = [n for n, v in found.items() if v < LEAST.get(n, 0) or v > MOST.get(n, float("inf"))]
    if chosen.json:
        print(json.dumps({"found": found, "least": LEAST, "most": MOST, "missed": missed}, indent=2))
    else:
        for name, value in found.items():
            bar = f"at least {LEAST[name]:,.0f}" if name in LEAST else f"at most {MOST[name]:,.0f}" if name in MOST else ""
            print(f"{'missed' if name in missed else '':7} {name:64} {value:10,.1f}  {bar}")
    sys.exit(bool(missed))


if __name__ == "__main__":
    main()
