"""Bad inputs: jobs and args that are declared wrongly; the application refuses to be built."""

from collections.abc import Callable

from dawam import App, Module, Services, multi_tenant
from tests.bad_input import wrong_jobs as wrong
from tests.bad_input.case import BadInput, Provoke
from tests.bad_input.provoking import building
from tests.bad_input.shop import ShipOrderJob
from tests.bad_input.wrong_jobs import DiscountArgs


class _Registering(Module):
    def __init__(self, configure: Callable[[Services], object]) -> None:
        super().__init__("wrong")
        self._configure = configure

    def configure_services(self, services: Services) -> None:
        self._configure(services)


def registering(configure: Callable[[Services], object]) -> Provoke:
    """Builds an application with one module that registers something."""
    return building(lambda: App(_Registering(configure)))


def _jobs(*job_classes: type) -> Provoke:
    def register(services: Services) -> None:
        for job_class in job_classes:
            services.add_job(job_class)

    return registering(register)


def _generator() -> App:
    app = App()
    app.job("shop.count")(wrong.count)
    return app


def _without_type() -> App:
    app = App()
    app.job("shop.ship")(wrong.ship)  # pyright: ignore[reportUnknownArgumentType, reportUnknownMemberType]
    return app


def _multi_tenant() -> App:
    multi_tenant(DiscountArgs)
    return App()


def _handler() -> App:
    app = App()
    app.dynamic_jobs.register_handler("shop.import", wrong.ship_twice)
    return app


JOBS = (
    BadInput(
        title="A job has no execute",
        written="class JobWithoutExecute(AsyncBackgroundJob[ShipOrderArgs]): pass",
        provoke=_jobs(wrong.JobWithoutExecute),
        how="RegistrationError",
        thing="JobWithoutExecute",
        problem="has no execute",
        cure="write async def execute(self, args: ShipOrderArgs)",
    ),
    BadInput(
        title="The execute of an async job is not async",
        written="class BlockingExecute(AsyncBackgroundJob[...]): def execute(...)",
        provoke=_jobs(wrong.BlockingExecute),
        how="RegistrationError",
        thing="BlockingExecute.execute",
        problem="does not fit AsyncBackgroundJob",
        cure="write async def execute(self, args: ShipOrderArgs), or derive the class from BackgroundJob",
    ),
    BadInput(
        title="The execute of a blocking job is async",
        written="class AsyncExecute(BackgroundJob[...]): async def execute(...)",
        provoke=_jobs(wrong.AsyncExecute),
        how="RegistrationError",
        thing="AsyncExecute.execute",
        problem="does not fit BackgroundJob",
        cure="write def execute(self, args: ShipOrderArgs), or derive the class from AsyncBackgroundJob",
    ),
    BadInput(
        title="execute asks for more than its args",
        written="async def execute(self, args: ShipOrderArgs, logger: Logger)",
        provoke=_jobs(wrong.ExecuteOfTwoValues),
        how="RegistrationError",
        thing="ExecuteOfTwoValues.execute",
        problem="takes 2 values: the args alone were expected",
        cure="dependencies belong into the constructor",
    ),
    BadInput(
        title="A job does not say which args it takes",
        written="class ForgetfulJob(AsyncBackgroundJob)",
        provoke=_jobs(wrong.ForgetfulJob),
        how="RegistrationError",
        thing="ForgetfulJob",
        problem="does not say which args it takes",
        cure="write class ForgetfulJob(AsyncBackgroundJob[ForgetfulJobArgs])",
    ),
    BadInput(
        title="Two jobs take the same args",
        written="class ShipOrderAgainJob(AsyncBackgroundJob[ShipOrderArgs])",
        provoke=_jobs(ShipOrderJob, wrong.ShipOrderAgainJob),
        how="RegistrationError",
        thing="ShipOrderJob and ShipOrderAgainJob",
        problem="take the same args, ShipOrderArgs",
        cure="give the other args of its own",
    ),
    BadInput(
        title="A name is used twice",
        written='@job_args("shop.ship-order") for two classes',
        provoke=_jobs(ShipOrderJob, wrong.ReturnOrderJob),
        how="RegistrationError",
        thing="'shop.ship-order'",
        problem="is used twice, by ShipOrderJob and by ReturnOrderJob",
        cure="give one of them another name (or alias)",
    ),
    BadInput(
        title="A time limit without a unit",
        written="time_limit = 60",
        provoke=_jobs(wrong.SecondsAsNumberJob),
        how="RegistrationError",
        thing="SecondsAsNumberJob: time_limit=60",
        problem="a timedelta was expected",
        cure="as in timedelta(seconds=60)",
    ),
    BadInput(
        title="What a crash means, as a text",
        written='on_crash = "fail"',
        provoke=_jobs(wrong.CrashAsTextJob),
        how="RegistrationError",
        thing="CrashAsTextJob: on_crash='fail'",
        problem="an OnCrash was expected",
        cure="OnCrash.RETRY or OnCrash.FAIL",
    ),
    BadInput(
        title="A job names a queue that cannot be one",
        written='queue = "mail queue"',
        provoke=_jobs(wrong.BadQueueJob),
        how="RegistrationError",
        thing="BadQueueJob",
        problem="queue='mail queue'",
        cure="a name of 1 to 64 characters without white space and '/' was expected",
    ),
    BadInput(
        title="What is registered is no job",
        written="services.add_job(dict)",
        provoke=_jobs(dict),
        how="RegistrationError",
        thing="<class 'dict'>",
        problem="is no job class",
        cure="a subclass of AsyncBackgroundJob[Args] or BackgroundJob[Args] was expected",
    ),
    BadInput(
        title="A function job is a generator",
        written="@app.job def count(up_to: int): yield ...",
        provoke=building(_generator),
        how="RegistrationError",
        thing="count",
        problem="is a generator",
        cure="use `return` instead of `yield`",
    ),
    BadInput(
        title="A parameter of a function job has no type",
        written="@app.job async def ship(order_id)",
        provoke=building(_without_type),
        how="RegistrationError",
        thing="ship(order_id)",
        problem="has no annotation",
        cure="give it a type",
    ),
    BadInput(
        title="A handler that takes more than its context",
        written='register_handler("shop.import", ship_twice)',
        provoke=building(_handler),
        how="RegistrationError",
        thing="the handler ship_twice",
        problem="cannot be called with the context alone",
        cure="write `async def handler(context: DynamicJobContext)`, or a plain `def`, which runs in a thread",
    ),
)

ARGS = (
    BadInput(
        title="Args that are no class of data",
        written="class TextJob(AsyncBackgroundJob[str])",
        provoke=_jobs(wrong.TextJob),
        how="RegistrationError",
        thing="str",
        problem="is no args class",
        cure="a dataclass, msgspec Struct, attrs class, NamedTuple or pydantic model with the job's values",
    ),
    BadInput(
        title="A field of a type that has no JSON form",
        written="discount: complex",
        provoke=_jobs(wrong.DiscountJob),
        how="RegistrationError",
        thing="DiscountArgs.discount",
        problem="complex is no class of data",
        cure="make it a dataclass (or another class with typed fields), or pass a text or number",
    ),
    BadInput(
        title="A field holds a secret",
        written="password: SecretStr",
        provoke=_jobs(wrong.SendLoginJob),
        how="RegistrationError",
        thing="LoginArgs.password",
        problem="a SecretStr would be stored in the clear or as asterisks",
        cure="pass the id or key under which the job finds the secret",
    ),
    BadInput(
        title="A field is written under one name and read under another",
        written='order_id: int = Field(serialization_alias="orderId")',
        provoke=_jobs(wrong.AliasJob),
        how="RegistrationError",
        thing="AliasArgs.order_id",
        problem="it is written as 'orderId' and read as 'order_id'",
        cure="give it one alias for both",
    ),
    BadInput(
        title="A type is imported for type checkers only",
        written="if TYPE_CHECKING: from uuid import UUID",
        provoke=_jobs(wrong.CheckedOnlyJob),
        how="RegistrationError",
        thing="CheckedOnlyArgs.product_id",
        problem="names 'UUID', which cannot be found at run time",
        cure="at the top of the module and not under `if TYPE_CHECKING:`",
    ),
    BadInput(
        title="The args class is a database row",
        written="class ProductJob(AsyncBackgroundJob[Product])",
        provoke=_jobs(wrong.ProductJob),
        how="RegistrationError",
        thing="Product",
        problem="is a database row (an ORM class)",
        cure="pass its id, and load it in the job",
    ),
    BadInput(
        title="Args for a tenant that they do not name",
        written="@multi_tenant class DiscountArgs",
        provoke=building(_multi_tenant),
        how="RegistrationError",
        thing="DiscountArgs",
        problem="has no tenant_id",
        cure="a class of args or events with that field, or a job function with that parameter, was expected",
    ),
)
