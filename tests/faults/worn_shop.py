"""An application whose jobs wear out the process in which they run."""

import os
import threading
from datetime import timedelta

from dawam import App, Retry

app = App()
kept: list[bytearray] = []


@app.job("worn.grow")
async def grow(mib: int) -> int:
    kept.append(bytearray(os.urandom(1) * (mib << 20)))
    return os.getpid()


@app.job("worn.hang", time_limit=timedelta(milliseconds=100), retry=Retry.NEVER)
def hang() -> None:
    threading.Event().wait()


@app.job("worn.place")
async def place() -> int:
    return os.getpid()
