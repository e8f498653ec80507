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


def delivered(template: Path, folder: Path) -> str:
    """The address of a database in `folder` with two deliveries in it, the newest of `TODAY`."""
    path = folder / "ungeoverblik.db"
    shutil.copy(template, path)
    with mock.patch.dict(os.environ, UNGEOVERBLIK_PERSON_KEY=PERSON_KEY):
        engine = connect(f"sqlite:///{path}")
        for delivery in write_deliveries(
            folder, size="rebild", seed=3, today=TODAY, cases=CASES, profile="national", deliveries=1
        ):
            import_delivery(engine, delivery, allow_rejections=True, allow_withdrawals=True)
        engine.dispose()
    return f"sqlite:///{path}"
