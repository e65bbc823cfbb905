"""Charts of a series: data for the browser, and a drawing without scripts for those that run none."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import msgspec
from markupsafe import Markup
from msgspec import Struct

from dawam.measures.series import Series

_WIDTH, _HEIGHT = 240, 40
_FRAME = Markup('<svg class="bars" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" aria-label="{}">{}</svg>')


class Line(Struct, frozen=True):
    """One line of a chart; its tone is a colour of the style sheet."""

    label: str
    tone: str
    values: Sequence[float | None]
    is_filled: bool = False


class Chart(Struct, frozen=True):
    """Some lines over the same moments. `unit`: `count`, or `s` for seconds."""

    title: str
    unit: str
    moments: Sequence[datetime]
    lines: Sequence[Line]

    @property
    def data(self) -> str:
        """For the script of the page: JSON."""
        said: dict[str, Any] = {
            "unit": self.unit,
            "x": [round(moment.timestamp()) for moment in self.moments],
            "lines": [
                {"label": each.label, "tone": each.tone, "y": list(each.values), "filled": each.is_filled}
                for each in self.lines
            ],
        }
        return msgspec.json.encode(said).decode()

    @property
    def drawing(self) -> Markup:
        """The first line as bars, for browsers without scripts."""
        return bars(self.lines[0].values if self.lines else (), self.title)


def bars(values: Sequence[float | None], label: str) -> Markup:
    """A row of bars, one for each value, as an image of its own that needs no script and no style."""
    shown = [value or 0.0 for value in values]
    most = max(shown, default=0.0) or 1.0
    step = _WIDTH / max(len(shown), 1)
    wide = max(step - 1, 0.6)
    drawn = "".join(  # of numbers only: to escape each of them takes twenty times as long
        f'<rect x="{index * step:.2f}" y="{_HEIGHT * (1 - value / most):.2f}" width="{wide:.2f}" '
        f'height="{max(_HEIGHT * value / most, 0.0):.2f}"/>'
        for index, value in enumerate(shown)
    )
    return _FRAME.format(_WIDTH, _HEIGHT, label, Markup(drawn))  # noqa: S704


def of(series: Series, say: Callable[[str], str], *, has_depth: bool = True) -> list[Chart]:
    """What a series has to tell, in the language of the page."""
    found = [
        throughput(series, say("Attempts that ended"), say("succeeded"), say("failed")),
        durations(series, "waits", say("Time from due to begin")),
        durations(series, "runs", say("Run time")),
    ]
    return [*found, depth(series, say("Jobs that were due"), say("due"))] if has_depth else found


def throughput(series: Series, title: str, succeeded: str, failed: str) -> Chart:
    """How many attempts ended well, and how many did not, step by step."""
    return Chart(
        title,
        "count",
        [step.at for step in series.steps],
        [
            Line(succeeded, "good", [step.succeeded for step in series.steps], is_filled=True),
            Line(failed, "bad", [step.failed + step.retried for step in series.steps], is_filled=True),
        ],
    )


def durations(series: Series, which: str, title: str) -> Chart:
    """The median and the 95th percentile of `waits` or `runs`, in seconds."""
    spreads = [getattr(step, which) for step in series.steps]
    return Chart(
        title,
        "s",
        [step.at for step in series.steps],
        [
            Line("p50", "main", [_seconds(spread.percentile(0.5)) for spread in spreads]),
            Line("p95", "warm", [_seconds(spread.percentile(0.95)) for spread in spreads]),
        ],
    )


def depth(series: Series, title: str, due: str) -> Chart:
    """How many jobs were due at once, at most, step by step."""
    return Chart(
        title,
        "count",
        [step.at for step in series.steps],
        [Line(due, "main", [step.due for step in series.steps], True)],
    )


def age(series: Series, title: str, oldest: str) -> Chart:
    """For how long one of them had been due, at most."""
    ages = [step.oldest.total_seconds() for step in series.steps]
    return Chart(title, "s", [step.at for step in series.steps], [Line(oldest, "warm", ages, is_filled=True)])


def _seconds(duration: Any) -> float | None:
    return None if duration is None else duration.total_seconds()
