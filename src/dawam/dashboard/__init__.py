"""A dashboard: pages for people, and an API with the same rights, to mount in any ASGI application."""

from dawam.dashboard.access import Account, AnyOf, Authenticate, BasicAuth, BearerAuth, LoopbackOnly, Principal, Role
from dawam.dashboard.dashboard import Dashboard
from dawam.dashboard.options import Colour, DashboardOptions

__all__ = [
    "Account",
    "AnyOf",
    "Authenticate",
    "BasicAuth",
    "BearerAuth",
    "Colour",
    "Dashboard",
    "DashboardOptions",
    "LoopbackOnly",
    "Principal",
    "Role",
]
