"""Evidence: kept once by its hash, and never given out changed."""

from hashlib import sha256
from pathlib import Path

import pytest

from charlevoix.errors import Forged, Unknown
from charlevoix.store.blobs import Blobs


def test_the_same_bytes_are_kept_once(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    assert blobs.put(b"evidence") == blobs.put(b"evidence") == sha256(b"evidence").digest()
    assert [p.name for p in tmp_path.glob("*/*")] == [sha256(b"evidence").hexdigest()[2:]]
    assert blobs.get(sha256(b"evidence").digest()) == b"evidence"


def test_what_is_not_there_and_what_was_changed_are_told_apart(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    name = blobs.put(b"evidence")
    next(tmp_path.glob("*/*")).write_bytes(b"Evidence")
    with pytest.raises(Forged) as changed:
        blobs.get(name)
    assert changed.value.reason.rule == "blob.changed"
    blobs.erase(name)
    blobs.erase(name)
    with pytest.raises(Unknown) as gone:
        blobs.get(name)
    assert gone.value.reason.rule == "blob.unknown"
