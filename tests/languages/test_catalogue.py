"""Every sentence is there in English and in French, with the same values in it."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import charlevoix
from charlevoix.errors import Reason
from charlevoix.languages.catalogue import FOLDER, LANGUAGES, PLACEHOLDER, Language, catalogue, say, text

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


def test_a_list_of_words_is_said_word_by_word() -> None:
    reason = Reason("authority.role", ("read", "policy, reviewer-legal, king"))
    assert say(reason, "en") == '"reading" needs one of these roles: policy officer, legal reviewer, king.'
    assert say(reason, "fr").endswith("l’un de ces rôles : chargé de politique, réviseur juridique, king.")
