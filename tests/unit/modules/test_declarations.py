"""The decorators that modules and applications share."""

from datetime import timedelta

import pytest

from dawam.errors import RegistrationError
from dawam.jobs.options import OnCrash
from dawam.jobs.priority import Priority
from dawam.jobs.retry import Retry
from dawam.modules.declarations import Declaring
from dawam.modules.module import Module


def test_a_job_keeps_its_function_and_is_named_for_its_module_and_function() -> None:
    app = Declaring()

    @app.job
    async def greet(name: str) -> str:
        return f"Hello {name}"

    assert app.declarations.functions == [greet]
    assert greet.name == f"{__name__}.greet"


async def test_calling_a_job_runs_the_plain_function() -> None:
    app = Declaring()

    @app.job
    async def greet(name: str) -> str:
        return f"Hello {name}"

    assert await greet("Amal") == "Hello Amal"


def test_a_named_module_stands_before_the_names_of_its_jobs_but_not_before_a_name_that_was_given() -> None:
    jobs = Module("shop")

    @jobs.job
    async def send_receipt(order_id: int) -> None: ...

    @jobs.job("orders.refund")
    async def refund(order_id: int) -> None: ...

    assert [each.name for each in jobs.declarations.functions] == ["shop.send_receipt", "orders.refund"]


def test_options_of_a_job_are_kept() -> None:
    app = Declaring()
    policy = Retry(max_attempts=5)

    @app.job(
        queue="mail",
        priority=Priority.HIGH,
        retry=policy,
        time_limit=timedelta(seconds=9),
        expected_run_time=timedelta(seconds=5),
        on_crash=OnCrash.FAIL,
        aliases=("old.name",),
    )
    async def send() -> None: ...

    assert (send.options.queue, send.options.priority) == ("mail", Priority.HIGH)
    assert (send.options.retry, send.options.time_limit) == (policy, timedelta(seconds=9))
    assert send.options.expected_run_time == timedelta(seconds=5)
    assert (send.options.on_crash, send.aliases) == (OnCrash.FAIL, ("old.name",))


def test_two_jobs_of_one_name_are_refused() -> None:
    app = Declaring()

    @app.job("send")
    async def one() -> None: ...

    with pytest.raises(RegistrationError, match="two job functions are named 'send'"):

        @app.job("send")
        async def two() -> None: ...


def test_a_worker_function_stays_what_it_is() -> None:
    app = Declaring()

    async def heartbeat() -> None: ...

    assert app.worker(every=timedelta(seconds=10), run_on_start=True)(heartbeat) is heartbeat
    [worker] = app.declarations.workers
    assert (worker.function, worker.words) == (heartbeat, {"every": timedelta(seconds=10), "run_on_start": True})


def test_a_factory_stays_what_it_is() -> None:
    app = Declaring()

    @app.provide
    def get_number() -> int:
        return 7

    assert get_number() == 7
    assert app.declarations.factories == [get_number]


def test_a_worker_is_named_as_a_job_is() -> None:
    app = Declaring()

    @app.worker("clean-up", cron="0 3 * * *")
    async def clean_up() -> None: ...

    (worker,) = app.declarations.workers
    assert (worker.name, worker.words) == ("clean-up", {"cron": "0 3 * * *"})


def test_a_worker_that_is_told_nothing_is_refused_where_it_stands() -> None:
    app = Declaring()
    with pytest.raises(RegistrationError, match=r"clean_up' has no schedule: .* @app\.worker\(every="):

        @app.worker  # type: ignore[arg-type]  # what a hasty reader writes
        async def clean_up() -> None: ...


def test_the_name_of_a_module_stands_before_its_workers_as_before_its_jobs() -> None:
    shop = Module("shop")

    @shop.worker(every=timedelta(seconds=10))
    async def check() -> None: ...

    @shop.worker("stock", every=timedelta(seconds=10))
    async def check_stock() -> None: ...

    assert [worker.name for worker in shop.declarations.workers] == ["shop.check", "stock"]
