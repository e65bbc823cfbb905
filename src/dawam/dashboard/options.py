"""How a dashboard looks and what it allows."""

from collections.abc import Collection
from enum import StrEnum

from msgspec import Struct

SECRET_NAMES = ("password", "passwd", "secret", "token", "api_key", "apikey", "authorization", "credential")


class Colour(StrEnum):
    """The colour of the line at the top, by which production looks different from all else."""

    BLUE = "blue"
    GREEN = "green"
    ORANGE = "orange"
    RED = "red"
    PURPLE = "purple"
    GREY = "grey"


class DashboardOptions(Struct, frozen=True, kw_only=True):
    """What the operator says of it."""

    name: str = ""
    """Of this installation, as in `production`: it stands beside the name of the page."""
    colour: Colour = Colour.BLUE
    is_read_only: bool = False
    """Nobody may change anything here, whatever their role."""
    hidden: Collection[str] = SECRET_NAMES
    """Fields of args, results and headers whose names contain one of these are not shown, whoever asks."""
    is_secure: bool = False
    """Browsers reach it by https only: its cookies are for https only then."""
