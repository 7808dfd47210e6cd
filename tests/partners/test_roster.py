"""Who takes part, with which keys: a key id is a hint, and only the root key says which keys speak."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from builders import A, B, C, digest
from charlevoix.acts.key import KeyCard, PublicKey, Purpose, Revocation, sign_card
from charlevoix.errors import Forged, Malformed, Unknown
from charlevoix.partners.audience import PUBLIC, Audience
from charlevoix.partners.roster import Organisation, Roster, from_card
from charlevoix.stix.identifier import Ref

ROOT, OTHER = (Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32) for n in (1, 2))
ROOT_KEY = ROOT.public_key().public_bytes_raw()


def a_key(number: int, use: Purpose = Purpose.ACTS) -> PublicKey:
    return PublicKey(use, Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32).public_key().public_bytes_raw())


ACTS, HTTP = a_key(3), a_key(4, Purpose.HTTP)


def a_card(sequence: int = 1, *revoked: Revocation, keys: tuple[PublicKey, ...] = (ACTS, HTTP), issuer: Ref = B) -> KeyCard:
    return KeyCard(issuer, "Demo B", sequence, keys, revoked, "https://b.example/")


def signed(card: KeyCard, root: Ed25519PrivateKey = ROOT) -> bytes:
    return sign_card(card, root)


def a_partner(ref: Ref = B, standing: str = "partner", *groups: Ref) -> Organisation:
    return Organisation(ref, "Demo", standing, ROOT_KEY, groups=frozenset(groups))


def rule(error: pytest.ExceptionInfo[Malformed] | pytest.ExceptionInfo[Unknown] | pytest.ExceptionInfo[Forged]) -> str:
    return error.value.reason.rule


def test_an_organisation_comes_from_its_card_and_the_root_key_that_came_out_of_band() -> None:
    found = from_card(signed(a_card()), ROOT_KEY, "partner")
    assert (found.ref, found.name, found.standing, found.url) == (B, "Demo B", "partner", "https://b.example/")
    with pytest.raises(Forged):
        from_card(signed(a_card(), OTHER), ROOT_KEY, "partner")


def test_a_newer_card_renews_the_keys_and_an_older_or_a_forged_one_does_not() -> None:
    one = from_card(signed(a_card()), ROOT_KEY, "partner")
    two = one.renew(signed(a_card(2, keys=(a_key(5), ACTS, HTTP))))
    assert Roster.of(A, [two]).current(B, Purpose.ACTS) == a_key(5).raw
    for bad in (signed(a_card(1, keys=(a_key(5),))), signed(a_card(3), OTHER), signed(a_card(3, keys=(a_key(5),)))):
        with pytest.raises(Forged):
            two.renew(bad)


def test_an_organisation_known_by_name_gets_its_first_card() -> None:
    with_keys = a_partner().renew(signed(a_card()))
    assert (with_keys.name, with_keys.card) == ("Demo B", a_card())


def test_a_card_of_another_organisation_is_refused() -> None:
    with pytest.raises(Malformed) as refused:
        a_partner().renew(signed(a_card(issuer=C)))
    assert rule(refused) == "roster.card"
    with pytest.raises(Malformed):
        Organisation(B, "Demo B", "partner", ROOT_KEY, a_card(issuer=C))


def test_a_key_is_found_by_author_id_and_use_together() -> None:
    roster = Roster.of(A, [from_card(signed(a_card()), ROOT_KEY, "partner"), a_partner(C)])
    assert roster.key(B, ACTS.kid, Purpose.ACTS) == ACTS.raw
    for author, kid, use in ((B, ACTS.kid, Purpose.HTTP), (C, ACTS.kid, Purpose.ACTS), (B, "k", Purpose.ACTS)):
        with pytest.raises(Unknown) as refused:
            roster.key(author, kid, use)
        assert rule(refused) == "roster.key"
    with pytest.raises(Unknown) as refused:
        roster.key(Ref("identity--nobody"), ACTS.kid, Purpose.ACTS)
    assert rule(refused) == "roster.organisation"


def test_a_stolen_key_still_verifies_its_old_acts_and_opens_no_connection() -> None:
    stolen = Revocation(ACTS.kid, digest("last good")), Revocation(HTTP.kid, None)
    roster = Roster.of(A, [from_card(signed(a_card(1, *stolen)), ROOT_KEY, "partner")])
    assert roster.key(B, ACTS.kid, Purpose.ACTS) == ACTS.raw
    assert (roster.revoked(B, ACTS.kid), roster.last_good(B, ACTS.kid)) == (True, digest("last good"))
    assert (roster.revoked(B, HTTP.kid), roster.last_good(B, HTTP.kid)) == (True, None)
    with pytest.raises(Unknown):
        roster.key(B, HTTP.kid, Purpose.HTTP)
    with pytest.raises(Unknown):
        roster.current(B, Purpose.ACTS)


def test_a_key_in_use_and_an_organisation_without_keys_are_not_revoked() -> None:
    roster = Roster.of(A, [from_card(signed(a_card()), ROOT_KEY, "partner"), a_partner(C)])
    assert [roster.revoked(B, ACTS.kid), roster.revoked(C, ACTS.kid)] == [False, False]
    assert [roster.last_good(B, ACTS.kid), roster.last_good(C, ACTS.kid)] == [None, None]


def test_audiences_are_peers_the_public_and_our_own_roles() -> None:
    roster = Roster.of(A, [a_partner(), a_partner(A, "member")])
    assert roster.audience(B) == Audience(B, "partner")
    assert roster.audience(PUBLIC) == Audience(PUBLIC, "public")
    assert roster.audience(Ref("role--duty")) == Audience(Ref("role--duty"), "role", house=A)
    for unknown in ("role--president", "identity--nobody"):
        with pytest.raises(Unknown):
            roster.audience(Ref(unknown))


def test_a_group_expands_to_its_organisations_without_ourselves() -> None:
    group = Ref("grouping--00000000-0000-4000-8000-0000000000ff")
    roster = Roster.of(A, [a_partner(C, "member", group), a_partner(B, "observer", group), a_partner(A, "member", group)])
    assert [a.name for a in roster.expand(group)] == [B, C]
    assert roster.expand(B) == (Audience(B, "observer"),)
    assert [a.name for a in roster.peers()] == [B, C]
    with pytest.raises(Unknown):
        roster.expand(Ref("grouping--00000000-0000-4000-8000-0000000000fe"))


def test_a_suspended_organisation_is_a_suspended_audience() -> None:
    assert Organisation(B, "Demo B", "partner", ROOT_KEY, suspended=True, agreed=frozenset({"x"})).audience == Audience(
        B, "partner", frozenset({"x"}), suspended=True
    )


def test_what_an_organisation_can_not_be_is_refused() -> None:
    for standing in ("public", "role", "friend"):
        with pytest.raises(Malformed):
            a_partner(B, standing)
    with pytest.raises(Malformed):
        Organisation(B, "Demo B", "partner", ROOT_KEY[:-1])
    with pytest.raises(Malformed):
        Roster.of(A, [a_partner(), a_partner()])


def test_a_roster_grows_without_changing() -> None:
    empty = Roster(A)
    grown = empty.with_(a_partner()).with_(a_partner(B, "member"))
    assert (B in empty, B in grown, grown[B].standing, len(list(grown))) == (False, True, "member", 1)
