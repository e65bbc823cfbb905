"""Moments and durations in words, in the language of the page."""

from datetime import UTC, datetime, timedelta
from gettext import NullTranslations

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400
_JUST_NOW = 1.0


class Times:
    """Says when, and for how long. `now` is the store's."""

    def __init__(self, translations: NullTranslations, now: datetime) -> None:
        self._t, self.now = translations, now

    def ago(self, moment: datetime) -> str:
        """`3 min ago`, `in 5 min`, `now`."""
        seconds = (self.now - moment).total_seconds()
        if abs(seconds) < _JUST_NOW:
            return self._t.gettext("now")
        spoken = self.duration(timedelta(seconds=abs(seconds)), coarse=True)
        return (self._t.gettext("%s ago") if seconds > 0 else self._t.gettext("in %s")) % spoken

    def duration(self, duration: timedelta, *, coarse: bool = False) -> str:
        """`0.4 ms`, `1.2 s`, `5 min`, `2 h 10 min`, `3 d 4 h`; coarse: one unit, of whole ones."""
        seconds = max(0.0, duration.total_seconds())
        if seconds < 1 and not coarse:
            return self._t.gettext("%s ms") % f"{seconds * 1000:.3g}"
        if seconds < _MINUTE:
            return self._t.gettext("%s s") % (f"{seconds:.0f}" if coarse or seconds >= 10 else f"{seconds:.2g}")
        if seconds < _HOUR:
            return self._two(seconds, _MINUTE, "%s min", 1, "%s s", coarse)
        if seconds < _DAY:
            return self._two(seconds, _HOUR, "%s h", _MINUTE, "%s min", coarse)
        return self._two(seconds, _DAY, "%s d", _HOUR, "%s h", coarse)

    def _two(self, seconds: float, large: int, large_word: str, small: int, small_word: str, coarse: bool) -> str:
        count, rest = divmod(round(seconds), large)
        text = self._t.gettext(large_word) % count
        rest //= small
        return text if coarse or not rest else " ".join((text, self._t.gettext(small_word) % rest))

    @staticmethod
    def exact(moment: datetime) -> str:
        """In UTC, to the millisecond: `2026-11-27 13:05:09.123 UTC`."""
        return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3] + " UTC"

    @staticmethod
    def clock(moment: datetime) -> str:
        """Of the day alone, in UTC, to the millisecond: `13:05:09.123`."""
        return moment.astimezone(UTC).strftime("%H:%M:%S.%f")[:-3]


def written_moment(text: str) -> datetime | None:
    """`2026-11-27T13:05`, in UTC unless it says otherwise; None for what is no date, `ValueError` for a wrong one."""
    if not (text[:1].isdecimal() and text[4:5] == "-"):
        return None
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def marked(text: str) -> str:
    """A text that is said elsewhere in the language of the page: the extraction of texts finds it here."""
    return text


UNITS = (marked("%s ms"), marked("%s s"), marked("%s min"), marked("%s h"), marked("%s d"))
