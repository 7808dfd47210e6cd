"""The web application: the rooms' pages behind one gate, each route with the act that `may` is asked about."""

import asyncio
import inspect
import logging
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module
from typing import Any, Final, Generic, Protocol, TypeVar, cast

import anyio
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response as HttpResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from charlevoix.errors import Answer, CharlevoixError
from charlevoix.languages.catalogue import Language, text
from charlevoix.page import (
    UNMARKED,
    Download,
    Fields,
    Handler,
    Link,
    Page,
    PageRequest,
    Redirect,
    Response,
    Upload,
)
from charlevoix.safeguards.decision import Decision
from charlevoix.safeguards.grounds import Actor
from charlevoix.web import sign_in
from charlevoix.web.appearance import ASSETS, Appearance, FormToken, Here, asset_version, folders
from charlevoix.web.gate import Budget, Gate, Guard, TooLarge, form_token, is_ours
from charlevoix.web.question import LANGUAGE_COOKIE, form_of, language_of, query_of
from charlevoix.web.reply import Stop, download, error_page, go, stop_for

log = logging.getLogger("charlevoix.web")

N = TypeVar("N")

OPEN: Final = "web.open"
"""The act of pages that anybody may see because they are how one comes in: sign-in, sign-out. No room's door may name it."""

VISIT_COOKIE, SESSION_COOKIE = "charlevoix-visit", "charlevoix-session"


class Door(Protocol):
    """A page as its room announces it. `path`: "/incidents/{ref}" is a GET, "POST /incidents/{ref}/open" a POST."""

    @property
    def path(self) -> str: ...
    @property
    def act(self) -> str: ...  # what `may` is asked
    @property
    def load(self) -> str: ...  # "package.module:function", imported on use


class Room(Protocol):
    """A room as far as its pages go."""

    @property
    def name(self) -> str: ...
    @property
    def pages(self) -> Sequence[Door]: ...


@dataclass(frozen=True, slots=True)
class House(Generic[N]):
    """What the web needs of the house: its node, its rooms, who may do what, and how the gate stands."""

    name: str  # of the node, as its reader knows it
    node: N
    rooms: Sequence[Room]
    sessions: sign_in.Sessions
    gate: Gate
    now: Callable[[], datetime]
    actor: Callable[[str], Actor | None]  # a person's account id -> who they are here; None: the account is gone
    may: Callable[[Actor | None, str], Decision]  # anything but YES keeps the page shut; None is the public
    navigation: Sequence[tuple[str, str]] = ()  # message key and path; shown to those whom the page would let in
    machines: Mapping[str, ASGIApp] = field(default_factory=dict)  # path -> an interface for programs, with its own authentication
    clock: Callable[[], float] = time.monotonic


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who stands at the gate, as far as the cookies tell."""

    who: Actor | None
    binding: str  # session's selector, or the visit's random name; what a form's token is bound to; empty: none yet
    signed_in: bool
    address: str


Answered = Response | HttpResponse


def create_app(house: House[N]) -> Starlette:
    """The whole web of one node, as an ASGI application. Raises ValueError for a door without an act, or with a method we do not serve."""
    return Web(house).app()


class Web(Generic[N]):
    """Answers requests with pages of the rooms."""

    def __init__(self, house: House[N]) -> None:
        self.house = house
        self.appearance = Appearance(folders((room.name, _package(room)) for room in house.rooms if room.pages))
        self.budget = Budget(house.gate, house.clock)
        prefix, self.secure = ("__Host-", True) if house.gate.https else ("", False)
        self.session_cookie, self.visit_cookie = prefix + SESSION_COOKIE, prefix + VISIT_COOKIE
        self.acts: dict[str, str] = {}  # path of a GET -> act, for the navigation

    def app(self) -> Starlette:
        routes: list[BaseRoute] = [
            Route("/sign-in", Entry(self, OPEN, Own(self.how_to_sign_in)), methods=["GET"]),
            Route("/sign-in/{token}", Entry(self, OPEN, Own(self.confirm_sign_in)), methods=["GET"]),
            Route("/sign-in/{token}", Entry(self, OPEN, Own(self.do_sign_in)), methods=["POST"]),
            Route("/sign-out", Entry(self, OPEN, Own(self.do_sign_out)), methods=["POST"]),
            *(self._route(door) for room in self.house.rooms for door in room.pages),
            Mount(f"/assets/{asset_version()}", Assets(directory=ASSETS)),
            *(Mount(path, machine) for path, machine in self.house.machines.items()),
        ]
        return Starlette(
            routes=routes,
            middleware=[Middleware(Guard, gate=self.house.gate, refuse=self.refuse)],
            exception_handlers={HTTPException: self._no_such_page},
        )

    def _route(self, door: Door) -> Route:
        method, path = door.path.split(" ", 1) if " " in door.path else ("GET", door.path)
        if method not in ("GET", "POST") or not path.startswith("/") or door.act in ("", OPEN):
            raise ValueError(f"a door is a path or 'POST path', and the act it is for: {door.path!r}, {door.act!r}")
        if method == "GET":
            self.acts[path] = door.act
        return Route(path, Entry(self, door.act, Lazy[N](door.load)), methods=[method])

    # --- answering -----------------------------------------------------------------------------

    async def answer(self, request: Request, act: str, turn: "Turn[N]") -> HttpResponse:
        """1. Who. 2. Budget. 3. Form, bounded. 4. May they. 5. Is the form ours. 6. The room's page, in time. 7. What is sent."""
        typed = Fields()
        visitor = Visitor(None, "", False, "")
        try:
            async with asyncio.timeout(self.house.gate.seconds):
                visitor = await self._visitor(request)
                if not self.budget.spend(visitor.binding if visitor.signed_in else visitor.address):
                    raise Stop(429, "web.too-many")
                uploads: Mapping[str, Upload] = {}
                if request.method == "POST":
                    typed, uploads = await form_of(request, self._limit(act, visitor))
                self._let_in(request, act, visitor)
                if request.method == "POST" and not is_ours(request, typed.one("csrf"), self.house.gate.secret, visitor.binding):
                    raise Stop(403, "web.not-our-form")
                asked = self._asked(request, visitor, typed, uploads)
                found = await turn(asked, visitor)
                return await self._send(request, visitor, found)
        except TimeoutError:
            return await self._stop(request, visitor, typed, Stop(503, "web.too-slow"))
        except TooLarge:
            return await self._stop(request, visitor, typed, Stop(413, "web.too-large"))
        except ClientDisconnect:
            return HttpResponse(status_code=499)
        except HTTPException as error:  # the form parser: too many fields, not a form
            return await self._stop(request, visitor, typed, Stop(error.status_code, "web.not-a-form"))
        except CharlevoixError as error:
            return await self._stop(request, visitor, typed, stop_for(error))
        except Stop as stop:
            return await self._stop(request, visitor, typed, stop)
        except Exception:  # whatever a room forgot: a sentence for the reader, who keeps what was typed; the trace for the operator
            log.exception("request %s failed", request.state.request_id)
            return await self._stop(request, visitor, typed, Stop(500, "web.broken"))

    async def _visitor(self, request: Request) -> Visitor:
        address = request.client.host if request.client else ""
        cookie = request.cookies.get(self.session_cookie, "")
        if cookie:
            house = self.house
            known = await run_in_threadpool(sign_in.recognise, house.sessions, cookie, house.now())
            who = await run_in_threadpool(house.actor, known.person) if known else None
            if known and who:
                return Visitor(who, known.selector, True, address)
        return Visitor(None, request.cookies.get(self.visit_cookie, "")[:64], False, address)

    def _limit(self, act: str, visitor: Visitor) -> int:
        gate = self.house.gate
        return gate.bodies.get(act, gate.body) if visitor.signed_in else gate.body

    def _let_in(self, request: Request, act: str, visitor: Visitor) -> None:
        if act == OPEN:
            return
        decision = self.house.may(visitor.who, act)
        if decision.answer is not Answer.YES:
            raise Stop(403, "web.not-allowed" if visitor.signed_in else "web.sign-in-first", *decision.reasons)

    def _asked(self, request: Request, visitor: Visitor, form: Fields, uploads: Mapping[str, Upload]) -> PageRequest[N]:
        return PageRequest(
            node=self.house.node,
            who=visitor.who,
            language=language_of(request),
            now=self.house.now(),
            method="POST" if request.method == "POST" else "GET",
            path=request.url.path,
            parts=request.path_params,
            query=query_of(request),
            form=form,
            uploads=uploads,
        )

    async def _send(self, request: Request, visitor: Visitor, found: Response | HttpResponse) -> HttpResponse:
        match found:
            case Page():
                return await run_in_threadpool(self.render, request, visitor, found)
            case Redirect(path=path):
                return go(path)
            case Download():
                return download(found)
        return found

    def render(self, request: Request, visitor: Visitor, page: Page) -> HttpResponse:
        """The page as the browser gets it, with the cookies it needs and no others."""
        visit = visitor.binding or secrets.token_urlsafe(18)
        language = language_of(request)
        here = Here(
            node=self.house.name,
            path=request.url.path,
            query=query_of(request),
            language=language,
            who=visitor.who,
            request_id=request.scope["state"]["request_id"],
            csrf=FormToken(form_token(self.house.gate.secret, visit)),
            navigation=self._navigation(visitor, language),
            banner=page.banner,
            crumbs=page.crumbs,
            explain=page.explain,
        )
        response = HTMLResponse(self.appearance.render(page.template, here, page.context), page.status)
        if here.csrf.used and not visitor.binding:
            self._set_cookie(response, self.visit_cookie, visit)
        if request.query_params.get("lang") == language:
            response.set_cookie(LANGUAGE_COOKIE, language, max_age=31_536_000, samesite="lax", secure=self.secure)
        return response

    def _navigation(self, visitor: Visitor, language: Language) -> tuple[Link, ...]:
        shown = [
            (key, path)
            for key, path in self.house.navigation
            if path in self.acts and self.house.may(visitor.who, self.acts[path]).answer is Answer.YES
        ]
        return tuple(Link(text(key, language), path) for key, path in shown)

    # --- saying no -----------------------------------------------------------------------------

    async def _stop(self, request: Request, visitor: Visitor, typed: Fields, stop: Stop) -> HttpResponse:
        if stop.key == "web.sign-in-first" and not typed.values and request.method == "GET":
            return RedirectResponse("/sign-in", status_code=303)
        return await run_in_threadpool(self.render, request, visitor, error_page(stop, typed))

    def refuse(self, request: Request, status: int) -> HttpResponse:
        """What the guard sends when nothing else can."""
        keys = {421: "web.wrong-host", 404: "web.no-such-page", 405: "web.no-such-page", 500: "web.broken"}
        nobody = Visitor(None, "", False, "")
        return self.render(request, nobody, error_page(Stop(status, keys.get(status, "web.refused")), Fields()))

    async def _no_such_page(self, request: Request, error: Exception) -> HttpResponse:
        status = error.status_code if isinstance(error, HTTPException) else 500
        visitor = await self._visitor(request)
        key = "web.no-such-page" if status in (404, 405) else "web.refused"
        return await run_in_threadpool(self.render, request, visitor, error_page(Stop(status, key), Fields()))

    # --- coming in and going out --------------------------------------------------------------------

    def how_to_sign_in(self, asked: PageRequest[N], visitor: Visitor) -> Answered:
        return Page("face/sign_in.html", {"state": "how"}, UNMARKED)

    def confirm_sign_in(self, asked: PageRequest[N], visitor: Visitor) -> Answered:
        good = sign_in.is_good(self.house.sessions, asked.parts["token"], asked.now)
        return Page("face/sign_in.html", {"state": "confirm" if good else "spent"}, UNMARKED, status=200 if good else 410)

    def do_sign_in(self, asked: PageRequest[N], visitor: Visitor) -> Answered:
        cookie = sign_in.enter(self.house.sessions, asked.parts["token"], asked.now)
        if cookie is None:
            return Page("face/sign_in.html", {"state": "spent"}, UNMARKED, status=410)
        if visitor.signed_in:  # a browser that comes in again leaves its former session behind
            sign_in.leave(self.house.sessions, visitor.binding)
        response = RedirectResponse("/", status_code=303)
        self._set_cookie(response, self.session_cookie, cookie)
        self._drop_cookie(response, self.visit_cookie)
        return response

    def do_sign_out(self, asked: PageRequest[N], visitor: Visitor) -> Answered:
        if visitor.signed_in:
            sign_in.leave(self.house.sessions, visitor.binding)
        response = RedirectResponse("/sign-in", status_code=303)
        self._drop_cookie(response, self.session_cookie)
        return response

    def _set_cookie(self, response: HttpResponse, name: str, value: str) -> None:
        response.set_cookie(name, value, path="/", httponly=True, samesite="lax", secure=self.secure)

    def _drop_cookie(self, response: HttpResponse, name: str) -> None:
        response.delete_cookie(name, path="/", httponly=True, samesite="lax", secure=self.secure)


class Entry(Generic[N]):
    """One route: its act and what answers it. Starlette calls it as an ASGI application."""

    def __init__(self, web: Web[N], act: str, turn: "Turn[N]") -> None:
        self.web, self.act, self.turn = web, act, turn

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        response = await self.web.answer(request, self.act, self.turn)
        await response(scope, receive, send)


class Lazy(Generic[N]):
    """A room's page that is imported when it is first asked for; a plain function runs in a thread."""

    def __init__(self, load: str) -> None:
        self.load = load
        self._page: Handler[N] | None = None

    async def __call__(self, asked: PageRequest[N], visitor: Visitor) -> Answered:
        if self._page is None:
            module, _, name = self.load.partition(":")
            self._page = cast("Handler[N]", getattr(await run_in_threadpool(import_module, module), name))
        if inspect.iscoroutinefunction(self._page):
            return cast(Response, await self._page(asked))
        return await anyio.to_thread.run_sync(self._page, asked, abandon_on_cancel=True)


class Own(Generic[N]):
    """A page of the web's own, which may look at the visitor's session."""

    def __init__(self, page: Callable[[PageRequest[N], Visitor], Answered]) -> None:
        self.page = page

    async def __call__(self, asked: PageRequest[N], visitor: Visitor) -> Answered:
        return await run_in_threadpool(self.page, asked, visitor)


Turn = Callable[[PageRequest[N], Visitor], Awaitable[Answered]]


class Assets(StaticFiles):
    """Styles, scripts and fonts under a path that names their content: browsers keep them for ever."""

    def file_response(self, *args: Any, **kwargs: Any) -> HttpResponse:
        response = super().file_response(*args, **kwargs)
        response.headers["cache-control"] = "public, max-age=31536000, immutable"
        return response


def _package(room: Room) -> str:
    return room.pages[0].load.partition(":")[0].rpartition(".")[0]
