"""How far back a page looks: `span=1h` in its address."""

from datetime import timedelta

from msgspec import Struct

from dawam.dashboard.times import marked
from dawam.dashboard.visit import Visit


class Span(Struct, frozen=True):
    """A time before now."""

    code: str
    duration: timedelta
    label: str


SPANS = {
    span.code: span
    for span in (
        Span("1h", timedelta(hours=1), marked("1 hour")),
        Span("1d", timedelta(days=1), marked("1 day")),
        Span("7d", timedelta(days=7), marked("7 days")),
        Span("90d", timedelta(days=90), marked("90 days")),
    )
}


def span_of(visit: Visit, otherwise: str = "1h") -> Span:
    """The one that was chosen."""
    return SPANS.get(visit.query.get("span", otherwise), SPANS[otherwise])
