"""An audience: who is to get something. A peer, the public, or a role in our own house; groups expand to peers."""

from dataclasses import dataclass

from charlevoix.stix.identifier import Ref

STANDINGS = ("member", "observer", "partner", "organisation", "platform", "public", "role")
"""What an audience can be (C04); "role" is a role in our own house."""

PUBLIC = Ref("public")


@dataclass(frozen=True, slots=True)
class Audience:
    """Who is to get something: a peer, the public, or a role in our own house (groups expand to peers)."""

    name: Ref  # identity of the peer; "public"; "role--analyst"
    standing: str  # one of STANDINGS
    agreed: frozenset[str] = frozenset()  # purposes agreed with this audience
    suspended: bool = False
    house: Ref | None = None  # for a role: the organisation whose role it is; TLP:RED asks whether it is the author's
