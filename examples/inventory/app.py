"""The application. `dawam run examples.inventory.app:app` is a process that runs its jobs and workers."""

from pathlib import Path

from dawam import App
from examples.inventory.module import InventoryModule

app = App(InventoryModule, settings=Path(__file__).with_name("appsettings.json"))
