"""A STIX pattern, as far as it names domains (STIX 2.1 section 9)."""

import re
from collections.abc import Iterator

_STRING = r"'((?:[^'\\]|\\.)*+)'"
_DOMAIN = re.compile(rf"domain-name:value\s*==?\s*{_STRING}|{_STRING}|(')", re.ASCII | re.DOTALL)


def domains_in(pattern: str) -> Iterator[str]:
    """The values of `domain-name:value = '...'` comparisons, in order; negated ones (`NOT =`, `!=`) are not among them."""
    for found in _DOMAIN.finditer(pattern):  # other string literals are matched too, so that nothing inside one counts
        if found[3] is not None:
            return  # a literal without end: no pattern any more
        if found[1] is not None:
            yield re.sub(r"(?s)\\(.)", r"\1", found[1])
