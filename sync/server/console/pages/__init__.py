"""Every page of the console."""

from __future__ import annotations

from sync.server.console.pages import accounts, audit, entrance, figures, site, sites, ticket, tickets
from sync.server.console.routes import Route

ROUTES: tuple[Route, ...] = (
    *entrance.ROUTES,
    *sites.ROUTES,
    *site.ROUTES,
    *tickets.ROUTES,
    *ticket.ROUTES,
    *figures.ROUTES,
    *accounts.ROUTES,
    *audit.ROUTES,
)
