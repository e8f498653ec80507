"""What the demo municipality's leaders have said of some deviations: late first interviews, visitations that wait."""

import datetime as dt
from typing import Any

import polars as pl
import sqlalchemy as sa

from data_access.handling import Unit, handle
from data_access.tables import Scope, read

LATE: tuple[dict[str, Any], ...] = (
    {"state": "explained", "ground": "out_of_reach", "note": "Tre forsøg på kontakt"},
    {"state": "misregistered", "note": "Samtalen er holdt i tide, men skrevet ind på en forkert dato"},
    {"state": "explained", "ground": "illness"},
    {"state": "misregistered"},
    {"state": "accepted", "note": "Set på ledermøde"},
)
"""What is said of the newest late first interviews, one each."""


def say(engine: sa.Engine, author: Scope, view_date: dt.date) -> None:
    """Write it, as known on the view date: of the last year's cases, the newest first."""
    seen = {name: frame.collect() for name, frame in read(engine, author).items()}
    cases = seen["cases"].filter(pl.col("first_enquiry_on") > view_date - dt.timedelta(days=365))
    cases = cases.sort("first_enquiry_on", "case_id", descending=True)
    week, months = dt.timedelta(days=7), dt.timedelta(days=100)
    met = seen["interviews"].group_by("case_id").agg(pl.col("held_on").min())
    late = cases.join(met, on="case_id", maintain_order="left").filter(
        pl.col("held_on") > pl.col("first_enquiry_on") + week, pl.col("first_enquiry_on") < view_date - week
    )
    final = seen["visitations"].filter(pl.col("step") == "endelig")
    waits = cases.filter(pl.col("closed_on").is_null(), pl.col("first_enquiry_on") < view_date - months).join(
        final, on="case_id", how="anti", maintain_order="left"
    )
    started = {"state": "under_way", "responsible": "Teamleder", "do_by": view_date + dt.timedelta(days=14)}
    said = [
        *(("first_interview", case, words) for case, words in zip(late["case_id"], LATE, strict=False)),
        *(("final_visitation", case, started) for case in waits["case_id"][:2]),
    ]
    for measure, case, words in said:
        handle(engine, author, [Unit(measure, case, case)], today=view_date, **words)
