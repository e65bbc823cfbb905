"""Recipes as functions of one form: what they need by name, and an exit stack for what has an end.

Each end is thrown the error with which the run ends, whatever the ends after it do, and can neither hide it from the
others nor from the caller: a generator that swallows it still lets its neighbours roll back.
"""

# ruff: noqa: ARG001  (every source takes an exit stack, whether it has an end or not)

from collections.abc import Callable
from contextlib import (
    AbstractAsyncContextManager,
    AbstractContextManager,
    AsyncExitStack,
    ExitStack,
    asynccontextmanager,
    contextmanager,
)
from types import TracebackType
from typing import Any

from dawam.modules.recipe import Recipe, SourceKind

AnyExitStack = AsyncExitStack | ExitStack


def plain_source(recipe: Recipe) -> Callable[..., Any]:
    """Makes it without waiting: `make(exits, **needs)`. For recipes that do not need the loop."""
    source, constants = recipe.source, dict(recipe.constants)
    if recipe.kind is SourceKind.VALUE:

        def make(exits: AnyExitStack, **needs: Any) -> Any:
            return source

    elif recipe.kind is SourceKind.CALL:

        def make(exits: AnyExitStack, **needs: Any) -> Any:
            return source(**constants, **needs)

    elif recipe.kind is SourceKind.GENERATOR:
        manage = contextmanager(source)

        def make(exits: AnyExitStack, **needs: Any) -> Any:
            return _entered(exits, manage(**constants, **needs))

    else:

        def make(exits: AnyExitStack, **needs: Any) -> Any:
            made = source(**constants, **needs)
            _entered(exits, made)
            return made

    return make


def awaited_source(recipe: Recipe) -> Callable[..., Any]:
    """Makes it by awaiting: `await make(exits, **needs)`. For recipes that need the loop."""
    source, constants = recipe.source, dict(recipe.constants)

    if recipe.kind is SourceKind.COROUTINE:

        async def make(exits: AsyncExitStack, **needs: Any) -> Any:
            return await source(**constants, **needs)

    elif recipe.kind is SourceKind.ASYNC_GENERATOR:
        manage = asynccontextmanager(source)

        async def make(exits: AsyncExitStack, **needs: Any) -> Any:
            return await _entered_async(exits, manage(**constants, **needs))

    else:

        async def make(exits: AsyncExitStack, **needs: Any) -> Any:
            made = source(**constants, **needs)
            await _entered_async(exits, made)
            return made

    return make


def _entered(exits: AnyExitStack, manager: AbstractContextManager[Any]) -> Any:
    value = manager.__enter__()

    def leave(kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        manager.__exit__(kind, error, trace)

    exits.push(leave)
    return value


async def _entered_async(exits: AsyncExitStack, manager: AbstractAsyncContextManager[Any]) -> Any:
    value = await manager.__aenter__()

    async def leave(kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await manager.__aexit__(kind, error, trace)

    exits.push_async_exit(leave)
    return value
