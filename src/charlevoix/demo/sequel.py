"""The story of the demonstration, second half: positions, a measure, advice, and an account that a stranger checks."""

import json
import re
import shutil
from datetime import date, timedelta
from pathlib import Path

from charlevoix.account import saying
from charlevoix.advise import drafting
from charlevoix.advise.brief import Sentence
from charlevoix.advise.printing import printed
from charlevoix.advise.reading import read_brief
from charlevoix.assess import nexus
from charlevoix.attribute import contribution, finding
from charlevoix.attribute.attribution import room_on
from charlevoix.attribute.evidence_grid import Cell, Grade, Item
from charlevoix.attribute.inference import posterior
from charlevoix.attribute.position import PositionForm, TranscriptForm, fingerprint
from charlevoix.demo.stage import Player, Stage, charlevoix
from charlevoix.demo.story import TICKED, act_of
from charlevoix.demo.telling import Scene
from charlevoix.docket import basis
from charlevoix.errors import Refused
from charlevoix.node import Query
from charlevoix.respond import joint_text, measure
from charlevoix.respond.review import GenderTest, LegalTest
from charlevoix.safeguards.rights import Balance
from charlevoix.stix.identifier import Ref

POSITIONS = "transcribed-positions.json"


def attribute(on: Stage, scene: Scene) -> None:
    a, b, incident = on.a, on.b, on.memory["incident"]
    now = a.station.clock.now()
    footing = basis(a.station.node, a.who(), incident, "incident.nexus-passed")
    opened = a.do(
        "attribution", None, finding.open_attribution,
        finding.OpeningForm(
            "Who registered the names that imitate newspapers?", "Is it the network that France's statement of 2023 describes?", incident,
            footing.said.act, footing.grounds, frozenset({b.me}), now + timedelta(days=7), ("The network that France's statement describes",),
        ),
    )  # fmt: skip
    case = on.memory["attribution"] = Ref(opened.value.case)
    state = a.state("attribution", case)
    named, other = state.hypotheses[0], state.hypotheses[-1]
    scene.say("{hypotheses} hypotheses: " + " | ".join(h.name for h in state.hypotheses), hypotheses=len(state.hypotheses))
    item = Item(
        Ref(""), "The ticked names stand in two lists that were made a year apart", "technical",
        {named.ref: Cell(Grade.CONSISTENT, "the statement describes such names"), other.ref: Cell(Grade.NEUTRAL, "anybody can register a name")},
        "b", "2",
    )  # fmt: skip
    a.do("attribution", case, contribution.state_evidence, contribution.EvidenceForm(item, rests=frozenset({on.memory["passed"]})))
    _transcribe(on, scene, case, named.ref)
    _positions(on, scene, case, named.ref)


def _transcribe(on: Stage, scene: Scene, case: Ref, hypothesis: Ref) -> None:
    """Only what is at hand, word by word, with its hash: no position is remembered."""
    said = json.loads((on.examples / POSITIONS).read_text("utf-8"))
    good = [p for p in said if fingerprint(p["quote"]) == p["quote_sha256"]]
    for p in good:
        form = TranscriptForm(p["state"], p["url"], date.fromisoformat(p["date"]), p["quote"], hypothesis)
        on.a.do("attribution", case, contribution.transcribe, contribution.Transcribing(form))
        scene.tell(f"{p['state']}, {p['date']} (transcribed, not signed by that state): « {p['quote'][:96]} ... »")
    scene.say("{transcribed} public position of a state is at hand with its text and hash; others are left out.", transcribed=len(good))


def _positions(on: Stage, scene: Scene, case: Ref, hypothesis: Ref) -> None:
    a, b = on.a, on.b
    items = tuple(i.ref for i in a.state("attribution", case).grid.items)
    ours = PositionForm(
        hypothesis,
        "agree",
        55,
        80,
        "We hold it likely.",
        "The names fit the pattern.",
        "No conclusion yet.",
        caveats=("Names alone prove little.",),
        considered=items,
    )
    a.do("attribution", case, contribution.take_position, contribution.Holding(ours))
    b.pull(a)
    theirs = PositionForm(
        hypothesis,
        "disagree",
        20,
        45,
        "We hold it less likely than not.",
        "Anybody may copy a pattern.",
        "No conclusion.",
        considered=items,
    )
    b.do("attribution", case, contribution.take_position, contribution.Holding(theirs))
    a.pull(b)
    state = a.state("attribution", case)
    for p in state.positions:
        name = {a.me: "Demo A", b.me: "Demo B"}[p.party]
        scene.tell(f"{name}: {p.stance}, {p.range.low:.0%} to {p.range.high:.0%}: {p.words}")
    scene.say("Dissent: {dissent} position, in its own words.", positions=len(state.positions), dissent=len(state.dissent))
    bounds = posterior(state.grid)
    low, high = bounds[hypothesis].low, bounds[hypothesis].high
    scene.say("The evidence alone allows {low} to {high} % for the named hypothesis.", low=round(100 * low), high=round(100 * high))
    days = (date(2023, 6, 13), a.station.clock.now().date())
    for day in days:
        room = room_on(state, day)
        scene.figures[f"room on {day}" if day == days[0] else "room today"] = {
            "signed": len(room.positions),
            "transcribed": len(room.transcribed),
        }
        scene.tell(f"the room on {day}: {len(room.positions)} signed positions, {len(room.transcribed)} transcribed")


def respond(on: Stage, scene: Scene) -> None:
    a, b, incident = on.a, on.b, on.memory["incident"]
    footing = basis(a.station.node, a.who(), incident, "incident.nexus-passed")
    form = measure.ProposalForm(
        "Tell editors and readers of the names", "notice",
        "The five names are told to the newspapers that they imitate, and to the public.",
        "A public body may inform of a deception that it established.", "It burdens nobody who is not behind the names.",
        "Women among the authors imitated are told first, since they are harassed more.",
        footing.said.act, "incident.nexus-passed", footing.grounds, frozenset({b.me}),
    )  # fmt: skip
    proposed = a.do("measure", None, measure.propose, form, "legal reviewer")
    case = on.memory["measure"] = Ref(proposed.value.case)
    early = a.attempt("measure", case, measure.decide, measure.DecisionForm(True, "It is due."), "second policy officer")
    if not isinstance(early, Refused):
        raise AssertionError("decided without reviews")
    scene.say(
        "A measure is proposed. To decide it is refused, with {obstacles} obstacles at once (ledger entry {refusal}):",
        obstacles=len(early.reasons),
        refusal=early.entry,
    )
    for reason in early.reasons:
        scene.reason(reason)
    own = a.attempt("measure", case, measure.review, measure.ReviewForm(LEGAL, True, "It may be done."), "legal reviewer")
    if not isinstance(own, Refused):
        raise AssertionError("a reviewer reviewed her own proposal")
    scene.tell("Who proposed it tries to review it herself:")
    for reason in own.reasons:
        scene.reason(reason)
    on.a.station.hire("second legal reviewer", {"reviewer-legal"})
    for who, test in (("second legal reviewer", LEGAL), ("rights reviewer", RIGHTS), ("gender reviewer", GENDER)):
        a.do("measure", case, measure.review, measure.ReviewForm(test, True, "It may be done."), who)
    a.do("measure", case, measure.decide, measure.DecisionForm(True, "Necessary, lawful and mild."), "second policy officer")
    state = a.state("measure", case)
    scene.say("After {reviews} reviews by three people another person decides: {phase}.", reviews=len(state.reviews), phase=state.phase)
    _joint_text(on, scene, case)


def _joint_text(on: Stage, scene: Scene, of: Ref) -> None:
    a, b = on.a, on.b
    footing = basis(a.station.node, a.who(), of, "measure.decide")
    due = a.station.clock.now() + timedelta(days=3)
    form = joint_text.OpeningForm("A common word on look-alike names", footing.said.act, footing.grounds, frozenset({b.me}), due)
    case = Ref(a.do("text", None, joint_text.open_text, form).value.case)
    for number, text in enumerate(("Five names imitate newspapers.", "We ask registries to look at such names sooner."), 1):
        a.do("text", case, joint_text.word, joint_text.ParagraphForm(number, text))
    b.pull(a)
    first, second = b.state("text", case, "operator").paragraphs
    b.do("text", case, joint_text.answer, joint_text.StanceForm(first.act))
    b.do("text", case, joint_text.answer, joint_text.StanceForm(second.act, "Our law leaves this to registries."))
    a.pull(b)
    a.do("text", case, joint_text.adopt, None)
    state = a.state("text", case)
    reserved = [(p.number, s.words) for p in state.paragraphs for s in p.reservations]
    scene.say(
        "A joint text of {paragraphs} paragraphs is adopted with {reservations} reservation:",
        paragraphs=len(state.paragraphs),
        reservations=len(reserved),
    )
    for number, words in reserved:
        scene.tell(f"  Demo B on paragraph {number}: {words}")


LEGAL = LegalTest(
    "The law on informing the public of deception.", "The head of the office may order it.",
    "International law leaves informing one's own public free.", "Nothing forbids telling a name that is public.",
)  # fmt: skip
RIGHTS = Balance(
    frozenset({19}), "", "A law that is public and precise.", "The rights and reputation of others: authors and readers.",
    "Readers can't protect themselves from what nobody names.", "Blocking the names would weigh more, and is not asked for.",
    "A notice burdens nobody's speech.", "The notice can be corrected, and ends in a year.",
)  # fmt: skip
GENDER = GenderTest(
    "Readers, and the authors whose names are used; women apart.", "Women among the authors are harassed more, as two unions report.",
    "Two unions of journalists were asked.", "Authors are told before the public is.",
)  # fmt: skip


def advise(on: Stage, scene: Scene) -> None:
    a, b = on.a, on.b
    due = a.station.clock.now() + timedelta(days=2)
    asked = a.do(
        "brief", None, drafting.ask, drafting.AskForm("Names that imitate newspapers", "Office of the Minister", due, frozenset({b.me}))
    )
    case = on.memory["brief"] = Ref(asked.value.case)
    decided = act_of(a, on.memory["measure"], "measure.decide")
    sentences = (
        Sentence("situation", "fact", {
            "en": f"{len(TICKED)} listed names imitate newspapers.", "fr": f"{len(TICKED)} noms recensés imitent des journaux."}, (on.memory["opened"],)),
        Sentence("situation", "fact", {
            "en": "A reviewer passed the foreign nexus on two independent sources.",
            "fr": "Une revue a confirmé le lien étranger sur deux sources indépendantes."}, (on.memory["passed"],)),
        Sentence("judgement", "judgement", {
            "en": "One network is behind them.", "fr": "Un même réseau est derrière eux."}, (), (55, 80), "moderate"),
        Sentence("options", "fact", {"en": "A notice to editors was decided.", "fr": "Un avis aux rédactions a été décidé."}, (decided,)),
        Sentence("approach", "proposal", {"en": "Speak with one voice, reservations beside it.", "fr": "Parler d'une seule voix, réserves à l'appui."}),
        Sentence("requests", "proposal", {"en": "Ask registries for an earlier look.", "fr": "Demander aux registres un examen plus précoce."}),
    )  # fmt: skip
    gender = "Women among the authors whose names are used are told first."
    a.do("brief", case, drafting.draft, drafting.DraftForm("Names that imitate newspapers", sentences, gender))
    state = a.state("brief", case)
    a.do("brief", case, drafting.clear, drafting.ClearForm(state.version.act), "second policy officer")
    state = a.state("brief", case)
    names = {a.me: "Demo A", b.me: "Demo B"}
    waiting = sorted(names[r] for r in state.not_cleared)
    scene.say(
        "A brief for the Office of the Minister is due {due}; not cleared yet: {waiting}.",
        due=f"{due:%Y-%m-%d %H:%M} UTC",
        waiting=", ".join(waiting),
    )
    for language in ("en", "fr"):
        reading = read_brief(a.station.node, a.who(), case, language)
        if isinstance(reading, Refused) or reading.page is None:
            raise AssertionError("the brief can't be read")
        page = printed(reading.page, language, reading.around)
        path = on.folder / f"brief.{language}.html"
        path.write_text(page, "utf-8")
        links = len(set(re.findall(r'href="#(act-[^"]+|[^"]+)"', page)))
        scene.say(
            "{file}: {bytes} bytes, {acts} acts that its facts rest on.",
            file=path.name,
            bytes=len(page.encode()),
            acts=len(reading.around.acts),
        )
        scene.figures[f"brief {language}"] = {"bytes": len(page.encode()), "links": links, "acts": len(reading.around.acts)}


def account(on: Stage, scene: Scene) -> None:
    a, incident = on.a, on.memory["incident"]
    for who, kind in (("second legal reviewer", "legal"), ("rights reviewer", "rights"), ("gender reviewer", "gender")):
        a.do(
            "incident",
            incident,
            nexus.review,
            nexus.Reviewing(kind, True, "May it be told to the public?", "It may: only names are told."),
            who,
        )
    form = saying.OpeningForm(
        {"en": "Names that imitate newspapers", "fr": "Des noms qui imitent des journaux"},
        ({"en": f"{len(TICKED)} names that imitate newspapers were found, and a notice was decided.",
          "fr": f"{len(TICKED)} noms qui imitent des journaux ont été trouvés, et un avis a été décidé."},),
        {"en": "A partner holds the named network less likely than not.", "fr": "Un partenaire tient le réseau nommé pour peu probable."},
        frozenset({on.memory["passed"]}),
    )  # fmt: skip
    case = Ref(a.do("publication", None, saying.open_publication, form).value.case)
    for who, kind in (("second legal reviewer", "legal"), ("rights reviewer", "rights"), ("gender reviewer", "gender")):
        a.do("publication", case, saying.review, saying.ReviewForm(kind, True, "May it be said?", "It may."), who)
    public, key = on.folder / "public", on.folder / "log.vkey"
    code, told = a.run("account", "publish", str(public), "--case", case, "--reasons", "It is due.", person="second policy officer")
    if code:
        raise AssertionError(told)
    key.write_text(a.run("account", "key")[1]["vkey"] + "\n", "utf-8")
    files = sorted(p for p in public.rglob("*") if p.is_file())
    scene.say("The public gets {files} files: pages, figures, and the log with {entries} entries.", files=len(files), entries=entries(a))
    code, report = charlevoix(None, "verify", str(public), "--key", str(key))
    scene.say("A process that has nothing but these files and the public key checks them: exit code {verify}.", verify=code)
    scene.figures["report"] = report
    figures = json.loads((public / "figures.json").read_text("utf-8"))
    counted = sum(f["count"] for f in figures["figures"])
    refused = sum(f["count"] for f in figures["figures"] if f["answer"] == "no")
    scene.say("It recounts {counted} opened entries, {refusals} of them refusals.", counted=counted, refusals=refused)
    _flip(on, scene, public, key)


def _flip(on: Stage, scene: Scene, public: Path, key: Path) -> None:
    """One byte of one file, in a copy."""
    copy = on.folder / "changed"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(public, copy)
    victim = copy / "figures.json"
    raw = bytearray(victim.read_bytes())
    raw[len(raw) // 2] ^= 1
    victim.write_bytes(raw)
    code, report = charlevoix(None, "verify", str(copy), "--key", str(key))
    named = "figures.json" in json.dumps(report)
    scene.say(
        "One flipped byte in a copy: exit code {flipped}; the file is named: {named}.",
        flipped=code,
        named="yes, figures.json" if named else "no",
    )
    shutil.rmtree(copy)


def entries(at: Player) -> int:
    return at.station.node.find(at.who(), Query("entry", limit=1)).total
