"""What users write to put an application together: a module, its dependencies and its life."""

from typing import ClassVar

from dawam.modules.application_context import ApplicationContext as ApplicationContext
from dawam.modules.declarations import Declaring
from dawam.modules.services import Services


class Module(Declaring):
    """A part of an application: what it registers, and what it does at the beginning and at the end.

    The modules named in `depends_on` come before it in everything, and after it at the shutdown. For each step all
    modules have their turn before the next step begins.

    A module may also be a plain object, `jobs = Module("shop")`, that collects functions with `@jobs.job`.
    """

    depends_on: ClassVar[tuple[type["Module"], ...]] = ()

    def __init__(self, name: str = "") -> None:
        """`name` stands before the names of the job functions declared with it."""
        super().__init__(prefix=name)
        self.name = name or type(self).__qualname__

    def pre_configure_services(self, services: Services) -> None:
        """Registers what other modules should find when they configure theirs."""

    def configure_services(self, services: Services) -> None:
        """Registers services, jobs, workers, handlers and options."""

    def post_configure_services(self, services: Services) -> None:
        """Changes what others registered."""

    async def on_pre_application_initialization(self, context: ApplicationContext) -> None:
        """Does what has to be done before any module is initialized."""

    async def on_application_initialization(self, context: ApplicationContext) -> None:
        """Prepares what it needs, and adds its workers."""

    async def on_post_application_initialization(self, context: ApplicationContext) -> None:
        """Does what needs all modules to be initialized."""

    async def on_application_shutdown(self, context: ApplicationContext) -> None:
        """Ends what it began. Called after the host has stopped, also when the start failed half-way."""


class BackgroundJobsModule(Module):
    """What a module depends on that enqueues or runs jobs, as ABP's users write it."""


class BackgroundWorkersModule(Module):
    """What a module depends on that adds background workers, as ABP's users write it."""
