"""The life of modules: everybody has a turn in each phase, and what begins also ends."""

from typing import cast

import pytest

from dawam.errors import ModuleError
from dawam.modules.application_context import ApplicationContext
from dawam.modules.graph import in_order
from dawam.modules.life import ModuleLife
from dawam.modules.module import Module
from dawam.modules.services import Services

pytestmark = pytest.mark.guide(9)

context = cast(ApplicationContext, object())
"""No module here asks it for anything."""


class Writing(Module):
    """A module that writes down each of its phases."""

    lines: list[str]

    def _write(self, phase: str) -> None:
        type(self).lines.append(f"{phase} {type(self).__name__}")

    def pre_configure_services(self, services: Services) -> None:
        self._write("pre-configure")

    def configure_services(self, services: Services) -> None:
        self._write("configure")

    def post_configure_services(self, services: Services) -> None:
        self._write("post-configure")

    async def on_pre_application_initialization(self, context: ApplicationContext) -> None:
        self._write("pre-initialize")

    async def on_application_initialization(self, context: ApplicationContext) -> None:
        self._write("initialize")

    async def on_post_application_initialization(self, context: ApplicationContext) -> None:
        self._write("post-initialize")

    async def on_application_shutdown(self, context: ApplicationContext) -> None:
        self._write("shut down")


class Data(Writing): ...


class Products(Writing):
    depends_on = (Data,)


@pytest.fixture(autouse=True)
def lines() -> list[str]:
    Writing.lines = []
    return Writing.lines


async def test_each_phase_is_finished_by_all_modules_before_the_next_begins(lines: list[str]) -> None:
    life = ModuleLife(in_order([Products]))
    life.configure(Services())
    await life.initialize(context)
    await life.shutdown(context)
    assert lines == [
        "pre-configure Data",
        "pre-configure Products",
        "configure Data",
        "configure Products",
        "post-configure Data",
        "post-configure Products",
        "pre-initialize Data",
        "pre-initialize Products",
        "initialize Data",
        "initialize Products",
        "post-initialize Data",
        "post-initialize Products",
        "shut down Products",
        "shut down Data",
    ]


async def test_shutting_down_twice_or_before_the_start_does_nothing(lines: list[str]) -> None:
    life = ModuleLife(in_order([Data]))
    await life.shutdown(context)
    assert lines == []
    await life.initialize(context)
    await life.shutdown(context)
    await life.shutdown(context)
    assert lines.count("shut down Data") == 1


async def test_what_a_module_raises_names_module_and_phase() -> None:
    class Broken(Data):
        async def on_application_initialization(self, context: ApplicationContext) -> None:
            raise OSError("no disk")

    life = ModuleLife(in_order([Broken]))
    with pytest.raises(ModuleError, match="Broken failed in on_application_initialization: OSError: no disk") as raised:
        await life.initialize(context)
    assert isinstance(raised.value.__cause__, OSError)


async def test_after_a_failed_start_those_that_had_begun_are_shutdown(lines: list[str]) -> None:
    class Broken(Writing):
        depends_on = (Data,)

        async def on_pre_application_initialization(self, context: ApplicationContext) -> None:
            raise OSError("no disk")

    class Late(Writing):
        depends_on = (Broken,)

    life = ModuleLife(in_order([Late]))
    with pytest.raises(ModuleError):
        await life.initialize(context)
    await life.shutdown(context)
    assert lines == ["pre-initialize Data", "shut down Broken", "shut down Data"]


async def test_at_the_shutdown_each_module_has_its_turn_whatever_the_others_raise(lines: list[str]) -> None:
    class Broken(Writing):
        depends_on = (Data,)

        async def on_application_shutdown(self, context: ApplicationContext) -> None:
            raise OSError("no disk")

    life = ModuleLife(in_order([Broken]))
    await life.initialize(context)
    with pytest.raises(ModuleError, match="Broken failed in on_application_shutdown"):
        await life.shutdown(context)
    assert lines[-1] == "shut down Data"
