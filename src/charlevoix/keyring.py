"""A keyring: an organisation's private keys, one for each purpose, locked with a passphrase."""

import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import scrypt
from pathlib import Path
from typing import Final, NoReturn

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from charlevoix.acts.key import PublicKey, Purpose, key_id
from charlevoix.errors import Misconfigured

PASSPHRASE: Final = "CHARLEVOIX_PASSPHRASE"  # noqa: S105  # the name of the environment variable
_KID: Final = re.compile(r"[A-Za-z0-9_-]{16}", re.ASCII)
PASSPHRASE_LENGTH: Final = 16
_KEY_FILE_BYTES: Final = 16 * 2**10


class Keyring:
    """Private keys of one node in `HOME/keys`, read when they are first used. Safe to share between threads.

    Files, all 0600 in a folder 0700: `PURPOSE.pem` (PKCS#8, encrypted), `salt`, and `unlock`: a random passphrase that exists where the
    operator gave none, so that the node can start by itself. Whoever can read `unlock` can read the keys: `unguarded` says so.
    """

    __slots__ = ("_folder", "_keys", "_password")

    def __init__(self, folder: Path, password: bytes) -> None:
        self._folder = folder
        self._password = password
        self._keys: dict[Purpose, Ed25519PrivateKey | X25519PrivateKey] = {}

    def __repr__(self) -> str:
        return f"Keyring({str(self._folder)!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a keyring is not pickled or copied: open it where it is needed")

    @classmethod
    def create(cls, home: Path, passphrase: str | None = None) -> "Keyring":
        """New keys for every purpose under `home`, locked with the passphrase (or the environment's, or a random one kept in `unlock`).

        Raises Misconfigured if there are keys already: they are never overwritten. A crash half-way leaves a folder without `acts.pem`,
        `create` then goes on where it stopped. Raises Misconfigured for a passphrase of less than 16 characters.
        """
        folder = _folder_of(home)
        if (folder / "acts.pem").exists():
            raise Misconfigured("keyring.exists", folder)
        given = passphrase or os.environ.get(PASSPHRASE, "")
        if given:
            _demand_length(given)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        if not given and not (folder / "unlock").exists():
            _write(folder / "unlock", secrets.token_urlsafe(32).encode("ascii"))
        if not (folder / "salt").exists():
            _write(folder / "salt", secrets.token_bytes(16))
        ring = cls(folder, _password(folder, passphrase))
        for purpose in (p for p in Purpose if p is not Purpose.ACTS):
            if ring.has(purpose):
                ring._load(purpose)  # gone on with under another passphrase, the keys would never open together
            else:
                ring._make(purpose)
        ring._make(Purpose.ACTS)  # last: its file says that the others are there
        return ring

    @classmethod
    def open(cls, home: Path, passphrase: str | None = None) -> "Keyring":
        """The keys under `home`. Raises Misconfigured if there are none, or nothing to unlock them with, or not with this."""
        folder = _folder_of(home)
        if not (folder / "acts.pem").exists():
            raise Misconfigured("keyring.missing", folder, advice="keyring.init")
        ring = cls(folder, _password(folder, passphrase))
        ring._load(Purpose.ACTS)  # a wrong passphrase shows now, not in the middle of the work
        return ring

    @property
    def unguarded(self) -> bool:
        """Does the passphrase lie beside the keys?"""
        return (self._folder / "unlock").exists()

    def has(self, purpose: Purpose) -> bool:
        """Is this key here? The root key should not be, once it was exported."""
        return self._file(purpose).exists()

    def sign(self, purpose: Purpose, message: bytes) -> bytes:
        """An Ed25519 signature, 64 bytes (RFC 8032). Raises Misconfigured if the key is not here or is for sealing."""
        return self.signer(purpose).sign(message)

    def signer(self, purpose: Purpose) -> Ed25519PrivateKey:
        """The private key of a purpose, for who signs many things."""
        key = self._load(purpose)
        if not isinstance(key, Ed25519PrivateKey):
            raise Misconfigured("keyring.purpose", purpose.value)
        return key

    def opener(self, kid: str = "") -> X25519PrivateKey:
        """The private key that opens what was sealed for us (HPKE, RFC 9180): the one in use, or an older one by its key id."""
        older = kid and kid != self.kid(Purpose.SEALING)
        key = _read_pem(self._aside(Purpose.SEALING, kid), self._password) if older else self._load(Purpose.SEALING)
        if not isinstance(key, X25519PrivateKey):
            raise Misconfigured("keyring.purpose", Purpose.SEALING.value)
        return key

    def public(self, purpose: Purpose) -> PublicKey:
        return PublicKey(purpose, self._load(purpose).public_key().public_bytes_raw())

    def kid(self, purpose: Purpose) -> str:
        return key_id(purpose, self.public(purpose).raw)

    def renew(self, purpose: Purpose) -> PublicKey:
        """A new key in the place of the old, which stays beside it as `PURPOSE-KID.pem` (what was sealed for it must still open).

        The organisation's card has to name the new key first in its list before partners believe it. Raises Misconfigured for the root.
        """
        if purpose is Purpose.ROOT:
            raise Misconfigured("keyring.root-not-renewed")
        old = self._file(purpose)
        aside = self._aside(purpose, self.kid(purpose))
        if not aside.exists():
            os.link(old, aside)  # a crash here leaves the old key in use and a second name for it
        return self._make(purpose)

    def relock(self, passphrase: str) -> "Keyring":
        """The same keys under another passphrase, and no `unlock` beside them. This keyring is of no use afterwards; the new one is returned.

        All files are written anew in `keys.new`, which then takes the place of `keys`. A crash before leaves the old keys; between the two
        renames `open` puts them back. Raises Misconfigured for a passphrase of less than 16 characters.
        """
        _demand_length(passphrase)
        home, new, old = self._folder.parent, self._folder.with_name("keys.new"), self._folder.with_name("keys.old")
        for rest in (new, old):
            shutil.rmtree(rest, ignore_errors=True)
        new.mkdir(mode=0o700)
        _write(new / "salt", secrets.token_bytes(16))
        password = _password(new, passphrase)
        for file in sorted(self._folder.glob("*.pem")):
            _write(new / file.name, _pem(_read_pem(file, self._password), password))
        self._folder.rename(old)
        new.rename(self._folder)
        shutil.rmtree(old)
        return Keyring.open(home, passphrase)

    def export_root(self, to: Path, passphrase: str) -> None:
        """The root key in one encrypted PEM file (PKCS#8) that any tool reads with this passphrase, to be kept off the machine.

        Raises Misconfigured for a passphrase of less than 16 characters (PKCS#8 stretches it little) or a file that exists.
        """
        _demand_length(passphrase)
        if to.exists():
            raise Misconfigured("keyring.exists", to)
        _write(to, _pem(self._load(Purpose.ROOT), passphrase.encode()))

    def forget_root(self, exported: Path, passphrase: str) -> None:
        """Removes the root key from here, after the exported file was seen to hold the same one."""
        kept = _read_pem(exported, passphrase.encode())
        if kept.public_key().public_bytes_raw() != self.public(Purpose.ROOT).raw:
            raise Misconfigured("keyring.other-root", exported)
        self._file(Purpose.ROOT).unlink()
        self._keys.pop(Purpose.ROOT, None)

    def _file(self, purpose: Purpose) -> Path:
        return self._folder / f"{purpose.value}.pem"

    def _aside(self, purpose: Purpose, kid: str) -> Path:
        if not _KID.fullmatch(kid):
            raise Misconfigured("keyring.no-key", purpose.value, self._folder)
        return self._folder / f"{purpose.value}-{kid}.pem"

    def _make(self, purpose: Purpose) -> PublicKey:
        key = X25519PrivateKey.generate() if purpose is Purpose.SEALING else Ed25519PrivateKey.generate()
        _write(self._file(purpose), _pem(key, self._password))
        self._keys[purpose] = key
        return self.public(purpose)

    def _load(self, purpose: Purpose) -> Ed25519PrivateKey | X25519PrivateKey:
        if purpose not in self._keys:
            self._keys[purpose] = _read_pem(self._file(purpose), self._password)
        return self._keys[purpose]


def _folder_of(home: Path) -> Path:
    folder, old = home / "keys", home / "keys.old"
    if not folder.exists() and old.exists():
        old.rename(folder)  # `relock` died between its two renames
    return folder


def _demand_length(passphrase: str) -> None:
    if len(passphrase) < PASSPHRASE_LENGTH:
        raise Misconfigured("keyring.passphrase-short", PASSPHRASE_LENGTH)


def _password(folder: Path, passphrase: str | None) -> bytes:
    """What locks the PEM files. A person's passphrase is stretched first (scrypt, RFC 7914; 32 MB): PKCS#8 alone would stretch it little."""
    given = passphrase or os.environ.get(PASSPHRASE, "")
    try:
        if not given:
            return (folder / "unlock").read_bytes().strip()
        salt = (folder / "salt").read_bytes()
    except FileNotFoundError:
        raise Misconfigured("keyring.locked", folder, PASSPHRASE) from None
    return scrypt(given.encode(), salt=salt, n=2**15, r=8, p=1, maxmem=2**26, dklen=32).hex().encode("ascii")


def _pem(key: Ed25519PrivateKey | X25519PrivateKey, password: bytes) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(password))


def _read_pem(file: Path, password: bytes) -> Ed25519PrivateKey | X25519PrivateKey:
    try:
        with file.open("rb") as stream:
            key = load_pem_private_key(stream.read(_KEY_FILE_BYTES), password)
    except FileNotFoundError:
        raise Misconfigured("keyring.no-key", file.stem, file) from None
    except (ValueError, TypeError):
        raise Misconfigured("keyring.wrong-passphrase", file) from None
    if not isinstance(key, Ed25519PrivateKey | X25519PrivateKey):
        raise Misconfigured("keyring.other-kind", file)
    return key


def _write(file: Path, content: bytes) -> None:
    """The whole file or nothing, readable by its owner only from its first moment."""
    with _beside(file) as (part, descriptor):
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(part, file)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@contextmanager
def _beside(file: Path) -> Iterator[tuple[Path, int]]:
    part = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        yield part, descriptor
    finally:
        part.unlink(missing_ok=True)
