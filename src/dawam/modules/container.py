"""Makes the services: the only file that knows the dependency injection library.

The wiring has checked everything beforehand; dishka makes things, keeps them and resolves concurrently. What has an end
is ended by exit stacks of our own, so that what a run raised is thrown into its generators, in reverse order.
"""

import asyncio
import inspect
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import AsyncExitStack, ExitStack
from logging import Logger
from types import TracebackType
from typing import Annotated, Any

from dishka import AsyncContainer, BaseScope, FromComponent, Provider, make_async_container, make_container, new_scope
from dishka import Container as BlockingContainer
from dishka.exceptions import NoContextValueError, NoFactoryError

from dawam.errors import DependencyError, NotRunningError
from dawam.modules.complaints import called, not_given, scoped_asked_of_application, unregistered
from dawam.modules.recipe import Recipe
from dawam.modules.registration import AnyRegistration, Lifetime, Root
from dawam.modules.scopes import Container
from dawam.modules.sources import awaited_source, plain_source
from dawam.modules.wiring import Wiring

_FOR_SINGLETONS = "for singletons"
"""The dishka component of those transients that singletons may hold: they end with the application."""


class _Lives(BaseScope):
    APP = new_scope("APP")
    RUN = new_scope("RUN")


class _AppExits(AsyncExitStack):
    """Ends what lives as long as the application."""


class _RunExits:
    """The key of a run's exit stack, blocking or not."""


def build_container(
    registrations: Iterable[AnyRegistration], roots: Iterable[Root] = (), context_types: Collection[Any] = ()
) -> Container:
    """Checks that everything can be made, and answers with what makes it.

    Args:
        registrations: the services; for the same type the last one wins.
        roots: what Dawam itself builds or calls.
        context_types: the types whose values are given with each scope, such as `JobContext`; `Logger` always is one.

    Raises `DependencyError` with the path of the first thing that does not fit.
    """
    wiring = Wiring(registrations, {*context_types, Logger})
    roots = tuple(roots)
    for root in roots:  # first, so that the drawn path begins with what people know: their job
        wiring.check_root(root)
    wiring.check_services()
    container = _Container(wiring)
    for root in roots:
        container.add(root)
    return container


class _Container:
    """Everything that lives as long as the application. `modules.scopes.Container` has its promises."""

    def __init__(self, wiring: Wiring) -> None:
        self._wiring = wiring
        self._roots: dict[Any, _RootMaker] = {}
        self._exits = _AppExits()
        self._singleton_roots: dict[Any, Any] = {}
        self._making_root = asyncio.Lock()
        self._services = make_async_container(*_providers(wiring), scopes=_Lives, context={_AppExits: self._exits})
        self._blocking = make_container(self._blocking_provider(), scopes=_Lives)
        self._loop: asyncio.AbstractEventLoop | None = None

    def add(self, root: Root) -> None:
        recipe = self._wiring.check_root(root)
        if root.parameters is None and self._wiring.find(root.target) is None:
            self._roots[root.target] = _RootMaker(recipe, [(n.parameter, n.wanted) for n in self._wiring.needs(recipe)])

    async def admit(self, root: Root) -> None:
        self.add(root)

    async def start(self) -> None:
        self._loop = asyncio.get_running_loop()

    async def close(self) -> None:
        self._loop = None
        self._singleton_roots.clear()
        await self._exits.aclose()

    def open(self, given: Mapping[Any, Any]) -> "_OpenScope":
        exits = AsyncExitStack()
        return _OpenScope(self._services({**given, _RunExits: exits}), exits, self._roots, self._wiring)

    def open_blocking(self, given: Mapping[Any, Any]) -> "_OpenBlockingScope":
        if self._loop is None:
            raise NotRunningError("a scope for a thread was opened before the application was, or after it was closed")
        exits = ExitStack()
        return _OpenBlockingScope(self._blocking({**given, _RunExits: exits}), exits, self._roots, self._wiring)

    async def get(self, wanted: Any, /) -> Any:
        maker = self._roots.get(wanted)
        if maker is not None and maker.recipe.lifetime is Lifetime.SINGLETON:
            return await self._singleton_root(wanted, maker)
        recipe = self._wiring.find(wanted)
        if maker is not None or wanted in self._wiring.context_types or (recipe and self._wiring.lives_in_run(recipe)):
            raise DependencyError(scoped_asked_of_application(wanted))
        is_transient = recipe is not None and recipe.lifetime is Lifetime.TRANSIENT
        try:
            return await self._services.get(wanted, component=_FOR_SINGLETONS if is_transient else "")
        except NoFactoryError as error:
            raise _explained(error, wanted, self._wiring) from error

    async def _singleton_root(self, wanted: Any, maker: "_RootMaker") -> Any:
        async with self._making_root:
            if wanted not in self._singleton_roots:
                needs = {parameter: await self.get(need) for parameter, need in maker.needs}
                self._singleton_roots[wanted] = await maker.make(self._exits, needs)
        return self._singleton_roots[wanted]

    # -- for threads: scoped things are made there, singletons on the loop

    def _blocking_provider(self) -> Provider:
        provider = Provider()
        _provide_context(provider, self._wiring)
        for recipe in self._wiring:
            if recipe.lifetime is Lifetime.SINGLETON:
                make = _declared(self._from_loop(recipe), None, {})
                provider.provide(make, provides=recipe.provides, scope=_Lives.APP)
            else:
                source = _refusing(recipe) if recipe.kind.needs_loop else plain_source(recipe)
                make = _declared(source, _RunExits, {} if recipe.kind.needs_loop else _needs(self._wiring, recipe))
                is_kept = recipe.lifetime is Lifetime.SCOPED
                provider.provide(make, provides=recipe.provides, scope=_Lives.RUN, cache=is_kept)
        return provider

    def _from_loop(self, recipe: Recipe) -> Callable[..., Any]:
        def make() -> Any:
            if self._loop is None or _on_a_loop():
                raise NotRunningError(
                    f"{called(recipe.provides)} is made on the event loop, and a blocking scope asked for it outside "
                    "of a host's thread"
                )
            return asyncio.run_coroutine_threadsafe(self.get(recipe.provides), self._loop).result()

        return make


class _RootMaker:
    """Makes a job, worker or handler: not by dishka, so that one can be admitted at any time."""

    __slots__ = ("_awaited", "_plain", "needs", "recipe")

    def __init__(self, recipe: Recipe, needs: list[tuple[str, Any]]) -> None:
        self.recipe = recipe
        self.needs = needs
        self._awaited = awaited_source(recipe) if recipe.kind.needs_loop else None
        self._plain = None if recipe.kind.needs_loop else plain_source(recipe)

    async def make(self, exits: AsyncExitStack, needs: dict[str, Any]) -> Any:
        if self._awaited is not None:
            return await self._awaited(exits, **needs)
        return self.make_blocking(exits, needs)

    def make_blocking(self, exits: AsyncExitStack | ExitStack, needs: dict[str, Any]) -> Any:
        if self._plain is None:
            raise DependencyError(
                f"{called(self.recipe.provides)} is an async context manager and cannot be used in a thread"
            )
        return self._plain(exits, **needs)


class _OpenScope:
    __slots__ = ("_exits", "_roots", "_services", "_wiring")

    def __init__(
        self, services: AsyncContainer, exits: AsyncExitStack, roots: Mapping[Any, _RootMaker], wiring: Wiring
    ) -> None:
        self._services, self._exits, self._roots, self._wiring = services, exits, roots, wiring

    async def get(self, wanted: Any, /) -> Any:
        maker = self._roots.get(wanted)
        try:
            if maker is None:
                return await self._services.get(wanted)
            needs = {parameter: await self._services.get(need) for parameter, need in maker.needs}
        except (NoFactoryError, NoContextValueError) as error:
            raise _explained(error, wanted, self._wiring) from error
        return await maker.make(self._exits, needs)

    async def __aenter__(self) -> "_OpenScope":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._exits.__aexit__(kind, error, trace)


class _OpenBlockingScope:
    __slots__ = ("_exits", "_roots", "_services", "_wiring")

    def __init__(
        self, services: BlockingContainer, exits: ExitStack, roots: Mapping[Any, _RootMaker], wiring: Wiring
    ) -> None:
        self._services, self._exits, self._roots, self._wiring = services, exits, roots, wiring

    def get(self, wanted: Any, /) -> Any:
        maker = self._roots.get(wanted)
        try:
            if maker is None:
                return self._services.get(wanted)
            needs = {parameter: self._services.get(need) for parameter, need in maker.needs}
        except (NoFactoryError, NoContextValueError) as error:
            raise _explained(error, wanted, self._wiring) from error
        return maker.make_blocking(self._exits, needs)

    def __enter__(self) -> "_OpenBlockingScope":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._exits.__exit__(kind, error, trace)


# ------------------------------------------------------------------------------------- in dishka's terms


def _providers(wiring: Wiring) -> list[Provider]:
    """One for everybody, and one with the transients that singletons may hold."""
    general, held = Provider(), Provider(component=_FOR_SINGLETONS)
    general.from_context(provides=_AppExits, scope=_Lives.APP)
    _provide_context(general, wiring)
    for recipe in wiring:
        source = awaited_source(recipe) if recipe.kind.needs_loop else plain_source(recipe)
        needs = _needs(wiring, recipe)
        if recipe.lifetime is Lifetime.SINGLETON:
            make = _declared(source, _AppExits, _held_by_application(wiring, needs))
            general.provide(make, provides=recipe.provides, scope=_Lives.APP)
            continue
        is_kept = recipe.lifetime is Lifetime.SCOPED
        general.provide(_declared(source, _RunExits, needs), provides=recipe.provides, scope=_Lives.RUN, cache=is_kept)
        if not wiring.lives_in_run(recipe):
            make = _declared(source, _in_general(_AppExits), _held_by_application(wiring, needs))
            held.provide(make, provides=recipe.provides, scope=_Lives.APP, cache=False)
    return [general, held]


def _provide_context(provider: Provider, wiring: Wiring) -> None:
    for given in (*wiring.context_types, _RunExits):
        provider.from_context(provides=given, scope=_Lives.RUN)


def _needs(wiring: Wiring, recipe: Recipe) -> dict[str, Any]:
    return {need.parameter: need.wanted for need in wiring.needs(recipe)}


def _held_by_application(wiring: Wiring, needs: Mapping[str, Any]) -> dict[str, Any]:
    """The same needs, where transients are those that end with the application."""
    held: dict[str, Any] = {}
    for parameter, wanted in needs.items():
        found = wiring.find(wanted)
        is_transient = found is not None and found.lifetime is Lifetime.TRANSIENT
        held[parameter] = Annotated[wanted, FromComponent(_FOR_SINGLETONS)] if is_transient else _in_general(wanted)
    return held


def _in_general(wanted: Any) -> Any:
    return Annotated[wanted, FromComponent()]


def _declared(source: Callable[..., Any], exits: Any, needs: Mapping[str, Any]) -> Callable[..., Any]:
    """The source with a signature that dishka reads; it is a function of ours, never the user's class."""
    first = [] if exits is None else [inspect.Parameter("exits", inspect.Parameter.POSITIONAL_ONLY, annotation=exits)]
    named = [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=hint) for name, hint in needs.items()]
    declared: Any = source
    declared.__annotations__ = {each.name: each.annotation for each in (*first, *named)}
    declared.__signature__ = inspect.Signature([*first, *named])
    return source


def _refusing(recipe: Recipe) -> Callable[..., Any]:
    def make(_exits: Any) -> Any:
        raise DependencyError(
            f"{called(recipe.provides)} can only be made by a coroutine, and was asked for in a thread"
        )

    return make


def _explained(error: Exception, wanted: Any, wiring: Wiring) -> DependencyError:
    if isinstance(error, NoContextValueError):
        return DependencyError(not_given(wanted, error.args[0]))
    return DependencyError(unregistered(wanted, wiring.provided_types))


def _on_a_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
