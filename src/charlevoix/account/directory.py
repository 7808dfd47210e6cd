"""A directory that was published: put in its place in one step, and read by somebody who trusts none of it."""

import ctypes
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from charlevoix.account.public_files import CHECKPOINT, LARGEST, MANIFEST
from charlevoix.errors import Misconfigured, Unknown

_HERE, _EXCHANGE = -100, 2  # AT_FDCWD and RENAME_EXCHANGE of Linux


def put(directory: Path, files: Mapping[str, bytes]) -> None:
    """Writes the files beside the directory, then puts them in its place: readers see all of the old or all of the new.

    The directory may be absent, empty, or hold an earlier publication, which is replaced. A crash leaves the old one and a folder
    `.NAME.*` beside it, to be removed by hand. Raises Misconfigured like `demand`.
    """
    directory = directory.absolute()
    demand(directory)
    directory.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{directory.name}.", dir=directory.parent))
    fresh.chmod(0o755)
    try:
        for path, content in files.items():
            _write(fresh / path, content)
        if directory.exists():
            _exchange(fresh, directory)  # from here on `fresh` holds the old files
        else:
            fresh.rename(directory)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def demand(directory: Path) -> None:
    """Raises Misconfigured for a directory that holds something which is no publication of ours."""
    if directory.exists() and any(directory.iterdir()) and not _is_published(directory):
        raise Misconfigured("account.directory-used", directory, advice="account.other-directory")


def _is_published(directory: Path) -> bool:
    return (directory / MANIFEST).is_file() and (directory / CHECKPOINT).is_file()


def _write(target: Path, content: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _exchange(fresh: Path, old: Path) -> None:
    """Both names change places at once where the system can (Linux); elsewhere there is a moment without a directory."""
    swap = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None) if os.name == "posix" else None
    if swap is not None and swap(_HERE, os.fsencode(fresh), _HERE, os.fsencode(old), _EXCHANGE) == 0:
        return
    aside = fresh.with_name(fresh.name + ".old")
    old.rename(aside)
    fresh.rename(old)
    aside.rename(fresh)


def listing(directory: Path) -> frozenset[str]:
    """The paths of all files there are, whatever they are called. Raises Unknown where there is no such directory."""
    if not directory.is_dir():
        raise Unknown("account.no-directory", directory, advice="account.name-directory")
    return frozenset(path.relative_to(directory).as_posix() for path in directory.rglob("*") if path.is_symlink() or not path.is_dir())


def read(directory: Path, path: str) -> bytes:
    """The bytes of a file, at most one more than any file of an account may have. Raises FileNotFoundError for what is no plain file."""
    target = directory / path
    if target.is_symlink() or not target.is_file():
        raise FileNotFoundError(path)
    with target.open("rb") as file:
        return file.read(LARGEST + 1)
