"""What type checkers must refuse: each line marked `refused`, and no other.

The `type: ignore` of each line keeps `make check` quiet; `test_typing.py` takes them away and looks.
"""

from dataclasses import dataclass
from datetime import timedelta

from dawam.jobs.codec import ArgsCodec
from dawam.jobs.context import JobContext
from dawam.jobs.current import carry
from dawam.jobs.function import JobCall
from dawam.jobs.job import AsyncBackgroundJob
from dawam.manager import BackgroundJobManager
from dawam.modules.declarations import Declaring

module = Declaring()


@dataclass
class ReceiptArgs:
    order_id: int


@dataclass
class Other:
    number: int


class SendReceipt(AsyncBackgroundJob[ReceiptArgs]):
    async def execute(self, args: ReceiptArgs) -> None: ...


class WrongArgs(AsyncBackgroundJob[ReceiptArgs]):
    async def execute(self, args: Other) -> None: ...  # type: ignore[override]  # refused: other args than declared


class Blocks(AsyncBackgroundJob[ReceiptArgs]):
    def execute(self, args: ReceiptArgs) -> None: ...  # type: ignore[override]  # refused: not async


class NoExecute(AsyncBackgroundJob[ReceiptArgs]): ...


@module.job
async def greet(name: str, times: int = 1) -> str:
    return name * times


@module.worker(evry=timedelta(minutes=5))  # type: ignore[call-arg]  # refused: no such word
async def misspelt() -> None: ...


@module.worker(every=300)  # type: ignore[arg-type]  # refused: no timedelta
async def unitless() -> None: ...


async def misuse(jobs: BackgroundJobManager, context: JobContext) -> None:
    with carry(tenant=7):  # type: ignore[arg-type]  # refused: not a str
        pass
    await jobs.enqueue(SendReceipt, Other(1))  # type: ignore[misc]  # refused: args of another job
    await jobs.enqueue(SendReceipt, ReceiptArgs(1), delay=5)  # type: ignore[call-overload]  # refused: no timedelta
    await greet.enqueue("Amal", tmes=2)  # type: ignore[call-arg]  # refused: no such argument
    await greet.enqueue(3)  # type: ignore[arg-type]  # refused: not a str
    await greet.enqueue()  # type: ignore[call-arg]  # refused: an argument is missing
    greet.call("Amal", "2")  # type: ignore[arg-type]  # refused: not an int
    jobs.enqueue(greet.call("Amal"))  # type: ignore[unused-coroutine]  # refused: never awaited
    greet.enqueue("Amal")  # type: ignore[unused-coroutine]  # refused: never awaited
    context.complete_in(object())  # type: ignore[unused-coroutine]  # refused: never awaited
    queued = await greet.enqueue("Amal")
    wrong: int = await queued.result(within=timedelta(seconds=1))  # type: ignore[assignment]  # refused: it is a str
    print(wrong)


def values(call: JobCall[str]) -> JobCall[int]:
    NoExecute()  # type: ignore[abstract]  # refused: no execute
    ArgsCodec(ReceiptArgs).encode(Other(1))  # type: ignore[arg-type]  # refused: another class
    return call  # type: ignore[return-value]  # refused: a call that gives a str gives no int
