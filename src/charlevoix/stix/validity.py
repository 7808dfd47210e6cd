"""Validity: what the standard asks of an object, and what it does not keep to, property by property (STIX 2.1)."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Network, IPv6Network, NetmaskValueError

from charlevoix.errors import Reason
from charlevoix.stix.identifier import CONTRIBUTING, is_id
from charlevoix.stix.timestamp import is_timestamp, order

Object = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Form:
    """What a value must look like; `rule` is the message key of the reason when it does not."""

    rule: str
    test: Callable[[object], bool]


@dataclass(frozen=True, slots=True)
class Kind:
    """The rules of one type: properties it must have, forms of properties, and rules between properties."""

    required: frozenset[str]
    forms: Mapping[str, Form]
    between: tuple[Callable[[Object], Reason | None], ...] = ()
    observable: bool = False

    def keeping(self, *rules: Callable[[Object], Reason | None]) -> "Kind":
        """The same with more rules between properties."""
        return replace(self, between=(*self.between, *rules))


def check(object_: Object) -> tuple[Reason, ...]:
    """Every rule of STIX 2.1 that the object breaks; empty: none that we know of.

    Types without rules of their own here pass the common ones only. The values of a reason are the property (with a path
    where it is inside one), then what was found or wanted. Open vocabularies are open: no reason comes from them. Nothing
    here is looked up elsewhere: whether a reference leads somewhere is for the door.
    """
    kind = KINDS.get(str(object_.get("type")), _OTHER)
    reasons: list[Reason] = []
    if not kind.required <= object_.keys():
        reasons += [Reason("stix.missing", (name,), _ASK) for name in sorted(kind.required - object_.keys())]
    forms = kind.forms
    for name, value in object_.items():
        form = forms.get(name)
        if form is not None:
            if not form.test(value):
                reasons.append(Reason(form.rule, (name, _brief(value)), _ASK))
        elif not _known_name(name) or not _unknown_value(name, value):
            reasons += _odd(name, value)
    for rule in kind.between:
        if (reason := rule(object_)) is not None:
            reasons.append(reason)
    return tuple(reasons)


_ASK = "stix.ask-author"
_NAME = re.compile(r"[a-z0-9_]{2,250}", re.ASCII)
_TYPE = re.compile(r"(?=.{3,250}$)[a-z0-9]+(?:-[a-z0-9]+)*", re.ASCII)
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*", re.ASCII)
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!#$%&'()*+,/:;=?@\[\]A-Za-z0-9_.~-]+", re.ASCII)
_DOMAIN = re.compile(r"(?=.{1,253}\.?$)(?:[^\s./\\:@\[\]]{1,63}\.)*[^\s./\\:@\[\]]{1,63}\.?")
_EMAIL = re.compile(r"[^\s@]{1,64}@[^\s@]{1,255}")
_HASHES = {"MD5": 32, "SHA-1": 40, "SHA-256": 64, "SHA-512": 128, "SHA3-256": 64, "SHA3-512": 128}
_NESTED = frozenset((dict, list))
_OPINIONS = frozenset(("strongly-disagree", "disagree", "neutral", "agree", "strongly-agree"))


def _brief(value: object) -> str:
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= 100 else text[:99] + "…"


@lru_cache(maxsize=4096)
def _proven_name(name: str) -> bool:
    return _NAME.fullmatch(name) is not None


def _known_name(name: str) -> bool:
    return len(name) <= 250 and _proven_name(name)


def _unknown_value(name: str, value: object) -> bool:
    """The rules for a property we have no form for: no null, no empty list, references that are ids."""
    if value is None or (type(value) in _NESTED and _holds_nothing(value)):
        return False
    if name.endswith("_ref"):
        return is_id(value)
    if name.endswith("_refs"):
        return _refs(value)
    return True


def _holds_nothing(value: object) -> bool:
    """Is it, or does it hold, a list with nothing in it (section 2.10)?"""
    if type(value) is list:
        return not value or any(type(part) in _NESTED and _holds_nothing(part) for part in value)
    if type(value) is dict:
        return any(type(part) in _NESTED and _holds_nothing(part) for part in value.values())
    return False


def _odd(name: str, value: object) -> Iterator[Reason]:
    if not _known_name(name):
        yield Reason("stix.property-name", (_brief(name),), _ASK)
    elif value is None:
        yield Reason("stix.null", (name,), _ASK)
    elif _holds_nothing(value):
        yield Reason("stix.empty-list", (name,), _ASK)
    else:
        yield Reason("stix.reference", (name, _brief(value)), _ASK)


# --- forms -------------------------------------------------------------------------------------


def _text(value: object) -> bool:
    return type(value) is str


def _filled(value: object) -> bool:
    return type(value) is str and value != ""


def _boolean(value: object) -> bool:
    return value is True or value is False


def _integer(value: object) -> bool:
    return type(value) is int


def _count(value: object) -> bool:
    return type(value) is int and 1 <= value <= 999_999_999


def _percent(value: object) -> bool:
    return type(value) is int and 0 <= value <= 100


def _texts(value: object) -> bool:
    return type(value) is list and value != [] and all(type(part) is str and part != "" for part in value)


def _dictionary(value: object) -> bool:
    return type(value) is dict and value != {} and not _holds_nothing(value)


def _ref(value: object) -> bool:
    return is_id(value)


def _refs(value: object) -> bool:
    return type(value) is list and value != [] and all(map(is_id, value))


def _ref_to(*types: str) -> Callable[[object], bool]:
    starts = tuple(f"{type_}--" for type_ in types)
    return lambda value: type(value) is str and value.startswith(starts) and is_id(value)


def _refs_to(*types: str) -> Callable[[object], bool]:
    one = _ref_to(*types)
    return lambda value: type(value) is list and value != [] and all(map(one, value))


def _end_of_relationship(value: object) -> bool:
    """An object or an observable; no relationship, sighting, bundle, language content or marking (section 5.1.1)."""
    return type(value) is str and not value.startswith(_NO_ENDS) and is_id(value)


_NO_ENDS = ("relationship--", "sighting--", "bundle--", "language-content--", "marking-definition--")


def _degrees(limit: float) -> Callable[[object], bool]:
    return lambda value: type(value) in (int, float) and -limit <= value <= limit  # type: ignore[operator]


def _distance(value: object) -> bool:
    return type(value) in (int, float) and value >= 0  # type: ignore[operator]


def _one_of(words: frozenset[str]) -> Callable[[object], bool]:
    return lambda value: type(value) is str and value in words


def _matches(pattern: re.Pattern[str]) -> Callable[[object], bool]:
    return lambda value: type(value) is str and pattern.fullmatch(value) is not None


def _ipv4(value: object) -> bool:
    try:
        return type(value) is str and IPv4Network(value, strict=False) is not None
    except (AddressValueError, NetmaskValueError):
        return False


def _ipv6(value: object) -> bool:
    try:
        return type(value) is str and IPv6Network(value, strict=False) is not None
    except (AddressValueError, NetmaskValueError):
        return False


def _hashes(value: object) -> bool:
    return (
        type(value) is dict
        and value != {}
        and all(type(text) is str and len(text) == _HASHES.get(name, len(text)) for name, text in value.items())
    )


def _external_references(value: object) -> bool:
    """Each has a source_name and one of description, url, external_id (section 2.5)."""
    if type(value) is not list or value == []:
        return False
    for part in value:
        if type(part) is not dict or not _filled(part.get("source_name")):
            return False
        rest = [part[name] for name in ("description", "url", "external_id") if name in part]
        if not rest or not all(type(text) is str for text in rest):
            return False
        if "hashes" in part and not _hashes(part["hashes"]):
            return False
    return True


def _kill_chain_phases(value: object) -> bool:
    return (
        type(value) is list
        and value != []
        and all(type(part) is dict and _filled(part.get("kill_chain_name")) and _filled(part.get("phase_name")) for part in value)
    )


def _granular_markings(value: object) -> bool:
    """Each names selectors, and a marking or a language (section 7.2.3)."""
    return (
        type(value) is list
        and value != []
        and all(
            type(part) is dict
            and _texts(part.get("selectors"))
            and (_MARKING(part.get("marking_ref")) if "marking_ref" in part else _LANG(part.get("lang")))
            for part in value
        )
    )


def _extensions(value: object) -> bool:
    """Keys are extension definitions or the predefined names of observables, values are filled (section 7.3)."""
    return (
        type(value) is dict
        and value != {}
        and all((_EXTENSION_ID(name) or name.endswith("-ext")) and _dictionary(body) for name, body in value.items())
    )


_MARKING = _ref_to("marking-definition")
_EXTENSION_ID = _ref_to("extension-definition")
_LANG = _matches(_LANGUAGE)

TEXT, FILLED, BOOLEAN = Form("stix.text", _text), Form("stix.filled-text", _filled), Form("stix.boolean", _boolean)
TEXTS, REF, REFS = Form("stix.texts", _texts), Form("stix.reference", _ref), Form("stix.references", _refs)
TIME, INTEGER = Form("stix.timestamp", is_timestamp), Form("stix.integer", _integer)
DICTIONARY, HASHES = Form("stix.dictionary", _dictionary), Form("stix.hashes", _hashes)
PHASES = Form("stix.kill-chain-phases", _kill_chain_phases)

# --- rules between properties ------------------------------------------------------------------


def _type_of_id(object_: Object) -> Reason | None:
    type_, ref = object_.get("type"), object_.get("id")
    if type(type_) is str and type(ref) is str and not ref.startswith(f"{type_}--") and is_id(ref):
        return Reason("stix.type-of-id", (type_[:100], ref), _ASK)
    return None


def _in_order(first: str, last: str, *, equal: bool) -> Callable[[Object], Reason | None]:
    def rule(object_: Object) -> Reason | None:
        one, other = object_.get(first), object_.get(last)
        if type(one) is str and type(other) is str and len(one) == len(other) and (one < other or (equal and one == other)):
            return None  # text of one form sorts as time does
        if one is None or other is None or not is_timestamp(one) or not is_timestamp(other):
            return None  # a form says so already
        a, b = order(str(one)), order(str(other))
        if a < b or (equal and a == b):
            return None
        return Reason("stix.before" if equal else "stix.not-after", (last, first, str(other), str(one)), _ASK)

    return rule


def _any_of(*names: str) -> Callable[[Object], Reason | None]:
    def rule(object_: Object) -> Reason | None:
        return None if any(name in object_ for name in names) else Reason("stix.one-of", (", ".join(names),), _ASK)

    return rule


def _together(one: str, other: str) -> Callable[[Object], Reason | None]:
    def rule(object_: Object) -> Reason | None:
        return Reason("stix.together", (one, other), _ASK) if (one in object_) != (other in object_) else None

    return rule


def _needs(name: str, other: str) -> Callable[[Object], Reason | None]:
    def rule(object_: Object) -> Reason | None:
        return Reason("stix.needs", (name, other), _ASK) if name in object_ and other not in object_ else None

    return rule


def _exactly_one(one: str, other: str) -> Callable[[Object], Reason | None]:
    def rule(object_: Object) -> Reason | None:
        return Reason("stix.exactly-one", (one, other), _ASK) if (one in object_) == (other in object_) else None

    return rule


def _marking_body(object_: Object) -> Reason | None:
    """`definition_type` with `definition`, or an extension that says what it marks (section 7.2.1)."""
    if "extensions" in object_ or ("definition_type" in object_ and "definition" in object_):
        return None
    return Reason("stix.marking-body", ("definition",), _ASK)


def _bundle_inside(object_: Object) -> Reason | None:
    return Reason("stix.bundle-inside", ("type",), _ASK)


# --- the table ---------------------------------------------------------------------------------

_COMMON: Mapping[str, Form] = {
    "type": Form("stix.type-name", _matches(_TYPE)),
    "spec_version": Form("stix.spec-version", _one_of(frozenset(("2.1",)))),
    "id": Form("stix.bad-id", _ref),
    "created_by_ref": Form("stix.reference", _ref_to("identity")),
    "created": TIME,
    "modified": TIME,
    "revoked": BOOLEAN,
    "labels": TEXTS,
    "confidence": Form("stix.confidence", _percent),
    "lang": Form("stix.language", _LANG),
    "external_references": Form("stix.external-references", _external_references),
    "object_marking_refs": Form("stix.markings", _refs_to("marking-definition")),
    "granular_markings": Form("stix.granular-markings", _granular_markings),
    "extensions": Form("stix.extensions", _extensions),
}
_VERSIONED = ("type", "spec_version", "id", "created", "modified")
_MODIFIED = _in_order("created", "modified", equal=True)


def _domain_object(*required: str, **forms: Form) -> Kind:
    return Kind(frozenset((*_VERSIONED, *required)), {**_COMMON, **forms}, (_type_of_id, _MODIFIED))


def _observable(*required: str, **forms: Form) -> Kind:
    common = {**_COMMON, "defanged": BOOLEAN}
    return Kind(frozenset(("type", "id", *required)), {**common, **forms}, (_type_of_id,), observable=True)


_NAMED = {"name": FILLED, "description": TEXT}
_SEEN = {"first_seen": TIME, "last_seen": TIME}
_SEEN_IN_ORDER = _in_order("first_seen", "last_seen", equal=True)
_ACTOR = {
    **_NAMED,
    **_SEEN,
    "aliases": TEXTS,
    "goals": TEXTS,
    "resource_level": TEXT,
    "primary_motivation": TEXT,
    "secondary_motivations": TEXTS,
}

_OTHER = Kind(frozenset(("type", "id")), _COMMON, (_type_of_id, _MODIFIED))

KINDS: Mapping[str, Kind] = {
    "attack-pattern": _domain_object("name", **_NAMED, aliases=TEXTS, kill_chain_phases=PHASES),
    "campaign": _domain_object("name", **_NAMED, **_SEEN, aliases=TEXTS, objective=TEXT).keeping(_SEEN_IN_ORDER),
    "course-of-action": _domain_object("name", **_NAMED),
    "grouping": _domain_object("context", "object_refs", **_NAMED, context=FILLED, object_refs=REFS),
    "identity": _domain_object("name", **_NAMED, identity_class=FILLED, roles=TEXTS, sectors=TEXTS, contact_information=TEXT),
    "incident": _domain_object("name", **_NAMED),
    "indicator": _domain_object(
        "pattern",
        "pattern_type",
        "valid_from",
        **_NAMED,
        indicator_types=TEXTS,
        pattern=FILLED,
        pattern_type=FILLED,
        pattern_version=TEXT,
        valid_from=TIME,
        valid_until=TIME,
        kill_chain_phases=PHASES,
    ).keeping(_in_order("valid_from", "valid_until", equal=False)),
    "infrastructure": _domain_object(
        "name", **_NAMED, **_SEEN, infrastructure_types=TEXTS, aliases=TEXTS, kill_chain_phases=PHASES
    ).keeping(_SEEN_IN_ORDER),
    "intrusion-set": _domain_object("name", **_ACTOR).keeping(_SEEN_IN_ORDER),
    "location": _domain_object(
        **_NAMED,
        latitude=Form("stix.latitude", _degrees(90.0)),
        longitude=Form("stix.longitude", _degrees(180.0)),
        precision=Form("stix.distance", _distance),
        region=FILLED,
        country=FILLED,
        administrative_area=TEXT,
        city=TEXT,
        street_address=TEXT,
        postal_code=TEXT,
    ).keeping(_any_of("region", "country", "latitude"), _together("latitude", "longitude"), _needs("precision", "latitude")),
    "note": _domain_object("content", "object_refs", abstract=TEXT, content=FILLED, authors=TEXTS, object_refs=REFS),
    "observed-data": _domain_object(
        "first_observed",
        "last_observed",
        "number_observed",
        first_observed=TIME,
        last_observed=TIME,
        number_observed=Form("stix.count", _count),
        objects=DICTIONARY,
        object_refs=REFS,
    ).keeping(_in_order("first_observed", "last_observed", equal=True), _exactly_one("objects", "object_refs")),
    "opinion": _domain_object(
        "opinion",
        "object_refs",
        explanation=TEXT,
        authors=TEXTS,
        opinion=Form("stix.opinion", _one_of(_OPINIONS)),
        object_refs=REFS,
    ),
    "report": _domain_object("name", "published", "object_refs", **_NAMED, report_types=TEXTS, published=TIME, object_refs=REFS),
    "threat-actor": _domain_object(
        "name", **_ACTOR, threat_actor_types=TEXTS, roles=TEXTS, sophistication=TEXT, personal_motivations=TEXTS
    ).keeping(_SEEN_IN_ORDER),
    "relationship": _domain_object(
        "relationship_type",
        "source_ref",
        "target_ref",
        relationship_type=Form("stix.relationship-type", _matches(_TYPE)),
        description=TEXT,
        source_ref=Form("stix.relationship-end", _end_of_relationship),
        target_ref=Form("stix.relationship-end", _end_of_relationship),
        start_time=TIME,
        stop_time=TIME,
    ).keeping(_in_order("start_time", "stop_time", equal=False)),
    "bundle": Kind(frozenset(), _COMMON, (_bundle_inside,)),
    "marking-definition": Kind(
        frozenset(("type", "spec_version", "id", "created")),
        {**_COMMON, "name": TEXT, "definition_type": FILLED, "definition": DICTIONARY},
        (_type_of_id, _marking_body),
    ),
    "extension-definition": _domain_object(
        "created_by_ref",
        "name",
        "schema",
        "version",
        "extension_types",
        **_NAMED,
        schema=FILLED,
        version=FILLED,
        extension_types=TEXTS,
        extension_properties=TEXTS,
    ),
    # OASIS incident extension suite; OpenCTI's event has the same name and asks for less
    "task": _domain_object("name", **_NAMED),
    "event": _domain_object(**_NAMED),
    # OpenCTI
    "channel": _domain_object("name", **_NAMED, aliases=TEXTS, channel_types=TEXTS),
    "narrative": _domain_object("name", **_NAMED, aliases=TEXTS, narrative_types=TEXTS),
    "media-content": _observable(  # OpenCTI demands a url, and gets "à remplir": not ours to demand, since STIX has no such type
        url=Form("stix.url", _matches(_URL)),
        title=TEXT,
        content=TEXT,
        media_category=TEXT,
        publication_date=TIME,
    ),
    "text": _observable("value", value=FILLED),
    # observables
    "autonomous-system": _observable("number", number=INTEGER, name=TEXT, rir=TEXT),
    "domain-name": _observable("value", value=Form("stix.domain-name", _matches(_DOMAIN)), resolves_to_refs=REFS),
    "email-addr": _observable(
        "value",
        value=Form("stix.email-address", _matches(_EMAIL)),
        display_name=TEXT,
        belongs_to_ref=Form("stix.reference", _ref_to("user-account")),
    ),
    "ipv4-addr": _observable("value", value=Form("stix.ipv4", _ipv4), resolves_to_refs=REFS, belongs_to_refs=REFS),
    "ipv6-addr": _observable("value", value=Form("stix.ipv6", _ipv6), resolves_to_refs=REFS, belongs_to_refs=REFS),
    "url": _observable("value", value=Form("stix.url", _matches(_URL))),
    "user-account": _observable(
        user_id=TEXT,
        credential=TEXT,
        account_login=TEXT,
        account_type=TEXT,
        display_name=TEXT,
        is_service_account=BOOLEAN,
        is_privileged=BOOLEAN,
        can_escalate_privs=BOOLEAN,
        is_disabled=BOOLEAN,
        account_created=TIME,
        account_expires=TIME,
        credential_last_changed=TIME,
        account_first_login=TIME,
        account_last_login=TIME,
    ).keeping(_any_of("user_id", "account_login", "display_name", "account_type")),
}
"""Type -> its rules."""

OBSERVABLES = frozenset(CONTRIBUTING) | {name for name, kind in KINDS.items() if kind.observable}
"""Types without author and version: `created` and `modified` are not theirs."""
