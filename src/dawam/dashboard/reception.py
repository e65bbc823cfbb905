"""Who asks, and for what application: what every request goes through before anything is read."""

from starlette.requests import Request
from starlette.responses import Response

from dawam.app import App
from dawam.dashboard.access import Authenticate, LoopbackOnly, Principal
from dawam.dashboard.languages import catalogue, language_of
from dawam.dashboard.options import DashboardOptions
from dawam.dashboard.visit import Visit
from dawam.errors import DawamError


class Reception:
    """Lets in whoever is known."""

    def __init__(self, app: App, authenticate: Authenticate, options: DashboardOptions) -> None:
        self._app, self._authenticate, self._options = app, authenticate, options

    @property
    def is_open(self) -> bool:
        """Whether the application is."""
        return self._app.is_open

    async def readiness(self) -> Response:
        """Whether the application is open, and its store there."""
        if not self.is_open:
            return Response("not open\n", 503)
        try:
            await self._app.runtime.parts.store.paused_queues()
        except DawamError as error:
            return Response(f"not ready: {type(error).__name__}\n", 503)
        return Response("ready\n")

    async def principal(self, request: Request) -> Principal | None:
        """Whoever asks; None: nobody who is known."""
        return await self._authenticate(request)

    def visit(self, request: Request, principal: Principal, *, via: str = "dashboard") -> Visit:
        """What pages are made from. Raises `NotRunningError` where the application is not open."""
        parts, language = self._app.runtime.parts, language_of(request)
        return Visit(
            request=request,
            principal=principal,
            language=language,
            translations=catalogue(language.code),
            parts=parts,
            is_read_only=self._options.is_read_only,
            via=via,
            now=parts.store.clock.now(),
        )

    def refusal(self) -> Response:
        """For whoever is not known."""
        challenge = getattr(self._authenticate, "challenge", None)
        text = "you are not known here\n"
        if isinstance(self._authenticate, LoopbackOnly):
            text = (
                "this dashboard is open to its own machine only: say who may look from elsewhere, as in "
                'Dashboard(app, authenticate=BasicAuth({"amal": Account("a password", Role.OPERATE)}))\n'
            )
        if challenge is None:
            return Response(text, 403, media_type="text/plain")
        return Response(text, 401, media_type="text/plain", headers={"WWW-Authenticate": challenge})
