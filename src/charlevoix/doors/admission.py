"""Admission: the only way in. Bytes come as `Unverified`; what is `Verified` was made here."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Connection

from charlevoix.acts import disclosure, signature, wire
from charlevoix.acts.act import Act, Digest, Gone, Missing, Place, Presentation, Redacted, Shown, StixObject, Whole
from charlevoix.acts.key import PublicKey, Purpose, ed25519
from charlevoix.cases.case import SALT
from charlevoix.cases.machine import START, Kind
from charlevoix.doors.orders import Orders, Passing
from charlevoix.errors import Answer, CharlevoixError, Forged, Malformed, Reason, Unknown
from charlevoix.ledger.entry import Door
from charlevoix.safeguards.grounds import Subject
from charlevoix.safeguards.marking import Marking
from charlevoix.safeguards.passage import Seen, Unverified, Verified, claim
from charlevoix.stix import timestamp
from charlevoix.stix.canonical import canonical, digest_of
from charlevoix.stix.identifier import Property, Ref, derived_id
from charlevoix.stix.object import read_object
from charlevoix.store import acts, objects, office
from charlevoix.store.acts import StoredAct, StoredPlace
from charlevoix.store.objects import Stored

_SEAL = claim("admission")

PRESENTATION = "charlevoix-presentation"
AUDIENCE = "charlevoix_audience"
ACT = "charlevoix_act"
OBJECTS = "charlevoix_objects"


@dataclass(frozen=True, slots=True)
class Admission:
    """What became of one item that came to the door: accepted, repaired, known, conflict, quarantined or refused, and why."""

    raw: Digest  # SHA-256 of the bytes as they came
    outcome: str
    reasons: tuple[Reason, ...] = ()
    ref: Ref | None = None  # the object's id, where it could be read
    act: Digest | None = None  # the act that speaks of it: the voucher, or the partner's act
    place: int | None = None
    entry: int | None = None  # its leaf in the ledger


def held(conn: Connection, orders: Orders, rows: Iterable[StoredAct]) -> Iterator[Seen]:
    """Acts that came through this door before, as far as their objects are here; each was verified then."""
    rows = list(rows)
    found = acts.places_of(conn, [r.digest for r in rows])
    for row in rows:
        act = signature.read_act(row.jwt)
        keeps = _keeps(orders, row.kind)
        wanted = found[row.digest] if keeps is None else found[row.digest][:1]
        yield Seen(Verified(act, row.source, _SEAL), tuple(_seen(act, p) for p in wanted))


def subject(
    place: StoredPlace,
    act: Act,
    markings: tuple[Marking, ...],
    common: frozenset[Property],
    recalled: frozenset[Ref] = frozenset(),
) -> Verified[Subject]:
    """What `decide` is asked about: an object as it lies here, which came through this door."""
    one = _seen(act, place)
    if isinstance(one, Missing):
        one = StixObject(place.at, place.ref, None)
    entire = isinstance(place.shown, Whole) and place.shown.entire
    return Verified(Subject(one, markings, entire, common, recalled, act.author), act.author, _SEAL)


# --- acts ------------------------------------------------------------------------------------------------------------


def admit_own(passing: Passing, kind: str, case: Ref, wholes: Sequence[Whole], after: frozenset[Digest], rests: frozenset[Digest]) -> Seen:
    """Signs what this node says and lets it in: object, act, entry, in this transaction."""
    orders = passing.orders
    draft = signature.compose(orders.me, orders.kid, kind, case, wholes, passing.now, after=after, rests=rests)
    jwt = signature.sign(draft, orders.keyring.signer(Purpose.ACTS))
    act = signature.read_act(jwt)
    known = tuple(_own(act, index, whole) for index, whole in enumerate(wholes))
    _keep(passing, act, jwt, tuple(wholes), known, orders.me, void=False)
    passing.record(Door.ADMIT, Answer.YES, kind, act=act.digest)
    return Seen(Verified(act, orders.me, _SEAL), known)


def admit_presentation(passing: Passing, item: Unverified) -> tuple[Admission, Seen | None]:
    """A partner's act, as far as it is shown to us. Raises nothing for bad input: the outcome says it.

    Forged, misaddressed and misplaced acts are refused; what can't be judged yet (an unknown author or key, bytes that can't be read)
    is quarantined and can be tried again.
    """
    raw = Digest(sha256(item.raw).digest())
    try:
        presentation, act = _read_presentation(passing, item)
        void = _authenticate(passing, presentation, act)
        _demand_place(passing, act)
        known = disclosure.check(act, presentation)
        _demand_opener(passing, act, known)
        _demand_authorship(passing, act, known)
    except Forged as e:
        return _turn_away(passing, raw, e), None
    except Unknown as e:
        return _quarantine(passing, item, (e.reason,)), None
    except Malformed as e:
        if e.reason.rule.startswith("door."):
            return _turn_away(passing, raw, e), None
        return _quarantine(passing, item, (e.reason,)), None
    return _take(passing, item, raw, presentation, act, known, void)


def _take(
    passing: Passing,
    item: Unverified,
    raw: Digest,
    presentation: Presentation,
    act: Act,
    known: tuple[StixObject | Missing, ...],
    void: bool,
) -> tuple[Admission, Seen | None]:
    if acts.holds(passing.conn, [act.digest]):
        return _take_again(passing, raw, presentation, act, known, item.source)
    _keep(passing, act, presentation.act, presentation.objects, known, item.source, void)
    reasons = _remarks(passing, act, known, void)
    entry = passing.record(Door.ADMIT, Answer.YES, act.kind, act=act.digest)
    admission = Admission(
        raw,
        "accepted",
        reasons,
        known[0].ref if known and isinstance(known[0], StixObject) else None,
        act.digest,
        None,
        entry,
    )
    keeps = _keeps(passing.orders, act.kind)
    return admission, None if void else Seen(Verified(act, item.source, _SEAL), known if keeps is None else known[:1])


def _take_again(
    passing: Passing,
    raw: Digest,
    presentation: Presentation,
    act: Act,
    known: tuple[StixObject | Missing, ...],
    source: Ref,
) -> tuple[Admission, Seen | None]:
    """An act that is here already: a repetition changes nothing, but it may show more than we had."""
    before, more = acts.places_of(passing.conn, [act.digest])[act.digest], False
    for old, shown, new in zip(before, presentation.objects, known, strict=True):
        if isinstance(new, Missing) or old.gone in (Gone.RECALLED, Gone.ERASED) or _shows(old.shown) >= _shows(shown):
            continue
        stored = _stored(new, shown)
        objects.keep(passing.conn, [stored] if stored else [])
        acts.replace_place(passing.conn, StoredPlace(new.at, new.ref, shown, None, stored.sha if stored else None))
        more = True
    reasons = (Reason("act.more-shown"),) if more else (Reason("act.repeated"),)
    admission = Admission(raw, "accepted" if more else "known", reasons, None, act.digest)
    if not more:
        return admission, None
    row = acts.find(passing.conn, [act.digest])[act.digest]
    return admission, next(held(passing.conn, passing.orders, [row]), None)


def _read_presentation(passing: Passing, item: Unverified) -> tuple[Presentation, Act]:
    """The presentation in a `charlevoix-presentation` object that is meant for us, and its act, parsed."""
    body = read_object(item.raw)
    if body.get("type") != PRESENTATION:
        raise Malformed("door.not-a-presentation", str(body.get("type"))[:80])
    if body.get(AUDIENCE) != passing.orders.me:
        raise Malformed("door.other-audience", str(body.get(AUDIENCE))[:80], passing.orders.me, advice="door.tell-sender")
    presentation = wire.from_wire({"act": body.get(ACT), "objects": body.get(OBJECTS)})
    return presentation, signature.read_act(presentation.act)


def _authenticate(passing: Passing, presentation: Presentation, act: Act) -> bool:
    """Is the act its author's? Returns whether it is void: said with a stolen key, and not in the past of its last good act."""
    if act.author == passing.orders.me and not acts.holds(passing.conn, [act.digest]):
        raise Forged("door.our-name", act.digest.hex()[:16])
    raw = passing.roster.key(act.author, act.key, Purpose.ACTS)
    signature.verify(presentation.act, ed25519(PublicKey(Purpose.ACTS, raw)))
    if not passing.roster.revoked(act.author, act.key):
        return False
    passing.doubted.add((act.author, act.key))  # it may tell what else counts
    last_good = passing.roster.last_good(act.author, act.key)
    return last_good is None or (act.digest != last_good and act.digest not in acts.earlier(passing.conn, last_good))


def _demand_place(passing: Passing, act: Act) -> None:
    """An act belongs to a case of its own kind, and an act between two parties to the case of these two."""
    case = passing.orders.case(act.kind)
    if act.kind not in case.kinds:
        raise Unknown("act.kind", act.kind, ", ".join(case.kinds))
    if not act.case.startswith(case.kind + "--"):
        raise Malformed("door.other-case", act.kind, act.case)
    if case.kind in OF_TWO and act.case != case_of_two(case.kind, act.author, passing.orders.me):
        raise Malformed("door.other-case", act.kind, act.case)
    if case.material or case.kind in OF_ONE:
        raise Malformed("door.not-exchanged", act.kind)


OF_TWO = frozenset({"exchange"})
"""Kinds of case that two parties have with each other, and no third sees."""

OF_ONE = frozenset({"roster"})
"""Kinds of case that a node has with itself."""


def case_of_two(kind: str, a: Ref, b: Ref) -> Ref:
    """The one case of this kind that two parties have: the same at both."""
    return derived_id(kind, *sorted((a, b)))


def case_of_opener(kind: str, author: Ref, salt: str) -> Ref:
    """The id of a case, bound to who opens it: nobody else can say an opening act of it that a door lets in."""
    return Ref(f"{kind}--{UUID(bytes=sha256(canonical([kind, author, salt])).digest()[:16], version=4)}")


def _demand_opener(passing: Passing, act: Act, known: Sequence[StixObject | Missing]) -> None:
    """An act that opens a case must come from whom the id of the case is bound to. One of which nothing is shown moves nothing anyway."""
    declared = passing.orders.case(act.kind).kinds[act.kind]
    opens = declared.moves is not None and START in declared.moves[0]
    first = known[0] if known else None
    if not opens or act.kind.partition(".")[0] in OF_TWO or isinstance(first, Missing):
        return
    salt = first.known.get(SALT) if first else None
    if not isinstance(salt, str) or case_of_opener(act.kind.partition(".")[0], act.author, salt) != act.case:
        raise Malformed("door.other-opener", act.kind, act.case, advice="door.tell-sender")


def case_of_one(kind: str, of: Ref) -> Ref:
    """The one case of this kind that a node has with itself."""
    return derived_id(kind, of)


def _demand_authorship(passing: Passing, act: Act, known: Sequence[StixObject | Missing]) -> None:
    """Only the author makes a new version: an object that says it is ours, and is not among ours, is refused."""
    ours = [o for o in known if isinstance(o, StixObject) and o.ref and o.known.get(Property("created_by_ref")) == passing.orders.me]
    if act.author == passing.orders.me or not ours:
        return
    here = objects.held(passing.conn, [o.ref for o in ours if o.ref])
    for one in ours:
        versions = {(s.version, s.sha) for s in here.get(one.ref or Ref(""), ())}
        if one.withheld == 0 and (one.known.get(Property("modified")), digest_of(dict(one.known))) in versions:
            continue  # they speak again of what we said
        raise Forged("door.our-object", one.ref)


def _remarks(passing: Passing, act: Act, known: Sequence[StixObject | Missing], void: bool) -> tuple[Reason, ...]:
    """What a reader should know about an act that is let in all the same."""
    found = []
    if void:
        found.append(Reason("act.void", (act.key,), "act.ask-author"))
    if missing := act.after - acts.holds(passing.conn, act.after):
        found.append(Reason("act.past-missing", (str(len(missing)),), "act.wait"))
    found += [
        Reason("version.older", (one.ref, older))
        for one in known
        if isinstance(one, StixObject) and one.ref and (older := _older(passing, one))
    ]
    return tuple(found)


def _older(passing: Passing, one: StixObject) -> str:
    version = one.known.get(Property("modified"))
    here = objects.held(passing.conn, [one.ref] if one.ref else [])
    newest = max((s.version or "" for some in here.values() for s in some), default="")
    return newest if isinstance(version, str) and newest > version else ""


# --- storing ---------------------------------------------------------------------------------------------------------


def _keep(
    passing: Passing,
    act: Act,
    jwt: bytes,
    shown: Sequence[Shown],
    known: Sequence[StixObject | Missing],
    source: Ref,
    void: bool,
) -> None:
    """Objects first, then the places that speak of them, then the act: a crash between leaves the transaction undone."""
    stored = [None if isinstance(k, Missing) else _stored(k, s) for k, s in zip(known, shown, strict=True)]
    objects.keep(passing.conn, [s for s in stored if s])
    rows = [
        StoredPlace(
            k.at,
            k.ref if isinstance(k, StixObject) else None,
            sh,
            k.why if isinstance(k, Missing) else None,
            st.sha if st else None,
        )
        for k, sh, st in zip(known, shown, stored, strict=True)
    ]
    acts.keep_places(passing.conn, rows)
    passing.kept[act.digest] = acts.keep(passing.conn, act, jwt, source, void, timestamp.write(passing.now))


def _stored(known: StixObject, shown: Shown) -> Stored | None:
    if not isinstance(shown, Whole) or known.ref is None or known.type is None:
        return None
    version = known.known.get(Property("modified"))
    return Stored(digest_of(dict(known.known)), known.ref, known.type, version if isinstance(version, str) else None, shown.object)


def _own(act: Act, index: int, whole: Whole) -> StixObject:
    members = _decode(whole.object)
    return StixObject(
        Place(act.digest, index),
        Ref(str(members["id"])),
        str(members["type"]),
        {Property(k): v for k, v in members.items()},
    )


def _seen(act: Act, place: StoredPlace) -> StixObject | Missing:
    """The object at a place, from the bytes that lie here."""
    if place.shown is None:
        return Missing(place.at, place.gone or Gone.NOT_RELEASED)
    members = {Property(k): v for k, v in _decode(place.shown.object).items()}
    entire = isinstance(place.shown, Whole)
    withheld = 0 if entire else len(act.objects[place.at.index]) - len(members)
    type_, ref = members.get(Property("type")), members.get(Property("id"))
    return StixObject(
        place.at,
        Ref(ref) if isinstance(ref, str) else None,
        type_ if isinstance(type_, str) else None,
        members,
        withheld,
    )


def _shows(shown: Shown) -> tuple[int, int]:
    """How much is shown: more is greater."""
    if isinstance(shown, Redacted):
        return 1, len(shown.salts)
    return (2, 0) if isinstance(shown, Whole) else (0, 0)


def _keeps(orders: Orders, kind: str) -> frozenset[Property] | None:
    declared: Kind | None = orders.case(kind).kinds.get(kind)
    return frozenset() if declared is None else declared.keeps


# --- what does not get in --------------------------------------------------------------------------------------------


def _turn_away(passing: Passing, raw: Digest, why: CharlevoixError) -> Admission:
    entry = passing.record(Door.ADMIT, Answer.NO, why.reason.rule)
    return Admission(raw, "refused", (why.reason,), entry=entry)


def refuse(passing: Passing, item: Unverified, reasons: tuple[Reason, ...]) -> Admission:
    """Turned away whatever it says: who brings it may not."""
    entry = passing.record(Door.ADMIT, Answer.NO, reasons[0].rule)
    return Admission(Digest(sha256(item.raw).digest()), "refused", reasons, entry=entry)


def _quarantine(passing: Passing, item: Unverified, reasons: tuple[Reason, ...], ref: Ref | None = None) -> Admission:
    """Kept with every reason, listed, and tried again when asked: nothing that came is lost."""
    raw = Digest(passing.orders.blobs.put(item.raw))
    office.hold(passing.conn, raw, item.source, item.case, item.marking, reasons, timestamp.write(passing.now))
    entry = passing.record(Door.ADMIT, Answer.NO, reasons[0].rule)
    return Admission(raw, "quarantined", reasons, ref, entry=entry)


def quarantine(passing: Passing, item: Unverified, reasons: tuple[Reason, ...], ref: Ref | None = None) -> Admission:
    """The same for the entrance of foreign material."""
    return _quarantine(passing, item, reasons, ref)


_decode: Any = msgspec.json.Decoder(dict[str, object]).decode

__all__ = ["Admission", "admit_own", "admit_presentation", "case_of_one", "case_of_two", "held", "subject"]
