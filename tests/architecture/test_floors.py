"""Every room of the house stands on a floor, so that the import contracts of pyproject.toml forget none."""

import re
import tomllib

from tests.architecture.code import ROOT


def _floors() -> set[str]:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = next(contract for contract in contracts if contract["type"] == "layers")["layers"]
    return {room for layer in layers for room in re.split(r"[\s|:()]+", layer) if room}


def test_every_room_stands_on_a_floor() -> None:
    house = ROOT / "src" / "dawam"
    rooms = {f"dawam.{path.stem}" for path in house.glob("*.py") if not path.stem.startswith("__")}
    rooms |= {f"dawam.{path.parent.name}" for path in house.glob("*/__init__.py")}
    rooms -= {"dawam.stores"}  # its parts stand on several floors
    rooms |= {f"dawam.stores.{path.parent.name}" for path in house.glob("stores/*/__init__.py")}
    rooms |= {f"dawam.stores.{path.stem}" for path in house.glob("stores/*.py") if path.stem != "__init__"}

    assert _floors() == rooms
