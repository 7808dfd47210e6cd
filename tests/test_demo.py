"""The demonstration is run as a stranger would, and each of its figures is counted again from the files by another way."""

import csv
import json
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

EXAMPLES = Path(__file__).parent.parent / "examples"


class Told:
    """What a run said, step by step, and the folder it left."""

    def __init__(self, folder: Path, document: dict[str, Any]) -> None:
        self.folder, self.document = folder, document

    def __getitem__(self, step: int) -> dict[str, Any]:
        figures: dict[str, Any] = self.document["steps"][step - 1]["figures"]
        return figures

    def lines(self, step: int) -> str:
        return "\n".join(self.document["steps"][step - 1]["lines"])


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    folder = tmp_path_factory.mktemp("demo") / "run"
    ran = charlevoix("demo", "--folder", str(folder), "--json")
    assert ran.returncode == 0, ran.stdout[-2000:] + ran.stderr[-2000:]
    return Told(folder, json.loads(ran.stdout))


def charlevoix(*words: str) -> "subprocess.CompletedProcess[str]":
    environment = {k: v for k, v in os.environ.items() if not k.startswith("CHARLEVOIX_")}
    return subprocess.run(
        [sys.executable, "-m", "charlevoix", *words], capture_output=True, text=True, env=environment, timeout=150, check=False
    )


def bundle(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((EXAMPLES / name).read_text("utf-8"))["objects"]
    return found


def names(name: str) -> list[str]:
    """The first column of a published list, without the brackets: by hand, not by our reader."""
    lines = (EXAMPLES / name).read_text("utf-8-sig").splitlines()[1:]
    return [line.split(",")[0].replace("[", "").replace("]", "").strip().lower() for line in lines if line.strip()]


def test_it_tells_thirteen_steps_in_order(told: Told) -> None:
    assert [s["step"] for s in told.document["steps"]] == list(range(1, 14))


def test_three_processes_answer(told: Told) -> None:
    assert told[1]["nodes"] == 3
    assert all(told[1][name]["megabytes"] > 10 for name in ("Demo A", "Demo B", "Demo C"))


def test_the_bundle_is_counted_object_by_object(told: Told) -> None:
    some, said = bundle("viginum-rrn.json"), told[2]
    relations = [o for o in some if o["type"] == "relationship"]
    outcomes = ("accepted", "repaired", "known", "conflict", "quarantined", "refused")
    assert said["objects"] == len(some) == sum(said[o] for o in outcomes)
    assert said["related_to"] == sum(o["relationship_type"] == "related-to" for o in relations)
    assert said["relationships"] == len(relations)
    starts = Counter(o["start_time"] for o in relations if "start_time" in o)
    assert (said["constant_starts"], said["dated"]) == (starts.most_common(1)[0][1], sum(starts.values()))
    assert said["repairs"]["repair.stop-at-start"] == sum("stop_time" in o and o["stop_time"] == o.get("start_time") for o in relations)
    ids = {o["id"] for o in some}
    referred = {v for o in some for k, v in o.items() if k.endswith("_ref")}
    assert said["dangling"] == len(referred - ids) == 1
    assert said["incidents"] == sum(o["type"] == "incident" for o in some) == 0
    assert said["unmarked"] == sum("object_marking_refs" not in o and o["type"] != "marking-definition" for o in some)


def test_the_list_is_compared_name_by_name(told: Told) -> None:
    listed, some = set(names("viginum-rrn-domains.csv")), bundle("viginum-rrn.json")
    held = {o["value"].lower() for o in some if o["type"] == "domain-name"}
    said = told[3]
    assert (said["names"], said["known"], said["new"], said["bundle_only"]) == (
        len(listed),
        len(listed & held),
        len(listed - held),
        len(held - listed),
    )
    assert (said["names"], said["known"], said["new"], said["bundle_only"]) == (637, 341, 296, 11)


def test_channels_are_linked_and_never_the_same(told: Told) -> None:
    listed, some = set(names("viginum-portal-kombat-domains.csv")), bundle("viginum-portal-kombat.json")
    channels = {n for o in some if o["type"] == "channel" for n in [o["name"], *o.get("aliases", [])]}
    bare = {re.sub(r"^(https?://)?(www\.)?|/$", "", n.strip().lower()) for n in channels}
    domains = {o["value"].lower() for o in some if o["type"] == "domain-name"}
    assert (told[4]["listed"], told[4]["linked"], told[4]["same"]) == (len(listed), len(listed & bare), len(listed & domains))
    assert (told[4]["linked"], told[4]["same"]) == (193, 0)


def test_conflicts_are_the_ids_that_two_bundles_hold_with_another_date_of_creation(told: Told) -> None:
    first = {o["id"]: o for o in bundle("viginum-rrn.json")}
    both = [(first[o["id"]], o) for o in bundle("viginum-portal-kombat.json") if o["id"] in first]
    assert told[4]["conflicts"] == sum(a.get("created") != b.get("created") for a, b in both) == 12


def test_no_technique_number_is_dropped(told: Told) -> None:
    with (EXAMPLES / "viginum-technique-numbers.csv").open(encoding="utf-8") as file:
        used = {row["number"] for row in csv.DictReader(file)}
    said = told[5]
    assert said["used"] == len(used) == said["current"] + said["retired"] + said["unknown"]


def test_one_publisher_is_one_source_and_the_refusal_is_in_the_ledger(told: Told) -> None:
    assert isinstance(told[6]["refusal"], int)
    assert "1 publisher" in told.lines(6)
    ticked = {"bild.asia", "bild.pics", "blld.live", "spiegel.agency", "spiegeli.life"}
    assert ticked <= set(names("viginum-rrn-domains.csv"))
    assert told[6]["shared"] == len(ticked & set(names("qurium-2022-names.csv"))) == told[6]["ticked"] == 5


def test_what_nobody_called_foreign_leaves_for_nobody(told: Told) -> None:
    with (EXAMPLES / "german-2021-coordinated-group.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert (told[7]["accounts"], told[7]["posts"]) == (len(rows), sum(int(r["coordinated_posts"]) for r in rows))
    assert (told[7]["answer"], told[7]["released"]) == ("no", 0)


def test_one_partner_gets_it_redacted_and_the_other_not_at_all(told: Told) -> None:
    said = told[8]
    assert said["Demo B"]["redact"] == 1
    assert set(said["Demo C"]) == {"no"}
    assert said["refused"] == 3  # to offer it to Demo C all the same
    assert (said["code"], said["equal"], said["withheld"]) == (0, "yes", 1)


def test_who_is_stopped_is_silent_and_who_is_not_confirms(told: Told) -> None:
    assert (told[9]["Demo B"], told[9]["Demo C"]) == ("confirmed", "silent")
    assert told[9]["left"] == told[9]["before"] - 1


def test_positions_dissent_and_transcripts_are_told_apart(told: Told) -> None:
    said = told[10]
    assert (said["positions"], said["dissent"]) == (2, 1)
    assert said["transcribed"] == len(json.loads((EXAMPLES / "transcribed-positions.json").read_text("utf-8")))
    assert said["room on 2023-06-13"] == {"signed": 0, "transcribed": 1}
    assert said["room today"] == {"signed": 2, "transcribed": 1}


def test_nothing_is_decided_before_three_reviews(told: Told) -> None:
    assert (told[11]["obstacles"], told[11]["reviews"], told[11]["phase"]) == (3, 3, "decided")
    assert (told[11]["paragraphs"], told[11]["reservations"]) == (2, 1)


def test_the_brief_says_who_has_not_cleared_it_in_both_languages(told: Told) -> None:
    assert told[12]["waiting"] == "Demo B"
    for language, word in (("en", "listed names imitate newspapers"), ("fr", "noms recensés imitent des journaux")):
        assert word in (told.folder / f"brief.{language}.html").read_text("utf-8")


def test_a_stranger_verifies_and_a_changed_missing_or_extra_file_is_named(told: Told, tmp_path: Path) -> None:
    assert (told[13]["verify"], told[13]["flipped"], told[13]["named"]) == (0, 1, "yes, figures.json")
    public, key = told.folder / "public", told.folder / "log.vkey"
    assert charlevoix("verify", str(public), "--key", str(key)).returncode == 0
    figures = json.loads((public / "figures.json").read_text("utf-8"))["figures"]
    assert told[13]["counted"] == sum(f["count"] for f in figures)
    extra = public / "extra.txt"
    extra.write_text("x")
    try:
        ran = charlevoix("verify", str(public), "--key", str(key))
        assert (ran.returncode, "extra.txt" in ran.stdout + ran.stderr) == (1, True)
    finally:
        extra.unlink()
