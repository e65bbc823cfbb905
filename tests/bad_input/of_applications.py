"""Bad inputs: modules, dependencies, workers and handlers that do not fit together."""

from datetime import timedelta

from dawam import App, Services
from tests.bad_input import wrong_jobs as wrong
from tests.bad_input.case import BadInput, Provoke
from tests.bad_input.of_declarations import registering
from tests.bad_input.provoking import building


def _worker(worker: type) -> Provoke:
    return registering(lambda services: services.add_worker(worker))


def _shipping_without_warehouse(services: Services) -> None:
    services.add_scoped(wrong.Shipping)
    services.add_job(wrong.ShipWithWarehouseJob)


def _prices_keep_a_session(services: Services) -> None:
    services.add_scoped(wrong.Session)
    services.add_singleton(wrong.Prices)
    services.add_job(wrong.PriceJob)


def _thread_awaits(services: Services) -> None:
    services.provide(wrong.get_warehouse)
    services.add_job(wrong.ThreadJob)


def _chicken_and_egg(services: Services) -> None:
    services.add_scoped(wrong.Chicken)
    services.add_scoped(wrong.Egg)


def _zero() -> App:
    app = App()
    app.worker(every=timedelta(0))(wrong.restless)
    return app


MODULES = (
    BadInput(
        title="Modules depend on each other in a circle",
        written="OrdersModule -> StockModule -> OrdersModule",
        provoke=building(lambda: App(wrong.StockModule)),
        how="ModuleError",
        thing="StockModule -> OrdersModule -> StockModule",
        problem="modules depend on each other in a circle",
        cure="Take one of these dependencies away, or move what both need into a third module",
    ),
    BadInput(
        title="What is given to App is no module",
        written="App(NotAModule)",
        provoke=building(lambda: App(wrong.NotAModule)),  # type: ignore[arg-type]
        how="ModuleError",
        thing="NotAModule",
        problem="which is no module",
        cure="a subclass of dawam.Module was expected",
    ),
    BadInput(
        title="A module depends on what is no module",
        written="depends_on = (NotAModule,)",
        provoke=building(lambda: App(wrong.ShopWithNoModule)),
        how="ModuleError",
        thing="ShopWithNoModule.depends_on",
        problem="which is no module",
        cure="a subclass of dawam.Module was expected",
    ),
    BadInput(
        title="A module raises while it configures its services",
        written='raise LookupError("no warehouse")',
        provoke=building(lambda: App(wrong.BrokenModule)),
        how="ModuleError",
        thing="BrokenModule",
        problem="configure_services",
        cure="LookupError: no warehouse",
    ),
    BadInput(
        title="A package to be discovered is not there",
        written='services.discover("shop.no_products")',
        provoke=registering(lambda services: services.discover("tests.bad_input.no_products")),
        how="ModuleError",
        thing="'shop.no_products'",
        problem="cannot be imported",
        cure="name it as it is imported",
    ),
)

DEPENDENCIES = (
    BadInput(
        title="Nobody provides a dependency",
        written="class Shipping: def __init__(self, warehouse: Warehouse)",
        provoke=registering(_shipping_without_warehouse),
        how="DependencyError",
        thing="nobody provides Warehouse, which Shipping (parameter 'warehouse') asks for",
        problem="└─ Shipping(warehouse: Warehouse)",
        cure="Register it: services.add_scoped(Warehouse)",
    ),
    BadInput(
        title="A singleton needs what lives in one run only",
        written="services.add_singleton(Prices), which needs a scoped Session",
        provoke=registering(_prices_keep_a_session),
        how="DependencyError",
        thing="Prices lives as long as the application, but Session ends with each run",
        problem="Prices(session: Session)",
        cure="Make Prices scoped (services.add_scoped), or Session a singleton",
    ),
    BadInput(
        title="A job in a thread needs what has to be awaited",
        written="class ThreadJob(BackgroundJob[...]), and async def get_warehouse() -> Warehouse",
        provoke=registering(_thread_awaits),
        how="DependencyError",
        thing="job ThreadJob runs in a thread, but Warehouse can only be made by awaiting get_warehouse",
        problem="needs the event loop",
        cure="Make ThreadJob async, or provide Warehouse with a plain function",
    ),
    BadInput(
        title="Services need each other",
        written="Chicken needs Egg, Egg needs Chicken",
        provoke=registering(_chicken_and_egg),
        how="DependencyError",
        thing="Chicken needs itself",
        problem="└─ Egg(chicken: Chicken)",
        cure="Take one of these parameters away, or hand it over later, by a method",
    ),
)

WORKERS = (
    BadInput(
        title="A worker has no schedule",
        written="class WorkerWithoutPeriod(AsyncPeriodicBackgroundWorker)",
        provoke=_worker(wrong.WorkerWithoutPeriod),
        how="RegistrationError",
        thing="WorkerWithoutPeriod",
        problem="has no schedule",
        cure="give it `every=timedelta(minutes=5)` or `cron='0 3 * * *'`",
    ),
    BadInput(
        title="The period of a worker class is zero",
        written="every = timedelta(0)",
        provoke=_worker(wrong.RestlessWorker),
        how="RegistrationError",
        thing="RestlessWorker",
        problem="every=0:00:00 was given",
        cure="a period must be longer than zero",
    ),
    BadInput(
        title="The period of a worker function is zero",
        written="@app.worker(every=timedelta(0))",
        provoke=building(_zero),
        how="RegistrationError",
        thing="restless",
        problem="every=0:00:00 was given",
        cure="a period must be longer than zero",
    ),
    BadInput(
        title="The period of a worker is a number, as in ABP",
        written="every = 300_000",
        provoke=_worker(wrong.MillisecondsWorker),
        how="RegistrationError",
        thing="MillisecondsWorker",
        problem="every=300000 has no unit",
        cure="a timedelta was expected, as in timedelta(minutes=5)",
    ),
    BadInput(
        title="A worker has no do_work",
        written="class WorkerWithoutWork(AsyncPeriodicBackgroundWorker)",
        provoke=_worker(wrong.WorkerWithoutWork),
        how="RegistrationError",
        thing="WorkerWithoutWork",
        problem="has no do_work",
        cure="define it in the class",
    ),
    BadInput(
        title="A custom worker cannot be stopped",
        written="class WorkerWithoutStop(BackgroundWorker)",
        provoke=_worker(wrong.WorkerWithoutStop),
        how="RegistrationError",
        thing="WorkerWithoutStop",
        problem="has no stop",
        cure="define it in the class",
    ),
    BadInput(
        title="A handler does not say which event it handles",
        written="class HandlerOfNothing(LocalEventHandler)",
        provoke=registering(lambda services: services.add_event_handler(wrong.HandlerOfNothing)),
        how="RegistrationError",
        thing="HandlerOfNothing",
        problem="does not say which events it handles",
        cure="write class HandlerOfNothing(LocalEventHandler[SomeEvent])",
    ),
)
