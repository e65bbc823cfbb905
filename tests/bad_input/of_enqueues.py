"""Bad inputs: jobs that are refused when they are enqueued; after each of them nothing is in the store."""

from datetime import UTC, datetime, timedelta
from typing import Any

from dawam import App, DynamicJobContext, carry
from tests.bad_input.case import BadInput, Provoke
from tests.bad_input.provoking import enqueueing
from tests.bad_input.shop import ShipOrderArgs, ShipOrderJob, Shop
from tests.bad_input.wrong_jobs import DiscountArgs, Product

_ORDER = ShipOrderArgs(1)


def _with_args(args: Any) -> Provoke:
    return enqueueing(lambda shop: shop.app.jobs.enqueue(ShipOrderJob, args))


def _with(**options: Any) -> Provoke:
    return enqueueing(lambda shop: shop.app.jobs.enqueue(ShipOrderJob, _ORDER, **options))


def _alone(args: object) -> Provoke:
    return enqueueing(lambda shop: shop.app.jobs.enqueue(args))


def _by_name(name: str, args: Any) -> Provoke:
    return enqueueing(lambda shop: shop.app.jobs.enqueue(name, args))


async def _for_a_handler(shop: Shop) -> None:
    shop.app.dynamic_jobs.register_handler("shop.import", _import)
    await shop.app.dynamic_jobs.enqueue("shop.import", {"product": object()})


async def _import(context: DynamicJobContext) -> None: ...


async def _carrying(shop: Shop) -> None:
    with carry(tenant=7):  # type: ignore[arg-type]
        await shop.app.jobs.enqueue(ShipOrderJob, _ORDER)


class ShipNowArgs(ShipOrderArgs):
    """A subclass, of which the job knows nothing."""


class UnregisteredJob(ShipOrderJob):
    """A job whose module somebody forgot."""


def _of_another_application() -> Any:
    other = App()

    @other.job("shop.ship-order-now")
    async def ship_now(order_id: int) -> None: ...

    return ship_now.call(1)


async def _one_of_many(shop: Shop) -> None:
    await shop.app.jobs.enqueue_many([_ORDER, ShipOrderArgs("two"), _ORDER])  # type: ignore[arg-type]


ARGS = (
    BadInput(
        title="Args of another job",
        written="enqueue(ShipOrderJob, DiscountArgs(...))",
        provoke=_with_args(DiscountArgs(1j)),
        how="ArgsError",
        thing="ShipOrderArgs",
        problem="not a DiscountArgs",
        cure="args of the class ShipOrderArgs were expected",
    ),
    BadInput(
        title="Args of a subclass",
        written="class ShipNowArgs(ShipOrderArgs); enqueue(ShipOrderJob, ShipNowArgs(1))",
        provoke=_with_args(ShipNowArgs(1)),
        how="ArgsError",
        thing="ShipNowArgs",
        problem="whose own fields would vanish",
        cure="pass a ShipOrderArgs, or give ShipNowArgs a job of its own",
    ),
    BadInput(
        title="A value of the wrong type",
        written='enqueue(ShipOrderJob, ShipOrderArgs(order_id="one"))',
        provoke=_with_args(ShipOrderArgs("one")),  # type: ignore[arg-type]
        how="ArgsError",
        thing="ShipOrderArgs.order_id",
        problem="cannot be stored",
        cure="Expected `int`, got `str`",
    ),
    BadInput(
        title="One of many is wrong",
        written='enqueue_many([right, ShipOrderArgs("two"), right])',
        provoke=enqueueing(_one_of_many),
        how="ArgsError",
        thing="ShipOrderArgs.order_id",
        problem="cannot be stored",
        cure="Expected `int`, got `str`",
    ),
    BadInput(
        title="Not a number",
        written='ShipOrderArgs(1, weight=float("nan"))',
        provoke=_with_args(ShipOrderArgs(1, weight=float("nan"))),
        how="ArgsError",
        thing="ShipOrderArgs.weight is nan",
        problem="which JSON cannot hold",
        cure="pass None or a text for what is not a number",
    ),
    BadInput(
        title="A text with a NUL character",
        written='ShipOrderArgs(1, note="a\\0b")',
        provoke=_with_args(ShipOrderArgs(1, note="a\0b")),
        how="ArgsError",
        thing="ShipOrderArgs.note",
        problem="holds a NUL character, which databases refuse in text",
        cure="remove it, or pass bytes",
    ),
    BadInput(
        title="Args that are too large",
        written="ShipOrderArgs(1, note=<2 MB>)",
        provoke=_with_args(ShipOrderArgs(1, note="x" * 2_000_000)),
        how="ArgsTooLargeError",
        thing="'shop.ship-order'",
        problem="more than the limit of 1,048,576",
        cure="store the data elsewhere and pass its id",
    ),
    BadInput(
        title="A database row as args",
        written="enqueue(product)",
        provoke=_alone(Product(id=1)),
        how="UnknownJobError",
        thing="Product",
        problem="is a database row (an ORM class) and no args",
        cure="pass its id in an args class",
    ),
    BadInput(
        title="Args whose job nobody registered",
        written="enqueue(DiscountArgs(...))",
        provoke=_alone(DiscountArgs(1j)),
        how="UnknownJobError",
        thing="DiscountArgs",
        problem="no job takes args of the class",
        cure="register its job class, or the args alone where another process runs the job",
    ),
    BadInput(
        title="A job that nobody registered",
        written="enqueue(UnregisteredJob, ShipOrderArgs(1))",
        provoke=enqueueing(lambda shop: shop.app.jobs.enqueue(UnregisteredJob, _ORDER)),
        how="UnknownJobError",
        thing="UnregisteredJob",
        problem="is no job of this application",
        cure="add its module to the application, or the class with services.add_job",
    ),
    BadInput(
        title="A function job of another application",
        written="enqueue(ship_now.call(1))",
        provoke=_alone(_of_another_application()),
        how="UnknownJobError",
        thing="'shop.ship-order-now'",
        problem="belongs to another application",
        cure="decorate it with this application's `job`",
    ),
    BadInput(
        title="A name that nobody registered",
        written='enqueue("shop.ship-ordr", {"order_id": 1})',
        provoke=_by_name("shop.ship-ordr", {"order_id": 1}),
        how="UnknownJobError",
        thing="'shop.ship-ordr'",
        problem="no job is registered under the name",
        cure="did you mean 'shop.ship-order'?",
    ),
    BadInput(
        title="By name, with a field of the wrong type",
        written='enqueue("shop.ship-order", {"order_id": "one"})',
        provoke=_by_name("shop.ship-order", {"order_id": "one"}),
        how="ArgsError",
        thing="ShipOrderArgs.order_id",
        problem="do not fit ShipOrderArgs",
        cure="Expected `int`, got `str`",
    ),
    BadInput(
        title="By name, without a mapping",
        written='enqueue("shop.ship-order", 1)',
        provoke=_by_name("shop.ship-order", 1),
        how="ArgsError",
        thing="'shop.ship-order'",
        problem="not int",
        cure="takes the args as a mapping of their fields",
    ),
    BadInput(
        title="For a handler, with a value that has no JSON form",
        written='dynamic_jobs.enqueue("shop.import", {"product": object()})',
        provoke=enqueueing(_for_a_handler),
        how="ArgsError",
        thing="'shop.import'",
        problem="cannot be stored",
        cure="a value of the class object has no JSON form",
    ),
    BadInput(
        title="A class and no args",
        written="enqueue(ShipOrderJob)",
        provoke=_alone(ShipOrderJob),
        how="ArgsError",
        thing="ShipOrderJob",
        problem="got a class and no args",
        cure="enqueue(ShipOrderJob, args)",
    ),
)

OPTIONS = (
    BadInput(
        title="A delay below zero",
        written="delay=timedelta(seconds=-5)",
        provoke=_with(delay=timedelta(seconds=-5)),
        how="EnqueueOptionError",
        thing="delay=timedelta(seconds=-5)",
        problem="lies in the past",
        cure="zero or more was expected",
    ),
    BadInput(
        title="A delay without a unit",
        written="delay=5",
        provoke=_with(delay=5),
        how="EnqueueOptionError",
        thing="delay=5",
        problem="a timedelta was expected",
        cure="as in timedelta(seconds=5)",
    ),
    BadInput(
        title="A moment without a time zone",
        written="run_at=datetime(2026, 1, 31, 8)",
        provoke=_with(run_at=datetime(2026, 1, 31, 8)),  # noqa: DTZ001
        how="EnqueueOptionError",
        thing="run_at=datetime.datetime(2026, 1, 31, 8, 0)",
        problem="has no time zone, so nobody knows which moment it is",
        cure="use datetime.now(UTC), or datetime(..., tzinfo=ZoneInfo(...))",
    ),
    BadInput(
        title="A delay and a moment at once",
        written="delay=timedelta(hours=1), run_at=datetime(...)",
        provoke=_with(delay=timedelta(hours=1), run_at=datetime(2026, 1, 31, 8, tzinfo=UTC)),
        how="EnqueueOptionError",
        thing="delay= and run_at=",
        problem="got both",
        cure="one of them was expected",
    ),
    BadInput(
        title="A queue that cannot be one",
        written='queue="mail queue"',
        provoke=_with(queue="mail queue"),
        how="EnqueueOptionError",
        thing="queue='mail queue'",
        problem="was expected",
        cure="a name of 1 to 64 characters without white space and '/'",
    ),
    BadInput(
        title="A priority that there is not",
        written="priority=99",
        provoke=_with(priority=99),
        how="EnqueueOptionError",
        thing="priority=99",
        problem="was expected",
        cure="LOW, BELOW_NORMAL, NORMAL, ABOVE_NORMAL, HIGH",
    ),
    BadInput(
        title="A header that is no text",
        written='headers={"tenant": 7}',
        provoke=_with(headers={"tenant": 7}),
        how="ArgsError",
        thing="'tenant': 7",
        problem="headers=",
        cure="texts were expected on both sides",
    ),
    BadInput(
        title="A tenant that is no text",
        written="with carry(tenant=7)",
        provoke=enqueueing(_carrying),
        how="ArgsError",
        thing="carry(tenant=7)",
        problem="a text was expected",
        cure="as in str(...), or None to take it away",
    ),
)
