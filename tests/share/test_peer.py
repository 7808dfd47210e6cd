"""The roster of a node, played through."""

import base64
from dataclasses import replace

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from builders import A, B
from charlevoix.acts.key import KeyCard, PublicKey, Purpose, sign_card
from charlevoix.cases.case import Proposal
from charlevoix.share import peer
from charlevoix.share.peer import Introduction, RosterCase
from charlevoix.stix.identifier import Ref
from rehearsal import Rehearsal, somebody

ADMINISTRATOR = somebody(A, "ada", "administrator")


def private(number: int) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)


ROOTS = {A: private(1), B: private(2)}


def card_of(ref: Ref, name: str, number: int = 10) -> KeyCard:
    keys = tuple(PublicKey(use, private(number + i).public_key().public_bytes_raw()) for i, use in enumerate((Purpose.ACTS, Purpose.HTTP)))
    return KeyCard(ref, name, 1, keys)


def introduced(card: KeyCard, standing: str = "member") -> Introduction:
    root = ROOTS[card.issuer]
    text = base64.urlsafe_b64encode(root.public_key().public_bytes_raw()).decode().rstrip("=")
    return Introduction(sign_card(card, root).decode(), text, standing)


def opened() -> Rehearsal[peer.Peers]:
    case = Rehearsal(RosterCase())
    case.does(ADMINISTRATOR, peer.add, introduced(card_of(A, "Demo A")))
    case.does(ADMINISTRATOR, peer.add, introduced(card_of(B, "Demo B", 20), "observer"))
    return case


def test_a_partner_has_the_standing_it_was_given() -> None:
    roster = opened().state.roster
    assert [(o.name, o.standing) for o in roster] == [("Demo A", "member"), ("Demo B", "observer")]


def test_a_partner_is_added_once_and_with_a_standing_that_exists() -> None:
    case = opened()
    assert case.cannot(ADMINISTRATOR, peer.add, introduced(card_of(B, "Demo B", 20))) == ["roster.twice"]
    assert case.cannot(ADMINISTRATOR, peer.add, introduced(card_of(B, "Demo B", 20), "emperor")) == ["roster.standing"]


def test_a_card_that_its_root_did_not_sign_is_refused() -> None:
    wrong = replace(introduced(card_of(B, "Demo B", 20)), root=introduced(card_of(A, "Demo A")).root)
    assert opened().cannot(ADMINISTRATOR, peer.add, wrong) == ["card.signature"]


def test_suspension_ends_when_it_is_taken_back() -> None:
    case = opened()
    case.does(ADMINISTRATOR, peer.suspend, B)
    assert case.state.roster[B].suspended
    case.does(ADMINISTRATOR, peer.restore, B)
    assert not case.state.roster[B].suspended


def test_a_node_does_not_suspend_itself_nor_whom_it_does_not_know() -> None:
    case = opened()
    assert case.cannot(ADMINISTRATOR, peer.suspend, A) == ["roster.ourselves"]
    assert case.cannot(ADMINISTRATOR, peer.suspend, Ref("identity--00000000-0000-4000-8000-00000000000e")) == ["roster.organisation"]


def test_a_newer_card_is_taken_and_an_older_one_says_why_not() -> None:
    case, card = opened(), card_of(B, "Demo B", 20)
    newer = replace(card, sequence=3, url="https://b.example")
    case.does(ADMINISTRATOR, peer.renew, introduced(newer).card)
    assert case.state.roster[B].url == "https://b.example"
    assert case.cannot(ADMINISTRATOR, peer.renew, introduced(replace(newer, sequence=2)).card) == ["card.sequence"]


def test_a_card_of_nobody_we_know_is_refused_once() -> None:
    stranger = sign_card(card_of(B, "Demo B", 20), private(9)).decode()
    assert opened().cannot(ADMINISTRATOR, peer.renew, stranger) == ["card.signature"]


def test_an_act_that_cannot_be_followed_is_shown_and_changes_nothing() -> None:
    case = opened()
    bad = Proposal("roster.renew", {"identity": peer._identity(B, "Demo B", case.now, {peer.CARD: "no card"})})
    case.does(ADMINISTRATOR, lambda state, actor, now, form: bad, None)
    ((_, reason),) = case.state.odd
    assert reason.rule == "card.parts"
    assert case.state.roster[B].card == card_of(B, "Demo B", 20)
