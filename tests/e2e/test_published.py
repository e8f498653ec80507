"""Månedens tal in a browser: the address asks for a month, and a telephone shows it without a sideways scroll."""

import datetime as dt
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from data_access.database import connect
from data_access.published import CELLS, COUNTS, MOVES, publish
from data_access.tables import FULL_SCOPE
from tests.case_database import CENTERS, VIEW_DATE
from tests.e2e.conftest import Visit, serving

pytestmark = pytest.mark.e2e
PAGE = "/maanedens-tal?rolle=Styregruppe"
"""As who is not told that these numbers cannot be made again."""


@pytest.fixture(scope="module")
def address(small_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server where two months are published: 30 of 45 in September, 31 of 45 in October, two centres hidden."""
    path = tmp_path_factory.mktemp("published") / "ungeoverblik.db"
    shutil.copy(Path(small_database.removeprefix("sqlite:///")), path)
    engine = connect(f"sqlite:///{path}")
    for last, met in ((dt.date(2026, 9, 30), 30), (dt.date(2026, 10, 31), 31)):
        first = (last - dt.timedelta(days=364)).replace(day=1)
        rows = [
            ("decided", first, last, CENTERS[0], False, None, 20, True, None),
            ("decided", first, last, CENTERS[1], False, None, None, True, None),
            ("decided", first, last, CENTERS[2], False, 10, 10, False, 1.0),
            ("decided", first, last, None, True, met, 45, False, met / 45),
        ]
        cells = pl.DataFrame(rows, schema=CELLS, orient="row")
        nothing: dict[str, Any] = {"moves": MOVES.to_frame(), "counts": COUNTS.to_frame(), "rules": {}, "code": "0.1.0"}
        publish(engine, FULL_SCOPE, month=last, view_date=VIEW_DATE, threshold=5, cells=cells, **nothing)
    engine.dispose()
    with serving(f"sqlite:///{path}") as server:
        yield server


@pytest.mark.parametrize(
    ("asked", "shown"),
    [("", "31 af 45"), ("september+2026", "30 af 45"), ("maj+1999", "31 af 45"), ("%3Cscript%3E", "31 af 45")],
)
def test_the_address_asks_for_a_month(address: str, visit: Callable[..., Visit], asked: str, shown: str) -> None:
    visitor = visit(address)
    page = visitor.open(f"{PAGE}&maaned={asked}" if asked else PAGE)
    assert shown in page.locator(".maanedstal").inner_text()
    assert page.locator(".maanedstal .skjult").count() == 2
    assert page.locator("[data-testid=stException]").count() == 0
    assert visitor.external == visitor.errors == []


def test_on_a_telephone_every_number_has_its_place_beside_it(address: str, visit: Callable[..., Visit]) -> None:
    page = visit(address, width=390, height=844).open(PAGE)
    page.wait_for_selector(".maanedstal")
    cells = page.locator(".maanedstal td")
    assert cells.evaluate_all("all => all.map(td => td.dataset.sted)") == ["Hele kommunen", *CENTERS]
    assert cells.evaluate_all("all => all.every(td => getComputedStyle(td, '::before').content.length > 4)")
    assert cells.evaluate_all("all => all.every(td => td.getBoundingClientRect().right <= 390)")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
