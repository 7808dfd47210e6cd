"""Every sentence is there in English and in French, with the same values in it."""

import ast
import re
import tomllib
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

import charlevoix
from charlevoix.errors import Reason
from charlevoix.languages.catalogue import COUNTED, FOLDER, LANGUAGES, PLACEHOLDER, Language, catalogue, figure, plural, say, text

SOURCE = Path(charlevoix.__path__[0])
FILES = sorted(FOLDER.glob("*.toml"))
TOPICS = sorted({path.name.removesuffix(".toml").rpartition(".")[0] for path in FILES})


def topic(name: str, language: str) -> dict[str, str]:
    path = FOLDER / f"{name}.{language}.toml"
    return tomllib.loads(path.read_text("utf-8")) if path.exists() else {}


@pytest.mark.mission("T3")
@pytest.mark.parametrize("name", TOPICS)
def test_a_topic_has_the_same_keys_in_both_languages(name: str) -> None:
    english, french = topic(name, "en"), topic(name, "fr")
    assert sorted(english.keys() - french.keys()) == [], f"missing in {name}.fr.toml"
    assert sorted(french.keys() - english.keys()) == [], f"missing in {name}.en.toml"


@pytest.mark.parametrize("name", TOPICS)
def test_a_sentence_says_the_same_values_in_both_languages(name: str) -> None:
    english, french = topic(name, "en"), topic(name, "fr")
    differ = {k for k in english.keys() & french.keys() if values_in(english[k]) != values_in(french[k])}
    assert differ == set()


def values_in(sentence: str) -> set[tuple[str, str]]:
    return set(PLACEHOLDER.findall(sentence))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_sentence_is_flat_text_without_a_stray_brace(path: Path) -> None:
    for key, sentence in tomllib.loads(path.read_text("utf-8")).items():
        assert isinstance(sentence, str), key
        assert sentence.strip() == sentence != "", key
        assert not re.search(r"[{}]", PLACEHOLDER.sub("", sentence)), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_catalogue_is_what_a_toml_parser_reads(language: Language) -> None:
    assert catalogue(language) == {key: said for name in TOPICS for key, said in topic(name, language).items()}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_topics_hold_the_same_key(language: str) -> None:
    held: dict[str, list[str]] = {}
    for name in TOPICS:
        for key in topic(name, language):
            held.setdefault(key, []).append(name)
    assert {key: names for key, names in held.items() if len(names) > 1} == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_counted_has_a_form_for_one_and_a_form_for_others_and_is_used(language: Language) -> None:
    used = {words for said in catalogue(language).values() for _, words in values_in(said) if words.startswith(COUNTED)}
    assert {key for key in catalogue(language) if key.startswith(COUNTED)} == {
        f"{words}.{form}" for words in used for form in ("one", "other")
    }


DETECTION = ("coordination", "copies", "detect", "lookalikes", "relation")
LIMITS = {"copies.too-many", "coordination.crowded", "lookalikes.more", "lookalikes.list-too-long", "lookalikes.queued-names"}
"""Sentences of what is too many."""


@pytest.mark.parametrize("language", LANGUAGES)
def test_one_is_no_plural_in_what_detection_says(language: Language) -> None:
    counted = [re.match(r"\{0\} (\w+)", said) for key, said in catalogue(language).items() if re.fullmatch(r"n-.*\.other", key)]
    plurals = {found[1] for found in counted if found and found[1].endswith("s")} - {"fois"}
    assert {"accounts", "groups", "seconds"} <= plurals or {"comptes", "groupes", "secondes"} <= plurals
    said = {key: text(key, language, *"111111111") for name in DETECTION for key in topic(name, language).keys() - LIMITS}
    assert {key: one for key, one in said.items() if re.search(rf"\b1 ({'|'.join(plurals)})\b", one)} == {}


def test_every_rule_and_every_advice_in_the_source_has_a_sentence() -> None:
    said = {key: where for where, key in keys_in_source()}
    missing = {key: where for key, where in said.items() if key not in catalogue("en")}
    if missing:  # named by place, so that each builder sees what is hers
        pytest.fail(
            "no sentence for:\n" + "\n".join(sorted(f'{where}: "{key}"' for key, where in missing.items())),
            pytrace=False,
        )
    assert len(said) > 50  # the scan finds something


RAISED = ("Malformed", "Forged", "Unknown", "Misconfigured", "Unreachable", "CharlevoixError")
KEYS = {"Reason": (0, 2), "Due": (1,), "text": (0,), "unless": (1,), **dict.fromkeys(RAISED, (0,))}
"""What is called with a key, and at which places among its arguments."""


def keys_in_source() -> Iterator[tuple[str, str]]:
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and called(node) in KEYS:
                named = [k.value for k in node.keywords if k.arg in ("rule", "advice", "what", "key")]
                for part in (*(node.args[n] for n in KEYS[called(node)] if n < len(node.args)), *named):
                    for key in literals(part):
                        yield f"{path.relative_to(SOURCE)}:{node.lineno}", key


KEY = re.compile(r"[a-z][a-z0-9-]*(\.[a-z0-9-]+)+")


def called(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else node.func.attr if isinstance(node.func, ast.Attribute) else ""


def literals(part: ast.expr | None) -> Iterator[str]:
    """The texts that an argument can be: a literal, or either side of a conditional."""
    if isinstance(part, ast.Constant) and isinstance(part.value, str) and KEY.fullmatch(part.value):
        yield part.value
    elif isinstance(part, ast.IfExp):
        yield from literals(part.body)
        yield from literals(part.orelse)


# --- saying ------------------------------------------------------------------------------------------------------------


def test_a_reason_is_a_sentence_and_what_to_do() -> None:
    reason = Reason("marking.tlp", ("amber+strict", "platform"), "marking.ask-author")
    assert say(reason, "en") == "TLP:AMBER+STRICT does not reach this audience (platform). Ask the author for a wider marking."
    assert say(reason, "fr") == (
        "TLP:AMBER+STRICT ne s’étend pas à ce destinataire (plateforme). Demandez à l’auteur un marquage plus large."
    )


def test_a_key_without_a_sentence_is_said_as_itself_with_its_values() -> None:
    assert text("no.such-key", "fr") == "no.such-key"
    assert text("no.such-key", "en", 1, "b") == "no.such-key (1, b)"


def test_a_value_is_never_read_as_a_sentence() -> None:
    assert text("marking.releasable", "en", "{0} {1:standing}") == (
        "{0} {1:standing} is not on the list of those to whom this may be released."
    )


def test_a_missing_value_shows_as_a_question_mark_and_an_unknown_word_as_itself() -> None:
    assert text("marking.releasable", "en").startswith("? is not")
    assert text("role.content", "fr", "king") == "Le rôle « king » voit les résultats, jamais le contenu."


def test_a_number_takes_the_form_of_its_language() -> None:
    found = Reason("coordination.exact.because", ("1", "3", "7", "2"))
    assert say(found, "en") == "1 pair; the strongest, account 3 and account 7, weighs 2."
    assert say(found, "fr") == "1 paire ; la plus forte, le compte 3 et le compte 7, pèse 2."
    within = [text("coordination.exact.nothing", language, n) for language in LANGUAGES for n in ("0", "1", "1.5", "60")]
    assert [re.findall(r"[\d.,]+ second\w*", one)[0] for one in within] == [
        "0 seconds", "1 second", "1.5 seconds", "60 seconds", "0 seconde", "1 seconde", "1,5 seconde", "60 secondes",
    ]  # fmt: skip
    assert text("detect.more", "en", "many") == "And many more, which are not shown here."


def test_what_is_counted_is_written_as_people_write_numbers() -> None:
    numbers = ["0", "999", "1000", "849556", "1234567.25", "-1000", "0.5", "many", "1,5"]
    assert [figure(n, "en") for n in numbers] == ["0", "999", "1,000", "849,556", "1,234,567.25", "-1,000", "0.5", "many", "1,5"]
    assert [figure(n, "fr") for n in numbers[3:7]] == ["849\u202f556", "1\u202f234\u202f567,25", "-1\u202f000", "0,5"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_numbers_have_the_categories_of_unicode(language: Language) -> None:
    rule = pytest.importorskip("babel").Locale(language).plural_form
    numbers = ["0", "1", "2", "10", "11", "21", "100", "101", "1001", "0.0", "0.5", "1.0", "1.5", "1.99", "2.0", "10.1", "-1", "-3"]
    assert [plural(n, language) for n in numbers] == [rule(Decimal(n)) for n in numbers]
    assert [plural(n, language) for n in ("", "…", "a", "1 a", "2026-01-01")] == ["other"] * 5


def test_a_list_of_words_is_said_word_by_word() -> None:
    reason = Reason("authority.role", ("read", "policy, reviewer-legal, king"))
    assert say(reason, "en") == '"reading" needs one of these roles: policy officer, legal reviewer, king.'
    assert say(reason, "fr").endswith("l’un de ces rôles : chargé de politique, réviseur juridique, king.")
