"""Derives the table of DISARM techniques (number, name, tactic, versions) from the published files.

    python scripts/derive_techniques.py disarm-techniques.json DISARM-1.6.json DISARM-1.7.json > src/charlevoix/threats/data/disarm.csv

Oldest table first; the first is the cluster of the MISP galaxy as the package `pymispgalaxies` holds it. Descriptions are
not taken. A name or tactic is that of the newest table which holds the number; other names it had stand in the last column.
"""

import csv
import json
import re
import sys
from pathlib import Path

HEAD = """\
# DISARM red framework: numbers, names, tactics and the tables that hold each number (galaxy-2 is version 2 of MISP's cluster).
# Copyright DISARM Foundation, CC BY-SA 4.0 (https://creativecommons.org/licenses/by-sa/4.0/); this table is under the same licence.
# Changed: descriptions, ids and links left out; versions put side by side. Made by scripts/derive_techniques.py.
"""


def rows_of(path: Path) -> tuple[str, dict[str, tuple[str, str]]]:
    """The table's label, and number -> (name, tactic) of what it holds."""
    table = json.loads(path.read_bytes())
    if "values" in table:
        return f"galaxy-{table['version']}", {
            t["meta"]["external_id"]: (t["value"].strip(), t["meta"]["kill_chain"][0].removeprefix("tactics:")) for t in table["values"]
        }
    version = re.search(r"(\d+\.\d+)\.json$", path.name)
    if version is None:
        raise SystemExit(f"no version in the name of {path}")
    things = table["objects"]
    tactics = {t["x_mitre_shortname"]: t["name"].strip() for t in things if t["type"] == "x-mitre-tactic"}
    return version[1], {
        t["external_references"][0]["external_id"]: (
            t["name"].strip(),
            tactics.get(t["kill_chain_phases"][0]["phase_name"], t["kill_chain_phases"][0]["phase_name"]),
        )
        for t in things
        if t["type"] == "attack-pattern"
    }


def main() -> None:
    tables = dict(rows_of(Path(argument)) for argument in sys.argv[1:])
    sys.stdout.write(HEAD)
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(["number", "name", "tactic", "versions", "earlier_names"])
    for number in sorted({number for rows in tables.values() for number in rows}):
        holding = [label for label, rows in tables.items() if number in rows]
        name, tactic = tables[holding[-1]][number]
        earlier = [f"{label}: {tables[label][number][0]}" for label in holding if tables[label][number][0] != name]
        out.writerow([number, name, tactic, " ".join(holding), "; ".join(earlier)])


if __name__ == "__main__":
    main()
