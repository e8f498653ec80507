"""A small municipality of invented cases, written straight into an upgraded database: for pages and browser."""

import datetime as dt

import sqlalchemy as sa

from data_access.database import writing
from data_access.models import Case, Center, Import, Interview

VIEW_DATE = dt.date(2026, 11, 22)
CENTERS = ("Arbejdsmarked og Borgerservice", "Børn og Unge", "Familie og Handicap")


def fill(engine: sa.Engine, *, demo: bool = True, cases: int = 12) -> None:
    """One delivery known on the view date; every fourth first interview was held too late."""
    tables = Import.metadata.tables
    delivery = {
        "id": 1,
        "delivery": "leverance",
        "source": "kontrakt",
        "imported_at": dt.datetime(2026, 11, 22, 6, tzinfo=dt.UTC),
        "extract_date": VIEW_DATE,
        "known_on": VIEW_DATE,
        "demo": demo,
    }
    enquiries = [VIEW_DATE - dt.timedelta(days=20 * i + 10) for i in range(cases)]
    rows = [
        {
            "known_from": 1,
            "case_id": f"26-{1000 + i}",
            "person": f"person-{i}",
            "born_on": dt.date(2006, 5, 1),
            "first_enquiry_on": enquiry,
            "center": CENTERS[i % len(CENTERS)],
            "has_youth_education": False,
        }
        for i, enquiry in enumerate(enquiries)
    ]
    interviews = [
        {
            "known_from": 1,
            "case_id": f"26-{1000 + i}",
            "interview_id": f"samtale-{i}",
            "held_on": enquiry + dt.timedelta(days=9 if i % 4 == 0 else 5),
        }
        for i, enquiry in enumerate(enquiries)
    ]
    with writing(engine) as connection:
        connection.execute(tables[str(Import.__tablename__)].insert(), [delivery])
        connection.execute(
            tables[str(Center.__tablename__)].insert(),
            [{"name": name, "position": position} for position, name in enumerate(CENTERS)],
        )
        connection.execute(tables[str(Case.__tablename__)].insert(), rows)
        connection.execute(tables[str(Interview.__tablename__)].insert(), interviews)
