"""What was delivered is for those who see figures or answer for the deliveries."""

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from data_access import deliveries
from data_access.tables import NoScope, Scope


@pytest.mark.parametrize(
    "read", [deliveries.imports, deliveries.newest_per_table, lambda e, scope: deliveries.rejections(e, scope, 1)]
)
@pytest.mark.parametrize(
    ("role", "may"),
    [
        ("head", True),
        ("coordinator", True),
        ("administrator", True),
        ("steering", False),
        ("protection", False),
        ("blocked", False),
        ("", False),
    ],
)
def test_who_may_see_what_was_delivered(engine: sa.Engine, read: Callable[..., Any], role: str, may: bool) -> None:
    scope = Scope("anna", (role,))
    if may:
        read(engine, scope)
    else:
        with pytest.raises(NoScope):
            read(engine, scope)
