"""Which modules an application has, and in which order."""

from collections.abc import Iterable
from typing import Any

from dawam.errors import ModuleError
from dawam.modules.module import Module

AnyModule = Module | type[Module]


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
