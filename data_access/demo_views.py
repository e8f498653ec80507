"""The demo's shared views: two questions that leaders would come back to, as Udforsk keeps them."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from data_access import views
from data_access.tables import Scope

FORM = 1
"""The form of `ui.views` that they are written in."""
EVERYTHING: Mapping[str, Any] = {"number": "rate", "show": "both", "period": "Seneste 12 måneder"}
"""What both ask: all centres, categories and ages of the last year."""
VIEWS: Mapping[str, Mapping[str, Any]] = {
    "Endelig visitation efter startmåned": {
        "measure": "final_visitation",
        "title": "Endelig visitation inden 3 måneder",
        "rows": "start",
        "columns": "outcome",
    },
    "Mentorstøtte måned for måned": {
        "measure": "mentor",
        "title": "Mentorstøtte",
        "rows": "month",
        "columns": "center",
    },
}
"""Name -> what is asked beside that."""


def share(engine: sa.Engine, author: Scope) -> None:
    """Save them for everybody."""
    for name, asked in VIEWS.items():
        views.save(engine, author, name=name, form=FORM, asked={**EVERYTHING, **asked}, shared=True)
