"""A folder for what a run lays down: thrown away afterwards, and where a process was killed before that, by the next one.

Tables name people. Each folder holds a file that the process which made it keeps locked; the system lets go of the lock however the process ends.
"""

import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Final, Literal

try:
    import fcntl
except ImportError:  # no such locks on this system: what was killed is left to whoever clears its temporary folder
    fcntl = None  # type: ignore[assignment, unused-ignore]

Kind = Literal["detect", "table", "run"]
_PREFIXES: Final = tuple(f"charlevoix-{kind}-" for kind in ("detect", "table", "run"))
_LOCK: Final = "in-use"


class Folder(tempfile.TemporaryDirectory[str]):
    """A temporary folder of this process, for its user alone (mode 0700); `name` is its path."""

    def __init__(self, kind: Kind) -> None:
        self._lock: int | None = None
        while self._lock is None:  # a sweep may have come between the folder and its lock, and taken both away
            super().__init__(prefix=f"charlevoix-{kind}-", ignore_cleanup_errors=True)
            self._lock = _locked(self.name, os.O_CREAT) if fcntl else -1
            if self._lock is None:
                super().cleanup()

    def cleanup(self) -> None:
        super().cleanup()
        if self._lock is not None and self._lock >= 0:
            os.close(self._lock)
        self._lock = -1


def clear() -> None:
    """Removes folders of this kind and this user whose process is gone. Follows no link, and touches nothing that it can't lock."""
    if not fcntl:
        return
    with suppress(OSError), os.scandir(tempfile.gettempdir()) as found:
        for one in found:
            if not one.name.startswith(_PREFIXES) or not one.is_dir(follow_symlinks=False):
                continue
            if one.stat(follow_symlinks=False).st_uid == os.getuid():
                _clear(one.path)


def _clear(path: str) -> None:
    lock = _locked(path)
    if lock is not None:
        shutil.rmtree(path, ignore_errors=True)
        os.close(lock)


def _locked(folder: str, make: int = 0) -> int | None:
    """The lock of a folder, if it is there, held by nobody else, and still the one that lies there."""
    path = Path(folder) / _LOCK
    lock = -1
    try:
        lock = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC | make, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.path.samestat(os.fstat(lock), path.lstat()):
            return lock
    except OSError:
        pass
    if lock >= 0:
        os.close(lock)
    return None
