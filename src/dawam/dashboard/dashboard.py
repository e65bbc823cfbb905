"""The ASGI application: which page is where, who may see it, and what is said when something goes wrong."""

import logging
import secrets
import time
from collections.abc import Awaitable, Callable
from functools import partial
from hmac import compare_digest

from msgspec import Struct
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from dawam.app import App
from dawam.dashboard.access import Authenticate, LoopbackOnly, Role
from dawam.dashboard.api.answering import Api, refusal
from dawam.dashboard.api.endpoints import PREFIX
from dawam.dashboard.assets import Assets
from dawam.dashboard.hiding import Hiding
from dawam.dashboard.languages import COOKIE as LANGUAGE_COOKIE
from dawam.dashboard.languages import LANGUAGES
from dawam.dashboard.live import Live
from dawam.dashboard.operations import Operations
from dawam.dashboard.options import DashboardOptions
from dawam.dashboard.pages import (
    audit,
    enqueue,
    errors,
    hosts,
    job,
    jobs,
    metrics,
    names,
    overview,
    queues,
    store,
    workers,
)
from dawam.dashboard.pages.room import Room
from dawam.dashboard.reception import Reception
from dawam.dashboard.rendering import CSRF_FIELD, Pages
from dawam.dashboard.shield import SAFE, Shield, TooLargeError
from dawam.dashboard.visit import Form, Visit
from dawam.errors import DawamError, NotRunningError

Handler = Callable[[Room, Visit], Awaitable[Response]]
_logger = logging.getLogger("dawam.dashboard")
_CSRF_COOKIE = "dawam_csrf"


class _Page(Struct, frozen=True):
    """One address: what is shown there, or done, and what somebody has to be for it."""

    path: str
    handler: Handler
    role: Role = Role.VIEW
    method: str = "GET"


_PAGES = (
    _Page("/", overview.show),
    _Page("/jobs", jobs.show),
    _Page("/jobs/new", enqueue.show, Role.OPERATE),
    _Page("/jobs/new", enqueue.enqueue, Role.OPERATE, "POST"),
    _Page("/jobs/change", jobs.change, Role.OPERATE, "POST"),
    _Page("/jobs/{id}", job.show),
    _Page("/jobs/{id}", job.change, Role.OPERATE, "POST"),
    _Page("/errors", errors.show),
    _Page("/errors/{fingerprint}", errors.show_one),
    _Page("/errors/{fingerprint}", errors.mark, Role.OPERATE, "POST"),
    _Page("/names", names.show),
    _Page("/name", names.show_name),
    _Page("/queue", names.show_queue),
    _Page("/queues", queues.show),
    _Page("/queues", queues.change, Role.OPERATE, "POST"),
    _Page("/workers", workers.show),
    _Page("/workers", workers.change, Role.OPERATE, "POST"),
    _Page("/worker", workers.show_one),
    _Page("/hosts", hosts.show),
    _Page("/hosts", hosts.change, Role.OPERATE, "POST"),
    _Page("/store", store.show),
    _Page("/audit", audit.show),
    _Page("/audit", audit.stop, Role.OPERATE, "POST"),
)


class Dashboard:
    """Mount it anywhere: `web.mount("/dawam", Dashboard(app))`, with the same `App` that the web application opens.

    Args:
        app: whose jobs are shown; it has to be open while pages are asked for, with a host or without.
        authenticate: says who asks. Left out, only this very machine is let in.
        options: its name and colour, what is hidden, whether anything may be changed.
    """

    def __init__(
        self, app: App, *, authenticate: Authenticate | None = None, options: DashboardOptions | None = None
    ) -> None:
        self._options = options or DashboardOptions()
        self._reception = Reception(app, authenticate or LoopbackOnly(), self._options)
        assets = Assets()
        self._room = Room(Pages(self._options, assets), Hiding(self._options.hidden), Operations())
        self._live = Live()
        pages = [Route(each.path, partial(self._answer, each), methods=[each.method]) for each in _PAGES]
        starlette = Starlette(
            routes=[
                Route("/static/{name}", assets.serve),
                Route("/live", self._stream),
                Route("/language", self._choose_language),
                *Api(self._reception, self._room).routes,
                Route("/health/{kind}", self._health),
                Route("/metrics", self._metrics),
                *pages,
            ],
            exception_handlers={HTTPException: self._tell_of_status},
        )
        self._asgi = Shield(starlette, _refused)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._asgi(scope, receive, send)

    def hush(self) -> None:
        """Ends the streams of open pages."""
        self._live.close()

    async def close(self) -> None:
        """Ends the streams of open pages, and interrupts what is done to many jobs."""
        self.hush()
        await self._room.operations.close()

    # -- what every page goes through

    async def _answer(self, page: _Page, request: Request) -> Response:
        principal = await self._reception.principal(request)
        if principal is None:
            return self._reception.refusal()
        began = time.perf_counter()
        token = request.cookies.get(_CSRF_COOKIE) or secrets.token_urlsafe(24)
        request.scope["dawam.csrf"] = token
        try:
            visit = self._reception.visit(request, principal)
            response = await self._checked(page, visit)
        except NotRunningError:
            return Response("the application is not open: open it in the lifespan of the web application\n", 503)
        response.headers["Server-Timing"] = f"page;dur={(time.perf_counter() - began) * 1000:.1f}"
        if request.cookies.get(_CSRF_COOKIE) != token:
            response.set_cookie(
                _CSRF_COOKIE, token, path=visit.prefix or "/", httponly=True, samesite="strict",
                secure=self._options.is_secure,
            )  # fmt: skip
        return response

    async def _checked(self, page: _Page, visit: Visit) -> Response:
        if not visit.may(page.role):
            return self._message(visit, 403, visit.say("You may not do this."))
        try:
            if page.method not in SAFE and not await _is_ours(visit.request):
                return self._message(visit, 403, visit.say("This form is too old: go back, and send it again."))
            return await page.handler(self._room, visit)
        except HTTPException as error:
            return self._message(visit, error.status_code, error.detail)
        except TooLargeError:
            return self._message(visit, 413, visit.say("This is too large."))
        except DawamError as error:
            _logger.warning("a page could not be shown: %s", error)
            return self._message(visit, 503, str(error))

    def _message(self, visit: Visit, status: int, text: str) -> Response:
        return self._room.pages.render(visit, "message.html", status=status, text=text, code=status)

    async def _tell_of_status(self, request: Request, error: Exception) -> Response:
        """For addresses that are none of ours."""
        status = error.status_code if isinstance(error, HTTPException) else 500
        principal = await self._reception.principal(request)
        if principal is None:
            return self._reception.refusal()
        if not self._reception.is_open:
            return Response("there is nothing here\n", status, media_type="text/plain")
        if _is_of_api(request.scope):
            return refusal(status, f"there is nothing at {request.url.path}: {PREFIX}/openapi.json names what there is")
        visit = self._reception.visit(request, principal)
        return self._message(visit, status, visit.say("There is nothing here."))

    # -- beside the pages

    async def _stream(self, request: Request) -> Response:
        if await self._reception.principal(request) is None:
            return self._reception.refusal()
        if not self._reception.is_open:
            return Response(status_code=503)
        return self._live.serve()

    async def _metrics(self, request: Request) -> Response:
        """What the store holds, for Prometheus: for whoever may see all queues."""
        principal = await self._reception.principal(request)
        if principal is None:
            return self._reception.refusal()
        if principal.queues is not None:
            return Response("metrics are of all queues, and only some are yours to see\n", 403)
        if not self._reception.is_open:
            return Response(status_code=503)
        try:
            return await metrics.show(self._reception.visit(request, principal))
        except DawamError as error:
            return Response(f"{error}\n", 503)

    async def _health(self, request: Request) -> Response:
        """`/health/live`, `/health/ready`, `/health/startup`: for whoever watches the process. Nobody is asked who."""
        match request.path_params["kind"]:
            case "live":
                return Response("alive\n")
            case "ready" | "startup":
                return await self._reception.readiness()
            case _:
                raise HTTPException(404)

    async def _choose_language(self, request: Request) -> Response:
        """Remembers a language, and goes back to the page: `/language?code=ar&back=/jobs`."""
        prefix = str(request.scope.get("root_path", "")).rstrip("/")
        back = request.query_params.get("back", "/")
        if not back.startswith("/") or back.startswith(("//", "/\\")):
            back = "/"
        response = RedirectResponse(f"{prefix}{back}", 303)
        if (code := request.query_params.get("code", "")) in LANGUAGES:
            response.set_cookie(LANGUAGE_COOKIE, code, max_age=31_536_000, path=prefix or "/", samesite="lax")
        return response


async def _is_ours(request: Request) -> bool:
    """Whether a form was sent by a page that this browser got from here."""
    cookie, sent = request.cookies.get(_CSRF_COOKIE, ""), (await Form.of(request)).one(CSRF_FIELD)
    return bool(cookie) and compare_digest(cookie.encode(), sent.encode())


def _is_of_api(scope: Scope) -> bool:
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", "")).startswith(f"{PREFIX}/")


def _refused(scope: Scope, status: int, text: str) -> Response:
    """Before anything is known of who asks."""
    return refusal(status, text.strip()) if _is_of_api(scope) else PlainTextResponse(text, status)
