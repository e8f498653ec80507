"""A small demo municipality, delivered and imported the ordinary way: for the pages that show cases and deliveries."""

import datetime as dt
import os
import shutil
from pathlib import Path
from unittest import mock

from data_access.database import connect
from data_access.demo import write_deliveries
from data_access.importing import import_delivery
from tests.conftest import PERSON_KEY

TODAY = dt.date(2026, 11, 22)
CASES = 300


def delivered(
    template: Path, folder: Path, *, seed: int = 3, cases: int = CASES, profile: str = "national", deliveries: int = 1
) -> str:
    """The address of a database in `folder` with so many deliveries and one of `TODAY` in it."""
    path = folder / "ungeoverblik.db"
    shutil.copy(template, path)
    with mock.patch.dict(os.environ, UNGEOVERBLIK_PERSON_KEY=PERSON_KEY):
        engine = connect(f"sqlite:///{path}")
        for delivery in write_deliveries(
            folder, size="rebild", seed=seed, today=TODAY, cases=cases, profile=profile, deliveries=deliveries
        ):
            import_delivery(engine, delivery, allow_rejections=True, allow_withdrawals=True)
        engine.dispose()
    return f"sqlite:///{path}"
