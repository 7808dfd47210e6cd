"""A disclosure: one property of one object with its salt, the unit in which an act can be shown or withheld (RFC 9901)."""

import hmac
import itertools
from binascii import Error as NotBase64
from binascii import a2b_base64, b2a_base64
from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import Final

from charlevoix.acts.act import Act, Digest, Gone, Missing, Place, Presentation, Redacted, Shown, StixObject, Whole
from charlevoix.errors import Forged, Malformed
from charlevoix.stix.canonical import canonical
from charlevoix.stix.identifier import Property, Ref
from charlevoix.stix.object import read_object

KEY_BYTES: Final = 32
SALT_BYTES: Final = 16
OBJECTS: Final = 100_000
DIGESTS: Final = 4_096

# The one disclosure of an entire object has this claim name. No property may bear it: else whoever passes an act on could show an
# entire object as a property, or the other way round, with the same digest.
ENTIRE: Final = Property("object")
# Names that a verifier acts upon (RFC 9901 section 4).
_RESERVED: Final = frozenset({"_sd", "_sd_alg", "..."})

_TO_URL: Final = bytes.maketrans(b"+/", b"-_")
_FROM_URL: Final = bytes.maketrans(b"-_+/", b"+/!!")  # "+" and "/" are no letters of base64url: make them fail


def to_base64url(data: bytes) -> str:
    """Base64url without padding (RFC 4648 section 5, RFC 7515 section 2)."""
    return b2a_base64(data, newline=False).translate(_TO_URL).rstrip(b"=").decode("ascii")


def from_base64url(text: str | bytes, at: str) -> bytes:
    """The bytes of one base64url text; `at` names the part in the error.

    Raises Malformed("act.base64") for padding, foreign letters, and trailing bits that are not zero: decoders ignore those, so that
    one value would have several spellings and several digests.
    """
    try:
        raw = text.encode("ascii") if isinstance(text, str) else text
        data = a2b_base64(raw.translate(_FROM_URL) + b"=" * (-len(raw) % 4), strict_mode=True)
    except (NotBase64, UnicodeEncodeError, ValueError):
        raise Malformed("act.base64", at) from None
    if b2a_base64(data, newline=False).translate(_TO_URL).rstrip(b"=") != raw:
        raise Malformed("act.base64", at)
    return data


def to_digest_texts(digests: Iterable[bytes]) -> list[str]:
    """Base64url of many SHA-256 digests at once, sorted by their text."""
    # 32 bytes and a zero byte are 44 letters without padding; the last one is the zero's
    text = b2a_base64(b"".join([d + b"\0" for d in digests]), newline=False).translate(_TO_URL).decode("ascii")
    return sorted([text[i : i + 43] for i in range(0, len(text), 44)])


def from_digest_texts(texts: list[str], at: str) -> list[Digest]:
    """The digests behind a sorted list of base64url texts without repeats.

    Raises Malformed("act.base64") for a text that is not the one spelling of 32 bytes, Malformed("act.order") where the list is
    not sorted or repeats itself.
    """
    if any(len(t) != 43 for t in texts):
        raise Malformed("act.base64", at)
    if any(a >= b for a, b in itertools.pairwise(texts)):
        raise Malformed("act.order", at)
    try:
        data = a2b_base64("".join([t + "A" for t in texts]).encode("ascii").translate(_FROM_URL), strict_mode=True)
    except (NotBase64, UnicodeEncodeError, ValueError):
        raise Malformed("act.base64", at) from None
    if any(data[32::33]):
        raise Malformed("act.base64", at)
    return [Digest(data[i : i + 32]) for i in range(0, len(data), 33)]


def salt(key: bytes, name: str) -> bytes:
    """The 16-byte salt of a property: HMAC-SHA-256 of its name under the object's 32-byte key."""
    return hmac.digest(key, name.encode(), "sha256")[:SALT_BYTES]


def disclosures(shown: Shown) -> list[bytes]:
    """The disclosures of an object as shown: ASCII, base64url of `[salt, property, value]` in RFC 8785 form; none for a stub.

    Raises Malformed for JSON that has no canonical form, is no object, or holds a reserved name.
    """
    return [disclosure for _, disclosure in _claims(shown, _properties(shown), "object")]


def digests(whole: Whole, at: str) -> list[bytes]:
    """The digests that an act commits to for one object; `at` names the object in errors."""
    _demand_length(whole.key, KEY_BYTES, at)
    properties = _properties(whole)
    if not whole.entire and len(properties) < 2:
        raise Malformed("act.too-few-properties", at)  # one digest means: whole or nothing
    if len(properties) > DIGESTS:
        raise Malformed("act.too-many-properties", at, DIGESTS)
    return [sha256(disclosure).digest() for _, disclosure in _claims(whole, properties, at)]


def check(act: Act, presentation: Presentation) -> tuple[StixObject | Missing, ...]:
    """What a presentation shows, object by object, held against the digests of its act (whose signature is `verify`'s business).

    Of a whole object every digest must be accounted for; of a redacted one each property shown must be among them.
    Raises Forged naming the object and the property, never the value; Malformed for what is no object.
    """
    if sha256(presentation.act).digest() != act.digest:
        raise Forged("disclosure.other-act")
    if len(presentation.objects) != len(act.objects):
        raise Forged("disclosure.count", len(act.objects), len(presentation.objects))
    return tuple(
        _check_one(Place(act.digest, index), committed, shown)
        for index, (committed, shown) in enumerate(zip(act.objects, presentation.objects, strict=True))
    )


def redact(shown: Whole | Redacted, withheld: frozenset[Property]) -> Redacted:
    """The object without some properties, with the salts of those that are left. What else tells a withheld value: `leaks`.

    What was redacted for us can be redacted further for others. Raises Malformed("act.entire") for an object that has one disclosure:
    restate it instead.
    """
    if isinstance(shown, Whole) and shown.entire:
        raise Malformed("act.entire", advice="act.restate")
    left = {name: value for name, value in _properties(shown).items() if name not in withheld}
    salts = {Property(name): _salt_of(shown, name) for name in left}
    return Redacted(canonical(left), salts)


def expand(presentation: Presentation) -> bytes:
    """The standard SD-JWT presentation (RFC 9901 section 4): the act and each disclosure, each followed by a tilde."""
    parts = [presentation.act, *(d for shown in presentation.objects for d in disclosures(shown)), b""]
    return b"~".join(parts)


def _check_one(at: Place, committed: frozenset[Digest], shown: Shown) -> StixObject | Missing:
    if shown is None:
        return Missing(at, Gone.NOT_RELEASED)
    name = f"objects[{at.index}]"
    known = _properties(shown)
    _demand_salts(shown, known, name)
    count = 0
    for claim, disclosure in _claims(shown, known, name):
        if sha256(disclosure).digest() not in committed:
            raise Forged("disclosure.digest", name, claim[:80])
        count += 1
    if isinstance(shown, Whole) and count != len(committed):
        raise Forged("disclosure.incomplete", name, count, len(committed))
    ref, kind = known.get("id"), known.get("type")
    if not isinstance(ref, str | None) or not isinstance(kind, str | None):
        raise Malformed("disclosure.no-id", name)
    return StixObject(
        at=at,
        ref=None if ref is None else Ref(ref),
        type=kind,
        known={Property(key): value for key, value in known.items()},
        withheld=len(committed) - count,
    )


def _properties(shown: Shown) -> dict[str, object]:
    return {} if shown is None else read_object(shown.object)


def _claims(shown: Shown, properties: dict[str, object], at: str) -> Iterator[tuple[str, bytes]]:
    if shown is None:
        return
    if isinstance(shown, Whole) and shown.entire:
        yield ENTIRE, _disclose(salt(shown.key, ENTIRE), ENTIRE, properties, at)
        return
    if ENTIRE in properties:
        raise Malformed("act.reserved-name", at, ENTIRE)
    for name, value in properties.items():
        yield name, _disclose(_salt_of(shown, name), name, value, at)


def _salt_of(shown: Whole | Redacted, name: str) -> bytes:
    return salt(shown.key, name) if isinstance(shown, Whole) else shown.salts[Property(name)]


def _disclose(secret: bytes, name: str, value: object, at: str) -> bytes:
    try:
        text = canonical([to_base64url(secret), name, value])
    except Malformed as error:
        raise Malformed("act.json", f"{at}.{name[:80]}", error.reason.values[0]) from None
    # The salt can't hold these: a quotation mark is no letter of base64url. Only a hit is worth a walk.
    if (b'"_sd' in text or b'"..."' in text) and (name in _RESERVED or _holds_reserved(value)):
        raise Malformed("act.reserved-name", at, name[:80])
    return b2a_base64(text, newline=False).translate(_TO_URL).rstrip(b"=")


def _holds_reserved(value: object) -> bool:
    if isinstance(value, dict):
        return any(key in _RESERVED or _holds_reserved(item) for key, item in value.items())
    return isinstance(value, list) and any(_holds_reserved(item) for item in value)


def _demand_salts(shown: Whole | Redacted, known: dict[str, object], at: str) -> None:
    if isinstance(shown, Whole):
        _demand_length(shown.key, KEY_BYTES, at)
        return
    if shown.salts.keys() != known.keys():
        raise Malformed("disclosure.salts", at)
    for secret in shown.salts.values():
        _demand_length(secret, SALT_BYTES, at)


def _demand_length(secret: bytes, length: int, at: str) -> None:
    if len(secret) != length:
        raise Malformed("disclosure.key-length", at, length)
