"""The demonstration as a whole process: at most 60 seconds, its three nodes at most 90 MB each. `--json` for figures only."""

import argparse
import json
import subprocess
import sys
import tempfile

BAR_SECONDS, BAR_MEGABYTES = 60.0, 90.0


def main() -> int:
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--json", action="store_true")
    as_json = reader.parse_args().json
    with tempfile.TemporaryDirectory() as folder:
        words = [sys.executable, "-m", "charlevoix", "demo", "--folder", folder, "--json"]
        ran = subprocess.run(words, capture_output=True, check=True)
    told = json.loads(ran.stdout)
    nodes = {k: v["megabytes"] for k, v in told["steps"][0]["figures"].items() if isinstance(v, dict)}
    figures = {"seconds": told["seconds"], "megabytes of a node after its start": nodes}
    good = told["seconds"] <= BAR_SECONDS and max(nodes.values()) <= BAR_MEGABYTES
    print(
        json.dumps(figures) if as_json else f"{told['seconds']:.1f} s (bar {BAR_SECONDS:.0f}); nodes {nodes} MB (bar {BAR_MEGABYTES:.0f})"
    )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
