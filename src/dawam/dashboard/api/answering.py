"""Takes a request of a program apart, has it done, and answers with JSON."""

import logging
import re
from functools import partial
from typing import Any

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dawam.dashboard.access import Role
from dawam.dashboard.api.bodies import Refusal
from dawam.dashboard.api.endpoints import ENDPOINTS, PREFIX, Endpoint, description
from dawam.dashboard.pages.room import Room
from dawam.dashboard.reception import Reception
from dawam.dashboard.shield import TooLargeError
from dawam.dashboard.visit import Visit
from dawam.errors import DawamError, NotRunningError, StoreError

_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
"""Written out; two backslashes before it mean one, and no NUL."""
_logger = logging.getLogger("dawam.dashboard")
_JSON = "application/json"


class Api:
    """The endpoints, served."""

    def __init__(self, reception: Reception, room: Room) -> None:
        self._reception, self._room = reception, room

    @property
    def routes(self) -> list[Route]:
        endpoints = [
            Route(PREFIX + each.path, partial(self._answer, each), methods=[each.method]) for each in ENDPOINTS
        ]
        return [Route(f"{PREFIX}/openapi.json", self._describe), *endpoints]

    async def _describe(self, request: Request) -> Response:
        if await self._reception.principal(request) is None:
            return self._reception.refusal()
        prefix = str(request.scope.get("root_path", "")).rstrip("/")
        return _json(description(prefix + PREFIX))

    async def _answer(self, endpoint: Endpoint, request: Request) -> Response:
        principal = await self._reception.principal(request)
        if principal is None:
            return self._reception.refusal()
        try:
            visit = self._reception.visit(request, principal, via="api")
            if not visit.may(endpoint.role):
                return refusal(403, f"you may not do this: it needs the role {Role(endpoint.role).name.lower()}")
            return _json(await self._done(endpoint, visit))
        except HTTPException as error:
            return refusal(error.status_code, error.detail)
        except TooLargeError:
            return refusal(413, "the body is too large")
        except (NotRunningError, StoreError) as error:
            _logger.warning("the API could not answer: %s", error)
            return refusal(503, str(error))
        except (DawamError, ValueError) as error:  # what was asked for cannot be meant
            return refusal(400, str(error))

    async def _done(self, endpoint: Endpoint, visit: Visit) -> Any:
        if endpoint.body is None:
            return await endpoint.handler(self._room, visit)
        return await endpoint.handler(self._room, visit, await _body(visit.request, endpoint.body))


async def _body(request: Request, kind: Any) -> Any:
    """What was sent. A page of another site cannot send this type without asking, and is never allowed to."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _JSON:
        raise HTTPException(415, f"a body of the type {_JSON} was expected")
    body = await request.body()
    if _NUL.search(body):
        raise HTTPException(400, "a NUL is in the body")
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.DecodeError as error:
        raise HTTPException(400, f"the body cannot be read: {error}") from None


def _json(value: Any) -> Response:
    return Response(msgspec.json.encode(value), media_type=_JSON)


def refusal(status: int, text: str) -> Response:
    """What was asked for cannot be done, and why."""
    return Response(msgspec.json.encode(Refusal(text)), status, media_type=_JSON)
