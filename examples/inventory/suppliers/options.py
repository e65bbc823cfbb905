"""Where offers come from: the section `Suppliers` of the settings."""

from dataclasses import dataclass, field
from datetime import timedelta


@dataclass(slots=True, kw_only=True)
class SupplierOptions:
    """What the operator may say about the supplier's system."""

    url: str = ""
    """As `https://supplier.example.com/v1`. Empty: there is no supplier, and nothing is fetched."""
    api_key: str = field(default="", repr=False)
    """Empty: the supplier wants none."""
    sync_every: timedelta | None = None
    """None: as the worker's class says."""
    page_timeout: timedelta = timedelta(seconds=10)
    """For one page as a whole, however slowly it trickles in."""
    give_up_after: int = 3
    """So many pages in a row that cannot be had, and the supplier is taken to be away until the next tick."""

    def __post_init__(self) -> None:
        if self.url and not self.url.startswith(("http://", "https://")):
            raise ValueError(f"url={self.url!r}: an address with http:// or https:// was expected")
        if self.page_timeout <= timedelta(0):
            raise ValueError(f"page_timeout={self.page_timeout}: a duration above zero was expected, as 10s")
        if self.give_up_after < 1:
            raise ValueError(f"give_up_after={self.give_up_after}: 1 or more was expected")
