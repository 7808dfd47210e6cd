"""Coordination: accounts that share the same things at the same moments, judged against their own habits, or as other programs count them."""

from collections.abc import Mapping

from charlevoix.assess.detectors.coordination.shares import intern
from charlevoix.assess.detectors.coordination.telling import VERSION
from charlevoix.assess.detectors.coordination.toolkit import NETWORKS
from charlevoix.assess.detectors.detector import Bench, Listing, Need, Result, Setting
from charlevoix.assess.detectors.relation import Relation

MODES = ("significance", "coortweet", "toolkit")


class Coordination:
    """The detector `coordination` (`docs/detectors.md`)."""

    name = "coordination"
    version = VERSION
    about = "coordination.about"
    needs = (
        Need("account", "text", "coordination.need.account"),
        Need("object", "text", "coordination.need.object", several=True),
        Need("content", "text", "coordination.need.content", required=False),
        Need("time", "time", "coordination.need.time"),
    )
    settings = (
        Setting("window", "60", "coordination.set.window"),
        Setting("mode", "significance", "coordination.set.mode", MODES),
        Setting("q", "0.05", "coordination.set.q", when=("mode", "significance")),
        Setting("all_pairs", "no", "coordination.set.all-pairs", ("no", "yes"), when=("mode", "significance")),
        Setting("participation", "2", "coordination.set.participation", when=("mode", "coortweet")),
        Setting("percentile", "0.5", "coordination.set.percentile", when=("mode", "coortweet")),
        Setting("weight", "1", "coordination.set.weight", when=("mode", "toolkit")),
        Setting("network", NETWORKS[0], "coordination.set.network", NETWORKS, when=("mode", "toolkit")),
        Setting("similarity", "0.8", "coordination.set.similarity", when=("network", "co_similar_tweet")),
        Setting("words", "1", "coordination.set.words", when=("network", "co_similar_tweet")),
    )

    def run(self, relation: Relation, parameters: Mapping[str, str], seed: int, bench: Bench, /) -> Result:
        """See `significance.run` and `exact.run`."""
        # each brings what only it needs
        if parameters["mode"] == "significance":
            from charlevoix.assess.detectors.coordination import significance

            return significance.run(intern(relation), relation, parameters, seed, bench)
        from charlevoix.assess.detectors.coordination import exact

        return exact.run(relation, parameters, bench)

    def listed(self, result: Result, relation: Relation, /) -> Listing:
        """Each group with the accounts that are in it, strongest first."""
        groups = [
            {
                "group": number,
                "accounts": [result.accounts[name] for name in hit.members],
                "score": hit.score,
                **{key: value for key, value in hit.facts.items() if key != "accounts"},
                "rows": [row + 1 for row in hit.rows],
            }
            for number, hit in enumerate(result.hits, 1)
        ]
        return Listing("groups", "accounts", groups)
