"""Overblik: how things stand, and where to look first."""

from ui import access, filters, overview

scope = access.guard("figures")
if front := overview.front(scope):
    overview.show(front)
else:
    filters.nothing_selected()
