"""What all pages share."""

from msgspec import Struct
from starlette.responses import RedirectResponse, Response

from dawam.dashboard.hiding import Hiding
from dawam.dashboard.operations import Operations
from dawam.dashboard.rendering import Pages
from dawam.dashboard.visit import Visit


class Room(Struct, frozen=True):
    """The templates, what is hidden in them, and what goes on in the background."""

    pages: Pages
    hiding: Hiding
    operations: Operations


def back_to(visit: Visit, path: str) -> Response:
    """After a form: the browser asks for a page, so that going back does not send the form again."""
    return RedirectResponse(f"{visit.prefix}{path}", 303)
