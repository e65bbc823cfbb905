"""Leads the modules of an application through their phases."""

from collections.abc import Generator, Iterable
from contextlib import contextmanager

from dawam.errors import ModuleError
from dawam.modules.application_context import ApplicationContext
from dawam.modules.module import Module
from dawam.modules.services import Services


class ModuleLife:
    """Leads the modules of an application through their phases; what one raises becomes a `ModuleError`."""

    def __init__(self, modules: Iterable[Module]) -> None:
        self._modules = tuple(modules)
        self._begun: list[Module] = []

    def configure(self, services: Services) -> None:
        """Has all modules say what there is: first all the pre, then all the main, then all the post steps."""
        for phase in ("pre_configure_services", "configure_services", "post_configure_services"):
            for module in self._modules:
                with _phase(module, phase):
                    getattr(module, phase)(services)

    async def initialize(self, context: ApplicationContext) -> None:
        """Begins all modules. When one fails, `shutdown` ends those that had begun."""
        for module in self._modules:
            self._begun.append(module)
            with _phase(module, "on_pre_application_initialization"):
                await module.on_pre_application_initialization(context)
        for module in self._modules:
            with _phase(module, "on_application_initialization"):
                await module.on_application_initialization(context)
        for module in self._modules:
            with _phase(module, "on_post_application_initialization"):
                await module.on_post_application_initialization(context)

    async def shutdown(self, context: ApplicationContext) -> None:
        """Ends all modules that had begun, in reverse order; each has its turn, and then the failures are raised."""
        errors: list[Exception] = []
        while self._begun:
            module = self._begun.pop()
            try:
                with _phase(module, "on_application_shutdown"):
                    await module.on_application_shutdown(context)
            except ModuleError as error:
                errors.append(error)
        if len(errors) == 1:
            raise errors[0]
        if errors:
            raise ExceptionGroup(f"{len(errors)} modules failed while the application was shutting down", errors)


@contextmanager
def _phase(module: Module, phase: str) -> Generator[None]:
    try:
        yield
    except Exception as error:
        raise ModuleError(f"module {module.name} failed in {phase}: {type(error).__name__}: {error}") from error
