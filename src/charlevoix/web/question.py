"""What a browser sent, read within limits, as a page's question needs it."""

from collections.abc import Mapping
from typing import Final

from starlette.datastructures import FormData, ImmutableMultiDict, UploadFile
from starlette.requests import Request

from charlevoix.languages.catalogue import LANGUAGES, Language
from charlevoix.page import Fields, Upload
from charlevoix.web.gate import TooLarge, bounded

FIELDS, FILES = 1000, 20
"""At most so many fields and files in one form."""

LANGUAGE_COOKIE: Final = "charlevoix-language"


def language_of(request: Request) -> Language:
    """`?lang=`, else the cookie, else the first of the browser's languages that we speak, else English."""
    wishes = request.headers.get("accept-language", "").split(",")[:20]
    accepted = [wish.partition(";")[0].strip()[:2].lower() for wish in wishes]
    for asked in (request.query_params.get("lang"), request.cookies.get(LANGUAGE_COOKIE), *accepted):
        for language in LANGUAGES:
            if asked == language:
                return language
    return "en"


def query_of(request: Request) -> Fields:
    """The query without `lang`, which is no business of a page."""
    return _fields(request.query_params, leave="lang")


async def form_of(request: Request, limit: int) -> tuple[Fields, Mapping[str, Upload]]:
    """The form and its files. Raises TooLarge beyond `limit` bytes, starlette's HTTPException for what is no form."""
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length) > limit:
        raise TooLarge(limit)
    bound = Request(request.scope, bounded(request.receive, limit))
    async with bound.form(max_files=FILES, max_fields=FIELDS, max_part_size=limit) as form:
        return _fields(form), await _uploads(form)


async def _uploads(form: FormData) -> Mapping[str, Upload]:
    files = [(name, value) for name, value in form.multi_items() if isinstance(value, UploadFile)]
    return {name: Upload(file.filename or "", await file.read()) for name, file in files if file.filename}


def _fields(given: ImmutableMultiDict[str, str] | FormData, leave: str = "") -> Fields:
    found: dict[str, list[str]] = {}
    for name, value in given.multi_items():
        if isinstance(value, str) and name != leave:
            found.setdefault(name, []).append(value)
    return Fields({name: tuple(values) for name, values in found.items()})
