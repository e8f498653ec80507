"""The proof on data nobody here wrote: a real municipal log through its mapping, down to the known figure.

Source: Buijs (2014), WABO receipt phase, doi:10.4121/uuid:a07386a5-7be3-4367-9535-70bc9e77dbe6.
"""

import datetime as dt
from pathlib import Path

import polars as pl
import sqlalchemy as sa

from data_access.importing import import_delivery
from data_access.models import EducationOrder
from data_access.tables import FULL_SCOPE, read
from metrics.assess import Cut, assess, figures, year_before
from tests.conftest import missing
from tests.data_access.delivering import counts, table

WABO = Path(__file__).parents[3] / "shared" / "reference" / "wabo"


def test_the_known_figure_of_a_real_municipal_log(engine: sa.Engine) -> None:
    """At 31-12-2010: 329 cases have begun, 85 are due before that day, 58 of them are met.

    Deadlines are local midnights written with an offset: compared as timestamps, 68 cases would turn late.
    """
    if not WABO.is_dir():
        missing("Referencedata wabo findes ikke", "læg dem i ../shared/reference/wabo ved siden af projektet")
    report = import_delivery(engine, WABO, source="wabo", extract_date=dt.date(2012, 1, 31))
    assert counts(report) == {"sager": (1434, 0, 0, 0, 0), "paalaeg": (1434, 0, 0, 0, 0)}
    view = dt.date(2010, 12, 31)
    begun = [o for o in table(engine, EducationOrder, "issued_on", "fulfilment_due", "fulfilled_on") if o[0] <= view]
    due = [(deadline, done) for _, deadline, done in begun if deadline is not None and deadline < view]
    met = [done for deadline, done in due if done is not None and done <= deadline]
    assert (len(begun), len(due), len(met)) == (329, 85, 58)
    assessed = assess(read(engine, FULL_SCOPE), view)
    [figure] = figures(assessed, Cut(year_before(view), view)).filter(pl.col("measure") == "order_fulfilled").to_dicts()
    assert (len(assessed.cases), figure["base"], figure["met"], round(figure["rate"], 3)) == (329, 85, 58, 0.682)
