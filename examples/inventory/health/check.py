"""What a health check is, what it finds, and how it is made to answer in time."""

import asyncio
from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from dawam.clock import Clock


class UnhealthyError(Exception):
    """What was looked at answers, and is not well."""


class HealthCheck(ABC):
    """Looks at one thing that the application needs. One for the application."""

    name: ClassVar[str]
    is_vital: ClassVar[bool] = True
    """False: the application does its work without it for a while."""

    @abstractmethod
    async def look(self) -> str:
        """What was found, in a few words. Raises what is wrong."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one look found."""

    name: str
    is_vital: bool
    is_well: bool
    detail: str
    took: timedelta


async def finding_of(check: HealthCheck, limit: timedelta, clock: Clock) -> Finding:
    """Looks, for so long at most, and answers whatever happens."""
    began = clock.boot_time()
    try:
        async with asyncio.timeout(limit.total_seconds()):
            is_well, detail = True, await check.look()
    except TimeoutError:
        is_well, detail = False, f"no answer within {limit.total_seconds():g} s"
    except UnhealthyError as error:
        is_well, detail = False, str(error)
    except Exception as error:  # noqa: BLE001  (whatever it raises is what is wrong)
        is_well, detail = False, f"{type(error).__name__}: {error}".splitlines()[0]
    return Finding(check.name, check.is_vital, is_well, detail, timedelta(seconds=clock.boot_time() - began))
