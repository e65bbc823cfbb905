"""What every machine is built on: its steps are coroutines, awaited on the loop of the test."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from functools import partial, wraps
from itertools import count
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from hypothesis.strategies import SearchStrategy

from dawam.ids import HostId
from dawam.stores.values import HostInfo
from dawam.testing.conformance.stores.bench import Bench

_SHARE = 2
"""One machine tries half of the examples that the profile of Hypothesis says: an example of it is long."""


_EXPECTED = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much)
_rule: Any = rule
_initialize: Any = initialize
Verb = Callable[..., Coroutine[Any, Any, Any]]


class Machine(RuleBasedStateMachine):
    """Works on a bench, from a thread beside the loop of the test, on which all stores live."""

    def __init__(self, bench: Bench, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self.bench, self._loop = bench, loop
        self._host_numbers = count(1)

    def new_host(self) -> HostInfo:
        """One whose id is the same whenever the example is tried, as hosts are rescued in the order of their ids."""
        return replace(self.bench.host_info(), id=HostId(f"host-{next(self._host_numbers)}"))

    async def verify(self) -> None:
        """What holds after every step."""

    async def close(self) -> None:
        """The example is over."""

    def teardown(self) -> None:
        self.wait_for(self.close())

    def wait_for(self, verb: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(verb, self._loop).result()


def step(
    *, target: Bundle[Any] | None = None, given: tuple[Bundle[Any], ...] = (), **arguments: SearchStrategy[Any]
) -> Callable[[Verb], Any]:
    """As `rule` of Hypothesis, for a coroutine.

    `given` names the bundles that stand inside of other strategies: where one of them is empty the step is not chosen.
    """
    made = _rule(**arguments) if target is None else _rule(target=target, **arguments)
    having: Any = precondition(lambda machine: all(machine.bundle(each.name) for each in given))
    return lambda verb: made(having(_verified(verb)))


def beginning(*, target: Bundle[Any], **arguments: SearchStrategy[Any]) -> Callable[[Verb], Any]:
    """As `initialize` of Hypothesis, for a coroutine."""
    made = _initialize(target=target, **arguments)
    return lambda verb: made(_verified(verb))


def _verified(verb: Verb) -> Callable[..., Any]:
    async def verified(machine: Machine, arguments: dict[str, Any]) -> Any:
        answer = await verb(machine, **arguments)
        await machine.verify()
        return answer

    @wraps(verb)
    def waiting(machine: Machine, **arguments: Any) -> Any:
        return machine.wait_for(verified(machine, arguments))

    return waiting


async def run_machine(kind: Callable[[asyncio.AbstractEventLoop], Machine]) -> None:
    """Tries examples of this machine until one fails, and then the smaller ones that fail as well."""
    factory: Any = partial(kind, asyncio.get_running_loop())
    chosen = settings(
        max_examples=max(1, settings().max_examples // _SHARE), deadline=None, suppress_health_check=_EXPECTED
    )
    await asyncio.to_thread(run_state_machine_as_test, factory, settings=chosen)
