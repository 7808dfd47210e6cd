"""The keyring: keys by purpose, locked, whole or not at all, and silent."""

import copy
import pickle
import subprocess
import traceback
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from charlevoix.acts.key import Purpose, key_id
from charlevoix.errors import Misconfigured
from charlevoix.keyring import PASSPHRASE, Keyring

SIGNING = [purpose for purpose in Purpose if purpose is not Purpose.SEALING]

WRONG = "wrong " + "horse"


@pytest.fixture(autouse=True)
def no_passphrase(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(PASSPHRASE, raising=False)


def test_each_purpose_has_a_key_of_its_own_that_stays(tmp_path: Path) -> None:
    made, opened = Keyring.create(tmp_path), Keyring.open(tmp_path)
    assert [made.public(p) for p in Purpose] == [opened.public(p) for p in Purpose]
    assert len({made.public(p).raw for p in Purpose}) == len(Purpose)
    assert opened.kid(Purpose.HTTP) == key_id(Purpose.HTTP, opened.public(Purpose.HTTP).raw)


@pytest.mark.parametrize("purpose", SIGNING)
def test_a_signature_verifies_with_the_public_key_of_its_purpose(tmp_path: Path, purpose: Purpose) -> None:
    ring = Keyring.create(tmp_path)
    Ed25519PublicKey.from_public_bytes(ring.public(purpose).raw).verify(ring.sign(purpose, b"words"), b"words")


def test_the_sealing_key_opens_and_does_not_sign(tmp_path: Path) -> None:
    ring = Keyring.create(tmp_path)
    assert ring.opener().public_key().public_bytes_raw() == ring.public(Purpose.SEALING).raw
    with pytest.raises(Misconfigured, match=r"keyring\.purpose"):
        ring.sign(Purpose.SEALING, b"words")


def test_files_are_for_their_owner_only_and_encrypted(tmp_path: Path) -> None:
    Keyring.create(tmp_path)
    folder = tmp_path / "keys"
    assert folder.stat().st_mode & 0o777 == 0o700
    files = sorted(folder.iterdir())
    assert [f.name for f in files] == sorted([*(f"{p.value}.pem" for p in Purpose), "salt", "unlock"])
    assert {f.stat().st_mode & 0o777 for f in files} == {0o600}
    for purpose in Purpose:
        assert b"BEGIN ENCRYPTED PRIVATE KEY" in (folder / f"{purpose.value}.pem").read_bytes()


def test_keys_without_a_passphrase_are_unguarded_and_say_so(tmp_path: Path) -> None:
    assert Keyring.create(tmp_path / "a").unguarded
    assert not Keyring.create(tmp_path / "b", "correct horse battery").unguarded


def test_the_passphrase_of_the_environment_opens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PASSPHRASE, "correct horse battery")
    kid = Keyring.create(tmp_path).kid(Purpose.ACTS)
    assert Keyring.open(tmp_path).kid(Purpose.ACTS) == kid
    monkeypatch.delenv(PASSPHRASE)
    assert Keyring.open(tmp_path, "correct horse battery").kid(Purpose.ACTS) == kid
    with pytest.raises(Misconfigured, match=r"keyring\.locked"):
        Keyring.open(tmp_path)


def test_a_wrong_passphrase_shows_at_once_and_is_not_repeated(tmp_path: Path) -> None:
    Keyring.create(tmp_path, "correct horse battery")
    with pytest.raises(Misconfigured, match=r"keyring\.wrong-passphrase") as raised:
        Keyring.open(tmp_path, WRONG)
    assert WRONG not in "".join(traceback.format_exception(raised.value))


def test_a_short_passphrase_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=r"keyring\.passphrase-short"):
        Keyring.create(tmp_path / "home", "short")
    assert not (tmp_path / "home").exists()


def test_keys_are_never_overwritten(tmp_path: Path) -> None:
    kid = Keyring.create(tmp_path).kid(Purpose.ACTS)
    with pytest.raises(Misconfigured, match=r"keyring\.exists"):
        Keyring.create(tmp_path)
    assert Keyring.open(tmp_path).kid(Purpose.ACTS) == kid


def test_a_crash_while_keys_are_made_is_gone_on_from(tmp_path: Path) -> None:
    root = Keyring.create(tmp_path).public(Purpose.ROOT)
    (tmp_path / "keys" / "acts.pem").unlink()  # the last file that is written
    with pytest.raises(Misconfigured, match=r"keyring\.missing"):
        Keyring.open(tmp_path)
    with pytest.raises(Misconfigured, match=r"keyring\.wrong-passphrase"):
        Keyring.create(tmp_path, "correct horse battery")  # the others are locked otherwise
    assert Keyring.create(tmp_path).public(Purpose.ROOT) == root


def test_no_secret_is_printed_or_copied(tmp_path: Path) -> None:
    ring = Keyring.create(tmp_path)
    secret = (tmp_path / "keys" / "unlock").read_text("ascii")
    raw = ring.signer(Purpose.ACTS).private_bytes_raw()
    for shown in (repr(ring), str(ring), f"{ring}"):
        assert secret not in shown
        assert raw.hex() not in shown
    for duplicate in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError):
            duplicate(ring)


def test_a_new_key_takes_the_place_and_the_old_one_stays_beside_it(tmp_path: Path) -> None:
    ring = Keyring.create(tmp_path)
    old = ring.public(Purpose.SEALING)
    new = ring.renew(Purpose.SEALING)
    assert new != old
    assert Keyring.open(tmp_path).public(Purpose.SEALING) == new
    kept = ring.opener(old.kid)
    assert kept.public_key().public_bytes_raw() == old.raw
    with pytest.raises(Misconfigured, match=r"keyring\.root-not-renewed"):
        ring.renew(Purpose.ROOT)


def test_the_root_key_leaves_in_a_file_that_other_tools_read(tmp_path: Path) -> None:
    ring, file, words = Keyring.create(tmp_path), tmp_path / "root.pem", "correct horse battery"
    ring.export_root(file, words)
    assert file.stat().st_mode & 0o777 == 0o600
    key = load_pem_private_key(file.read_bytes(), words.encode())
    raw = ring.public(Purpose.ROOT).raw
    assert key.public_key().public_bytes_raw() == raw  # type: ignore[union-attr]
    ring.forget_root(file, words)
    assert not ring.has(Purpose.ROOT)
    with pytest.raises(Misconfigured, match=r"keyring\.no-key"):
        Keyring.open(tmp_path).sign(Purpose.ROOT, b"words")


def test_openssl_reads_the_exported_root(tmp_path: Path) -> None:
    ring, file = Keyring.create(tmp_path), tmp_path / "root.pem"
    ring.export_root(file, "correct horse battery")
    try:
        out = subprocess.run(
            [
                "openssl",
                "pkey",
                "-in",
                str(file),
                "-passin",
                "pass:correct horse battery",
                "-pubout",
                "-outform",
                "DER",
            ],
            capture_output=True,
            check=True,
            timeout=20,
        ).stdout
    except FileNotFoundError:
        pytest.skip("no openssl here")
    assert out[-32:] == ring.public(Purpose.ROOT).raw


def test_the_root_is_not_forgotten_before_it_is_safe(tmp_path: Path) -> None:
    ring, other = Keyring.create(tmp_path / "a"), Keyring.create(tmp_path / "b")
    other.export_root(tmp_path / "other.pem", "correct horse battery")
    with pytest.raises(Misconfigured, match=r"keyring\.other-root"):
        ring.forget_root(tmp_path / "other.pem", "correct horse battery")
    with pytest.raises(Misconfigured, match=r"keyring\.passphrase-short"):
        ring.export_root(tmp_path / "root.pem", "short")
    with pytest.raises(Misconfigured, match=r"keyring\.exists"):
        ring.export_root(tmp_path / "other.pem", "correct horse battery")
    assert ring.has(Purpose.ROOT)


def test_a_new_passphrase_locks_all_keys_and_nothing_unlocks_them_any_more(tmp_path: Path) -> None:
    ring = Keyring.create(tmp_path)
    old_sealing = ring.public(Purpose.SEALING)
    ring.renew(Purpose.SEALING)
    before = [ring.public(purpose) for purpose in Purpose]
    again = ring.relock("correct horse battery")
    assert [again.public(purpose) for purpose in Purpose] == before
    assert again.opener(old_sealing.kid).public_key().public_bytes_raw() == old_sealing.raw
    assert not again.unguarded
    assert sorted(path.name for path in tmp_path.iterdir()) == ["keys"]
    with pytest.raises(Misconfigured, match=r"keyring\.locked"):
        Keyring.open(tmp_path)
    with pytest.raises(Misconfigured, match=r"keyring\.passphrase-short"):
        again.relock("short")


@pytest.mark.parametrize("renames", [0, 1])
def test_a_crash_while_relocking_leaves_keys_that_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, renames: int) -> None:
    ring = Keyring.create(tmp_path)
    kid = ring.kid(Purpose.ACTS)
    left = renames
    rename = Path.rename

    def dying(path: Path, target: Path) -> Path:
        nonlocal left
        if left == 0:
            raise KeyboardInterrupt
        left -= 1
        return rename(path, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", dying)
        with pytest.raises(KeyboardInterrupt):
            ring.relock("correct horse battery")
    assert Keyring.open(tmp_path).kid(Purpose.ACTS) == kid
