"""What a page of the account says, and what it must not."""

import pytest

from builders import A, digest
from charlevoix.account import saying
from charlevoix.account.press import StaticPress, rule_words, view
from charlevoix.account.publication import Publication, PublicationCase
from charlevoix.doors.publication import Account, Source, Tally, Told
from charlevoix.doors.release import hand_out
from charlevoix.errors import Answer, Reason
from charlevoix.languages.catalogue import catalogue
from charlevoix.ledger.entry import Door
from charlevoix.safeguards.decision import Decision
from charlevoix.stix.identifier import Ref
from rehearsal import Rehearsal, somebody

CASE = Ref("publication--00000000-0000-4000-8000-000000000001")
HOSTILE = "<script>alert(1)</script>"


def state() -> Publication:
    played = Rehearsal(PublicationCase())
    both = {"en": HOSTILE, "fr": "« Oui »"}
    form = saying.OpeningForm(both, (both,), both, frozenset({digest("x")}))
    played.does(somebody(A, "Anna", "policy"), saying.open_publication, form)
    for sort in ("legal", "rights", "gender"):
        reviewer = somebody(A, sort, f"reviewer-{sort}")
        played.does(reviewer, saying.review, saying.ReviewForm(sort, True, "Is it?", "It is."))
    played.does(somebody(A, "Ada", "policy"), saying.publish, "Due")
    return played.state


def account(counted: dict[tuple[Door, Answer, str], int] | None = None, *told: Told) -> Account:
    yes = Decision(Answer.YES, (Reason("marking.tlp-allows", ("clear", "public")),))
    counted = counted or {}
    return Account("Demo <A>", "charlevoix/demo", Tally(sum(counted.values()), counted), tuple(hand_out(t, yes) for t in told))


def pages(of: Account) -> dict[str, str]:
    files = StaticPress().draft(of, [], {}).files
    return {path: files[path].decode() for path in ("index.html", "fr/index.html")}


def test_words_of_a_publication_are_words_on_the_page_and_nothing_else() -> None:
    told = Told(CASE, state(), (), (Source(digest("x"), "incident.nexus-passed", Answer.NO, Reason("case.none")),))
    for page in pages(account(None, told)).values():
        assert "<script" not in page
        assert "Demo <A>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in pages(account(None, told))["index.html"]


def test_an_account_without_anything_says_so() -> None:
    page = pages(account())["index.html"]
    for words in (
        "Nothing was refused.",
        "Nothing was published beside the figures.",
        "Nothing was corrected or withdrawn.",
        "No request to a platform is on record.",
    ):
        assert words in page


def test_refusals_are_told_by_rule_in_words_the_most_frequent_first() -> None:
    counted = {(Door.REFUSE, Answer.NO, "marking.tlp"): 3, (Door.REFUSE, Answer.NO, "case.none"): 12}
    shown = view(account(counted), "en")
    assert [(r.rule, r.count) for r in shown.refusals] == [("case.none", 12), ("marking.tlp", 3)]
    assert "This is in no case, and material that is in no case leaves for nobody." in pages(account(counted))["index.html"]
    assert {h.key: h.count for h in shown.headlines}["statistics.refused"] == 15


def test_a_source_whose_rule_names_somebody_does_not_name_them() -> None:
    named = Source(digest("x"), "incident.nexus-passed", Answer.NO, Reason("protected.outside", ("Somebody",)))
    assert "Somebody" not in pages(account(None, Told(CASE, state(), (), (named,))))["index.html"]


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_words_of_a_rule_never_hold_a_place_for_a_value(language: str) -> None:
    assert language in ("en", "fr")
    for rule in catalogue("en"):
        words = rule_words(rule, "fr" if language == "fr" else "en")
        assert "{" not in words
        assert "?" not in words or "?" in catalogue("fr" if language == "fr" else "en").get(rule, "")


def test_a_rule_without_words_is_told_by_its_name() -> None:
    assert rule_words("no.such-rule", "en") == "no.such-rule"
