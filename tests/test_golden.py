"""The golden delivery through the importer and out again: the figures are the audit's national column."""

import csv
import io
import json
import os
import shutil
from pathlib import Path
from typing import Any
from unittest import mock

import polars as pl
import pytest

from data_access.database import connect
from data_access.importing import import_delivery
from data_access.tables import FULL_SCOPE, newest_extract, read
from metrics.assess import Assessed, Cut, assess, count_values, figures, year_before
from metrics.measures import DISTRIBUTIONS, MEASURES
from tests import golden
from tests.commanding import pointed_at, told
from tests.conftest import PERSON_KEY
from tests.golden import COUNTS, NATIONAL, rows_of

YEAR = Cut(year_before(golden.VIEW), golden.VIEW)
EXPECTED = {row["measure"]: (int(row["met"]), int(row["base"]), int(row["excused"])) for row in rows_of(NATIONAL)}


@pytest.fixture(scope="module")
def address(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A database with the golden delivery in it; no row is refused."""
    folder = tmp_path_factory.mktemp("golden")
    path = shutil.copy(sqlite_template, folder / "ungeoverblik.db")
    engine = connect(f"sqlite:///{path}")
    with mock.patch.dict(os.environ, UNGEOVERBLIK_PERSON_KEY=PERSON_KEY):
        report = import_delivery(engine, golden.write(folder / "leverance"), extract_date=golden.VIEW)
    engine.dispose()
    assert sum(table.rejected for table in report.tables) == 0
    return f"sqlite:///{path}"


@pytest.fixture(scope="module")
def assessed(address: str) -> Assessed:
    engine = connect(address)
    view = newest_extract(engine)
    assert view == golden.VIEW
    judged = assess(read(engine, FULL_SCOPE), view)
    engine.dispose()
    return judged


def counts(rows: list[dict[str, Any]]) -> dict[str, tuple[int, int, int]]:
    """Measure -> (met, base, excused), for those that the audit counted."""
    return {
        row["measure"]: (int(row["met"]), int(row["base"]), int(row["excused"]))
        for row in rows
        if row["measure"] in EXPECTED
    }


def test_the_figures_are_the_national_column(assessed: Assessed) -> None:
    assert counts(figures(assessed, YEAR).to_dicts()) == EXPECTED


def test_every_national_percentage_of_the_catalogue_comes_out() -> None:
    """So the numbers above are the catalogue's, and none of its percentages is forgotten."""
    percents = {row["measure"]: int(row["percent"]) for row in rows_of(NATIONAL)}
    assert percents == {
        measure.key: round(100 * benchmark.rate)
        for measure in MEASURES
        for benchmark in measure.benchmarks
        if benchmark.area == "hele landet"
    }
    for measure, (met, base, excused) in EXPECTED.items():
        assert round(100 * met / (base + excused)) == percents[measure], measure
        assert 100 * met % (base + excused) == 0 or measure == "duty_assessed"


def test_rates_are_those_that_are_compared_with_the_audit(assessed: Assessed) -> None:
    rows = {row["measure"]: row for row in figures(assessed, YEAR).to_dicts()}
    for measure in MEASURES:
        for benchmark in measure.benchmarks:
            if benchmark.area == "hele landet":
                rate = rows[measure.key]["audit_rate" if benchmark.audit else "rate"]
                assert rate == pytest.approx(benchmark.rate, abs=0.005 if measure.key == "duty_assessed" else 1e-12)


@pytest.mark.parametrize("form", ["json", "csv"])
def test_the_command_line_says_the_same(address: str, form: str) -> None:
    with pointed_at(address):
        said = told("figures", "--format", form)
    rows = json.loads(said) if form == "json" else list(csv.DictReader(io.StringIO(said)))
    assert counts(rows) == EXPECTED
    rates = {row["measure"]: float(row["rate"]) for row in rows if row["measure"] in EXPECTED}
    assert rates == pytest.approx({measure: met / base for measure, (met, base, _) in EXPECTED.items()})


@pytest.mark.parametrize("figure", dict.fromkeys(row["figure"] for row in rows_of(COUNTS)))
def test_the_counts_are_those_of_the_audit_and_of_viborg(assessed: Assessed, figure: str) -> None:
    [distribution] = [one for one in DISTRIBUTIONS if one.key == figure]
    counted = count_values(assessed, YEAR, distribution).filter(pl.col("count") > 0)
    expected = {row["value"]: int(row["count"]) for row in rows_of(COUNTS) if row["figure"] == figure}
    assert dict(counted.select("value", "count").rows()) == expected
