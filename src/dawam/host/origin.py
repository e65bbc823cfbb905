"""How a new process finds the application of this one again."""

import sys
from multiprocessing import spawn

from dawam.host.channel import Origin

_KEPT = ("sys_path", "sys_argv", "dir", "init_main_from_name", "init_main_from_path")
"""Of what `multiprocessing` tells a new process: the rest is about locks and queues that are shared with it."""


def make_origin(module: str, name: str, command_line: dict[str, str], environment: str) -> Origin:
    """`name` is a global variable of the module that holds the application, or a function there that makes it."""
    told = spawn.get_preparation_data("dawam job")
    return Origin({key: told[key] for key in _KEPT if key in told}, module, name, command_line, environment)


def variable_of(value: object) -> tuple[str, str] | None:
    """The module, and the global variable in it, that holds this object; None where there is none."""
    for module_name, module in list(sys.modules.items()):
        for name, found in list(getattr(module, "__dict__", {}).items()):
            if found is value:
                return module_name, name
    return None
