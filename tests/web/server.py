"""A house's web application behind real uvicorn on a port of loopback, for as long as a test needs it."""

import threading
import time
from types import TracebackType
from typing import Generic, Self, TypeVar

from charlevoix.web.app import House, create_app
from charlevoix.web.listening import listener
from charlevoix.web.sign_in import offer

N = TypeVar("N")


class Server(Generic[N]):
    """`with Server(house) as server:` serves it at `server.url`."""

    def __init__(self, house: House[N]) -> None:
        self.house = house
        self._server = listener(create_app(house), "127.0.0.1", 0)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self.url = ""

    def link(self, person: str) -> str:
        """A sign-in link, as the command line prints it."""
        return f"{self.url}/sign-in/{offer(self.house.sessions, person, self.house.now())}"

    def __enter__(self) -> Self:
        self._thread.start()
        deadline = time.monotonic() + 10
        while not self._server.started:
            assert time.monotonic() < deadline, "uvicorn did not start within 10 s"
            time.sleep(0.01)
        self.url = f"http://127.0.0.1:{self._server.servers[0].sockets[0].getsockname()[1]}"
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.should_exit = True
        self._thread.join(10)
