"""Schedules as people say them, in lines and banners."""

from dawam.observability.durations import spoken_duration
from dawam.workers.schedules.schedule import Every, Schedule


def spoken_schedule(schedule: Schedule) -> str:
    """`every 5 min`, `every 5 min at a fixed rate`, `every day at 03:00 (Asia/Riyadh)`."""
    if isinstance(schedule, Every):
        return f"every {spoken_duration(schedule.period)}{' at a fixed rate' if schedule.fixed_rate else ''}"
    return schedule.explain()
