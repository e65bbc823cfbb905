"""A host that runs the waiting jobs of the crowd, which do nothing: `python -m benchmarks.pages.shop_host URL`."""

import asyncio
import logging
import sys

from benchmarks.pages.crowd import NAMES, queue_of
from dawam import App


async def nothing(customer: dict[str, int | str], number: int, ratio: float, flag: bool) -> None:
    """Done."""


async def main(url: str) -> None:
    logging.getLogger("dawam").setLevel(logging.WARNING)
    app = App(store=url)
    for name in NAMES:
        app.job(name, queue=queue_of(name))(nothing)
    async with app.open():
        await asyncio.get_running_loop().create_future()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
