"""Evidence: bytes by their SHA-256 in a folder, written once and never rewritten."""

import os
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile

from charlevoix.errors import Forged, Unknown


class Blobs:
    """A folder of files named by their hash. What `put` returned is on the disk, whole, also after a power cut."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, data: bytes) -> bytes:
        """Keeps bytes and returns their SHA-256; keeping them twice is the same as once."""
        digest = sha256(data).digest()
        path = self._path(digest)
        if path.exists():
            return digest
        path.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=path.parent, delete=False) as new:
            new.write(data)
            new.flush()
            os.fsync(new.fileno())
        Path(new.name).replace(path)  # a crash before this leaves an unnamed file, after it a whole one
        return digest

    def get(self, digest: bytes) -> bytes:
        """Raises Unknown where there is nothing of this hash, Forged where the bytes are no longer the ones that were kept."""
        try:
            data = self._path(digest).read_bytes()
        except FileNotFoundError:
            raise Unknown("blob.unknown", digest.hex()) from None
        if sha256(data).digest() != digest:
            raise Forged("blob.changed", digest.hex(), advice="blob.restore")
        return data

    def erase(self, digest: bytes) -> None:
        self._path(digest).unlink(missing_ok=True)

    def _path(self, digest: bytes) -> Path:
        name = digest.hex()
        return self.folder / name[:2] / name[2:]
