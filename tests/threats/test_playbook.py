"""First steps for each threat."""

import pytest

from charlevoix.errors import Unknown
from charlevoix.threats.playbook import Kind, playbook
from charlevoix.threats.taxonomy import taxonomy


def test_every_threat_has_something_to_check_and_somebody_to_ask() -> None:
    for threat in taxonomy():
        kinds = {step.kind for step in playbook(threat.id)}
        assert kinds == {Kind.CHECK, Kind.ASK}, threat.id
        assert len(playbook(threat.id)) <= 8


def test_every_step_is_said_in_both_languages() -> None:
    for threat in taxonomy():
        for step in playbook(threat.id):
            assert step.say["en"] != step.say["fr"]


@pytest.mark.mission("D3")
@pytest.mark.parametrize("id_", ["D1.5", "D2.4", "D3"])
def test_where_a_person_is_threatened_her_safety_comes_first_and_support_before_police(id_: str) -> None:
    keys = [step.key for step in playbook(id_)]
    assert keys[0] == "person-safe"
    assert keys.index("ask-support") < keys.index("ask-police")


@pytest.mark.mission("C02")
@pytest.mark.parametrize("id_", ["D1", "D2", "D2.1", "D2.2"])
def test_where_speech_is_concerned_the_first_steps_ask_whether_it_is_domestic(id_: str) -> None:
    assert "domestic-speech" in [step.key for step in playbook(id_)]


def test_a_local_threat_has_the_steps_of_what_it_hangs_under() -> None:
    assert playbook("D2.3.x-parked-domains") == playbook("D2.3")
    with pytest.raises(Unknown):
        playbook("D7")
