"""Which modules an application has, in which order, and their turns in each phase."""

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from typing import Any

from dawam.errors import ModuleError
from dawam.modules.module import ApplicationContext, Module
from dawam.modules.services import Services

AnyModule = Module | type[Module]


class ModuleGraph:
    """The modules of an application, and their turns in each phase; what one raises becomes a `ModuleError`."""

    def __init__(self, startup: Iterable[AnyModule]) -> None:
        """`startup` are the root modules, as classes or objects; what they depend on comes along, and before them."""
        self.modules = in_order(startup)
        self._begun: list[Module] = []

    def configure(self, services: Services) -> None:
        """Has all modules say what there is: first all the pre, then all the main, then all the post steps."""
        for phase in ("pre_configure_services", "configure_services", "post_configure_services"):
            for module in self.modules:
                with _phase(module, phase):
                    getattr(module, phase)(services)

    async def initialize(self, context: ApplicationContext) -> None:
        """Begins all modules. When one fails, `shut_down` ends those that had begun."""
        for module in self.modules:
            self._begun.append(module)
            with _phase(module, "on_pre_application_initialization"):
                await module.on_pre_application_initialization(context)
        for module in self.modules:
            with _phase(module, "on_application_initialization"):
                await module.on_application_initialization(context)
        for module in self.modules:
            with _phase(module, "on_post_application_initialization"):
                await module.on_post_application_initialization(context)

    async def shut_down(self, context: ApplicationContext) -> None:
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


def in_order(startup: Iterable[AnyModule]) -> tuple[Module, ...]:
    """The modules with all they depend on, dependencies first, each class once.

    Raises `ModuleError` for what is no module, for a circle, and for a module that cannot be made.
    """
    startup = tuple(startup)
    given: dict[type[Module], Module] = {}
    for each in startup:
        if isinstance(each, Module) and type(each) is not Module:
            _refuse_twice(each, given)
            given[type(each)] = each
    ordered: dict[Any, Module] = {}
    for each in startup:
        _check_module(each, "App")
        _place(each, given, ordered, ())
    return tuple(ordered.values())


def _place(
    module: AnyModule,
    given: dict[type[Module], Module],
    ordered: dict[Any, Module],
    path: tuple[type[Module], ...],
) -> None:
    """Puts the module behind its dependencies. A plain `Module("name")` stands for itself, others for their class."""
    module_class = module if isinstance(module, type) else type(module)
    key: Any = module if module_class is Module else module_class
    if key in ordered:
        return
    if module_class in path:
        circle = (*path[path.index(module_class) :], module_class)
        raise ModuleError(
            f"modules depend on each other in a circle: {' -> '.join(each.__qualname__ for each in circle)}. Take one "
            "of these dependencies away, or move what both need into a third module"
        )
    for dependency in _dependencies(module_class):
        _place(dependency, given, ordered, (*path, module_class))
    ordered[key] = module if isinstance(module, Module) else given.get(module_class) or _made(module_class)


def _dependencies(module_class: type[Module]) -> tuple[type[Module], ...]:
    dependencies: tuple[Any, ...] = module_class.depends_on
    name = module_class.__qualname__
    if not isinstance(dependencies, tuple):  # pyright: ignore[reportUnnecessaryIsInstance]  (users forget the comma)
        raise ModuleError(
            f"{name}.depends_on is {dependencies!r}: a tuple was expected, as in depends_on = (OtherModule,)"
        )
    for dependency in dependencies:
        _check_module(dependency, f"{name}.depends_on")
        if not isinstance(dependency, type):
            raise ModuleError(f"{name}.depends_on names an object, {dependency!r}: name its class")
    return dependencies


def _check_module(module: Any, where: str) -> None:
    if isinstance(module, Module) or (isinstance(module, type) and issubclass(module, Module)):
        return
    raise ModuleError(f"{where} names {module!r}, which is no module: a subclass of dawam.Module was expected")


def _refuse_twice(module: Module, given: dict[type[Module], Module]) -> None:
    if given.get(type(module), module) is not module:
        raise ModuleError(
            f"two objects of {type(module).__qualname__} were given: a module class exists once in an application"
        )


def _made(module_class: type[Module]) -> Module:
    try:
        return module_class()
    except Exception as error:
        raise ModuleError(
            f"module {module_class.__qualname__} cannot be made: {type(error).__name__}: {error}"
        ) from error
