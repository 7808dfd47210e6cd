"""A public suffix: the end of a host name under which anybody may register, and the label that was registered there."""

from functools import cache
from typing import Final, NamedTuple

SOLD_WORLDWIDE: Final = frozenset(
    [
        "ac",
        "ai",
        "bz",
        "cc",
        "cd",
        "cf",
        "co",
        "cx",
        "fm",
        "fo",
        "ga",
        "gd",
        "gg",
        "gl",
        "gq",
        "gs",
        "hn",
        "im",
        "in",
        "io",
        "is",
        "la",
        "lc",
        "li",
        "me",
        "ml",
        "mn",
        "ms",
        "mu",
        "nu",
        "pe",
        "pm",
        "pw",
        "re",
        "sc",
        "sh",
        "so",
        "st",
        "su",
        "tf",
        "tk",
        "tl",
        "to",
        "tv",
        "vc",
        "vg",
        "wf",
        "ws",
        "yt",
    ]
)
"""Country suffixes that registries sell to anybody as if they were generic."""

LEGACY: Final = frozenset(("com", "net", "org", "info", "biz", "edu", "gov", "mil", "int"))

RESTRICTED: Final = frozenset(("gov", "gob", "gouv", "govt", "gub", "gv", "mil", "edu", "ac"))
_GO: Final = frozenset(("jp", "kr", "th", "id", "ke", "tz", "ug", "cr", "ci"))


def is_restricted(suffix: str) -> bool:
    """Does a registry ask who somebody is before a name is given under this suffix: those of governments, armed forces and universities?"""
    first, dot, last = suffix.partition(".")
    return (first in RESTRICTED and first != "ac" if not dot else first in RESTRICTED or (first == "go" and last in _GO)) or suffix == "int"


class Split(NamedTuple):
    """A host name in three parts: what is before the registered label, that label, the public suffix. `label` is empty for a bare suffix."""

    below: str
    label: str
    suffix: str


class Suffixes:
    """The rules of the public suffix list (https://publicsuffix.org/list/), private section included: `eu.com`, `github.io`.

    `rules` are lines of that list; lines of comment may be among them. Matching follows https://github.com/publicsuffix/list/wiki/Format.
    """

    def __init__(self, rules: list[str]) -> None:
        self._plain: set[str] = set()
        self._wild: set[str] = set()
        self._except: set[str] = set()
        for line in rules:
            rule = line.strip().lower()
            if not rule or rule.startswith("//"):
                continue
            kind = self._except if rule[0] == "!" else self._wild if rule.startswith("*.") else self._plain
            kind.update(_both_forms(rule.removeprefix("!").removeprefix("*.")))
        many = {rule for rule in self._plain if "." in rule} | {"x." + rule for rule in self._wild} | self._except
        self._deep = {rule.rpartition(".")[2] for rule in many}
        self._two = {".".join(rule.rsplit(".", 2)[-2:]) for rule in many} | {
            ".".join(("x." + rule).rsplit(".", 2)[-2:]) for rule in self._wild
        }
        self._one_wild = {rule for rule in self._wild if "." not in rule}

    def split(self, host: str) -> Split:
        """A host name in lower case, without a dot at its end, in its three parts; an unknown last label is a suffix too."""
        return Split(*self.cut(host))

    def cut(self, host: str) -> tuple[str, str, str]:
        """`split` without names for the parts, since it is asked of every host."""
        head, _, last = host.rpartition(".")
        below, _, label = head.rpartition(".")
        if last not in self._deep or (f"{label}.{last}" not in self._two and last not in self._one_wild):
            return below, label, last  # most: a suffix of one label with no rule further down here
        return self._deeply(host.split("."))

    def _deeply(self, parts: list[str]) -> tuple[str, str, str]:
        size = 1
        for n in range(2, len(parts) + 1):
            tail = ".".join(parts[-n:])
            if tail in self._except:
                size = n - 1
                break
            if tail in self._plain or ".".join(parts[-n + 1 :]) in self._wild:
                size = n
        rest = parts[:-size]
        return ".".join(rest[:-1]), rest[-1] if rest else "", ".".join(parts[-size:])

    def is_private(self, suffix: str) -> bool:
        """Is it a name of two labels or more that stands over registrations of others?"""
        return "." in suffix and suffix in self._plain


def _both_forms(rule: str) -> tuple[str, ...]:
    if rule.isascii():
        return (rule,)
    try:
        return (rule, rule.encode("idna").decode())
    except UnicodeError:
        return (rule,)


@cache
def suffixes() -> Suffixes:
    """The list that the package `publicsuffixlist` brings."""
    import publicsuffixlist

    with open(publicsuffixlist.PSLFILE, encoding="utf-8") as lines:
        return Suffixes(lines.readlines())
