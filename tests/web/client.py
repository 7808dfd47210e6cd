"""A browser without a face: what a person's browser sends and keeps, for tests that need no screen."""

import re
from typing import Generic, TypeVar

import httpx2

from web.server import Server

N = TypeVar("N")


class Client(Generic[N]):
    """Keeps cookies, reads the token out of the page it looks at, follows no redirect unless asked."""

    def __init__(self, server: Server[N]) -> None:
        self.server = server
        self.http = httpx2.Client(base_url=server.url, timeout=10)

    def sign_in(self, person: str) -> "Client[N]":
        link = self.server.link(person)
        assert self.post(link, token=self.token(link)).status_code == 303
        return self

    def get(self, path: str, **headers: str) -> httpx2.Response:
        return self.http.get(path, headers=headers)

    def token(self, path: str) -> str:
        """The form token of that page, for this session."""
        found = re.search(r'name="csrf" value="([0-9a-f]+)"', self.get(path).text)
        assert found, f"no form on {path}"
        return found[1]

    def post(self, path: str, token: str | None = None, headers: dict[str, str] | None = None, **fields: str) -> httpx2.Response:
        data = fields if token is None else {"csrf": token, **fields}
        return self.http.post(path, data=data, headers=headers)
