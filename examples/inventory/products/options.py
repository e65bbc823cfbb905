"""How products are watched: the section `Products` of the settings."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(slots=True, kw_only=True)
class ProductOptions:
    """What the operator may say about products."""

    checks_stock: bool = True
    """False: this process leaves the periodic check to another one."""
    stock_check_every: timedelta = timedelta(minutes=5)
