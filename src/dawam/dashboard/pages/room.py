"""What all pages share."""

from msgspec import Struct
from starlette.responses import RedirectResponse, Response

from dawam.dashboard.hiding import Hiding
from dawam.dashboard.operations import Operations
from dawam.dashboard.rendering import Pages
from dawam.dashboard.visit import Visit
from dawam.jobs.record import JobInfo
from dawam.stores.values import EditedArgs


class Room(Struct, frozen=True):
    """The templates, what is hidden in them, and what goes on in the background."""

    pages: Pages
    hiding: Hiding
    operations: Operations


def edited(room: Room, visit: Visit, job: JobInfo, text: str) -> EditedArgs:
    """The args that were sent, which have to fit the job where its code is known here; what was hidden is as it was.

    `ValueError` or `ArgsUnreadableError` where they do not.
    """
    args = room.hiding.restored(text, job.args)
    definition = visit.parts.registry.find(job.name)
    if definition is None:
        return EditedArgs(args, job.args_version)
    definition.codec.decode(args)
    return EditedArgs(args, definition.args_version)


def back_to(visit: Visit, path: str) -> Response:
    """After a form: the browser asks for a page, so that going back does not send the form again."""
    return RedirectResponse(f"{visit.prefix}{path}", 303)
