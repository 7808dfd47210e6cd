"""`charlevoix advise` on real nodes: a brief of two pages, each reader's bytes searched for what that reader may not see."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser as Chromium

from charlevoix.advise.drafting import TWO_PAGES
from stage import Stage, stage

TOML = """
title = "Look-alike sites"
gender = "Women in politics are named in a third of the copies."
{facts}
[[sentence]]
section = "judgement"
sort = "judgement"
en = "Firm X runs them."
fr = "La société X les exploite."
range = [55, 80]
confidence = "moderate"
[[sentence]]
section = "options"
sort = "proposal"
en = "Tell the newspapers{padding}."
fr = "Prévenir les journaux."
[[sentence]]
section = "approach"
sort = "proposal"
en = "Speak on one day."
fr = "Parler le même jour."
[[sentence]]
section = "requests"
sort = "proposal"
en = "Agree to the text."
fr = "Approuver le texte."
"""
FACT = """
[[sentence]]
section = "situation"
sort = "fact"
en = "{en}"
fr = "{fr}"
rests = [{rests}]
"""
SEEN = ("Two copies were found.", "Deux copies ont été trouvées.")
HIDDEN = ("A source saw the invoice.", "Une source a vu la facture.")


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with stage(tmp_path_factory.mktemp("advise")) as made:
        yield made


def fact(words: tuple[str, str], *rests: str) -> str:
    return FACT.format(en=words[0], fr=words[1], rests=", ".join(f'"{r}"' for r in rests))


def asked(played: Stage) -> str:
    words = ("Look-alike sites", "--for", "Office of the Minister", "--deadline", "+30h", "--participant", "Demo B")
    return str(played.told("advise", "ask", *words)["case"])


def drafted(played: Stage, folder: Path, *facts: str, padding: str = "", person: str = "") -> tuple[str, dict[str, object]]:
    """A brief with these facts, and what the draft's command told."""
    case = asked(played)
    (folder / "brief.toml").write_text(TOML.format(facts="".join(facts), padding=padding), "utf-8")
    return case, played.told("advise", "draft", case, "--file", str(folder / "brief.toml"), person=person)


def exported(played: Stage, case: str, folder: Path, *words: str, at: str = "Demo A", person: str = "") -> str:
    played.told("advise", "export", case, "--html", str(folder / "brief.html"), *words, at=at, person=person)
    return (folder / "brief.html").read_text("utf-8")


@pytest.mark.mission("C17")
@pytest.mark.mission("C18")
def test_a_brief_says_its_deadline_its_marking_and_who_has_not_cleared(played: Stage, tmp_path: Path) -> None:
    case, _ = drafted(played, tmp_path, fact(SEEN, played.incident, f"{played.incident}#incident.nexus-passed"))
    played.told("advise", "clear", case, "--footnote", "The second option is early.", person="Ben")
    html = exported(played, case, tmp_path)
    assert '<html lang="en">' in html
    assert "TLP:AMBER" in html
    assert '"Noto Serif"' in html, "the style is not escaped"
    assert "Releasable to: Demo A, Demo B." in html
    assert re.search(r"<dt>Deadline</dt><dd><time [^>]*>\d{4}-\d\d-\d\d \d\d:\d\d UTC</time>", html)
    assert '<dt>Not cleared by</dt><dd class="open">Demo B</dd>' in html
    assert "<dt>Cleared by</dt><dd>Demo A</dd>" in html
    assert "<strong>Demo A</strong>: The second option is early." in html
    assert "roughly even chance to likely, 55 to 80 %; confidence moderate" in html


def test_each_fact_is_linked_to_the_acts_it_rests_on(played: Stage, tmp_path: Path) -> None:
    case, _ = drafted(played, tmp_path, fact(SEEN, played.incident, f"{played.incident}#incident.nexus-passed"))
    html = exported(played, case, tmp_path)
    links, anchors = set(re.findall(r'href="#(act-\d+)"', html)), set(re.findall(r'id="(act-\d+)"', html))
    assert links == anchors == {"act-1", "act-2"}
    assert "passed review of the foreign involvement, Demo A" in html
    assert played.incident in html


@pytest.mark.mission("C18")
def test_what_a_partner_may_not_see_is_nowhere_in_its_bytes_and_is_counted(played: Stage, tmp_path: Path) -> None:
    case, told = drafted(played, tmp_path, fact(SEEN, played.incident), fact(HIDDEN, played.incident, played.private))
    assert told["not_for_all"] == {"2": []}, "it goes to nobody but us"
    assert HIDDEN[0] in exported(played, case, tmp_path)
    played.pull("Demo A", "Demo B")
    for language, seen in (("en", SEEN[0]), ("fr", SEEN[1])):
        html = exported(played, case, tmp_path, "--language", language, at="Demo B")
        assert seen in html
        for withheld in (*HIDDEN, played.private, "A source inside", "source-inside"):
            assert withheld not in html
        assert {
            "en": "Sentences left out because this reader may not see them: 1.",
            "fr": "Phrases omises parce que ce lecteur ne peut les voir : 1.",
        }[language] in html
    database = b"".join(p.read_bytes() for p in played.homes["Demo B"].rglob("*") if p.is_file())
    assert HIDDEN[0].encode() not in database, "nor anywhere on that partner's machine"
    assert SEEN[0].encode() in database


@pytest.mark.mission("C18")
def test_a_role_reads_no_more_than_itself_and_than_whoever_prints_for_it(played: Stage, tmp_path: Path) -> None:
    case, _ = drafted(played, tmp_path, fact(SEEN, played.incident), fact(HIDDEN, played.secret), person="Pia")
    assert HIDDEN[0] in exported(played, case, tmp_path, person="Duy")
    refused = played.told("advise", "export", case, "--html", str(tmp_path / "x.html"), "--role", "policy", person="Duy", code=3)
    assert refused["refused"][0]["rule"] == "authority.protected"
    assert played.told("advise", "export", case, "--html", str(tmp_path / "x.html"), "--role", "duty", code=3)["refused"]
    assert not (tmp_path / "x.html").exists()


def test_nobody_writes_on_what_they_may_not_read(played: Stage, tmp_path: Path) -> None:
    (tmp_path / "brief.toml").write_text(TOML.format(facts=fact(HIDDEN, played.secret), padding=""), "utf-8")
    result = played.run("advise", "draft", asked(played), "--file", str(tmp_path / "brief.toml"))
    assert result.exit_code == 1
    assert "case.unknown" in str(result.exception)


def test_french_is_french(played: Stage, tmp_path: Path) -> None:
    case, _ = drafted(played, tmp_path, fact(SEEN, played.incident))
    html = exported(played, case, tmp_path, "--language", "fr")
    assert '<html lang="fr">' in html
    for words in (SEEN[1], "Approche coordonnée", "La société X les exploite.", "Non validée par", "ouverture d’un incident"):
        assert words in html
    for words in (SEEN[0], "Deadline", "Not cleared", "Firm X"):
        assert words not in html


def test_who_drafted_does_not_clear_and_who_has_not_cleared_is_named(played: Stage, tmp_path: Path) -> None:
    case, _ = drafted(played, tmp_path, fact(SEEN, played.incident))
    assert played.told("advise", "clear", case, code=3)["refused"][0]["rule"] == "authority.same-person"
    refused = played.told("advise", "deliver", case, code=3)["refused"]
    assert [r["rule"] for r in refused] == ["brief.not-cleared", "brief.not-cleared"]
    played.told("advise", "clear", case, person="Ben")
    played.told("advise", "deliver", case, "--without", "Demo B", "--reasons", "The deadline is near.")
    told = played.told("advise", "show", case)
    assert (told["phase"], told["cleared"], told["not_cleared"]) == ("delivered", ["Demo A"], ["Demo B"])


def test_a_fact_without_an_act_is_refused_with_everything_else_that_is_wrong(played: Stage, tmp_path: Path) -> None:
    case = asked(played)
    (tmp_path / "bad.toml").write_text('title = "X"\n[[sentence]]\nsection = "situation"\nsort = "fact"\nen = "It is so."\n')
    refused = played.told("advise", "draft", case, "--file", str(tmp_path / "bad.toml"), code=3)["refused"]
    assert [r["rule"] for r in refused] == ["form.blank", *["brief.section"] * 4, "brief.rests-on-nothing"]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("title = ", "brief.file"),
        ('author = "X"', "brief.file-key"),
        ("sentence = 3", "brief.file-key"),
        ('[[sentence]]\nsect = "situation"', "brief.sentence-key"),
        ("[[sentence]]\nrange = [1, 2, 3]", "brief.sentence-key"),
        ("[[sentence]]\nrests = [1]", "brief.sentence-key"),
        ('[[sentence]]\nrests = ["the incident"]', "act.unnamed"),
        ("x" * 200_001, "brief.file-large"),
        ("a = " + "[" * 20_000, "brief.file"),
    ],
)
def test_a_file_that_is_no_brief_is_told_with_the_place(played: Stage, tmp_path: Path, text: str, rule: str) -> None:
    (tmp_path / "bad.toml").write_text(text)
    result = played.run("advise", "draft", asked(played), "--file", str(tmp_path / "bad.toml"))
    assert result.exit_code == 1
    assert str(result.exception).startswith(rule)


def test_an_export_before_there_is_a_version_is_told(played: Stage, tmp_path: Path) -> None:
    result = played.run("advise", "export", asked(played), "--html", str(tmp_path / "x.html"))
    assert result.exit_code == 1
    assert "brief.no-version" in str(result.exception)


def test_markup_in_a_sentence_stays_text(played: Stage, tmp_path: Path) -> None:
    case, _ = drafted(played, tmp_path, fact(("<script>alert(1)</script> & <b>bold</b>", "<i>x</i>"), played.incident))
    html = exported(played, case, tmp_path)
    assert "<script" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &lt;b&gt;bold&lt;/b&gt;" in html


@pytest.mark.browser
@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_longest_brief_is_two_pages_accessible_and_asks_for_nothing(
    chromium: Chromium, played: Stage, tmp_path: Path, language: str
) -> None:
    facts = [
        fact((f"Copy {n} was found on one more day.", f"La copie {n} a été trouvée un jour de plus."), played.incident) for n in range(20)
    ]
    fixed = sum(len(f"Copy {n} was found on one more day.") for n in range(20)) + 250
    case, _ = drafted(played, tmp_path, *facts, padding=" about what was seen" * ((TWO_PAGES - fixed) // 20))
    played.told("advise", "clear", case, "--footnote", "We see the second option otherwise. " * 5, person="Ben")
    exported(played, case, tmp_path, "--language", language)
    page = chromium.new_context(viewport={"width": 900, "height": 1200}).new_page()
    asked_for: list[str] = []
    page.on("request", lambda request: asked_for.append(request.url))
    page.goto((tmp_path / "brief.html").as_uri())
    pdf = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 2
    assert asked_for == [(tmp_path / "brief.html").as_uri()]
    from web.browser import AXE

    page.evaluate(AXE.read_text("utf-8"))
    assert page.evaluate("async () => (await axe.run(document)).violations.map(v => v.id)") == []
    page.context.close()


@pytest.mark.parametrize("name", ["list", "ask", "draft", "clear", "deliver", "show", "export"])
def test_each_command_shows_an_example(played: Stage, name: str) -> None:
    told = played.run("advise", name, "--help")
    assert told.exit_code == 0
    assert f"charlevoix advise {name}" in " ".join(told.output.split())
