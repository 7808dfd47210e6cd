"""The programme of the demonstration: its steps in order."""

import time

from charlevoix.demo import sequel, story
from charlevoix.demo.stage import Stage
from charlevoix.demo.story import Step
from charlevoix.demo.telling import Scene

PROGRAMME: tuple[tuple[str, Step], ...] = (
    ("Three nodes", story.start),
    ("Import the facts of VIGINUM's report on RRN", story.import_bundle),
    ("Import VIGINUM's list of names", story.import_list),
    ("Import Portal Kombat", story.import_kombat),
    ("Techniques", story.techniques),
    ("An incident, and the review of its foreign nexus", story.open_incident),
    ("A second incident, that nobody called foreign", story.record_group),
    ("Share, and say why", story.share),
    ("Recall", story.recall),
    ("Attribution: hypotheses, positions, dissent", sequel.attribute),
    ("Response: reviews first", sequel.respond),
    ("Advice in two pages", sequel.advise),
    ("An account that anybody can check", sequel.account),
)


def perform(on: Stage, number: int) -> Scene:
    """One step, counted from 1, with its time."""
    title, step = PROGRAMME[number - 1]
    scene, start = Scene(number, title), time.monotonic()
    step(on, scene)
    scene.seconds = time.monotonic() - start
    return scene
