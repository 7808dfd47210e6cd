"""Reading the sentences of one language: at most 10 ms, since every command waits for it. `--json` for figures only."""

import argparse
import json
import sys
import time

from charlevoix.languages.catalogue import catalogue

BAR_MILLISECONDS = 10.0


def once() -> float:
    catalogue.cache_clear()
    start = time.perf_counter()
    catalogue("fr")
    return 1000 * (time.perf_counter() - start)


def main() -> int:
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--json", action="store_true")
    as_json = reader.parse_args().json
    best = min(once() for _ in range(20))
    print(json.dumps({"milliseconds": best}) if as_json else f"{best:.1f} ms (bar {BAR_MILLISECONDS:.0f})")
    return 0 if best <= BAR_MILLISECONDS else 1


if __name__ == "__main__":
    sys.exit(main())
