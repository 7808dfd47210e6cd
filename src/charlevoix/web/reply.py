"""What goes back to a browser that is no page of a room: downloads, ways elsewhere in the house, and a no in plain language."""

import re
from typing import Final
from urllib.parse import quote

from starlette.responses import RedirectResponse, Response, StreamingResponse

from charlevoix.errors import CharlevoixError, Malformed, Reason, Unknown, Unreachable
from charlevoix.page import UNMARKED, Download, Fields, Page
from charlevoix.web.gate import SANDBOX

SECRET: Final = re.compile("csrf|token|password|passphrase|secret", re.IGNORECASE)
"""Names of fields whose values are not shown again."""


class Stop(Exception):
    """An answer other than the page that was asked for: HTTP status, message key (its advice is `key-advice`), reasons."""

    def __init__(self, status: int, key: str, *reasons: Reason) -> None:
        super().__init__(status, key)
        self.status, self.key, self.reasons = status, key, reasons


def stop_for(error: CharlevoixError) -> Stop:
    """The HTTP status that says most nearly what our error says."""
    kinds = ((Unknown, 404), (Malformed, 422), (Unreachable, 502))
    return Stop(next((status for kind, status in kinds if isinstance(error, kind)), 409), "web.refused", error.reason)


def error_page(stop: Stop, typed: Fields) -> Page:
    """The no in words. What was typed comes back, so that nobody writes it twice; secrets do not."""
    kept = {name: values for name, values in typed.values.items() if not SECRET.search(name) and any(values)}
    return Page("face/error.html", {"key": stop.key, "reasons": stop.reasons, "typed": kept}, UNMARKED, status=stop.status)


def go(path: str) -> Response:
    """On to a path of this house (303). Raises ValueError for any other address: browsers read `//host` and `\\host` as one."""
    if not path.startswith("/") or path.startswith("//") or "\\" in path or not path.isprintable():
        raise ValueError(f"a redirect leads to a path of this house, not {path!r}")
    return RedirectResponse(path, status_code=303)


def download(found: Download) -> Response:
    """Always saved, never shown (RFC 6266; RFC 8187 for the name)."""
    headers = {
        "content-disposition": f"attachment; filename*=UTF-8''{quote(found.name, safe='')}",
        "content-security-policy": SANDBOX,
    }
    if isinstance(found.body, bytes):
        return Response(found.body, media_type=found.media_type, headers=headers)
    return StreamingResponse(found.body, media_type=found.media_type, headers=headers)
