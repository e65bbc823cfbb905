"""One file, nothing to install but Dawam: `python examples/hello.py`."""

import asyncio
from datetime import timedelta

from dawam import App

app = App()  # jobs are kept in ./dawam.db (SQLite)


@app.job
async def greet(name: str, times: int = 1) -> str:
    return f"Hello {name}! " * times


@app.worker(every=timedelta(seconds=10))
async def heartbeat() -> None:
    print("still here")


async def main() -> None:
    async with app:  # opens the store and runs a host in this process
        job = await greet.enqueue("Amal", times=2)
        await app.jobs.enqueue(greet.call("later"), delay=timedelta(seconds=5))
        print(await job.result())


if __name__ == "__main__":
    asyncio.run(main())
