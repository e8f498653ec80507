"""Blank fields are counted where they can be mended: at the centre that holds the case, and for those who may know."""

import polars as pl
import pytest
import sqlalchemy as sa

from data_access.blanks import blank_fields
from data_access.database import writing
from data_access.tables import FULL_SCOPE, NoScope, Scope
from tests.data_access import holding
from tests.data_access.holding import CENTERS, held_by

WHO_IS_TOLD = [
    (FULL_SCOPE, CENTERS),
    (Scope("a", ("coordinator",), None), CENTERS),
    (Scope("a", ("head",), ("Nord",)), ("Nord",)),
    (Scope("a", ("head",), CENTERS[1:]), CENTERS[1:]),
    (Scope("a", ("head",), ("Vest",)), ()),
    (Scope("a", ("head",)), ()),
    (Scope("a", ("administrator", "head"), ("Nord",)), ("Nord",)),
]


@pytest.mark.parametrize(("scope", "centers"), WHO_IS_TOLD)
def test_each_is_told_of_its_centers(engine: sa.Engine, scope: Scope, centers: tuple[str, ...]) -> None:
    holding.fill(engine)
    with writing(engine, FULL_SCOPE) as connection:
        connection.exec_driver_sql("UPDATE cases SET closed_on = '2026-06-01' WHERE case_id = 'S1'")
        connection.exec_driver_sql("UPDATE interviews SET order_followed_up = '1' WHERE case_id = 'S3'")
    found = blank_fields(engine, scope)
    assert set(found["center"]) == set(centers)
    followed = found.filter(pl.col("extract") == "samtaler", pl.col("column") == "paalaeg_fulgt_op")
    assert {row["center"]: (row["rows"], row["blank"]) for row in followed.iter_rows(named=True)} == {
        center: (len(held := held_by(center) - {"S1"}), len(held - {"S3"})) for center in centers
    }


@pytest.mark.parametrize("role", ["administrator", "steering", "protection", "blocked", "system "])
def test_others_are_refused(engine: sa.Engine, role: str) -> None:
    with pytest.raises(NoScope):
        blank_fields(engine, Scope("a", (role,), None))
