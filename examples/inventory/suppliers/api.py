"""Speaks with the supplier's system over HTTP."""

import asyncio
from types import TracebackType
from typing import Self

import httpx2

from examples.inventory.suppliers.options import SupplierOptions
from examples.inventory.suppliers.page import OfferPage, PageError, read_page


class SupplierApi:
    """Fetches pages of offers. One for the application, which opens and closes it: connections are kept."""

    def __init__(self, options: SupplierOptions) -> None:
        self._seconds = options.page_timeout.total_seconds()
        headers = {"Authorization": f"Bearer {options.api_key}"} if options.api_key else {}
        self._client = httpx2.AsyncClient(base_url=options.url, headers=headers, timeout=self._seconds)

    async def page(self, number: int) -> OfferPage:
        """One page, the first being 1. Raises `PageError`, whatever the reason."""
        try:
            # the client's own time-out begins anew with every piece that arrives
            async with asyncio.timeout(self._seconds):
                answer = await self._client.get("/offers", params={"page": number})
        except TimeoutError as error:
            raise PageError(f"no whole answer within {self._seconds:g} s") from error
        except httpx2.TimeoutException as error:
            raise PageError(f"no answer within {self._seconds:g} s") from error
        except (httpx2.RequestError, httpx2.InvalidURL) as error:
            raise PageError(f"{type(error).__name__}: {error}") from error
        if not answer.is_success:
            raise PageError(f"it was answered with {answer.status_code} {answer.reason_phrase}")
        return read_page(answer.content)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._client.aclose()
