"""A presentation as it travels: the JSON inside a `charlevoix-presentation` object."""

from collections.abc import Iterable, Mapping
from typing import Final, TypeGuard

import msgspec

from charlevoix.acts.act import Presentation, Redacted, Shown, Whole
from charlevoix.acts.disclosure import DIGESTS, KEY_BYTES, OBJECTS, SALT_BYTES, from_base64url, to_base64url
from charlevoix.acts.signature import ACT_BYTES
from charlevoix.errors import Malformed
from charlevoix.stix.canonical import canonical
from charlevoix.stix.identifier import Property

_decode: Final = msgspec.json.Decoder().decode


def to_wire(presentation: Presentation) -> dict[str, object]:
    """`{"act": JWT, "objects": [...]}`, one item for each object of the act, in its order:

    `{"object": {...}, "key": base64url, "entire": bool}` (whole), `{"object": {...}, "salts": {property: base64url}}` (redacted), or null.
    """
    return {"act": presentation.act.decode("ascii"), "objects": [_item(shown) for shown in presentation.objects]}


def from_wire(body: Mapping[str, object]) -> Presentation:
    """The presentation in a decoded JSON body, read strictly; objects come out in canonical form. Nothing is verified yet.

    Raises Malformed naming the part that is missing, unknown, too large or of the wrong type.
    """
    if body.keys() != {"act", "objects"}:
        raise Malformed("presentation.names", "presentation", _some(body))
    act, items = body["act"], body["objects"]
    if not isinstance(act, str) or not act.isascii() or len(act) > ACT_BYTES:
        raise Malformed("presentation.act")
    if not isinstance(items, list) or len(items) > OBJECTS:
        raise Malformed("presentation.objects", OBJECTS)
    return Presentation(act.encode("ascii"), tuple(_shown(item, f"objects[{n}]") for n, item in enumerate(items)))


def _item(shown: Shown) -> dict[str, object] | None:
    match shown:
        case None:
            return None
        case Whole(object=raw, key=key, entire=entire):
            return {"object": _decode(raw), "key": to_base64url(key), "entire": entire}
        case Redacted(object=raw, salts=salts):
            return {"object": _decode(raw), "salts": {name: to_base64url(salt) for name, salt in salts.items()}}


def _shown(item: object, at: str) -> Shown:
    if item is None:
        return None
    if not _is_mapping(item):
        raise Malformed("presentation.item", at)
    if item.keys() == {"object", "key", "entire"}:
        entire = item["entire"]
        if not isinstance(entire, bool):
            raise Malformed("presentation.item", f"{at}.entire")
        return Whole(_bytes(item["object"], at), _secret(item["key"], KEY_BYTES, f"{at}.key"), entire)
    if item.keys() == {"object", "salts"}:
        return _redacted(item["object"], item["salts"], at)
    raise Malformed("presentation.names", at, _some(item))


def _redacted(value: object, salts: object, at: str) -> Redacted:
    if not _is_mapping(value) or not _is_mapping(salts) or value.keys() != salts.keys() or len(salts) > DIGESTS:
        raise Malformed("disclosure.salts", at)
    secrets = {Property(name): _secret(text, SALT_BYTES, f"{at}.salts.{name[:80]}") for name, text in salts.items()}
    return Redacted(_bytes(value, at), secrets)


def _bytes(value: object, at: str) -> bytes:
    if not _is_mapping(value):
        raise Malformed("act.no-object", at)
    try:
        return canonical(value)
    except Malformed as error:
        raise Malformed("act.json", at, error.reason.values[0]) from None


def _secret(text: object, length: int, at: str) -> bytes:
    if not isinstance(text, str) or len(text) > 64:
        raise Malformed("disclosure.key-length", at, length)
    secret = from_base64url(text, at)
    if len(secret) != length:
        raise Malformed("disclosure.key-length", at, length)
    return secret


def _some(names: Iterable[object]) -> str:
    return ", ".join(sorted(str(name)[:40] for name in names)[:10])


def _is_mapping(value: object) -> TypeGuard[Mapping[str, object]]:
    return isinstance(value, dict) and all(isinstance(key, str) for key in value)
