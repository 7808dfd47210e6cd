"""A position: what one party holds about one hypothesis, as a range and in its own words; and what states said in public, transcribed."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from charlevoix.acts.act import Digest
from charlevoix.attribute.inference import Range
from charlevoix.cases.case import BY
from charlevoix.cases.form import filled, percents, rows, string
from charlevoix.cases.history import Note, as_time
from charlevoix.stix import timestamp
from charlevoix.stix.identifier import Ref

STANCES = ("strongly-disagree", "disagree", "neutral", "agree", "strongly-agree")
"""STIX 2.1 section 10.12, opinion-enum."""

RESPONSIBILITY = (
    "state-prohibited",
    "state-prohibited-but-inadequate",
    "state-ignored",
    "state-encouraged",
    "state-shaped",
    "state-coordinated",
    "state-ordered",
    "state-rogue-conducted",
    "state-executed",
    "state-integrated",
)
"""The ten rungs of state responsibility (Healey 2012), as keys of the MISP taxonomy `state-responsibility`."""


@dataclass(frozen=True, slots=True)
class Position:
    """STIX `opinion` on a hypothesis. Technical and political conclusion stand apart."""

    act: Digest
    party: Ref
    hypothesis: Ref
    stance: str  # one of STANCES
    words: str
    range: Range | None  # None: not said, or not shown
    technical: str
    political: str
    responsibility: str  # one of RESPONSIBILITY, or ""
    legal: str
    caveats: tuple[str, ...]
    considered: tuple[Ref, ...]  # items of evidence
    own_not_shown: bool  # rests also on evidence of its own that it does not show
    public: bool
    valid_from: datetime | None
    by: Ref | None  # pseudonym of the person who did the act

    @property
    def leans(self) -> int:
        """1 for, -1 against, 0 neither."""
        place = STANCES.index(self.stance) - 2
        return (place > 0) - (place < 0)


def positions(notes: Iterable[Note]) -> tuple[Position, ...]:
    return tuple(p for n in notes if (p := _read(n)) is not None)


def _read(note: Note) -> Position | None:
    about = note.texts("object_refs")
    if not about or note.text("opinion") not in STANCES:
        return None
    ends = percents(note.value("charlevoix_lowest"), note.value("charlevoix_highest"))
    rung = note.text("charlevoix_rung")
    return Position(
        act=note.digest,
        party=note.author,
        hypothesis=Ref(about[0]),
        stance=note.text("opinion"),
        words=note.text("explanation"),
        range=Range(ends[0] / 100, ends[1] / 100) if ends else None,
        technical=note.text("charlevoix_technical"),
        political=note.text("charlevoix_political"),
        responsibility=rung if rung in RESPONSIBILITY else "",
        legal=note.text("charlevoix_legal"),
        caveats=note.texts("charlevoix_caveats"),
        considered=tuple(Ref(r) for r in note.texts("charlevoix_considered")),
        own_not_shown=note.value("charlevoix_own_not_shown") is True,
        public=note.value("charlevoix_public") is True,
        valid_from=note.time("charlevoix_valid_from"),
        by=Ref(note.text(BY)) if note.text(BY) else None,
    )


@dataclass(frozen=True, slots=True)
class Transcribed:
    """A sentence that a state published, copied down by somebody else: not signed by that state, and no party's position here."""

    act: Digest
    state: str  # as the source names it
    hypothesis: Ref | None
    url: str
    published: date | None
    quote: str
    sha256: str  # of the quote in UTF-8, hexadecimal
    by: Ref  # the party that transcribed it

    @property
    def intact(self) -> bool:
        """The quote is the one whose hash was signed."""
        return bool(self.quote) and fingerprint(self.quote) == self.sha256


def fingerprint(quote: str) -> str:
    """SHA-256 of a quote, hexadecimal; a lone surrogate, which is no text, is hashed as its bytes."""
    return hashlib.sha256(quote.encode("utf-8", "surrogatepass")).hexdigest()


def transcripts(notes: Iterable[Note]) -> tuple[Transcribed, ...]:
    return tuple(t for n in notes if (t := _transcript(n)) is not None)


def _transcript(note: Note) -> Transcribed | None:
    record = next(iter(rows([note.value("charlevoix_transcribed")])), {})
    state, quote = string(record.get("state")), string(record.get("quote"))
    if not state or not quote:
        return None
    about = note.texts("object_refs")
    return Transcribed(
        act=note.digest,
        state=state,
        hypothesis=Ref(about[0]) if about else None,
        url=string(record.get("url")),
        published=_day(string(record.get("published"))),
        quote=quote,
        sha256=string(record.get("sha256")),
        by=note.author,
    )


def _day(text: str) -> date | None:
    moment = as_time(f"{text}T00:00:00+00:00") if len(text) == 10 else as_time(text)
    return moment.date() if moment else None


def current(of: Iterable[Position]) -> tuple[Position, ...]:
    """The newest position of each party on each hypothesis; `of` is in causal order."""
    newest: dict[tuple[Ref, Ref], Position] = {}
    for one in of:
        newest.pop((one.party, one.hypothesis), None)
        newest[one.party, one.hypothesis] = one
    return tuple(newest.values())


@dataclass(frozen=True, slots=True)
class Room:
    """Who held what on a day."""

    day: date
    positions: tuple[Position, ...]
    transcribed: tuple[Transcribed, ...]


def room(of: Iterable[Position], transcribed: Iterable[Transcribed], day: date) -> Room:
    """The positions valid at the end of a day (UTC): of each party on each hypothesis the one that became valid last, of equals the newer act.

    A position without a date of validity is in no room; nor is a transcript without a date of publication.
    """
    end = datetime.combine(day, time.max, UTC)
    valid = [p for p in of if p.valid_from is not None and p.valid_from <= end]
    valid.sort(key=lambda p: p.valid_from or end)  # stable: causal order among equals
    said = [t for t in transcribed if t.published is not None and t.published <= day]
    return Room(day, current(valid), tuple(sorted(said, key=lambda t: (t.published or day, t.state, t.act))))


@dataclass(frozen=True, slots=True)
class PositionForm:
    """What a party fills in. `lowest`, `highest`: whole per cent."""

    hypothesis: Ref
    stance: str
    lowest: int
    highest: int
    words: str
    technical: str
    political: str
    responsibility: str = ""
    legal: str = ""
    caveats: tuple[str, ...] = ()
    considered: tuple[Ref, ...] = ()
    own_not_shown: bool = False
    public: bool = False
    valid_from: datetime | None = None  # None: now


def written(form: PositionForm, now: datetime) -> Mapping[str, object]:
    """The STIX opinion of a position."""
    return filled(
        {
            "type": "opinion",
            "opinion": form.stance,
            "explanation": form.words,
            "object_refs": [form.hypothesis],
            "charlevoix_lowest": form.lowest,
            "charlevoix_highest": form.highest,
            "charlevoix_technical": form.technical,
            "charlevoix_political": form.political,
            "charlevoix_rung": form.responsibility,
            "charlevoix_legal": form.legal,
            "charlevoix_caveats": list(form.caveats),
            "charlevoix_considered": list(form.considered),
            "charlevoix_own_not_shown": form.own_not_shown,
            "charlevoix_public": form.public,
            "charlevoix_valid_from": timestamp.write(form.valid_from or now),
        }
    )


@dataclass(frozen=True, slots=True)
class TranscriptForm:
    """What somebody copies down: one sentence, where it stands and since when."""

    state: str
    url: str
    published: date
    quote: str
    hypothesis: Ref


def transcribed(form: TranscriptForm) -> Mapping[str, object]:
    """The STIX note of a transcript: never an opinion, because the state has not signed it."""
    record = {
        "state": form.state,
        "url": form.url,
        "published": form.published.isoformat(),
        "quote": form.quote,
        "sha256": fingerprint(form.quote),
    }
    return {
        "type": "note",
        "abstract": "Transcribed, not signed by that state",
        "content": form.quote,
        "object_refs": [form.hypothesis],
        "external_references": [{"source_name": form.state, "url": form.url}],
        "charlevoix_transcribed": record,
    }
