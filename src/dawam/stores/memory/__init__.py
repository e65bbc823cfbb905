"""Jobs in memory: for tests and small tools. Nothing outlives the process."""

from dawam.stores.memory.shelf import MemoryShelf
from dawam.stores.memory.store import MemoryStore, from_url

__all__ = ["MemoryShelf", "MemoryStore", "from_url"]
